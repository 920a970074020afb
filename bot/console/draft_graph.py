"""The console: a journey's form -> the boxes of its flow, each with the field it leads to and what may be done. Pure.

It is drawn from the form, not from a journey: what is half written has a flow, too.
"""

from collections.abc import Mapping
from typing import Any

from bot.console.journey_form import UNITS, count_blocks
from bot.console.words import Words
from bot.decision.follow_ups import AFTER
from bot.decision.triggers import CHANNELS

_ACROSS_PX, _DOWN_PX = 300, 150
Fields = Mapping[str, str]
Node = dict[str, Any]


def list_boxes(fields: Fields, words: Words) -> list[Node]:
    """Each box: id, the one before it, kind, title, detail, the place it opens, its buttons, and where it stands."""
    rows = [0]
    wait = _tell_time(fields, "wait_seconds", words)
    occasion = fields.get("on", "") or words.say("launched by hand")
    begins = _box("begins", "", words.say("It begins"), occasion, "on", 0, 0)
    first = [begins, _box("waits", "begins", words.say("It waits"), wait, "wait_seconds", 1, 0)] if wait else [begins]
    column = len(first)
    says = _say_box(fields, words, "", first[-1]["id"], column, 0)
    return [*first, says, *_follow(fields, words, "", says["id"], column, rows, set())]


def _follow(
    fields: Fields, words: Words, step: str, before: str, column: int, rows: list[int], drawn: set[str]
) -> list[Node]:
    boxes: list[Node] = []
    for n in range(1, count_blocks(fields, "follow_ups") + 1):
        at, name = f"follow_ups.{n}", fields.get(f"follow_ups.{n}.name", "")
        if fields.get(f"{at}.follows", "") != step or at in drawn:
            continue  # whatever is typed, each is drawn once
        drawn.add(at)
        row = rows[0]
        after = ", ".join(words.name("outcome", each) for each in AFTER if f"{at}.after.{each}" in fields)
        wait = " · ".join(each for each in (after, _tell_time(fields, f"{at}.wait_seconds", words)) if each)
        waits = _box(f"waits-{n}", before, words.say("Then, after"), wait, f"{at}.name", column + 1, row)
        waits["deeds"] = [{"do": f"remove.{at}", "sign": "−",
             "label": words.say("Remove the follow-up {number}", number=n)}]
        says = _say_box(fields, words, name, waits["id"], column + 2, row, f"says-{n}", f"{at}.name")
        further = _follow(fields, words, name, says["id"], column + 2, rows, drawn) if name else []
        boxes += [waits, says, *further]
        rows[0] = max(rows[0], row) + (0 if further else 1)
    return boxes


def _say_box(
    fields: Fields, words: Words, step: str, before: str, column: int, row: int, name: str = "says",
    otherwise: str = "messages",
) -> Node:
    mine = [n for n in range(1, count_blocks(fields, "messages") + 1) if fields.get(f"messages.{n}.step", "") == step]
    block = next((f"follow_ups.{n}." for n in range(1, count_blocks(fields, "follow_ups") + 1)
                  if step and fields.get(f"follow_ups.{n}.name") == step), "")
    channels = words.channels([each for each in CHANNELS if f"{block}channels.{each}" in fields])
    detail = " · ".join(each for each in (step, channels) if each)
    place = f"messages.{mine[0]}.variant" if mine else otherwise
    box = _box(name, before, words.say("It says"), detail, place, column, row)
    box["parts"] = [{"place": f"messages.{n}.variant", "label": _name_message(fields, words, n)} for n in mine]
    behind = f".{step}" if step else ""
    box["deeds"] = [
        {"do": f"add.messages{behind}", "sign": "+ ✉", "label": words.say("Add a message")},
        *({"do": f"copy.messages.{n}", "sign": "⧉", "label": words.say("Copy as a variant")} for n in mine[:1]),
        {"do": f"add.follow_ups{behind}", "sign": "+ →", "label": words.say("Add a follow-up")},
    ]
    return box


def _name_message(fields: Fields, words: Words, number: int) -> str:
    case, variant = fields.get(f"messages.{number}.case", ""), fields.get(f"messages.{number}.variant", "")
    return " · ".join(each for each in (words.name("case", case) if case else "", variant) if each)


def _box(name: str, before: str, title: str, detail: str, place: str, column: int, row: int) -> Node:
    return {
        "id": name, "before": before, "kind": name.partition("-")[0], "title": title, "detail": detail,
        "place": place, "x": column * _ACROSS_PX, "y": row * _DOWN_PX, "deeds": [], "parts": [],
    }


def _tell_time(fields: Fields, key: str, words: Words) -> str:
    value, size = fields.get(key, "").strip(), fields.get(f"{key}.unit", "")
    unit = next((each for each, seconds in UNITS if str(seconds) == size), "")
    return f"{value} {words.say(unit)}" if value not in ("", "0") and unit else ""
