"""The console: a journey's form -> the boxes of its flow, each with the field it leads to and what may be done. Pure.

It is drawn from the form, not from a journey: what is half written has a flow, too.
"""

from collections.abc import Mapping
from typing import Any

from bot.console.journey_form import count_blocks
from bot.console.time_units import UNITS
from bot.console.words import Words
from bot.decision.follow_ups import AFTER
from bot.decision.triggers import CHANNELS

_ACROSS_PX = 290
_MOST_DIGITS = 6  # of a wait that is told in words: more is a slip, which the parser tells
Fields = Mapping[str, str]
Box = dict[str, Any]


def list_boxes(fields: Fields, words: Words) -> list[Box]:
    """Each box: id, the one before it, kind, title, detail, the place it opens, its parts and buttons, where it stands.

    A part is a line of the box that opens a place of its own: a wait, a condition, a message. `x` is in pixels;
    how high a row is, whoever draws it knows.
    """
    begins = _box("begins", "", words.say("It begins"), _tell_events(fields, words), "on")
    begins["parts"] = _list_conditions(fields, words)
    wait = _tell_time(fields, "wait_seconds", words)
    says = _say(fields, words, "", _box("says", "begins", words.say("It says"), _tell_channels(fields, "", words), ""))
    if wait:
        says["parts"].insert(0, {"place": "wait_seconds", "label": f"{words.say('It waits')} · {wait}"})
    boxes = [begins, _place(says, 1, 0)]
    _follow(fields, words, "", boxes, 2, set())
    return boxes


def _follow(fields: Fields, words: Words, step: str, boxes: list[Box], column: int, drawn: set[str]) -> None:
    """Add what follows a step, the first beside it, the others below whatever is drawn."""
    before = boxes[-1]["id"]
    is_first = True
    for n in range(1, count_blocks(fields, "follow_ups") + 1):
        at = f"follow_ups.{n}"
        if fields.get(f"{at}.follows", "") != step or at in drawn:
            continue
        drawn.add(at)  # whatever is typed, each is drawn once
        row = max(each["row"] for each in boxes) + (0 if is_first else 1)
        is_first = False
        boxes.append(_place(_follow_box(fields, words, n, before), column, row))
        if name := fields.get(f"{at}.name", ""):
            _follow(fields, words, name, boxes, column + 1, drawn)


def _follow_box(fields: Fields, words: Words, number: int, before: str) -> Box:
    at = f"follow_ups.{number}"
    name = fields.get(f"{at}.name", "")
    after = ", ".join(words.name("outcome", each) for each in AFTER if f"{at}.after.{each}" in fields)
    detail = " · ".join(each for each in (name, _tell_channels(fields, f"{at}.", words)) if each)
    box = _box(f"says-{number}", before, words.say("Then, after {what}", what=after or "…"), detail, f"{at}.name")
    box = _say(fields, words, name, box)
    wait = _tell_time(fields, f"{at}.wait_seconds", words)
    box["parts"].insert(0, {"place": f"{at}.wait_seconds", "label": f"{words.say('It waits')} · {wait or '…'}"})
    label = words.say("Remove the follow-up {number}", number=number)
    return {**box, "deeds": [*box["deeds"], {"do": f"remove.{at}", "sign": "−", "label": label}]}


def _say(fields: Fields, words: Words, step: str, box: Box) -> Box:
    """A box with the messages of a step, and what may be added behind it."""
    mine = [n for n in range(1, count_blocks(fields, "messages") + 1) if fields.get(f"messages.{n}.step", "") == step]
    behind = f".{step}" if step else ""
    deeds = [
        _deed(f"add.messages{behind}", "messages", "Add a message", words),
        *(_deed(f"copy.messages.{n}", "variant", "Copy as a variant", words) for n in mine[:1]),
        _deed(f"add.follow_ups{behind}", "follow_ups", "Add a follow-up", words),
    ]
    parts = [{"place": f"messages.{n}.variant", "label": _name_message(fields, words, n)} for n in mine]
    return {**box, "place": box["place"] or "messages", "parts": parts, "deeds": deeds}


def _deed(deed: str, what: str, label: str, words: Words) -> dict[str, str]:
    return {"do": deed, "sign": f"+ {words.name('in_draft', what)}", "label": words.say(label)}


def _list_conditions(fields: Fields, words: Words) -> list[dict[str, str]]:
    parts = [
        {"place": f"where.{n}.key", "label": f"{key} = {fields.get(f'where.{n}.value', '')}"}
        for n in range(1, count_blocks(fields, "where") + 1) if (key := fields.get(f"where.{n}.key", ""))
    ]
    audience = fields.get("audience", "")
    label = f"{words.name('in_draft', 'audience')} · {audience}"
    return [*parts, *([{"place": "audience", "label": label}] if audience else [])]


def _name_message(fields: Fields, words: Words, number: int) -> str:
    case, variant = fields.get(f"messages.{number}.case", ""), fields.get(f"messages.{number}.variant", "")
    return " · ".join(each for each in (words.name("case", case) if case else "", variant) if each) or str(number)


def _box(name: str, before: str, title: str, detail: str, place: str) -> Box:
    made = {"id": name, "before": before, "kind": name.partition("-")[0], "title": title, "detail": detail}
    return _place({**made, "place": place, "deeds": [], "parts": []}, 0, 0)


def _place(box: Box, column: int, row: int) -> Box:
    return {**box, "row": row, "x": column * _ACROSS_PX}


def _tell_events(fields: Fields, words: Words) -> str:
    typed = [each.strip() for each in fields.get("on", "").split(",") if each.strip()]
    return words.events(typed) or words.say("launched by hand")


def _tell_channels(fields: Fields, at: str, words: Words) -> str:
    return words.channels([each for each in CHANNELS if f"{at}channels.{each}" in fields])


def _tell_time(fields: Fields, key: str, words: Words) -> str:
    """As the number reads in words; what is no number yet, as it is typed."""
    value, size = fields.get(key, "").strip(), fields.get(f"{key}.unit", "")
    unit = next((each for each, seconds in UNITS if str(seconds) == size), "")
    if value in ("", "0") or not unit:
        return ""
    is_number = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
    return words.wait(int(value) * int(size)) if is_number else f"{value} {words.say(unit)}"
