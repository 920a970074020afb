"""What glasses and hats share: a face's own axes, a picture put into its place, shadow, the room's light. Pure."""

import cv2
import numpy as np

from bot.tryon.models import Floats, floats

_LEFT_TEMPLE, _RIGHT_TEMPLE, _FOREHEAD, _CHIN = 127, 356, 10, 152


def face_axes(mesh: Floats) -> tuple[Floats, Floats, Floats, float]:
    """Along the eyes, down the nose, out of the face (unit vectors in px, depth towards us negative), and its width."""
    across = mesh[_RIGHT_TEMPLE] - mesh[_LEFT_TEMPLE]
    width = float(np.linalg.norm(across))
    along = across / width
    down = mesh[_CHIN] - mesh[_FOREHEAD]
    down = down - along * float(down @ along)
    down /= np.linalg.norm(down)
    return along, down, -np.cross(along, down), width


def warp_in(picture: Floats, matrix: Floats, scale: float, size: tuple[int, int]) -> Floats:
    """The picture in its place, premultiplied so that no edge shines, smoothed before it is made smaller."""
    ready = picture.copy()
    ready[..., :3] *= ready[..., 3:4]
    if scale < 1:
        ready = cv2.GaussianBlur(ready, (0, 0), 0.45 / scale)
    return cv2.warpAffine(ready, matrix, size, flags=cv2.INTER_LINEAR)


def darken(linear: Floats, where: Floats, by: float) -> Floats:
    """Shadow on skin: red light comes through it more than blue."""
    return linear * (1 - where[..., None] * floats([0.85, 1.0, 1.05]) * by)


def room_light(linear: Floats, skin: Floats) -> float:
    """How bright the room is, by the face: glasses in the dark do not shine."""
    bright = float(np.percentile(linear[skin > 0.5].mean(-1), 80)) if (skin > 0.5).any() else 0.4
    return float(np.interp(bright, [0.05, 0.4], [0.35, 1.0]))
