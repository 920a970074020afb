"""A trigger and the table that says it are one, whichever was there first."""

import pytest

from bot.bootstrap import PROJECT
from bot.decision.tables import read_table, write_table
from bot.decision.triggers import Trigger, load_triggers
from bot.toml_file import FixTable, print_toml

SHOP = load_triggers(PROJECT / "data" / "shops" / "demo" / "triggers.toml")


@pytest.mark.parametrize("trigger", SHOP, ids=lambda each: each.name)
def test_reads_back_what_it_wrote(trigger: Trigger) -> None:
    assert read_table(trigger.name, write_table(trigger)) == trigger


def test_says_where_a_key_is_wrong_and_counts_entries_from_one() -> None:
    table = write_table(next(each for each in SHOP if each.name == "review"))
    table["messages"][1]["fr"] = "Et {weather} ?"
    with pytest.raises(FixTable) as told:
        read_table("review", table)
    assert (told.value.path, told.value.key) == ("triggers.review.messages.2", "fr")
    assert str(told.value).split(".fr ")[1].startswith("uses {weather}, which is no fact of this case")
    assert str(told.value).startswith("triggers.toml, line ")


def test_what_was_typed_stays_one_value() -> None:
    table = write_table(SHOP[0])
    table["messages"][0]["fr"] = 'a"\n[triggers.other]\nkind = "x" \\ é'
    assert "[triggers.other]" not in print_toml("triggers.one", table).splitlines()
    assert read_table("one", table).messages[0].texts["fr"] == table["messages"][0]["fr"]


@pytest.mark.parametrize("fact", [
    "{product!r}", "{price:>999999999}", "{price:{product}}", "{product.name}", "{0}", "{}",
])
def test_a_fact_stands_alone_between_its_braces(fact: str) -> None:
    table = write_table(next(each for each in SHOP if each.name == "browse_left"))
    table["messages"][0]["fr"] = f"Voici {fact} !"
    with pytest.raises(FixTable) as told:
        read_table("browse_left", table)
    assert told.value.key == "fr"
