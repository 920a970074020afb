"""`prevenant try-on`, as it is typed: from drawn or photographed products to records that may be shown."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.recommend.catalogue import read_catalogue
from bot.service.try_on import Fitting
from bot.storefront.fitting_art import draw_front
from bot.tryon.face import Front
from bot.tryon.record import name_record, read_record
from bot.tryon.wardrobe import open_garment
from bot.tryon_worker import choose_wardrobe

ROUND, POET = "lunettes-rondes-poete", "lunettes-rondes-poete.gold"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PREVENANT_TRY_ON_RECORDS", str(tmp_path / "records"))
    return tmp_path / "records"


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A pair of glasses on white paper, and a file that is no picture."""
    front = draw_front(ROUND, "#cda24b").picture
    alpha = (front[..., 3:] > 0.3).astype(np.float32)
    paper = (255 * (front[..., :3] * alpha + 0.99 * (1 - alpha))).astype(np.uint8)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    Image.fromarray(np.pad(paper, ((60, 60), (60, 60), (0, 0)), constant_values=252)).save(pictures / f"{ROUND}.png")
    (pictures / "lunettes-carrees-eclipse.jpg").write_bytes(b"%PDF")
    return pictures


def test_nothing_may_be_shown_before_a_person_looked_at_what_was_in_doubt(run, folder, photographs):
    said = run("try-on", "prepare", str(photographs), "--only", "lunettes-")
    assert "no picture of it" in said and "is no picture" in said
    assert open_garment(folder, name_record("lunettes-carrees-eclipse", "black")) is None
    assert POET not in run("try-on", "list", "--waiting") and POET in run("try-on", "list")


def test_a_photograph_becomes_what_is_tried_on(run, folder, photographs):
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    garment = open_garment(folder, name_record(ROUND, "gold"))
    assert isinstance(garment, Front)
    assert garment.picture.shape[1] == pytest.approx(720, abs=24)
    assert garment.bridge[0] == pytest.approx(garment.picture.shape[1] / 2, abs=4)


def test_what_a_person_checked_is_not_prepared_over(run, folder, photographs):
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    path = folder / f"{POET}.json"
    known = json.loads(path.read_text())
    path.write_text(json.dumps({**known, "points": {**known["points"], "bridge": [1, 2]}}))
    assert "checked" in run("try-on", "check", POET)
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    record = read_record(folder, name_record(ROUND, "gold"))
    assert record and record.checked and record.points["bridge"] == (1, 2)
    run("try-on", "prepare", str(photographs), "--only", ROUND, "--again")
    assert not read_record(folder, name_record(ROUND, "gold")).checked


def test_a_mistyped_folder_destroys_nothing(run, folder, photographs):
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    assert "can be tried on" not in run("try-on", "prepare", f"{photographs}s", "--only", ROUND)
    assert open_garment(folder, name_record(ROUND, "gold")) is not None


def test_a_folder_of_new_pictures_leaves_the_records_of_the_others(run, folder, photographs, tmp_path):
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    run("try-on", "check", POET)
    new = tmp_path / "new"
    new.mkdir()
    for more in ((), ("--again",)):
        run("try-on", "prepare", str(new), "--only", ROUND, *more)
        assert read_record(folder, name_record(ROUND, "gold")).checked
        assert open_garment(folder, name_record(ROUND, "gold")) is not None


def test_cameras_write_endings_in_capitals(run, folder, photographs):
    (photographs / f"{ROUND}.png").rename(photographs / f"{ROUND}.PNG")
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    assert open_garment(folder, name_record(ROUND, "gold")) is not None


@pytest.fixture
def shop_of(monkeypatch):
    """Gives the catalogue a product of another shop in the place of the demo's round glasses."""

    def sell(**words):
        def read(engine):
            found = read_catalogue(engine)
            return replace(found, products=tuple(
                _rename(each, **words) if each.slug == ROUND else each for each in found.products
            ))

        monkeypatch.setattr("bot.commands.try_on.read_catalogue", read)

    return sell


