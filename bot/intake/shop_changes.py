"""Stage B1: the shop's change log -> events of silo "shop", by a cursor.

A change is a hint: what it speaks of is read again from the engine, so that the event says what is
true now. The cursor moves in the transaction that stores the events: a crash repeats a page, and
the message ids drop what was stored.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.carriers.parcels import note_parcels
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, OrderRef, OrderRequest, Product, ShopCustomer, ShopEvent, Variant
from bot.errors import Conflict, NotFound
from bot.intake import names
from bot.intake.interests import OF_VARIANTS, find_concerns
from bot.intake.recording import Reject, record_rejects
from bot.intake.sightings import Sighting, find_watched, keep_sightings, read_products_of, read_stock
from bot.profile.computed import refresh_computed_traits
from bot.profile.conversations import claim_proven
from bot.profile.customers import CustomerId, resolve_owners
from bot.profile.events import Event, append_events
from bot.profile.identities import IdentityKey, normalise
from bot.profile.store.engine import Store
from bot.profile.store.tables import cursors, events
from bot.profile.store.upsert import insert_or_ignore, is_one_of
from bot.profile.traits import set_traits

SILO = "shop"
CURSOR = "shop_changes"
PAGE = 500
_EXACT = {
    "order.placed": names.ORDER_COMPLETED,
    "order.cancelled": names.ORDER_CANCELLED,
    "pickup.item_missing": names.PICKUP_ITEM_MISSING,
    "stock.changed": names.STOCK_CHANGED,
    "price.changed": names.PRICE_CHANGED,
    "customer.changed": "Customer Updated",
}
_BY_SUBJECT = {"order": names.ORDER_UPDATED, "shipment": names.SHIPMENT_UPDATED}
_TELLS_OF_CUSTOMER = ("order.placed", "customer.changed")


@dataclass
class ReadSubjects:
    """What a page of changes speaks of, as the engine has it now."""

    orders: dict[str, Order] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    customers: dict[str, ShopCustomer] = field(default_factory=dict)
    variants: dict[str, Variant] = field(default_factory=dict)  # those that somebody looked at
    sightings: list[Sighting] = field(default_factory=list)  # of these


def pull_changes(
    store: Store, commerce: CommerceEngine, clock: Callable[[], datetime], *, salt: str
) -> int:
    """Store what changed since the last call; the number of new events.

    RetryLater when the shop does not answer: what was pulled by then is stored, the rest comes next
    time. Conflict when another process pulls at the same time. Writes.
    """
    stored = 0
    while True:
        with store.read() as connection:
            position = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR)) or ""
        changes, following = commerce.poll_changes(position, limit=PAGE)
        if not changes:
            break
        read = read_subjects(commerce, changes, watched_among(store, changes))
        with store.write() as connection:
            _move_cursor(connection, position, following)
            stored += store_changes(connection, changes, read, now=clock(), salt=salt)
            note_parcels(connection, read.orders.values(), clock())
    while stored and refresh_computed_traits(store, now=clock()):
        pass
    return stored


def name_change(kind: str) -> str:
    """The event's name for a change of the shop, "" for one that says nothing about customers."""
    return _EXACT.get(kind) or _BY_SUBJECT.get(kind.partition(".")[0], "")


def order_properties(order: Order, products: dict[str, Product]) -> dict[str, Any]:
    """An order in the Segment Spec's shape; a line's quantity is what is neither cancelled nor returned."""
    lines = []
    for line in order.lines:
        product = products.get(line.product_ref)
        lines.append({
            "product_id": line.product_ref, "variant_id": line.variant_ref, "sku": line.sku, "name": line.title,
            "quantity": max(line.ordered - line.cancelled - line.returned, 0), "price_minor": line.unit_price_minor,
            **({"returned": line.returned} if line.returned else {}),
            **line.options,
            **({"product_type": product.product_type, "brand": product.brand} if product else {}),
        })
    there = [each.delivered_at for each in order.shipments if each.delivered_at]
    return {
        "order_id": order.ref, "order_number": order.number, "status": order.status,
        "payment_status": order.payment_status, "fulfilment_status": order.fulfilment_status,
        "currency": order.currency, "total_minor": order.totals.grand_minor, "products": lines,
        **({"coupons": list(order.offers)} if order.offers else {}),
        **({"delivered_at": max(there).isoformat()} if there else {}),
        **({"pickup_location_ref": order.pickup_location_ref} if order.pickup_location_ref else {}),
    }


