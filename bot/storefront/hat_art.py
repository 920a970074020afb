"""A demo hat and a colour -> its picture seen from the front, with where it sits on a head. Pure.

Each hat is a crown and perhaps a brim or a peak around a head that is one unit wide to each side.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from zlib import crc32

import cv2
import numpy as np

from bot.storefront.art.palette import colour_hex, shift
from bot.storefront.hat_cloth import Net, Weave, canvas, felt, grain, knit, make_net, plain, straw, tweed, wrinkles
from bot.storefront.solid import Surface, render
from bot.tryon.head import Hat
from bot.tryon.models import Floats, floats

_PX_PER_UNIT = 170.0
_ROWS, _COLUMNS = 640, 1500  # of a crown
_SEEN, _HALF = 2.05, 1.62  # how far around it one sees from above, and from below
_DEEP = 1.18  # of a head: its length by its width
_Solid = tuple[list[Surface], float]  # its surfaces, and from how far above (radians) it is seen
Profile = tuple[tuple[float, float], ...]  # radius and height, from the rim to the top


@lru_cache(maxsize=64)  # 1 to 2 MB each; the demo has fewer
def draw_hat(slug: str, colour: str) -> Hat:
    """The hat of the demo's catalogue; a beanie for one whose name says nothing."""
    make = next((make for part, make in _MAKERS if part in slug), _draw_beanie)
    rng = np.random.default_rng(crc32(slug.encode()))
    surfaces, raised = make(slug, colour_hex(colour), rng)
    drawn = render(surfaces, _PX_PER_UNIT, raised)
    x, y = drawn.origin
    front = float(np.flatnonzero(drawn.picture[:, round(x), 3] > 0.5)[-1])
    return Hat(drawn.picture, (x - _PX_PER_UNIT, y), (x + _PX_PER_UNIT, y), (x, front))


def _smooth(profile: Profile, soft: float, rows: int = _ROWS) -> tuple[Floats, Floats]:
    """The profile's radius and height by row, its corners rounded."""
    points = floats(profile)
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    places = np.linspace(0, steps[-1], rows)
    radius, height = (np.interp(places, steps, points[:, each]).astype(np.float32) for each in (0, 1))
    if soft:
        pad = round(4 * soft * rows)
        kept = [np.pad(each, pad, "reflect", reflect_type="odd") for each in (radius, height)]
        radius, height = (cv2.GaussianBlur(each[None], (0, 0), soft * rows)[0, pad:-pad] for each in kept)
    return radius, height


def _crown(net: Net, cloth: Weave, profile: Profile, soft: float, bend: Floats | None = None) -> Surface:
    """A body turned around a head; `bend` is added to its radius."""
    radius, height = _smooth(profile, soft, net.up.shape[0])
    outwards = radius[:, None] * (1 + (bend if bend is not None else 0)) + cloth.relief
    points = np.stack([
        outwards * np.sin(net.around), np.broadcast_to(height[:, None], net.up.shape),
        outwards * np.cos(net.around) * _DEEP,
    ], -1)
    return Surface(points.astype(np.float32), cloth.colour, np.ones_like(net.up))


def _brim(
    net: Net, cloth: Weave, inner: float, wide: float, rise: Callable[[Net], Floats], at: float = 0.0
) -> Surface:
    """A ring around the head; `rise` says how high each place of it lies."""
    outwards = inner + wide * net.up
    points = np.stack([
        outwards * np.sin(net.around), at + rise(net) + cloth.relief,
        (inner * _DEEP + wide * net.up) * np.cos(net.around),
    ], -1)
    dark = 0.62 + 0.38 * np.clip(net.up / 0.16, 0, 1) ** 0.7  # the crown stands in the light
    return Surface(points.astype(np.float32), cloth.colour, dark.astype(np.float32))


def _band(base: str, profile: Profile, rng: np.random.Generator, ribs: int = 0, soft: float = 0.0) -> Surface:
    """A ribbon around the crown."""
    net = make_net(120, _COLUMNS, rng, _SEEN)
    share = (1 + 0.06 * np.sin(net.around * (ribs or 260))) * grain(net, 0.04, 0.8)
    return _crown(net, Weave(plain(net, base) * share[..., None], np.zeros_like(net.up)), profile, soft)


