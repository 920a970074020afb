"""A photo and a top draped on it -> the photo with that top over the worn one, or why not. Pure.

What is in front stays in front: face, hair, hands, things held. What the old top leaves bare at the neck is skin, and
at its edges what lies behind.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from bot.errors import NotAllowed
from bot.tryon.garment import face_area
from bot.tryon.models import Floats, floats
from bot.tryon.overlay import Draped, Flat, drape
from bot.tryon.person import (
    LEFT_HIP,
    LEFT_SHOULDER,
    LEFT_WRIST,
    RIGHT_HIP,
    RIGHT_SHOULDER,
    RIGHT_WRIST,
    Person,
)
from bot.tryon.photo import Picture
from bot.tryon.retexture import to_linear, to_srgb

_CHEEKS = (50, 280, 205, 425)
_CHIN, _JAW = 152, (172, 397)
_SKIN_LAB = 26.0  # how far skin may be from the cheeks' colour
_MOST_BARE = 0.06  # of the old top: more of it beside the new one is another kind of garment
_MOST_FOLDED = 0.02
_SEEN, _SURELY_SEEN = 0.5, 0.75  # how sure a wrist is
_OLD_PX = 25  # how far around what lies beside the new top the old one is forgotten
_FACE_OF_LIGHTEST = 0.8  # what a light face reflects of what the lightest twentieth of a photo does
_MARGIN = 0.03  # of the shoulders' width: how far the new top may reach beyond the old one


@dataclass(frozen=True)
class _Scene:
    photo: Picture
    person: Person
    worn: Floats
    draped: Draped
    across: float  # the shoulders, px
    skin: Floats  # the cheeks' colour, light
    is_skin: NDArray[np.bool_]


def cover(photo: Picture, person: Person, worn: Floats, flat: Flat) -> Picture:
    """The photo with the flat top over the worn one. Needs a body and a face.

    NotAllowed("top_too_large") where too much of the old one would be seen beside it, NotAllowed("top_not_fitting")
    where the cloth would fold over itself.
    """
    for each in _readings(person):
        scene = _look(photo, each, worn, drape(flat, each, worn))
        front = _in_front(scene)
        beside = np.clip(worn - scene.draped.alpha - scene.draped.neck, 0, 1) * (1 - front) * ~_below_hem(scene)
        if beside.sum() <= _MOST_BARE * worn.sum():
            break
    else:
        raise NotAllowed("top_too_large")
    if scene.draped.fold_share > _MOST_FOLDED:
        raise NotAllowed("top_not_fitting")
    return _compose(scene, front, beside)


def _readings(person: Person) -> Iterator[Person]:
    """The person as read; then, where a wrist was hardly seen, as if it were not: its forearm goes on straight.

    How sure the network is of a hidden wrist jumps about the half with the photo's size.
    """
    yield person
    if person.body is None:
        return
    seen = person.body.seen.copy()
    wrists = seen[[LEFT_WRIST, RIGHT_WRIST]]
    if ((wrists > _SEEN) & (wrists < _SURELY_SEEN)).any():
        seen[[LEFT_WRIST, RIGHT_WRIST]] = np.where(wrists < _SURELY_SEEN, 0, wrists)
        yield replace(person, body=replace(person.body, seen=seen))


def _look(photo: Picture, person: Person, worn: Floats, draped: Draped) -> _Scene:
    if person.body is None or person.mesh is None:
        raise ValueError("a top is laid over a body with a face")
    points = person.body.points
    across = float(np.hypot(*(points[LEFT_SHOULDER, :2] - points[RIGHT_SHOULDER, :2])))
    cheeks = person.mesh[list(_CHEEKS), :2].round().astype(int)
    reach = max(1, round(0.03 * across))
    spots = np.concatenate([photo[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach].reshape(-1, 3)
                            for x, y in cheeks])
    main = np.median(spots, axis=0).astype(np.uint8)
    lab, skin_lab = (cv2.cvtColor(each, cv2.COLOR_RGB2LAB).astype(np.float32) for each in (photo, main[None, None]))
    off = (lab - skin_lab) * floats([0.22, 1.6, 1.6])
    is_skin = (np.sqrt((off**2).sum(axis=-1)) < _SKIN_LAB) & (worn < 0.5)
    return _Scene(photo, person, worn, draped, across, to_linear(main), is_skin)


def _in_front(scene: _Scene) -> Floats:
    """What stays over the new top: the face, and whatever is not the old top, its wearer's neck or enclosed by both."""
    worn, alpha = scene.worn > 0.5, scene.draped.alpha
    throat = _throat(scene) > 0.5
    other = (~worn) & ~throat
    count, labels = cv2.connectedComponents(other.astype(np.uint8))
    sizes = np.bincount(labels.ravel(), minlength=count)
    outside = np.bincount(labels.ravel(), (alpha < 0.5).ravel(), minlength=count)
    is_open = (outside > 0.5 * sizes) & (np.arange(count) > 0)
    away = cv2.distanceTransform((~worn).astype(np.uint8), cv2.DIST_L2, 5)
    reach = np.where(scene.person.mask > 0.5, 1.0, _MARGIN * scene.across)
    front = is_open[labels] & (away > reach)
    front |= scene.is_skin & ~_below_chin(scene)
    if not scene.draped.covers_neck:
        front |= throat & scene.is_skin & (scene.draped.neck > 0.5)
    front |= face_area(scene.person, front.shape)
    return cv2.GaussianBlur(front.astype(np.float32), (0, 0), 1.0)


