"""Made-up baskets: each customer has favourites, of a few families of things, and comes once a week."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2026, 1, 1, tzinfo=UTC)
ITEMS = 60
WEEKS = 16


def make_lines(customers: int = 80, weeks: int = WEEKS, seed: int = 1) -> pl.DataFrame:
    """The columns that `read_baskets` takes. Item n is of the type n // 10; favourites lie within two types."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        family = int(rng.integers(5))
        favourites = rng.choice(np.arange(family * 10, family * 10 + 20), 6, replace=False)
        for week in range(weeks):
            at = START + timedelta(days=7 * week + int(rng.integers(3)), hours=10)
            chosen = np.unique([*rng.choice(favourites, 3), rng.integers(ITEMS)])
            rows += [(f"c{customer:03}", f"b{customer:03}-{week:02}", at, f"i{item:02}") for item in chosen]
    table = pl.DataFrame(rows, schema=["customer_id", "basket_id", "time", "item_id"], orient="row")
    return table.with_columns(item_type=pl.col("item_id").str.slice(1, 1))
