"""Whose a tracking number is, and whether it can be one."""

import csv

import pytest

from bot.bootstrap import PROJECT
from bot.commerce.tracking_numbers import find_format, is_valid, recognise

VECTORS = PROJECT.parent / "shared" / "data" / "tracking_numbers" / "test_vectors.csv"


def test_knows_every_published_number_and_refuses_every_wrong_one() -> None:
    if not VECTORS.exists():
        pytest.skip("../shared/data/tracking_numbers is absent")
    with VECTORS.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = [row for row in rows if is_valid(row["number"], find_format(row["id"])) != (row["validity"] == "valid")]
    assert (len(rows), wrong) == (280, [])


@pytest.mark.parametrize("number", ["", "hello", "12", "RB123456786GB", "RB123456785XX", "1Z999AA10123456785"])
def test_knows_no_carrier_of_what_is_no_number(number: str) -> None:
    assert recognise(number) == []


@pytest.mark.parametrize(("number", "carrier"), [
    ("RB 123 456 785 GB", "post"), ("1z999aa10123456784", "ups"), ("TBA000000000000", "amazon"),
])
def test_tells_whose_a_number_is(number: str, carrier: str) -> None:
    assert carrier in recognise(number)
