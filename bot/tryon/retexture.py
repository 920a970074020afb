"""A worn top and a product's cloth -> the same top, folds and shape kept, in that colour and print. Pure."""

from dataclasses import dataclass

import cv2
import numpy as np

from bot.tryon.light import LUMINANCE, Plain, find_plain, read_grain, read_light
from bot.tryon.models import Floats
from bot.tryon.person import LEFT_ELBOW, LEFT_SHOULDER, LEFT_WRIST, RIGHT_ELBOW, RIGHT_SHOULDER, RIGHT_WRIST, Body
from bot.tryon.photo import Picture

_SEEN = 0.5
_FAR = np.log(4.0)
_SHOULDERS_CM = 36.0  # between the joints of an adult's shoulders: a print's scale, not a size


@dataclass(frozen=True)
class Cloth:
    """A tile that repeats, linear RGB 0 to 1; `px_per_cm` is its scale."""

    tile: Floats
    px_per_cm: float


def retexture(photo: Picture, top: Floats, body: Body, cloth: Cloth) -> Picture:
    """The photo with the top in this cloth; nothing outside `top` changes."""
    linear = to_linear(photo)
    plain = find_plain(linear, top)
    leap = _leap(plain, cloth)
    light = read_light(linear, top, plain, leap)
    dyed = _lay(cloth, body, light, top.shape) * light[..., None]
    mixed = linear + (dyed - linear) * top[..., None]
    grained = np.clip(to_srgb(mixed) + leap * read_grain(photo, plain, top)[..., None], 0, 255).round()
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


def _leap(plain: Plain, cloth: Cloth) -> float:
    """How far the cloth's brightness is from the worn top's, 0 to 1: within it every fold is kept just as it is."""
    new = float((cloth.tile @ LUMINANCE).mean())
    return float(np.clip(abs(np.log((new + 0.005) / (plain.usual + 0.005))) / _FAR, 0, 1))


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
