"""Stage 3: a crowd and one matter -> the same decisions as one by one, over columns.

What holds and what is chosen is said by the functions that decide for one: `find_held`, `hold_unworthy` and
`choose_next_action`. What is kept of a plan is in bot/decision/plan_rows.py.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.choose import Choice, Columns, choose_next_action, find_held
from bot.decision.crowd import Crowd
from bot.decision.crowd_columns import Matter, build_columns, to_micros
from bot.decision.decide import name_held
from bot.decision.facts_for import Moment
from bot.decision.figures import say_quiet_end
from bot.decision.guardrails import OCCASIONAL, Held
from bot.decision.learned import read_learned
from bot.decision.net_worth import hold_unworthy
from bot.decision.persons import read_persons
from bot.decision.timing import move_to_best_hours
from bot.decision.worth import Worth, price, value_candidates
from bot.profile.store.frames import MOMENT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ends = Mapping[str, Mapping[str, str]]  # channel -> when quiet ends, as kept
_CAP_DAY, _CAP_WEEK, _QUIET = (int(each) for each in (Held.CAP_DAY, Held.CAP_WEEK, Held.QUIET_HOURS))


@dataclass(frozen=True)
class Figures:
    """What goes with the bits of N persons: messages of the day and the week, and when quiet ends where they are."""

    day: Ints  # N; 0 where no cap holds anything
    week: Ints  # N
    quiet: Ints  # N: the number of an end of quiet, 0 where it holds nothing or nobody knows
    ends: Mapping[int, Ends]  # number -> the ends; the same number for the same ones, always

    def of(self, rows: Ints) -> "Figures":
        """Those of some rows."""
        return Figures(self.day[rows], self.week[rows], self.quiet[rows], self.ends)

    def stack(self) -> Ints:
        """N x 3: all that differs from person to person."""
        return np.stack([self.day, self.week, self.quiet], axis=1)


@dataclass(frozen=True)
class Plan:
    """What was decided of one matter for N persons and K candidates."""

    matter: Matter
    moment: Moment
    persons: Ints  # N: their numbers in the crowd
    roots: pl.Series  # N
    choice: Choice
    leaves_at: pl.Series  # N: when the choice leaves, or the first candidate would
    kept: Ints  # the rows of those whose decision is read again; what follows is theirs
    values: Floats  # kept x K
    figures: Figures  # of all persons
    features: Floats | None = None  # kept x D, of the chosen, where outcomes are learned
    window_seconds: float = 0.0
    net_minor: Floats | None = None  # kept x K, where the shop prices
    moved_to: Ints | None = None  # kept x K, microseconds, 0 where it was not moved; where its trigger may wait

    @property
    def chosen(self) -> Ints:
        """The rows in which something was chosen."""
        return np.flatnonzero(self.choice.chosen >= 0)

    def count_reasons(self) -> Counter[str]:
        """How often each word held somebody for whom nothing was chosen."""
        silent = np.bitwise_or.reduce(self.choice.held[self.choice.chosen < 0], axis=1)
        found: Counter[str] = Counter()
        for bits, times in zip(*(each.tolist() for each in np.unique(silent, return_counts=True)), strict=True):
            for word in name_held(bits, self.matter.wish.reason):
                found[word] += times
        return found


def plan_matter(
    connection: sa.Connection, crowd: Crowd, matter: Matter, moment: Moment, rng: np.random.Generator
) -> Plan:
    """Decide one matter for everybody of a crowd whom the shop can name. Writes nothing."""
    persons = np.flatnonzero(crowd.is_known)
    columns, leaves_at = build_columns(crowd, matter, moment)
    caps, pricing = moment.guardrails.caps_for(matter.trigger.purpose), moment.guardrails.pricing
    held = find_held(
        columns, per_day=caps.per_day, per_week=caps.per_week, holds_holdout=True, is_paused=moment.is_paused)[persons]
    roots, leaves_at = crowd.roots.gather(persons), leaves_at[persons]
    kept = np.flatnonzero(((held & ~int(OCCASIONAL)) == 0).any(axis=1))
    worth, moved_to = _value(connection, matter, moment, roots.gather(kept), leaves_at[kept])
    is_moved, leaves_at[kept] = moved_to != leaves_at[kept], moved_to
    worth = price(worth, columns.sent_week[persons[kept]], matter.candidates, pricing)
    held[kept] = hold_unworthy(held[kept], worth.hopes, matter.trigger.purpose, pricing)
    hopes = np.zeros(held.shape)  # of no account where everything is held
    hopes[kept] = worth.hopes
    choice = choose_next_action(hopes, held, gamma=worth.gamma, rng=rng)
    first = np.maximum(choice.chosen, 0)
    features = None if worth.features is None else worth.features[np.arange(len(kept)), first[kept]]
    when = pl.Series(leaves_at[np.arange(len(persons)), first]).cast(MOMENT)
    return Plan(
        matter, moment, persons, roots, choice, when, kept, worth.values,
        find_figures(crowd, persons, columns, held, matter, moment), features, worth.window_seconds, worth.net_minor,
        np.where(is_moved, moved_to, 0) if matter.trigger.may_move_hours else None)


def find_figures(
    crowd: Crowd, persons: Ints, columns: Columns, held: Ints, matter: Matter, moment: Moment
) -> Figures:
    """The figures of what held these persons."""
    bits = np.bitwise_or.reduce(held, axis=1)
    zones = crowd.zones if (bits & _QUIET).any() else []
    channels = sorted({each.channel for each in matter.candidates})
    ends = [_say_ends(each, matter.trigger.purpose, channels, moment) for each in zones]
    numbers = np.array([_number(each) for each in ends] or [0], dtype=np.int64)
    zone = crowd.zone[persons] if ends else np.zeros(len(persons), dtype=np.int64)
    return Figures(
        np.where(bits & _CAP_DAY, columns.sent_day[persons], 0),
        np.where(bits & _CAP_WEEK, columns.sent_week[persons], 0), np.where(bits & _QUIET, numbers[zone], 0),
        {number: end for number, end in zip(numbers.tolist(), ends, strict=False) if number})


def _say_ends(zones: Sequence[str], purpose: str, channels: Sequence[str], moment: Moment) -> Ends:
    said = {channel: say_quiet_end(zones, purpose, channel, moment) for channel in channels}
    return {channel: end for channel, end in said.items() if end}


def _number(ends: Ends) -> int:
    """Of ends of quiet, the same in every crowd; 0 for none."""
    return int.from_bytes(sha256(repr(ends).encode()).digest()[:7]) if ends else 0


def _value(
    connection: sa.Connection, matter: Matter, moment: Moment, roots: pl.Series, leaves_at: Ints
) -> tuple[Worth, Ints]:
    """What candidates are worth, and when each leaves: by the shop's file alike for all, else person by person."""
    if roots.is_empty() or not (moment.guardrails.learning.is_on or matter.trigger.may_move_hours):
        rules = np.tile(np.array([each.value for each in matter.candidates], dtype=np.float64), (len(roots), 1))
        return Worth(rules, rules, matter.trigger.gamma), leaves_at
    names = roots.to_list()
    people = read_persons(connection, names, matter.trigger.purpose, moment.now)
    wishes = [replace(matter.wish, root=each) for each in names]
    moments = [tuple(pl.Series(row).cast(MOMENT)) for row in leaves_at]
    learned = read_learned(connection, matter.trigger, [people[each] for each in names], moment.guardrails.learning)
    moved = move_to_best_hours(learned, people, matter.trigger, wishes, matter.candidates, moments, moment)
    worth = value_candidates(learned, people, matter.trigger, wishes, matter.candidates, moved, moment)
    return worth, np.array([[to_micros(at) for at in row] for row in moved], dtype=np.int64)
