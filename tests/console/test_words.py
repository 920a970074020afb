"""What is kept, in the words of a language: nobody agrees on a rounded amount or a rounded wait."""

import pytest

from bot.console.words import Words

FRENCH, ENGLISH = Words("fr", "Europe/Paris"), Words("en", "Europe/Paris")
DAY, HOUR = 86_400, 3_600


@pytest.mark.parametrize(("value", "currency", "said"), [
    ("150", "EUR", "1,50 €"), ("250", "EUR", "2,50 €"), ("4990", "EUR", "49,90 €"), ("500", "XPF", "500 F"),
])
def test_amounts_are_told_to_the_cent_with_their_currency(value: str, currency: str, said: str) -> None:
    told = FRENCH.value("value_minor", value, currency)
    assert told.replace("\u202f", " ").replace("\xa0", " ").replace("FCFP", "F") == said


@pytest.mark.parametrize(("seconds", "said"), [
    (10 * DAY, "10 days"), (9 * DAY, "9 days"), (7 * DAY, "7 days"), (90 * 60, "90 minutes"), (36 * HOUR, "36 hours"),
    (HOUR, "1 hour"), (61, "61 seconds"), (0.5, "0.5 seconds"), (0, "0 seconds"),
])
def test_a_wait_that_is_set_is_told_as_it_is(seconds: float, said: str) -> None:
    assert ENGLISH.wait(seconds) == said
    assert ENGLISH.value("follow_ups.1.wait_seconds", str(seconds), "EUR") == said


def test_a_wait_is_told_in_french() -> None:
    assert FRENCH.wait(10 * DAY).split() == ["10", "jours"]


def test_how_long_ago_something_was_is_rounded() -> None:
    assert ENGLISH.duration(10 * DAY) == "1 week"


def test_what_messages_add_is_grouped_as_the_language_does() -> None:
    worth = {"added": [1234.4, -567.0, 1_234_567.0], "verdict": "more"}
    assert "+1\u202f234 " in FRENCH.verdict(worth) and "−567" in FRENCH.verdict(worth)
    assert "+1,234 " in ENGLISH.verdict(worth) and "+1,234,567" in ENGLISH.verdict(worth)
    assert FRENCH.signed(-0.2, 0) == "+0"
