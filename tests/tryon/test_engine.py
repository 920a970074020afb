"""A photo and a product -> a picture, or the reason why not."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.people.gallery import PICTURES
from benchmarks.try_on import FLATS
from benchmarks.try_on_cases import cases_of_photos, judge
from bot.errors import FixConfiguration, NotAllowed
from bot.storefront.fitting_art import draw_cloth, draw_front
from bot.storefront.fitting_records import draw_flat_top
from bot.storefront.hat_art import draw_hat
from bot.tryon import engine
from bot.tryon.engine import Top, try_on, wear
from bot.tryon.fit import worn_sleeves
from bot.tryon.garment import face_area, find_top
from bot.tryon.looking import find_person
from bot.tryon.models import Models, open_models
from bot.tryon.photo import read_photo

NAVY = draw_cloth("#25345a", "plain", "cotton")
ROUND = draw_front("rondes", "#cda24b")


def test_leaves_face_and_background_as_they_were(models: Models, astronaut: bytes) -> None:
    worn = wear(read_photo(astronaut), NAVY, models)
    person = find_person(worn.photo, models)
    changed = np.abs(worn.picture.astype(int) - worn.photo).max(-1) > 0
    assert not changed[face_area(person, changed.shape)].any()
    assert not changed[person.mask < 0.1].any()
    assert 0.2 < changed.mean() < 0.6


def test_dyes_the_worn_top(models: Models, astronaut: bytes) -> None:
    worn = wear(read_photo(astronaut), NAVY, models)
    red, _, blue = worn.picture[330, 210].astype(int)  # orange in the photo
    assert blue > red


def test_puts_glasses_on_the_eyes_and_nowhere_else(models: Models, astronaut: bytes) -> None:
    worn = wear(read_photo(astronaut), ROUND, models)
    rows, columns = np.nonzero(np.abs(worn.picture.astype(int) - worn.photo).max(-1))
    face = find_person(worn.photo, models).faces[0]
    assert abs(rows.mean() - face.eyes[:, 1].mean()) < 0.2 * face.box[3]
    assert columns.max() - columns.min() < 1.5 * face.box[2]


@pytest.mark.parametrize("slug", [
    "bonnet-marin-equipage", "beret-rive-gauche", "chapeau-de-paille-sieste-longue", "casquette-buvette",
])
def test_puts_a_hat_over_the_hair_and_leaves_the_face_free(models: Models, astronaut: bytes, slug: str) -> None:
    worn = wear(read_photo(astronaut), draw_hat(slug, "red"), models)
    changed = np.abs(worn.picture.astype(int) - worn.photo).max(-1) > 0
    mesh = find_person(worn.photo, models).mesh
    assert mesh is not None
    x, y = mesh[10, :2].round().astype(int)
    assert changed[y - 12 : y, x - 5 : x + 5].all()  # the hair above the forehead
    eye = slice(round(float(mesh[159, 1])), round(float(mesh[145, 1]))), slice(round(float(mesh[33, 0])), x)
    shaded = worn.photo[eye].astype(int) - worn.picture[eye]
    assert shaded.min() > -2 and shaded.max() < 60  # in the hat's shadow, not under it
    assert not changed[round(float(mesh[1, 1])) :].any()  # the nose, and all below
    assert changed.mean() < 0.12


def test_a_head_without_its_top_wears_no_hat(models: Models, astronaut: bytes) -> None:
    with pytest.raises(NotAllowed) as refused:
        wear(read_photo(astronaut)[60:], draw_hat("bonnet-marin-equipage", "navy"), models)
    assert refused.value.reason == "head_cut"


def test_a_hat_that_leaves_most_of_the_hair_beside_it_is_not_shown(models: Models, astronaut: bytes) -> None:
    hat = draw_hat("bonnet-marin-equipage", "navy")
    band = replace(hat, picture=hat.picture[-60:], rim_left=(hat.rim_left[0], 20.0), rim_right=(hat.rim_right[0], 20.0),
                   rim_front=(hat.rim_front[0], 50.0))
    with pytest.raises(NotAllowed) as refused:
        wear(read_photo(astronaut), band, models)
    assert refused.value.reason == "hat_too_small"


def test_other_sleeves_are_laid_over(models: Models) -> None:
    photo = read_photo((PICTURES / "amina-front.jpg").read_bytes())
    person = find_person(photo, models)
    assert person.body is not None
    reach = worn_sleeves(find_top(photo, person), person.body)
    assert reach is not None
    for length in (reach, 0.0 if reach > 0.5 else 1.0):
        assert (wear(photo, Top(NAVY, length, lambda: draw_flat_top(FLATS["jumper"])), models).picture != photo).any()


def test_a_top_is_tried_on_by_nobody_whose_face_is_hidden(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = read_photo((PICTURES / "amina-front.jpg").read_bytes())
    person = find_person(photo, models)
    monkeypatch.setattr(engine, "find_person", lambda *_: replace(person, mesh=None, faces=()))  # by the phone
    with pytest.raises(NotAllowed) as refused:
        wear(photo, Top(NAVY, 1.0, lambda: draw_flat_top(FLATS["jumper"])), models)
    assert refused.value.reason == "no_face"


def test_says_on_the_picture_that_it_is_a_simulation(models: Models, astronaut: bytes) -> None:
    picture = Image.open(BytesIO(try_on(astronaut, NAVY, "fr", models)))
    assert picture.height > picture.width == 512
    assert not picture.info


def test_one_in_twenty_at_most_is_taken_or_refused_wrongly(models: Models, astronaut: bytes) -> None:
    rights = list(judge(cases_of_photos({"astronaut": astronaut}), models))
    assert len(rights) > 30
    assert rights.count(False) <= 1


def test_says_which_network_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FixConfiguration, match="setup"):
        open_models(tmp_path)
