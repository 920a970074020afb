"""The charter: who yields, a subject for each two journeys (`yield:birthday:cart_left`) <-> the engine's yields. Pure.

The names stand in their order, so that one subject says it of both. Its content names the one that yields, "" neither.
"""

from collections.abc import Mapping
from typing import Any

from bot.charter.book import Subject
from bot.decision.yields import Yields, find_circle

PREFIX = "yield:"
NEITHER = ""
Pair = tuple[str, str]


def yield_subject(one: str, other: str) -> Subject:
    """What it is called where two journeys are agreed on."""
    first, second = sorted((one, other))
    return Subject(f"{PREFIX}{first}:{second}")


def is_yield(subject: Subject) -> bool:
    """Whether a subject is of who yields."""
    return subject.startswith(PREFIX)


def pair_of(subject: Subject) -> Pair:
    """The two journeys of such a subject, in the order of their names."""
    first, _, second = subject.removeprefix(PREFIX).partition(":")
    return first, second


def dump_yields(yields: Yields) -> dict[Subject, dict[str, str]]:
    """What a shop's file says, as it is agreed on."""
    return {yield_subject(each, other): {"yields": each} for each, others in yields.items() for other in others}


def agree_yields(agreed: Mapping[Subject, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """What the engine goes by: of each two the one that was agreed on last."""
    found: dict[str, list[str]] = {}
    for subject, content in agreed.items():
        if is_yield(subject) and content["yields"] != NEITHER:
            first, second = pair_of(subject)
            found.setdefault(content["yields"], []).append(second if content["yields"] == first else first)
    return {journey: tuple(sorted(others)) for journey, others in found.items()}


def find_circle_with(
    agreed: Mapping[Subject, Mapping[str, Any]], subject: Subject, content: Mapping[str, Any]
) -> tuple[str, ...]:
    """The circle that one more word would close, if any."""
    return find_circle(agree_yields({**agreed, subject: content}))


def take_back_missing(
    written: Mapping[Subject, Mapping[str, Any]], of_files: Mapping[Subject, Mapping[str, Any]]
) -> dict[Subject, dict[str, str]]:
    """What a file said of two journeys and says no more is to end, and that is agreed on too: more would be said.

    `of_files`: what is in force because a file said it. With a journey that is gone it is over anyway.
    """
    return {
        subject: {"yields": NEITHER} for subject, content in of_files.items()
        if is_yield(subject) and subject not in written and content["yields"] != NEITHER
        and all(f"journey:{each}" in written for each in pair_of(subject))
    }
