"""Every table of the store has a handler, or a reason why it needs none."""

import re
from collections.abc import Mapping

import pytest

from bot.console.customer_words import CUSTOMER_WORDS
from bot.decision.matters import MATTER_NAMES
from bot.privacy.handlers.registry import NO_PERSONAL_DATA, OUTSIDE_HANDLERS, SHOWN, STORE_HANDLERS
from bot.privacy.names import NAMES
from bot.privacy.page import FOLDER
from bot.privacy.retention import kinds
from bot.privacy.rules import RetentionPart
from bot.profile.store.tables import metadata
from bot.texts.catalogue import load_catalogue


def test_every_table_is_claimed_by_one_handler_or_holds_no_personal_data() -> None:
    claimed = [table.name for handler in STORE_HANDLERS for table in handler.tables]
    assert sorted([*claimed, *NO_PERSONAL_DATA]) == sorted(metadata.tables)


def test_every_column_that_points_at_a_customer_is_in_a_claimed_table() -> None:
    pointing = {
        table.name for table in metadata.tables.values()
        if {"customer_id", "sender_id", "address", "email", "payload"} & set(table.columns.keys())
    }
    assert pointing & set(NO_PERSONAL_DATA) == set()


def test_the_customers_are_erased_last() -> None:
    assert STORE_HANDLERS[-1].name == "customers" and OUTSIDE_HANDLERS[0].name == "account"


def test_names_are_single_and_titles_have_their_french() -> None:
    names = [each.name for each in SHOWN]
    assert len(set(names)) == len(names) == len(STORE_HANDLERS) + len(OUTSIDE_HANDLERS)
    assert [each.title for each in SHOWN if each.title not in load_catalogue("fr")] == []


def test_every_word_of_the_page_has_its_french() -> None:
    text = (FOLDER / "copy.html").read_text(encoding="utf-8")
    said = set(re.findall(r'[ {(]t\("([^"]+)"', text))
    assert len(said) > 40 and sorted(said - set(load_catalogue("fr"))) == []
    assert set(NAMES["kept"]) == set(RetentionPart.model_fields)


@pytest.mark.parametrize("words", [NAMES, CUSTOMER_WORDS])
def test_what_begins_or_settles_something_is_told_in_words(words: Mapping[str, Mapping[str, str]]) -> None:
    said = {name: words["event"].get(name) for name in MATTER_NAMES}
    assert [name for name, sentence in said.items() if sentence not in load_catalogue("fr")] == []


def test_every_kind_of_the_settings_is_deleted_by_something() -> None:
    assert kinds() == set(RetentionPart.model_fields)
