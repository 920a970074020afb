"""A photo, who stands in it, and a top lying flat -> the photo with that top over the worn one. Pure.

The flat picture is cut into torso and sleeves; each is bent by a thin-plate spline onto the body. What is in front
of it stays there: face, hair, hands, things held. What the old top leaves uncovered is skin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from bot.tryon.models import Floats, floats
from bot.tryon.person import (
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_ELBOW,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Body,
    Person,
)
from bot.tryon.record import Neckline, Point
from bot.tryon.retexture import to_linear

_GRID_PX = 8  # the spline is asked so often, and drawn between
_CHIN, _JAW_LEFT, _JAW_RIGHT = 152, 172, 397
_STATION = 0.45  # of the shoulders' width: how far the points along a sleeve are from one another
_SEAM_PX = 3  # of the flat picture, by which pieces overlap
_ARMS = {"left": (RIGHT_SHOULDER, RIGHT_ELBOW, RIGHT_WRIST), "right": (LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST)}
_SIDES = (("left", -1.0), ("right", 1.0))  # the picture's


@dataclass(frozen=True)
class Flat:
    """A top lying flat: RGBA, 0 to 1, sRGB, and its points by name (`bot.tryon.keypoints`)."""

    picture: Floats
    points: Mapping[str, Point]
    neckline: Neckline


@dataclass(frozen=True)
class Bend:
    """Where each pixel of a photo comes from in the flat picture, on a grid of 8 pixels."""

    grid: Floats  # (rows, columns, 2)

    def fold_share(self, where: NDArray[np.bool_]) -> float:
        """The share of the pixels of `where` at which the cloth would turn over: its Jacobian is not above 0."""
        across, down = np.gradient(self.grid, axis=1), np.gradient(self.grid, axis=0)
        turn = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
        inside = cv2.resize(where.astype(np.uint8), turn.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
        return float((turn[inside] <= 0).mean()) if inside.any() else 0.0


@dataclass(frozen=True)
class Draped:
    """The flat top on a body, the photo's size: premultiplied light, its alpha, and where its neck is.

    `fold_share` is the worst piece's.
    """

    light: Floats
    alpha: Floats
    neck: Floats
    covers_neck: bool
    fold_share: float


def drape(flat: Flat, person: Person, worn: Floats) -> Draped:
    """The top bent onto the body, whatever else is in the photo; `worn` is the old top. Needs a body and a face."""
    flat, shape = _with_stations(flat), worn.shape
    size = (shape[1], shape[0])
    targets = place_points(flat, person, worn)
    light, alpha = np.zeros((*shape[:2], 3), np.float32), np.zeros(shape[:2], np.float32)
    worst = 0.0
    for piece, names in _pieces(flat):
        bend = _bend(flat, targets, names, size)
        moved = _warp(piece, bend, size)
        here = moved[..., 3:]
        light, alpha = light * (1 - here) + moved[..., :3], alpha * (1 - here[..., 0]) + here[..., 0]
        worst = max(worst, bend.fold_share(here[..., 0] > 0.5))
    neck = _warp(np.repeat(_neck_hole(flat)[..., None], 4, axis=2), bend, size)[..., 0]  # the torso came last
    return Draped(light, alpha, neck, flat.neckline == "high", worst)


def _with_stations(flat: Flat) -> Flat:
    """The same with points along the edges of its sleeves: `outer_1_left` and so on, the last ones the cuffs."""
    points = dict(flat.points)
    for side, _ in _SIDES:
        if f"cuff_outer_{side}" not in points:
            continue
        for edge, start in (("outer", "shoulder"), ("inner", "armpit")):
            a, b = floats(points[f"{start}_{side}"]), floats(points[f"cuff_{edge}_{side}"])
            for place, share in enumerate(_stations(flat, side), 1):
                x, y = a + share * (b - a)
                points[f"{edge}_{place}_{side}"] = (float(x), float(y))
    return Flat(flat.picture, points, flat.neckline)


def _stations(flat: Flat, side: str) -> tuple[float, ...]:
    """Where points lie along a sleeve, by its length: two on a short one, four on a long one."""
    points = flat.points
    length = float(np.hypot(*(floats(points[f"cuff_outer_{side}"]) - floats(points[f"shoulder_{side}"]))))
    wide = points["shoulder_right"][0] - points["shoulder_left"][0]
    number = int(np.clip(round(length / (_STATION * wide)), 2, 4))
    return tuple((place + 1) / number for place in range(number))


def place_points(flat: Flat, person: Person, worn: Floats) -> dict[str, Point]:
    """Where each point of the flat top comes to lie on the body; pixels of the photo."""
    body = _body(person)
    left, right = body.points[RIGHT_SHOULDER, :2], body.points[LEFT_SHOULDER, :2]
    across = float(np.hypot(*(right - left)))
    along = (right - left) / across
    down = _down(body, along)
    middle = (left + right) / 2
    neck = _neck_half_px(person, across)
    scale = 1.22 * across / (flat.points["shoulder_right"][0] - flat.points["shoulder_left"][0])
    found: dict[str, Floats] = {}
    for side, sign in _SIDES:
        joint = left if sign < 0 else right
        tip = joint + sign * 0.11 * across * along - 0.13 * across * down
        found[f"shoulder_{side}"] = _reach_edge(worn, tip, sign * along - 0.6 * down, 0.2 * across)
        found[f"neck_{side}"] = middle + sign * neck * along - (0.26 * across) * down
        armpit = joint + sign * 0.05 * across * along + 0.42 * across * down
        found[f"armpit_{side}"] = armpit
        drop = flat.points[f"hem_{side}"][1] - flat.points[f"armpit_{side}"][1]
        out = sign * (flat.points[f"hem_{side}"][0] - flat.points[f"armpit_{side}"][0]) * scale
        found[f"hem_{side}"] = armpit + scale * drop * down + sign * out * along
        if f"cuff_outer_{side}" in flat.points:
            ends = (found[f"shoulder_{side}"], armpit)
            found |= _place_sleeve(flat, body, side, scale, ends, worn)
    dip = flat.points["neck_bottom"][1] - (flat.points["neck_left"][1] + flat.points["neck_right"][1]) / 2
    found["neck_bottom"] = (found["neck_left"] + found["neck_right"]) / 2 + dip * scale * down
    return {name: (float(x), float(y)) for name, (x, y) in found.items()}


def _body(person: Person) -> Body:
    if person.body is None or person.mesh is None:
        raise ValueError("a top is laid over a body with a face")
    return person.body


def _down(body: Body, along: Floats) -> Floats:
    """Down the body: across the shoulders' line, leaning to the hips where they are seen."""
    straight = floats([-along[1], along[0]])
    hips = [LEFT_HIP, RIGHT_HIP]
    if body.seen[hips].min() < 0.5:
        return straight
    spine = body.points[hips, :2].mean(axis=0) - body.points[[LEFT_SHOULDER, RIGHT_SHOULDER], :2].mean(axis=0)
    both = straight + spine / np.hypot(*spine)
    return both / np.hypot(*both)


