"""What the embedded carriers offer for a parcel on its way: another working day, a neighbour, a pick-up point."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.aftersales import Call, once
from bot.commerce.demo.carriers import CARRIERS, points_near
from bot.commerce.demo.database import read_meta
from bot.commerce.demo.orders import change_order, get_order
from bot.commerce.types import DeliveryChoice, Order, Shipment
from bot.errors import FixInput, NotAllowed
from bot.texts.catalogue import format_day, translate

_MOVABLE = ("pre_transit", "in_transit", "delayed", "attempted")
_OFFERED_DAYS = 3
_SATURDAY = 5
_COMES_AT = time(18)
_LONGEST_NAME = 80
_SENTENCES: Mapping[str, str] = {
    "day": "You asked for another day: {what}.",
    "neighbour": "You asked for it to be left with a neighbour: {what}.",
    "pickup_point": "You asked for a pick-up point: {what}.",
}


def list_choices(connection: sa.Connection, ref: str, now: datetime) -> list[DeliveryChoice]:
    """Every choice for the order's parcels that are on their way with one of our carriers. NotFound."""
    order = get_order(connection, ref, "")
    zone = ZoneInfo(read_meta(connection)["shop"]["timezone"])
    movable = [parcel for parcel in order.shipments if _is_movable(order, parcel)]
    return [each for parcel in movable for each in _offer(order, parcel, now, zone)]


def choose(connection: sa.Connection, ref: str, choice_id: str, name: str, call: Call) -> None:
    """Take a choice, once per key. NotFound, NotAllowed("not_offered"), FixInput("name"), Conflict. Writes."""

    def write(order: Order) -> None:
        offered = {each.id: each for each in list_choices(connection, ref, call.now)}
        if choice_id not in offered:
            raise NotAllowed("not_offered")
        choice = offered[choice_id]
        if choice.kind == "neighbour":
            if not 0 < len(name.strip()) <= _LONGEST_NAME:
                raise FixInput("name", f"says who the neighbour is, in at most {_LONGEST_NAME} characters")
            choice = replace(choice, name=" ".join(name.split()))
        _keep(connection, choice, call.now)
        _tell(connection, order, choice, call.now)

    once(connection, ref, f"choose_delivery:{ref}", call, write)


def _is_movable(order: Order, parcel: Shipment) -> bool:
    is_ours = parcel.carrier_code in {each.code for each in CARRIERS}
    return is_ours and order.delivery_kind == "ship" and order.status != "cancelled" and parcel.state in _MOVABLE


def _offer(order: Order, parcel: Shipment, now: datetime, zone: ZoneInfo) -> Iterator[DeliveryChoice]:
    for day in _next_days(max(now, parcel.eta or now).astimezone(zone).date()):
        yield DeliveryChoice(f"{parcel.id}:day:{day.isoformat()}", "day", parcel.id, day=day)
    yield DeliveryChoice(f"{parcel.id}:neighbour", "neighbour", parcel.id)
    if order.shipping_address:
        for number, (name, address, opening) in enumerate(points_near(order.shipping_address), start=1):
            yield DeliveryChoice(f"{parcel.id}:point:{number}", "pickup_point", parcel.id, point_name=name,
                                 point_address=address, opening_text=opening)


def _next_days(after: date) -> list[date]:
    """The next working days after a day: never one before the carrier itself expects to come."""
    days = (after + timedelta(days=count) for count in range(1, 10))
    return [day for day in days if day.weekday() < _SATURDAY][:_OFFERED_DAYS]


def _keep(connection: sa.Connection, choice: DeliveryChoice, now: datetime) -> None:
    table = schema.delivery_choices
    content = {**asdict(choice), "day": choice.day.isoformat() if choice.day else None}
    connection.execute(sa.delete(table).where(table.c.shipment_id == choice.shipment_id))
    connection.execute(sa.insert(table).values(shipment_id=choice.shipment_id, content=content, at=now))


def _tell(connection: sa.Connection, order: Order, choice: DeliveryChoice, now: datetime) -> None:
    """The parcel's story goes on: what was asked for; a day asked for is the promise from now on, and not a delay."""
    shop = read_meta(connection)["shop"]
    locale = connection.execute(
        sa.select(schema.orders.c.locale).where(schema.orders.c.order_ref == order.ref)
    ).scalar()
    language = (locale or str(shop["language"]))[:2]
    text = translate(language, _SENTENCES[choice.kind], what=_name(choice, language, shop["timezone"]))
    if choice.day:
        eta = datetime.combine(choice.day, _COMES_AT, ZoneInfo(shop["timezone"])).astimezone(UTC)
        parcels = schema.shipments
        connection.execute(
            sa.update(parcels).where(parcels.c.shipment_id == choice.shipment_id)
            .values(eta=eta, original_eta=eta, state="in_transit")
        )
    connection.execute(sa.insert(schema.shipment_events).values(
        shipment_id=choice.shipment_id, at=now, state="in_transit", text=text, place=""
    ))
    change_order(connection, order.ref, now, kind="shipment.tracking_changed")


def _name(choice: DeliveryChoice, language: str, timezone: str) -> str:
    if choice.day:
        return format_day(language, choice.day, timezone)
    return choice.name or f"{choice.point_name}, {choice.point_address.line1 if choice.point_address else ''}"
