"""Drawn people of several skins, from several sides: taken or refused for the right reason, and dressed alike."""

import cv2
import numpy as np
import pytest

from benchmarks.people.gallery import PICTURES, fronts, seen_from
from benchmarks.try_on import FLATS, PHOTOS
from bot.storefront.fitting_records import draw_flat_top
from bot.tryon.covering import cover
from bot.tryon.garment import find_top
from bot.tryon.gates import find_reason
from bot.tryon.looking import find_person
from bot.tryon.models import Models
from bot.tryon.photo import Picture, read_photo
from bot.tryon.retexture import Cloth, retexture, to_linear


def _photo(name: str) -> Picture:
    return read_photo((PICTURES / f"{name}.jpg").read_bytes())


@pytest.mark.parametrize("name", ["femi", "dan"])  # dark skin; a black shirt
def test_takes_whoever_stands_in_a_lit_room(models: Models, name: str) -> None:
    photo = _photo(f"{name}-front")
    assert find_reason(photo, find_person(photo, models), "top") is None


@pytest.mark.parametrize(
    ("name", "reason"), [("amina-back", "back_view"), ("elif-back", "back_view"), ("dan-side", "sideways")]
)
def test_refuses_a_photo_from_another_side(models: Models, name: str, reason: str) -> None:
    photo = _photo(name)
    assert find_reason(photo, find_person(photo, models), "top") == reason


def test_somebody_from_behind_beside_another_is_a_second_person(models: Models) -> None:
    front, back = _photo("dan-front"), _photo("amina-back")
    together = np.hstack([front, cv2.resize(back, front.shape[1::-1])])
    for mode in ("top", "glasses"):
        assert find_reason(together, find_person(together, models), mode) == "several_people"


def test_a_face_that_one_look_misses_is_found_nearer(models: Models) -> None:
    near, far = _photo("amina-front"), cv2.resize(_photo("elif-front"), None, fx=0.5, fy=0.5)
    wide = np.full((near.shape[0], 1400, 3), 120, np.uint8)
    wide[:, :480], wide[100 : 100 + far.shape[0], 1000 : 1000 + far.shape[1]] = near, far
    assert len(find_person(wide, models).faces) == 2


def test_a_face_that_fills_the_photo_is_found_from_further_away(models: Models) -> None:
    photo = read_photo((PHOTOS / "grace_hopper.jpg").read_bytes())
    height, width = photo.shape[:2]
    head = photo[: round(0.4 * height), round(0.2 * width) : round(0.75 * width)]
    assert len(find_person(cv2.resize(head, None, fx=2, fy=2), models).faces) == 1
    assert find_person(_photo("elif-back"), models).faces == ()


@pytest.mark.parametrize("name", ["amina-side", "femi-side", "amina-front"])
def test_one_person_is_one(models: Models, name: str) -> None:
    person = find_person(_photo(name), models)
    assert (len(person.faces), person.bodies) == (1, 1)


def test_finds_the_top_down_to_its_hem_and_no_hand(models: Models) -> None:
    photo = _photo("amina-front")
    person = find_person(photo, models)
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    is_cloth = (lab[..., 1] > 145) & (person.mask > 0.5)  # the only red on her
    top = find_top(photo, person) > 0.5
    assert (top & is_cloth).sum() > 0.97 * is_cloth.sum()
    assert (top & ~is_cloth).sum() < 0.04 * top.sum()


def test_keeps_every_fold_where_the_new_cloth_is_as_light_as_the_worn_one(models: Models) -> None:
    photo = _photo("amina-front")
    person = find_person(photo, models)
    top = find_top(photo, person)
    assert person.body is not None
    own = np.median(to_linear(photo)[top > 0.9], axis=0).astype(np.float32)
    again = retexture(photo, top, person.body, Cloth(own.reshape(1, 1, 3), 1.0))
    off = np.abs(again[top > 0.9].astype(int) - photo[top > 0.9]).mean()
    assert off < 6  # of 255


def test_lights_a_top_by_the_room_and_not_by_the_skin(models: Models) -> None:
    flat = draw_flat_top(FLATS["jumper"])
    shown = {}
    for name in ("amina", "dan"):
        photo = _photo(f"{name}-front")
        person = find_person(photo, models)
        picture = cover(photo, person, find_top(photo, person), flat)
        changed = np.abs(picture.astype(int) - photo).max(-1) > 30
        shown[name] = float(np.median(picture[changed].max(axis=-1)))
    assert shown["amina"] == pytest.approx(shown["dan"], rel=0.15)


def test_has_a_photo_from_the_front_of_each_and_another_side() -> None:
    assert len(fronts()) == 12
    assert all(seen_from(name, "back") or seen_from(name, "side") for name in fronts())
