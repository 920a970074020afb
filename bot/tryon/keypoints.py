"""A cut-out product -> its points by name, and what is doubtful about them. Pure; by the outline, without networks.

Left and right are the picture's. A top's points: neck, shoulder, armpit, hem, cuff_outer and cuff_inner, each `_left`
and `_right`, and neck_bottom; glasses': bridge, end_left, end_right; a hat's: rim_left and rim_right, where it meets
the head at its sides, and rim_front, where its front ends.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.models import Floats, floats
from bot.tryon.record import Category, Point

_LEAST_DENT = 0.035  # of the height: a shallower one is a fold of the outline
_LEAST_SLEEVE = 0.02  # of the whole
_UNLIKE = 0.06  # of the width: how far a right point may be from its left one, mirrored
_GLASSES, _HATS = (1.9, 3.8), (0.7, 3.2)  # their width by their height
_BRIM = 1.22  # of the crown's width
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Found:
    """Points by name, pixels of the cut-out, and doubts in words of `bot.tryon.prepare`."""

    points: dict[str, Point]
    doubts: tuple[str, ...]


def find_points(picture: Floats, category: Category) -> Found:
    """The points of a cut-out (RGBA, 0 to 1)."""
    inside = picture[..., 3] > 0.5
    if category == "top":
        return _find_top_points(picture, inside)
    return _find_glasses_points(inside) if category == "glasses" else _find_hat_points(inside)


def _find_top_points(picture: Floats, inside: NDArray[np.bool_]) -> Found:
    outline = _outline(inside)
    dents = _find_dents(outline, inside.shape)
    middle = _middle(inside)
    points: dict[str, Point] = {}
    doubts: list[str] = []
    for side, name in zip((-1, 1), _SIDES, strict=True):
        armpit = _armpit(dents, middle, side, inside.shape)
        if armpit is None:
            doubts.append("armpits_not_found")
            armpit = _edge_at(inside, middle, side, 0.4)
        points |= {f"{key}_{name}": value for key, value in _one_side(inside, middle, side, armpit).items()}
    if not all(f"cuff_outer_{each}" in points for each in _SIDES):
        points = {key: value for key, value in points.items() if not key.startswith("cuff")}
    bottom = _neck_bottom(picture, points)
    if bottom is None:
        doubts.append("neck_not_found")
        bottom = points["neck_left"][1] + 0.09 * inside.shape[0]
    points["neck_bottom"] = (middle, float(bottom))
    if _unlikeness(points, middle) > _UNLIKE * inside.shape[1]:
        doubts.append("sides_unlike")
    return Found(points, tuple(dict.fromkeys(doubts)))


def _outline(inside: NDArray[np.bool_]) -> NDArray[np.int32]:
    smooth = cv2.medianBlur(inside.astype(np.uint8) * 255, 9)
    found, _ = cv2.findContours(smooth, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(found, key=cv2.contourArea).reshape(-1, 2)


def _find_dents(outline: NDArray[np.int32], shape: tuple[int, ...]) -> list[tuple[Point, float]]:
    """Where the outline turns in, the deepest first: the point, and how deep in pixels."""
    hull = cv2.convexHull(outline, returnPoints=False)
    hull = np.sort(hull, axis=0)  # OpenCV wants them in order
    found = cv2.convexityDefects(outline, hull)
    if found is None:
        return []
    dents = [(outline[place], depth / 256) for _, _, place, depth in found.reshape(-1, 4)]  # it counts in 1/256 px
    deep = sorted((each for each in dents if each[1] > _LEAST_DENT * shape[0]), key=lambda each: -each[1])
    return [((float(x), float(y)), float(depth)) for (x, y), depth in deep]


def _middle(inside: NDArray[np.bool_]) -> float:
    """The line that the top is folded along: the middle of the torso's lower half."""
    rows = np.flatnonzero(inside.any(axis=1))
    low = inside[rows[0] + round(0.6 * len(rows)) : rows[0] + round(0.9 * len(rows))]
    start = float(np.median(np.flatnonzero(inside.any(axis=0))))
    middles = [(run[0] + run[1]) / 2 for row in low if (run := _run_at(row, start)) is not None]
    return float(np.median(middles)) if middles else start


def _run_at(row: NDArray[np.bool_], x: float) -> tuple[int, int] | None:
    """First and last pixel of the run of a row that holds `x`."""
    at = round(x)
    if not row[at]:
        return None
    gaps = np.flatnonzero(~row)
    before, after = gaps[gaps < at], gaps[gaps > at]
    return int(before[-1] + 1) if len(before) else 0, int(after[0] - 1) if len(after) else len(row) - 1


def _armpit(dents: list[tuple[Point, float]], middle: float, side: int, shape: tuple[int, ...]) -> Point | None:
    """The deepest dent of a side, below the shoulders and above the lower quarter."""
    for (x, y), _ in dents:
        if (x - middle) * side > 0.08 * shape[1] and 0.18 * shape[0] < y < 0.75 * shape[0]:
            return x, y
    return None


