"""What is kept current behind the cursor is what recomputing everything for the merged person from nothing gives."""

import uuid
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from statistics import median

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.bootstrap import PROJECT
from bot.profile.computed import refresh_computed_traits
from bot.profile.customers import create_customer, merge_customers, unmerge
from bot.profile.events import Event, append_events
from bot.profile.trait_rules import load_trait_rules
from bot.profile.traits import chosen_traits
from tests.conftest import NOW

RULES = load_trait_rules(PROJECT / "data" / "shops" / "demo" / "traits.toml")
NAMES = ("Order Completed", "Order Updated", "Order Cancelled", "Order Refunded", "Product Reviewed",
         "Complaint Received")
LINE = st.fixed_dictionaries({
    "product_id": st.sampled_from(["p1", "p2"]), "product_type": st.sampled_from(["shoes", "coat"]),
    "colour": st.sampled_from(["navy", "red"]), "size": st.sampled_from(["M", "38"]),
    "brand": st.sampled_from(["Colibri", "Ombre"]), "quantity": st.integers(0, 3),
    "price_minor": st.sampled_from([900, 2500, 7500, 150_000]),
})
TELL = st.tuples(
    st.just("tell"), st.integers(0, 2), st.sampled_from(["shop", "uci", "web"]), st.sampled_from(NAMES),
    st.sampled_from(["o1", "o2", "o3"]), st.lists(LINE, max_size=2), st.integers(1, 5), st.integers(0, 30),
)
STEP = st.one_of(TELL, TELL, TELL, st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2)),
                 st.tuples(st.just("undo"), st.integers(0, 5)), st.tuples(st.just("refresh"), st.integers(1, 3)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=25))
def test_traits_behind_the_cursor_are_those_of_a_recomputation(store, steps):
    with store.write() as connection:
        people = [create_customer(connection, now=NOW, salt="salt-for-tests-0123") for _ in range(3)]
    told, merges, run = [], {}, uuid.uuid4().hex
    moment = NOW
    for number, step in enumerate(steps):
        if step[0] == "tell":
            _, who, silo, name, order, lines, rating, hours = step
            moment += timedelta(hours=hours)
            properties = {"order_id": order, "products": lines, "rating": rating, "currency": "EUR"}
            event = Event(f"{run}:{number}", people[who], silo, "track", name, properties, moment, moment)
            with store.write() as connection:
                append_events(connection, [event])
            told.append(event)
        elif step[0] == "refresh":
            refresh_computed_traits(store, now=NOW, limit=step[1])
        else:
            _merge_or_undo(store, step, people, merges)
    while refresh_computed_traits(store, now=NOW):
        pass
    for person, members in _persons(people, merges).items():
        with store.read() as connection:
            found = {name: each.value for name, each in chosen_traits(connection, person, RULES).items()}
        assert _told(found) == _recompute([each for each in told if each.customer_id in members])


def _merge_or_undo(store, step, people, merges):
    with store.write() as connection:
        if step[0] == "merge":
            made = merge_customers(connection, people[step[1]], people[step[2]], reason="test", now=NOW)
            if made:
                merges[made] = (people[step[1]], people[step[2]])
        elif merges:
            merge_id = sorted(merges)[step[1] % len(merges)]
            unmerge(connection, merge_id, now=NOW)
            del merges[merge_id]


def _persons(people, merges):
    groups = {each: {each} for each in people}
    for left, right in merges.values():
        whole = groups[left] | groups[right]
        for each in whole:
            groups[each] = whole
    return groups


def _told(found):
    """What the traits say, without the parts of days that only matter to the order of keys."""
    last, first = found.get("last_purchase"), found.get("first_purchase")
    return {
        "sizes": found.get("favourite_sizes", {}), "colours": found.get("favourite_colours", {}),
        "brands": found.get("favourite_brands", {}), "types": found.get("favourite_types", {}),
        "bands": found.get("price_bands", {}), "orders": found.get("order_count", {}).get("orders", 0),
        "spend": {key: value for key, value in found.get("spend", {}).items() if value},
        "days": found.get("days_between_purchases", {}), "last": last["at"] if last else None,
        "first": first["at"] if first else None,
        "satisfaction": found.get("satisfaction", {"ratings": 0, "stars": 0, "complaints": 0}),
    }


def _recompute(events):
    """The whole history of a person from the first event on, silo by silo and customer by customer."""
    opinions = [each for each in events if each.name in ("Product Reviewed", "Complaint Received")]
    rated = [each.properties["rating"] for each in opinions if each.name == "Product Reviewed"]
    counts = {name: Counter() for name in ("size", "colour", "brand", "product_type", "band")}
    spend, days, moments = 0, {}, []
    for source in {(each.customer_id, each.silo) for each in events if each.silo != "web"}:
        orders, lines = _orders([each for each in events if (each.customer_id, each.silo) == source])
        moments += orders
        part = {name: Counter() for name in counts}
        for sign, day, line in lines:
            pieces = sign * line["quantity"]
            spend += pieces * line["price_minor"]
            for name in ("size", "colour", "brand", "product_type"):
                part[name][line[name]] += pieces
            part["band"][_band(line["price_minor"])] += pieces
            if pieces > 0:
                days.setdefault(line["product_type"], set()).add(day)
        for name, counted in part.items():
            counts[name].update({key: count for key, count in counted.items() if count > 0})
    days["any"] = {moment.date() for moment in moments}
    return {
        "sizes": counts["size"], "colours": counts["colour"], "brands": counts["brand"],
        "types": counts["product_type"], "bands": counts["band"], "orders": len(moments),
        "spend": {"EUR": spend} if spend else {},
        "days": {name: _gap(some) for name, some in days.items() if len(some) > 1},
        "last": max(moments).isoformat() if moments else None, "first": min(moments).isoformat() if moments else None,
        "satisfaction": {"ratings": len(rated), "stars": sum(rated), "complaints": len(opinions) - len(rated)},
    }


def _orders(events):
    standing, refunded = {}, []
    for event in events:
        order, lines = event.properties["order_id"], event.properties["products"]
        if event.name == "Order Completed":
            standing[order] = (standing.get(order, (event.occurred_at,))[0], lines)
        elif event.name == "Order Updated" and order in standing:
            standing[order] = (standing[order][0], lines)
        elif event.name == "Order Cancelled":
            standing.pop(order, None)
        elif event.name == "Order Refunded":
            refunded += [(-1, event.occurred_at.date(), line) for line in lines]
    bought = [(1, moment.date(), line) for moment, lines in standing.values() for line in lines]
    kept = [moment for moment, lines in standing.values() if not lines or any(line["quantity"] for line in lines)]
    return kept, bought + refunded


def _band(price_minor):
    return {900: "EUR 0-10", 2500: "EUR 25-50", 7500: "EUR 50-100", 150_000: "EUR 1000+"}[price_minor]


def _gap(days):
    ordered = sorted(days)
    return float(median((b - a).days for a, b in pairwise(ordered)))
