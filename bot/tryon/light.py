"""A photo and where its worn top is -> how the light falls on that top: its folds, seams and weave, without its prints.

Pure. Light is linear RGB, 0 to 1.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats, floats
from bot.tryon.photo import Picture

LUMINANCE = floats([0.2126, 0.7152, 0.0722])
_INSIDE = 0.6  # of a pixel: so much of it at least is the top
_GRAIN_PX, _MOST_GRAIN = 3.0, 14.0
_GRAIN_LOST = (0.03, 0.12)  # of all light: below, all of it is kept apart from the folds; above, none
_DARK = 0.06  # of all light: black and navy
_SAME_HUE = (0.012, 0.025)  # a squared distance of hues
_UNTOLD, _DARK_HUES = (0.03, 0.015), (0.03, 0.12)  # light in which no hue is told, by how bright the cloth is
_DEEPENS = 0.6  # light that goes to and fro in a fold takes the cloth's hue again: so much by each e-fold of dark
_PALES, _MOST_PALE = 0.3, 0.3  # what shines is the lamp's colour in part
_KNOWN = 0.9
_ALL_OVER, _ONE_HUE = 0.2, 0.02  # of the top; a squared distance of hues
_SOFT = 0.01  # of the picture: no fold is told more finely where a print hides it
_LEAST_TOLD = 1e-3  # of the cloth's brightness: a print that is blacker tells no light
_PRINT = 0.25  # sameness below which it is none of the cloth


@dataclass(frozen=True)
class Plain:
    """A top's plain cloth: how bright it usually is, its hue (sums to 1), and how much each pixel is it, 0 to 1."""

    usual: float
    hue: Floats
    same: Floats


def find_plain(linear: Floats, top: Floats) -> Plain:
    """The plain cloth of the top, told from prints and badges: a fold keeps the cloth's hue, a print does not.

    In a fold the hue deepens, in a shine it pales; both are still the cloth.
    """
    luminance, inside = linear @ LUMINANCE, top > _INSIDE
    if not inside.any():
        return Plain(0.2, floats([1 / 3] * 3), np.zeros(top.shape, np.float32))
    usual = float(np.median(luminance[inside]))
    whole = linear.sum(axis=-1, keepdims=True)
    hue = np.median((linear / (whole + 1e-4))[inside], axis=0)
    hue /= max(float(hue.sum()), 1e-6)
    untold = float(np.interp(usual, _DARK_HUES, _UNTOLD))
    found = (linear + untold * hue) / (whole + untold)
    steps = np.log((luminance + 0.01) / (usual + 0.01))
    off = _off_hue(found, hue, steps)
    spread = float(np.median(off[inside]))  # a glossy cloth changes hue in its own folds
    same = np.exp(-1.5 * np.clip(off / np.clip(6 * spread, *_SAME_HUE) - 0.5, 0, None))
    same *= np.exp(-2 * np.clip(np.abs(steps) - 1.4, 0, None))
    return Plain(usual, hue.astype(np.float32), same.astype(np.float32))


def _off_hue(found: Floats, hue: Floats, steps: Floats) -> Floats:
    """How far each pixel's hue is, squared, from what the cloth's may be where it is so many e-folds brighter."""
    deep = hue ** (1 + _DEEPENS * np.clip(-steps, 0, 2.5)[..., None])
    deep /= np.maximum(deep.sum(axis=-1, keepdims=True), 1e-6)  # a black top's hue is nothing at all
    pale = hue + (1 / 3 - hue) * np.clip(_PALES * steps, 0, _MOST_PALE)[..., None]
    way = np.where(steps[..., None] < 0, deep, pale) - hue
    beside = found - hue
    share = np.clip((beside * way).sum(-1) / ((way**2).sum(-1) + 1e-9), 0, 1)
    return ((beside - share[..., None] * way) ** 2).sum(-1)


def read_light(linear: Floats, top: Floats, plain: Plain, leap: float) -> Floats:
    """How much light falls on each pixel of the top: about 1 where it is lit as usual.

    `leap`: how far the new cloth's brightness is from the worn one's, 0 to 1. Where an old print is, the light is its
    neighbours', and so is the weave.
    """
    luminance, usual = linear @ LUMINANCE, plain.usual
    trust = _trust(plain.same, top)
    filled = fill(luminance, trust)
    told = _find_one_print(linear, plain, top)
    ratio = float(np.median(luminance[told] / np.maximum(filled[told], 1e-4))) if told.any() else 0.0
    if ratio > _LEAST_TOLD:
        calm = cv2.medianBlur(luminance.astype(np.float32), 5)  # a dark print's noise would be as strong as its light
        luminance = np.where(told, calm / ratio, luminance)
        trust = np.maximum(trust, told)
        filled = fill(luminance, trust)
    filled += (1 - trust) * (cv2.GaussianBlur(filled, (0, 0), max(2.0, _SOFT * max(top.shape))) - filled)
    filled = filled * _weave(filled, trust, top)
    floor = 0.15 * leap * usual + 0.001
    # What a dark top reflects is half noise: it is smoothed and counts less. A light one's folds are deepened.
    if usual < _DARK:
        filled += leap * (cv2.bilateralFilter(filled.astype(np.float32), 9, float(usual), 3.0) - filled)
    strength = 1 + leap * (np.interp(usual, [0.01, 0.05, 0.15, 0.6], [0.45, 0.6, 0.85, 1.15]) - 1)
    folds = np.clip((filled + floor) / (usual + floor), 0.05, 2.6).astype(np.float32) ** floats(strength)
    return (folds * _roundness(top, leap * float(np.interp(usual, [0.02, 0.2], [0.3, 0.08])))).astype(np.float32)


