"""Random worlds of customers, random rules, and an interpreter that tells for each person by hand what a rule says."""

import uuid
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa
from hypothesis import strategies as st

from bot.profile.computed import refresh_computed_traits
from bot.profile.consent import has_consent, record_consent
from bot.profile.customers import create_customer, link_identity, members_of, merge_customers, unmerge
from bot.profile.events import Event, append_events
from bot.profile.identities import identities_of, resolve_owners
from bot.profile.segments.query import NOT_DONE, NOT_THEIRS
from bot.profile.segments.tree import (
    And,
    Bought,
    Comparison,
    Consents,
    Did,
    Identified,
    Not,
    Or,
    Seen,
    Spent,
    Trait,
)
from bot.profile.store.tables import (
    consents,
    conversation_states,
    cursors,
    customers,
    events,
    identities,
    merges,
    purchases,
    traits,
)
from bot.profile.traits import TraitRule, chosen_traits, set_trait
from tests.conftest import NOW

RULES = {
    "latest": TraitRule("latest"), "earliest": TraitRule("earliest", "earliest"),
    "silo": TraitRule("silo", "silo", ("crm", "shop")), "longest": TraitRule("longest", "longest"),
    "email": TraitRule("email", "verified", identity="email"),
    "counts": TraitRule("counts", "add_counts"), "favourite_colours": TraitRule("favourite_colours", "add_counts"),
}
SALT = "salt-for-tests-0123"
PEOPLE = 3
_DAY = 86_400
_WINDOWS = (0, 60, 10 * _DAY, 30 * _DAY, 365 * _DAY)
_ADDRESSES = ("a@shop.example", "b@shop.example")

# -- what happens ------------------------------------------------------------------------------

_who, _days = st.integers(0, PEOPLE - 1), st.sampled_from([0, 1, 9, 10, 11, 29, 30, 31, 364, 366])
_line = st.fixed_dictionaries({
    "product_id": st.sampled_from(["p1", "P2"]), "product_type": st.sampled_from(["shoes", "Coat"]),
    "brand": st.sampled_from(["Ombre", ""]), "colour": st.sampled_from(["navy", "red"]),
    "quantity": st.integers(0, 2), "price_minor": st.sampled_from([999, 10_000, 20_000]),
})
_order = st.tuples(
    st.just("order"), _who, st.sampled_from(["shop", "uci", "web"]),
    st.sampled_from(["Order Completed"] * 3 + ["Order Updated", "Order Cancelled", "Order Refunded"]),
    st.sampled_from(["o1", "o2", "o3"]), st.lists(_line, max_size=2), st.sampled_from(["EUR", "USD"]), _days,
)
_event = st.tuples(
    st.just("event"), _who, st.sampled_from(["web", "shop", "mailing", "segments"]),
    st.sampled_from(["Product Viewed", "Email Sent", "Shipment Updated"]), _days,
)
_value = st.one_of(
    st.none(), st.sampled_from(["", "navy", "Lyon", *_ADDRESSES, " A@SHOP.example"]), st.integers(-1, 3), st.booleans(),
    st.just(1.5), st.lists(st.sampled_from(["navy", "red", 1]), max_size=2),
    st.dictionaries(st.sampled_from(["navy", "red", "EUR"]), st.sampled_from([-1, 0, 1, 2, 2.5, "many", None, True]),
                    max_size=2),
)
_trait = st.tuples(st.just("trait"), _who, st.sampled_from(sorted(RULES)),
                   st.sampled_from(["crm", "shop", "web", "web_claim", "zzz"]), _value, _days)
_identity = st.tuples(st.just("identity"), _who, st.sampled_from(["email", "phone"]), st.sampled_from(_ADDRESSES),
                      st.booleans())
_consent = st.tuples(st.just("consent"), _who, st.sampled_from(["marketing", "service"]),
                     st.sampled_from(["email", "web", "*"]), st.sampled_from(["granted", "withdrawn"]))
