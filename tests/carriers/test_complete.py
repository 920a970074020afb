"""An order with its carrier's word: the newer of two counts, and nothing settled is unsettled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.carriers.complete import Known, complete_order, complete_shipment
from bot.carriers.protocol import Tracking
from bot.commerce.types import (
    CustomerRef,
    Order,
    OrderLine,
    OrderRef,
    ProductRef,
    Shipment,
    ShipmentEvent,
    Totals,
    VariantRef,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINE = OrderLine("l", VariantRef("v"), ProductRef("p"), "sku", "Shirt", {}, 100, ordered=2, shipped=2)


def event(hours_ago: float, state: str, text: str = "") -> ShipmentEvent:
    return ShipmentEvent(NOW - timedelta(hours=hours_ago), state, text)  # type: ignore[arg-type]


def tracked(state: str, hours_ago: float, *events: ShipmentEvent, **more: object) -> Known:
    moment = NOW - timedelta(hours=hours_ago)
    return Known(Tracking("N1", state, moment, "DHL", events=events, **more))  # type: ignore[arg-type]


PARCEL = Shipment("s", "", "pre_transit", tracking_number="n 1", events=(event(30, "pre_transit", "packed"),))


def order(*shipments: Shipment, status: str = "shipped") -> Order:
    return Order(OrderRef("o"), "1", NOW, CustomerRef("c"), "", "EUR", Totals(), (LINE,), "processing", "paid",
                 status, "", shipments=shipments)  # type: ignore[arg-type]


def test_the_carriers_events_follow_the_shops():
    found = complete_shipment(PARCEL, tracked("in_transit", 2, event(20, "in_transit"), event(2, "in_transit")))
    assert [each.state for each in found.events] == ["pre_transit", "in_transit", "in_transit"]
    assert (found.state, found.carrier_name, found.shipped_at) == ("in_transit", "DHL", NOW - timedelta(hours=20))


def test_a_later_word_of_the_shop_stays():
    told = replace(PARCEL, state="delayed", events=(event(1, "delayed"),))
    assert complete_shipment(told, tracked("in_transit", 5, event(5, "in_transit"))).state == "delayed"


@pytest.mark.parametrize("state", ["delivered", "returned", "cancelled"])
def test_what_the_shop_settled_stays(state):
    settled = replace(PARCEL, state=state)
    assert complete_shipment(settled, tracked("in_transit", 0)) == settled


def test_an_unknown_word_changes_nothing():
    assert complete_shipment(PARCEL, tracked("unknown", 0)) == PARCEL


def test_late_is_measured_by_the_first_promise():
    known = replace(tracked("in_transit", 1, eta=NOW + timedelta(days=4)), first_eta=NOW + timedelta(days=1))
    found = complete_shipment(PARCEL, known)
    assert (found.original_eta, found.eta) == (NOW + timedelta(days=1), NOW + timedelta(days=4))


def test_an_order_is_delivered_when_all_its_parcels_are():
    there = {"N1": tracked("delivered", 1, event(1, "delivered"), delivered_at=NOW - timedelta(hours=1))}
    found = complete_order(order(PARCEL), there)
    assert (found.fulfilment_status, found.lines[0].delivered) == ("delivered", 2)
    other = replace(PARCEL, id="t", tracking_number="N2")
    assert complete_order(order(PARCEL, other), there).fulfilment_status == "shipped"
    assert complete_order(order(PARCEL, status="partly_shipped"), there).fulfilment_status == "partly_shipped"


def test_an_order_without_known_parcels_is_the_same_order():
    alone = order(PARCEL)
    assert complete_order(alone, {}) is alone
