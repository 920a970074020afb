"""A face's mesh and the picture of a pair of glasses -> the photo with them on. Pure."""

from dataclasses import dataclass

import cv2
import numpy as np

from bot.tryon.models import Floats, floats
from bot.tryon.person import Person
from bot.tryon.photo import Picture
from bot.tryon.places import FACE_OVAL
from bot.tryon.placing import darken, face_axes, room_light, warp_in
from bot.tryon.retexture import to_linear, to_srgb

_BRIDGE = 168
_LEFT_EAR, _RIGHT_EAR = 234, 454


@dataclass(frozen=True)
class Front:
    """The front of a pair of glasses, seen straight: RGBA, 0 to 1, sRGB; `bridge` is where it sits, in its pixels."""

    picture: Floats
    bridge: tuple[float, float]
    arm: tuple[float, float, float]  # the colour of its arms, sRGB 0 to 1
    share: float = 1.1  # its width by the width of the face at the temples


def wear_glasses(photo: Picture, person: Person, front: Front) -> Picture:
    """The photo with the glasses on: arms behind the face's edge, a shadow, the front over it. Needs a mesh."""
    if person.mesh is None:
        raise ValueError("glasses are worn on a face")
    along, down, ahead, width = face_axes(person.mesh)
    scale = width * front.share / front.picture.shape[1]
    seat = person.mesh[_BRIDGE] + 0.045 * width * ahead + 0.03 * width * down
    matrix = floats([[along[0] * scale, down[0] * scale, 0], [along[1] * scale, down[1] * scale, 0]])
    matrix[:, 2] = seat[:2] - matrix[:, :2] @ floats(front.bridge)
    size = (photo.shape[1], photo.shape[0])
    worn = warp_in(front.picture, matrix, scale, size)
    linear = to_linear(photo)
    skin = _face_mask(person, photo.shape[:2])
    linear = darken(linear, _shadow(worn[..., 3], width, down) * skin, 0.34)
    linear = _draw_arms(linear, person.mesh, front, matrix, width, skin)
    alpha = worn[..., 3:4]
    colour = to_linear((np.clip(worn[..., :3] / np.maximum(alpha, 1e-4), 0, 1) * 255).round().astype(np.uint8))
    lit = colour * room_light(to_linear(photo), skin)
    mixed = to_srgb(linear * (1 - alpha) + lit * alpha)
    changed = np.abs(mixed.astype(int) - photo).max(-1, keepdims=True) > 1
    return np.where(changed, mixed, photo).astype(np.uint8)


def _face_mask(person: Person, shape: tuple[int, int]) -> Floats:
    area = np.zeros(shape, np.float32)
    if person.mesh is not None:
        cv2.fillPoly(area, [person.mesh[list(FACE_OVAL), :2].round().astype(np.int32)], 1.0)
    return cv2.GaussianBlur(area, (0, 0), 1.2)


def _shadow(alpha: Floats, width: float, down: Floats) -> Floats:
    shift = floats([[1, 0, 0.015 * width], [0, 1, 0.04 * width * float(down[1])]])
    moved = cv2.warpAffine(alpha, shift, alpha.shape[::-1])
    return cv2.GaussianBlur(moved, (0, 0), max(1.0, 0.022 * width))


def _draw_arms(linear: Floats, mesh: Floats, front: Front, matrix: Floats, width: float, skin: Floats) -> Floats:
    """Both arms, from the hinge to the ear, seen on the face only: hair and head hide the rest."""
    wide = front.picture.shape[1]
    layer = np.zeros(skin.shape, np.float32)
    hinge_y = front.bridge[1] - 0.02 * wide
    for x, ear in ((0.015 * wide, _LEFT_EAR), (0.985 * wide, _RIGHT_EAR)):
        hinge = matrix[:, :2] @ floats([x, hinge_y]) + matrix[:, 2]
        end = mesh[ear, :2] + floats([0, -0.13 * width])
        ends = [tuple(round(float(value) * 8) for value in point) for point in (hinge, end)]
        cv2.line(layer, ends[0], ends[1], 1.0, max(1, round(0.022 * width)), cv2.LINE_AA, 3)
    alpha = (layer * skin)[..., None]
    colour = to_linear((floats(front.arm) * 255).astype(np.uint8)) * 0.6
    return linear * (1 - alpha) + colour * alpha
