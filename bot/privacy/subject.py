"""Whose data it is: everything that a merged person goes by, read before anything of it is taken away."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import sqlalchemy as sa

from bot.commerce.types import CustomerRef, Order
from bot.errors import FixInput, NotFound, Unsupported
from bot.privacy.services import PrivacyServices
from bot.profile.identities import find_customer, members_of, normalise, resolve_identity
from bot.profile.store.tables import conversations, customers, events, identities, inbox, outbox, waits

SHORTEST_MARK = 6  # characters: what is shorter stands in too many places to be looked for


@dataclass(frozen=True)
class Subject:
    """A person, or several at once where only rows are deleted. Ids and addresses only."""

    members: tuple[str, ...]
    sender_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    customer_refs: tuple[str, ...] = ()  # the shop's, proven
    other_ids: tuple[str, ...] = ()  # of browsers, loyalty cards, other silos and channels
    order_refs: tuple[str, ...] = ()
    proven_emails: tuple[str, ...] = ()
    # What logs call them by: numbers of rows that will be gone.
    inbox_ids: tuple[int, ...] = ()
    outbox_ids: tuple[int, ...] = ()
    wait_ids: tuple[int, ...] = ()
    erasure_id: int = 0  # what stands in the audit trail in the person's place

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where messages reach them."""
        return (*self.emails, *self.phones)

    @property
    def guest_emails(self) -> tuple[str, ...]:
        """The addresses under which what was ordered without an account is theirs: a family's unproven one is not,
        unless it is all that they go by.
        """
        return self.proven_emails or (() if self.customer_refs else self.emails)

    @property
    def marks(self) -> tuple[str, ...]:
        """What only they go by, long enough to be looked for in texts and files."""
        named = (*self.members, *self.sender_ids, *self.addresses, *self.customer_refs, *self.other_ids)
        return tuple(dict.fromkeys(each for each in named if len(each) >= SHORTEST_MARK))

    def to_json(self) -> dict[str, Any]:
        """As it is kept while an erasure runs."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Subject":
        """Back from what was kept."""
        lists = {each.name: tuple(data.get(each.name, ())) for each in fields(cls) if each.name != "erasure_id"}
        return cls(**lists, erasure_id=int(data.get("erasure_id", 0)))


def find_person(services: PrivacyServices, kind: str, value: str) -> str:
    """The customer behind an identity, or behind our own id (kind `customer`). NotFound. FixInput for an empty one.

    Somebody whom only the shop knows gets a profile, so that there is something to export and erase. Writes then.
    """
    if not value.strip():
        raise FixInput(kind, "must not be empty")
    with services.store.read() as connection:
        if kind == "customer":
            mine = sa.select(customers.c.root_id).where(customers.c.customer_id == value)
            found = connection.scalar(mine)
        else:
            found = find_customer(connection, kind, value)
    if found:
        return str(found)
    ref = _find_in_shop(services, kind, value)
    if not ref:
        raise NotFound(f"nobody goes by this {kind}")
    with services.store.write() as connection:
        return resolve_identity(
            connection, "customer_id", ref, source="shop", is_verified=True, now=services.clock(),
            salt=services.settings.holdout_salt,
        )


def read_subject(services: PrivacyServices, customer_id: str) -> Subject:
    """Everything that the merged person goes by, in the store and in the shop. RetryLater when the shop is down."""
    with services.store.read() as connection:
        found = read_stored(connection, members_of(connection, customer_id))
    return _add_shop(services, found)


def read_stored(connection: sa.Connection, members: Sequence[str]) -> Subject:
    """What the store knows these customers by."""
    named = connection.execute(sa.select(identities).where(identities.c.customer_id.in_(members))).all()
    talks = connection.execute(sa.select(conversations).where(conversations.c.customer_id.in_(members))).all()
    sender_ids = tuple(row.sender_id for row in talks)
    addresses = [(row.kind, row.value) for row in named]
    addresses += [(row.channel, row.address) for row in talks]
    emails = {value for kind, value in addresses if kind == "email"}
    phones = {value for kind, value in addresses if kind in ("phone", "sms")}
    refs = {row.value for row in named if row.kind == "customer_id" and row.is_verified and ":" not in row.value}
    return Subject(
        members=tuple(members),
        sender_ids=sender_ids,
        emails=tuple(sorted(emails)),
        phones=tuple(sorted(phones)),
        customer_refs=tuple(sorted(refs)),
        proven_emails=tuple(sorted(row.value for row in named if row.kind == "email" and row.is_verified)),
        other_ids=tuple(sorted({value for _, value in addresses} - emails - phones - refs)),
        order_refs=_orders_in_events(connection, members),
        inbox_ids=tuple(connection.scalars(sa.select(inbox.c.inbox_id).where(inbox.c.sender_id.in_(sender_ids)))),
        outbox_ids=tuple(connection.scalars(sa.select(outbox.c.outbox_id).where(
            sa.or_(outbox.c.customer_id.in_(members), outbox.c.sender_id.in_(sender_ids))
        ))),
        wait_ids=tuple(connection.scalars(sa.select(waits.c.wait_id).where(waits.c.customer_id.in_(members)))),
    )


def _orders_in_events(connection: sa.Connection, members: Sequence[str]) -> tuple[str, ...]:
    order = sa.func.coalesce(
        events.c.properties["order_ref"].as_string(), events.c.properties["order_id"].as_string()
    )
    found = connection.scalars(
        sa.select(order).distinct().where(events.c.customer_id.in_(members), order.is_not(None))
    )
    return tuple(sorted(found))


def _find_in_shop(services: PrivacyServices, kind: str, value: str) -> str:
    commerce = services.commerce
    try:
        if kind == "customer_id":
            return str(commerce.get_customer(CustomerRef(value)).ref)
        if kind not in ("email", "phone"):
            return ""
        found = commerce.find_customers(email=value) if kind == "email" else commerce.find_customers(phone=value)
    except (NotFound, Unsupported):
        return ""
    return str(found[0].ref) if len(found) == 1 else ""


def _add_shop(services: PrivacyServices, subject: Subject) -> Subject:
    """The subject with what the shop's account adds: its address and phone, and every order."""
    emails, phones, orders = set(subject.emails), set(subject.phones), set(subject.order_refs)
    for ref in subject.customer_refs:
        try:
            account = services.commerce.get_customer(CustomerRef(ref))
            orders |= {str(each.ref) for each in list_orders(services, ref)}
        except NotFound:
            continue  # closed before
        emails |= {normalise("email", account.email)[1]} if account.email else set()
        phones |= {account.phone} if account.phone else set()
    return replace(
        subject, emails=tuple(sorted(emails)), phones=tuple(sorted(phones)), order_refs=tuple(sorted(orders))
    )


def list_orders(services: PrivacyServices, ref: str) -> list[Order]:
    """Every order of an account, newest first, page by page."""
    found: list[Order] = []
    cursor = ""
    while True:
        page = services.commerce.list_orders(CustomerRef(ref), limit=100, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found