def _below_hem(scene: _Scene) -> NDArray[np.bool_]:
    """What hangs out below the new top, lower than the hips: it stays, as a shirt under a jumper does."""
    if scene.person.body is None:
        return np.zeros(scene.worn.shape, bool)
    hips = scene.person.body.points[[LEFT_HIP, RIGHT_HIP], 1].min()
    is_new = scene.draped.alpha > 0.5
    under = np.maximum.accumulate(is_new, axis=0) & ~np.maximum.accumulate(is_new[::-1], axis=0)[::-1]
    return under & (np.arange(len(is_new))[:, None] > hips)


def _below_chin(scene: _Scene) -> NDArray[np.bool_]:
    chin = scene.person.mesh[_CHIN, 1] if scene.person.mesh is not None else 0.0
    rows = np.arange(scene.worn.shape[0])[:, None]
    return np.broadcast_to(rows > chin, scene.worn.shape)


def _throat(scene: _Scene) -> Floats:
    """The column of the neck, from the jaw to the ends of the shoulders' slopes."""
    area = np.zeros(scene.worn.shape, np.float32)
    if scene.person.mesh is None:
        return area
    left, right = (scene.person.mesh[each, :2] for each in _JAW)
    long = 0.9 * scene.across * floats([-(right - left)[1], (right - left)[0]]) / float(np.hypot(*(right - left)))
    wide = 0.16 * (right - left)
    corners = floats([left + 0.3 * wide, right - 0.3 * wide, right + 0.2 * long + 0.3 * wide, right + long + 6 * wide,
                      left + long - 6 * wide, left + 0.2 * long - 0.3 * wide])
    cv2.fillPoly(area, [corners.round().astype(np.int32)], 1.0)
    return area


def _compose(scene: _Scene, front: Floats, beside: Floats) -> Picture:
    photo, draped = scene.photo, scene.draped
    behind = _fill_beside(photo, beside, scene.worn)
    light = to_linear(behind)
    bare = draped.neck * (1 - draped.alpha) * (1 - front) * ~scene.is_skin * _throat(scene)
    bare = cv2.GaussianBlur(bare.astype(np.float32), (0, 0), 0.012 * scene.across) * (1 - front)
    light = light * (1 - bare[..., None]) + _paint_skin(scene) * bare[..., None]
    shown = (draped.alpha * (1 - front))[..., None]
    shadow = _contact_shadow(draped, scene.across) * (1 - front)
    light = light * (1 - 0.45 * shadow[..., None])
    mixed = light * (1 - shown) + draped.light * (1 - front)[..., None] * _room_light(scene)
    changed = (shown[..., 0] > 0.004) | (bare > 0.004) | (beside > 0.02) | (shadow > 0.02)
    changed &= ~face_area(scene.person, changed.shape)
    return np.where(changed[..., None], to_srgb(mixed), photo).astype(np.uint8)


def _fill_beside(photo: Picture, beside: Floats, worn: Floats) -> Picture:
    """The photo with what lies behind in the place of the old top's edges; the old top near them is no source of it."""
    hole = cv2.dilate((beside > 0.05).astype(np.uint8), np.ones((13, 13), np.uint8))
    if not hole.any():
        return photo
    hole |= cv2.dilate(hole, np.ones((_OLD_PX, _OLD_PX), np.uint8)) & (worn > 0.02).astype(np.uint8)
    return cv2.inpaint(photo, hole, 5, cv2.INPAINT_TELEA)


def _paint_skin(scene: _Scene) -> Floats:
    """Skin in the cheeks' colour, darker close below the chin."""
    face = face_area(scene.person, scene.worn.shape)
    away = cv2.distanceTransform((~face).astype(np.uint8), cv2.DIST_L2, 5) / scene.across
    shade = 0.76 + 0.22 * np.clip(away / 0.3, 0, 1)
    grain = np.random.default_rng(1).normal(0, 0.012, shade.shape).astype(np.float32)
    return (scene.skin * (shade + cv2.GaussianBlur(grain, (0, 0), 1.0))[..., None]).astype(np.float32)


def _contact_shadow(draped: Draped, across: float) -> Floats:
    """What the neck's edge throws on the skin inside it."""
    soft = cv2.GaussianBlur(draped.alpha, (0, 0), max(1.0, 0.02 * across))
    return soft * draped.neck * (1 - draped.alpha)


def _room_light(scene: _Scene) -> float:
    """How bright the room is, by the face and by what is lightest: a top in a dim room does not shine.

    By both, since dark skin in a light room is no dim room.
    """
    face = face_area(scene.person, scene.worn.shape)
    light = to_linear(scene.photo).mean(axis=-1)
    of_face = float(np.percentile(light[face], 80)) if face.any() else 0.0
    bright = max(of_face, _FACE_OF_LIGHTEST * float(np.percentile(light, 95)))
    return float(np.interp(bright, [0.05, 0.4], [0.35, 1.0]))
