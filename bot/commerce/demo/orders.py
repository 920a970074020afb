"""Orders read back: lines, parcels, what the carrier said, and what the shop still lets one change."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.closing import forget_when_over
from bot.commerce.demo.database import emit, read_meta
from bot.commerce.demo.products import art_url
from bot.commerce.folding import digits_of, fold_code
from bot.commerce.types import (
    Address,
    CustomerRef,
    DeliveryChoice,
    Editable,
    LocationRef,
    Order,
    OrderLine,
    OrderRef,
    OrderRequest,
    Page,
    Payment,
    ProductRef,
    Shipment,
    ShipmentEvent,
    Totals,
    VariantRef,
)
from bot.errors import FixInput, NotFound

_OPEN = ("pending", "confirmed", "processing", "on_hold")


def get_order(connection: sa.Connection, ref: str, public_url: str) -> Order:
    """The order with lines and shipments. NotFound."""
    found = _read_orders(connection, schema.orders.c.order_ref == ref, public_url)
    if not found:
        raise NotFound(f"order {ref}")
    return found[0]


def find_order(
    connection: sa.Connection, number: str, *, customer_ref: str | None, email: str, postcode: str, public_url: str
) -> Order:
    """The order whose number and every proof match, else NotFound; without a proof there is none."""
    table = schema.orders
    key = fold_code(number)
    proofs = [
        *([table.c.customer_ref == customer_ref] if customer_ref else []),
        *([sa.func.lower(table.c.email) == email.strip().lower()] if email.strip() else []),
        *([table.c.postcode_key == fold_code(postcode)] if fold_code(postcode) else []),
    ]
    if not key or not proofs:
        raise NotFound("order")
    same_number = table.c.number_key == key
    if key.isdigit():
        same_number = sa.or_(same_number, table.c.number_digits == key)
    found = _read_orders(connection, sa.and_(same_number, *proofs), public_url)
    if len(found) != 1:
        raise NotFound("order")
    return found[0]


def list_orders(
    connection: sa.Connection, customer_ref: str, *, limit: int, cursor: str, public_url: str
) -> Page[Order]:
    """A page of the customer's orders, newest first. FixInput for a cursor that we did not give."""
    start = parse_cursor(cursor)
    table = schema.orders
    refs = connection.execute(
        sa.select(table.c.order_ref).where(table.c.customer_ref == customer_ref)
        .order_by(table.c.placed_at.desc(), table.c.order_ref.desc()).offset(start).limit(limit + 1)
    ).scalars().all()
    orders = _read_orders(connection, table.c.order_ref.in_(refs[:limit]), public_url)
    return Page(tuple(orders), str(start + limit) if len(refs) > limit else "")


def list_every_order(connection: sa.Connection, public_url: str) -> list[Order]:
    """Every order of the shop, newest first."""
    return _read_orders(connection, sa.true(), public_url)


def parse_cursor(cursor: str) -> int:
    """Where a page starts. FixInput for a cursor that we did not give."""
    if cursor and not cursor.isdigit():
        raise FixInput("cursor", "is not one of ours")
    return int(cursor or 0)


def _read_orders(connection: sa.Connection, condition: Any, public_url: str) -> list[Order]:
    rows = connection.execute(
        sa.select(schema.orders).where(condition)
        .order_by(schema.orders.c.placed_at.desc(), schema.orders.c.order_ref.desc())
    ).all()
    refs = [row.order_ref for row in rows]
    lines = _grouped(connection, schema.order_lines, refs)
    slugs = _slugs(connection, {line.product_ref for group in lines.values() for line in group})
    parcels = _grouped(connection, schema.shipments, refs)
    payments = _payments_of(connection, refs)
    requests = _requests_of(connection, refs)
    changes_once = bool(read_meta(connection).get("shop", {}).get("changes_once")) if rows else False
    parcel_ids = [each.shipment_id for group in parcels.values() for each in group]
    events, chosen = _events_of(connection, parcel_ids), _choices_of(connection, parcel_ids)
    return [
        _order(
            row,
            tuple(_line(each, slugs, public_url) for each in lines.get(row.order_ref, ())),
            tuple(
                _shipment(each, events.get(each.shipment_id, ()), chosen.get(each.shipment_id))
                for each in parcels.get(row.order_ref, ())
            ),
            payments=tuple(payments.get(row.order_ref, ())),
            requests=tuple(requests.get(row.order_ref, ())),
            changes_once=changes_once,
            public_url=public_url,
        )
        for row in rows
    ]


