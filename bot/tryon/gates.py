"""A photo and who was found in it -> the first reason why nothing could be tried on, or none. Pure."""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.tryon.bare import is_bare
from bot.tryon.garment import face_area
from bot.tryon.head import has_room_for_hat
from bot.tryon.looking import PASSER_BY
from bot.tryon.person import LEFT_HIP, LEFT_SHOULDER, NOSE, RIGHT_HIP, RIGHT_SHOULDER, Body, Person
from bot.tryon.photo import Picture

Mode = Literal["glasses", "hat", "top"]
Reason = Literal[
    "no_person", "several_people", "head_only", "back_view", "sideways", "too_dark", "blurred", "too_small",
    "no_face", "top_not_seen", "head_cut", "no_top",
]
_DARKEST, _DARKEST_IN_A_LIT_ROOM = 42.0, 20.0  # the median of a face's lightness, 0 to 255: dark skin is no dark room
_LIT_ROOM = 110.0  # what a twentieth of the photo is lighter than
_LEAST_SHARP = 0.15  # the steepest edges, a pixel, by the contrast
_LOOKED_AT_PX = 256
_A_PERSON_AT_LEAST = 0.1  # of the picture
_LEAST_PX, _LEAST_FACE_PX, _LEAST_SHOULDERS_PX = 200, 64, 90


def find_reason(photo: Picture, person: Person, mode: Mode) -> Reason | None:
    """Why this photo will not do, or None."""
    if min(photo.shape[:2]) < _LEAST_PX:
        return "too_small"
    reason = _whom(photo, person) or _light(photo, person)
    return reason or (_stance(person) or _dressed(photo, person) if mode == "top" else _face(person, mode))


def _whom(photo: Picture, person: Person) -> Reason | None:
    widths = [face.box[2] for face in person.faces]
    if len(widths) > 1 and widths[1] > PASSER_BY * widths[0]:
        return "several_people"
    if person.bodies > 1:  # one body smeared over a photo is read as two
        return "blurred" if _is_blurred(photo, person) else "several_people"
    if not person.faces and (person.body is None or person.body.score < 0.5):
        is_somebody = person.mask.mean() > _A_PERSON_AT_LEAST
        return "blurred" if is_somebody and _is_blurred(photo, person) else "no_person"
    return None


def _light(photo: Picture, person: Person) -> Reason | None:
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    inside = _face_or_person(person, grey.shape)
    darkest = _DARKEST_IN_A_LIT_ROOM if np.percentile(grey, 95) > _LIT_ROOM else _DARKEST
    if inside.any() and np.median(grey[inside]) < darkest:
        return "too_dark"
    return "blurred" if _is_blurred(photo, person) else None


def _face_or_person(person: Person, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The face, or its box where it is turned away; without one, the person: black clothes are not a dark room."""
    inside = face_area(person, shape)
    if inside.any() or not person.faces:
        return inside if inside.any() else person.mask > 0.5
    x, y, width, height = person.faces[0].box.round().astype(int).clip(0)
    inside[y : y + height, x : x + width] = True
    return inside


def _is_blurred(photo: Picture, person: Person) -> bool:
    """Whether no edge is sharp in one direction: in the face where one was found, else in the person."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    where = face_area(person, grey.shape) if person.mesh is not None else person.mask > 0.5
    if not where.any():
        where = np.ones_like(where)
    columns, rows = np.flatnonzero(where.any(axis=0)), np.flatnonzero(where.any(axis=1))
    part = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = min(1.0, _LOOKED_AT_PX / max(part.shape))
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    steepest = [np.percentile(np.abs(cv2.Sobel(small, cv2.CV_32F, x, 1 - x)) / 4, 98) for x in (0, 1)]
    contrast = max(float(np.ptp(np.percentile(small, (5, 95)))), 1.0)
    return bool(min(steepest) / contrast < _LEAST_SHARP)


def _face(person: Person, mode: Mode) -> Reason | None:
    if not person.faces:
        return "no_face"
    if person.faces[0].box[2] < _LEAST_FACE_PX:
        return "too_small"
    if person.mesh is None:
        return "no_face"
    if _face_turn(person) > 0.55:
        return "sideways"
    return "head_cut" if mode == "hat" and not has_room_for_hat(person) else None


def _face_turn(person: Person) -> float:
    """0 for a face that looks at us, 1 for a profile."""
    mesh = person.mesh
    if mesh is None:
        return 1.0
    left, right = (float(np.hypot(*(mesh[each, :2] - mesh[1, :2]))) for each in (234, 454))
    return abs(left - right) / max(left + right, 1e-6)


def _stance(person: Person) -> Reason | None:
    body = person.body
    if body is None or body.seen[[LEFT_SHOULDER, RIGHT_SHOULDER]].min() < 0.5:
        return "head_only"
    across = body.points[LEFT_SHOULDER, 0] - body.points[RIGHT_SHOULDER, 0]
    if not person.faces and (across < 0 or body.seen[NOSE] < 0.9):
        return "back_view"
    if _shows_head_only(person, body):
        return "head_only"
    if across < 0.45 * _torso_length(body) or (person.mesh is not None and _face_turn(person) > 0.75):
        return "sideways"
    return "too_small" if across < _LEAST_SHOULDERS_PX else None


def _dressed(photo: Picture, person: Person) -> Reason | None:
    """Without a face nothing tells skin from a top: behind a phone or a veil nobody is taken."""
    if person.mesh is None:
        return "no_face"
    return "no_top" if is_bare(photo, person) else None


def _torso_length(body: Body) -> float:
    shoulders = body.points[[LEFT_SHOULDER, RIGHT_SHOULDER], :2].mean(axis=0)
    hips = body.points[[LEFT_HIP, RIGHT_HIP], :2].mean(axis=0)
    return float(np.hypot(*(hips - shoulders)))


def _shows_head_only(person: Person, body: Body) -> bool:
    """Whether less than half of the shoulders' width is seen below the shoulders."""
    shoulders = body.points[[LEFT_SHOULDER, RIGHT_SHOULDER], :2]
    return bool(person.mask.shape[0] - shoulders[:, 1].mean() < 0.5 * np.ptp(shoulders[:, 0]))