def _edge_at(inside: NDArray[np.bool_], middle: float, side: int, share: float) -> Point:
    rows = np.flatnonzero(inside.any(axis=1))
    y = int(rows[0] + share * len(rows))
    run = _run_at(inside[y], middle) or (round(middle), round(middle))
    return float(run[0] if side < 0 else run[1]), float(y)


def _one_side(inside: NDArray[np.bool_], middle: float, side: int, armpit: Point) -> dict[str, Point]:
    """Neck, shoulder, armpit, hem and, where there is a sleeve, its cuff."""
    top = _top_line(inside)
    neck = _neck(top, middle, side, inside.shape)
    sleeve = _sleeve(inside, armpit, side)
    has_sleeve = bool(sleeve.sum() > _LEAST_SLEEVE * inside.sum())
    shoulder = _shoulder(top, neck, armpit, side, has_sleeve=has_sleeve)
    if not has_sleeve:
        armpit = _armhole_end(inside, middle, side, armpit)
    found = {"neck": neck, "shoulder": shoulder, "armpit": armpit, "hem": _hem(inside, middle, side)}
    if has_sleeve:
        found["cuff_outer"], found["cuff_inner"] = _cuffs(sleeve, shoulder, armpit, side)
    return found


def _armhole_end(inside: NDArray[np.bool_], middle: float, side: int, dent: Point) -> Point:
    """Where an armhole without a sleeve ends below: the first place that is nearly as far out as it gets."""
    rows = range(round(dent[1]), min(len(inside) - 1, round(dent[1] + 0.25 * len(inside))))
    ends = [run[0 if side < 0 else 1] if (run := _run_at(inside[row], middle)) else round(middle) for row in rows]
    out = np.asarray(ends) * side
    place = int(np.argmax(out >= out.max() - 0.02 * inside.shape[1]))
    return float(ends[place]), float(rows[place])


def _top_line(inside: NDArray[np.bool_]) -> Floats:
    """The first row of each column that is inside; the height where none is."""
    return np.where(inside.any(axis=0), inside.argmax(axis=0), inside.shape[0]).astype(np.float32)


def _neck(top: Floats, middle: float, side: int, shape: tuple[int, ...]) -> Point:
    """The outermost of the highest places near the middle: where the shoulder's slope begins."""
    reach = round(0.24 * shape[1])
    columns = np.arange(round(middle) + side * 3, round(middle) + side * reach, side)
    columns = columns[(columns >= 0) & (columns < shape[1])]
    drop = np.diff(top[columns])
    steep = np.flatnonzero(drop > 3)  # a roll neck ends in a cliff, a round one does not
    highest = top[columns].min()
    if len(steep) and top[columns[steep[0]]] < highest + 0.1 * shape[0]:
        cliff = columns[min(steep[-1] + 1, len(columns) - 1)]
        return float(cliff), float(top[cliff])
    near = columns[top[columns] <= highest + 0.006 * shape[0]]
    return float(near[-1]), float(top[near[-1]])


def _sleeve(inside: NDArray[np.bool_], armpit: Point, side: int) -> NDArray[np.bool_]:
    """What lies beyond the armpit, and is connected above it."""
    part = inside.copy()
    x = round(armpit[0])
    if side < 0:
        part[:, x:] = False
    else:
        part[:, : x + 1] = False
    count, labels = cv2.connectedComponents(part.astype(np.uint8))
    if count < 2:
        return part
    upper = labels[: max(1, round(armpit[1]))]
    sizes = np.bincount(upper.ravel(), minlength=count)
    sizes[0] = 0
    return (labels == int(np.argmax(sizes))) & bool(sizes.any())


def _shoulder(top: Floats, neck: Point, armpit: Point, side: int, *, has_sleeve: bool) -> Point:
    """Where the sleeve is sewn on: above the armpit, a little further in; without a sleeve the end of the slope."""
    x = round(armpit[0] - side * 0.11 * abs(armpit[0] - neck[0]))
    if not has_sleeve:
        columns = np.arange(round(neck[0]), round(armpit[0]), side)
        falls = np.flatnonzero(np.diff(top[columns]) > 2.5)
        x = int(columns[falls[0]]) if len(falls) else x
    x = int(np.clip(x, 0, len(top) - 1))
    return float(x), float(top[x])


def _hem(inside: NDArray[np.bool_], middle: float, side: int) -> Point:
    """The corner of the torso's lower edge."""
    column = np.flatnonzero(inside[:, round(middle)])
    y = int(column[-1] - 0.022 * inside.shape[0])
    run = _run_at(inside[y], middle) or (round(middle), round(middle))
    return float(run[0] if side < 0 else run[1]), float(y)


def _cuffs(sleeve: NDArray[np.bool_], shoulder: Point, armpit: Point, side: int) -> tuple[Point, Point]:
    """The two ends of the sleeve's opening: outer, inner."""
    ys, xs = np.nonzero(sleeve)
    places = np.stack([xs, ys], axis=1).astype(np.float32)
    start = (floats(shoulder) + floats(armpit)) / 2
    down = _far_end(places, start) - start
    unit = down / max(float(np.hypot(*down)), 1e-6)
    along = (places - start) @ unit
    end = places[along > along.max() - max(6.0, 0.09 * float(np.hypot(*down)))]
    across = (end - start) @ floats([-unit[1], unit[0]])
    one, other = end[int(np.argmin(across))], end[int(np.argmax(across))]
    outer, inner = (one, other) if (one[0] - other[0]) * side > 0 else (other, one)
    return (float(outer[0]), float(outer[1])), (float(inner[0]), float(inner[1]))