def _rename(product, product_type, colour, name=""):
    variants = tuple(replace(each, options={"colour": colour} if colour else {}) for each in product.variants)
    names = {"en": name} if name else product.names
    return replace(product, product_type=product_type, variants=variants, attributes={}, names=names)


def test_leaves_swimwear_and_lingerie_out_and_says_so(run, folder, photographs, shop_of):
    shop_of(product_type="lunettes_de_soleil", colour="gold", name="Sports bras")
    said = run("try-on", "prepare", str(photographs), "--only", ROUND)
    assert "0 of 0" in said and "swimwear and lingerie" in said and ROUND in said
    assert read_record(folder, name_record(ROUND, "gold")) is None


@pytest.mark.parametrize("colour", ["Black/White", ""])
def test_a_colour_may_have_a_slash_in_it_or_be_none(run, folder, photographs, shop_of, colour):
    shop_of(product_type="lunettes_de_soleil", colour=colour)
    assert "1 of 1" in run("try-on", "prepare", str(photographs), "--only", ROUND)
    assert read_record(folder, name_record(ROUND, colour)).colour == colour


def test_says_which_types_it_left_out_and_takes_the_word_of_who_knows(run, folder, photographs, shop_of):
    shop_of(product_type="accessoires", colour="gold")
    said = run("try-on", "prepare", str(photographs), "--only", ROUND)
    assert "0 of 0" in said and "accessoires (1)" in said and "--as" in said
    assert "1 of 1" in run("try-on", "prepare", str(photographs), "--only", ROUND, "--as", "glasses")
    (photographs / f"{ROUND}.png").unlink()
    assert "1 of 1" in run("try-on", "prepare", str(photographs), "--only", ROUND)  # the record knows


def test_one_broken_record_does_not_stop_the_others(run, folder, photographs):
    folder.mkdir()
    (folder / "lunettes-carrees-eclipse.black.json").write_text("{")
    said = run("try-on", "prepare", str(photographs), "--only", "lunettes-")
    assert "is no record of try-on" in said.replace("\n", "")
    assert open_garment(folder, name_record(ROUND, "gold")) is not None


@pytest.mark.parametrize("only", [(), ("--waiting",)])
def test_one_broken_record_is_listed_with_its_reason_among_the_others(run, folder, photographs, only):
    run("try-on", "prepare", str(photographs), "--only", "lunettes-")
    (folder / "a-broken.black.json").write_text("{")
    said = run("try-on", "list", *only)
    assert "a-broken" in said and "lunettes-carrees" in said and "record of" in said


def test_what_a_person_measured_stays_when_the_picture_is_prepared_anew(run, folder, photographs):
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    path = folder / f"{POET}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "flat_cm": {"chest": 50.5}}))
    run("try-on", "prepare", str(photographs), "--only", ROUND)
    record = read_record(folder, name_record(ROUND, "gold"))
    assert record and record.flat_cm == {"chest": 50.5} and record.points


def test_the_demos_records_are_drawn_and_in_no_doubt(run, folder, settings):
    said = run("try-on", "prepare", "--only", "tee-shirt-col-v-mercredi")
    assert "3 of 3" in said and "needs a person" not in said
    record = read_record(folder, name_record("tee-shirt-col-v-mercredi", "black"))
    assert record and record.neckline == "v" and record.is_usable
    assert {"neck_left", "shoulder_right", "cuff_inner_left", "hem_right", "neck_bottom"} <= record.points.keys()


@pytest.mark.parametrize("others", [
    {}, {"try_on_records": "", "engine": "shopify"}, {"try_on_records": "", "shop": "tau"},
])
def test_a_shop_of_its_own_is_never_shown_the_demos_drawings(folder, settings, others):
    from bot.errors import NotAllowed

    wardrobe = choose_wardrobe(replace(settings, **{"try_on_records": str(folder), **others}))
    with pytest.raises(NotAllowed):
        wardrobe(Fitting(ROUND, "sunglasses", "gold", "", "", "Poète"))
