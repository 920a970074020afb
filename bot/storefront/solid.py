"""Surfaces in space, lit by a window -> a picture of them with a clear ground: the demo's hats. Pure.

A surface is a net of points, x to the right, y up, z towards us, each with the colour it has in white light. Nets
are finer than the picture's pixels: they are painted point by point, the far ones first.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from bot.tryon.models import Floats, floats
from bot.tryon.retexture import to_srgb

_UP = 2  # painted so many times larger, then shrunk: its edges are smooth
_MARGIN_PX = 8
_KEY = floats([-0.42, 0.62, 0.66])  # where the window is


@dataclass(frozen=True)
class Surface:
    """A net: `points` and linear `colour` (rows, columns, 3), `dark` (rows, columns) 0 where no light gets, 1 open."""

    points: Floats
    colour: Floats
    dark: Floats
    shine: float = 0.0


@dataclass(frozen=True)
class Rendered:
    """RGBA, 0 to 1, sRGB; `place(x, y, z)` of the solid is at `origin + scale * (x, -y)` once turned."""

    picture: Floats
    origin: tuple[float, float]


def render(surfaces: list[Surface], px_per_unit: float, raised: float) -> Rendered:
    """The surfaces as seen from `raised` radians above their middle."""
    turn = floats([[1, 0, 0], [0, np.cos(raised), -np.sin(raised)], [0, np.sin(raised), np.cos(raised)]])
    scale = px_per_unit * _UP
    placed, lit = [], []
    for each in surfaces:
        seen = each.points @ turn.T
        placed.append(seen.reshape(-1, 3))
        lit.append(_light(seen, each).reshape(-1, 3))
    points, colours = np.concatenate(placed), np.concatenate(lit)
    flat = points[:, :2] * floats([scale, -scale])
    low = np.floor(flat.min(axis=0)) - _MARGIN_PX * _UP
    size = (np.ceil(flat.max(axis=0) - low) + _MARGIN_PX * _UP).astype(int)
    width, height = (size + size % _UP).tolist()
    columns, rows = (flat - low).astype(np.int32).T
    order = np.argsort(points[:, 2], kind="stable")
    canvas = np.zeros((height * width, 4), np.float32)
    whole = np.concatenate([colours, np.ones((len(colours), 1), np.float32)], axis=1)
    canvas[(rows * width + columns)[order]] = whole[order]  # of two points in one place the later, nearer one stays
    mended = _mend(canvas.reshape(height, width, 4))
    small = cv2.resize(mended, (width // _UP, height // _UP), interpolation=cv2.INTER_AREA)
    alpha = small[..., 3:]
    light = small[..., :3] / np.maximum(alpha, 1e-4)
    srgb = to_srgb(np.clip(light, 0, 1)).astype(np.float32) / 255
    return Rendered(np.dstack([srgb, alpha]), (float(-low[0] / _UP), float(-low[1] / _UP)))


def _light(points: Floats, surface: Surface) -> Floats:
    """Its colour in the room: a window, the sky of the ceiling, what comes back from below."""
    down, across = (np.gradient(points, axis=each) for each in (0, 1))
    normal = np.cross(across, down)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    normal *= np.where(normal[..., 2:] < 0, -1, 1)  # cloth is lit on the side that we see
    key = np.clip(normal @ (_KEY / np.linalg.norm(_KEY)), 0, 1)
    light = (0.24 + 0.22 * (0.5 + 0.5 * normal[..., 1]) + 0.16 * normal[..., 2] + 0.72 * key) * surface.dark
    half = _KEY / np.linalg.norm(_KEY) + floats([0, 0, 1])
    gleam = surface.shine * np.clip(normal @ (half / np.linalg.norm(half)), 0, 1) ** 24
    return (surface.colour * light[..., None] + gleam[..., None] * surface.dark[..., None]).astype(np.float32)


def _mend(canvas: Floats) -> Floats:
    """The picture without the pinholes that no point fell into."""
    solid = cv2.morphologyEx((canvas[..., 3] > 0).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    holes = (solid > 0) & (canvas[..., 3] == 0)
    weight = cv2.boxFilter(canvas[..., 3], -1, (3, 3), normalize=False)
    near = cv2.boxFilter(canvas, -1, (3, 3), normalize=False) / np.maximum(weight, 1)[..., None]
    return np.where(holes[..., None], near, canvas)
