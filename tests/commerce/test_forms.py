"""Money, words and marks that every engine reads alike."""

import pytest

from bot.commerce.forms import kind_of, major, mark_of, minor, plain, require_page, version_of, words_of
from bot.errors import FixInput


@pytest.mark.parametrize(("amount", "currency", "expected"), [
    ("10.0050", "EUR", 1_001), ("85.8350", "EUR", 8_584), (19.99, "EUR", 1_999), ("1200.0000", "JPY", 1_200),
    ("1.2345", "KWD", 1_235), (None, "EUR", 0), ("", "EUR", 0), ("-3.5", "EUR", -350),
])
def test_reads_decimals_as_minor_units_half_up(amount: object, currency: str, expected: int) -> None:
    assert minor(amount, currency) == expected


def test_writes_minor_units_as_a_decimal() -> None:
    assert [major(1_001, "EUR"), major(1_200, "JPY")] == ["10.01", "1200"]


def test_reads_words_without_tags_entities_case_and_accents() -> None:
    assert plain("<p>Chaud&nbsp;&amp; <b>doux</b>.</p>") == "Chaud & doux ."
    assert [words_of("Noir de Jais"), kind_of("Couleur"), kind_of("Taille"), kind_of("Saison")] == [
        "noir_de_jais", "colour", "size", "saison"]


def test_numbers_a_content_and_not_the_order_of_its_keys() -> None:
    assert version_of({"a": 1, "b": 2}) == version_of({"b": 2, "a": 1}) != version_of({"a": 1, "b": 3})


def test_refuses_an_empty_key_and_a_page_that_is_none() -> None:
    assert mark_of("key") == mark_of("key") != mark_of("another")
    with pytest.raises(FixInput, match="idempotency_key"):
        mark_of("")
    assert [require_page(""), require_page("7")] == [1, 7]
    for cursor in ("0", "-1", "x", "²", "9999999"):
        with pytest.raises(FixInput, match="cursor"):
            require_page(cursor)