def _trust(same: Floats, top: Floats) -> Floats:
    """How far a pixel's own light is the cloth's: not on a print, nor at its edge, where both are mixed."""
    is_print = cv2.morphologyEx((same < _PRINT).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    near = cv2.dilate(is_print, np.ones((5, 5), np.uint8))
    return same * (top > _INSIDE) * (1 - near)


def _find_one_print(linear: Floats, plain: Plain, top: Floats) -> NDArray[np.bool_]:
    """Where a print all over the top is, inside its edges, if it has one colour: stripes tell the light as well."""
    inside = top > _INSIDE
    found = cv2.erode(((plain.same < _PRINT) & inside).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    nothing = np.zeros(top.shape, bool)
    if found.sum() < _ALL_OVER * inside.sum():
        return nothing
    hues = linear[found] / (linear[found].sum(axis=-1, keepdims=True) + 1e-4)
    off = ((hues - np.median(hues, axis=0)) ** 2).sum(-1)
    if np.percentile(off, 80) > _ONE_HUE:
        return nothing
    nothing[found] = off < _ONE_HUE
    return nothing


def fill(values: Floats, trust: Floats) -> Floats:
    """The values where they are trusted, and a smooth surface between them where they are not.

    Values are (height, width) or (height, width, channels), trust 0 to 1: from coarse to fine, each pyramid level
    fills what the finer one does not know.
    """
    weight = trust if values.ndim == 2 else trust[..., None]
    if min(trust.shape) <= 2:
        mean = (values * weight).sum((0, 1)) / max(float(trust.sum()), 1e-6)
        return np.broadcast_to(mean, values.shape).astype(np.float32)
    less = cv2.pyrDown(trust.astype(np.float32))
    below = cv2.pyrDown((values * weight).astype(np.float32)) / ((less if values.ndim == 2 else less[..., None]) + 1e-6)
    coarse = fill(below, np.clip(2 * less, 0, 1))
    wide = cv2.pyrUp(coarse, dstsize=trust.shape[::-1])
    return (wide + (values - wide) * weight).astype(np.float32)


def read_grain(photo: Picture, plain: Plain, top: Floats) -> Floats:
    """What is finer than a fold, in steps of 255: the weave and the camera's grain, as far as dark cloth has lost them.

    Without it a dark top looks painted. Where a print is, it is the neighbours'; a print's edges are none of it.
    """
    lost = float(np.interp(plain.usual, _GRAIN_LOST, [1.0, 0.0]))
    if lost == 0:
        return np.zeros(top.shape, np.float32)
    trust = _trust(plain.same, top)
    grey = fill(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32), trust)
    fine = np.clip(grey - cv2.GaussianBlur(grey, (0, 0), _GRAIN_PX), -_MOST_GRAIN, _MOST_GRAIN)
    return lost * top * _mirror(fine * trust, trust, top)


def _weave(filled: Floats, trust: Floats, top: Floats) -> Floats:
    """By what each pixel is multiplied to be as rough as cloth is; 1 where it is trusted to be so already."""
    smooth = cv2.GaussianBlur(filled, (0, 0), _GRAIN_PX)
    rough = np.clip(filled / (smooth + 1e-4), 0.8, 1.25) - 1
    return 1 + _mirror((rough * trust).astype(np.float32), trust, top) * (trust <= _KNOWN)


def _mirror(values: Floats, trust: Floats, top: Floats) -> Floats:
    """The values, and those beside a place that is not known mirrored into it at its edge."""
    known = trust > _KNOWN
    holes = (trust < 0.5) & (top > _INSIDE)
    if not holes.any() or not known.any():
        return values
    away = (~known).astype(np.uint8)
    _, labels = cv2.distanceTransformWithLabels(away, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    places = np.zeros((int(labels.max()) + 1, 2), np.int64)
    places[labels[known]] = np.argwhere(known)
    there = 2 * places[labels[holes]] - np.argwhere(holes)
    rows, columns = there.clip(0, np.array(values.shape) - 1).T
    mirrored = values.copy()
    mirrored[holes] = values[rows, columns]
    return mirrored


def _roundness(top: Floats, by: float) -> Floats:
    """A body is round: cloth turns away from the light at its edges. Told by how far the edge is; a guess."""
    away = cv2.distanceTransform((top > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    reach = max(1.0, 0.35 * float(away.max()))
    edge = cv2.GaussianBlur(np.clip(1 - away / reach, 0, 1) ** 2, (0, 0), max(1.0, 0.1 * reach))
    return (1 + 0.3 * by - by * edge).astype(np.float32)
