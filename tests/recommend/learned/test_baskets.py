"""Baskets as arrays, from any retailer's table."""

from datetime import UTC, datetime

import polars as pl
import pytest

from bot.errors import FixConfiguration
from bot.recommend.learned.baskets import read_baskets

MONDAY, TUESDAY = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)


def make(rows):
    return pl.DataFrame(rows, schema=["customer_id", "basket_id", "time", "item_id"], orient="row")


def test_says_which_column_is_missing():
    with pytest.raises(FixConfiguration, match="basket_id"):
        read_baskets(make([("a", "1", MONDAY, "x")]).drop("basket_id"))


def test_says_that_times_are_not_times_and_takes_days_for_them():
    lines = make([("a", "1", MONDAY, "x")])
    with pytest.raises(FixConfiguration, match="column time"):
        read_baskets(lines.with_columns(time=pl.lit("on Monday")))
    baskets, _ = read_baskets(lines.with_columns(pl.col("time").cast(pl.Date)))
    assert baskets.day[0] == MONDAY.replace(hour=0).timestamp() / 86_400


def test_numbers_baskets_by_customer_then_time_and_counts_an_item_once_a_basket():
    baskets, names = read_baskets(make([
        ("b", "9", MONDAY, "x"), ("a", "7", TUESDAY, "y"), ("a", "8", MONDAY, "x"), ("a", "8", MONDAY, "x"),
        ("a", "8", TUESDAY, "z"),  # a line of the same basket, rung up later
    ]))
    assert [names.items[item] for item in baskets.item] == ["x", "z", "y", "x"]
    assert baskets.basket.tolist() == [0, 0, 1, 2]
    assert baskets.customer.tolist() == [0, 0, 0, 1]
    assert baskets.last_baskets().tolist() == [1, 2] and baskets.first_baskets().tolist() == [0, 2]


def test_a_place_that_is_not_told_is_no_place():
    table = make([("a", "1", MONDAY, "x"), ("a", "2", TUESDAY, "x"), ("b", "3", TUESDAY, "x")])
    baskets, names = read_baskets(table.with_columns(place_id=pl.Series(["quay", None, "harbour"])))
    assert [names.places[place] for place in baskets.place] == ["quay", "", "harbour"]
    assert (baskets.place[1], baskets.places) == (0, 3)
    assert read_baskets(table)[1].places == ("",)


def test_knows_nothing_of_a_day_before_it_begins():
    baskets, _ = read_baskets(make([("a", "1", MONDAY, "x"), ("a", "2", TUESDAY, "y")]))
    tuesday = TUESDAY.replace(hour=0).timestamp() / 86_400
    assert baskets.before(tuesday).basket.tolist() == [0]


def test_numbers_items_anew_when_some_are_left_out():
    baskets, _ = read_baskets(make([("a", "1", MONDAY, "x"), ("a", "1", MONDAY, "y"), ("a", "2", TUESDAY, "z")]))
    some = baskets.only_items(baskets.item[1:])
    assert some.item.tolist() == [0, 1] and some.items == 2
