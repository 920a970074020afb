"""The embedded shop's customers: found by what they tell, changed only over the version that was read."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa

from bot.commerce.demo import schema
from bot.commerce.demo.database import emit
from bot.commerce.folding import digits_of, fold, fold_code, fold_name
from bot.commerce.types import Address, CustomerRef, PaymentMethod, ShopCustomer
from bot.errors import Conflict, FixInput, NotFound

_CHANGEABLE = ("first_name", "last_name", "email", "phone")
_MOST_MATCHES = 50


def find_customers(
    connection: sa.Connection, *, email: str, phone: str, first_name: str, last_name: str, postcode: str
) -> list[ShopCustomer]:
    """Customers who match every given value; none when nothing is given."""
    people = schema.customers
    conditions = []
    if email:
        conditions.append(people.c.email_key == fold(email))
    if phone:
        conditions.append(people.c.phone == "+" + digits_of(phone))
    if first_name and last_name:
        conditions.append(people.c.name_key == fold_name(first_name, last_name))
    elif last_name or first_name:
        part = fold_name(first_name, last_name).strip()
        conditions.append(people.c.name_key.like(f"% {part}" if last_name else f"{part} %"))
    if postcode:
        lives_there = sa.select(schema.addresses.c.customer_ref).where(
            schema.addresses.c.postcode_key == fold_code(postcode)
        )
        conditions.append(people.c.customer_ref.in_(lives_there))
    if not conditions:
        return []
    query = sa.select(people.c.customer_ref).where(*conditions).order_by(people.c.customer_ref).limit(_MOST_MATCHES)
    return [get_customer(connection, ref) for ref in connection.execute(query).scalars().all()]


def get_customer(connection: sa.Connection, ref: str) -> ShopCustomer:
    """The customer with addresses, the default one first. NotFound."""
    row = connection.execute(sa.select(schema.customers).where(schema.customers.c.customer_ref == ref)).first()
    if row is None:
        raise NotFound(f"customer {ref}")
    return ShopCustomer(
        ref=CustomerRef(row.customer_ref),
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        phone=row.phone,
        kind=row.kind,
        addresses=_addresses_of(connection, ref),
        locale=row.locale,
        email_verified=row.email_verified,
        version=row.version,
    )


def _addresses_of(connection: sa.Connection, ref: str) -> tuple[Address, ...]:
    table = schema.addresses
    rows = connection.execute(
        sa.select(table).where(table.c.customer_ref == ref)
        .order_by(table.c.is_default_shipping.desc(), table.c.position)
    )
    return tuple(
        Address(**{**row.fields, "id": row.address_id, "is_default_shipping": row.is_default_shipping}) for row in rows
    )


def insert_customer(
    connection: sa.Connection, customer: ShopCustomer, now: datetime, demo: Mapping[str, object] | None = None
) -> None:
    """Add a customer with addresses. Conflict when the e-mail or the reference is taken. Writes."""
    values = {
        "customer_ref": customer.ref, "kind": customer.kind, "locale": customer.locale, "demo": demo,
        "email_verified": customer.email_verified, "version": 1, "created_at": now,
    }
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(schema.customers).values(**values, **_contact_values(customer)))
    except sa.exc.IntegrityError as error:
        raise Conflict("there is a customer with this e-mail or reference") from error
    for address in customer.addresses:
        _write_address(connection, customer.ref, address)


def _contact_values(customer: ShopCustomer) -> dict[str, str]:
    return {
        "first_name": customer.first_name, "last_name": customer.last_name,
        "name_key": fold_name(customer.first_name, customer.last_name),
        "email": customer.email, "email_key": fold(customer.email), "phone": customer.phone,
    }


def update_customer(
    connection: sa.Connection, ref: str, patch: Mapping[str, str], if_version: int, now: datetime
) -> ShopCustomer:
    """Change name, e-mail or phone over the version that was read. FixInput, Conflict, NotFound. Writes."""
    before = get_customer(connection, ref)
    for name, value in patch.items():
        if name not in _CHANGEABLE:
            raise FixInput(name, "cannot be changed here")
        if name != "phone" and not value.strip():
            raise FixInput(name, "must not be empty")
    after = replace(
        before,
        first_name=patch.get("first_name", before.first_name).strip(),
        last_name=patch.get("last_name", before.last_name).strip(),
        email=patch.get("email", before.email).strip(),
        phone=patch.get("phone", before.phone).strip(),
    )
    values = {**_contact_values(after), "version": if_version + 1}
    if fold(after.email) != fold(before.email):
        values["email_verified"] = False
    people = schema.customers
    try:
        with connection.begin_nested():
            changed = connection.execute(
                sa.update(people).where(people.c.customer_ref == ref, people.c.version == if_version).values(**values)
            )
    except sa.exc.IntegrityError as error:
        raise FixInput("email", "belongs to another account") from error
    if not changed.rowcount:
        raise Conflict("the customer was changed meanwhile")
    emit(connection, "customer.changed", now, customer_ref=ref)
    return get_customer(connection, ref)


def put_address(
    connection: sa.Connection, ref: str, address: Address, if_version: int | None, now: datetime
) -> ShopCustomer:
    """Add an address, or replace the one with its id; the first one is the default.

    FixInput, NotFound, Conflict when `if_version` is stale. Writes.
    """
    customer = get_customer(connection, ref)
    _require_version(customer, if_version)
    for name in ("line1", "city", "postcode", "country"):
        if not getattr(address, name).strip():
            raise FixInput(name, "must not be empty")
    if address.id and address.id not in {each.id for each in customer.addresses}:
        raise NotFound(f"address {address.id}")
    others = [each for each in customer.addresses if each.id != address.id]
    if not any(each.is_default_shipping for each in others):
        address = replace(address, is_default_shipping=True)
    _write_address(connection, ref, address)
    return _count_up(connection, ref, now)


def remove_address(
    connection: sa.Connection, ref: str, address_id: str, if_version: int, now: datetime
) -> ShopCustomer:
    """Take an address out of the book; the oldest of the others becomes the default one. NotFound, Conflict. Writes."""
    customer = get_customer(connection, ref)
    _require_version(customer, if_version)
    removed = next((each for each in customer.addresses if each.id == address_id), None)
    if removed is None:
        raise NotFound(f"address {address_id}")
    table = schema.addresses
    connection.execute(sa.delete(table).where(table.c.address_id == address_id, table.c.customer_ref == ref))
    heir = next((each for each in customer.addresses if each.id != address_id), None)
    if removed.is_default_shipping and heir:
        connection.execute(
            sa.update(table).where(table.c.address_id == heir.id, table.c.customer_ref == ref)
            .values(is_default_shipping=True)
        )
    return _count_up(connection, ref, now)


def _require_version(customer: ShopCustomer, if_version: int | None) -> None:
    if if_version is not None and customer.version != if_version:
        raise Conflict("the customer was changed meanwhile")


def _count_up(connection: sa.Connection, ref: str, now: datetime) -> ShopCustomer:
    """The customer with its version counted up, and the change logged. Writes."""
    connection.execute(
        sa.update(schema.customers).where(schema.customers.c.customer_ref == ref)
        .values(version=schema.customers.c.version + 1)
    )
    emit(connection, "customer.changed", now, customer_ref=ref)
    return get_customer(connection, ref)


def _write_address(connection: sa.Connection, ref: str, address: Address) -> None:
    table = schema.addresses
    address_id = address.id or f"adr_{uuid4().hex[:12]}"
    if address.is_default_shipping:
        connection.execute(sa.update(table).where(table.c.customer_ref == ref).values(is_default_shipping=False))
    position = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(table.c.position), 0)).where(table.c.customer_ref == ref)
    ).scalar_one()
    connection.execute(sa.delete(table).where(table.c.address_id == address_id, table.c.customer_ref == ref))
    connection.execute(sa.insert(table).values(
        address_id=address_id, customer_ref=ref, position=position + 1, postcode_key=fold_code(address.postcode),
        is_default_shipping=address.is_default_shipping, fields=address_fields(address),
    ))


def address_fields(address: Address) -> dict[str, str]:
    """The address as it is kept as JSON, empty fields left out."""
    fields = asdict(address)
    return {name: value for name, value in fields.items() if value and name not in ("id", "is_default_shipping")}


def list_payment_methods(connection: sa.Connection, ref: str) -> list[PaymentMethod]:
    """The ways to pay kept for a customer. NotFound."""
    get_customer(connection, ref)
    table = schema.payment_methods
    rows = connection.execute(sa.select(table).where(table.c.customer_ref == ref).order_by(table.c.method_id))
    return [PaymentMethod(row.method_id, row.kind, row.brand, row.last_four, row.balance_minor) for row in rows]


def list_demo_customers(connection: sa.Connection) -> list[dict[str, object]]:
    """The seeded customers in their order: ref, first and last name, email, locale and their `demo` lines."""
    table = schema.customers
    rows = connection.execute(sa.select(table).where(table.c.demo.is_not(None)).order_by(table.c.customer_ref)).all()
    return [
        {"ref": row.customer_ref, "first_name": row.first_name, "last_name": row.last_name, "email": row.email,
         "locale": row.locale, **row.demo}
        for row in rows if row.demo
    ]
