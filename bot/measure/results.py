"""Measurement: goals, decisions, messages and purchases -> what each journey brought, and for each euro."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.guardrails import Guardrails
from bot.decision.holdouts import chance_held_out
from bot.decision.pauses import Pause, read_pauses
from bot.decision.triggers import Trigger
from bot.measure.goals import ORDERS, Goal, GoalBook
from bot.measure.lift import Lift, estimate_lift
from bot.measure.read import read_entries, read_happenings, read_messages, read_purchases
from bot.profile.identities import HOLDOUT_SHARE

EVERYTHING = "*"  # all journeys together, against those who hear nothing at all
OWN, PROGRAMME, NONE = "own", "programme", "none"  # which holdout a journey is measured against
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Amount:
    """A number of minor units and the interval that holds it; without ends: too early to say."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GoalResult:
    """What a journey brought towards one goal. Everything is of the persons whose window has closed."""

    goal: Goal
    people: int
    in_window: int  # who may still convert, and is not counted yet
    messages: int
    conversions: Lift  # per person: what share did it
    margin: Lift  # per person, in minor units
    cost_minor: int

    @property
    def conversions_added(self) -> Amount:
        """Conversions that would not have been, over the persons who were not held out."""
        return _times(self.conversions, self.conversions.nudged)

    @property
    def margin_added(self) -> Amount:
        """Margin that would not have been, before the messages' cost."""
        return _times(self.margin, self.margin.nudged)

    @property
    def per_euro(self) -> Amount | None:
        """Margin added for each unit of money that messages cost; None where they cost nothing."""
        added, cost = self.margin_added, self.cost_minor
        return Amount(added.value / cost, added.low / cost, added.high / cost) if cost else None


@dataclass(frozen=True)
class JourneyResult:
    """A journey, or `*` for all of them."""

    journey: str
    holdout: str  # own | programme | none
    sent: int  # messages of the period
    reached: int  # persons they went to
    goals: tuple[GoalResult, ...]
    pause: Pause | None = None


@dataclass(frozen=True)
class Arms:
    """Who is compared: entries whose two arms differ by the journey alone."""

    entries: pl.DataFrame
    held_out: str  # the column
    share: float


def measure_journeys(
    connection: sa.Connection, book: GoalBook, triggers: Sequence[Trigger], guardrails: Guardrails, *,
    since: datetime, now: datetime,
) -> list[JourneyResult]:
    """Every journey that the shop has, and all together first, for persons who had the occasion since a moment."""
    pauses = read_pauses(connection)
    measured = tuple(each.name for each in triggers if each.purpose in guardrails.holdout_purposes)
    results = []
    if measured:
        results.append(_measure(connection, book, EVERYTHING, measured, PROGRAMME, 0.0, since, now, pauses))
    for trigger in triggers:
        share = guardrails.journey_holdouts.get(trigger.name, 0.0)
        kind = OWN if share else PROGRAMME if trigger.name in measured else NONE
        is_exclusive = trigger.name in measured  # the programme's holdout hears nothing of it: it is no arm of this one
        results.append(_measure(
            connection, book, trigger.name, (trigger.name,), kind, share, since, now, pauses, is_exclusive
        ))
    return results


def _measure(
    connection: sa.Connection, book: GoalBook, name: str, journeys: Sequence[str], kind: str, share: float,
    since: datetime, now: datetime, pauses: Mapping[str, Pause], leaves_programme_out: bool = False,
) -> JourneyResult:
    messages = read_messages(connection, journeys, since).filter(~pl.col("is_refused"))
    goals: tuple[GoalResult, ...] = ()
    if kind != NONE:
        entries = read_entries(connection, journeys, since=since, until=now, draws_for=name if kind == OWN else "")
        arms = deal_arms(entries, kind, share, leaves_programme_out)
        serving = [each for each in book.goals if name == EVERYTHING or each.serves(name)]
        goals = tuple(_measure_goal(connection, book, goal, journeys, arms, messages, now) for goal in serving)
    return JourneyResult(name, kind, messages.height, messages["root"].n_unique(), goals, pauses.get(name))


