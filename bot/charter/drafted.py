"""The charter: a draft's table -> the content that is agreed on, by the parser of the file it would stand in. Pure.

Another kind of draft is one more row of `KINDS`, and what `InForce` makes of it.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.charter.book import GUARDRAILS, TONE, Subject
from bot.charter.content import (
    Content,
    dump_pressure,
    dump_segment,
    goal_subject,
    journey_subject,
    offer_subject,
    parse_segment,
    segment_subject,
    write_pressure,
)
from bot.content import offers, tone
from bot.decision.guardrails import Guardrails, read_pressure
from bot.decision.tables import read_table, write_table
from bot.decision.triggers import require_audiences
from bot.decision.versions import dump_trigger, parse_trigger
from bot.errors import FixConfiguration, FixInput
from bot.measure import goals
from bot.profile.segments.book import Segment, SegmentBook
from bot.profile.segments.tree import InSegment
from bot.toml_file import FixTable, fill, parse_toml, print_toml

_NAME = re.compile(r"[a-z][a-z0-9_]{1,47}")
STANDS_IN_FILE = "stands in the shop's file: change it there"
_PRESSURE = ("caps", "quiet_hours", "quiet_channels")
_MOST_NUMBER = 10**12
_MOST_VALUES, _MOST_CHARACTERS, _MOST_DEPTH = 3_000, 2_000, 6
_SPACES = "\u00a0\u202f\n"  # French has spaces that do not break; a letter has lines


@dataclass(frozen=True)
class Beside:
    """What of the shop a draft is read beside: its segments' names, and the currency of its money."""

    segments: Collection[str]
    currency: str


@dataclass(frozen=True)
class DraftKind:
    """What is drafted, and in which file of the shop it would stand."""

    file: str
    path: Callable[[str], str]  # of its table, `triggers.cart_left`; "" the file's top
    subject: Callable[[str], Subject]
    read: Callable[[str, Mapping[str, Any], Beside], Content]  # of a name and a table
    write: Callable[[Content], dict[str, Any]]  # what was agreed on, as the table again


@dataclass(frozen=True)
class Problem:
    """Why a draft cannot be proposed: at which place of its table, `messages.2.fr`, from one; "" of it as a whole."""

    place: str
    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """In English, as the file's error has it."""
        return fill(self.sentence, self.values)


def read_journey(name: str, table: Mapping[str, Any], beside: Beside) -> Content:
    """A journey as it is agreed on. FixConfiguration for what the file could not hold either."""
    trigger = read_table(name, table)
    require_audiences((trigger,), beside.segments)
    return dump_trigger(trigger)


def _read_pressure(name: str, table: Mapping[str, Any], beside: Beside) -> Content:
    file = parse_toml("guardrails.toml", print_toml("", table))
    for key in table:
        if key not in _PRESSURE:
            known = {"known": ", ".join(_PRESSURE)}
            raise FixTable("guardrails.toml", "", key, "is not known here; known are {known}", known)
    return dump_pressure(Guardrails(**read_pressure(file)))


def _read_tone(name: str, table: Mapping[str, Any], beside: Beside) -> Content:
    return tone.dump_tone(tone.read_tone(parse_toml(tone.FILE, print_toml("", table))))


def _read_offer(name: str, table: Mapping[str, Any], beside: Beside) -> Content:
    file = parse_toml(offers.FILE, print_toml(f"offers.{name}", table))
    return offers.dump_offer(offers.read_offer(name, file.table(f"offers.{name}"), beside.currency))


def _read_goal(name: str, table: Mapping[str, Any], beside: Beside) -> Content:
    file = parse_toml("goals.toml", print_toml(f"goals.{name}", table))
    return goals.dump_goal(goals.read_goal(name, file.table(f"goals.{name}")))


