"""A customer's past with an item, counted by hand."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from bot.recommend.learned.baskets import read_baskets
from bot.recommend.learned.history import Past

FIRST = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def past():
    """Milk on days 0, 10 and 30; bread on day 10; looked at from day 40."""
    rows = [(0, "milk"), (10, "milk"), (10, "bread"), (30, "milk")]
    table = pl.DataFrame(
        [("a", str(day), FIRST + timedelta(days=day), item) for day, item in rows],
        schema=["customer_id", "basket_id", "time", "item_id"], orient="row",
    )
    baskets, names = read_baskets(table)
    assert names.items == ("bread", "milk")
    return Past(baskets, np.array([(FIRST + timedelta(days=40)).timestamp() / 86_400]))


def test_has_no_rhythm_of_what_was_bought_once(past):
    columns = past.columns()
    assert np.isnan(columns["gap_days"][0]) and columns["times"][0] == 1


def test_counts_times_gaps_and_shares(past):
    milk = {name: values[1] for name, values in past.columns().items()}
    assert (milk["times"], milk["last_days"], milk["first_days"]) == (3, 10, 40)
    assert (milk["gap_days"], milk["newest_gap_days"]) == (15, 20)
    assert milk["share_of_baskets"] == 1 and milk["times_14_days"] == 1 and milk["times_1_baskets"] == 1
    assert milk["overdue"] == pytest.approx(10 / 15)


def test_leaves_the_past_as_it_is_when_a_table_without_zeros_is_made_of_it(past):
    before = past.item.copy()
    assert past.matrix(past.times_where(past.baskets_ago < 1)).nnz == 1
    assert (past.item == before).all()
    assert past.matrix(past.times).toarray().tolist() == [[1, 3]]
