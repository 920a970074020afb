"""One look of one network at a photo or a part of it -> faces, a face's mesh, a body's points, what is person. Pure.

All points are pixels of the photo, x before y. They live as long as the reply is made and are never kept or logged.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats, Model, floats
from bot.tryon.photo import Picture

NOSE, LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_ELBOW, RIGHT_ELBOW = 0, 11, 12, 13, 14
LEFT_WRIST, RIGHT_WRIST, LEFT_HIP, RIGHT_HIP = 15, 16, 23, 24
# A body is read from squares of several sizes and turns (radians): what is read from one jumps with every saving.
_GLANCES = [(size, turn) for size in (0.92, 1.0, 1.1) for turn in (-0.08, 0.0, 0.08)]


@dataclass(frozen=True)
class Face:
    """A face that was found: `box` x, y, width, height; `eyes` the one at the picture's left first."""

    box: Floats
    eyes: Floats  # (2, 2)
    score: float


@dataclass(frozen=True)
class Body:
    """33 points (x, y, depth), how sure each is to be seen (0 to 1), and how sure the whole is."""

    points: Floats  # (33, 3)
    seen: Floats  # (33,)
    score: float


@dataclass(frozen=True)
class Person:
    """Everything that the steps after this one look at."""

    faces: tuple[Face, ...]
    mesh: Floats | None  # (468, 3), the largest face's
    body: Body | None
    bodies: int  # of about the first one's size
    mask: Floats  # (height, width), 0 to 1


Square = tuple[float, float, float]  # left, top, side


def find(photo: Picture, model: Model, anchors: Floats, least: float, square: Square | None = None) -> list[Floats]:
    """Each thing surer than `least`: its box (x, y, width, height), its points, last its score; the surest first.

    A square of the photo is looked at, or all of it.
    """
    height, width = photo.shape[:2]
    whole = float(max(height, width))
    left, top, side = square or ((width - whole) / 2, (height - whole) / 2, whole)
    scale, start = model.side_px / side, floats([left, top])
    matrix = floats([[scale, 0, -left * scale], [0, scale, -top * scale]])
    small = cv2.warpAffine(photo, matrix, (model.side_px, model.side_px), flags=cv2.INTER_AREA)
    raw, scores = model(small.astype(np.float32) / 127.5 - 1)
    sure = 1 / (1 + np.exp(-np.clip(scores[:, 0], -50, 50)))
    keep = np.flatnonzero(sure > least)
    points = raw[keep].reshape(len(keep), raw.shape[1] // 2, 2) / model.side_px
    points[:, [0, *range(2, points.shape[1])]] += anchors[keep, None]
    points[:, 1] *= side
    points[:, [0, *range(2, points.shape[1])]] = points[:, [0, *range(2, points.shape[1])]] * side + start
    points[:, 0] -= points[:, 1] / 2
    rows = np.concatenate([points.reshape(len(keep), raw.shape[1]), sure[keep, None]], axis=1)
    chosen = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), sure[keep].tolist(), least, 0.3) if len(keep) else []
    return [rows[index] for index in chosen]


def _anchors(side: int, layers: tuple[tuple[int, int], ...]) -> Floats:
    """Where the network's boxes are counted from, 0 to 1."""
    parts = []
    for stride, each in layers:
        ys, xs = np.mgrid[: side // stride, : side // stride]
        grid = np.stack([xs, ys], -1).reshape(-1, 2) + 0.5
        parts.append(np.repeat(grid / (side // stride), each, axis=0))
    return np.concatenate(parts).astype(np.float32)


FACE_ANCHORS, NEAR_FACE_ANCHORS = _anchors(192, ((4, 1),)), _anchors(128, ((8, 2), (16, 6)))
BODY_ANCHORS = _anchors(224, ((8, 2), (16, 2), (32, 6)))


def _frame(centre: Floats, side: float, turn: float, out: int) -> NDArray[np.float64]:
    """The affine map from the photo to a square of `out` px around a centre, turned by `turn` (radians, clockwise)."""
    along = floats([np.cos(turn), np.sin(turn)]) * side / 2
    down = floats([-along[1], along[0]])
    corners = floats([centre - along - down, centre + along - down, centre - along + down])
    return cv2.getAffineTransform(corners, floats([[0, 0], [out, 0], [0, out]]))


def _back(points: Floats, frame: NDArray[np.float64]) -> Floats:
    """Points (n, 3) of the square in the photo; depth in its pixels."""
    inverse = cv2.invertAffineTransform(frame)
    flat = points[:, :2] @ inverse[:, :2].T + inverse[:, 2]
    return np.concatenate([flat, points[:, 2:3] * np.hypot(*inverse[:, 0])], axis=1).astype(np.float32)


def read_mesh(photo: Picture, face: Face, model: Model) -> Floats | None:
    """468 points of a face (x, y, depth); None where the network sees none there."""
    (left, top, width, height), (ax, ay), (bx, by) = face.box, face.eyes[0], face.eyes[1]
    frame = _frame(
        floats([left + width / 2, top + height / 2]), 1.5 * max(width, height),
        float(np.arctan2(by - ay, bx - ax)), model.side_px,
    )
    outputs = model(cv2.warpAffine(photo, frame, (model.side_px, model.side_px)).astype(np.float32) / 255)
    points, sure = outputs[0].reshape(-1, 3), float(outputs[1].ravel()[0])
    return _back(points, frame) if sure > 0 else None  # a logit


def read_body(photo: Picture, found: Floats, model: Model) -> Body:
    """The middle of several readings, point by point."""
    frames = [body_frame(found, model.side_px, size, turn) for size, turn in _GLANCES]
    readings = [read_square(photo, frame, model) for frame in frames]
    points, seen, scores = (np.stack(each) for each in zip(*readings, strict=True))
    return Body(np.median(points, axis=0), np.median(seen, axis=0), float(np.median(scores)))


def body_frame(found: Floats, out: int, size: float = 1.0, more: float = 0.0) -> NDArray[np.float64]:
    """The map to a square of `out` px that a body is read from, so much larger and turned further than it was found."""
    centre, reach = found[4:6], found[6:8]
    turn = float(np.pi / 2 - np.arctan2(centre[1] - reach[1], reach[0] - centre[0]))
    return _frame(centre, 2.5 * float(np.hypot(*(reach - centre))) * size, turn + more, out)


def read_square(photo: Picture, frame: NDArray[np.float64], model: Model) -> tuple[Floats, Floats, Floats]:
    """Points, how sure each is to be seen, and how sure the whole is, as one square of the photo shows them."""
    outputs = model(cv2.warpAffine(photo, frame, (model.side_px, model.side_px)).astype(np.float32) / 255)
    raw = next(each for each in outputs if each.size == 195).reshape(39, 5)[:33]
    score = next(each for each in outputs if each.size == 1)
    seen = 1 / (1 + np.exp(-np.clip(np.minimum(raw[:, 3], raw[:, 4]), -50, 50)))
    return _back(raw[:, :3], frame), seen, score.ravel()[0]


def read_mask(photo: Picture, model: Model) -> Floats:
    """What is person, 0 to 1, as large as the photo."""
    small = cv2.resize(photo, (model.side_px, model.side_px), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    coarse = model(small)[0][..., 0]
    height, width = photo.shape[:2]
    return np.clip(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), 0, 1)
