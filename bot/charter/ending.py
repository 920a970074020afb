"""The charter: what is to end, a subject beside each (`end:journey:cart_left`) -> what is in force without it. Pure.

Its content says whether it has ended, and for a journey whether whoever is in it finishes. What ended begins again by
another word on the same subject, agreed on likewise.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from bot.charter.book import Subject

PREFIX = "end:"
KINDS = ("journey", "offer", "goal", "segment")  # what may end
UnderWay = Literal["finish", "stop"]  # what becomes of whoever is in a journey


def end_subject(subject: str) -> Subject:
    """What the end of something is called where it is agreed on."""
    return Subject(f"{PREFIX}{subject}")


def is_end(subject: str) -> bool:
    """Whether a subject is the end of another."""
    return subject.startswith(PREFIX)


def ending_of(subject: str) -> Subject:
    """What such a subject is the end of."""
    return Subject(subject.removeprefix(PREFIX))


def may_end(subject: str) -> bool:
    """Whether it is of a kind that ends: caps and the tone are changed, never ended."""
    kind, _, name = subject.partition(":")
    return kind in KINDS and bool(name)


def say_end(subject: str, under_way: UnderWay) -> dict[str, Any]:
    """The content by which something ends; only a journey has somebody in it."""
    return {"has_ended": True, "under_way": under_way if subject.startswith("journey:") else "stop"}


def say_beginning() -> dict[str, Any]:
    """The content by which it begins again."""
    return {"has_ended": False, "under_way": ""}


def list_ended(agreed: Mapping[Subject, Mapping[str, Any]]) -> dict[Subject, UnderWay]:
    """What has ended by what was agreed on last, and what becomes of whoever is in it."""
    return {
        ending_of(subject): content["under_way"] for subject, content in agreed.items()
        if is_end(subject) and content["has_ended"]
    }


def keep_going(subjects: Iterable[Subject], agreed: Mapping[Subject, Mapping[str, Any]]) -> list[Subject]:
    """Those that have not ended."""
    ended = list_ended(agreed)
    return [each for each in subjects if each not in ended]
