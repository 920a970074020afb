"""The comparison within groups: by what was so before anybody was dealt an arm, and nobody else."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.measure.goals import Goal, GoalBook
from bot.measure.groups import measure_groups, measure_versions, stands_first
from bot.profile.store.engine import Store
from bot.profile.store.tables import decisions, segment_members
from tests.measure.conftest import Ledger

ORDER = Goal(
    "order", {"fr": "commande", "en": "order"}, "shop", "orders", timedelta(days=7), timedelta(days=180), ("*",), 50.0
)
JOURNEY: Any = SimpleNamespace(name="cart_left", purpose="marketing")


def _measure(store: Store, now: datetime, purposes: frozenset[str] = frozenset({"marketing"})) -> dict[str, Any]:
    guardrails: Any = SimpleNamespace(holdout_purposes=purposes, journey_holdouts={})
    with store.read() as connection:
        return measure_groups(connection, GoalBook(goals=(ORDER,)), ORDER, [JOURNEY], guardrails,
                              since=now - timedelta(days=90), now=now)


def test_says_nothing_where_nobody_is_held_out(store: Store, now: datetime) -> None:
    assert _measure(store, now, frozenset()) == {}


def test_who_is_held_out_stands_where_they_would_have_been(store: Store, ledger: Ledger, now: datetime) -> None:
    nudged, held = [f"n{n}" for n in range(900)], [f"h{n}" for n in range(300)]
    ledger.people(nudged)
    ledger.people(held, held=set(held))
    ledger.decide(nudged, chosen="email:a")
    ledger.decide(held, "holdout")
    ledger.decide(["n0"], "consent_unknown", days_ago=30)  # no occasion: not the first
    ledger.buy([*nudged[:450], *held[:30]], 5000, days_ago=18)
    at = now - timedelta(days=40)
    ledger.insert(segment_members, [
        {"segment": "regulars", "customer_id": each, "entered_at": at, "left_at": None} for each in (*nudged, *held)
    ] + [
        {"segment": "late", "customer_id": each, "entered_at": now - timedelta(days=5), "left_at": None}
        for each in nudged
    ] + [
        {"segment": "gone", "customer_id": each, "entered_at": at, "left_at": now - timedelta(days=30)}
        for each in nudged
    ])
    found = _measure(store, now)
    assert set(found["segment"]) == {"regulars"} and set(found["channel"]) == {"email"}
    lift = found["channel"]["email"]
    assert (lift.nudged, lift.held_out) == (900, 300) and lift.verdict == "more"


def test_a_version_is_compared_with_who_went_without_it_at_the_time(
    store: Store, ledger: Ledger, now: datetime
) -> None:
    groups = {version: ([f"{version}n{n}" for n in range(900)], [f"{version}h{n}" for n in range(300)])
              for version in ("old", "new")}
    for version, (nudged, held) in groups.items():
        ledger.people(nudged)
        ledger.people(held, held=set(held))
        ledger.decide(nudged, chosen="email:a")
        ledger.decide(held, "holdout")
        with store.write() as connection:
            mine = decisions.c.customer_id.startswith(version)
            connection.execute(sa.update(decisions).where(mine).values(version=version))
    ledger.buy([*groups["new"][0][:450], *groups["new"][1][:30], *groups["old"][0][:90], *groups["old"][1][:30]], 5000)
    for holdouts, purposes in (({}, frozenset()), ({}, frozenset({"marketing"}))):
        guardrails: Any = SimpleNamespace(holdout_purposes=purposes, journey_holdouts=holdouts)
        with store.read() as connection:
            found = measure_versions(connection, GoalBook(goals=(ORDER,)), ORDER, JOURNEY, guardrails,
                                     since=now - timedelta(days=90), now=now)
        if not purposes:
            assert found == {}
    assert {name: (each.nudged, each.held_out, each.verdict) for name, each in found.items()} == {
        "old": (900, 300, "unclear"), "new": (900, 300, "more"),
    }


@pytest.mark.parametrize(("candidates", "channel"), [
    ([], ""),
    ([{"name": "web:a", "value": 1.0, "held": ["unreachable"]},
      {"name": "sms", "value": 0.1, "held": ["cap_week"]}], "sms"),
    ([{"name": "web", "value": 9.0, "net_minor": 1.0, "held": []}, {"name": "email", "value": 1.0, "net_minor": 2.0,
                                                                   "held": ["holdout"]}], "email"),
])
def test_the_channel_that_stands_first_is_the_best_that_nothing_else_held(candidates: Any, channel: str) -> None:
    assert stands_first(candidates) == channel
