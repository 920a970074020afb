"""Measurement: the same comparison among people of one kind: by the channel that stood first for them, by segment.

Both are of the moment at which they had the occasion, before anybody was dealt an arm: so each group is a fair
comparison by itself. What channel a message really took is not; whoever is held out took none. The same holds of
which version of a journey was in force at the time.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.decision.guardrails import Guardrails
from bot.decision.holdouts import chance_held_out
from bot.decision.triggers import Trigger
from bot.measure.goals import Goal, GoalBook
from bot.measure.lift import Lift, estimate_lift
from bot.measure.read import NOT_ASKED, read_entries, read_first_candidates, read_first_versions, read_members
from bot.measure.results import OWN, PROGRAMME, Arms, deal_arms, read_outcomes

CHANNEL, SEGMENT = "channel", "segment"


def measure_groups(
    connection: sa.Connection, book: GoalBook, goal: Goal, triggers: Sequence[Trigger], guardrails: Guardrails, *,
    since: datetime, now: datetime,
) -> dict[str, dict[str, Lift]]:
    """What all journeys that the programme's holdout goes without brought towards a goal: `channel` and `segment`, by
    name. Nothing where nobody is held out.
    """
    measured = tuple(each.name for each in triggers if each.purpose in guardrails.holdout_purposes)
    if not measured:
        return {}
    arms = deal_arms(read_entries(connection, measured, since=since, until=now), PROGRAMME, 0.0, False)
    closed = arms.entries.filter(pl.col("entered_at") + goal.window <= now)
    first = read_first_candidates(connection, measured, since)
    channels = {root: channel for root, each in first.items() if (channel := stands_first(each))}
    by_channel = pl.DataFrame({"root": list(channels), "group": list(channels.values())},
                              {"root": pl.String, "group": pl.String})
    within = read_members(connection, measured, since)
    found: dict[str, dict[str, Lift]] = {CHANNEL: {}, SEGMENT: {}}
    for kind, groups in ((CHANNEL, by_channel), (SEGMENT, within)):
        for name in sorted(groups["group"].unique()):
            theirs = closed.join(groups.filter(pl.col("group") == name), on="root", how="semi")
            found[kind][name] = _lift(connection, book, goal, measured, arms, theirs)
    return found


def measure_versions(
    connection: sa.Connection, book: GoalBook, goal: Goal, trigger: Trigger, guardrails: Guardrails, *,
    since: datetime, now: datetime,
) -> dict[str, Lift]:
    """What each version of a journey brought towards a goal, by its name, among those whose first occasion was under
    it. Nothing where nobody is held out.
    """
    share = guardrails.journey_holdouts.get(trigger.name, 0.0)
    is_in_programme = trigger.purpose in guardrails.holdout_purposes
    if not (share or is_in_programme):
        return {}
    names = (trigger.name,)
    entries = read_entries(connection, names, since=since, until=now, draws_for=trigger.name if share else "")
    arms = deal_arms(entries, OWN if share else PROGRAMME, share, is_in_programme)
    closed = arms.entries.filter(pl.col("entered_at") + goal.window <= now)
    begun = read_first_versions(connection, trigger.name, since)
    return {
        name: _lift(connection, book, goal, names, arms,
                    closed.join(begun.filter(pl.col("group") == name), on="root", how="semi"))
        for name in sorted(begun["group"].unique()) if name
    }


def stands_first(candidates: Sequence[Mapping[str, Any]]) -> str:
    """The channel of the candidate that is worth most, of those that nothing held but what nudging itself brings."""
    allowed = [each for each in candidates if set(each["held"]) <= set(NOT_ASKED)]
    best = max(allowed, key=lambda each: float(each.get("net_minor", each.get("value", 0.0))), default=None)
    return str(best["name"]).partition(":")[0] if best else ""


def _lift(
    connection: sa.Connection, book: GoalBook, goal: Goal, journeys: Sequence[str], arms: Arms, theirs: pl.DataFrame
) -> Lift:
    converted, _, history = read_outcomes(connection, book, goal, journeys, theirs)
    chance = chance_held_out(arms.share, theirs["parts"].to_numpy())
    return estimate_lift(converted, theirs[arms.held_out].to_numpy(), chance, history)

