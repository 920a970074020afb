"""A folder of one's own for `make evaluate-tryon`: what is read, and which file cannot be."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import try_on
from benchmarks.people.gallery import PICTURES
from benchmarks.try_on_data import read_garments, read_people
from benchmarks.try_on_sheet import write_sheets
from bot.errors import FixInput
from bot.service.try_on import Fitting
from bot.storefront.fitting_records import draw_record
from bot.tryon.engine import Top
from bot.tryon.head import Hat
from bot.tryon.photo import to_steps

_THINGS = {
    "top": Fitting("pull-col-rond", "sweater", "mustard", "plain", "wool", ""),
    "hat": Fitting("fedora-en-feutre-detective", "hat", "camel", "plain", "wool", ""),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for category, fitting in _THINGS.items():
        (tmp_path / "garments" / category).mkdir(parents=True)
        picture = to_steps(draw_record(fitting).picture)
        Image.fromarray(picture).save(tmp_path / "garments" / category / "mine.png")
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "me.jpg").write_bytes((PICTURES / "amina-front.jpg").read_bytes())
    return tmp_path


def test_reads_people_and_garments(data: Path) -> None:
    (data / "garments" / ".DS_Store").write_bytes(b"")
    people, unread = read_people(data)
    assert list(people) == ["me"] and unread == {}
    found, unusable = read_garments(data)
    assert isinstance(found["top/mine"], Top) and isinstance(found["hat/mine"], Hat) and unusable == {}
    assert list(read_people(data / "people")[0]) == ["me"] and read_garments(data / "people") == ({}, {})


def test_leaves_out_what_cannot_be_used_and_says_why(data: Path) -> None:
    (data / "people" / "other.jpg").write_bytes(b"no picture")
    (data / "garments" / "top" / "other.png").write_bytes(b"no picture")
    Image.fromarray(np.full((500, 400, 3), 200, np.uint8)).save(data / "garments" / "top" / "grey.png")
    people, unread = read_people(data)
    assert list(people) == ["me"] and unread == {"other": ["not_a_photo"]}
    found, unusable = read_garments(data)
    assert set(found) == {"top/mine", "hat/mine"}
    assert unusable == {"top/other": ["not_a_picture"], "top/grey": ["nothing_found"]}


def test_stops_where_nobody_is_left_or_a_folder_is_of_no_kind(data: Path) -> None:
    (data / "people" / "me.jpg").write_bytes(b"no picture")
    (data / "garments" / "shoes").mkdir()
    said = ((read_people, "people", "me.jpg: not_a_photo"), (read_garments, "shoes", "top, glasses, hat"))
    for read, named, why in said:
        with pytest.raises(FixInput) as refused:
            read(data)
        assert refused.value.field.endswith(named) and why in refused.value.message


def read_size(path: Path) -> tuple[int, int]:
    with Image.open(path) as sheet:
        return sheet.size


def test_sheets_hold_any_number_of_photos_of_any_shape(tmp_path: Path) -> None:
    tall, wide = np.zeros((1024, 300, 3), np.uint8), np.zeros((10, 1024, 3), np.uint8)
    written = write_sheets(([tall] * 14 for _ in range(8)), tmp_path)
    assert [each.name for each in written] == ["sheet.jpg", "sheet-2.jpg"]
    sizes = [read_size(each) for each in written]
    assert sum(height for _, height in sizes) == 8 * 3 * 840 and {width for width, _ in sizes} == {6 * 420}
    assert [read_size(each.with_suffix(".png")) for each in written] == sizes
    assert [each.name for each in write_sheets([[tall, wide]], tmp_path / "one")] == ["sheet.jpg"]


def test_judged_parts_are_summed_up_apart() -> None:
    parts = [([True], [False], [True], [False]), ([True, True], [], [False, True], [True])]
    told = try_on._sum_up([], try_on._join(parts))
    assert (told["refusals_right"], told["edge_cases"]) == (0.75, 4)
    assert (told["refused_right"], told["n_refused"], told["taken_right"], told["n_taken"]) == (1, 3, 0, 1)
    assert (told["bare_right"], told["n_bare"], told["bare_false"], told["n_bare_false"]) == (0.6667, 3, 0.5, 2)
    assert try_on._sum_up([], try_on._join([]))["bare_right"] is None
