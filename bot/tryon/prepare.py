"""A product's picture -> its record for try-on, with what a person should look at. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from bot.tryon.cutout import cut_out
from bot.tryon.engine import Garment, Top
from bot.tryon.face import Front
from bot.tryon.head import Hat
from bot.tryon.keypoints import find_points
from bot.tryon.models import Floats
from bot.tryon.overlay import Flat
from bot.tryon.photo import Picture
from bot.tryon.record import Category, Neckline, Point, Record
from bot.tryon.retexture import Cloth, to_linear

_CHEST_CM = 52.0  # laid flat, of a top whose shop says nothing; a print's scale, not a size
_LONG_SLEEVE = 1.4  # of the shoulders' width
_NECKLINES: tuple[tuple[str, Neckline], ...] = (  # in a product's slug, French or English
    ("col-v", "v"), ("v-neck", "v"), ("col-roule", "high"), ("roll-neck", "high"), ("turtleneck", "high"),
    ("chemise", "collar"), ("shirt-collar", "collar"), ("polo", "collar"), ("col-rond", "round"), ("crew", "round"),
)


@dataclass(frozen=True)
class Prepared:
    """A record and its cut-out, RGBA, 0 to 1."""

    record: Record
    picture: Floats


def prepare(
    picture: Picture, slug: str, colour: str, category: Category, flat_cm: Mapping[str, float] | None = None
) -> Prepared:
    """The record of what a picture shows (RGB or RGBA of uint8), its doubts in words of `DOUBTS`."""
    cut = cut_out(picture)
    if "nothing_found" in cut.doubts:
        return Prepared(Record(slug, colour, category, {}, doubts=cut.doubts), cut.picture)
    found = find_points(cut.picture, category)
    neckline = name_neckline(slug) if category == "top" else "unknown"
    record = Record(slug, colour, category, found.points, neckline, dict(flat_cm or {}), (*cut.doubts, *found.doubts))
    return Prepared(record, cut.picture)


def prepare_nothing(slug: str, colour: str, category: Category, why: str) -> Prepared:
    """The record of a product that has no picture, or none that can be read."""
    return Prepared(Record(slug, colour, category, {}, doubts=(why,)), np.zeros((1, 1, 4), np.float32))


def name_neckline(slug: str) -> Neckline:
    """The neckline that a product's name says, "unknown" where it says none."""
    return next((neckline for part, neckline in _NECKLINES if part in slug), "unknown")


def make_garment(prepared: Prepared) -> Garment:
    """What a usable record is tried on with."""
    if prepared.record.category == "glasses":
        return make_front(prepared)
    if prepared.record.category == "top":
        record = prepared.record
        flat = Flat(prepared.picture, record.points, record.neckline)
        return Top(make_cloth(prepared), sleeves_of(record.points), lambda: flat)
    points = prepared.record.points
    return Hat(prepared.picture, points["rim_left"], points["rim_right"], points["rim_front"])


def sleeves_of(points: Mapping[str, Point]) -> float:
    """How much of an arm the sleeves cover, 0 none to 1 long, by their length and the shoulders' width."""
    if "cuff_outer_left" not in points:
        return 0.0
    (x, y), (to_x, to_y) = points["shoulder_left"], points["cuff_outer_left"]
    across = points["shoulder_right"][0] - x
    return float(np.clip(np.hypot(to_x - x, to_y - y) / (_LONG_SLEEVE * max(across, 1.0)), 0, 1))


def make_front(prepared: Prepared) -> Front:
    """A pair of glasses: its front, and arms in the colour of its ends."""
    picture, points = prepared.picture, prepared.record.points
    rows, columns = np.nonzero(picture[..., 3] > 0.9)
    share = 0.06 * np.ptp(columns)
    ends = (columns < columns.min() + share) | (columns > columns.max() - share)
    red, green, blue = np.median(picture[rows[ends], columns[ends], :3], axis=0)
    return Front(picture, points["bridge"], (float(red), float(green), float(blue)))


def make_cloth(prepared: Prepared) -> Cloth:
    """The cloth of a top: a piece of its chest, its light evened out, mirrored so that it repeats without an edge."""
    points, picture = prepared.record.points, prepared.picture
    left, right = points["armpit_left"], points["armpit_right"]
    across = right[0] - left[0]
    top, bottom = max(left[1], right[1]), min(points["hem_left"][1], points["hem_right"][1])
    columns = slice(round(left[0] + 0.2 * across), round(right[0] - 0.2 * across))
    piece = picture[round(top) : round(top + 0.7 * (bottom - top)), columns, :3]
    light = to_linear((np.clip(piece, 0, 1) * 255).round().astype(np.uint8))
    even = _even(light, 0.12 * across)
    tile = np.vstack([np.hstack([even, even[:, ::-1]]), np.hstack([even, even[:, ::-1]])[::-1]])
    return Cloth(tile.astype(np.float32), across / prepared.record.flat_cm.get("chest", _CHEST_CM))


def _even(light: Floats, reach_px: float) -> Floats:
    """The piece without its slow changes of light: those are the photograph's, not the cloth's."""
    luminance = light.mean(axis=-1) + 1e-3
    slow = cv2.GaussianBlur(luminance, (0, 0), reach_px, borderType=cv2.BORDER_REFLECT)
    return np.clip(light * (np.median(slow) / slow)[..., None], 0, 1)
