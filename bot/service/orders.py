"""Stage A4: the shop's orders -> what is said of them: which are open, how far each has come, what is late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, Shipment
from bot.contracts.messages import Card, QuickReply, StepState, Timeline, TimelineStep, dump_payload
from bot.errors import NotFound
from bot.texts.catalogue import format_day, format_money, translate

OVERDUE_AFTER = timedelta(hours=24)  # a carrier's day ends late; the next day is a delay
MAX_PAGES = 5
MIN_TRACKING = 8  # characters: no carrier has shorter numbers

ORDER_SENTENCES = {
    "draft": "Not placed yet",
    "pending": "Placed, not sent yet",
    "confirmed": "Confirmed",
    "processing": "Being prepared",
    "on_hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
}
FULFILMENT_SENTENCES = {
    "partly_shipped": "Partly sent",
    "shipped": "Sent",
    "partly_delivered": "Partly delivered",
    "delivered": "Delivered",
    "ready_for_pickup": "Ready to collect",
    "picked_up": "Collected",
}
SHIPMENT_SENTENCES = {
    "label_created": "Being packed",
    "pre_transit": "Handed to the carrier soon",
    "in_transit": "On its way",
    "out_for_delivery": "Out for delivery",
    "attempted": "Delivery was tried",
    "ready_for_pickup": "Ready to collect",
    "delivered": "Delivered",
    "delayed": "Delayed",
    "exception": "Held up at the carrier",
    "returned": "On its way back to the shop",
    "cancelled": "Cancelled",
    "unknown": "News from the carrier",
}
_TROUBLE = frozenset({"delayed", "exception", "attempted", "returned"})
_ARRIVED = frozenset({"delivered", "cancelled", "returned"})
_NOT_LEFT = frozenset({"label_created", "pre_transit", "cancelled", "unknown"})
_AT_WORK = frozenset({"pending", "confirmed", "processing"})
_COVERED = frozenset({"paid", "authorised"})


@dataclass(frozen=True)
class Reader:
    """Who reads it: language, zone, and when."""

    language: str
    timezone: str
    now: datetime

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the catalogues."""
        return translate(self.language, sentence, **values)

    def day(self, moment: datetime) -> str:
        """A day in the reader's zone."""
        return format_day(self.language, moment, self.timezone)

    def at(self, moment: datetime | None) -> str:
        """A moment in the reader's zone, ISO 8601, "" for none."""
        return moment.astimezone(ZoneInfo(self.timezone)).isoformat(timespec="minutes") if moment else ""


def list_orders(commerce: CommerceEngine, customer_ref: CustomerRef) -> list[Order]:
    """A customer's orders, newest first, a few pages at most."""
    orders: list[Order] = []
    cursor = ""
    for _ in range(MAX_PAGES):
        page = commerce.list_orders(customer_ref, cursor=cursor)
        orders += page.items
        cursor = page.cursor
        if not cursor:
            break
    return orders


def find_orders_to_show(orders: Sequence[Order]) -> list[Order]:
    """The open ones; the latest one where none is."""
    open_ones = [order for order in orders if is_open(order)]
    return open_ones or list(orders[:1])


def find_own_order(commerce: CommerceEngine, customer_ref: CustomerRef, number: str) -> Order:
    """The customer's order with that number, with or without its #. NotFound when it is not theirs, or is none."""
    return commerce.find_order(number.strip(), customer_ref=customer_ref)


def find_by_parcel(orders: Sequence[Order], text: str) -> Order | None:
    """The order one of whose parcels has a tracking number that stands in the words; None for none."""
    said = "".join(text.split()).upper()
    numbers = {parcel.tracking_number.upper(): order for order in orders for parcel in order.shipments}
    return next((order for number, order in numbers.items() if len(number) >= MIN_TRACKING and number in said), None)


def find_guest_order(commerce: CommerceEngine, number: str, *, email: str = "", postcode: str = "") -> Order | None:
    """The order that the number and the e-mail or postcode name, or None: whether it exists stays untold."""
    try:
        return commerce.find_order(number.strip(), email=email, postcode=postcode)
    except NotFound:
        return None


