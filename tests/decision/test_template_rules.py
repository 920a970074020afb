"""What Meta takes in no template, and what it may refuse."""

import pytest

from bot.bootstrap import Services
from bot.decision.template_rules import MOST_CHARACTERS, find_faults

FINE = "Good day, your order {order} with {carrier} is late. It comes on {day}, we are sorry for that."


def test_has_nothing_against_what_may_be_sent_in() -> None:
    assert find_faults(FINE) == []
    assert find_faults("No fact in it.\n\nAnd a *bold* word, 3 * 4, a snake_case word.") == []


def test_has_nothing_against_the_shops_own_templates(services: Services) -> None:
    texts = [(name, each.texts[language]) for journey in services.triggers for each in journey.messages
             for language, name in each.templates.items()]
    assert texts and [(name, each) for name, text in texts for each in find_faults(text)] == []


@pytest.mark.parametrize(("text", "wrong"), [
    ("{order} is late, we are sorry", "begins or ends with a fact"),
    ("we are sorry for {order} ", "begins or ends with a fact"),
    ("we are sorry that {order} {carrier} is late", "two facts with no word between"),
    ("we are sorry that {order}{carrier} is late", "two facts with no word between"),
    ("a" * (MOST_CHARACTERS + 1), "is longer than"),
    ("such joy " + "🎉" * 11, "emojis"),
    ("one\n\n\nmore", "line break"), ("\nmore", "line break"), ("more\n", "line break"),
    ("one     more", "four blanks"), ("one\tmore", "four blanks"),
])
def test_names_what_is_refused(text: str, wrong: str) -> None:
    found = [each.sentence for each in find_faults(text) if each.is_certain]
    assert len(found) == 1 and wrong in found[0]


def test_counts_as_meta_does() -> None:
    assert find_faults("a" * MOST_CHARACTERS) == []
    # A fact counts as its number, {{1}}, however long its name is.
    assert find_faults("word " * 202 + "and {a_long_name} ends") == []
    # A family, a flag, a hand with its skin and a digit in its key are one each.
    assert find_faults("so " + "👩‍👩‍👧🇫🇷👍🏽1️⃣" * 2 + " ends") == []
    assert "emojis" in find_faults("so " + "👩‍👩‍👧🇫🇷👍🏽1️⃣" * 3 + " ends")[0].sentence


@pytest.mark.parametrize(("text", "told"), [
    ("Late: {order}, {day}, sorry", {"words": 4, "facts": 2, "least": 7}),
    ("It is *bold, so it is", {"mark": "*"}), ("It is ```code, so it is", {"mark": "```"}),
    ("It is _said, so it is", {"mark": "_"}),
])
def test_tells_what_may_be_refused_or_is_shown_as_it_is(text: str, told: dict[str, object]) -> None:
    found = find_faults(text)
    assert [(each.values, each.is_certain) for each in found] == [(told, False)]
