"""A seed segment -> the persons most like those in it, and how well "like" could be told.

What is compared is computed for everybody at once: what, when and for how much they bought, what they did
lately. A logistic regression (numpy, Newton's steps, ridge) learns the seed from everybody else on four
fifths; the AUC is measured on the fifth that it never saw. Only people who agreed to suggestions from what they
did are looked at, on either side, and nothing that the shop says tells too much.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from bot.errors import FixInput
from bot.profile.segments.book import LOOKALIKE, Segment
from bot.profile.segments.members import Change, apply_change
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.segments.tree import Bought, Consents, Did, InSegment, conditions_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, events, purchases, segment_members

MIN_SEED = 20
AGREED = Consents("personalisation", "web")  # as suggestions on the site ask for it
TELLS_TOO_MUCH = "goes by what tells too much of people ([assistant] of privacy.toml)"
_TYPES, _BRANDS = 12, 8  # shares of the most bought ones are features
_LATELY = timedelta(days=30)
_RIDGE = 1.0
_STEPS = 25
_Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Lookalike:
    """Who is most like a seed, the most alike first, and how sure that is."""

    name: str
    persons: tuple[str, ...]
    auc: float  # of seed against others, on the held-out fifth: 0.5 is chance
    seed: int
    population: int
    weights: tuple[tuple[str, float], ...]  # what counted most, for one standard deviation more of it


def find_lookalike(
    connection: sa.Connection, segment: str, size: int, *, now: datetime, never: Collection[str] = (), seed: int = 0
) -> Lookalike:
    """The `size` persons outside a segment most like those in it, of those who agreed. FixInput for too few of them.

    `never`: product types, brands and events that are not gone by. `seed` is chance's, for who is held out.
    """
    if size < 1:
        raise FixInput("size", "must be 1 or more")
    members = set(_members(connection, segment))
    features = read_features(connection, now, never)
    features = features.filter(pl.col("root_id").is_in(_agreed(connection, now)))
    is_seed = features["root_id"].is_in(list(members)).to_numpy()
    if is_seed.sum() < MIN_SEED or (~is_seed).sum() < MIN_SEED:
        raise FixInput("segment", f"{segment!r} needs {MIN_SEED} persons in it and {MIN_SEED} outside who agreed to "
                                  f"suggestions; it has {int(is_seed.sum())} and {int((~is_seed).sum())}")
    names = [name for name in features.columns if name != "root_id"]
    table = _standardise(features.select(names).to_numpy().astype(np.float64))
    held_out = _hold_out(is_seed, np.random.default_rng(seed))
    auc = measure_auc(table[held_out] @ fit(table[~held_out], is_seed[~held_out]), is_seed[held_out])
    weights = fit(table, is_seed)
    scores = np.where(is_seed, -np.inf, table @ weights)
    best = np.argsort(-scores, kind="stable")[: min(size, int((~is_seed).sum()))]
    strongest = sorted(zip(names, weights[:-1], strict=True), key=lambda each: -abs(each[1]))[:6]
    return Lookalike(
        f"{LOOKALIKE}{segment}", tuple(features["root_id"].gather(best)), auc, int(is_seed.sum()), len(is_seed),
        tuple((name, round(float(weight), 3)) for name, weight in strongest),
    )


def keep_lookalike(store: Store, found: Lookalike, *, now: datetime) -> Change:
    """Make them the members of the look-alike segment, instead of whoever was. Writes."""
    with store.write() as connection:
        inside = set(_members(connection, found.name))
        wanted = set(found.persons)
        change = Change(tuple(sorted(wanted - inside)), tuple(sorted(inside - wanted)))
        return apply_change(connection, Segment(found.name, "", InSegment(found.name)), change, now=now)


def names_any(segment: Segment, never: Collection[str]) -> bool:
    """Whether a segment's own rule goes by something that tells too much."""
    said = [each.value if isinstance(each, Bought) else each.event if isinstance(each, Did) else ""
            for each in conditions_of(segment.tree)]
    return bool(_banned(said, never))


def read_features(connection: sa.Connection, now: datetime, never: Collection[str] = ()) -> pl.DataFrame:
    """A row a person by root: numbers only, none missing, none that knows of what is `never` gone by."""
    owner = _read(connection, sa.select(customers.c.customer_id, customers.c.root_id), ["customer_id", "root_id"])
    bought = _read_purchases(connection, never).join(owner, on="customer_id")
    lately = _read_activity(connection, now, never).join(owner, on="customer_id")
    persons = owner.select(pl.col("root_id").unique()).sort("root_id")
    habits = bought.group_by("root_id").agg(
        orders=pl.struct("customer_id", "silo", "order_id").filter(pl.col("quantity") > 0).n_unique().log1p(),
        spend=pl.col("amount_minor").sum().clip(0).log1p(),
        piece_price=(pl.col("amount_minor").sum() / pl.col("quantity").sum().clip(1)).clip(0).log1p(),
        pieces=pl.col("quantity").sum().clip(0).log1p(),
        refunds=(pl.col("quantity") < 0).sum().log1p(),
        recency_days=(pl.lit(now) - pl.col("sold_at").max()).dt.total_days().clip(0).log1p(),
        known_days=(pl.lit(now) - pl.col("sold_at").min()).dt.total_days().clip(0).log1p(),
    )
    done = lately.group_by("root_id").agg(events_lately=pl.col("count").sum().log1p())
    table = persons.join(habits, on="root_id", how="left").join(done, on="root_id", how="left")
    for name, most in (("product_type", _TYPES), ("brand", _BRANDS)):
        table = table.join(_shares(bought, name, most), on="root_id", how="left")
    # Who never bought is not somebody who bought today.
    unbought = pl.col("orders").is_null().cast(pl.Float64).alias("never_bought")
    longest = pl.col("recency_days").max().fill_null(0)
    table = table.with_columns(unbought, pl.col("recency_days").fill_null(longest))
    return table.with_columns(pl.exclude("root_id").cast(pl.Float64).fill_null(0).fill_nan(0))


