"""Measurement: figures -> sentences a marketer can act on, in both languages. Pure."""

import math
from collections.abc import Callable, Iterator

from bot.decision.model_store import Drift
from bot.measure.alarms import Reading
from bot.measure.lift import Lift
from bot.measure.results import EVERYTHING, NONE, OWN, Amount, GoalResult, JourneyResult
from bot.texts.catalogue import format_money, format_percent, format_signed, translate

_VERDICTS = {
    "more": "Nudging brings more: {effect} per person ({low} to {high}).",
    "less": "Nudging does harm: {effect} per person ({low} to {high}).",
    "unclear": "No difference is shown yet: {effect} per person ({low} to {high}).",
    "early": "Too early to say: too few people or conversions in one of the two groups.",
}
_REASONS = {
    "opt_outs": "too many people said no after it",
    "complaints": "too many people complained after it",
    "refusals": "too many messages were refused",
    "by_hand": "stopped by hand",
}
_DRIFTS = {
    "less": "What is learned has drifted: since {day} UTC messages bring less than version {version} expected, by "
    "{errors} standard errors.",
    "more": "What is learned has drifted: since {day} UTC messages bring more than version {version} expected, by "
    "{errors} standard errors.",
    "now": "Decisions go by triggers.toml until a new version is learned. `prevenant values` lists them.",
    "over": "A version learned since then is in force. `prevenant values` lists them.",
}
_METRICS = {"opt_outs": "said no", "complaints": "complained", "refusals": "could not be reached"}


def say_journey(language: str, result: JourneyResult, currency: str) -> Iterator[str]:
    """A journey in sentences, one a line."""
    if result.pause:
        yield translate(
            language, "Rests since {day} UTC: {reason}. `prevenant measure resume {journey}` lets it go on.",
            day=f"{result.pause.paused_at:%Y-%m-%d %H:%M}", journey=result.journey,
            reason=translate(language, _REASONS.get(result.pause.reason, result.pause.reason)),
        )
    yield translate(language, "{messages} messages to {people} people.", messages=result.sent, people=result.reached)
    yield translate(language, _compared_with(result))
    for goal in result.goals:
        yield from _say_goal(language, goal, currency)


def say_reading(language: str, reading: Reading) -> str:
    """A guardrail's count beside its line."""
    share = reading.hits / reading.reached if reading.reached else 0.0
    sentence = "{hits} of {people} {did} ({share}; at most {line})."
    return translate(
        language, sentence, hits=reading.hits, people=reading.reached,
        did=translate(language, _METRICS[reading.metric]), share=_percent(language, share),
        line=_percent(language, reading.at_most),
    )


def say_drift(language: str, drift: Drift) -> Iterator[str]:
    """That expectations no longer fit, and by what decisions go meanwhile, one a line."""
    yield translate(
        language, _DRIFTS["less" if drift.errors_off < 0 else "more"], day=f"{drift.drifted_at:%Y-%m-%d %H:%M}",
        version=drift.version, errors=f"{abs(drift.errors_off):.1f}",
    )
    yield translate(language, _DRIFTS["over" if drift.is_over else "now"])


def _compared_with(result: JourneyResult) -> str:
    if result.holdout == NONE:
        return "Nobody is held out of it: what it brings cannot be told."
    if result.holdout == OWN:
        return "Compared with people who go without this journey alone."
    if result.journey == EVERYTHING:
        return "Compared with people who go without any of them."
    return "Compared with people who go without any offers, this one's among them."


def _say_goal(language: str, found: GoalResult, currency: str) -> Iterator[str]:
    lift = found.conversions
    yield translate(
        language, "{goal}: {people} people, {held_out} of them held out; {nudged_rate} against {held_rate} without."
        " {waiting} more are within their {days} days.",
        goal=found.goal.names[language].capitalize(), people=found.people, held_out=lift.held_out,
        nudged_rate=_percent(language, lift.mean_nudged), held_rate=_percent(language, lift.mean_held_out),
        waiting=found.in_window, days=f"{found.goal.window.total_seconds() / 86400:g}",
    )
    yield _say_lift(language, lift)
    if not lift.is_known:
        return
    yield translate(
        language, "{goals} added: {range}.", goals=found.goal.names[language].capitalize(),
        range=_range(language, found.conversions_added, lambda each: format_signed(language, each)),
    )
    if not found.margin.is_known:
        return

    def money(amount: float) -> str:
        return format_money(language, round(amount), currency)

    yield translate(
        language, "Margin added: {range}; the messages cost {cost}.",
        range=_range(language, found.margin_added, money), cost=money(found.cost_minor),
    )
    per_euro = found.per_euro
    if per_euro is not None:
        one = format_money(language, 100, currency)
        yield translate(
            language, "For each {one} spent: {range}.", one=one,
            range=_range(language, per_euro, lambda each: money(each * 100)),
        )


def _say_lift(language: str, lift: Lift) -> str:
    if not lift.is_known:
        return translate(language, _VERDICTS["early"])
    return translate(
        language, _VERDICTS[lift.verdict], effect=_points(language, lift.effect), low=_points(language, lift.low),
        high=_points(language, lift.high),
    )


def _range(language: str, amount: Amount, say: Callable[[float], str]) -> str:
    if math.isinf(amount.low):
        return translate(language, "not known yet")
    return translate(
        language, "{value} ({low} to {high})", value=say(amount.value), low=say(amount.low), high=say(amount.high)
    )


def _points(language: str, share: float) -> str:
    sign = "+" if share >= 0 else "−"
    return f"{sign}{format_percent(language, round(abs(share) * 100, 2))}"


def _percent(language: str, share: float) -> str:
    return format_percent(language, round(share * 100, 2))
