"""Stage B2: the store -> records to link: what each silo says of each customer, and what is known already.

Set-based: three statements, whatever the number of customers. Reads only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.profile.link_reviews import people_apart
from bot.profile.resolution.clusters import Account, Constraints
from bot.profile.resolution.records import CONTACTS, NAMES, column_of
from bot.profile.store.tables import customers, identities, traits

# What a page says about its visitor, unproven: nobody becomes somebody else by typing their address.
UNPROVEN_SILOS = ("web_claim",)
_IDENTITY_COLUMNS = {"email": "email", "phone": "phone", "whatsapp_id": "phone"}


@dataclass(frozen=True)
class SiloRecords:
    """A row a customer and silo: `customer_id`, `root_id`, and what the silo calls the rest."""

    table: pl.DataFrame
    known: Constraints


def read_silo_records(connection: sa.Connection) -> SiloRecords:
    """Records that name somebody and say one thing more; a customer without such a record takes no part."""
    said = _read_traits(connection)
    owned = _read_identities(connection)
    rows = [
        {"customer_id": customer, "root_id": root, **owned.get(customer, {}), **values}
        for (customer, root, _), values in said.items()
        if _tells_enough({**owned.get(customer, {}), **values})
    ]
    rows.sort(key=lambda row: row["customer_id"])
    names = sorted({name for row in rows for name in row})
    table = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String))
    return SiloRecords(table, _read_constraints(connection, table))


def _read_traits(connection: sa.Connection) -> dict[tuple[str, str, str], dict[str, str]]:
    """(customer, root, silo) -> our column -> value, the newest where a silo uses two names for one."""
    used = connection.scalars(sa.select(traits.c.name).distinct())
    wanted = {name: ours for name in used if (ours := column_of(name))}
    rows = connection.execute(
        sa.select(traits.c.customer_id, customers.c.root_id, traits.c.silo, traits.c.name, traits.c.value)
        .join(customers, customers.c.customer_id == traits.c.customer_id)
        .where(traits.c.name.in_(wanted), traits.c.silo.not_in(UNPROVEN_SILOS))
        .order_by(traits.c.customer_id, traits.c.silo, traits.c.set_at, traits.c.name)
    )
    said: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        if isinstance(row.value, str | int) and str(row.value).strip():
            said.setdefault((row.customer_id, row.root_id, row.silo), {})[wanted[row.name]] = str(row.value)
    return said


def _read_identities(connection: sa.Connection) -> dict[str, dict[str, str]]:
    """By customer: the address and number it is reached at, for silos that say nothing of them."""
    rows = connection.execute(
        sa.select(identities.c.customer_id, identities.c.kind, identities.c.value)
        .where(identities.c.kind.in_(_IDENTITY_COLUMNS), identities.c.source.not_in(UNPROVEN_SILOS))
        # The proven one is kept: it comes last.
        .order_by(identities.c.customer_id, identities.c.is_verified, identities.c.first_seen_at, identities.c.value)
    )
    owned: dict[str, dict[str, str]] = {}
    for row in rows:
        owned.setdefault(row.customer_id, {})[_IDENTITY_COLUMNS[row.kind]] = row.value
    return owned


def _tells_enough(values: dict[str, Any]) -> bool:
    """A name, and something that not everybody of that name shares."""
    return any(name in values for name in NAMES) and bool(
        set(values) & {*CONTACTS, "birth_date", "postcode", "city", "occupation"}
    )


def _read_constraints(connection: sa.Connection, table: pl.DataFrame) -> Constraints:
    roots = table["root_id"].to_list() if table.height else []
    row_of_root = {root: row for row, root in enumerate(roots)}
    number_of_root = {root: number for number, root in enumerate(row_of_root)}
    accounts = _read_accounts(connection)
    return Constraints(
        together=[number_of_root[root] for root in roots],
        apart=[
            (row_of_root[one], row_of_root[other])
            for one, other in people_apart(connection)
            if one in row_of_root and other in row_of_root
        ],
        accounts=[accounts.get(root, frozenset()) for root in roots],
    )


def _read_accounts(connection: sa.Connection) -> dict[str, frozenset[Account]]:
    """The accounts of each person, by the silo that stands before the id; the shop's own have none."""
    rows = connection.execute(
        sa.select(customers.c.root_id, identities.c.value)
        .join(customers, customers.c.customer_id == identities.c.customer_id)
        .where(identities.c.kind == "customer_id")
    )
    return _collect((row.root_id, (row.value.rpartition(":")[0], row.value)) for row in rows)


def _collect(rows: Iterable[tuple[str, Account]]) -> dict[str, frozenset[Account]]:
    found: dict[str, set[Account]] = {}
    for root, account in rows:
        found.setdefault(root, set()).add(account)
    return {root: frozenset(accounts) for root, accounts in found.items()}
