"""A worn top and a product's cloth -> the same top, folds and shape kept, in that colour and print. Pure."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats, floats
from bot.tryon.person import LEFT_ELBOW, LEFT_SHOULDER, LEFT_WRIST, RIGHT_ELBOW, RIGHT_SHOULDER, RIGHT_WRIST, Body
from bot.tryon.photo import Picture

_SEEN = 0.5
_LUMINANCE = floats([0.2126, 0.7152, 0.0722])
_GRAIN_PX, _MOST_GRAIN = 3.0, 14.0
_GRAIN_LOST = (0.03, 0.12)  # of all light: below, all of it is kept apart from the folds; above, none
_DARK = 0.06  # of all light: black and navy
_FAR = np.log(4.0)
_SAME_HUE = (0.006, 0.02)
_SHOULDERS_CM = 36.0  # between the joints of an adult's shoulders: a print's scale, not a size


@dataclass(frozen=True)
class Cloth:
    """A tile that repeats, linear RGB 0 to 1; `px_per_cm` is its scale."""

    tile: Floats
    px_per_cm: float


def retexture(photo: Picture, top: Floats, body: Body, cloth: Cloth) -> Picture:
    """The photo with the top in this cloth; nothing outside `top` changes."""
    linear = to_linear(photo)
    leap = _leap(linear, top, cloth)
    light = _light(linear, top, leap)
    dyed = _lay(cloth, body, light, top.shape) * light[..., None]
    mixed = linear + (dyed - linear) * top[..., None]
    grained = np.clip(to_srgb(mixed) + leap * _grain(photo, top, linear)[..., None], 0, 255).round()
    return np.where(top[..., None] > 0, grained, photo).astype(np.uint8)


def to_linear(picture: Picture) -> Floats:
    """Light, 0 to 1, of an sRGB picture."""
    table = (np.arange(256, dtype=np.float32) / 255)
    table = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return table[picture]


def to_srgb(light: Floats) -> Picture:
    """The sRGB picture of light, 0 to 1."""
    clipped = np.clip(light, 0, 1)
    srgb = np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055)
    return np.round(255 * srgb).astype(np.uint8)


def _leap(linear: Floats, top: Floats, cloth: Cloth) -> float:
    """How far the cloth's brightness is from the worn top's, 0 to 1: within it every fold is kept just as it is."""
    worn = float(np.median((linear @ _LUMINANCE)[top > 0.6])) if (top > 0.6).any() else 0.2
    new = float((cloth.tile @ _LUMINANCE).mean())
    return float(np.clip(abs(np.log((new + 0.005) / (worn + 0.005))) / _FAR, 0, 1))


def _light(linear: Floats, top: Floats, leap: float) -> Floats:
    """How much light falls on each pixel of the top: about 1 where it is lit as usual.

    Folds are told from an old print by their colour: a fold keeps the cloth's hue, a print does not, so what differs
    in hue lends its light from its neighbours.
    """
    luminance = linear @ _LUMINANCE
    inside = top > 0.6
    usual, same = _plain(linear, luminance, inside)
    trust = (same * inside + 1e-5).astype(np.float32)
    reach = max(3.0, 0.012 * max(top.shape))
    near, far = (cv2.GaussianBlur(trust, (0, 0), each) for each in (reach, 5 * reach))
    wide = cv2.GaussianBlur(luminance * trust, (0, 0), 5 * reach) / far
    share = np.clip(near / 0.15, 0, 1)  # of neighbours that are told apart from a print: with none, those further off
    base = share * cv2.GaussianBlur(luminance * trust, (0, 0), reach) / near + (1 - share) * wide
    filled = base + (luminance - base) * np.clip(same, 0, 1)
    floor = 0.15 * leap * usual + 0.001
    # What a dark top reflects is half noise: it is smoothed and counts less. A light one's folds are deepened.
    if usual < _DARK:
        filled += leap * (cv2.bilateralFilter(filled.astype(np.float32), 9, float(usual), 3.0) - filled)
    strength = 1 + leap * (np.interp(usual, [0.01, 0.05, 0.15, 0.6], [0.45, 0.6, 0.85, 1.15]) - 1)
    folds = np.clip((filled + floor) / (usual + floor), 0.05, 2.6).astype(np.float32) ** floats(strength)
    return (folds * _roundness(top, leap * float(np.interp(usual, [0.02, 0.2], [0.3, 0.08])))).astype(np.float32)


def _plain(linear: Floats, luminance: Floats, inside: NDArray[np.bool_]) -> tuple[float, Floats]:
    """How bright the top usually is, and how much each pixel is its plain cloth: no print, no badge; 0 to 1."""
    usual = float(np.median(luminance[inside])) if inside.any() else 0.2
    whole = linear.sum(axis=-1, keepdims=True)
    main = np.median((linear / (whole + 1e-4))[inside], axis=0) if inside.any() else floats([1 / 3] * 3)
    chroma = (linear + 0.03 * main) / (whole + 0.03)  # in deep shadow no hue is told: it counts as the cloth's
    off = ((chroma - main) ** 2).sum(-1)
    spread = float(np.median(off[inside])) if inside.any() else 0.0  # a glossy cloth changes hue in its own folds
    same = np.exp(-off / np.clip(4 * spread, *_SAME_HUE))
    same *= np.exp(-np.clip(np.abs(np.log((luminance + 0.01) / (usual + 0.01))) - 1.4, 0, None) * 2)
    return usual, same


def _grain(photo: Picture, top: Floats, linear: Floats) -> Floats:
    """What is finer than a fold, in steps of 255: the weave and the camera's grain, as far as dark cloth has lost them.

    Without it a dark top looks painted. The edges of a print are none of it.
    """
    luminance = linear @ _LUMINANCE
    usual, same = _plain(linear, luminance, top > 0.6)
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = np.clip(grey - cv2.GaussianBlur(grey, (0, 0), _GRAIN_PX), -_MOST_GRAIN, _MOST_GRAIN)
    return fine * same * top * float(np.interp(usual, _GRAIN_LOST, [1.0, 0.0]))


def _roundness(top: Floats, by: float) -> Floats:
    """A body is round: cloth turns away from the light at its edges. Told by how far the edge is; a guess."""
    away = cv2.distanceTransform((top > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    reach = max(1.0, 0.35 * float(away.max()))
    edge = cv2.GaussianBlur(np.clip(1 - away / reach, 0, 1) ** 2, (0, 0), max(1.0, 0.1 * reach))
    return (1 + 0.3 * by - by * edge).astype(np.float32)


def _lay(cloth: Cloth, body: Body, light: Floats, shape: tuple[int, ...]) -> Floats:
    """The cloth laid over the picture, its print running along the torso and along each arm, bent by folds."""
    tile = cloth.tile
    if tile.shape[:2] == (1, 1):
        return np.broadcast_to(tile[0, 0], (*shape, 3)).astype(np.float32)
    points = body.points[:, :2]
    across = points[LEFT_SHOULDER] - points[RIGHT_SHOULDER]
    px_per_cm = float(np.hypot(*across)) / _SHOULDERS_CM
    scale = px_per_cm / cloth.px_per_cm
    tile = cv2.resize(tile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = cv2.GaussianBlur(np.log(light), (0, 0), max(1.0, 0.35 * px_per_cm)) * 1.2 * px_per_cm
    columns, rows = columns + bend, rows + 0.6 * bend
    x, y = _along(columns, rows, points[RIGHT_SHOULDER], across)
    for shoulder, elbow, wrist in ((LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST), (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST)):
        for start, end in ((shoulder, elbow), (elbow, wrist)):
            if body.seen[end] < _SEEN or points[end, 1] > shape[0]:  # guessed: a print along it would fan out
                break
            x, y = _turn_on_arm(columns, rows, x, y, points[start], points[end], px_per_cm)
    height, width = tile.shape[:2]
    wrapped = cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP)
    return cv2.remap(wrapped, np.mod(x, width), np.mod(y, height), cv2.INTER_LINEAR)


def _along(columns: Floats, rows: Floats, origin: Floats, direction: Floats) -> tuple[Floats, Floats]:
    unit = direction / max(float(np.hypot(*direction)), 1e-6)
    dx, dy = columns - origin[0], rows - origin[1]
    return dx * unit[0] + dy * unit[1], dy * unit[0] - dx * unit[1]


def _turn_on_arm(
    columns: Floats, rows: Floats, x: Floats, y: Floats, start: Floats, end: Floats, px_per_cm: float
) -> tuple[Floats, Floats]:
    """Where an arm is nearer than 7 cm, the print follows the arm."""
    down = end - start
    length = float(np.hypot(*down))
    if length < px_per_cm:
        return x, y
    on, off = _along(columns, rows, start, down)
    is_arm = (np.abs(off) < 7 * px_per_cm) & (on > 4 * px_per_cm) & (on < length + 4 * px_per_cm)
    return np.where(is_arm, -off, x).astype(np.float32), np.where(is_arm, on, y).astype(np.float32)