def _neck_half_px(person: Person, across: float) -> float:
    """Half of the neck's width at its base, by the jaw's."""
    if person.mesh is None:
        return 0.22 * across
    jaw = float(np.hypot(*(person.mesh[_JAW_RIGHT, :2] - person.mesh[_JAW_LEFT, :2])))
    return float(np.clip(0.58 * jaw, 0.19 * across, 0.3 * across))


def _reach_edge(worn: Floats, start: Floats, way: Floats, most_px: float) -> Floats:
    """The last place from `start` on that is still the worn top, at most so far off; `start` where it is none."""
    unit = way / max(float(np.hypot(*way)), 1e-6)
    steps = np.arange(0, most_px, 1.0, dtype=np.float32)
    columns, rows = (start[:, None] + unit[:, None] * steps).round().astype(int)
    seen = (columns >= 0) & (columns < worn.shape[1]) & (rows >= 0) & (rows < worn.shape[0])
    is_top = np.zeros(len(steps), bool)
    is_top[seen] = worn[rows[seen], columns[seen]] > 0.5
    last = np.flatnonzero(is_top)
    return start + unit * steps[last[-1]] if len(last) else start


def _place_sleeve(
    flat: Flat, body: Body, side: str, scale: float, ends: tuple[Floats, Floats], worn: Floats
) -> dict[str, Floats]:
    """Both edges of a sleeve along the arm, as wide as it is cut, or as the worn one where that is wider."""
    points, sign = flat.points, -1.0 if side == "left" else 1.0
    flat_ends = floats(points[f"shoulder_{side}"]), floats(points[f"armpit_{side}"])
    cuff = floats(points[f"cuff_outer_{side}"]), floats(points[f"cuff_inner_{side}"])
    length = scale * float(np.hypot(*(cuff[0] + cuff[1] - flat_ends[0] - flat_ends[1]))) / 2
    opening = scale * float(np.hypot(*(cuff[0] - cuff[1]))) / 2
    start = (ends[0] + ends[1]) / 2
    stops = [start, *_arm_stops(body, side, start)]
    found: dict[str, Floats] = {}
    stations = _stations(flat, side)
    for place, share in enumerate(stations, 1):
        middle, way = _walk(stops, share * length)
        out = floats([way[1], -way[0]]) * sign
        half = (1 - share) * (ends[0] - ends[1]) / 2 + share * opening * out  # from the armhole's slant to the cuff's
        found[f"outer_{place}_{side}"] = _reach_edge(worn, middle + half, half, 1.1 * float(np.hypot(*half)))
        found[f"inner_{place}_{side}"] = middle - half * (1.5 - 0.2 * share)  # below the torso
    last = len(stations)
    for edge in ("outer", "inner"):
        found[f"cuff_{edge}_{side}"] = found[f"{edge}_{last}_{side}"]
    return found


