"""What was made of it: reminders, decisions, where parcels are, the audit trail, and what could not be used."""

import json
import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from bot.decision.plan_blocks import explain_blocks, forget_in_blocks
from bot.privacy.handlers.base import Exported, StoreHandler, to_plain
from bot.privacy.subject import Subject
from bot.profile.candidate_sets import decision_columns
from bot.profile.store.tables import (
    audit,
    console_trail,
    decisions,
    parcel_orders,
    parcels,
    plan_blocks,
    rejects,
    waits,
)

_PHONE_DIGITS = 9  # of the end, as in bot/profile/tombstones.py
_MOST_CANDIDATES = 5_000


class DecisionsPrivacyHandler(StoreHandler):
    """Reminders that wait, and what was considered with the reasons that held it."""

    name = "decisions"
    title = "What we considered writing to you, and why we did or did not"
    tables = (waits, decisions, plan_blocks)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member: a root that was merged since is one. A plan's block is many persons', and never a whole row."""
        return sa.false() if table is plan_blocks else table.c.customer_id.in_(subject.members)

    def columns_of(self, table: sa.Table) -> list[sa.ColumnElement[Any]]:
        """What was considered in its place, wherever it is kept."""
        return decision_columns() if table is decisions else super().columns_of(table)

    def export(self, connection: sa.Connection, subject: Subject) -> Exported:
        """Decisions, and with them what plans left at home, as if it were rows of them."""
        rows = {table.name: self.read(connection, table, subject) for table in (waits, decisions)}
        return {**rows, decisions.name: [*rows[decisions.name], *explain_blocks(connection, subject.members)]}

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Delete the rows, and take the person out of plans. Writes."""
        return super().erase(connection, subject) + forget_in_blocks(connection, subject.members)


class ParcelsPrivacyHandler(StoreHandler):
    """What carriers said of the parcels of the person's orders."""

    name = "parcels"
    title = "Where your parcels were"
    tables = (parcel_orders, parcels)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By order."""
        if table is parcel_orders:
            return parcel_orders.c.order_ref.in_(subject.order_refs)
        mine = sa.select(parcel_orders.c.tracking_number).where(self.rows_of(parcel_orders, subject))
        return parcels.c.tracking_number.in_(mine)

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """The person's orders leave their parcels; a parcel that held nobody else's goes too. Writes."""
        numbers = list(connection.scalars(
            sa.select(parcel_orders.c.tracking_number).where(self.rows_of(parcel_orders, subject))
        ))
        gone = connection.execute(sa.delete(parcel_orders).where(self.rows_of(parcel_orders, subject))).rowcount
        shared = sa.select(parcel_orders.c.tracking_number)
        alone = sa.and_(parcels.c.tracking_number.in_(numbers), parcels.c.tracking_number.not_in(shared))
        return gone + connection.execute(sa.delete(parcels).where(alone)).rowcount


class AuditPrivacyHandler(StoreHandler):
    """Who changed what. The rows stay: that a change was made, and an erasure too, has to be shown for years.

    They never held more than ids. What those pointed at is gone; and they are put away besides, with the erasure's
    number in the customer's place, so that one person's rows still belong together and nobody can say whose.
    """

    name = "audit"
    title = "What was changed on your word"
    tables = (audit,)
    hidden = frozenset({"idempotency_key"})

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member and conversation."""
        return sa.or_(audit.c.customer_id.in_(subject.members), audit.c.sender_id.in_(subject.sender_ids))

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Put the ids away; how many rows had some. Writes."""
        is_account = audit.c.object_ref.startswith("customer:")
        return connection.execute(sa.update(audit).where(self.rows_of(audit, subject)).values(
            customer_id=f"erased:{subject.erasure_id}", sender_id="",
            object_ref=sa.case((is_account, "customer:erased"), else_=audit.c.object_ref),
        )).rowcount


class LooksPrivacyHandler(StoreHandler):
    """When somebody of the shop looked at the person, and for what. Who it was is that somebody's own datum.

    The rows stay, as those of the audit do: only whom they were about is put away.
    """

    name = "looks"
    title = "When our team looked at your data"
    tables = (console_trail,)
    hidden = frozenset({"entry_id", "person", "note"})

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """By member. Read through: what people do by hand stays small."""
        return console_trail.c.about.in_([f"customer:{each}" for each in subject.members])

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Put the ids away, and what was noted beside them; how many rows had some. Writes."""
        mine = sa.update(console_trail).where(self.rows_of(console_trail, subject))
        return connection.execute(mine.values(about="customer:erased", note="")).rowcount


