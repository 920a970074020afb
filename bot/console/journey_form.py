"""The console: the fields of a journey's form <-> the table of `triggers.toml` that they say. Pure.

A field is called as its place in the table, counted from one: `messages.2.fr`. What somebody typed stays as it is until
the file's parser has read it, so that a form can be shown again with whatever is wrong in it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.console.time_units import UNITS, largest_unit
from bot.contracts.messages import LANGUAGES
from bot.decision.follow_ups import AFTER
from bot.decision.kinds import KINDS
from bot.decision.triggers import CHANNELS

Fields = Mapping[str, str]
BLOCKS = ("where", "steps", "messages", "follow_ups")  # what there may be several of
MOST_BLOCKS = 40
ENDS = tuple(each for each in AFTER if each != "silence")
_TEXTS, _LISTS = ("kind", "purpose", "silo", "audience"), ("on", "cancels_on")
_LINES = ("step", "case", "variant", "offer", "picture")  # of a message
_TIMES = ("wait_seconds", "expires_seconds", "cooldown_seconds")
_MOST_DIGITS = 3  # of a block's number
_BLOCK = re.compile(rf"({'|'.join(BLOCKS)})\.(\d{{1,{_MOST_DIGITS}}})\.(.+)")
_DAY, _WEEK = 86_400, 604_800


def count_blocks(fields: Fields, block: str) -> int:
    """How many there are of a block, by the fields that are named."""
    found = (_BLOCK.fullmatch(each) for each in fields)
    return max((int(each[2]) for each in found if each and each[1] == block), default=0)


def begin_table(kind: str) -> dict[str, Any]:
    """What a new journey of a kind starts with: an occasion's usual times, and a message for each of its cases."""
    return {
        "kind": kind, "purpose": "marketing", "channels": ["email"], "wait_seconds": 3_600, "expires_seconds": _DAY,
        "cooldown_seconds": _WEEK, "messages": [{"case": case, "variant": "plain"} for case in KINDS[kind].cases],
    }


def read_fields(fields: Fields) -> dict[str, Any]:
    """The table that a form says. What is left empty is not in it; a number that is none stays as it was typed."""
    table: dict[str, Any] = {key: fields.get(key, "").strip() for key in _TEXTS}
    table |= {key: _split(fields.get(key, "")) for key in _LISTS}
    table |= {key: _read_time(fields, key) for key in _TIMES}
    table |= {"channels": _ticked(fields, "channels", CHANNELS), "gamma": _number(fields.get("gamma", ""))}
    table |= {"may_move_hours": _number(fields.get("may_move_hours", "")), "by_rhythm": "by_rhythm" in fields}
    table["where"] = {key: _split(value) for key, value in _pairs(fields)}
    table["values"] = {
        each: _number(value) for each in table["channels"] if (value := fields.get(f"values.{each}", "").strip())
    }
    table["steps"] = [_read_step(fields, at) for at in _places(fields, "steps")]
    table["follow_ups"] = [_read_follow_up(fields, at) for at in _places(fields, "follow_ups")]
    table["messages"] = [_read_message(fields, at) for at in _places(fields, "messages")]
    filled = {key: value for key, value in table.items() if not _is_empty(value)}
    ends = {"ends_on": _ticked(fields, "ends_on", ENDS)} if "ends_on.told" in fields else {}
    return {**filled, **ends}


def write_fields(table: Mapping[str, Any]) -> dict[str, str]:
    """A form's fields for a table, whatever stands in it: what is no text where one belongs is left empty."""
    fields = {key: _text(table.get(key)) for key in _TEXTS}
    fields |= {key: ", ".join(_texts(table.get(key))) for key in _LISTS}
    for key in _TIMES:
        fields |= _write_time(key, table.get(key))
    fields |= _tick("channels", table.get("channels"))
    fields |= {key: _text(table.get(key)) for key in ("gamma", "may_move_hours")}
    fields |= {"by_rhythm": "on"} if table.get("by_rhythm") is True else {}
    fields |= {f"values.{key}": _text(value) for key, value in _mapping(table.get("values")).items()}
    if "ends_on" in table:
        fields |= {"ends_on.told": "on", **_tick("ends_on", table["ends_on"])}
    for n, (key, allowed) in enumerate(_mapping(table.get("where")).items(), 1):
        several = _texts(allowed) if isinstance(allowed, list) else [_text(allowed)]
        fields |= {f"where.{n}.key": str(key), f"where.{n}.value": ", ".join(several)}
    writers: tuple[tuple[str, Callable[[str, Mapping[str, Any]], dict[str, str]]], ...] = (
        ("steps", _write_step), ("follow_ups", _write_follow_up), ("messages", _write_message),
    )
    for block, write in writers:
        for n, each in enumerate(_list(table.get(block)), 1):
            fields |= write(f"{block}.{n}", _mapping(each))
    return fields


