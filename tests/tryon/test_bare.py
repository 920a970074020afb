"""Whoever wears nothing over the chest is shown no top; tops, in colours near skin, too, are taken."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from benchmarks.people.gallery import PICTURES
from benchmarks.try_on_bare import COVERS, SKINS, cover_face, undress
from bot.storefront.fitting_art import draw_cloth
from bot.tryon.bare import is_bare
from bot.tryon.garment import find_top
from bot.tryon.gates import find_reason
from bot.tryon.looking import find_person
from bot.tryon.models import Models
from bot.tryon.person import Person
from bot.tryon.photo import Picture, read_photo
from bot.tryon.retexture import retexture

Seen = tuple[Picture, Person]


@pytest.fixture(scope="module", params=["elif", "femi", "hans"])  # light and dark skin, and hardly any hue
def seen(request: pytest.FixtureRequest, models: Models) -> Seen:
    photo = read_photo((PICTURES / f"{request.param}-front.jpg").read_bytes())
    return photo, find_person(photo, models)


def test_takes_whoever_wears_a_top(seen: Seen) -> None:
    photo, person = seen
    assert find_reason(photo, person, "top") is None


@pytest.mark.parametrize("skin", SKINS)
def test_refuses_bare_skin_and_underwear_for_tops_alone(seen: Seen, skin: str) -> None:
    photo, person = seen
    for each in undress(photo, person, SKINS[skin]):
        assert find_reason(each, person, "top") == "no_top"
        assert find_reason(each, person, "glasses") is None


@pytest.mark.parametrize("cover", COVERS)
def test_bare_skin_is_not_taken_because_a_phone_or_a_mask_covers_the_face(
    seen: Seen, models: Models, cover: str
) -> None:
    photo, person = seen
    bare, _ = undress(photo, person, SKINS["paler"])
    covered = cover_face(bare, person, cover)
    assert find_reason(covered, find_person(covered, models), "top") is not None


def test_takes_nobody_for_a_top_whose_face_is_not_seen(seen: Seen) -> None:
    photo, person = seen
    assert find_reason(photo, replace(person, mesh=None), "top") == "no_face"


@pytest.mark.parametrize("cover", COVERS)
def test_a_mask_alone_bares_nobody(seen: Seen, models: Models, cover: str) -> None:
    photo, person = seen
    covered = cover_face(photo, person, cover)
    assert find_reason(covered, find_person(covered, models), "top") != "no_top"


def test_says_nothing_of_a_photo_without_colours(seen: Seen) -> None:
    photo, person = seen
    assert not is_bare(np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, 2), person)


@pytest.mark.parametrize("colour", ["#d8c4a6", "#e3a9ae", "#9f4c26"])  # beige, pink, rust
def test_takes_tops_in_colours_near_skin(seen: Seen, colour: str) -> None:
    photo, person = seen
    assert person.body is not None
    cloth = draw_cloth(colour, "plain", "cotton")
    assert not is_bare(retexture(photo, find_top(photo, person), person.body, cloth), person)
