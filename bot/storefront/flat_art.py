"""A demo product and a colour -> the picture of it lying flat, cut out, and where its neck, shoulders and cuffs are.

Shapes of the cut, filled with the cloth that `fitting_art` weaves, creased and lit. A shop with photographs prepares
those: `prevenant try-on prepare`.
"""

from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import cv2
import numpy as np

from bot.service.try_on import Fitting
from bot.storefront.art.palette import colour_hex
from bot.storefront.fitting_art import draw_cloth
from bot.tryon.models import Floats, floats
from bot.tryon.record import Neckline, Point
from bot.tryon.retexture import to_srgb

WIDTH_PX, HEIGHT_PX = 840, 860
_SHAPE = (HEIGHT_PX, WIDTH_PX)
_MIDDLE = WIDTH_PX / 2
_PX_PER_CM = 6.4  # of the drawing: a chest of 52 cm
_UP = 2


@dataclass(frozen=True)
class Cut:
    """A top's cut, by its left half: points of the drawing in pixels."""

    neck: Point
    neck_bottom_px: float
    shoulder: Point
    armpit: Point
    hem: Point
    cuff: tuple[Point, Point] | None  # outer, inner; None: no sleeves
    neckline: Neckline
    rib_px: float = 0.0  # of cuffs and hem
    has_placket: bool = False

    @property
    def points(self) -> dict[str, Point]:
        """Its points by name, both sides."""
        return _name_points(self)


@dataclass(frozen=True)
class Drawn:
    """A drawing: RGBA 0 to 1, sRGB; its points by name, and its neckline."""

    picture: Floats
    points: dict[str, Point]
    neckline: Neckline


