"""The flow of a journey's form: each step once, whatever is typed, with the field that it leads to."""

import time

from bot.bootstrap import PROJECT
from bot.console.draft_graph import list_boxes
from bot.console.journey_form import write_fields
from bot.console.words import Words
from bot.decision.tables import write_table
from bot.decision.triggers import load_triggers

SHOP = load_triggers(PROJECT / "data" / "shops" / "demo" / "triggers.toml")
WORDS = Words("en", "Europe/Paris")


def _boxes(name: str, **more: str) -> list[dict]:
    return list_boxes({**write_fields(write_table(next(each for each in SHOP if each.name == name))), **more}, WORDS)


def test_draws_each_step_behind_the_one_it_follows() -> None:
    begins, says, again = _boxes("review")
    assert (says["before"], again["before"]) == ("begins", "says")
    assert again["title"] == "Then, after a silence" and again["parts"][0]["label"] == "It waits · 7 days"
    assert [each["place"] for each in begins["parts"]] == ["where.1.key"]
    assert {each["do"] for each in says["deeds"]} == {"add.messages", "copy.messages.1", "add.follow_ups"}
    assert "remove.follow_ups.1" in {each["do"] for each in again["deeds"]}


def test_two_that_follow_one_stand_below_each_other() -> None:
    more = {"follow_ups.2.name": "other", "follow_ups.2.follows": "", "follow_ups.3.name": "last",
            "follow_ups.3.follows": "other"}
    rows = {each["id"]: (each["row"], each["before"]) for each in _boxes("review", **more)}
    assert rows["says-2"] == (1, "says") and rows["says-3"] == (1, "says-2")


def test_draws_each_once_whatever_is_typed() -> None:
    same = {f"follow_ups.{n}.{key}": "a" for n in range(1, 41) for key in ("name", "follows")}
    started = time.process_time()
    boxes = _boxes("review", **{**same, "follow_ups.1.follows": ""})
    assert len(boxes) == len({each["id"] for each in boxes}) == 42 and time.process_time() - started < 1
