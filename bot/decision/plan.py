"""Stage 3: a crowd and one matter -> the same decisions as one by one, over columns.

What holds and what is chosen is said by the functions that decide for one: `find_held`, `hold_unworthy` and
`choose_next_action`. Kept as rows are the decisions that somebody reads again: what was chosen, and who had the
occasion, for measuring. The others stay home for reasons that nothing will come of: these are kept as bits
(bot/decision/plan_blocks.py).
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.choose import Choice, choose_next_action, find_held
from bot.decision.crowd import Crowd
from bot.decision.crowd_columns import Matter, build_columns, from_micros, take_rows, to_micros
from bot.decision.decide import name_held, say_move
from bot.decision.facts_for import Moment
from bot.decision.guardrails import OCCASIONAL
from bot.decision.net_worth import hold_unworthy
from bot.decision.persons import read_persons
from bot.decision.plan_blocks import Block, keep_block
from bot.decision.timing import move_to_best_hours
from bot.decision.worth import Worth, price, value_candidates
from bot.profile.bulk import append_decision_frame
from bot.profile.candidate_sets import keep_sets
from bot.profile.store.frames import MOMENT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_IN_THE_SET = "[]"


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
    columns = take_rows(columns, persons)
    caps, pricing = moment.guardrails.caps_for(matter.trigger.purpose), moment.guardrails.pricing
    held = find_held(
        columns, per_day=caps.per_day, per_week=caps.per_week, holds_holdout=True, is_paused=moment.is_paused)
    roots, leaves_at = crowd.roots.gather(persons), leaves_at[persons]
    kept = np.flatnonzero(((held & ~int(OCCASIONAL)) == 0).any(axis=1))
    worth, moved_to = _value(connection, matter, moment, roots.gather(kept), leaves_at[kept])
    is_moved, leaves_at[kept] = moved_to != leaves_at[kept], moved_to
    worth = price(worth, columns.sent_week[kept], matter.candidates, pricing)
    held[kept] = hold_unworthy(held[kept], worth.hopes, matter.trigger.purpose, pricing)
    hopes = np.zeros(held.shape)  # of no account where everything is held
    hopes[kept] = worth.hopes
    choice = choose_next_action(hopes, held, gamma=worth.gamma, rng=rng)
    first = np.maximum(choice.chosen, 0)
    features = None if worth.features is None else worth.features[np.arange(len(kept)), first[kept]]
    when = pl.Series(leaves_at[np.arange(len(persons)), first]).cast(MOMENT)
    return Plan(
        matter, moment, persons, roots, choice, when, kept, worth.values, features, worth.window_seconds,
        worth.net_minor, np.where(is_moved, moved_to, 0) if matter.trigger.may_move_hours else None)


def keep_plan(connection: sa.Connection, plan: Plan) -> None:
    """Append what was decided: a row for each that is read again, bits for the others. Writes."""
    matter, rows, now = plan.matter, plan.kept, plan.moment.now
    names = pl.Series(["", *(each.name for each in matter.candidates)])
    frame = pl.DataFrame({
        "customer_id": plan.roots.gather(rows), **_say_candidates(connection, plan),
        "chosen": names.gather(plan.choice.chosen[rows] + 1), "probability": plan.choice.probability[rows],
        "features": _say_features(plan), "learn_at": _learn_at(plan),
    }).with_columns(
        trigger=pl.lit(matter.nudge), subject=pl.lit(matter.wish.about), decided_at=pl.lit(now).cast(MOMENT),
        version=pl.lit(matter.trigger.version))
    append_decision_frame(connection, frame)
    others = np.setdiff1d(np.arange(len(plan.roots)), rows, assume_unique=True)
    keep_block(connection, Block(
        nudge=matter.nudge, subject=matter.wish.about, reason=matter.wish.reason,
        candidates=tuple(each.name for each in matter.candidates), decided_at=now,
        customer_ids=plan.roots.gather(others), held=plan.choice.held[others],
    ))


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
    moved = move_to_best_hours(connection, people, matter.trigger, wishes, matter.candidates, moments, moment)
    worth = value_candidates(connection, people, matter.trigger, wishes, matter.candidates, moved, moment)
    return worth, np.array([[to_micros(at) for at in row] for row in moved], dtype=np.int64)


def _say_candidates(connection: sa.Connection, plan: Plan) -> dict[str, pl.Series]:
    """Every kept row's `candidates` as JSON, or the `candidate_set` that has them. Writes the sets.

    Where outcomes are learned or a moment may move, they are a person's own, and stay in the row.
    """
    columns = _list_columns(plan)
    cases = _list_cases(np.hstack([each.view(np.int64) for each in columns.values()]))
    texts = {each: _write(plan, list(columns), each) for each in dict.fromkeys(cases)}
    if plan.features is None and plan.moved_to is None:
        keys = dict(zip(texts, keep_sets(connection, list(texts.values()), plan.moment.now), strict=True))
        own, shared = [_IN_THE_SET] * len(cases), [keys[each] for each in cases]
    else:
        own, shared = [texts[each] for each in cases], [""] * len(cases)
    said = {"candidates": own, "candidate_set": shared}
    return {name: pl.Series(values, dtype=pl.String) for name, values in said.items()}


def _list_cases(numbers: Ints) -> list[bytes]:
    """The bits of every row: what is alike has the same."""
    return list(np.ascontiguousarray(numbers).view(f"V{numbers.shape[1] * numbers.itemsize}").ravel().tolist())


def _write(plan: Plan, names: list[str], case: bytes) -> str:
    """The JSON of one case, made once for all crowds. The columns of a matter are always the same."""
    known = plan.matter.texts
    if case not in known:
        known[case] = _to_json(plan, names, np.frombuffer(case, dtype=np.int64))
    return known[case]


def _list_columns(plan: Plan) -> dict[str, Ints | Floats]:
    """What is kept of the candidates, by name, each kept x K."""
    choice, rows = plan.choice, plan.kept
    some: dict[str, Ints | Floats | None] = {
        "held": choice.held[rows], "probability": choice.weights[rows], "value": plan.values,
        "net_minor": plan.net_minor, "moved_to": plan.moved_to,
    }
    return {name: column for name, column in some.items() if column is not None}


def _to_json(plan: Plan, names: list[str], case: Ints) -> str:
    """One case: the bits of each column's numbers, one column after the other."""
    columns = dict(zip(names, case.reshape(len(names), -1), strict=True))
    told = [{"name": each.name, "held": name_held(bits, plan.matter.wish.reason)}
            for each, bits in zip(plan.matter.candidates, columns.pop("held").tolist(), strict=True)]
    for each, micros in zip(told, columns.pop("moved_to", np.zeros(0, dtype=np.int64)).tolist(), strict=False):
        each |= say_move(from_micros(micros)) if micros else {}
    for name, column in columns.items():
        for each, number in zip(told, column.view(np.float64).tolist(), strict=True):
            each[name] = number
    return orjson.dumps(told).decode()


def _say_features(plan: Plan) -> pl.Series:
    if plan.features is None:
        return pl.Series([None] * len(plan.kept), dtype=pl.String)
    is_chosen = plan.choice.chosen[plan.kept] >= 0
    texts = (orjson.dumps(row).decode() if known else None
             for row, known in zip(plan.features.tolist(), is_chosen.tolist(), strict=True))
    return pl.Series(list(texts), dtype=pl.String)


def _learn_at(plan: Plan) -> pl.Series:
    """When the outcomes of what was chosen are known; null where nothing is learned."""
    leaves_at = plan.leaves_at.gather(plan.kept)
    if plan.features is None:
        return pl.Series([None] * len(leaves_at), dtype=MOMENT)
    closes = leaves_at + timedelta(seconds=plan.window_seconds)
    return pl.select(pl.when(pl.Series(plan.choice.chosen[plan.kept] >= 0)).then(closes)).to_series()
