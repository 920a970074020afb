"""The merchant's side of the embedded shop: what happens in its stores, its warehouse and on the road.

For the back office and for tests; customers and the bot never reach these.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from bot.commerce.demo import placing, schema, stock
from bot.commerce.demo.carriers import CARRIERS, Carrier, carrier_text
from bot.commerce.demo.database import ShopDatabase, emit
from bot.commerce.demo.invoices import require_invoice
from bot.commerce.demo.orders import change_order, get_order
from bot.commerce.demo.receiving import receive_back
from bot.commerce.types import LocationRef, Order, OrderRef, Shipment, ShipmentState, VariantRef
from bot.errors import FixInput, NotAllowed, NotFound

_USUAL_DAYS = 3


class MerchantSide:
    """What the shop's own people do. Every method writes, and logs a change that `poll_changes` tells."""

    def __init__(self, database: ShopDatabase, public_url: str, clock: Callable[[], datetime]) -> None:
        """The shop's database, its address and its clock."""
        self._database = database
        self._public_url = public_url
        self._clock = clock

    # stock
    def set_stock(self, variant_ref: VariantRef, location_ref: LocationRef | str, quantity: int | None) -> None:
        """Set what a store or `web` has; None stops counting. NotFound, FixInput."""
        if quantity is not None and quantity < 0:
            raise FixInput("quantity", "must not be negative")
        with self._database.write() as connection:
            stock.put(connection, variant_ref, location_ref, quantity, self._clock())

    def sell_in_store(self, variant_ref: VariantRef, location_ref: LocationRef | str, quantity: int = 1) -> None:
        """A customer at the till takes pieces off the shelf. InsufficientStock."""
        with self._database.write() as connection:
            stock.take(connection, variant_ref, location_ref, quantity, self._clock())

    def set_price(self, variant_ref: VariantRef, price_minor: int, compare_at_minor: int | None = None) -> None:
        """Change a price, in minor units. NotFound."""
        table = schema.variants
        with self._database.write() as connection:
            changed = connection.execute(
                sa.update(table).where(table.c.variant_ref == variant_ref)
                .values(price_minor=price_minor, compare_at_minor=compare_at_minor)
            )
            if not changed.rowcount:
                raise NotFound(f"variant {variant_ref}")
            bump_catalogue(connection)
            emit(connection, "price.changed", self._clock(), variant_ref=variant_ref)

    # parcels
    def create_shipment(
        self, order_ref: OrderRef, carrier: Carrier = CARRIERS[0], tracking_number: str = "", days: int = _USUAL_DAYS
    ) -> Order:
        """Hand every line over to a carrier. NotFound, NotAllowed for a pick-up or a cancelled order."""
        now = self._clock()
        with self._database.write() as connection:
            order = get_order(connection, order_ref, self._public_url)
            if order.delivery_kind != "ship" or order.status == "cancelled":
                raise NotAllowed("nothing_to_ship")
            number = tracking_number or f"{carrier.code[:2].upper()}{uuid4().int % 10**10:010d}"
            shipment_id = insert_shipment(
                connection, order_ref, carrier, number, shipped_at=now, eta=now + timedelta(days=days)
            )
            connection.execute(
                sa.update(schema.order_lines).where(schema.order_lines.c.order_ref == order_ref)
                .values(shipped=schema.order_lines.c.ordered - schema.order_lines.c.cancelled)
            )
            text = carrier_text("in_transit", _locale(connection, order_ref))
            add_event(connection, shipment_id, now, "in_transit", text)
            change_order(connection, order_ref, now, kind="shipment.created", status="processing",
                         fulfilment_status="shipped", native_status="shipped")
            require_invoice(connection, order_ref, now)
            return get_order(connection, order_ref, self._public_url)

    def add_shipment_event(
        self, order_ref: OrderRef, state: ShipmentState, text: str = "", place: str = "", shipment_id: str = ""
    ) -> Order:
        """What the carrier says of the order's parcel (the last one, or the one named). NotFound."""
        now = self._clock()
        with self._database.write() as connection:
            shipment = self._parcel(connection, order_ref, shipment_id)
            text = text or carrier_text(state, _locale(connection, order_ref))
            self._move_parcel(connection, order_ref, shipment, now, state, text, place)
            return get_order(connection, order_ref, self._public_url)

    def delay_shipment(self, order_ref: OrderRef, days: int = 2, text: str = "", shipment_id: str = "") -> Order:
        """Put the parcel's day off by `days` from the one now known; the first promise stays `original_eta`."""
        now = self._clock()
        with self._database.write() as connection:
            shipment = self._parcel(connection, order_ref, shipment_id)
            text = text or carrier_text("delayed", _locale(connection, order_ref))
            eta = max(shipment.eta or now, now) + timedelta(days=days)
            self._move_parcel(connection, order_ref, shipment, now, "delayed", text, "", eta=eta)
            return get_order(connection, order_ref, self._public_url)

    def mark_delivered(self, order_ref: OrderRef, shipment_id: str = "") -> Order:
        """The parcel is at the customer's. NotFound."""
        return self.add_shipment_event(order_ref, "delivered", shipment_id=shipment_id)

    def receive_return(self, order_ref: OrderRef) -> Order:
        """What was asked to go back, or to be exchanged, has arrived. NotFound, NotAllowed when nothing was asked."""
        with self._database.write() as connection:
            receive_back(connection, get_order(connection, order_ref, self._public_url), self._clock())
            return get_order(connection, order_ref, self._public_url)

    # stores
    def mark_picked_up(self, order_ref: OrderRef) -> Order:
        """The customer took the reserved pieces. NotFound, NotAllowed when nothing is ready."""
        now = self._clock()
        with self._database.write() as connection:
            order = get_order(connection, order_ref, self._public_url)
            if order.fulfilment_status != "ready_for_pickup":
                raise NotAllowed("not_ready")
            _deliver_lines(connection, order_ref)
            for shipment in order.shipments:
                if shipment.state == "ready_for_pickup":
                    _set_parcel(connection, shipment.id, state="delivered", delivered_at=now)
                    add_event(connection, shipment.id, now, "delivered", shipment.carrier_name)
            self._pay_in_store(connection, order, now)
            change_order(connection, order_ref, now, kind="order.picked_up", status="completed",
                         fulfilment_status="picked_up", native_status="picked_up", payment_status="paid")
            require_invoice(connection, order_ref, now)
            return get_order(connection, order_ref, self._public_url)

    def lose_reserved_item(self, order_ref: OrderRef, variant_ref: VariantRef | None = None) -> Order:
        """A reserved piece is sold or lost in its store: none is left there, and `pickup.item_missing` is told.

        The first line unless one is named. NotFound, NotAllowed when the order is no open reservation.
        """
        now = self._clock()
        with self._database.write() as connection:
            order = get_order(connection, order_ref, self._public_url)
            place = order.pickup_location_ref
            if place is None or order.fulfilment_status != "ready_for_pickup":
                raise NotAllowed("not_reserved")
            lines = [line for line in placing.lines_of(connection, order_ref) if line.ordered > line.cancelled]
            line = next((each for each in lines if variant_ref in (None, each.variant_ref)), None)
            if line is None:
                raise NotFound(f"variant {variant_ref} in order {order_ref}")
            _mark_missing(connection, order, line, now)
            stock.put(connection, line.variant_ref, place, 0, now)
            emit(connection, "pickup.item_missing", now, order_ref=order_ref, customer_ref=order.customer_ref,
                 variant_ref=line.variant_ref, location_ref=place)
            return get_order(connection, order_ref, self._public_url)

    def _parcel(self, connection: sa.Connection, order_ref: OrderRef, shipment_id: str) -> Shipment:
        shipments = get_order(connection, order_ref, self._public_url).shipments
        found = [each for each in shipments if shipment_id in ("", each.id)]
        if not found:
            raise NotFound(f"shipment of order {order_ref}")
        return found[-1]

    def _move_parcel(
        self, connection: sa.Connection, order_ref: OrderRef, shipment: Shipment, now: datetime, state: ShipmentState,
        text: str, place: str, *, eta: datetime | None = None,
    ) -> None:
        values: dict[str, Any] = {"state": state, "eta": eta or shipment.eta}
        order_values: dict[str, str] = {}
        if state == "delivered":
            values["delivered_at"] = now
            _deliver_lines(connection, order_ref)
            order_values = {"status": "completed", "fulfilment_status": "delivered", "native_status": "delivered"}
        _set_parcel(connection, shipment.id, **values)
        add_event(connection, shipment.id, now, state, text, place)
        kind = "shipment.delivered" if state == "delivered" else "shipment.tracking_changed"
        change_order(connection, order_ref, now, kind=kind, **order_values)

    def _pay_in_store(self, connection: sa.Connection, order: Order, now: datetime) -> None:
        if order.payment_status == "unpaid":
            placing.record_payment(connection, order.ref, "payment", "in_store", order.totals, now)


