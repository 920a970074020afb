"""What lies outside the store: the shop's account, Rasa's trackers, the demo's mailbox."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.channels.demo_letters import letters
from bot.commerce.types import CustomerRef, Order, OrderRef
from bot.errors import NotFound
from bot.privacy.handlers.base import Exported, OutsideHandler, to_plain
from bot.privacy.services import PrivacyServices
from bot.privacy.subject import Subject, list_orders
from bot.profile.store.engine import Store
from bot.profile.store.tables import outbox
from bot.settings import Settings

_trackers = sa.MetaData()
tracker_events = sa.Table(  # Rasa makes it; here are the columns that are needed
    "events", _trackers,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("sender_id", sa.String(255)),
    sa.Column("type_name", sa.String(255)),
    sa.Column("timestamp", sa.Float),
    sa.Column("data", sa.Text),
)
_CHUNK = 500
_POSTGRESQL = "postgresql+psycopg"  # the driver of this environment; Rasa's is psycopg2


class AccountPrivacyHandler(OutsideHandler):
    """The person's account in the shop, with orders. Its engine closes it; the books keep the orders without them."""

    name = "account"
    title = "Your account and your orders in the shop"

    def export(self, services: PrivacyServices, subject: Subject) -> Exported:
        """The account, its ways to pay, every order, those without an account too."""
        found: dict[str, list[dict[str, Any]]] = {"account": [], "payment_methods": [], "orders": []}
        for ref in subject.customer_refs:
            try:
                found["account"].append(_plain(services.commerce.get_customer(CustomerRef(ref))))
            except NotFound:
                continue
            if "payment_methods" in services.commerce.capabilities():
                methods = services.commerce.list_payment_methods(CustomerRef(ref))
                found["payment_methods"] += [_plain(each) for each in methods]
            found["orders"] += [_plain(each) for each in list_orders(services, ref)]
        found["orders"] += [_plain(each) for each in _list_guest_orders(services, subject)]
        return found

    def erase(self, services: PrivacyServices, subject: Subject, *, keeps_account: bool) -> int:
        """Close each account and forget the guest, once whatever is repeated. Nothing where the engine cannot, or is
        not to. Writes.
        """
        if keeps_account:
            return 0
        return self._close_accounts(services, subject) + self._forget_guest(services, subject)

    def _close_accounts(self, services: PrivacyServices, subject: Subject) -> int:
        if "close_account" not in services.commerce.capabilities():
            return 0
        closed = 0
        for number, ref in enumerate(subject.customer_refs):
            key = f"erase:{subject.erasure_id}:{number}"
            try:
                services.commerce.close_account(CustomerRef(ref), idempotency_key=key)
            except NotFound:
                continue
            closed += 1
        return closed

    def _forget_guest(self, services: PrivacyServices, subject: Subject) -> int:
        if "forget_guest" not in services.commerce.capabilities():
            return 0
        return sum(
            services.commerce.forget_guest(email, idempotency_key=f"erase-guest:{subject.erasure_id}:{number}")
            for number, email in enumerate(subject.guest_emails)
        )


class TrackersPrivacyHandler(OutsideHandler):
    """Rasa's memory of the person's conversations: words, what they were understood as, slots."""

    name = "trackers"
    title = "How your messages were understood"

    def export(self, services: PrivacyServices, subject: Subject) -> Exported:
        """Every event of the trackers, oldest first."""
        with open_trackers(services.settings) as store:
            if store is None:
                return {"events": []}
            with store.read() as connection:
                rows = connection.execute(
                    sa.select(tracker_events).where(tracker_events.c.sender_id.in_(subject.sender_ids))
                    .order_by(tracker_events.c.id)
                ).all()
        return {"events": [
            {"sender_id": row.sender_id, "type": row.type_name, "data": json.loads(row.data or "{}")} for row in rows
        ]}

    def erase(self, services: PrivacyServices, subject: Subject, *, keeps_account: bool) -> int:
        """Delete the trackers' rows. Writes."""
        with open_trackers(services.settings) as store:
            return forget_trackers(store, subject.sender_ids) if store else 0


