"""Stage 3, demo only: what the demo's customers allowed, as `demo_customers.toml` says it -> the profile."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.profile.consent import record_consent
from bot.profile.identities import link_identity, resolve_identity
from bot.profile.store.engine import Store
from bot.profile.store.tables import consents, traits
from bot.profile.store.upsert import insert_or_ignore
from bot.toml_file import read_toml

SOURCE = "demo"
WORDING = "Allowed when the demo was set up."


def seed_consents(
    store: Store, shop_folder: Path, *, now: datetime, salt: str, accounts: Mapping[str, str] | None = None
) -> int:
    """Give every demo customer their identities, language and consents, once; how many were new. Writes.

    A customer who has said anything since is left alone: starting again withdraws and grants nothing. Whoever has
    no account any more (`accounts` are those there are, id -> the shop's reference; None: all, under their ids) was
    erased, and does not come back.
    """
    path = shop_folder / "demo_customers.toml"
    if not path.is_file():
        return 0
    everybody = read_toml(path).content.get("customers", [])
    people = [
        {**each, "ref": accounts[each["id"]] if accounts is not None else each["id"]}
        for each in everybody if accounts is None or each["id"] in accounts
    ]
    with store.write() as connection:
        return sum(_seed_person(connection, person, now, salt) for person in people)


def _seed_person(connection: sa.Connection, person: Mapping[str, Any], now: datetime, salt: str) -> int:
    customer_id = resolve_identity(
        connection, "customer_id", person["ref"], source=SOURCE, is_verified=True, now=now, salt=salt
    )
    if connection.scalar(sa.select(sa.func.count()).where(consents.c.customer_id == customer_id)):
        return 0
    for kind in ("email", "phone"):
        if person.get(kind):
            link_identity(connection, customer_id, kind, person[kind], source=SOURCE, now=now)
    said = {"name": "locale", "silo": SOURCE, "value": person.get("locale", "")}
    locale = {"customer_id": customer_id, "set_at": now, **said}
    insert_or_ignore(connection, traits, [locale], ("customer_id", "name", "silo"))
    for each in person.get("consents", ()):
        record_consent(
            connection, customer_id, purpose=each["purpose"], channel=each["channel"], state=each["state"],
            source=SOURCE, wording=WORDING, now=now,
        )
    return 1