def deal_arms(entries: pl.DataFrame, kind: str, share: float, leaves_programme_out: bool) -> Arms:
    """With a holdout of its own, who is in the programme's is left out: they differ by every other journey too."""
    if kind == OWN:
        kept = entries.filter(~pl.col("is_holdout")) if leaves_programme_out else entries
        return Arms(kept.with_columns((pl.col("draw") < share).alias("held_out")), "held_out", share)
    return Arms(entries, "is_holdout", HOLDOUT_SHARE)


def _measure_goal(
    connection: sa.Connection, book: GoalBook, goal: Goal, journeys: Sequence[str], arms: Arms,
    messages: pl.DataFrame, now: datetime,
) -> GoalResult:
    closed = arms.entries.filter(pl.col("entered_at") + goal.window <= now)
    converted, margin, history = read_outcomes(connection, book, goal, journeys, closed)
    held_out = closed[arms.held_out].to_numpy()
    chance = chance_held_out(arms.share, closed["parts"].to_numpy())
    theirs = _within(closed, messages.rename({"at": "happened_at"}), goal.window)
    counts = dict(theirs.group_by("channel").len().iter_rows())
    return GoalResult(
        goal=goal,
        people=closed.height,
        in_window=arms.entries.height - closed.height,
        messages=theirs.height,
        conversions=estimate_lift(converted, held_out, chance, history),
        margin=estimate_lift(margin, held_out, chance, history),
        cost_minor=book.cost_minor(counts),
    )


def read_outcomes(
    connection: sa.Connection, book: GoalBook, goal: Goal, journeys: Sequence[str], entries: pl.DataFrame,
) -> tuple[Floats, Floats, Floats]:
    """For each entry: whether they converted, the margin in minor units, and what was known of them before."""
    first = entries["entered_at"].min()
    if not isinstance(first, datetime):
        return np.zeros(0), np.zeros(0), np.zeros((0, 0))
    bought = read_purchases(connection, journeys, book.currency, first - goal.history).rename({"at": "happened_at"})
    before = entries.join(bought, on="root").filter(
        pl.col("happened_at") <= pl.col("entered_at"), pl.col("happened_at") > pl.col("entered_at") - goal.history
    ).group_by("root").agg(pl.col("amount_minor").sum().alias("spent"), pl.col("is_order").sum().alias("orders"))
    if goal.counts == ORDERS:
        after = _within(entries, bought, goal.window).group_by("root").agg(
            pl.col("is_order").any().alias("converted"), pl.col("amount_minor").sum() * goal.margin_percent / 100
        ).rename({"amount_minor": "margin"})
    else:
        happened = read_happenings(connection, journeys, [goal.counts], first).rename({"at": "happened_at"})
        after = _within(entries, happened, goal.window).group_by("root").agg(
            pl.lit(True).first().alias("converted"), (pl.len().cast(pl.Float64) * goal.value_minor).alias("margin")
        )
    table = entries.select("root", "parts").join(after, on="root", how="left", maintain_order="left").join(
        before, on="root", how="left", maintain_order="left")
    history = table.select(
        pl.col("spent").fill_null(0).clip(0).cast(pl.Float64).log1p(),
        pl.col("orders").fill_null(0).cast(pl.Float64).log1p(),
        pl.col("parts").cast(pl.Float64),
    )
    return (
        table["converted"].fill_null(False).cast(pl.Float64).to_numpy(),
        table["margin"].fill_null(0).cast(pl.Float64).to_numpy(),
        history.to_numpy(),
    )


def _within(entries: pl.DataFrame, happened: pl.DataFrame, window: timedelta) -> pl.DataFrame:
    """What happened to each person from the moment they entered until their window closed."""
    return entries.select("root", "entered_at").join(happened, on="root").filter(
        pl.col("happened_at") >= pl.col("entered_at"), pl.col("happened_at") < pl.col("entered_at") + window
    )


def _times(lift: Lift, persons: int) -> Amount:
    return Amount(lift.effect * persons, lift.low * persons, lift.high * persons)
