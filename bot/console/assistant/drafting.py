"""The assistant: a proposal -> the drafts that would do it, as the tables that the shop's files would hold. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.console.assistant.proposal import Kind, Proposal
from bot.console.assistant.unaddressed import ENTERED
from bot.decision.tables import write_table
from bot.decision.triggers import Trigger
from bot.errors import FixInput
from bot.profile.segments.describe import quote

MOVED_HOURS = 12
_NAMED = 8  # characters of a proposal's key that make a name its own


@dataclass(frozen=True)
class Wanted:
    """A draft to be made: of which kind, about what, and its table."""

    kind: str
    name: str
    body: Mapping[str, Any]


def list_wanted(
    proposal: Proposal, triggers: Sequence[Trigger], titles: Mapping[str, Mapping[str, str]]
) -> list[Wanted]:
    """The drafts of a proposal; `titles`: a segment's, by language. FixInput where nothing can be drafted any more."""
    make = _MAKE.get(proposal.kind)
    if make is None:
        raise FixInput("key", "is mended on the page of the data: there is nothing to draft")
    return make(proposal, {each.name: each for each in triggers}, titles)


def _segment(
    proposal: Proposal, triggers: Mapping[str, Trigger], titles: Mapping[str, Mapping[str, str]]
) -> list[Wanted]:
    name = f"audience_{proposal.key[:_NAMED]}"
    words = {"en": "Proposed audience", "fr": "Audience proposée"}
    return [Wanted("segment", name, {"rule": proposal.subject, **words, "events": True})]


def _journey(
    proposal: Proposal, triggers: Mapping[str, Trigger], titles: Mapping[str, Mapping[str, str]]
) -> list[Wanted]:
    """The words of another journey, begun when somebody comes into the segment; a segment of its own tells of that."""
    source, segment = _find(triggers, str(proposal.told["source"])), proposal.subject
    arriving = f"into_{segment}"[:48]
    words = {language: titles.get(segment, {}).get(language, segment) for language in ("en", "fr")}
    rule = f"in segment {quote(segment)}"
    body = {**write_table(source), "on": [ENTERED], "where": {"segment": [arriving]}}
    body.pop("audience", None)
    return [
        Wanted("segment", arriving, {"rule": rule, **words, "events": True}),
        Wanted("journey", f"greet_{segment}"[:48], body),
    ]


def _way(
    proposal: Proposal, triggers: Mapping[str, Trigger], titles: Mapping[str, Mapping[str, str]]
) -> list[Wanted]:
    trigger = _find(triggers, str(proposal.told["journey"]))
    kind, _, channel = str(proposal.told["policy"]).partition(":")
    table = write_table(trigger)
    table.pop("gamma", None)
    if kind == "even":
        table["gamma"] = 0.0
    if kind == "never":
        table = _without(table, channel)
    return [Wanted("journey", trigger.name, table)]


def _hour(
    proposal: Proposal, triggers: Mapping[str, Trigger], titles: Mapping[str, Mapping[str, str]]
) -> list[Wanted]:
    trigger = _find(triggers, str(proposal.told["journey"]))
    return [Wanted("journey", trigger.name, {**write_table(trigger), "may_move_hours": MOVED_HOURS})]


def _without(table: dict[str, Any], channel: str) -> dict[str, Any]:
    """The table with its first messages on the other channels alone."""
    messages = [
        {**each, "channels": [one for one in each["channels"] if one != channel]} if "channels" in each else each
        for each in table["messages"]
    ]
    return {
        **table, "channels": [each for each in table["channels"] if each != channel],
        "values": {each: value for each, value in table.get("values", {}).items() if each != channel},
        "messages": [each for each in messages if each.get("channels", [channel])],
    }


def _find(triggers: Mapping[str, Trigger], name: str) -> Trigger:
    if name not in triggers:
        raise FixInput("key", f"is about {name!r}, which the shop has no more")
    return triggers[name]


_MAKE: Mapping[
    Kind, Callable[[Proposal, Mapping[str, Trigger], Mapping[str, Mapping[str, str]]], list[Wanted]]
] = {"audience": _segment, "journey": _journey, "channel": _way, "hour": _hour}
