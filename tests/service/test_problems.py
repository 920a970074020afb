"""A delivery that went wrong: the tracking is looked at before anything is offered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.bootstrap import PROJECT
from bot.commerce.types import CustomerRef, Order, OrderRef, Shipment, ShipmentEvent, Totals
from bot.service.orders import Reader, find_stuck, find_stuck_at
from bot.service.policy import load_policy
from bot.service.problems import describe_finding, find_problem, find_remedies

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RULES = load_policy(PROJECT / "data" / "shops" / "demo" / "policy.toml").delivery


def parcel(state: str = "in_transit", news_hours: float = 5, **more: object) -> Shipment:
    at = NOW - timedelta(hours=news_hours)
    return Shipment("s", "Colibri", state, events=(ShipmentEvent(at, state, "news"),), **more)  # type: ignore[arg-type]


def order(*shipments: Shipment, status: str = "shipped") -> Order:
    zero = Totals(0, 0, 0, 0, 0)
    return Order(
        OrderRef("o"), "MP1", NOW, CustomerRef("c"), "", "EUR", zero, (), "processing", "paid", status, "",  # type: ignore[arg-type]
        shipments=shipments,
    )


@pytest.mark.parametrize(("text", "found", "expected"), [
    ("where is it", order(), "not_sent"),
    ("where is it", order(parcel()), "on_its_way"),
    ("it is late", order(parcel("delayed")), "late"),
    ("nothing moves", order(parcel(news_hours=80)), "stuck"),
    ("nothing moves", order(parcel(news_hours=300)), "lost"),
    ("it came broken", order(parcel("delivered"), status="delivered"), "damaged"),
    ("le pull est déchiré", order(parcel("delivered"), status="delivered"), "damaged"),
    ("you sent the wrong size", order(parcel("delivered"), status="delivered"), "wrong_item"),
    ("it says delivered but I never got it", order(parcel("delivered"), status="delivered"), "not_there"),
    ("marqué livré mais rien reçu", order(parcel("delivered"), status="delivered"), "not_there"),
    ("it came broken", order(parcel()), "on_its_way"),
])
def test_believes_the_tracking_first(text: str, found: Order, expected: str) -> None:
    assert find_problem(text, found, RULES, NOW, "UTC").problem == expected


def test_offers_what_the_policy_lists() -> None:
    damaged = find_problem("broken", order(parcel("delivered"), status="delivered"), RULES, NOW, "UTC")
    assert find_remedies(damaged, RULES) == ["exchange", "return", "person"]
    assert find_remedies(find_problem("?", order(), RULES, NOW, "UTC"), RULES) == ["person"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_says_since_when_nothing_was_heard(language: str) -> None:
    finding = find_problem("", order(parcel(news_hours=80)), RULES, NOW, "UTC")
    text = describe_finding(finding, order(), Reader(language, "Europe/Paris", NOW))
    assert "Colibri" in text and "21" in text


def test_calls_nothing_stuck_that_has_arrived_waits_or_is_known_to_be_late() -> None:
    silent = [parcel(state, 200) for state in ("delivered", "ready_for_pickup")]
    silent.append(parcel("delayed", 200, eta=NOW + timedelta(days=1)))
    for each in (*silent, parcel(news_hours=10)):
        assert find_stuck(order(each), NOW, 72) is None
    assert find_stuck(replace(order(parcel(news_hours=200)), status="cancelled"), NOW, 72) is None


def test_says_when_silence_will_be_called_that() -> None:
    there, waiting = parcel("delivered", 200), parcel("label_created", 200)
    assert find_stuck_at(order(there, waiting), 72) is None
    assert find_stuck_at(order(there, parcel(news_hours=2)), 72) == NOW + timedelta(hours=70)
    promised = parcel(news_hours=80, eta=NOW + timedelta(days=1))
    assert find_stuck_at(order(promised), 72) == NOW + timedelta(days=2)


def test_silence_is_none_before_the_promised_day_is_over() -> None:
    promised = order(parcel(news_hours=80, eta=NOW - timedelta(hours=2)))
    told_at = find_stuck_at(promised, 72)
    assert told_at == NOW + timedelta(hours=22)
    assert find_stuck(promised, told_at - timedelta(minutes=1), 72) is None and find_stuck(promised, told_at, 72)