class RejectsPrivacyHandler(StoreHandler):
    """Rows that could not be used, as received: whoever they are about stands somewhere inside.

    Found by everything the person goes by. One that names nobody that way (a name and a street alone) cannot be
    told from another's; retention takes it, whosever it is.
    """

    name = "rejects"
    title = "What came in about you and could not be used"
    tables = (rejects,)

    def rows_of(self, table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
        """What may be theirs: `list_mine` looks closer."""
        text = sa.func.lower(sa.cast(rejects.c.payload, sa.Text))
        return sa.or_(sa.false(), *(text.like(each, escape="\\") for each in _patterns(subject)))

    def read(self, connection: sa.Connection, table: sa.Table, subject: Subject) -> list[dict[str, Any]]:
        """The rows that name the person."""
        mine = list_mine(connection, subject)
        rows = connection.execute(sa.select(rejects).where(rejects.c.reject_id.in_(mine)).order_by(rejects.c.reject_id))
        return [to_plain(row) for row in rows.mappings()]

    def erase(self, connection: sa.Connection, subject: Subject) -> int:
        """Delete the rows that name the person. Writes."""
        gone = 0
        while mine := list_mine(connection, subject):
            gone += connection.execute(sa.delete(rejects).where(rejects.c.reject_id.in_(mine))).rowcount
        return gone


def list_mine(connection: sa.Connection, subject: Subject) -> list[int]:
    """Rejects that name the person, some thousands at a time, the first ones first."""
    mine = RejectsPrivacyHandler().rows_of(rejects, subject)
    found: list[int] = []
    after = 0
    while not found:
        rows = connection.execute(
            sa.select(rejects.c.reject_id, rejects.c.payload).where(mine, rejects.c.reject_id > after)
            .order_by(rejects.c.reject_id).limit(_MOST_CANDIDATES)
        ).all()
        if not rows:
            break
        found = [row.reject_id for row in rows if names_person(row.payload, subject)]
        after = rows[-1].reject_id
    return found


def names_person(payload: Any, subject: Subject) -> bool:
    """Whether something in a payload is the person's address, phone or id; a part of another's word is not."""
    ids = {each.lower() for each in (*subject.customer_refs, *subject.other_ids, *subject.sender_ids, *subject.members)}
    emails = [re.compile(rf"(?<![\w.+-]){re.escape(each.lower())}(?![\w-]|\.\w)") for each in subject.emails]
    phones = [_digits(each) for each in subject.phones if len(_digits(each)) == _PHONE_DIGITS]
    return any(
        leaf in ids or any(each.search(leaf) for each in emails) or any(each in _all_digits(leaf) for each in phones)
        for leaf in _leaves(payload)
    )


def _patterns(subject: Subject) -> Iterator[str]:
    for value in subject.emails:
        yield f"%{_escape(value)}%"
    for value in subject.phones:
        if len(_digits(value)) == _PHONE_DIGITS:
            yield f"%{'%'.join(_digits(value))}%"
    for value in (*subject.customer_refs, *subject.other_ids, *subject.sender_ids, *subject.members):
        yield f'%"{_escape(value)}"%'
        yield f"%: {_escape(value)}%"  # a number


def _escape(value: str) -> str:
    """As JSON writes it and LIKE takes it."""
    text = json.dumps(value.lower())[1:-1]
    return re.sub(r"([\\%_])", r"\\\1", text)


def _leaves(payload: Any) -> Iterator[str]:
    if isinstance(payload, dict):
        for name, value in payload.items():
            yield str(name).lower()
            yield from _leaves(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from _leaves(value)
    elif payload is not None:
        yield str(payload).strip().lower()


def _digits(text: str) -> str:
    return _all_digits(text)[-_PHONE_DIGITS:]


def _all_digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())
