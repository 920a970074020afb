"""`make evaluate-new-products`: to whom products suit that nobody has bought yet, by their names alone.

    python -m benchmarks.new_products [lines.parquet] [--dates 2011-09-01 ...]

Before a date everything is known; what was first sold in the four weeks from it on is ranked for each customer who
bought some of it then. Who came back, and what of the new was bought at all, is taken from those weeks: the order is
what is asked for. One JSON object on stdout.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.recommender.metrics import compare, means, measure_lists
from bot.finding.vectors import Encoder
from bot.recommend.learned.baskets import Baskets, read_baskets
from bot.recommend.learned.crowd import POWER, learn_crowd
from bot.recommend.learned.history import Past
from bot.recommend.learned.unsold import borrow_factors
from bot.recommend.types import Floats, Rows

DATA = Path("../shared/data/uci_online_retail/online_retail.parquet")
DATES = ("2011-09-01", "2011-10-01", "2011-11-01")  # tuned on 2011-05-01 to 2011-07-01
OURS = "ours"
WEEKS_DAYS = 28
_MIN_BASKETS = 3
_TOP = 10
_ENCODED_AT_ONCE = 100
Ranker = Callable[["Question", Rows], Floats]


@dataclass(frozen=True)
class Shop:
    """Baskets, and for each item its encoded name and its words."""

    baskets: Baskets
    meaning: Floats  # items x 384
    words: Floats  # items x words, TF-IDF, dense


@dataclass(frozen=True)
class Question:
    """One date: what was known, which items are new, who bought which of them."""

    shop: Shop
    day: float
    past: Past
    new: Rows
    old: Rows
    asked: Baskets  # lines of new items in the weeks after

    @property
    def customers(self) -> Rows:
        """Who is asked about."""
        return np.unique(self.asked.customer)


def read_lines(path: Path) -> pl.DataFrame:
    """A table with `item_name` beside what baskets need; UCI's Online Retail is brought into that shape."""
    table = pl.read_parquet(path)
    return _from_uci(table) if "StockCode" in table.columns else table


def _from_uci(table: pl.DataFrame) -> pl.DataFrame:
    """Bought, by somebody who is known, and a product (five digits), under the name it has most often."""
    told = table.filter(
        (pl.col("Quantity") > 0) & pl.col("CustomerID").is_not_null() & pl.col("Description").is_not_null()
        & pl.col("StockCode").str.contains(r"^\d{5}")
    )
    names = told.group_by("StockCode").agg(pl.col("Description").mode().sort().first().alias("item_name"))
    return told.join(names, on="StockCode").select(
        customer_id="CustomerID", basket_id="InvoiceNo", time="InvoiceDate", item_id="StockCode",
        item_name=pl.col("item_name").str.strip_chars().str.to_lowercase(),
    )


def read_shop(lines: pl.DataFrame, dates: Sequence[str]) -> Shop:
    """Everything of a table that the questions of some dates look at; names are encoded here, 30 ms each."""
    last = max(_to_day(each) for each in dates) + WEEKS_DAYS
    lines = lines.filter(pl.col("time").dt.epoch("us") / 86_400_000_000 < last)
    baskets, names = read_baskets(lines)
    told = dict(lines.select("item_id", "item_name").unique("item_id", keep="first", maintain_order=True).iter_rows())
    texts = [told[name] for name in names.items]
    return Shop(baskets, _encode(texts), _weigh_words(texts))


def _weigh_words(texts: Sequence[str]) -> Floats:
    from sklearn.feature_extraction.text import TfidfVectorizer  # of the bench set

    table: Floats = TfidfVectorizer(sublinear_tf=True).fit_transform(texts).toarray()
    return table


def _encode(texts: Sequence[str]) -> Floats:
    encoder, parts = Encoder(), []
    for start in range(0, len(texts), _ENCODED_AT_ONCE):
        print(f"\r{start} of {len(texts)} names encoded", end="", file=sys.stderr, flush=True)
        parts.append(encoder.passages(texts[start : start + _ENCODED_AT_ONCE]))
    print("\r" + " " * 40, end="\r", file=sys.stderr, flush=True)
    return np.concatenate(parts)