class MailboxPrivacyHandler(OutsideHandler):
    """The demo's mailbox. A real mail server is somebody else's: what left is in its hands and the receiver's."""

    name = "mailbox"
    title = "Letters in the demo's mailbox"

    def export(self, services: PrivacyServices, subject: Subject) -> Exported:
        """The letters to the person, codes and links put away."""
        with open_mailbox(services) as store:
            if store is None:
                return {"letters": []}
            with store.read() as connection:
                reached = sa.func.lower(letters.c.recipient).in_([each.lower() for each in subject.addresses])
                rows = connection.execute(sa.select(letters).where(reached).order_by(letters.c.letter_id))
                return {"letters": [
                    {name: value for name, value in to_plain(row).items() if name not in ("text", "letter_id")}
                    for row in rows.mappings()
                ]}

    def erase(self, services: PrivacyServices, subject: Subject, *, keeps_account: bool) -> int:
        """Delete letters to the person, those we wrote because of them, and those that name them. Writes."""
        with open_mailbox(services) as store:
            if store is None:
                return 0
            ids = list(_list_letters(services, subject))
            with store.write() as connection:
                return _delete_letters(connection, subject, ids)


def forget_trackers(store: Store, sender_ids: Sequence[str]) -> int:
    """Delete whole trackers; how many rows. Writes."""
    gone = 0
    for start in range(0, len(sender_ids), _CHUNK):
        with store.write() as connection:
            mine = tracker_events.c.sender_id.in_(sender_ids[start : start + _CHUNK])
            gone += connection.execute(sa.delete(tracker_events).where(mine)).rowcount
    return gone


@contextmanager
def open_trackers(settings: Settings) -> Iterator[Store | None]:
    """Rasa's database while this is open; None before Rasa has made it. The setting may name Rasa's own driver."""
    url = sa.make_url(settings.tracker_database_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername=_POSTGRESQL)
    with _open_if_there(url.render_as_string(hide_password=False), tracker_events.name) as store:
        yield store


@contextmanager
def open_mailbox(services: PrivacyServices) -> Iterator[Store | None]:
    """The shop's database with the demo's mailbox; None outside the demo and before the first letter."""
    if not (services.settings.is_demo and services.settings.engine == "demo"):
        yield None
        return
    with _open_if_there(services.settings.shop_database_url, letters.name) as store:
        yield store


@contextmanager
def _open_if_there(url: str, table: str) -> Iterator[Store | None]:
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").is_file():
        yield None
        return
    store = Store(url)
    try:
        with store.read() as connection:
            is_there = sa.inspect(connection).has_table(table)
        yield store if is_there else None
    finally:
        store.close()


def _list_letters(services: PrivacyServices, subject: Subject) -> Iterator[str]:
    """The vendor's ids of what left because of the person; of a letter whose fate is unknown, the id it would have."""
    with services.store.read() as connection:
        for start in range(0, len(subject.outbox_ids), _CHUNK):
            some = subject.outbox_ids[start : start + _CHUNK]
            for row in connection.execute(
                sa.select(outbox.c.vendor_message_id, outbox.c.idempotency_key).where(outbox.c.outbox_id.in_(some))
            ):
                if row.vendor_message_id:
                    yield row.vendor_message_id
                digest = hashlib.sha256(row.idempotency_key.encode()).hexdigest()[:32]
                yield f"<{digest}@{services.settings.email_from.partition('@')[2].rstrip('>')}>"


def _delete_letters(connection: sa.Connection, subject: Subject, ids: list[str]) -> int:
    gone = 0
    for start in range(0, len(ids), _CHUNK):
        ours = letters.c.vendor_message_id.in_(ids[start : start + _CHUNK])
        gone += connection.execute(sa.delete(letters).where(ours)).rowcount
    reached = sa.func.lower(letters.c.recipient).in_([each.lower() for each in subject.addresses])
    texts = sa.func.lower(letters.c.text)
    named = [texts.contains(each.lower(), autoescape=True) for each in subject.marks]
    return gone + connection.execute(sa.delete(letters).where(sa.or_(reached, *named))).rowcount


def _list_guest_orders(services: PrivacyServices, subject: Subject) -> Iterator[Order]:
    """What was ordered without an account under an address that is theirs, as far as its events came here."""
    for ref in subject.order_refs:
        try:
            order = services.commerce.get_order(OrderRef(ref))
        except NotFound:
            continue
        if order.customer_ref is None and order.email.lower() in subject.guest_emails:
            yield order


def _plain(value: Any) -> dict[str, Any]:
    """A frozen value of the commerce protocol as JSON can hold it."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(value), default=str))
    return plain