def bump_catalogue(connection: sa.Connection) -> None:
    """Tell every reader that the catalogue changed. Writes."""
    table = schema.meta
    revision = connection.execute(sa.select(table.c.value).where(table.c.name == "catalogue_revision")).scalar() or 0
    connection.execute(sa.delete(table).where(table.c.name == "catalogue_revision"))
    connection.execute(sa.insert(table).values(name="catalogue_revision", value=int(revision) + 1))


def insert_shipment(
    connection: sa.Connection, order_ref: str, carrier: Carrier, number: str, *, shipped_at: datetime | None,
    eta: datetime | None, state: ShipmentState = "in_transit", **values: Any,
) -> str:
    """A parcel with its number; returns its id. Writes."""
    shipment_id = f"shp_{uuid4().hex[:12]}"
    connection.execute(sa.insert(schema.shipments).values(**{
        "shipment_id": shipment_id, "order_ref": order_ref, "position": 1, "carrier_code": carrier.code,
        "carrier_name": carrier.name, "tracking_number": number, "state": state, "shipped_at": shipped_at,
        "tracking_url": carrier.tracking_url.format(number=number), "eta": eta, "original_eta": eta, **values,
    }))
    return shipment_id


def add_event(
    connection: sa.Connection, shipment_id: str, at: datetime, state: ShipmentState, text: str, place: str = ""
) -> None:
    """One line of what the carrier said. Writes."""
    connection.execute(sa.insert(schema.shipment_events).values(
        shipment_id=shipment_id, at=at, state=state, text=text, place=place
    ))


def _set_parcel(connection: sa.Connection, shipment_id: str, **values: Any) -> None:
    table = schema.shipments
    connection.execute(sa.update(table).where(table.c.shipment_id == shipment_id).values(**values))


def _deliver_lines(connection: sa.Connection, order_ref: str) -> None:
    table = schema.order_lines
    pieces = table.c.ordered - table.c.cancelled
    connection.execute(
        sa.update(table).where(table.c.order_ref == order_ref).values(shipped=pieces, delivered=pieces)
    )


def _mark_missing(connection: sa.Connection, order: Order, line: Any, now: datetime) -> None:
    table = schema.order_lines
    connection.execute(sa.update(table).where(table.c.line_id == line.line_id).values(is_missing=True))
    for shipment in order.shipments:
        if shipment.state == "ready_for_pickup":
            _set_parcel(connection, shipment.id, state="exception")
            add_event(connection, shipment.id, now, "exception", shipment.carrier_name)
    change_order(connection, order.ref, now, status="on_hold", fulfilment_status="none",
                 native_status="reserved_item_missing")


def _locale(connection: sa.Connection, order_ref: str) -> str:
    table = schema.orders
    return connection.execute(sa.select(table.c.locale).where(table.c.order_ref == order_ref)).scalar() or ""
