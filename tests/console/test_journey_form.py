"""A journey's form says what its table says, both ways, and loses nothing that somebody typed."""

import pytest

from bot.bootstrap import PROJECT
from bot.console.draft_view import list_notes
from bot.console.journey_form import begin_table, count_blocks, edit, read_fields, write_fields
from bot.decision.kinds import KINDS
from bot.decision.tables import read_table, write_table
from bot.decision.triggers import Trigger, load_triggers

SHOP = load_triggers(PROJECT / "data" / "shops" / "demo" / "triggers.toml")


@pytest.mark.parametrize("trigger", SHOP, ids=lambda each: each.name)
def test_says_every_journey_of_the_shop(trigger: Trigger) -> None:
    assert read_table(trigger.name, read_fields(write_fields(write_table(trigger)))) == trigger


def test_what_is_no_number_is_shown_as_it_was_typed() -> None:
    fields = {**write_fields(begin_table("cart")), "wait_seconds": "soon", "may_move_hours": "1,5"}
    table = read_fields(fields)
    assert table["wait_seconds"] == "soon" and table["may_move_hours"] == 1.5
    assert write_fields(table)["wait_seconds"] == "soon"


def test_times_are_told_in_their_largest_unit() -> None:
    fields = write_fields({"wait_seconds": 5_400, "expires_seconds": 172_800, "cooldown_seconds": 45})
    assert [fields[key] for key in ("wait_seconds", "wait_seconds.unit")] == ["90", "60"]
    assert [fields[key] for key in ("expires_seconds", "expires_seconds.unit")] == ["2", "86400"]
    assert fields["cooldown_seconds.unit"] == "1"


def test_buttons_add_copy_and_remove_without_losing_the_rest() -> None:
    fields = write_fields(begin_table("product"))
    fields["messages.1.fr"] = "Bonjour"
    twice = edit(edit(fields, "copy.messages.1"), "add.follow_ups")
    assert (twice["messages.2.fr"], twice["messages.2.variant"]) == ("Bonjour", "")
    assert count_blocks(twice, "follow_ups") == 1
    twice["messages.2.fr"] = "Bonsoir"
    left = edit(twice, "remove.messages.1")
    assert count_blocks(left, "messages") == 1 and left["messages.1.fr"] == "Bonsoir"
    for deed in ("remove.messages.x", "add.people", "copy.kind.1", "save", "", "remove.messages.99"):
        assert edit(fields, deed) == fields


def test_a_part_of_an_hour_is_whole_seconds() -> None:
    fields = {"wait_seconds": "1,1", "wait_seconds.unit": "3600"}
    assert read_fields(fields)["wait_seconds"] == 3_960


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_journey_lacks_its_occasion_and_its_words_alone(kind: str) -> None:
    fields = write_fields(begin_table(kind)) | {"on": "Something Happened"}
    for n in range(1, count_blocks(fields, "messages") + 1):
        fields |= {f"messages.{n}.fr": "Bonjour", f"messages.{n}.en": "Hello"}
    assert read_table("noon", read_fields(fields)).kind == kind


@pytest.mark.parametrize("table", [
    {"messages": "x"}, {"messages": [1, None]}, {"channels": 3, "where": [], "values": "no"}, {"wait_seconds": {}},
    {"follow_ups": [{"after": "silence", "wait_seconds": True}]},
])
def test_shows_whatever_a_program_left_in_a_draft(table: dict) -> None:
    assert all(isinstance(each, str) for each in write_fields(table).values())


def test_a_template_is_held_against_metas_rules_while_it_is_written() -> None:
    fields = {"messages.1.en": "Hello {order} {day}, it is late", "messages.1.template.en": "late"}
    notes = [sentence for sentence, _ in list_notes(fields, "messages.1", "en", "whatsapp")]
    assert notes[0] == "has two facts with no word between them, which Meta takes in no template"
    assert list_notes(fields, "messages.1", "en", "email") == []
    del fields["messages.1.template.en"]
    assert len(list_notes(fields, "messages.1", "en", "whatsapp")) == 1  # without one, Meta looks at nothing