def _arm_stops(body: Body, side: str, start: Floats) -> list[Floats]:
    """Elbow and wrist; the upper arm goes on straight where the wrist is not seen."""
    _, elbow, wrist = _ARMS[side]
    at = body.points[elbow, :2]
    if body.seen[wrist] > 0.5:
        return [at, body.points[wrist, :2]]
    return [at, at + (at - start)]


def _walk(stops: list[Floats], length_px: float) -> tuple[Floats, Floats]:
    """The place so far along a line of stops, and the direction there, turned softly at the stops."""
    legs = [(end - start) for start, end in pairwise(stops)]
    reaches = [max(float(np.hypot(*leg)), 1e-6) for leg in legs]
    place, left = stops[0], length_px
    for number, (leg, reach) in enumerate(zip(legs, reaches, strict=True)):
        unit = leg / reach
        if left <= reach or number == len(legs) - 1:
            if number and left < 0.5 * reaches[number - 1]:  # just past a bend: half of the turn
                before = legs[number - 1] / reaches[number - 1]
                return place + unit * left, (unit + before) / max(float(np.hypot(*(unit + before))), 1e-6)
            return place + unit * left, unit
        place, left = place + leg, left - reach
    raise ValueError("an arm has two stops at least")


def _pieces(flat: Flat) -> list[tuple[Floats, tuple[str, ...]]]:
    """Sleeves, then the torso over them: each picture, premultiplied light, with the points that it hangs on."""
    ready = _open_neck(flat)
    linear = to_linear((np.clip(ready[..., :3], 0, 1) * 255).round().astype(np.uint8)) * ready[..., 3:]
    whole = np.dstack([linear, ready[..., 3]]).astype(np.float32)
    rest = np.ones(whole.shape[:2], np.float32)
    pieces: list[tuple[Floats, tuple[str, ...]]] = []
    for side, sign in _SIDES:
        if f"cuff_outer_{side}" not in flat.points:
            continue
        beyond = _beyond(flat, side, sign)
        places = range(1, len(_stations(flat, side)) + 1)
        names = [f"{edge}_{place}_{side}" for edge in ("outer", "inner") for place in places]
        pieces.append((whole * (beyond > -_SEAM_PX)[..., None], (f"shoulder_{side}", f"armpit_{side}", *names)))
        rest *= np.clip(0.5 - (beyond - 1) / 2, 0, 1)
    torso = tuple(f"{name}_{side}" for name in ("neck", "shoulder", "armpit", "hem") for side, _ in _SIDES)
    return [*pieces, (whole * rest[..., None], (*torso, "neck_bottom"))]


