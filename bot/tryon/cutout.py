"""A product's picture -> the product alone, RGBA, and what is doubtful about the cut. Pure."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats
from bot.tryon.photo import Picture

_MARGIN_PX = 8
_PLAIN_LAB = 7.0  # how far a plain ground may stray, in Lab
_LEAST_SIDE_PX = 300
_PIECE = 0.2  # of the largest one: a second thing in the picture


@dataclass(frozen=True)
class CutOut:
    """RGBA, 0 to 1, sRGB, trimmed to the product; `doubts` are words of `bot.tryon.prepare`."""

    picture: Floats
    doubts: tuple[str, ...]


def cut_out(picture: Picture) -> CutOut:
    """The product without its ground. `picture` is RGB or RGBA of uint8; one with a clear ground is taken as it is."""
    doubts = []
    if picture.shape[2] == 4 and (picture[..., 3] < 128).mean() > 0.02:
        alpha = picture[..., 3].astype(np.float32) / 255
    else:
        ground = _read_ground(picture[..., :3])
        if ground.spread > _PLAIN_LAB:
            doubts.append("ground_not_plain")
        alpha = _cut(picture[..., :3], ground)
    inside, pieces = _keep_largest(alpha > 0.5)
    if not inside.any():
        return CutOut(np.zeros((1, 1, 4), np.float32), (*doubts, "nothing_found"))
    if pieces > 1:
        doubts.append("several_pieces")
    alpha = alpha * cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8))
    if max(np.ptp(np.flatnonzero(inside.any(axis=each))) for each in (0, 1)) < _LEAST_SIDE_PX:
        doubts.append("too_small")
    if _touches_edge(inside):
        doubts.append("cut_off")
    rgba = np.dstack([picture[..., :3].astype(np.float32) / 255, alpha])
    return CutOut(_trim(rgba), tuple(doubts))


@dataclass(frozen=True)
class _Ground:
    lab: Floats
    spread: float


def _read_ground(picture: Picture) -> _Ground:
    """The ground's colour by the picture's border, and how far most of the border strays from it."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    border = np.concatenate([each.reshape(-1, 3) for each in (lab[:3], lab[-3:], lab[:, :3], lab[:, -3:])])
    main = np.median(border, axis=0)
    return _Ground(main, float(np.percentile(np.abs(border - main).max(axis=1), 90)))


def _cut(picture: Picture, ground: _Ground) -> Floats:
    """What is not ground, and not reached from the border through ground; the product's own white stays."""
    lab = cv2.cvtColor(cv2.GaussianBlur(picture, (0, 0), 0.8), cv2.COLOR_RGB2LAB).astype(np.float32)
    far = np.sqrt(((lab - ground.lab) ** 2 * np.asarray([0.6, 1.6, 1.6], np.float32)).sum(axis=-1))
    limit = max(6.0, 1.6 * ground.spread)
    like = (far < limit).astype(np.uint8)
    like = cv2.copyMakeBorder(like, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    _, labels = cv2.connectedComponents(like, connectivity=4)
    reached = (labels == labels[0, 0])[1:-1, 1:-1]
    solid = cv2.morphologyEx((~reached).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 0.8) * cv2.dilate(solid, np.ones((3, 3), np.uint8))


def _keep_largest(inside: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int]:
    """The largest piece, and how many there are of about its size."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    if count < 2:
        return np.zeros_like(inside), 0
    sizes = stats[1:, cv2.CC_STAT_AREA]
    return labels == 1 + int(np.argmax(sizes)), int((sizes > _PIECE * sizes.max()).sum())


def _touches_edge(inside: NDArray[np.bool_]) -> bool:
    """Whether the product runs out of the picture: more than a few pixels of it lie on the border."""
    border = (inside[0].sum(), inside[-1].sum(), inside[:, 0].sum(), inside[:, -1].sum())
    return bool(max(border) > 0.02 * max(inside.shape))


def _trim(rgba: Floats) -> Floats:
    rows, columns = (np.flatnonzero((rgba[..., 3] > 0.02).any(axis=each)) for each in (1, 0))
    part = rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return cv2.copyMakeBorder(part, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX, cv2.BORDER_CONSTANT)