def _draw_beanie(slug: str, base: str, rng: np.random.Generator) -> _Solid:
    net = make_net(_ROWS, _COLUMNS, rng, _HALF)
    is_fine = "flocon" in slug
    ribs, deep = (96, 0.011) if is_fine else (62, 0.024)
    cloth = knit(net, base, ribs, deep, 74 if is_fine else 58)
    folds = wrinkles(net, 7, 0.011 if is_fine else 0.007) * np.sin(np.pi * net.up)
    narrow = 1 - 0.9 * np.clip((net.up - 0.6) / 0.4, 0, 1)[..., None]
    cloth = Weave(cloth.colour, cloth.relief * narrow[..., 0])
    tall = 1.28 if is_fine else 1.08
    body = _crown(
        net, cloth, ((0.98, 0.05), (1.03, 0.35), (1.0, 0.62), (0.84, 0.62 + 0.55 * (tall - 0.62)), (0.5, tall - 0.06),
                     (0.2, tall), (0.0, tall + 0.005)), 0.05, folds)
    low = make_net(320, _COLUMNS, rng, _HALF)
    cuff = knit(low, shift(base, 0.02), ribs, deep * 1.25, 22)
    turned = _crown(
        low, cuff, ((1.0, -0.05), (1.055, -0.045), (1.075, 0.06), (1.075, 0.24), (1.055, 0.31), (1.0, 0.32)), 0.03,
        wrinkles(low, 4, 0.004))
    shade = np.ones_like(net.up)
    height = body.points[..., 1]
    shade *= 0.6 + 0.4 * np.clip((height - 0.31) / 0.08, 0, 1)
    return [Surface(body.points, body.colour, shade.astype(np.float32)), turned], -0.1


def _draw_brimmed(slug: str, base: str, rng: np.random.Generator) -> _Solid:
    net, ring = make_net(_ROWS, _COLUMNS, rng, _SEEN), make_net(400, 3000, rng)
    if "panama" in slug:
        cloth, brim, band = straw(net, base, 42, 0.16), straw(ring, base, 17, 0.16), "#232226"
    elif "paille" in slug:
        cloth, brim, band = straw(net, base, 26, 0.34), straw(ring, base, 22, 0.34), shift(base, -0.5)
    else:
        cloth, brim, band = felt(net, base), felt(ring, base), shift(base, -0.28)
    is_wide = "paille" in slug
    pinch = sum(np.exp(-(((net.around - side) / 0.3) ** 2)) for side in (-0.62, 0.62)) if not is_wide else 0
    upper = np.clip((net.up - 0.22) / 0.4, 0, 1) * np.clip((1 - net.up) / 0.2, 0, 1)
    bend = -0.085 * pinch * upper + wrinkles(net, 4, 0.004)
    if is_wide:
        profile: Profile = ((1.0, -0.02), (0.98, 0.3), (0.93, 0.62), (0.78, 0.8), (0.4, 0.87), (0.0, 0.88))
    else:
        profile = ((1.0, -0.02), (0.97, 0.3), (0.88, 0.74), (0.8, 0.9), (0.68, 0.96), (0.36, 0.96), (0.0, 0.96))
    body = _crown(net, cloth, profile, 0.024, bend)
    if not is_wide:  # the crease along the top
        body.points[..., 1] -= 0.13 * np.exp(-((body.points[..., 0] / 0.24) ** 2)) * np.clip((net.up - 0.4) / 0.2, 0, 1)
    wide, curl, dip = (1.02, -0.1, 0.06) if is_wide else (0.56, 0.16, 0.1)

    def rise(at: Net) -> Floats:
        side = np.abs(np.sin(at.around)) ** 2.2
        waves = 0.035 * np.sin(3 * at.around + 0.6) * at.up**2 if is_wide else 0
        rolled = curl * side * at.up**1.6 - dip * np.cos(at.around) * at.up**1.3
        return np.asarray(rolled - 0.07 * at.up + waves)

    edge = 1 - 0.22 * np.clip((ring.up - 0.965) / 0.02, 0, 1)
    shadow = 0.55 + 0.45 * np.clip((net.up - 0.0) / 0.05, 0, 1)
    ribbon = _band(band, ((1.012, -0.01), (1.006, 0.15), (0.998, 0.2 if is_wide else 0.24)), rng)
    flat = _brim(ring, Weave(brim.colour * edge[..., None], brim.relief), 0.99, wide, rise)
    return [Surface(body.points, body.colour, shadow.astype(np.float32)), ribbon, flat], 0.07 if is_wide else 0.09


def _draw_bucket(slug: str, base: str, rng: np.random.Generator) -> _Solid:
    net, ring = make_net(_ROWS, _COLUMNS, rng, _SEEN), make_net(300, 2600, rng)
    seams = 1 - 0.2 * np.exp(-(((np.mod(ring.up * 7, 1) - 0.5) / 0.06) ** 2))
    cloth, brim = canvas(net, base, 0.03), canvas(ring, base, 0.03)
    body = _crown(
        net, cloth, ((1.02, -0.02), (0.98, 0.4), (0.9, 0.66), (0.84, 0.72), (0.5, 0.76), (0.0, 0.77)), 0.016,
        wrinkles(net, 6, 0.01))

    def rise(at: Net) -> Floats:
        waves = 0.03 * np.sin(5 * at.around + 1) * at.up**2
        return np.asarray(waves - (0.34 + 0.02 * np.cos(at.around)) * at.up)

    flat = _brim(ring, Weave(brim.colour * seams[..., None], brim.relief), 1.0, 0.36, rise)
    return [replace(body, shine=0.05), replace(flat, shine=0.04)], 0.03


