"""What nobody bought yet is suggested by what its texts are like, and by nothing where no text was read."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from benchmarks.new_products import OURS, Shop, ask, measure
from bot.commerce.types import ProductRef, VariantRef
from bot.recommend.catalogue import Catalogue
from bot.recommend.learned.baskets import read_baskets
from bot.recommend.learned.live import Applied, suggest
from bot.recommend.learned.unsold import Unsold, borrow_factors
from bot.recommend.likeness import similar
from bot.recommend.types import Purchase
from tests.fakes.shop import make_product
from tests.recommend.learned.shoppers import ITEMS, START, WEEKS, make_lines

FAMILIES = np.eye(ITEMS // 10, dtype=np.float32)


@pytest.fixture
def today() -> datetime:
    return START + timedelta(weeks=WEEKS)


@pytest.fixture
def catalogue() -> Catalogue:
    """What the made-up customers buy, and one new thing like those of the first family, one like those of the last."""
    refs = [f"i{number:02}" for number in range(ITEMS)]
    meaning = [FAMILIES[number // 10] for number in range(ITEMS)]
    products = [make_product(ref, "thing") for ref in (*refs, "new_first", "new_last")]
    return Catalogue(tuple(products), meaning=np.array([*meaning, FAMILIES[0], FAMILIES[-1]]))


def bought(today, *numbers):
    return [
        Purchase(ProductRef(f"i{n:02}"), VariantRef(""), "", {}, 1, 0, today - timedelta(days=7 * place + 1))
        for place, n in enumerate(numbers)
    ]


def strengths(learned, catalogue, today):
    applied = Applied(learned, Unsold.of(learned, catalogue))
    found = suggest(applied, bought(today, 1, 2, 5, 1, 2), catalogue, today)
    return {product.ref: found.strength[row] for row, product in enumerate(catalogue.products)}


def test_what_is_new_is_suggested_by_what_it_is_like(learned, catalogue, today):
    found = strengths(learned, catalogue, today)
    assert found["new_first"] > found["new_last"]
    assert 0 < found["new_first"] <= 1


def test_it_never_stands_before_all_that_was_bought(learned, catalogue, today):
    found = strengths(learned, catalogue, today)
    assert found["new_first"] < max(found.values())


@pytest.mark.parametrize("unread", ["all", "the new ones"])
def test_says_nothing_of_texts_that_were_not_read(learned, catalogue, today, unread):
    meaning = catalogue.meaning.copy()
    meaning[-2:] = 0
    found = strengths(learned, replace(catalogue, meaning=None if unread == "all" else meaning), today)
    assert found["new_first"] == found["new_last"] == 0


def test_borrows_from_the_nearest_most():
    sold = np.array([[1, 0], [0.9, np.sqrt(1 - 0.81)], [0, 1]])
    factors = borrow_factors(np.array([[1.0, 0.0]]), sold, np.array([[1.0], [0.0], [-1.0]], dtype=np.float32))
    assert 0.9 < factors[0, 0] < 1


def test_alike_is_what_means_alike_where_all_else_is_equal(catalogue):
    alike = similar(catalogue, catalogue.products[3])
    assert min(alike[[1, 2, 9]]) > max(alike[10:60])
    assert alike[3] == 0
    by_attributes = similar(replace(catalogue, meaning=None), catalogue.products[3])
    assert len({*by_attributes.tolist()}) == 2


def test_the_evaluation_finds_who_bought_a_new_thing():
    """The things i07 and i55 come in at the twelfth week; names say the family, and nothing else."""
    lines, start = make_lines(), START + timedelta(weeks=12)
    new = pl.col("item_id").is_in(["i07", "i55"])
    baskets, names = read_baskets(lines.filter(~new | (pl.col("time") >= start)))
    texts = np.array([FAMILIES[int(name[1])] for name in names.items])
    question = ask(Shop(baskets, texts, texts), start.date().isoformat())
    found = measure(question)
    assert sorted(names.items[item] for item in question.new) == ["i07", "i55"]
    assert found[OURS]["ndcg_at_10"].mean() > found["chance"]["ndcg_at_10"].mean()
    later = ask(Shop(baskets.before(question.day), texts, texts), start.date().isoformat())
    assert not len(later.new), "nothing of it is known before"
    for before, after in itertools.pairwise([question.past.item, later.past.item]):
        assert np.array_equal(before, after)