def _beyond(flat: Flat, side: str, sign: float) -> Floats:
    """How far each pixel of the flat picture lies beyond the seam of a sleeve, pixels."""
    shoulder, armpit = floats(flat.points[f"shoulder_{side}"]), floats(flat.points[f"armpit_{side}"])
    down = (armpit - shoulder) / np.hypot(*(armpit - shoulder))
    rows, columns = np.mgrid[: flat.picture.shape[0], : flat.picture.shape[1]].astype(np.float32)
    line = sign * ((columns - shoulder[0]) * down[1] - (rows - shoulder[1]) * down[0])
    below = rows > armpit[1]  # the torso's flank is no sleeve
    return np.where(below, np.minimum(line, sign * (columns - armpit[0]) - 0.1 * (rows - armpit[1])), line)


def _open_neck(flat: Flat) -> Floats:
    """The picture without the inside of its back, where the wearer's neck will be."""
    if flat.neckline == "high":
        return flat.picture
    ready = flat.picture.copy()
    ready[..., 3] *= 1 - _neck_hole(flat)
    return ready


def _neck_hole(flat: Flat) -> Floats:
    """What lies above the front of the neck, between its corners; of a roll neck, the roll."""
    hole = np.zeros(flat.picture.shape[:2], np.float32)
    left, bottom, right = (floats(flat.points[name]) for name in ("neck_left", "neck_bottom", "neck_right"))
    power = 1.1 if flat.neckline in ("v", "collar") else 2.4
    share = np.linspace(-1, 1, 41, dtype=np.float32)
    x = np.where(share < 0, bottom[0] + share * (bottom[0] - left[0]), bottom[0] + share * (right[0] - bottom[0]))
    ends = np.where(share < 0, left[1], right[1])
    edge = np.stack([x, bottom[1] + (ends - bottom[1]) * np.abs(share) ** power], axis=1)
    outline = np.concatenate([floats([[left[0], 0]]), edge, floats([[right[0], 0]])])
    cv2.fillPoly(hole, [(outline * 8).round().astype(np.int32)], 1.0, cv2.LINE_AA, 3)
    return hole


def _bend(flat: Flat, targets: Mapping[str, Point], names: tuple[str, ...], size: tuple[int, int]) -> Bend:
    """The thin-plate spline that takes the photo's points back to the flat picture's, with points between them."""
    here, there = (_densify({name: of[name] for name in names}) for of in (targets, flat.points))
    columns, rows = np.arange(0, size[0] + _GRID_PX, _GRID_PX), np.arange(0, size[1] + _GRID_PX, _GRID_PX)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    spline = RBFInterpolator(here, there, kernel="thin_plate_spline", smoothing=1e-3 * len(here))
    return Bend(spline(grid).reshape(len(rows), len(columns), 2).astype(np.float32))


def _densify(points: dict[str, Point]) -> Floats:
    """The points, and those halfway along the edges that should stay straight: a spline bulges between far points."""
    pairs = [("armpit_left", "hem_left"), ("armpit_right", "hem_right"), ("hem_left", "hem_right"),
             ("armpit_left", "armpit_right")]
    for side in ("left", "right"):
        pairs += [(f"neck_{side}", f"shoulder_{side}"), (f"shoulder_{side}", f"armpit_{side}")]
    between = [(floats(points[a]) + floats(points[b])) / 2 for a, b in pairs if a in points and b in points]
    return floats([*points.values(), *between])


def _warp(piece: Floats, bend: Bend, size: tuple[int, int]) -> Floats:
    """The piece where the bend says, smoothed first where it becomes smaller."""
    full = (bend.grid.shape[1] * _GRID_PX, bend.grid.shape[0] * _GRID_PX)
    wider = floats([[_GRID_PX, 0, 0], [0, _GRID_PX, 0]])
    centred = cv2.warpAffine(bend.grid, wider, full, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    centred = centred[: size[1], : size[0]]
    stride = float(np.median(np.abs(np.diff(bend.grid[..., 0], axis=1)))) / _GRID_PX
    ready = cv2.GaussianBlur(piece, (0, 0), 0.45 * stride) if stride > 1 else piece
    x, y = (np.ascontiguousarray(centred[..., each]) for each in (0, 1))
    return cv2.remap(ready, x, y, cv2.INTER_LINEAR)