def _slugs(connection: sa.Connection, refs: set[str]) -> dict[str, str]:
    table = schema.products
    query = sa.select(table.c.product_ref, table.c.slug).where(table.c.product_ref.in_(refs))
    return {row.product_ref: row.slug for row in connection.execute(query)}


def _grouped(connection: sa.Connection, table: sa.Table, refs: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    query = sa.select(table).where(table.c.order_ref.in_(refs)).order_by(table.c.position)
    for row in connection.execute(query):
        found.setdefault(row.order_ref, []).append(row)
    return found


def _events_of(connection: sa.Connection, shipment_ids: Sequence[str]) -> dict[str, list[ShipmentEvent]]:
    table = schema.shipment_events
    found: dict[str, list[ShipmentEvent]] = {}
    query = sa.select(table).where(table.c.shipment_id.in_(shipment_ids)).order_by(table.c.at, table.c.event_id)
    for row in connection.execute(query):
        event = ShipmentEvent(at=row.at, state=row.state, text=row.text, place=row.place)
        found.setdefault(row.shipment_id, []).append(event)
    return found


def _choices_of(connection: sa.Connection, shipment_ids: Sequence[str]) -> dict[str, DeliveryChoice]:
    table = schema.delivery_choices
    rows = connection.execute(sa.select(table).where(table.c.shipment_id.in_(shipment_ids)))
    return {row.shipment_id: _choice(row.content) for row in rows}


def _choice(content: dict[str, Any]) -> DeliveryChoice:
    day, address = content["day"], content["point_address"]
    return DeliveryChoice(**{
        **content, "day": date.fromisoformat(day) if day else None,
        "point_address": Address(**address) if address else None,
    })


def _payments_of(connection: sa.Connection, refs: Sequence[str]) -> dict[str, list[Payment]]:
    table = schema.payments
    found: dict[str, list[Payment]] = {}
    query = sa.select(table).where(table.c.order_ref.in_(refs)).order_by(table.c.payment_id)
    for row in connection.execute(query):
        found.setdefault(row.order_ref, []).append(Payment(row.kind, row.method, row.amount_minor))
    return found


def _requests_of(connection: sa.Connection, refs: Sequence[str]) -> dict[str, list[OrderRequest]]:
    table = schema.order_requests
    found: dict[str, list[OrderRequest]] = {}
    query = sa.select(table).where(table.c.order_ref.in_(refs)).order_by(table.c.at, table.c.request_id)
    for row in connection.execute(query):
        found.setdefault(row.order_ref, []).append(OrderRequest(
            kind=row.kind, at=row.at, method_id=row.method, reason=row.reason, difference_minor=row.difference_minor,
            pieces={each["line_id"]: each["pieces"] for each in row.lines if "pieces" in each},
            variants={each["line_id"]: each["variant_ref"] for each in row.lines if "variant_ref" in each},
        ))
    return found


def _line(row: Any, slugs: dict[str, str], public_url: str) -> OrderLine:
    slug = slugs.get(row.product_ref, "")
    return OrderLine(
        id=row.line_id, variant_ref=VariantRef(row.variant_ref), product_ref=ProductRef(row.product_ref), sku=row.sku,
        title=row.title, options=row.options, unit_price_minor=row.unit_price_minor, ordered=row.ordered,
        shipped=row.shipped, delivered=row.delivered, cancelled=row.cancelled, returned=row.returned,
        image_url=art_url(public_url, slug, row.options) if slug else "",
        is_missing=row.is_missing,
    )


def _shipment(row: Any, events: Sequence[ShipmentEvent], chosen: DeliveryChoice | None) -> Shipment:
    return Shipment(
        id=row.shipment_id, carrier_name=row.carrier_name, state=row.state, carrier_code=row.carrier_code,
        tracking_number=row.tracking_number, tracking_url=row.tracking_url, shipped_at=row.shipped_at, eta=row.eta,
        original_eta=row.original_eta, delivered_at=row.delivered_at, events=tuple(events), chosen=chosen,
        pickup_location_ref=LocationRef(row.pickup_location_ref) if row.pickup_location_ref else None,
    )


def _order(
    row: Any, lines: tuple[OrderLine, ...], shipments: tuple[Shipment, ...], *, payments: tuple[Payment, ...],
    requests: tuple[OrderRequest, ...], changes_once: bool, public_url: str,
) -> Order:
    return Order(
        ref=OrderRef(row.order_ref), number=row.number, placed_at=row.placed_at,
        customer_ref=CustomerRef(row.customer_ref) if row.customer_ref else None,
        email=row.email, phone=row.phone, currency=row.currency, totals=Totals(**row.totals), lines=lines,
        status=row.status, payment_status=row.payment_status, fulfilment_status=row.fulfilment_status,
        native_status=row.native_status,
        shipping_address=Address(**row.shipping_address) if row.shipping_address else None,
        delivery_kind=row.delivery_kind,
        pickup_location_ref=LocationRef(row.pickup_location_ref) if row.pickup_location_ref else None,
        shipments=shipments, payments=payments,
        requests=tuple(_settle(each, lines) if each.variants else each for each in requests),
        status_url=f"{public_url}/orders/{row.number.lstrip('#')}",
        editable=_editable(row, shipments, requests, changes_once=changes_once),
        version=row.version, offers=tuple(row.offers),
    )


def _settle(request: OrderRequest, lines: Sequence[OrderLine]) -> OrderRequest:
    """An exchange is open until its lines are the variants that were asked for."""
    return replace(request, is_open=any(
        line.variant_ref != request.variants.get(line.id, line.variant_ref) for line in lines))


def _editable(
    row: Any, shipments: tuple[Shipment, ...], requests: tuple[OrderRequest, ...], *, changes_once: bool
) -> Editable:
    """What may still be done: before it leaves, its cancellation and changes; once it is there, its way back."""
    is_untouched = row.status in _OPEN and row.fulfilment_status == "none" and not shipments
    is_spent = changes_once and "(" in row.native_status
    is_there = row.fulfilment_status in ("delivered", "picked_up") and row.status != "cancelled"
    may_come_back = is_there and not (changes_once and requests)
    return Editable(
        address=is_untouched and not is_spent and row.delivery_kind == "ship", cancel=is_untouched and not is_spent,
        lines=is_untouched and not is_spent, payment=is_untouched and not is_spent, returns=may_come_back,
        exchanges=may_come_back,
    )


def insert_order(
    connection: sa.Connection, values: dict[str, Any], lines: Sequence[dict[str, Any]], now: datetime
) -> None:
    """Add an order with its lines; number and postcode are folded here. Writes."""
    address = values.get("shipping_address") or {}
    number = values["number"]
    connection.execute(sa.insert(schema.orders).values(**{
        "phone": "", "locale": "", "shipping_address": None, "delivery_kind": "ship", "pickup_location_ref": None,
        "offers": [], "version": 1, "number_key": fold_code(number), "number_digits": digits_of(number),
        "postcode_key": fold_code(address.get("postcode", "")), "placed_at": now, **values,
    }))
    connection.execute(sa.insert(schema.order_lines), [
        {"shipped": 0, "delivered": 0, "cancelled": 0, "returned": 0, "is_missing": False, **line,
         "line_id": f"{values['order_ref']}-{position}", "order_ref": values["order_ref"], "position": position}
        for position, line in enumerate(lines, start=1)
    ])


def change_order(
    connection: sa.Connection, ref: str, now: datetime, *, kind: str = "order.changed", **values: Any
) -> None:
    """Change an order's own row, count its version up and log it under `kind`. NotFound. Writes."""
    table = schema.orders
    row = connection.execute(sa.select(table.c.customer_ref).where(table.c.order_ref == ref)).first()
    if row is None:
        raise NotFound(f"order {ref}")
    connection.execute(
        sa.update(table).where(table.c.order_ref == ref).values(version=table.c.version + 1, **values)
    )
    forget_when_over(connection, ref)
    emit(connection, kind, now, order_ref=ref, customer_ref=row.customer_ref)