_merge = st.tuples(st.just("merge"), _who, _who)
_undo = st.tuples(st.just("undo"), st.integers(0, 9))
STEPS = st.lists(
    st.one_of(_order, _order, _event, _trait, _trait, _trait, _identity, _consent, _consent, _merge, _undo),
    min_size=20, max_size=50,
)


def build_world(store, steps):
    """Everything that the steps tell, in an empty store; the ids of the customers it began with."""
    with store.write() as connection:
        for table in (traits, purchases, events, consents, merges, identities, conversation_states, cursors, customers):
            connection.execute(sa.delete(table))
    run, moment = uuid.uuid4().hex, NOW - timedelta(days=2)
    with store.write() as connection:
        people = [create_customer(connection, now=moment + timedelta(seconds=n), salt=SALT) for n in range(PEOPLE)]
        made_merges = []
        for number, (what, *rest) in enumerate(steps):
            moment += timedelta(seconds=1)
            if what == "merge":
                made = merge_customers(connection, people[rest[0]], people[rest[1]], reason="test", now=moment)
                made_merges += [made] if made else []
            elif what == "undo" and made_merges:
                unmerge(connection, made_merges[rest[0] % len(made_merges)], now=moment)
            elif what != "undo":
                _TELL[what](connection, people[rest[0]], f"{run}:{number}", moment, *rest[1:])
    while refresh_computed_traits(store, now=NOW):
        pass
    return people


def _tell_order(connection, who, key, _moment, silo, name, order, lines, currency, days):
    properties = {"order_id": order, "products": lines, "currency": currency}
    _append(connection, who, key, silo, name, properties, days)


def _tell_event(connection, who, key, _moment, silo, name, days):
    _append(connection, who, key, silo, name, {}, days)


def _append(connection, who, key, silo, name, properties, days):
    at = NOW - timedelta(days=days)
    append_events(connection, [Event(key, who, silo, "track", name, properties, at, at)])


def _tell_trait(connection, who, _key, _moment, name, silo, value, days):
    set_trait(connection, who, name, value, silo=silo, now=NOW - timedelta(days=days))


def _tell_identity(connection, who, key, moment, kind, value, is_verified):
    value = f"{key}{value}" if kind == "phone" or not is_verified else value
    if is_verified:
        link_identity(connection, who, kind, value, source="test", now=moment)
    else:
        owner = resolve_owners(connection, [(kind, value)], source="t", is_verified=False, now=moment, salt=SALT)
        merge_customers(connection, next(iter(owner.values())), who, reason="test", now=moment)


def _tell_consent(connection, who, _key, moment, purpose, channel, state):
    record_consent(connection, who, purpose=purpose, channel=channel, state=state, source="t", wording="", now=moment)


_TELL = {"order": _tell_order, "event": _tell_event, "trait": _tell_trait, "identity": _tell_identity,
         "consent": _tell_consent}

# -- rules -------------------------------------------------------------------------------------

_comparison = st.builds(Comparison, st.sampled_from([">=", ">", "<=", "<", "="]), st.integers(0, 3).map(Decimal))
_window = st.sampled_from(_WINDOWS)
_money = st.builds(Comparison, st.sampled_from([">=", ">", "<=", "<", "="]),
                   st.sampled_from([0, 999, 10_000, 19_980, 30_000]).map(Decimal))
