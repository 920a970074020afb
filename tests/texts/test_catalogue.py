"""Days, moments and countries in the words of each language."""

from datetime import UTC, date, datetime

import pytest
from babel.messages.pofile import read_po

from bot.texts.catalogue import (
    FOLDER,
    format_date_as,
    format_day,
    format_full_date,
    format_full_moment,
    format_moment,
    name_country,
)

FIRST = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # the first of December in Paris


@pytest.mark.parametrize("day", [2, 11, 21, 31])
def test_no_other_day_is_an_ordinal(day: int) -> None:
    assert format_full_date("fr", datetime(2026, 12, day, 12, tzinfo=UTC), "Europe/Paris") == f"{day} décembre 2026"


def test_the_first_of_a_month_is_an_ordinal_in_french_only() -> None:
    assert format_day("fr", FIRST, "Europe/Paris") == "mardi 1er décembre"
    assert format_full_date("fr", FIRST, "Europe/Paris") == "1er décembre 2026"
    assert format_moment("fr", FIRST, "Europe/Paris") == "mardi 1er décembre, 00:30"
    assert format_full_moment("fr", FIRST, "Europe/Paris") == "1er décembre 2026 à 00:30"
    assert format_date_as("fr", "d MMMM", date(2026, 12, 1)) == "1er décembre"
    assert format_day("en", FIRST, "Europe/Paris") == "Tuesday 1 December"
    assert format_full_moment("en", FIRST, "Europe/Paris") == "1 December 2026 at 00:30"


@pytest.mark.parametrize(("code", "french", "english"), [
    ("FR", "France", "France"), ("de", "Allemagne", "Germany"), ("GB", "Royaume-Uni", "United Kingdom"),
    ("", "", ""), ("Narnia", "Narnia", "Narnia"),
])
def test_names_a_country_by_its_code(code: str, french: str, english: str) -> None:
    assert (name_country("fr", code), name_country("en", code)) == (french, english)


def test_a_sentence_is_translated_in_one_way() -> None:
    found: dict[str, set[str]] = {}
    for path in (FOLDER / "fr").glob("*.po"):
        with path.open("rb") as file:
            for each in read_po(file, locale="fr"):
                found.setdefault(str(each.id), set()).add(str(each.string))
    assert not {key: told for key, told in found.items() if len(told) > 1}