def is_open(order: Order) -> bool:
    """Whether something is still to come."""
    if order.status in ("cancelled", "draft"):
        return False
    return order.fulfilment_status not in ("delivered", "picked_up", "not_needed")


def find_delayed(order: Order, now: datetime, *zones: str) -> Shipment | None:
    """The parcel that is late, or None; days are compared in these zones."""
    return next((each for each in order.shipments if is_late(each, now, *zones)), None)


def is_late(shipment: Shipment, now: datetime, *zones: str) -> bool:
    """Whether the carrier said so, moved the day back, or let it pass; days are compared in these zones."""
    if shipment.state in _ARRIVED or shipment.delivered_at:
        return False
    if shipment.state == "delayed":
        return True
    if shipment.eta and shipment.original_eta and is_later_day(shipment.eta, shipment.original_eta, zones):
        return True
    return bool(shipment.eta and now > shipment.eta + OVERDUE_AFTER and shipment.state != "ready_for_pickup")


def find_late_arrival(order: Order, *zones: str) -> Shipment | None:
    """The parcel that arrived later than was promised first, by the day in these zones; where no promise is known, one
    that the carrier called late on the way. None for none.
    """
    return next((each for each in order.shipments if _came_late(each, zones)), None)


def _came_late(shipment: Shipment, zones: Sequence[str]) -> bool:
    if shipment.delivered_at is None or shipment.pickup_location_ref:
        return False
    if shipment.original_eta:
        return is_later_day(shipment.delivered_at, shipment.original_eta, zones)
    return any(each.state == "delayed" for each in shipment.events)


def is_later_day(moment: datetime, promised: datetime, zones: Sequence[str]) -> bool:
    """Whether it is a later day in each of the zones: an evening is the next day elsewhere, and nothing is late yet."""
    pairs = ((moment.astimezone(zone), promised.astimezone(zone)) for zone in map(ZoneInfo, zones))
    return all(then.date() > day.date() for then, day in pairs)


def find_stuck(order: Order, now: datetime, after_hours: float) -> Shipment | None:
    """The parcel that nobody has said anything of for so long, and whose promised day is over; None for none."""
    if order.status == "cancelled":
        return None
    return next((each for each in order.shipments if _is_stuck(each, now, after_hours)), None)


def find_stuck_at(order: Order, after_hours: float) -> datetime | None:
    """From when the first parcel is called stuck unless something is said of it: so long after the last news, and not
    before the carrier's day is over. None where nothing is on its way.
    """
    found = (_stuck_at(each, after_hours) for each in order.shipments)
    return min((each for each in found if each), default=None)


def find_unshipped_at(order: Order, after_hours: float) -> datetime | None:
    """From when an order of which no carrier has anything is called late: so long after it was placed, and not before
    a day that is named for it is over. None where something left, or nothing is to leave.
    """
    is_to_leave = order.delivery_kind == "ship" and order.status in _AT_WORK and order.payment_status in _COVERED
    if not is_to_leave or order.fulfilment_status != "none" or any(map(_has_left, order.shipments)):
        return None
    days = [each.eta + OVERDUE_AFTER for each in order.shipments if each.eta and each.state != "cancelled"]
    return max([order.placed_at + timedelta(hours=after_hours), *days])


def _has_left(shipment: Shipment) -> bool:
    return bool(shipment.shipped_at or shipment.delivered_at) or shipment.state not in _NOT_LEFT


def last_news(shipment: Shipment) -> datetime | None:
    """When the carrier last said anything; when it left, where it never did."""
    return max((each.at for each in shipment.events), default=shipment.shipped_at)


def _is_stuck(shipment: Shipment, now: datetime, after_hours: float) -> bool:
    silent_at = _stuck_at(shipment, after_hours)
    return silent_at is not None and silent_at <= now


def _stuck_at(shipment: Shipment, after_hours: float) -> datetime | None:
    news = last_news(shipment)
    if news is None or not _is_under_way(shipment):
        return None
    silent_at = news + timedelta(hours=after_hours)
    return max(silent_at, shipment.eta + OVERDUE_AFTER) if shipment.eta else silent_at


def _is_under_way(shipment: Shipment) -> bool:
    return shipment.state not in _ARRIVED | {"ready_for_pickup", "label_created"} and not shipment.delivered_at


