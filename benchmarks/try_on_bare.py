"""People whose top is painted over with skin, to be shown none; people in tops of colours near skin, to be shown one.

No photo of somebody undressed is carried here. The skin is painted, and not the face's own, which the rule under test
goes by: a chest is paler and less red than its face, or has had more sun; it is blotched, with nipples, a navel, moles.
"""

import sys
from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.try_on_cases import TOP, Case, as_file
from bot.errors import NotAllowed
from bot.storefront.art.palette import colour_hex
from bot.storefront.fitting_art import draw_cloth
from bot.tryon.bare import is_bare
from bot.tryon.garment import face_area, find_top
from bot.tryon.looking import find_person
from bot.tryon.models import Floats, Models, floats
from bot.tryon.person import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER, Body, Person
from bot.tryon.photo import Picture, read_photo
from bot.tryon.retexture import Cloth, retexture, to_linear, to_srgb

# The chest's light by the face's, in red, green and blue. What makes Lab 69, 9.5, 16 and 60, 12.5, 19.5 of 65, 12, 17.
SKINS = {"paler": (1.08, 1.19, 1.21), "tanned": (0.86, 0.81, 0.74)}
NEAR_SKIN = (
    "beige", "camel", "sand", "ecru", "pink", "rust", "brown", "white", "khaki", "terracotta", "taupe", "burgundy",
    "red", "yellow", "tan", "chocolate", "gold", "mustard",
)
_BLOTCHES, _RUDDY = 0.06, 0.03  # of the light, and of the red in it
# Across and down the torso, by its width.
_MARKS: dict[tuple[float, ...], float] = {(0.27, 0.34): 0.055, (0.73, 0.34): 0.055, (0.5, 0.85): 0.03}
_OF_MARKS = (0.62, 0.42, 0.42)  # of the skin's light
_MOLES, _OF_MOLES = 14, 0.012
# A phone as before a mirror, a mask: their colour, and from where to where down the face's box they reach.
COVERS: dict[str, tuple[tuple[int, int, int], float, float]] = {
    "phone": ((25, 25, 28), 0.2, 0.8), "mask": ((235, 235, 235), 0.4, 1.0), "blue mask": ((150, 190, 215), 0.4, 1.0),
}


def cases_of_bare(people: dict[str, bytes], models: Models) -> Iterator[Case]:
    """Each of several people bare, in two skins other than their face's; with a strip of white over the chest, too."""
    for name, data in people.items():
        photo = read_photo(data)
        person = find_person(photo, models)
        for skin, other in SKINS.items():
            bare, strip = undress(photo, person, other)
            yield f"{name}, bare, {skin}", as_file(bare, "PNG"), TOP, ("no_top",)
            yield f"{name}, strip, {skin}", as_file(strip, "PNG"), TOP, ("no_top",)


def cases_of_covered(people: dict[str, bytes], models: Models) -> Iterator[Case]:
    """Each of several people bare, and their face covered in part: refused for either, as no face or no top is seen."""
    for name, data in people.items():
        photo = read_photo(data)
        person = find_person(photo, models)
        bare, _ = undress(photo, person, SKINS["paler"])
        for cover in COVERS:
            covered = as_file(cover_face(bare, person, cover), "PNG")
            yield f"{name}, bare behind a {cover}", covered, TOP, ("no_face", "no_top")


def judge_near_skin(people: dict[str, bytes], models: Models) -> Iterator[bool]:
    """For each of several people in tops of colours near skin, whether they are taken for bare; told on stderr."""
    for name, data in people.items():
        photo = read_photo(data)
        person = find_person(photo, models)
        top = find_top(photo, person)
        for colour in NEAR_SKIN:
            cloth = draw_cloth(colour_hex(colour), "plain", "cotton")
            is_wrong = is_bare(retexture(photo, top, _body(person), cloth), person)
            if is_wrong:
                print(f"{name}, in {colour}: taken for bare", file=sys.stderr)
            yield is_wrong


def undress(photo: Picture, person: Person, other: tuple[float, float, float]) -> tuple[Picture, Picture]:
    """Skin where the top is, `other` times the face's, its folds kept; the same with a strip of white."""
    top, body = find_top(photo, person), _body(person)
    skin = _skin_of(photo, person, other)
    painted = retexture(photo, top, body, Cloth(skin.reshape(1, 1, 3), 1.0))
    bare = np.where(top[..., None] > 0.5, to_srgb(to_linear(painted) * _draw_marks(body, top.shape)), painted)
    shoulders, hips = (body.points[pair, 1].mean() for pair in ([11, 12], [23, 24]))
    down = (np.arange(len(photo))[:, None] - shoulders) / (hips - shoulders)
    is_strip = (down > 0.25) & (down < 0.45) & (top > 0.5)
    return bare, np.where(is_strip[..., None], np.uint8(235), bare)


def cover_face(photo: Picture, person: Person, cover: str) -> Picture:
    """The photo with one of `COVERS` before the face."""
    colour, start, end = COVERS[cover]
    x, y, width, height = person.faces[0].box
    covered = photo.copy()
    rows, columns = (slice(max(0, round(float(one))), round(float(other))) for one, other in (
        (y + start * height, y + end * height), (x - 0.1 * width, x + 1.1 * width),
    ))
    covered[rows, columns] = colour
    return covered


def _skin_of(photo: Picture, person: Person, other: tuple[float, float, float]) -> Floats:
    face = photo[face_area(person, photo.shape[:2])]
    light = face.mean(axis=-1)
    own = np.median(face[light > np.percentile(light, 30)], axis=0).astype(np.uint8)
    return floats(np.clip(to_linear(own) * other, 0, 1))


def _draw_marks(body: Body, shape: tuple[int, ...]) -> Floats:
    """What a torso's skin is, by its mean colour: 1 but for blotches, nipples, a navel and moles."""
    points, rng = body.points[:, :2], np.random.default_rng(3)
    wide = float(np.hypot(*(points[LEFT_SHOULDER] - points[RIGHT_SHOULDER])))
    blotches, ruddy = (cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), wide / 12) for _ in "ab")
    marks = np.repeat((1 + _BLOTCHES * blotches / blotches.std())[..., None], 3, 2)
    marks[..., 0] *= 1 + _RUDDY * ruddy / ruddy.std()
    moles = {tuple(rng.uniform((0.1, 0.1), (0.9, 0.95))): _OF_MOLES for _ in range(_MOLES)}
    for (across, down), share in {**_MARKS, **moles}.items():
        top, bottom = (
            points[right] + (points[left] - points[right]) * across
            for right, left in ((RIGHT_SHOULDER, LEFT_SHOULDER), (RIGHT_HIP, LEFT_HIP))
        )
        middle = (top + (bottom - top) * down).round().astype(int).tolist()
        cv2.circle(marks, middle, max(1, round(share * wide)), _OF_MARKS, -1, cv2.LINE_AA)
    return floats(marks)


def _body(person: Person) -> Body:
    if person.body is None:
        raise NotAllowed("head_only")
    return person.body
