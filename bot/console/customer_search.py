"""The console: what somebody typed -> the few customers it may mean. By keys and beginnings of keys: nothing is
looked through, however many customers there are.
"""

import re
from dataclasses import dataclass

import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import OrderRef
from bot.errors import FixInput, NotFound, RetryLater
from bot.profile.customers import CustomerId
from bot.profile.identities import find_owners, normalise, root_of
from bot.profile.resolution.normalise import normalise_phone
from bot.profile.segments.words import KINDS
from bot.profile.store.tables import customers, identities

LEAST, MOST_TYPED, MOST_FOUND = 3, 100, 25
MOST_AFTER = 340  # a kind, and an address at its longest
_OWN_ID = re.compile(r"[0-9a-f]{32}")
_PREFIXED = ("email", "customer_id", "loyalty_id")
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Found:
    """A person, and by what they were found: a kind of identity with its value, `order` or `id`."""

    customer_id: CustomerId
    kind: str
    value: str


def tidy_search(typed: str) -> str:
    """What is looked for; "" for what is too short, or no text at all."""
    text = " ".join(typed.split())[:MOST_TYPED]
    return text if len(text) >= LEAST and text.isprintable() else ""


def find_people(
    connection: sa.Connection, text: str, *, by_beginning: bool, after: str = ""
) -> tuple[list[Found], str]:
    """Persons by our id or any identity in full; where asked also by how one begins. Each person once.

    And where the next page goes on, "" at the end: what begins so is told in the order of its words, by their index.
    """
    whole = [] if after else _by_id(connection, text) + _by_identity(connection, text)
    begun, end = _by_beginning(connection, text, after) if by_beginning and len(whole) < MOST_FOUND else ([], "")
    return _once(whole + begun), end


def find_by_order(connection: sa.Connection, commerce: CommerceEngine, text: str) -> list[Found]:
    """Whose order it is, by the shop's reference of it; nobody while the shop is silent. Asks the shop."""
    try:
        order = commerce.get_order(OrderRef(text.lstrip("#")))
    except (NotFound, FixInput, RetryLater):
        return []
    keys = [("customer_id", str(order.customer_ref or "")), ("email", order.email)]
    owners = find_owners(connection, [each for each in keys if each[1]])
    return _once([Found(root_of(connection, each), "order", text) for each in owners.values()])


def _by_id(connection: sa.Connection, text: str) -> list[Found]:
    if not _OWN_ID.fullmatch(text):
        return []
    root = connection.scalar(sa.select(customers.c.root_id).where(customers.c.customer_id == text))
    return [Found(CustomerId(root), "id", text)] if root else []


def _by_identity(connection: sa.Connection, text: str) -> list[Found]:
    keys = {normalise(kind, text) for kind in KINDS}
    if number := normalise_phone(text):
        keys |= {("phone", number), ("whatsapp_id", number)}
    owners = find_owners(connection, keys)
    return [Found(root_of(connection, owner), *key) for key, owner in sorted(owners.items())]


def _by_beginning(connection: sa.Connection, text: str, after: str) -> tuple[list[Found], str]:
    """The next ones behind `kind:value`, and the last of them where there are more."""
    begin_kind, _, begin_value = after.partition(":")
    begin = _PREFIXED.index(begin_kind) if begin_kind in _PREFIXED else 0
    found: list[Found] = []
    for kind in _PREFIXED[begin:]:
        start = normalise(kind, text)[1]
        beyond = identities.c.value > begin_value if kind == begin_kind else identities.c.value >= start
        rows = connection.execute(
            sa.select(identities.c.value, customers.c.root_id)
            .join(customers, customers.c.customer_id == identities.c.customer_id)
            .where(identities.c.kind == kind, beyond, identities.c.value < start + _LAST)
            .order_by(identities.c.value).limit(MOST_FOUND + 1 - len(found))
        )
        # Where a database sorts words by a language, what lies between may begin otherwise.
        found += [Found(CustomerId(row.root_id), kind, row.value) for row in rows if row.value.startswith(start)]
    shown = found[:MOST_FOUND]
    return shown, f"{shown[-1].kind}:{shown[-1].value}" if len(found) > MOST_FOUND else ""


def _once(found: list[Found]) -> list[Found]:
    people: dict[CustomerId, Found] = {}
    for each in found:
        people.setdefault(each.customer_id, each)
    return list(people.values())
