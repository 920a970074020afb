"""The charter: what a shop's files say that nobody agrees on -> its rules by file, to tell which of them change. Pure.

docs/decisions/0011-what-is-told-and-not-agreed-on.md says why these are told of alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from bot.charter.agreement import flatten
from bot.charter.content import Written
from bot.decision.guardrails import Guardrails
from bot.measure.goals import GoalBook
from bot.profile.traits import describe

Rules = Mapping[str, str]  # place -> what stands there


def list_rules(written: Written) -> dict[str, Rules]:
    """File -> its rules, as they are told when they change."""
    files = {
        "guardrails.toml": _guardrails(written.guardrails), "goals.toml": _goals(written.goals),
        "traits.toml": {name: describe(each) for name, each in written.segments.traits.items()},
    }
    return {name: dict(flatten(rules)) for name, rules in files.items()}


def _guardrails(guardrails: Guardrails) -> dict[str, Any]:
    """All but caps, quiet hours and who yields, which are agreed on."""
    pricing, lawful = guardrails.pricing, guardrails.lawful_quiet
    laws = {each.country: _list_values(asdict(each)) for each in guardrails.laws}
    return {
        "lawful_quiet": {**(_list_values(asdict(lawful)) if lawful else {}), **laws},
        "holdout": {
            "purposes": _join(sorted(guardrails.holdout_purposes)), "journeys": dict(guardrails.journey_holdouts),
        },
        "open_matters": {"days": guardrails.open_matter_days},
        "conversation": {
            "nudge_question_seconds": guardrails.nudge_question_seconds,
            "in_conversation_seconds": guardrails.in_conversation_seconds,
            "retry_seconds": guardrails.retry_seconds, "language": guardrails.language,
        },
        "learning": asdict(guardrails.learning),
        "worth": {"purchase_minor": pricing.purchase_minor, "fatigue": pricing.fatigue},
    }


def _goals(book: GoalBook) -> dict[str, Any]:
    """All but the goals, the costs and the alarms, which are agreed on."""
    return {"currency": book.currency}


def _list_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _join(each) if isinstance(each, tuple) else each for key, each in values.items()}


def _join(words: Iterable[str]) -> str:
    return ", ".join(words)