def find_open_returns(order: Order) -> list[OrderRequest]:
    """What was asked to go back or to be exchanged and is not done: by the engine's word, else by pieces not back.

    A shop that pays all of an order back, or cancels it, waits for nothing more.
    """
    if order.payment_status == "refunded" or order.status == "cancelled":
        return []
    asked = Counter[str]()
    unsaid = [each for each in order.requests if each.is_open is None]
    for request in unsaid:
        asked.update(request.pieces)
        asked.update(dict.fromkeys(request.variants, 1))
    away = {line.id for line in order.lines if asked[line.id] > line.returned}
    return [each for each in order.requests
            if each.is_open or (each.is_open is None and away & {*each.pieces, *each.variants})]


def watched_among(store: Store, changes: Sequence[ShopEvent]) -> set[str]:
    """The variants that these changes speak of and that somebody looked at."""
    refs = {each.variant_ref for each in changes if each.type in OF_VARIANTS and each.variant_ref}
    if not refs:
        return set()
    with store.read() as connection:
        return find_watched(connection, refs)


def read_subjects(
    commerce: CommerceEngine, changes: Sequence[ShopEvent], watched: Collection[str] = ()
) -> ReadSubjects:
    """Everything that these changes speak of, read again from the engine, variants where they are `watched`.

    RetryLater when it does not answer.
    """
    read = ReadSubjects()
    for ref in {each.order_ref for each in changes if each.order_ref}:
        _keep_order(commerce, ref, read)
    wanted = {line.product_ref for order in read.orders.values() for line in order.lines}
    read.products = {each.ref: each for each in commerce.get_products(sorted(wanted))} if wanted else {}
    speaking = {each.customer_ref for each in changes if each.customer_ref and each.type in _TELLS_OF_CUSTOMER}
    for customer_ref in speaking:
        _keep_customer(commerce, customer_ref, read)
    products = read_products_of(commerce, watched) if watched else []
    read.variants = {one.ref: one for each in products for one in each.variants if one.ref in watched}
    read.sightings = [each for each in read_stock(commerce, products) if each.variant_ref in watched]
    return read


def _keep_order(commerce: CommerceEngine, ref: OrderRef, read: ReadSubjects) -> None:
    try:
        read.orders[ref] = commerce.get_order(ref)
    except NotFound:
        return  # gone meanwhile: the change is kept without it


def _keep_customer(commerce: CommerceEngine, ref: CustomerRef, read: ReadSubjects) -> None:
    try:
        read.customers[ref] = commerce.get_customer(ref)
    except NotFound:
        return  # closed meanwhile


def store_changes(
    connection: sa.Connection, changes: Sequence[ShopEvent], read: ReadSubjects, *, now: datetime, salt: str
) -> int:
    """The changes as events of those they concern; how many were new. Writes."""
    named = [each for each in changes if name_change(each.type) and not _is_of_nobody(each, read)]
    keys = {each.id: key for each in named if (key := _identity_of(each, read))}
    owners = _resolve(connection, keys.values(), now, salt)
    new = [_to_event(each, owners[keys[each.id]], read, now) for each in named if each.id in keys]
    moved = keep_sightings(connection, read.sightings, now)
    concerns = find_concerns(
        connection, [each for each in named if each.type in OF_VARIANTS], read.variants, moved, now)
    nothing = ReadSubjects()
    new += [_to_event(each.change, CustomerId(each.customer_id), nothing, now, f":{each.key}", **each.told)
            for each in concerns]
    spoken = {each.order_ref: (each, owners[keys[each.id]]) for each in named if each.id in keys and each.order_ref}
    new += _tell_returns(connection, spoken, read, now)
    homeless = [each for each in named if each.id not in keys and each.type not in OF_VARIANTS]
    record_rejects(connection, [_reject(each, now) for each in homeless])
    _keep_customers(connection, read, owners, now)
    return append_events(connection, new)


def _is_of_nobody(change: ShopEvent, read: ReadSubjects) -> bool:
    """An account that is closed by now: to tell of it would make a customer anew of whoever was erased."""
    return change.type == "customer.changed" and change.customer_ref not in read.customers


def _identity_of(change: ShopEvent, read: ReadSubjects) -> IdentityKey | None:
    order = read.orders.get(change.order_ref) if change.order_ref else None
    ref = change.customer_ref or (order.customer_ref if order else None)
    if ref:
        return normalise("customer_id", ref)
    return normalise("email", order.email) if order and order.email else None


