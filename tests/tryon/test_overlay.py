"""A flat top over the worn one: what stays, what may not fold, and when it is not done."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from bot.errors import NotAllowed
from bot.service.try_on import Fitting
from bot.storefront.fitting_records import draw_flat_top
from bot.tryon.covering import cover
from bot.tryon.fit import choose_way, worn_sleeves
from bot.tryon.garment import face_area, find_top
from bot.tryon.looking import find_person
from bot.tryon.models import Floats, Models
from bot.tryon.overlay import Flat, drape, place_points
from bot.tryon.person import Body, Person
from bot.tryon.photo import Picture, read_photo


@pytest.fixture(scope="module")
def jumper() -> Flat:
    return draw_flat_top(Fitting("pull-col-rond", "sweater", "forest", "plain", "wool", ""))


@pytest.fixture(scope="module")
def scene(models: Models, astronaut: bytes) -> tuple[Picture, Person, Floats]:
    photo = read_photo(astronaut)
    person = find_person(photo, models)
    return photo, person, find_top(photo, person)


def person_with_arms(worn_to: float) -> tuple[Floats, Body]:
    """Somebody with arms straight down, and a top that covers the arms so far."""
    points = np.zeros((33, 3), np.float32)
    for joints, x in (((11, 13, 15), 300.0), ((12, 14, 16), 100.0)):
        points[list(joints)] = [(x, y, 0) for y in (100, 200, 300)]
    worn = np.zeros((400, 400), np.float32)
    worn[90 : round(100 + 200 * worn_to)] = 1
    return worn, Body(points, np.ones(33, np.float32), 1.0)


def test_leaves_the_face_and_what_is_held_before_it(scene: tuple[Picture, Person, Floats], jumper: Flat) -> None:
    photo, person, worn = scene
    changed = np.abs(cover(photo, person, worn, jumper).astype(int) - photo).max(-1)
    assert not changed[face_area(person, worn.shape)].any()
    assert not changed[400:500, 340:440].any()  # her helmet
    assert changed[person.mask < 0.1].mean() < 3


def test_shows_the_new_top_where_the_old_one_was(scene: tuple[Picture, Person, Floats], jumper: Flat) -> None:
    photo, person, worn = scene
    red, green, _ = cover(photo, person, worn, jumper)[330, 210].astype(int)  # orange in the photo
    assert green > red


def test_never_folds_the_cloth(scene: tuple[Picture, Person, Floats], jumper: Flat) -> None:
    _, person, worn = scene
    tee = draw_flat_top(Fitting("tee-shirt-col-v", "t-shirt", "navy", "plain", "cotton", ""))
    bare = draw_flat_top(Fitting("debardeur", "t-shirt", "navy", "plain", "cotton", ""))
    assert [drape(each, person, worn).fold_share for each in (jumper, tee, bare)] == [0, 0, 0]


def test_refuses_where_long_sleeves_would_be_seen_below_short_ones(scene: tuple[Picture, Person, Floats]) -> None:
    photo, person, worn = scene
    with pytest.raises(NotAllowed, match="top_too_large"):
        cover(photo, person, worn, draw_flat_top(Fitting("tee-shirt", "t-shirt", "navy", "plain", "cotton", "")))


def test_hangs_on_the_shoulders_however_they_lean(scene: tuple[Picture, Person, Floats], jumper: Flat) -> None:
    _, person, worn = scene
    placed = place_points(jumper, person, worn)
    moved = replace(person, body=replace(person.body, points=person.body.points + np.float32([9, 0, 0])))
    shifted = place_points(jumper, moved, np.roll(worn, 9, axis=1))
    for name in ("shoulder_left", "armpit_right", "hem_left"):
        assert shifted[name][0] - placed[name][0] == pytest.approx(9, abs=1.5)
        assert shifted[name][1] == pytest.approx(placed[name][1], abs=1.5)


@pytest.mark.parametrize(("worn_to", "sleeves", "way"), [
    (1.0, 1.0, "retexture"), (0.35, 0.4, "retexture"), (1.0, 0.35, "overlay"), (0.05, 0.9, "overlay"),
])
def test_lays_over_what_has_other_sleeves_and_dyes_the_rest(worn_to: float, sleeves: float, way: str) -> None:
    worn, body = person_with_arms(worn_to)
    assert worn_sleeves(worn, body) == pytest.approx(worn_to, abs=0.06)
    assert choose_way(np.full((400, 400, 3), 150, np.uint8), worn, body, sleeves) == way


def test_lays_over_black_which_has_no_folds_to_keep_and_dyes_where_no_arm_is_seen() -> None:
    worn, body = person_with_arms(1.0)
    assert choose_way(np.full((400, 400, 3), 14, np.uint8), worn, body, 1.0) == "overlay"
    hidden = replace(body, seen=np.zeros(33, np.float32))
    assert choose_way(np.full((400, 400, 3), 150, np.uint8), worn, hidden, 0.0) == "retexture"


@pytest.mark.parametrize("side", [384, 768])
def test_is_laid_over_the_same_photo_at_another_size(
    models: Models, astronaut: bytes, jumper: Flat, side: int
) -> None:
    shrinks = cv2.INTER_AREA if side < 512 else cv2.INTER_CUBIC
    photo = cv2.resize(read_photo(astronaut), (side, side), interpolation=shrinks)
    person = find_person(photo, models)
    assert (cover(photo, person, find_top(photo, person), jumper) != photo).any()
