"""Stage 3: a plan -> what is kept of it, ready for the store.

Decisions that somebody reads again (what was chosen, and who had the occasion, for measuring) become rows; the others
stay home for reasons that nothing will come of, and become bits (bot/decision/plan_blocks.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.crowd_columns import from_micros
from bot.decision.decide import name_held, say_move
from bot.decision.figures import list_figures
from bot.decision.guardrails import Caps
from bot.decision.plan import Plan
from bot.decision.plan_blocks import Block, keep_block, pack_block
from bot.profile.bulk_alike import Alike, append_decisions
from bot.profile.candidate_sets import keep_sets, number_of
from bot.profile.store.frames import MOMENT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_IN_THE_SET = "[]"
_FIGURES = 3  # numbers of a case: bot.decision.plan.Figures


@dataclass(frozen=True)
class Kept:
    """What is kept of a plan."""

    sets: Sequence[str]  # what was considered by many alike, as JSON
    decisions: Alike
    block: Mapping[str, Any]  # a row of `plan_blocks`; empty for nobody


def list_kept(plan: Plan) -> Kept:
    """The rows of those whose decision is read again, the bits of the others. Pure."""
    matter, rows, now = plan.matter, plan.kept, plan.moment.now
    others = np.setdiff1d(np.arange(len(plan.roots)), rows, assume_unique=True)
    block = Block(
        nudge=matter.nudge, subject=matter.wish.about, reason=matter.wish.reason,
        candidates=tuple(each.name for each in matter.candidates), decided_at=now,
        customer_ids=plan.roots.gather(others), held=plan.choice.held[others], figures=plan.figures.of(others),
        most=_most_of(plan), stock=matter.wish.stock,
    )
    columns = _list_columns(plan)
    chosen, probability = plan.choice.chosen[rows], plan.choice.probability[rows]
    considered = np.hstack([*(each.view(np.int64) for each in columns.values()), plan.figures.of(rows).stack()])
    first, case = find_cases(np.hstack([considered, chosen[:, None]]))
    # Where outcomes are learned or a moment may move, they are a person's own, and stay in the row.
    is_own = plan.features is not None or plan.moved_to is not None
    write = _to_json if is_own else _write
    texts = [write(plan, list(columns), considered[each]) for each in first.tolist()]
    sets = [""] * len(texts) if is_own else [number_of(each) for each in texts]
    names = pl.Series(["", *(each.name for each in matter.candidates)])
    cases = pl.DataFrame({
        "chosen": names.gather(chosen[first] + 1), "probability": probability[first],
        "candidates": pl.Series(texts if is_own else [_IN_THE_SET] * len(texts), dtype=pl.String),
        "candidate_set": pl.Series(sets, dtype=pl.String),
    }).with_columns(
        trigger=pl.lit(matter.nudge), subject=pl.lit(matter.wish.about), decided_at=pl.lit(now).cast(MOMENT),
        version=pl.lit(matter.trigger.version))
    own = pl.DataFrame({"customer_id": plan.roots.gather(rows), **_say_learning(plan)})
    decisions = Alike(cases, pl.Series(case, dtype=pl.UInt32), own)
    return Kept([] if is_own else list(dict.fromkeys(texts)), decisions, pack_block(block))


def keep_rows(connection: sa.Connection, kept: Kept, now: datetime, known: set[str]) -> None:
    """Append what was decided. `known`: sets that were kept as of the same moment, to which these are added. Writes."""
    keep_sets(connection, [each for each in kept.sets if each not in known], now)
    known.update(kept.sets)
    append_decisions(connection, kept.decisions)
    keep_block(connection, kept.block)


def find_cases(numbers: Ints) -> tuple[Ints, Ints]:
    """Which rows of N x M numbers are different: the place of the first of each, and for every row which it is like."""
    odd = np.random.default_rng(1).integers(-(2**62), 2**62, numbers.shape[1]) * 2 + 1
    _, first, case = np.unique(numbers @ odd, return_index=True, return_inverse=True)
    if (numbers[first[case]] != numbers).any():  # two cases came to one sum; it never happened
        _, first, case = np.unique(numbers, axis=0, return_index=True, return_inverse=True)
    return first, case.reshape(-1)


def _list_columns(plan: Plan) -> dict[str, Ints | Floats]:
    """What is kept of the candidates, by name, each kept x K."""
    choice, rows = plan.choice, plan.kept
    some: dict[str, Ints | Floats | None] = {
        "held": choice.held[rows], "probability": choice.weights[rows], "value": plan.values,
        "net_minor": plan.net_minor, "moved_to": plan.moved_to,
    }
    return {name: column for name, column in some.items() if column is not None}


def _write(plan: Plan, names: list[str], case: Ints) -> str:
    """The JSON of one case, made once for all crowds. The columns of a matter are always the same."""
    known, key = plan.matter.texts, case.tobytes()
    if key not in known:
        known[key] = _to_json(plan, names, case)
    return known[key]


def _to_json(plan: Plan, names: list[str], case: Ints) -> str:
    """One case: the bits of each column's numbers, one column after the other, then its figures."""
    columns = dict(zip(names, case[:-_FIGURES].reshape(len(names), -1), strict=True))
    day, week, quiet = case[-_FIGURES:].tolist()
    wish, caps, ends = plan.matter.wish, _most_of(plan), plan.figures.ends.get(quiet, {})
    told: list[dict[str, Any]] = [
        {"name": each.name, "held": name_held(bits, wish.reason),
         **list_figures(bits, (day, week), caps, ends.get(each.channel, {}), wish.reason, wish.stock)}
        for each, bits in zip(plan.matter.candidates, columns.pop("held").tolist(), strict=True)]
    for each, micros in zip(told, columns.pop("moved_to", np.zeros(0, dtype=np.int64)).tolist(), strict=False):
        each |= say_move(from_micros(micros)) if micros else {}
    for name, column in columns.items():
        for each, number in zip(told, column.view(np.float64).tolist(), strict=True):
            each[name] = number
    return orjson.dumps(told).decode()


def _most_of(plan: Plan) -> Caps:
    return plan.moment.guardrails.caps_for(plan.matter.trigger.purpose)


def _say_learning(plan: Plan) -> dict[str, pl.Series]:
    """What is learned from, and when the outcomes of what was chosen are known; null where nothing was."""
    if plan.features is None:
        return {}
    is_chosen = pl.Series(plan.choice.chosen[plan.kept] >= 0)
    texts = (orjson.dumps(row).decode() if known else None
             for row, known in zip(plan.features.tolist(), is_chosen.to_list(), strict=True))
    closes = plan.leaves_at.gather(plan.kept) + timedelta(seconds=plan.window_seconds)
    return {"features": pl.Series(list(texts), dtype=pl.String),
            "learn_at": pl.select(pl.when(is_chosen).then(closes)).to_series()}