def edit(fields: Fields, deed: str) -> dict[str, str]:
    """The form after a button of it: `add.messages`, `copy.messages.2`, `remove.where.1`. Others change nothing.

    What is added may name the step that it belongs to or follows: `add.follow_ups.again_1`.
    """
    verb, _, what = deed.partition(".")
    block, _, number = what.partition(".")
    last = count_blocks(fields, block) if block in BLOCKS else MOST_BLOCKS
    is_place = number.isdecimal() and len(number) <= _MOST_DIGITS
    if verb == "add" and last < MOST_BLOCKS:
        return {**fields, **_begin_block(fields, block, last + 1, number)}
    if verb == "copy" and is_place and last < MOST_BLOCKS:
        copied = {f"{block}.{last + 1}.{key}": value for key, value in _block(fields, block, int(number)).items()}
        return {**fields, **copied, f"{block}.{last + 1}.variant": ""}
    if verb == "remove" and is_place and block in BLOCKS:
        return _without(fields, block, int(number))
    return dict(fields)


def name_fresh(before: Fields, after: Fields) -> str:
    """The first field of the block that a button added: where somebody goes on; "" where none was."""
    firsts = {"where": "key", "steps": "offer", "messages": "variant", "follow_ups": "name"}
    for block, key in firsts.items():
        if count_blocks(after, block) > count_blocks(before, block):
            return f"{block}.{count_blocks(after, block)}.{key}"
    return ""


def _begin_block(fields: Fields, block: str, number: int, step: str) -> dict[str, str]:
    at = f"{block}.{number}"
    if block == "follow_ups":
        usual = {"name": f"again_{number}", "after": ["silence"], "wait_seconds": 2 * _DAY, "channels": ["email"]}
        return _write_follow_up(at, {**usual, "follows": step})
    cases = tuple(KINDS.get(fields.get("kind", ""), KINDS["greeting"]).cases)
    return {
        "where": {f"{at}.key": "", f"{at}.value": ""}, "steps": _write_step(at, {}),
        "messages": _write_message(at, {"step": step, "case": cases[0], "variant": "plain"}),
    }[block]


def _without(fields: Fields, block: str, number: int) -> dict[str, str]:
    """Without one block; those behind it move up."""
    kept = {key: value for key, value in fields.items() if not key.startswith(f"{block}.")}
    left = [n for n in range(1, count_blocks(fields, block) + 1) if n != number]
    for place, n in enumerate(left, 1):
        kept |= {f"{block}.{place}.{key}": value for key, value in _block(fields, block, n).items()}
    return kept


def _block(fields: Fields, block: str, number: int) -> dict[str, str]:
    start = f"{block}.{number}."
    return {key.removeprefix(start): value for key, value in fields.items() if key.startswith(start)}


def _places(fields: Fields, block: str) -> Iterable[str]:
    return (f"{block}.{n}" for n in range(1, min(count_blocks(fields, block), MOST_BLOCKS) + 1))


def _pairs(fields: Fields) -> Iterable[tuple[str, str]]:
    for at in _places(fields, "where"):
        key = fields.get(f"{at}.key", "").strip()
        if key:
            yield key, fields.get(f"{at}.value", "")


def _read_step(fields: Fields, at: str) -> dict[str, Any]:
    return _filled({
        "offer": fields.get(f"{at}.offer", "").strip(), "channel": fields.get(f"{at}.channel", ""),
        "wait_seconds": _read_time(fields, f"{at}.wait_seconds"),
    })


def _write_step(at: str, step: Mapping[str, Any]) -> dict[str, str]:
    texts = {f"{at}.{key}": _text(step.get(key)) for key in ("offer", "channel")}
    return {**texts, **_write_time(f"{at}.wait_seconds", step.get("wait_seconds", 0))}


