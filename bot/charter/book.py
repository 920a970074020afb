"""The charter: who answers for what, as a shop writes it down in `charter.toml`, checked when it is read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, NewType

from bot.errors import FixConfiguration
from bot.toml_file import Table, TomlFile, read_toml

Part = Literal["it", "marketing", "cx"]
PARTS: tuple[Part, ...] = ("it", "marketing", "cx")
Subject = NewType("Subject", str)  # `journey:cart_left`, `goal:order`, `offer:maille15`, `yield:a:b`, `guardrails`
PersonName = NewType("PersonName", str)  # as somebody signs in to the console, in lower case
GUARDRAILS = Subject("guardrails")
TONE = Subject("tone")
ALARMS = Subject("alarms")  # and what messages cost; who answers for the guardrails answers for it
EVERYTHING = Subject("everything")  # where nothing nearer is said: nothing of it is ever agreed on, it has owners alone
# The group of the file -> the kind of its subjects.
GROUPS = {
    "goals": "goal", "journeys": "journey", "offers": "offer", "segments": "segment", "traits": "trait",
    "silos": "silo",
}
_TOP = frozenset({"deadline_days", "everything", "delegates", "guardrails", "tone", *GROUPS})
_MOST_DAYS = 60
LONGEST_NAME = 64
LONGEST_SUBJECT = 76  # `segment:` or `journey:` and a name; with `end:` before it, it fits its column


@dataclass(frozen=True)
class Owner:
    """Who answers for a part; the delegate answers in their place once the deadline is over, "" nobody."""

    person: PersonName
    delegate: PersonName


@dataclass(frozen=True)
class Charter:
    """Who answers for everything, and for what in particular."""

    deadline: timedelta
    everything: Mapping[Part, Owner]
    owners: Mapping[Subject, Mapping[Part, Owner]]


def load_charter(path: Path, known: Mapping[str, Collection[str]]) -> Charter | None:
    """Read a shop's charter; None for a shop that has none. `known`: group -> the names that there are.

    FixConfiguration names file, line and key of what is wrong. A group that is not in `known` may name anything: data
    come from silos that no file lists.
    """
    if not path.exists():
        return None
    file = read_toml(path)
    file.refuse_unknown(_TOP)
    delegates = _read_delegates(file)
    return Charter(
        _read_deadline(file), _read_owners(file.table("everything"), delegates, PARTS),
        _read_particular(file, delegates, known),
    )


def name_person(name: str) -> PersonName:
    """A name as the console keeps it: one space between words, lower case."""
    return PersonName(" ".join(name.split()).casefold())


def _read_deadline(file: TomlFile) -> timedelta:
    top = Table(file, "charter", 0, file.content)
    days = top.number("deadline_days")
    if not 0 < days <= _MOST_DAYS:
        raise top.fail("deadline_days", f"must be more than 0 and {_MOST_DAYS} at most")
    return timedelta(days=days)


def _read_delegates(file: TomlFile) -> dict[PersonName, PersonName]:
    table = file.table("delegates")
    return {name_person(key): _read_name(table, key) for key in table.values}


def _read_particular(
    file: TomlFile, delegates: Mapping[PersonName, PersonName], known: Mapping[str, Collection[str]]
) -> dict[Subject, Mapping[Part, Owner]]:
    found: dict[Subject, Mapping[Part, Owner]] = {}
    for group, kind in GROUPS.items():
        for name, table in file.tables(group):
            if group in known and name not in known[group]:
                raise FixConfiguration(
                    f"{file.name}, line {table.line}: [{group}.{name}] is none of the shop's; known are "
                    f"{', '.join(sorted(known[group])) or 'none'}"
                )
            found[Subject(f"{kind}:{name}")] = _read_owners(table, delegates)
    return {**found, **{each: _read_owners(file.table(each), delegates) for each in (GUARDRAILS, TONE)}}


def _read_owners(
    table: Table, delegates: Mapping[PersonName, PersonName], required: tuple[Part, ...] = ()
) -> dict[Part, Owner]:
    table.refuse_unknown(frozenset(PARTS))
    named = {part: _read_name(table, part) for part in PARTS if part in table.values or part in required}
    return {part: Owner(person, delegates.get(person, PersonName(""))) for part, person in named.items()}


def _read_name(table: Table, key: str) -> PersonName:
    name = name_person(table.text(key))
    if not name or len(name) > LONGEST_NAME:
        raise table.fail(key, f"must be the name of a person, {LONGEST_NAME} characters at most")
    return name
