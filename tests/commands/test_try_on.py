"""`prevenant try-on`, as it is typed: from drawn or photographed products to records that may be shown."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    from dataclasses import replace

    from bot.errors import NotAllowed

    wardrobe = choose_wardrobe(replace(settings, **{"try_on_records": str(folder), **others}))
    with pytest.raises(NotAllowed):
        wardrobe(Fitting(ROUND, "sunglasses", "gold", "", "", "Poète"))