def draw_flat(fitting: Fitting) -> Drawn:
    """The top, laid flat."""
    cut = choose_cut(fitting)
    cloth = draw_cloth(colour_hex(fitting.colour), fitting.pattern, fitting.material)
    scale = _PX_PER_CM / cloth.px_per_cm
    tile = cv2.resize(cloth.tile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng(crc32(fitting.slug.encode()))
    ink = np.zeros((*_SHAPE, 4), np.float32)
    _lay_part(ink, _fill(_back_outline(cut)), tile, 0.0, np.full(_SHAPE, 0.5, np.float32))
    for side in (-1, 1) if cut.cuff else ():
        _draw_sleeve(ink, cut, tile, side, rng)
    torso = _fill(_torso_outline(cut))
    light = _light(torso, _torso_creases(cut, rng), rng)
    light *= _edges(cut)
    _lay_part(ink, torso, tile, 0.0, light)
    _draw_neck(ink, cut, tile)
    ink[..., :3] = to_srgb(ink[..., :3] / np.maximum(ink[..., 3:], 1e-4)).astype(np.float32) / 255
    return Drawn(ink, cut.points, cut.neckline)


def choose_cut(fitting: Fitting) -> Cut:
    """The cut that its kind and its name say."""
    slug, kind = fitting.slug, fitting.product_type
    is_long = kind != "t-shirt" or "manches-longues" in slug or "mariniere" in slug
    is_bare = any(each in slug for each in ("debardeur", "caraco", "top-en-satin"))
    neckline: Neckline = "round"
    if "col-v" in slug or "caraco" in slug:
        neckline = "v"
    elif "roule" in slug or "lavalliere" in slug or "zippe" in slug:
        neckline = "high"
    elif kind == "shirt":
        neckline = "collar"
    knit = kind in ("sweater", "sweatshirt")
    loose = 14.0 if knit or "loose" in slug or "emprunt" in slug else 0.0
    cuff = ((72.0, 640.0), (138.0, 672.0)) if is_long else ((136.0, 372.0), (226.0, 424.0))
    bottom = {"v": 300.0, "high": 172.0, "collar": 236.0}.get(neckline, 210.0)
    return Cut(
        neck=(348.0 if neckline != "high" else 362.0, 138.0), neck_bottom_px=bottom,
        shoulder=(314.0, 152.0) if is_bare else (252.0 - loose / 2, 172.0),
        armpit=(268.0 - loose, 352.0 + loose), hem=(258.0 - loose, 640.0 if "court" in slug else 752.0),
        cuff=None if is_bare else cuff, neckline=neckline, rib_px=38.0 if knit else 0.0, has_placket=kind == "shirt",
    )


def _name_points(cut: Cut) -> dict[str, Point]:
    named = {"neck": cut.neck, "shoulder": cut.shoulder, "armpit": cut.armpit, "hem": cut.hem}
    if cut.cuff:
        named |= {"cuff_outer": cut.cuff[0], "cuff_inner": cut.cuff[1]}
    points = {f"{name}_left": point for name, point in named.items()}
    points |= {f"{name}_right": (WIDTH_PX - x, y) for name, (x, y) in named.items()}
    return {**points, "neck_bottom": (_MIDDLE, cut.neck_bottom_px)}


def _curve(start: Point, bend: Point, end: Point) -> Floats:
    """Points of a quadratic curve, its end left out."""
    t = np.linspace(0, 1, 24, endpoint=False, dtype=np.float32)[:, None]
    a, b, c = floats(start), floats(bend), floats(end)
    return (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c


def _mirror(half: Floats) -> Floats:
    """A left half, from the top to the bottom, and its right half: one outline."""
    other = half[::-1] * floats([-1, 1]) + floats([WIDTH_PX, 0])
    return np.concatenate([half, other])


def _torso_outline(cut: Cut) -> Floats:
    neck, shoulder, armpit, hem = cut.neck, cut.shoulder, cut.armpit, cut.hem
    front = _neck_curve(cut)[::-1]
    hole = (armpit[0] + 6, (shoulder[1] + armpit[1]) / 2) if cut.cuff else (armpit[0] + 62, armpit[1] - 40)
    half = np.concatenate([
        front, _curve(neck, ((neck[0] + shoulder[0]) / 2, neck[1] + 8), shoulder), _curve(shoulder, hole, armpit),
        _curve(armpit, (armpit[0] + 12, (armpit[1] + hem[1]) / 2), hem), _curve(hem, (_MIDDLE - 80, hem[1] + 12),
        (_MIDDLE, hem[1] + 12)), floats([[_MIDDLE, hem[1] + 12]]),
    ])
    return _mirror(half)


def _neck_curve(cut: Cut) -> Floats:
    """The front of the neck, from the left corner to the middle."""
    bottom = (_MIDDLE, cut.neck_bottom_px)
    if cut.neckline in ("v", "collar"):
        bend = ((cut.neck[0] * 0.6 + _MIDDLE * 0.4), cut.neck[1] * 0.45 + bottom[1] * 0.55)
    else:
        bend = (cut.neck[0] + 10, bottom[1] - 2)
    return np.concatenate([_curve(cut.neck, bend, bottom), floats([bottom])])


def _back_outline(cut: Cut) -> Floats:
    """The inside of the back, seen through the neck."""
    front = _neck_curve(cut)
    back = _curve((_MIDDLE, cut.neck[1] + 12), (cut.neck[0] + 26, cut.neck[1] + 12), cut.neck)
    return _mirror(np.concatenate([back, front])) if cut.neckline != "high" else _mirror(front)


def _draw_sleeve(ink: Floats, cut: Cut, tile: Floats, side: int, rng: np.random.Generator) -> None:
    """One sleeve, `side` -1 the left; it lies below the torso. Changes `ink`."""
    if cut.cuff is None:
        return
    outer, inner = cut.cuff
    bend = (cut.shoulder[0] - 46, cut.shoulder[1] + 30)
    outline = np.concatenate([
        _curve(cut.shoulder, bend, outer),
        _curve(outer, ((outer[0] + inner[0]) / 2, (outer[1] + inner[1]) / 2 + 6), inner),
        _curve(inner, ((inner[0] + cut.armpit[0]) / 2 + 8, (inner[1] + cut.armpit[1]) / 2 + 6), cut.armpit),
        floats([cut.armpit, (cut.armpit[0] + 20, cut.shoulder[1] + 30)]),
    ])
    down = floats(outer) + floats(inner) - floats(cut.shoulder) - floats(cut.armpit)
    turn = float(np.arctan2(-down[0], down[1]))
    creases = [
        _curve((cut.armpit[0] - 10, cut.armpit[1] - 20), tuple(floats(cut.armpit) + down * 0.1 - floats([30, 30])),
               tuple(floats(cut.shoulder) + down * 0.12 - floats([4, -20]))),
        *(_bent_crease(floats(cut.armpit) + down * share, down, rng) for share in rng.uniform(0.08, 0.42, 5)),
    ]
    if side > 0:
        outline = outline * floats([-1, 1]) + floats([WIDTH_PX, 0])
        creases = [each * floats([-1, 1]) + floats([WIDTH_PX, 0]) for each in creases]
        turn = -turn
    part = _fill(outline)
    light = _light(part, creases, rng)
    hem = floats([outer, inner])
    if side > 0:
        hem = hem * floats([-1, 1]) + floats([WIDTH_PX, 0])
    light *= _hem_line(hem, down * floats([-side, 1]) if side < 0 else down * floats([-1, 1]), cut.rib_px)
    _lay_part(ink, part, tile, turn, light)


def _bent_crease(start: Floats, down: Floats, rng: np.random.Generator) -> Floats:
    """A crease across a sleeve, slanting to its outer edge."""
    unit = down / np.hypot(*down)
    out = floats([-unit[1], unit[0]])
    length = rng.uniform(40, 80)
    end = start + out * length - unit * rng.uniform(10, 50)
    return _curve(tuple(start), tuple((start + end) / 2 + unit * rng.uniform(4, 14)), tuple(end))


def _torso_creases(cut: Cut, rng: np.random.Generator) -> list[Floats]:
    """Creases from the armpits to the middle, and long soft ones down the body, both sides unlike."""
    creases = []
    for side in (-1, 1):
        for _ in range(4):
            start = floats([_MIDDLE + side * (_MIDDLE - cut.armpit[0] - 8), cut.armpit[1] + rng.uniform(-10, 70)])
            end = start + floats([-side * rng.uniform(60, 150), rng.uniform(20, 130)])
            creases.append(_curve(tuple(start), tuple(start * 0.5 + end * 0.5 + floats([0, 20])), tuple(end)))
        for _ in range(3):
            x = _MIDDLE + side * rng.uniform(20, 130)
            start, end = floats([x, rng.uniform(420, 520)]), floats([x + rng.uniform(-26, 26), cut.hem[1] - 10])
            bend = (start + end) / 2 + floats([rng.uniform(-16, 16), 0])
            creases.append(_curve(tuple(start), tuple(bend), tuple(end)))
    return creases


def _light(part: Floats, creases: list[Floats], rng: np.random.Generator) -> Floats:
    """How a creased, slightly raised piece of cloth is lit from the upper left; about 1."""
    half = cv2.resize(part, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height = cv2.GaussianBlur(rng.normal(0, 1, half.shape).astype(np.float32), (0, 0), 13) * 34
    for blur_px in (2.0, 3.5):
        layer = np.zeros_like(half)
        for crease in creases[:: 1 if blur_px > 3 else 2]:
            _add_crease(layer, crease / 2, float(rng.uniform(0.5, 1.0)))
        height += cv2.GaussianBlur(layer, (0, 0), blur_px) * 3.2 * blur_px
    away = cv2.distanceTransform((half > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    height += 5 * (1 - np.exp(-away / 6))
    slope_x, slope_y = cv2.Sobel(height, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(height, cv2.CV_32F, 0, 1) / 8
    lit = np.clip((1 + 0.34 * slope_x + 0.42 * slope_y) / np.sqrt(1 + slope_x**2 + slope_y**2), 0.35, 1.5)
    return cv2.resize(lit, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_LINEAR)


def _add_crease(layer: Floats, points: Floats, height: float) -> None:
    """A ridge that rises and falls along its way. Changes `layer`."""
    parts = points[::4].round().astype(int)
    for place, (start, end) in enumerate(pairwise(parts)):
        share = np.sin(np.pi * (place + 0.7) / (len(parts) + 0.4))
        cv2.line(layer, tuple(map(int, start)), tuple(map(int, end)), float(height * share), 3, cv2.LINE_8)


def _edges(cut: Cut) -> Floats:
    """Seams of the torso, and the rib or the double stitch of its hem; a factor of the light."""
    y = cut.hem[1]
    factor = _hem_line(floats([(cut.hem[0], y + 4), (WIDTH_PX - cut.hem[0], y + 4)]), floats([0, 1]), cut.rib_px)
    layer = np.zeros(_SHAPE, np.float32)
    if cut.has_placket:
        middle, top = round(_MIDDLE), round(cut.neck_bottom_px)
        cv2.line(layer, (middle + 15, top - 26), (middle + 15, round(y) + 12), 1.0, 2)
        cv2.line(layer, (middle - 13, top), (middle - 13, round(y) + 12), 0.5, 1)
    return factor * (1 - 0.4 * cv2.GaussianBlur(layer, (0, 0), 1.2))


def _hem_line(ends: Floats, down: Floats, rib_px: float) -> Floats:
    """A stitched line above an edge; ribs up to it where the edge is ribbed."""
    unit = down / np.hypot(*down)
    along = (ends[1] - ends[0]) / np.hypot(*(ends[1] - ends[0]))
    rows, columns = np.mgrid[:HEIGHT_PX, :WIDTH_PX].astype(np.float32)
    above = (ends[0, 0] - columns) * unit[0] + (ends[0, 1] - rows) * unit[1]
    across = (columns - ends[0, 0]) * along[0] + (rows - ends[0, 1]) * along[1]
    near = (across > -30) & (across < np.hypot(*(ends[1] - ends[0])) + 30)
    line = np.exp(-(((above - (rib_px or 15)) / 1.6) ** 2)) * near
    factor = 1 - 0.28 * line
    if rib_px:
        ribs = (1 - 0.16 * (np.sin(2 * np.pi * across / 9) > 0.2)).astype(np.float32)
        factor = np.where(near & (above < rib_px), factor * cv2.GaussianBlur(ribs, (0, 0), 0.8), factor)
    return factor.astype(np.float32)


def _draw_neck(ink: Floats, cut: Cut, tile: Floats) -> None:
    """The neck's edge: a rib, a roll or a collar. Changes `ink`."""
    front = _neck_curve(cut)
    if cut.neckline == "high":
        half = np.concatenate([
            floats([(_MIDDLE, 66)]), _curve((_MIDDLE, 66), (cut.neck[0] + 4, 66), (cut.neck[0] + 2, 78)),
            _curve((cut.neck[0] + 2, 78), (cut.neck[0] - 6, 110), cut.neck), front,
        ])
        part = _fill(_mirror(half))
        _lay_part(ink, part, tile, 0.0, _light(part, [], np.random.default_rng(2)) * _ribs())
        return
    if cut.neckline == "collar":
        for side in (1, -1):
            wing = floats([
                (_MIDDLE, cut.neck_bottom_px - 26), (cut.neck[0] + 20, cut.neck[1] - 20),
                (cut.neck[0] - 6, cut.neck[1] + 2), (cut.neck[0] + 4, cut.neck_bottom_px + 24),
            ])
            wing = wing if side > 0 else wing * floats([-1, 1]) + floats([WIDTH_PX, 0])
            part = _fill(wing)
            shadow = cv2.GaussianBlur(part, (0, 0), 4) * (1 - part) * 0.35
            ink[..., :3] *= 1 - shadow[..., None]
            _lay_part(ink, part, tile, 0.3 * side, _light(part, [], np.random.default_rng(3)))
        return
    line = np.concatenate([front, front[::-1] * floats([-1, 1]) + floats([WIDTH_PX, 0])])
    band = np.zeros((HEIGHT_PX * _UP, WIDTH_PX * _UP), np.uint8)
    cv2.polylines(band, [(line * _UP).round().astype(np.int32)], False, 255, 15 * _UP, cv2.LINE_AA)
    part = _shrink(band)
    shadow = cv2.GaussianBlur(part, (0, 0), 3) * (1 - part) * 0.3
    ink[..., :3] *= 1 - shadow[..., None]
    _lay_part(ink, part, tile, 0.0, _light(part, [], np.random.default_rng(5)) * 0.96)


def _ribs() -> Floats:
    columns = np.arange(WIDTH_PX, dtype=np.float32)
    return np.broadcast_to(1 - 0.12 * (0.5 + 0.5 * np.sin(2 * np.pi * columns / 9)), _SHAPE).astype(np.float32)


def _lay_part(ink: Floats, part: Floats, tile: Floats, turn: float, light: Floats) -> None:
    """A piece of cloth over what is there; `turn` radians its print. Changes `ink` (premultiplied, linear)."""
    left, top, wide, high = cv2.boundingRect((part > 0).astype(np.uint8))
    box = np.s_[top : top + high, left : left + wide]
    rows, columns = (each[box] for each in np.mgrid[:HEIGHT_PX, :WIDTH_PX].astype(np.float32))
    cos, sin = np.float32(np.cos(turn)), np.float32(np.sin(turn))
    x = np.mod((columns - np.float32(_MIDDLE)) * cos + rows * sin, np.float32(tile.shape[1]))
    y = np.mod(rows * cos - (columns - np.float32(_MIDDLE)) * sin, np.float32(tile.shape[0]))
    colour = cv2.remap(cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP), x, y, cv2.INTER_LINEAR)
    alpha, inked = part[box][..., None], ink[box]
    inked[..., :3] = inked[..., :3] * (1 - alpha) + colour * light[box][..., None] * alpha
    inked[..., 3:] = inked[..., 3:] * (1 - alpha) + alpha


def _fill(outline: Floats) -> Floats:
    """How much of each pixel lies inside."""
    big = np.zeros((HEIGHT_PX * _UP, WIDTH_PX * _UP), np.uint8)
    cv2.fillPoly(big, [(outline * _UP).round().astype(np.int32)], 255)
    return _shrink(big)


def _shrink(big: Floats) -> Floats:
    return cv2.resize(big, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