CONDITIONS = st.one_of(
    st.builds(Bought, st.sampled_from(["product_type", "brand", "colour", "product_id"]),
              st.sampled_from(["shoes", "coat", "ombre", "navy", "p2"]), _comparison, _window),
    st.builds(Bought, st.just(""), st.sampled_from(["", "shoes", "ombre", "p1"]), _comparison, _window),
    st.builds(Spent, _money, st.sampled_from(["EUR", "USD"]), _window),
    st.builds(Did, st.sampled_from(["Product Viewed", "Order Completed", "Email Sent"]), _comparison, _window),
    st.builds(Seen, _window),
    st.builds(Trait, st.sampled_from([name for name in sorted(RULES) if "co" not in name]),
              st.sampled_from(["is", "has"]), st.sampled_from(["navy", "Lyon", "a@shop.example"])),
    st.builds(Trait, st.sampled_from(["counts", "favourite_colours"]), st.just("has"),
              st.sampled_from(["navy", "red"])),
    st.builds(Trait, st.sampled_from(sorted(RULES)), st.just("known")),
    st.builds(Trait, st.sampled_from(sorted(RULES)), st.just("number"), st.just(""),
              st.sampled_from(["", "navy", "red"]), _comparison),
    st.builds(Identified, st.sampled_from(["email", "phone"]), st.booleans()),
    st.builds(Consents, st.sampled_from(["marketing", "service"]), st.sampled_from(["email", "web"])),
)
TREES = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(Not, inner), st.builds(lambda *parts: And(parts), inner, inner),
        st.builds(lambda *parts: Or(parts), inner, inner),
    ),
    max_leaves=4,
)

# -- what a rule says, by hand -----------------------------------------------------------------


def holds(connection, tree, root, now):
    """Whether a rule holds for a person: every row of theirs is looked at, one by one."""
    match tree:
        case And(parts):
            return all(holds(connection, part, root, now) for part in parts)
        case Or(parts):
            return any(holds(connection, part, root, now) for part in parts)
        case Not(part):
            return not holds(connection, part, root, now)
        case Bought():
            fields = [tree.field] if tree.field else ["product_type", "brand", "product_id", "variant_id"]
            orders = {
                (row.customer_id, row.silo, row.order_id) for row in _rows(connection, purchases, root)
                if row.quantity > 0 and _within(row.sold_at, tree.window_seconds, now)
                and (not tree.value or any(getattr(row, name) == tree.value for name in fields))
            }
            return tree.times.holds(len(orders))
        case Spent():
            return tree.amount.holds(sum(
                row.amount_minor for row in _rows(connection, purchases, root)
                if row.currency == tree.currency and _within(row.sold_at, tree.window_seconds, now)
            ))
        case Did():
            return tree.times.holds(sum(
                each.name == tree.event and _within(each.occurred_at, tree.window_seconds, now)
                for each in _events(connection, root)
            ))
        case Seen():
            return any(_is_theirs(each) and _within(each.occurred_at, tree.window_seconds, now)
                       for each in _events(connection, root))
        case Identified():
            return any(each.kind == tree.kind and (each.is_verified or not tree.is_verified)
                       for each in identities_of(connection, root))
        case Consents():
            return has_consent(connection, root, tree.purpose, tree.channel)
        case Trait():
            chosen = chosen_traits(connection, root, RULES).get(tree.name)
            return _trait_holds(tree, chosen.value if chosen else None)


def _trait_holds(tree, value):
    is_count = RULES[tree.name].rule == "add_counts"
    number = tree.comparison.holds
    if is_count:
        value = Counter(value or {})
        match tree.test:
            case "has":
                return value[tree.value] > 0
            case "known":
                return bool(value)
            case "number":
                return number(value[tree.key] if tree.key else sum(value.values()))
    match tree.test:
        case "is":
            return value == tree.value
        case "has":
            held = value if isinstance(value, list | dict) else [value]
            return tree.value in held
        case "known":
            return value not in (None, "", [], {}) or value is False
        case "number":
            value = (value.get(tree.key) if isinstance(value, dict) else None) if tree.key else value
            return isinstance(value, int | float) and not isinstance(value, bool) and number(value)


def _is_theirs(event):
    return event.name == "Order Completed" or event.silo not in NOT_THEIRS and event.name not in NOT_DONE


def _within(moment, seconds, now):
    return not seconds or now - timedelta(seconds=seconds) < moment <= now


def _rows(connection, table, root):
    return connection.execute(sa.select(table).where(table.c.customer_id.in_(members_of(connection, root)))).all()


def _events(connection, root):
    return _rows(connection, events, root)


def roots(connection):
    """Every person there is."""
    is_root = customers.c.customer_id == customers.c.root_id
    return list(connection.scalars(sa.select(customers.c.customer_id).where(is_root)))
