"""A small run of what each turn spends with the shop."""

from benchmarks.commerce import measure


def test_counts_what_each_turn_asks_the_shop_for(services):
    told = measure(services, 1)
    ours, naive = told["by_turn"], told["peers"]["naive"]["by_turn"]
    assert ours.keys() == naive.keys() and ours["say yes"]["which"]["cancel_order"] == 1
    assert "list_orders" not in ours["search"]["which"]  # nobody gave leave to look at the past
    assert naive["want to cancel"]["which"] == {"find_order": 1}
    assert told["requests_per_turn"] == 0 and 0 < told["share_of_turn"] < 1
