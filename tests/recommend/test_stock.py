"""Stock is read in portions: a small one first, then larger ones, to a bound."""

from bot.recommend.stock import StockOnce, portions
from tests.fakes.shop import make_product


def test_has_no_portion_of_nothing():
    assert list(portions([])) == []


def test_begins_small_and_ends_at_the_bound():
    assert [len(some) for some in portions(range(5_000))] == [12, 24, 48, 48, 48, 48, 12]


def test_looks_for_suggestions_to_the_bound(recommender, shop, customer, now):
    shop.products = [make_product(f"p{n}", f"kind{n % 40}", colours=("navy",), sizes=("M",)) for n in range(2_000)]
    shop.default = 0
    assert recommender.recommend(customer, None, now=now) == []
    assert shop.calls.count("get_availability") == 7


def test_reads_each_variant_once(shop):
    stock, products = StockOnce(shop), shop.products
    assert [each.variant_ref for each in stock.of(products[:2])] == [v.ref for p in products[:2] for v in p.variants]
    assert len(stock.of(products[:3])) == sum(len(each.variants) for each in products[:3])
    assert len(stock.of(products[:3])) == sum(len(each.variants) for each in products[:3])
    assert shop.calls.count("get_availability") == 2