def _read_segment(name: str, table: Mapping[str, Any], beside: Beside) -> Content:
    """A segment as it is agreed on. What its traits allow is asked where it comes into force."""
    if name in beside.segments:
        raise FixTable("segments.toml", f"segments.{name}", "name", STANDS_IN_FILE)
    known = {each: Segment(each, "", InSegment(each)) for each in beside.segments}
    made = parse_segment(name, table, SegmentBook(known))
    return dump_segment(made)


def _write_segment(content: Content) -> dict[str, Any]:
    return {key: value for key, value in content.items() if key != "events" or value}


KINDS: Mapping[str, DraftKind] = {
    "journey": DraftKind(
        "triggers.toml", lambda name: f"triggers.{name}", journey_subject, read_journey,
        lambda content: write_table(parse_trigger(content)),
    ),
    "offer": DraftKind(
        offers.FILE, lambda name: f"offers.{name}", offer_subject, _read_offer,
        lambda content: offers.write_offer(offers.parse_offer(content)),
    ),
    "goal": DraftKind(
        "goals.toml", lambda name: f"goals.{name}", goal_subject, _read_goal,
        lambda content: goals.write_goal(goals.parse_goal(content)),
    ),
    "tone": DraftKind(
        tone.FILE, lambda name: "", lambda name: TONE, _read_tone,
        lambda content: tone.write_tone(tone.parse_tone(content)),
    ),
    "segment": DraftKind(
        "segments.toml", lambda name: f"segments.{name}", segment_subject, _read_segment, _write_segment
    ),
    "pressure": DraftKind(
        "guardrails.toml", lambda name: "", lambda name: GUARDRAILS, _read_pressure, write_pressure
    ),
}


def kind_of(kind: str) -> DraftKind:
    """FixInput for a kind that nothing is made of."""
    if kind not in KINDS:
        raise FixInput("kind", f"must be one of {', '.join(KINDS)}")
    return KINDS[kind]


def is_name(name: str) -> bool:
    """Whether a draft's subject may be called so; a file's may have a name that no draft can."""
    return _NAME.fullmatch(name) is not None


def require_name(name: str) -> str:
    """A subject's name, as a file's table may have it."""
    if not is_name(name):
        raise FixInput("name", "must be 2 to 48 lower-case letters, digits and underscores, a letter first")
    return name


def require_plain(body: Any) -> None:
    """FixInput for a table that no file could hold, or that is too large."""
    if not isinstance(body, Mapping):
        raise FixInput("body", "must be a table")
    count = 0
    stack: list[tuple[str, Any, int]] = [("", body, 0)]
    while stack:
        place, value, depth = stack.pop()
        count += 1
        if count > _MOST_VALUES or depth > _MOST_DEPTH:
            raise FixInput("body", "is too large")
        if isinstance(value, Mapping):
            stack += [(_join(place, str(key)), each, depth + 1) for key, each in value.items()]
            value = " ".join(str(key) for key in value)
        elif isinstance(value, list):
            stack += [(_join(place, str(n)), each, depth + 1) for n, each in enumerate(value, 1)]
            value = ""
        if not _is_plain(value):
            raise FixInput(place, "holds what no file of the shop can hold")


def find_problem(kind: str, name: str, body: Mapping[str, Any], beside: Beside) -> Problem | None:
    """What the file's parser says of it; None when it may be proposed."""
    made = kind_of(kind)
    try:
        made.read(name, body, beside)
    except FixTable as error:
        place = error.path.removeprefix(made.path(name)).strip(".")
        return Problem(_join(place, error.key), error.sentence, error.values)
    except FixConfiguration as error:
        return Problem("", str(error))
    return None


def print_draft(kind: str, name: str, body: Mapping[str, Any]) -> str:
    """The TOML that a developer takes into the repository."""
    return print_toml(kind_of(kind).path(name), body)


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _MOST_CHARACTERS and all(each.isprintable() or each in _SPACES for each in value)
    if isinstance(value, bool):
        return True
    return isinstance(value, int | float) and abs(value) < _MOST_NUMBER and math.isfinite(value)