def is_missing_at_pickup(order: Order) -> bool:
    """Whether something reserved in a store is no longer there."""
    return any(each.pickup_location_ref and each.state == "exception" for each in order.shipments)


def describe_status(order: Order, reader: Reader) -> str:
    """How far the order has come, in a few words."""
    if order.status in ("cancelled", "draft", "on_hold"):
        return reader.say(ORDER_SENTENCES[order.status])
    if is_missing_at_pickup(order):
        return reader.say("An item is no longer in the store")
    shipment = _leading_shipment(order)
    if (
        shipment
        and shipment.state not in ("unknown", "label_created")
        and order.fulfilment_status
        not in (
            "delivered",
            "picked_up",
        )
    ):
        return reader.say(SHIPMENT_SENTENCES[shipment.state])
    if order.fulfilment_status in FULFILMENT_SENTENCES:
        return reader.say(FULFILMENT_SENTENCES[order.fulfilment_status])
    known = ORDER_SENTENCES.get(order.status)
    return reader.say(known) if known else order.native_status


def describe_alert(order: Order, shipment: Shipment, reader: Reader) -> str:
    """The sentence that a delay begins with, "" when nothing is wrong."""
    carrier = shipment.carrier_name or reader.say("the carrier")
    if not is_late(shipment, reader.now, reader.timezone):
        if shipment.state == "exception":
            return reader.say("There is a problem with this parcel at {carrier}.", carrier=carrier)
        return ""
    if shipment.eta and shipment.eta > reader.now:
        if shipment.original_eta and reader.day(shipment.original_eta) != reader.day(shipment.eta):
            return reader.say(
                "This parcel is late: {carrier} now expects it on {day} instead of {before}.",
                carrier=carrier,
                day=reader.day(shipment.eta),
                before=reader.day(shipment.original_eta),
            )
        return reader.say(
            "This parcel is late: {carrier} now expects it on {day}.", carrier=carrier, day=reader.day(shipment.eta)
        )
    return reader.say("This parcel is late, and {carrier} has not given a new day yet.", carrier=carrier)


def describe_expectation(order: Order, reader: Reader) -> str:
    """When it is or was there, or how late it is: the line of a list."""
    late = find_delayed(order, reader.now, reader.timezone)
    if late:
        return describe_alert(order, late, reader)
    shipment = _leading_shipment(order)
    if shipment and shipment.delivered_at:
        return reader.say("Delivered on {day}", day=reader.day(shipment.delivered_at))
    if shipment and shipment.eta and is_open(order):
        return reader.say("Expected on {day}", day=reader.day(shipment.eta))
    return ""


def order_title(order: Order, reader: Reader) -> str:
    """What the order is called: its number."""
    return reader.say("Order {number}", number=order.number.lstrip("#"))


def order_option(order: Order, reader: Reader) -> tuple[str, str]:
    """The order as an option of a choice."""
    return order.number, f"{order.number.lstrip('#')} · {reader.day(order.placed_at)}"


def order_card(order: Order, reader: Reader) -> Card:
    """The order as a card of a list: status, what is in it, and a delay before it is asked for."""
    items = sum(line.ordered for line in order.lines)
    contents = order.lines[0].title if items == 1 and order.lines else reader.say("{count} items", count=items)
    return Card(
        title=order_title(order, reader),
        subtitle=f"{describe_status(order, reader)} · {contents}",
        image_url=order.lines[0].image_url if order.lines else "",
        price_text=format_money(reader.language, order.totals.grand_minor, order.currency),
        note=describe_expectation(order, reader),
        buttons=(QuickReply(reader.say("Follow this order"), dump_payload("track_order", order_number=order.number)),),
    )


def describe_order(order: Order, reader: Reader) -> tuple[Timeline, ...]:
    """The order's way to the customer: one timeline a parcel, the first in trouble first; one even without any."""
    parcels = sorted(order.shipments, key=lambda each: (
        not is_late(each, reader.now, reader.timezone), each.state in _ARRIVED))
    shipments: tuple[Shipment | None, ...] = tuple(parcels) or (None,)
    return tuple(_timeline(order, each, number, len(shipments), reader) for number, each in enumerate(shipments, 1))