def _resolve(
    connection: sa.Connection, keys: Iterable[IdentityKey], now: datetime, salt: str
) -> dict[IdentityKey, CustomerId]:
    accounts = [key for key in keys if key[0] == "customer_id"]
    guests = [key for key in keys if key[0] != "customer_id"]
    found = resolve_owners(connection, accounts, source=SILO, is_verified=True, now=now, salt=salt)
    return found | resolve_owners(connection, guests, source=SILO, is_verified=False, now=now, salt=salt)


def _to_event(
    change: ShopEvent, owner: CustomerId, read: ReadSubjects, now: datetime, suffix: str = "", **told: str
) -> Event:
    refs = {name: getattr(change, name) for name in ("order_ref", "customer_ref", "variant_ref", "location_ref")}
    order = read.orders.get(change.order_ref) if change.order_ref else None
    return Event(
        message_id=f"{SILO}:{change.id}{suffix}",
        customer_id=owner,
        silo=SILO,
        type="identify" if change.type == "customer.changed" else "track",
        name=name_change(change.type),
        properties={
            "change": change.type,
            **{name: value for name, value in refs.items() if value},
            **told,
            **(order_properties(order, read.products) if order else {}),
        },
        occurred_at=change.at,
        received_at=now,
    )


def _tell_returns(
    connection: sa.Connection, spoken: Mapping[OrderRef, tuple[ShopEvent, CustomerId]], read: ReadSubjects,
    now: datetime,
) -> list[Event]:
    """Of the orders that changed: that a return begins or is settled, where it is not what was told last."""
    known = {ref: each for ref, each in spoken.items() if ref in read.orders}
    told = _count_returns(connection, {owner for _, owner in known.values()}) if known else Counter[tuple[str, str]]()
    found = []
    for ref, (change, owner) in known.items():
        order, begun, settled = read.orders[ref], told[ref, names.RETURN_REQUESTED], told[ref, names.RETURN_FINISHED]
        under_way = find_open_returns(order)
        is_open = bool(under_way)
        # An old one may be heard of for the first time: it is as old as it is.
        at = max((each.at for each in under_way), default=change.at)
        if is_open != (begun > settled):
            found.append(Event(
                message_id=f"{SILO}:{ref}:return:{begun + settled + 1}", customer_id=owner, silo=SILO, type="track",
                name=names.RETURN_REQUESTED if is_open else names.RETURN_FINISHED,
                properties={"order_id": ref, "order_number": order.number}, occurred_at=at, received_at=now))
    return found


def _count_returns(connection: sa.Connection, owners: Collection[CustomerId]) -> Counter[tuple[str, str]]:
    """How often these customers were told to begin, and to be done with, a return of each order."""
    t = events.c
    rows = connection.execute(sa.select(t.properties["order_id"].as_string(), t.name).where(
        is_one_of(connection, t.customer_id, sorted(owners)), t.silo == SILO,
        t.name.in_((names.RETURN_REQUESTED, names.RETURN_FINISHED))))
    return Counter((ref, name) for ref, name in rows)


def _reject(change: ShopEvent, now: datetime) -> Reject:
    payload = {"id": change.id, "type": change.type, "order_ref": change.order_ref}
    return Reject(SILO, 0, "no customer can be found for this change", payload, now)


def _keep_customers(
    connection: sa.Connection, read: ReadSubjects, owners: dict[IdentityKey, CustomerId], now: datetime
) -> None:
    rows = []
    for ref, customer in read.customers.items():
        owner = owners.get(normalise("customer_id", ref))
        if owner is None:
            continue
        if customer.email_verified and customer.email:
            claim_proven(connection, owner, "email", customer.email, now)
        rows += [
            {"customer_id": owner, "name": name, "silo": SILO, "value": value, "set_at": now}
            for name, value in _traits_of(customer).items() if value
        ]
    set_traits(connection, rows)


def _traits_of(customer: ShopCustomer) -> dict[str, str]:
    home = next((each for each in customer.addresses if each.is_default_shipping), None)
    return {
        "first_name": customer.first_name, "last_name": customer.last_name, "locale": customer.locale,
        "city": home.city if home else "", "country": home.country if home else "",
    }


def _move_cursor(connection: sa.Connection, position: str, to: str) -> None:
    insert_or_ignore(connection, cursors, [{"name": CURSOR, "value": ""}], ("name",))
    moved = connection.execute(
        sa.update(cursors).where(cursors.c.name == CURSOR, cursors.c.value == position).values(value=to)
    )
    if not moved.rowcount:
        raise Conflict("another process pulls the shop's changes")
