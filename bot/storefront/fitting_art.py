"""A demo product and a colour -> what it is tried on with: a tile of its cloth, or the front of its glasses.

The demo has no photographs, so both are made from the same palette and slugs as its drawn pictures. A shop with
photographs gives its own.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.storefront.art.palette import is_dark, shift
from bot.tryon.face import Front
from bot.tryon.models import Floats, floats
from bot.tryon.retexture import Cloth, to_linear

_PX_PER_CM = 24.0
_KNITS = ("merino", "cashmere", "wool", "mohair", "alpaca")
_INNER_EDGE_PX = 306  # of the left lens: where the bridge begins
_UP = 4  # drawn so many times larger, then shrunk: its edges are smooth


def draw_cloth(base: str, pattern: str, material: str) -> Cloth:
    """A tile of the cloth: its print, and threads too fine to count."""
    accent = shift(base, 0.78) if is_dark(base) else "#2c3a5c"
    tile = _print(pattern, base, accent, shift(base, -0.3))
    return Cloth(np.clip(tile * _threads(tile.shape[:2], material)[..., None], 0, 1).astype(np.float32), _PX_PER_CM)


def hex_light(hex_colour: str) -> Floats:
    """The colour in light, linear."""
    srgb = np.asarray([int(hex_colour[place : place + 2], 16) for place in (1, 3, 5)], np.uint8)
    return to_linear(srgb)


def _print(pattern: str, base: str, accent: str, line: str) -> Floats:
    """The print, in light; a tile of 4 to 6 cm."""
    side = 96 if pattern in ("striped", "polka_dot", "houndstooth", "herringbone") else 144
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    if pattern == "striped":
        share = _soft(np.abs(np.mod(rows, 48) - 24) - 8)
    elif pattern == "checked":
        share = 0.5 * _soft(np.abs(np.mod(rows, 72) - 36) - 12) + 0.5 * _soft(np.abs(np.mod(columns, 72) - 36) - 12)
    elif pattern == "polka_dot":
        near = np.minimum(
            np.hypot(np.mod(rows, 48) - 24, np.mod(columns, 48) - 24),
            np.hypot(np.mod(rows + 24, 48) - 24, np.mod(columns + 24, 48) - 24),
        )
        share = _soft(near - 7)
    elif pattern in ("floral", "printed", "jacquard"):
        share = _petals(rows, columns)
    elif pattern in ("ribbed", "cable_knit"):
        return hex_light(base) * (1 - 0.3 * _soft(np.abs(np.mod(columns, 12) - 6) - 1.5))[..., None]
    else:
        share = np.zeros_like(rows)
    shade = hex_light(accent) if pattern != "herringbone" else hex_light(line)
    return hex_light(base) + (shade - hex_light(base)) * share[..., None]


def _soft(distance: Floats) -> Floats:
    """1 inside, 0 outside, an edge two pixels wide."""
    return np.clip(0.5 - distance / 2, 0, 1)


def _petals(rows: Floats, columns: Floats) -> Floats:
    share = np.zeros_like(rows)
    for x, y, size in ((36, 40, 19), (106, 30, 13), (88, 106, 21), (20, 112, 12)):
        dx, dy = np.mod(columns - x + 72, 144) - 72, np.mod(rows - y + 72, 144) - 72
        reach = size * (0.72 + 0.28 * np.cos(5 * np.arctan2(dy, dx) + x))
        share = np.maximum(share, _soft(np.hypot(dx, dy) - reach) * (1 - 0.6 * _soft(np.hypot(dx, dy) - size * 0.25)))
    return share


def _threads(shape: tuple[int, ...], material: str) -> Floats:
    """Light and dark of the yarn, about 1; it repeats with the tile."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    noise = np.random.default_rng(4).normal(0, 0.03, shape).astype(np.float32)
    if material in _KNITS:
        loops = np.sin(2 * np.pi * columns / 8) * np.sin(2 * np.pi * (rows / 8 + np.abs(np.sin(np.pi * columns / 8))))
        return 1 + 0.1 * loops + noise
    return 1 + 0.03 * np.sin(2 * np.pi * columns / 3) * np.sin(2 * np.pi * rows / 3) + noise


