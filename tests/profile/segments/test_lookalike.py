"""Who is like a segment: found from what everybody bought and did, told with how sure that is."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from bot.errors import FixInput
from bot.profile.customers import merge_customers
from bot.profile.identities import create_customers
from bot.profile.segments.lookalike import find_lookalike, fit, keep_lookalike, measure_auc, read_features
from bot.profile.store.tables import consents, events, purchases, segment_members
from bot.profile.store.upsert import insert_many


@pytest.fixture
def shoppers(store, now):
    """Sixty who buy shoes, sixty who buy coats; half of the first are the seed."""
    rng = np.random.default_rng(7)
    with store.write() as connection:
        people = create_customers(connection, 120, now=now, salt="salt-for-tests-0123")
        rows = []
        for number, person in enumerate(people):
            likes = "shoes" if number < 60 else "coat"
            for order in range(int(rng.integers(1, 5))):
                kind = likes if rng.random() < 0.95 else "scarf"
                rows.append({
                    "customer_id": person, "silo": "shop", "order_id": f"o{order}", "line": 1,
                    "sold_at": now - timedelta(days=int(rng.integers(1, 300))), "quantity": 1,
                    "amount_minor": int(rng.integers(1_000, 9_000)), "currency": "EUR", "product_id": "p",
                    "variant_id": "", "product_type": kind, "brand": "", "colour": "", "size": "",
                })
        insert_many(connection, purchases, rows)
        insert_many(connection, consents, [
            {"customer_id": each, "purpose": "personalisation", "channel": "*", "state": "granted", "source": "t",
             "wording": "", "changed_at": now} for each in people])
        connection.execute(sa.insert(segment_members), [
            {"segment": "runners", "customer_id": each, "entered_at": now} for each in people[:30]])
    return people


def test_refuses_a_seed_too_small_to_learn_from(store, shoppers, now):
    with store.read() as connection:
        with pytest.raises(FixInput, match="needs 20 persons"):
            find_lookalike(connection, "nobody", 10, now=now)
        with pytest.raises(FixInput, match="must be 1 or more"):
            find_lookalike(connection, "runners", 0, now=now)


def test_leaves_out_who_did_not_agree(store, shoppers, now):
    silent = shoppers[40:120:2]
    with store.write() as connection:
        connection.execute(sa.delete(consents).where(consents.c.customer_id.in_(silent)))
        found = find_lookalike(connection, "runners", 200, now=now)
        assert set(found.persons) == set(shoppers[30:]) - set(silent) and found.population == 80
        connection.execute(sa.delete(consents))
        with pytest.raises(FixInput, match="it has 0 and 0"):
            find_lookalike(connection, "runners", 20, now=now)


def test_never_goes_by_what_tells_too_much(store, shoppers, now):
    with store.write() as connection:
        assert "product_type:shoes" in read_features(connection, now).columns
        connection.execute(sa.insert(events), [
            {"message_id": name, "customer_id": shoppers[0], "silo": "web", "type": "track", "name": name,
             "properties": {}, "occurred_at": now, "received_at": now} for name in ("Size Asked", "Form Sent")])
        hushed = read_features(connection, now, ["SHOES", "form sent"])
    assert not any("shoes" in name for name in hushed.columns)
    runner = hushed.filter(pl.col("root_id") == shoppers[0])
    assert runner["events_lately"].item() == pytest.approx(np.log1p(1))


def test_finds_those_who_buy_alike_and_leaves_out_the_seed(store, shoppers, now):
    with store.read() as connection:
        found = find_lookalike(connection, "runners", 20, now=now)
        again = find_lookalike(connection, "runners", 20, now=now)
    assert found == again and found.name == "like:runners"
    assert not set(found.persons) & set(shoppers[:30])
    assert len(set(found.persons) & set(shoppers[30:60])) >= 14
    assert found.auc > 0.5 and found.weights[0][0].startswith("product_type:")


def test_keeps_them_as_a_segment_that_the_next_one_replaces(store, shoppers, now):
    with store.read() as connection:
        found = find_lookalike(connection, "runners", 20, now=now)
        fewer = find_lookalike(connection, "runners", 5, now=now)
    assert len(keep_lookalike(store, found, now=now).entered) == 20
    assert len(keep_lookalike(store, fewer, now=now).left) == 15
    assert keep_lookalike(store, fewer, now=now).count == 0


def test_a_merged_person_is_one_row_of_numbers(store, shoppers, now):
    with store.write() as connection:
        merge_customers(connection, shoppers[0], shoppers[1], reason="test", now=now)
        features = read_features(connection, now)
    assert features.height == 119 and features.null_count().sum_horizontal().item() == 0


def test_of_nobody_there_is_nothing_to_tell(store, now):
    with store.read() as connection:
        assert read_features(connection, now).height == 0


def test_auc_is_that_of_counting_pairs():
    rng = np.random.default_rng(1)
    scores, is_seed = rng.integers(0, 9, 60).astype(float), rng.random(60) < 0.4
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[is_seed] for b in scores[~is_seed]]
    assert measure_auc(scores, is_seed) == pytest.approx(np.mean(pairs))


def test_fit_separates_what_can_be_separated():
    side = np.repeat([True, False], 50)
    table = np.column_stack([np.where(side, 1.0, -1.0), np.ones(100)])
    assert measure_auc(table @ fit(table, side), side) == 1.0