def _draw_cap(slug: str, base: str, rng: np.random.Generator) -> _Solid:
    net = make_net(_ROWS, _COLUMNS, rng, _SEEN)
    cloth = canvas(net, base)
    off = np.abs(np.mod(net.around / (np.pi / 3) + 0.5, 1) - 0.5) * 2  # six panels, one seam in front: 0 on a seam
    sewn = np.exp(-(((off - 0.07) / 0.018) ** 2)) * (np.mod(net.up * 90, 1) < 0.6)
    stitch = 1 - 0.34 * np.exp(-((off / 0.025) ** 2)) + 0.16 * sewn
    bend = -0.014 * np.exp(-((off / 0.03) ** 2)) + 0.016 * off * net.up
    bend = bend + wrinkles(net, 6, 0.012) * np.sin(np.pi * net.up)
    body = _crown(
        net, Weave(cloth.colour * stitch[..., None], cloth.relief),
        ((0.99, -0.1), (0.99, 0.15), (0.93, 0.4), (0.78, 0.64), (0.52, 0.8), (0.26, 0.86), (0.0, 0.875)), 0.05, bend)
    return [body, _peak(base, rng, 0.8, 0.74)], 0.13


def _peak(base: str, rng: np.random.Generator, long: float, half: float) -> Surface:
    """A stiff peak in front: a tongue that bends down to its sides."""
    rows, columns = 420, 1200
    side = np.linspace(-1, 1, columns, dtype=np.float32)[None].repeat(rows, 0)
    out = np.linspace(0, 1, rows, dtype=np.float32)[:, None].repeat(columns, 1)
    net = Net(side * np.pi, out, rng)
    cloth = canvas(net, base)
    reach = long * np.sqrt(np.clip(1 - np.abs(side) ** 2.6, 0, 1))
    angle = side * half * 1.35
    x = np.sin(angle) * (1 + 0.1 * out)
    z = np.cos(angle) * _DEEP + reach * out
    y = -0.05 - 0.34 * side**2 * np.sqrt(out) - 0.13 * out * reach / long
    seams = 1 - 0.16 * np.exp(-(((np.mod(out * reach / long * 6, 1) - 0.5) / 0.07) ** 2)) * (out > 0.05)
    dark = 0.55 + 0.45 * np.clip(out / 0.14, 0, 1)
    points = np.stack([x, y, z], -1).astype(np.float32)
    return Surface(points, (cloth.colour * seams[..., None]).astype(np.float32), dark.astype(np.float32))


def _draw_flat_cap(slug: str, base: str, rng: np.random.Generator) -> _Solid:
    net = make_net(_ROWS, _COLUMNS, rng, _SEEN)
    cloth = tweed(net, base)
    front = np.clip(np.cos(net.around), 0, 1)
    lean = 0.16 * front * np.sin(np.pi * net.up) + wrinkles(net, 5, 0.008)
    body = _crown(
        net, cloth, ((1.0, -0.06), (1.06, 0.06), (1.12, 0.2), (1.06, 0.36), (0.84, 0.5), (0.4, 0.57), (0.0, 0.58)),
        0.04, lean)
    return [body, _peak(base, rng, 0.42, 0.72)], 0.04


def _draw_beret(slug: str, base: str, rng: np.random.Generator) -> _Solid:
    net = make_net(_ROWS, _COLUMNS, rng, _HALF)
    cloth = felt(net, base)
    body = _crown(
        net, cloth, ((1.0, -0.06), (1.01, 0.07), (1.2, 0.16), (1.3, 0.34), (1.2, 0.52), (0.8, 0.66), (0.3, 0.71),
                     (0.0, 0.715)), 0.035, wrinkles(net, 7, 0.016) * np.sin(np.pi * net.up))
    points = body.points.copy()
    loose = np.clip((points[..., 1] - 0.06) / 0.4, 0, 1) ** 1.5
    points[..., 0] += 0.14 * loose  # it is pulled to one side
    points[..., 1] += loose * (0.04 - 0.11 * points[..., 0])
    dark = 0.62 + 0.38 * np.clip((points[..., 1] - 0.02) / 0.12, 0, 1)
    return [Surface(points, body.colour, dark.astype(np.float32))], -0.06


_MAKERS: tuple[tuple[str, Callable[..., _Solid]], ...] = (
    ("bonnet", _draw_beanie), ("beret", _draw_beret), ("casquette-plate", _draw_flat_cap), ("casquette", _draw_cap),
    ("bob", _draw_bucket), ("panama", _draw_brimmed), ("paille", _draw_brimmed), ("fedora", _draw_brimmed),
)