def draw_front(slug: str, base: str) -> Front:
    """The front of a pair of sunglasses, 720 px wide: rims with a round edge, lenses darker at the top."""
    height, width = 300, 720
    lens = _lens_shape(slug)
    both = [lens, floats([width, 0]) + lens * floats([-1, 1])]
    inner = _filled(both, (height, width))
    metal = "aviateur" in slug or "rondes" in slug
    rim = 9 if metal else 20
    outer = _grow(inner, rim)
    thick = rim * (1.1 if metal else 1.5)
    bridge = _stroke([(300, 104), (330, 88), (360, 84), (390, 88), (420, 104)], thick, (height, width))
    ends = np.maximum(*(
        _stroke([(abs(10 - mirror), 92), (abs(float(lens[:, 0].min()) + 4 - mirror), 104)], rim * 1.6, (height, width))
        for mirror in (0, width)
    ))
    solid = np.maximum.reduce([outer, bridge, ends])
    frame = np.clip(solid - inner, 0, 1)
    colour = floats([int(base[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    lit = _bevel(frame, colour, shiny=0.55 if metal else 0.35)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    glass = floats([0.10, 0.085, 0.09]) + 0.08 * rows[..., None] * floats([1, 0.9, 0.8])
    glare = 0.1 * np.exp(-(((np.arange(width)[None] % 360 - 120 + 90 * rows) / 40) ** 2))[..., None]
    opaque = np.where(rows < 0.75, 0.9 - 0.22 * rows, 0.74)
    alpha = np.clip(frame + inner * opaque, 0, 1)
    lenses = (glass + glare) * (inner * opaque * (1 - frame))[..., None]
    picture = (lit * frame[..., None] + lenses) / np.maximum(alpha, 1e-4)[..., None]
    rgba = np.dstack([np.clip(picture, 0, 1), alpha]).astype(np.float32)
    return Front(rgba, (360.0, 112.0), (float(colour[0]), float(colour[1]), float(colour[2])))


def _lens_shape(slug: str) -> Floats:
    """The left lens's outline, from its middle; superellipses that lean."""
    turn = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    half, tall, power, lean, narrow = 132, 100, 2.8, 6, 0.1
    if "rondes" in slug:
        half, tall, power, lean, narrow = 122, 118, 2.0, 0, 0.0
    elif "papillon" in slug:
        half, tall, power, lean, narrow = 134, 92, 2.5, -26, 0.14
    elif "carrees" in slug or "oversize" in slug:
        half, tall, power, lean, narrow = 136, 110, 4.0, 4, 0.08
    x = half * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / power)
    y = tall * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / power)
    x = x * (1 - narrow * y / tall) - 8 * (y > 0) * (y / tall) ** 2
    return np.stack([_INNER_EDGE_PX - half + x, 146 + y + lean * (-x / half) * (y < 20)], axis=1).astype(np.float32)


def _filled(outlines: list[Floats], shape: tuple[int, int]) -> Floats:
    big = np.zeros((shape[0] * _UP, shape[1] * _UP), np.uint8)
    for outline in outlines:
        cv2.fillPoly(big, [(outline * _UP).round().astype(np.int32)], 255)
    return _smaller(big, shape)


def _stroke(points: list[tuple[float, float]], thick: float, shape: tuple[int, int]) -> Floats:
    big = np.zeros((shape[0] * _UP, shape[1] * _UP), np.uint8)
    cv2.polylines(big, [(floats(points) * _UP).round().astype(np.int32)], False, 255, round(thick * _UP))
    return _smaller(big, shape)


def _grow(area: Floats, by: int) -> Floats:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return cv2.dilate(area, kernel)


def _smaller(big: NDArray[np.uint8], shape: tuple[int, int]) -> Floats:
    return cv2.resize(big, shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _bevel(frame: Floats, colour: Floats, shiny: float) -> Floats:
    """The frame's colour as a rounded bar shows it, lit from above and from the left."""
    depth = cv2.distanceTransform((frame > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    height = cv2.GaussianBlur(np.sqrt(np.clip(depth, 0, 10)), (0, 0), 1.5)
    slope_x, slope_y = cv2.Sobel(height, cv2.CV_32F, 1, 0) / 4, cv2.Sobel(height, cv2.CV_32F, 0, 1) / 4
    facing = 1 / np.sqrt(1 + slope_x**2 + slope_y**2)
    light = np.clip((0.35 * slope_x + 0.75 * slope_y + 0.75) * facing, 0, 1.2)
    gleam = np.clip((0.2 * slope_x + 0.85 * slope_y + 0.5) * facing, 0, 1) ** 10
    return np.clip(colour * (0.45 + 0.6 * light[..., None]) + shiny * gleam[..., None], 0, 1)