def _read_follow_up(fields: Fields, at: str) -> dict[str, Any]:
    texts = {key: fields.get(f"{at}.{key}", "").strip() for key in ("name", "follows", "audience")}
    times = {key: _read_time(fields, f"{at}.{key}") for key in (*_TIMES, "within_seconds")}
    lists = {"after": _ticked(fields, f"{at}.after", AFTER), "channels": _ticked(fields, f"{at}.channels", CHANNELS)}
    return _filled({**texts, **lists, **times})


def _write_follow_up(at: str, table: Mapping[str, Any]) -> dict[str, str]:
    fields = {f"{at}.{key}": _text(table.get(key)) for key in ("name", "follows", "audience")}
    for key in (*_TIMES, "within_seconds"):
        fields |= _write_time(f"{at}.{key}", table.get(key))
    return {**fields, **_tick(f"{at}.after", table.get("after")), **_tick(f"{at}.channels", table.get("channels"))}


def _read_message(fields: Fields, at: str) -> dict[str, Any]:
    texts = {key: fields.get(f"{at}.{key}", "").strip() for key in _LINES}
    said: dict[str, str] = {each: fields.get(f"{at}.{each}", "").replace("\r\n", "\n").strip() for each in LANGUAGES}
    names: dict[str, str] = {each: fields.get(f"{at}.template.{each}", "").strip() for each in LANGUAGES}
    template = {each: name for each, name in names.items() if name}
    heads: dict[str, str] = {each: fields.get(f"{at}.subject.{each}", "").strip() for each in LANGUAGES}
    subject = {each: head for each, head in heads.items() if head}
    channels = _ticked(fields, f"{at}.channels", CHANNELS)
    return _filled({**texts, "channels": channels, "template": template, "subject": subject, **said})


def _write_message(at: str, table: Mapping[str, Any]) -> dict[str, str]:
    fields = {f"{at}.{key}": _text(table.get(key)) for key in (*_LINES, *LANGUAGES)}
    for key in ("template", "subject"):
        said = _mapping(table.get(key))
        fields |= {f"{at}.{key}.{each}": _text(said.get(each)) for each in LANGUAGES}
    return {**fields, **_tick(f"{at}.channels", table.get("channels"))}


def _read_time(fields: Fields, key: str) -> int | float | str:
    """In seconds; "" where nothing is said."""
    value = _number(fields.get(key, ""))
    unit = {str(size): size for _, size in UNITS}.get(fields.get(f"{key}.unit", ""), 1)
    if isinstance(value, str):
        return value
    seconds = round(value * unit, 3)  # 1.1 hours are 3,960 seconds, and no more
    return int(seconds) if seconds == int(seconds) else seconds


def _write_time(key: str, seconds: Any) -> dict[str, str]:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds:
        return {key: _text(seconds), f"{key}.unit": "3600"}
    _, size = largest_unit(seconds)
    return {key: _text(seconds / size), f"{key}.unit": str(size)}


def _number(text: str) -> int | float | str:
    """A number as people type it, with a comma too; what is none stays a text."""
    plain = text.strip().replace(",", ".").replace("\u202f", "").replace("\u00a0", "")
    if not re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", plain):
        return text.strip()
    value = float(plain)
    return int(value) if value.is_integer() else value


def _ticked(fields: Fields, key: str, known: Sequence[str]) -> list[str]:
    """In the form's order, which is the table's: see `order_choices`."""
    found = (each.removeprefix(f"{key}.") for each in fields if each.startswith(f"{key}."))
    return [each for each in found if each in known]


def order_choices(fields: Fields, key: str, known: Sequence[str]) -> list[str]:
    """What may be ticked: what is, in its order, then the rest."""
    chosen = _ticked(fields, key, known)
    return [*chosen, *(each for each in known if each not in chosen)]


def _tick(key: str, chosen: Any) -> dict[str, str]:
    return {f"{key}.{each}": "on" for each in _texts(chosen)}


def _split(text: str) -> list[str]:
    return [each for part in text.split(",") if (each := " ".join(part.split()))]


def _filled(table: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if not _is_empty(value)}


def _is_empty(value: Any) -> bool:
    return value is False or value in ("", [], {})


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _texts(value: Any) -> list[str]:
    return [_text(each) for each in _list(value)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