def fit(table: _Floats, is_seed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> _Floats:
    """The weights of a logistic regression, either side counting half; the last one is the bias."""
    truth = is_seed.astype(np.float64)
    share = np.where(is_seed, 0.5 / truth.mean(), 0.5 / (1 - truth.mean()))
    weights = np.zeros(table.shape[1])
    ridge = np.full(table.shape[1], _RIDGE)
    ridge[-1] = 1e-6
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (share * (chance - truth)) + ridge * weights
        bend = (table * (share * chance * (1 - chance))[:, None]).T @ table + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def measure_auc(scores: _Floats, is_seed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """How often one of the seed scores above one of the others; a tie is half."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    inside = int(is_seed.sum())
    return float((ranks[is_seed].sum() - inside * (inside + 1) / 2) / (inside * (len(scores) - inside)))


def _standardise(table: _Floats) -> _Floats:
    """Each feature with mean 0 and deviation 1, and a bias behind them."""
    spread = table.std(axis=0)
    return np.column_stack([(table - table.mean(axis=0)) / np.where(spread > 0, spread, 1), np.ones(len(table))])


def _hold_out(
    is_seed: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """A fifth of either side."""
    held_out = np.zeros(len(is_seed), dtype=np.bool_)
    for side in (np.flatnonzero(is_seed), np.flatnonzero(~is_seed)):
        held_out[rng.permutation(side)[: max(1, len(side) // 5)]] = True
    return held_out


def _shares(bought: pl.DataFrame, name: str, most: int) -> pl.DataFrame:
    """What share of a person's pieces each of the most bought ones is."""
    kept = bought.filter((pl.col(name) != "") & (pl.col("quantity") > 0))
    top = kept.group_by(name).agg(pl.col("quantity").sum()).sort(["quantity", name], descending=[True, False])
    shares = [
        (pl.col("quantity").filter(pl.col(name) == value).sum() / pl.col("quantity").sum()).alias(f"{name}:{value}")
        for value in top[name].head(most)
    ]
    return kept.group_by("root_id").agg(*shares)


def _read_purchases(connection: sa.Connection, never: Collection[str]) -> pl.DataFrame:
    names = ["customer_id", "silo", "order_id", "sold_at", "quantity", "amount_minor", "product_type", "brand"]
    rows = _read(connection, sa.select(*(purchases.c[name] for name in names)), names).with_columns(
        pl.col("sold_at").cast(pl.Datetime("us", "UTC")), pl.col("quantity", "amount_minor").cast(pl.Int64)
    )
    for name in ("product_type", "brand"):
        rows = rows.filter(~pl.col(name).is_in(_banned(rows[name].unique(), never)))
    return rows


def _read_activity(connection: sa.Connection, now: datetime, never: Collection[str]) -> pl.DataFrame:
    lately = events.c.occurred_at > now - _LATELY
    names = connection.scalars(sa.select(events.c.name).where(lately).distinct()) if never else ()
    counted = (
        sa.select(events.c.customer_id, sa.func.count()).where(lately, events.c.name.not_in(_banned(names, never)))
        .group_by(events.c.customer_id)
    )
    return _read(connection, counted, ["customer_id", "count"]).with_columns(pl.col("count").cast(pl.Int64))


def _banned(names: Iterable[str], never: Collection[str]) -> list[str]:
    """Those that tell too much, however they are spelt."""
    banned = {each.casefold() for each in never}
    return [each for each in names if each.casefold() in banned]


def _read(connection: sa.Connection, query: sa.Select[Any], names: Sequence[str]) -> pl.DataFrame:
    rows = connection.execute(query).all()
    texts = {"customer_id": pl.String, "root_id": pl.String, "silo": pl.String, "order_id": pl.String,
             "product_type": pl.String, "brand": pl.String}
    frame = pl.DataFrame([tuple(row) for row in rows], schema=list(names), orient="row", infer_schema_length=None)
    return frame.with_columns(pl.col(name).cast(kind) for name, kind in texts.items() if name in names)


def _agreed(connection: sa.Connection, now: datetime) -> list[str]:
    statement = select_persons(AGREED, Scope(connection.dialect.name))
    return list(connection.scalars(statement, values_for([AGREED], now)))


def _members(connection: sa.Connection, segment: str) -> list[str]:
    rows = connection.scalars(
        sa.select(segment_members.c.customer_id).where(
            segment_members.c.segment == segment, segment_members.c.left_at.is_(None)
        )
    )
    return list(rows)
