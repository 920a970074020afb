"""What is typed into a form of an offer or a goal, in the currency of the shop."""

import pytest

from bot.console.small_forms import Field, Group, read_table, write_fields

OFFER = [Group("", (Field("min_items_minor", "money"),))]


@pytest.mark.parametrize(("currency", "typed", "minor"), [
    ("EUR", "60", 6_000), ("EUR", "49,90", 4_990), ("EUR", "0.5", 50), ("EUR", "1000", 100_000),
    ("EUR", "1 000", 100_000), ("EUR", "1\u202f000,50", 100_050), ("EUR", "1,000", 100_000),
    ("EUR", "1.200,5", 120_050),
    ("XPF", "500", 500), ("JPY", "10,000", 10_000), ("KWD", "12.5", 12_500), ("KWD", "12.345", 12_345),
])
def test_an_amount_is_kept_in_minor_units(currency: str, typed: str, minor: int) -> None:
    table = read_table(OFFER, {"min_items_minor": typed}, currency)
    assert table == {"min_items_minor": minor}
    again = write_fields(OFFER, table, currency)
    assert read_table(OFFER, again, currency) == table


@pytest.mark.parametrize(("currency", "typed", "kept"), [
    ("EUR", "ten", "ten"), ("EUR", "1 00", "1 00"), ("EUR", "-5", -500), ("EUR", "0,005", 0.5), ("XPF", "12,50", 12.5),
    ("EUR", "9" * 20, "9" * 20),
])
def test_what_is_no_amount_is_left_to_the_parser_of_the_file(currency: str, typed: str, kept: object) -> None:
    assert read_table(OFFER, {"min_items_minor": typed}, currency) == {"min_items_minor": kept}