def _far_end(places: Floats, start: Floats) -> Floats:
    """The middle of the sleeve's furthest twentieth."""
    far = np.hypot(*(places - start).T)
    return places[far > np.percentile(far, 95)].mean(axis=0)


def _neck_bottom(picture: Floats, points: dict[str, Point]) -> float | None:
    """Where the front begins below the inside of the back, by the largest step of lightness in the middle."""
    left, right = points["neck_left"], points["neck_right"]
    middle, across = (left[0] + right[0]) / 2, right[0] - left[0]
    if across < 4:
        return None
    columns = slice(max(0, round(middle - 0.05 * across)), round(middle + 0.05 * across) + 1)
    strip = picture[:, columns]
    if (strip[..., 3] > 0.5).mean() == 0:
        return None
    first = int(np.argmax((strip[..., 3] > 0.5).any(axis=1)))
    last = min(len(picture) - 1, round(max(left[1], right[1]) + 1.2 * across))
    grey = cv2.cvtColor((strip[..., :3] * 255).astype(np.uint8), cv2.COLOR_RGB2LAB).astype(np.float32).mean(axis=1)
    smooth = cv2.GaussianBlur(grey[first : last + 1], (1, 0), sigmaX=0.1, sigmaY=2.0) if last > first + 8 else None
    if smooth is None:
        return None
    if first > max(left[1], right[1]) + 0.2 * across:
        return float(first)  # the neck is open to the ground
    steps = np.abs(np.diff(smooth, axis=0)).sum(axis=1)
    steps[: max(3, round(0.06 * across))] = 0
    best = int(np.argmax(steps))
    return float(first + best) if steps[best] > 1.2 else None


def _unlikeness(points: dict[str, Point], middle: float) -> float:
    """How far the furthest right point is from where its left one would be in a mirror; pixels."""
    pairs = [(points[key], points[key.replace("_left", "_right")]) for key in points if key.endswith("_left")]
    return max(float(np.hypot(2 * middle - left[0] - right[0], left[1] - right[1])) for left, right in pairs)


def _find_glasses_points(inside: NDArray[np.bool_]) -> Found:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    width, height = len(columns), len(rows)
    middle = (columns[0] + columns[-1]) / 2
    column = np.flatnonzero(inside[:, round(middle)])
    doubts = [] if _GLASSES[0] < width / height < _GLASSES[1] and len(column) else ["not_from_the_front"]
    bridge = float(column[0] + column[-1]) / 2 if len(column) else float(rows[0] + 0.3 * height)
    mirrored = inside[:, columns[0] : columns[-1] + 1]
    if (mirrored != mirrored[:, ::-1]).mean() > 0.08:
        doubts.append("sides_unlike")
    points: dict[str, Point] = {"bridge": (float(middle), bridge)}
    for name, x in zip(_SIDES, (columns[0], columns[-1]), strict=True):
        points[f"end_{name}"] = (float(x), float(np.median(np.flatnonzero(inside[:, x]))))
    return Found(points, tuple(doubts))


def _find_hat_points(inside: NDArray[np.bool_]) -> Found:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    doubts = [] if _HATS[0] < len(columns) / len(rows) < _HATS[1] else ["not_from_the_front"]
    y = _rim_row(inside, rows)
    rim = np.flatnonzero(inside[y])
    left, right = float(rim[0]), float(rim[-1])
    front = np.flatnonzero(inside[:, round((left + right) / 2)])
    if abs(left + right - columns[0] - columns[-1]) > 2 * _UNLIKE * len(columns):
        doubts.append("sides_unlike")
    end = ((left + right) / 2, float(front[-1]))
    return Found({"rim_left": (left, float(y)), "rim_right": (right, float(y)), "rim_front": end}, tuple(doubts))


def _rim_row(inside: NDArray[np.bool_], rows: NDArray[np.int_]) -> int:
    """Where a hat meets the head at its sides: above a brim, which is much wider than the crown; else near its end,
    above a peak, which is narrower.
    """
    widths = np.asarray([np.ptp(np.flatnonzero(inside[row])) if inside[row].any() else 0 for row in rows])
    steps = np.arange(len(rows))
    crown = int(np.median(widths[(steps > 0.3 * len(rows)) & (steps < 0.55 * len(rows))]))
    brim = np.flatnonzero((widths > _BRIM * crown) & (steps > 0.4 * len(rows)))
    if len(brim):
        return int(rows[max(0, brim[0] - max(2, round(0.02 * len(rows))))])
    wide = np.flatnonzero((widths > 0.93 * crown) & (steps < 0.95 * len(rows)))
    return int(rows[wide[-1]])
