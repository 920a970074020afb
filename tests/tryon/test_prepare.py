"""Pictures of products -> records: what is found, and what is left to a person."""

from pathlib import Path

import numpy as np
import pytest

from bot.errors import FixConfiguration
from bot.service.try_on import Fitting
from bot.storefront.flat_art import Drawn, draw_flat
from bot.storefront.hat_art import draw_hat
from bot.tryon.engine import Top
from bot.tryon.head import Hat
from bot.tryon.models import Floats
from bot.tryon.prepare import make_garment, prepare
from bot.tryon.record import DOUBTS, RecordName, name_record, read_record

TEE = Fitting("tee-shirt-poche-bouliste", "t-shirt", "forest", "plain", "cotton", "")


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw_flat(TEE)


def on_paper(picture: Floats, shade: float = 0.95) -> Floats:
    """A photograph of it, lying on paper."""
    alpha = picture[..., 3:]
    return (255 * (picture[..., :3] * alpha + shade * (1 - alpha))).round().astype(np.uint8)


def test_leaves_to_a_person_what_is_askew_cut_off_or_alike_its_ground(drawn: Drawn) -> None:
    photograph = on_paper(drawn.picture)
    assert "cut_off" in prepare(photograph[:, 220:], "a", "", "top").record.doubts
    sleeveless = photograph.copy()
    sleeveless[:, 560:] = 242
    assert not prepare(sleeveless, "a", "", "top").record.is_usable
    noise = np.random.default_rng(1).integers(0, 255, photograph.shape).astype(np.uint8)
    assert "ground_not_plain" in prepare(noise, "a", "", "top").record.doubts
    assert prepare(np.full((400, 400, 3), 240, np.uint8), "a", "", "glasses").record.doubts == ("nothing_found",)
    assert "not_from_the_front" in prepare(photograph, "a", "", "glasses").record.doubts


def test_every_doubt_has_a_sentence(drawn: Drawn) -> None:
    for part in (slice(0, 300), slice(300, 600), slice(None)):
        assert set(prepare(on_paper(drawn.picture)[part], "a", "", "top").record.doubts) <= DOUBTS.keys()


def test_finds_the_points_of_a_top_within_a_twentieth(drawn: Drawn) -> None:
    prepared = prepare(on_paper(drawn.picture), TEE.slug, "forest", "top")
    assert prepared.record.doubts == ()
    rows, columns = (np.flatnonzero((drawn.picture[..., 3] > 0.5).any(axis=each)) for each in (1, 0))
    found_rows, found_columns = (np.flatnonzero((prepared.picture[..., 3] > 0.5).any(axis=each)) for each in (1, 0))
    moved = (columns[0] - found_columns[0], rows[0] - found_rows[0])
    off = [np.hypot(*(np.add(prepared.record.points[name], moved) - point)) for name, point in drawn.points.items()]
    assert np.mean(off) < 0.05 * len(columns)
    assert max(off) < 0.07 * len(columns)


@pytest.mark.parametrize("slug", ["bonnet-marin-equipage", "fedora-en-feutre-detective", "casquette-plate-cheminot"])
def test_finds_where_a_hat_meets_the_head(slug: str) -> None:
    drawn = draw_hat(slug, "camel")
    photograph = np.pad(on_paper(drawn.picture), ((60, 60), (60, 60), (0, 0)), constant_values=242)
    hat = make_garment(prepare(photograph, slug, "camel", "hat"))
    assert isinstance(hat, Hat)
    wide = drawn.picture.shape[1]
    assert hat.rim_right[0] - hat.rim_left[0] == pytest.approx(drawn.rim_right[0] - drawn.rim_left[0], abs=0.12 * wide)
    assert hat.rim_front == pytest.approx(drawn.rim_front, abs=0.03 * wide)


def test_takes_the_cloth_of_the_chest_without_the_photographs_light(drawn: Drawn) -> None:
    top = make_garment(prepare(on_paper(drawn.picture), TEE.slug, "forest", "top"))
    assert isinstance(top, Top)
    cloth = top.cloth
    red, green, blue = np.median(cloth.tile, axis=(0, 1))
    assert green > red and green > blue
    assert np.array_equal(cloth.tile[0], cloth.tile[-1])  # it repeats without an edge
    assert cloth.tile.mean(axis=-1).std() < 0.2 * cloth.tile.mean()


def test_no_record_leaves_its_folder(tmp_path: Path) -> None:
    for slug, colour in (("", "red"), ("../a", "red"), (".hidden", ""), ("a" * 250, "")):
        with pytest.raises(FixConfiguration, match="another slug"):
            name_record(slug, colour)
    assert name_record("a", "../../b") == "a...-..-b" and name_record("a", "black/white") == "a.black-white"
    (tmp_path / "a.json").write_text('{"points": 3}')
    with pytest.raises(FixConfiguration, match="no record"):
        read_record(tmp_path, RecordName("a"))
    assert read_record(tmp_path, RecordName("b")) is None