def _timeline(order: Order, shipment: Shipment | None, number: int, parcels: int, reader: Reader) -> Timeline:
    title = f"{order_title(order, reader)} · {describe_status(order, reader)}"
    if parcels > 1 and shipment:
        title = reader.say(
            "{order}, parcel {number} of {parcels} · {status}",
            order=order_title(order, reader),
            number=number,
            parcels=parcels,
            status=reader.say(SHIPMENT_SENTENCES[shipment.state]),
        )
    steps = (_first_step(order, reader), *_order_steps(order, shipment, reader))
    if shipment is None:
        return Timeline(title=title, steps=steps)
    return Timeline(
        title=title,
        steps=(*steps, *_shipment_steps(shipment, reader), *_last_step(order, shipment, reader)),
        carrier=shipment.carrier_name,
        tracking_number=shipment.tracking_number,
        tracking_url=shipment.tracking_url,
        alert=describe_alert(order, shipment, reader),
    )


def _first_step(order: Order, reader: Reader) -> TimelineStep:
    return TimelineStep(reader.say("Order placed"), reader.at(order.placed_at), state="done")


def _order_steps(order: Order, shipment: Shipment | None, reader: Reader) -> tuple[TimelineStep, ...]:
    if order.status == "cancelled":
        return (TimelineStep(reader.say("Cancelled"), state="problem"),)
    if shipment and (shipment.events or shipment.shipped_at):
        return (TimelineStep(reader.say("Prepared"), state="done"),)
    if order.fulfilment_status in ("delivered", "picked_up", "shipped", "ready_for_pickup"):
        states: StepState = "current" if is_open(order) else "done"
        return (TimelineStep(reader.say(FULFILMENT_SENTENCES[order.fulfilment_status]), state=states),)
    return (TimelineStep(describe_status(order, reader), state="current"),)


def _shipment_steps(shipment: Shipment, reader: Reader) -> tuple[TimelineStep, ...]:
    events = sorted(shipment.events, key=lambda each: each.at)
    if not events and shipment.shipped_at:
        return (TimelineStep(reader.say("Sent"), reader.at(shipment.shipped_at), state="done"),)
    return tuple(
        TimelineStep(
            title=reader.say(SHIPMENT_SENTENCES[event.state]),
            at=reader.at(event.at),
            detail=" · ".join(part for part in (event.place, event.text) if part),
            state=_step_state(event.state, is_last=position == len(events)),
        )
        for position, event in enumerate(events, start=1)
    )


def _step_state(state: str, *, is_last: bool) -> StepState:
    if state in _TROUBLE:
        return "problem"
    return "current" if is_last and state not in _ARRIVED else "done"


def _last_step(order: Order, shipment: Shipment, reader: Reader) -> tuple[TimelineStep, ...]:
    if any(event.state in _ARRIVED for event in shipment.events) or order.status == "cancelled":
        return ()
    if shipment.delivered_at:
        return (TimelineStep(reader.say("Delivered"), reader.at(shipment.delivered_at), state="done"),)
    if shipment.pickup_location_ref or shipment.state in _ARRIVED:
        return ()
    detail = reader.say("Expected on {day}", day=reader.day(shipment.eta)) if shipment.eta else ""
    detail = " · ".join(part for part in (detail, _describe_chosen(shipment, reader)) if part)
    return (TimelineStep(reader.say("Delivery"), detail=detail, state="upcoming"),)


def _describe_chosen(shipment: Shipment, reader: Reader) -> str:
    """Where the customer asked the carrier to leave it, "" for at the door."""
    chosen = shipment.chosen
    if chosen is None or chosen.kind == "day":
        return ""
    if chosen.kind == "neighbour":
        return reader.say("left with {name}", name=chosen.name)
    place = f", {chosen.point_address.line1}" if chosen.point_address else ""
    return reader.say("to the pick-up point {name}", name=f"{chosen.point_name}{place}")


def _leading_shipment(order: Order) -> Shipment | None:
    waiting = [each for each in order.shipments if each.state not in _ARRIVED]
    return next(iter([*waiting, *order.shipments]), None)
