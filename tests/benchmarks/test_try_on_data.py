"""A folder of one's own for `make evaluate-tryon`: what is read, and which file cannot be."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.people.gallery import PICTURES
from benchmarks.try_on_data import read_garments, read_people
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
    assert list(read_people(data)) == ["me"]
    found = read_garments(data)
    assert isinstance(found["top/mine"], Top) and isinstance(found["hat/mine"], Hat)
    assert list(read_people(data / "people")) == ["me"] and read_garments(data / "people") == {}


@pytest.mark.parametrize(("read", "file", "named", "why"), [
    (read_people, "people/other.jpg", "other.jpg", "cannot be read"),
    (read_garments, "garments/top/other.png", "other.png", "no picture"),
    (read_garments, "garments/shoes/other.png", "shoes", "top, glasses, hat"),
])
def test_names_the_file_that_cannot_be_used(
    data: Path, read: Callable[[Path], object], file: str, named: str, why: str
) -> None:
    (data / file).parent.mkdir(exist_ok=True)
    (data / file).write_bytes(b"no picture")
    with pytest.raises(FixInput) as refused:
        read(data)
    assert refused.value.field.endswith(named) and why in refused.value.message


def test_names_the_garment_that_nothing_stands_out_of(data: Path) -> None:
    Image.fromarray(np.full((500, 400, 3), 200, np.uint8)).save(data / "garments" / "top" / "grey.png")
    with pytest.raises(FixInput) as refused:
        read_garments(data)
    assert refused.value.field.endswith("grey.png") and "nothing stands out" in refused.value.message