def ask(shop: Shop, date: str) -> Question:
    """The question of a date."""
    day, baskets = _to_day(date), shop.baskets
    first = np.full(baskets.items, np.inf)
    np.minimum.at(first, baskets.item, baskets.day)
    known = baskets.before(day)
    past = Past(known, np.full(known.customers, day))
    new, old = np.flatnonzero((first >= day) & (first < day + WEEKS_DAYS)), np.flatnonzero(first < day)
    in_time = (baskets.day >= day) & (baskets.day < day + WEEKS_DAYS)
    is_known = past.baskets_count[baskets.customer] >= _MIN_BASKETS
    return Question(shop, day, past, new, old, baskets.take(in_time & is_known & np.isin(baskets.item, new)))


def _to_day(date: str) -> float:
    return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() / 86_400


def borrowed(question: Question, customers: Rows) -> Floats:
    """Ours: the regression, with the factors of what the names are most like."""
    crowd = learn_crowd(question.shop.baskets, question.day)
    meaning, old = question.shop.meaning, question.old
    lent = crowd.factors[old] / crowd.left[old, None]
    factors = borrow_factors(meaning[question.new], meaning[old], lent)
    past = question.past
    return np.array([
        factors @ ((past.times[mine] ** POWER).astype(np.float32) @ crowd.factors[past.item[mine]])
        for mine in (past.customer == customer for customer in customers)
    ])


def _profile(question: Question, customers: Rows, texts: Floats) -> Floats:
    """How like what a customer bought the new things are, the older the less."""
    past, alike = question.past, texts[question.new] @ texts.T
    return np.array([
        alike[:, past.item[mine]] @ past.decayed[mine] for mine in (past.customer == each for each in customers)
    ])


def by_words(question: Question, customers: Rows) -> Floats:
    """A peer: the customer's own words, by TF-IDF."""
    return _profile(question, customers, question.shop.words)


def by_meaning(question: Question, customers: Rows) -> Floats:
    """A peer: the middle of what the customer bought, by the same encoder."""
    return _profile(question, customers, question.shop.meaning)


def by_chance(question: Question, customers: Rows) -> Floats:
    """What no knowledge reaches."""
    return np.random.default_rng(1).random((len(customers), len(question.new)))


RANKERS: Mapping[str, Ranker] = {OURS: borrowed, "words": by_words, "meaning": by_meaning, "chance": by_chance}


def measure(question: Question) -> dict[str, dict[str, Floats]]:
    """Each way's figures for each customer of a question."""
    customers, found = question.customers, {}
    for name, rank in RANKERS.items():
        score = rank(question, customers)
        lists = question.new[np.argsort(-score, axis=1, kind="stable")[:, :_TOP]]
        found[name] = measure_lists(lists, customers, question.asked.customer, question.asked.item)
    return found


def main(words: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--dates", nargs="+", default=DATES)
    told = parser.parse_args(words)
    if not told.data.is_file():
        sys.exit(f"{told.data} is not there: name a table with {'customer_id, basket_id, time, item_id, item_name'}")
    shop = read_shop(read_lines(told.data), told.dates)
    questions = [ask(shop, date) for date in told.dates]
    found = [measure(each) for each in questions]
    customers = np.concatenate([each.customers for each in questions])
    pooled = {
        name: {key: np.concatenate([each[name][key] for each in found]) for key in found[0][name]} for name in RANKERS
    }
    best = max((name for name in RANKERS if name != OURS), key=lambda name: pooled[name]["ndcg_at_10"].mean())
    print(json.dumps({
        **means(pooled[OURS]),
        "peers": {name: means(values) for name, values in pooled.items() if name != OURS},
        "over_best_peer": {"peer": best, **compare(pooled[OURS]["ndcg_at_10"], pooled[best]["ndcg_at_10"], customers)},
        "new_products": [len(each.new) for each in questions], "n": len(customers),
    }))


if __name__ == "__main__":
    main(sys.argv[1:])
