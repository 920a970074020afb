"""Stage B2: opt-outs that outlive their persons. An erased address is kept as a keyed hash, and only for that.

The key is a secret of the settings, never in the store: whoever gets the database alone cannot try addresses
against it. It is one of its own (PREVENANT_TOMBSTONE_SECRETS), as session secrets are changed whenever one may have
leaked, and a hash cannot be computed anew without the address. So it is a list: the first secret makes new hashes,
the others still find old ones. A secret that is missing is no silent loss: the processes refuse to start, and
until then nobody with an address counts as having consented.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.errors import FixConfiguration
from bot.profile.store.engine import TOMBSTONE_KEYS
from bot.profile.store.tables import identities, tombstones
from bot.profile.store.upsert import insert_or_update

ADDRESS_KINDS = ("email", "phone")
# A grant after the erasure counts only in the person's own words: what an import says of an address is what was erased.
OWN_WORD = frozenset({"chat", "double_opt_in"})
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_PHONE_DIGITS = 9  # of the end: with and without a country code it is the same telephone; too wide only silences


def derive_keys(secrets: Sequence[str]) -> tuple[bytes, ...]:
    """The keys of the hashes, newest first."""
    return tuple(hmac.new(each.encode(), b"prevenant tombstones", hashlib.sha256).digest() for each in secrets)


def key_id(key: bytes) -> str:
    """What names a key and does not give it away."""
    return hashlib.sha256(b"id:" + key).hexdigest()[:16]


def hash_address(key: bytes, kind: str, value: str) -> str:
    """The keyed hash of an e-mail address or phone, however it is written."""
    return hmac.new(key, f"{kind}\n{_fold(kind, value)}".encode(), hashlib.sha256).hexdigest()


def bury(connection: sa.Connection, addresses: Sequence[tuple[str, str]], purposes: Sequence[str], now: datetime
         ) -> int:
    """Keep the opt-out of these (kind, value) for these purposes; how many hashes. FixConfiguration without a key.
    Writes.
    """
    keys = _keys(connection)
    if not keys:
        raise FixConfiguration("PREVENANT_TOMBSTONE_SECRETS, or _SESSION_SECRET, is needed to erase anybody")
    hashes = {hash_address(keys[0], kind, value) for kind, value in addresses if _fold(kind, value)}
    rows = [
        {"address_hash": each, "purpose": purpose, "key_id": key_id(keys[0]), "erased_at": now}
        for each in sorted(hashes) for purpose in purposes
    ]
    insert_or_update(connection, tombstones, rows, ("address_hash", "purpose"), ("key_id", "erased_at"))
    return len(hashes)


_ANY_KEY = sa.select(tombstones.c.key_id).limit(1)


def is_anybody_buried(connection: sa.Connection) -> bool:
    """Whether anybody was ever erased."""
    return connection.scalar(_ANY_KEY) is not None


def find_buried(connection: sa.Connection, customer_ids: Sequence[str], purpose: str) -> dict[str, datetime]:
    """The customers who go by an address that was erased, with the moment of it; the others are left out.

    Three statements for any number of customers, one while nobody was ever erased.
    """
    if not customer_ids or not is_anybody_buried(connection):
        return {}
    rows = connection.execute(
        sa.select(identities.c.customer_id, identities.c.kind, identities.c.value).where(
            identities.c.customer_id.in_(customer_ids), identities.c.kind.in_(ADDRESS_KINDS)
        )
    ).all()
    if list_lost_keys(connection):
        return {row.customer_id: _FOR_EVER for row in rows}
    keys = _keys(connection)
    owners: dict[str, list[str]] = {}
    for row in rows:
        for key in keys:
            owners.setdefault(hash_address(key, row.kind, row.value), []).append(row.customer_id)
    found = connection.execute(
        sa.select(tombstones.c.address_hash, tombstones.c.erased_at).where(
            tombstones.c.address_hash.in_(list(owners)), tombstones.c.purpose == purpose
        )
    )
    buried: dict[str, datetime] = {}
    for address_hash, erased_at in found:
        for owner in owners[address_hash]:
            buried[owner] = max(erased_at, buried.get(owner, erased_at))
    return buried


def is_lifted(source: str, granted_at: datetime, erased_at: datetime) -> bool:
    """Whether a grant is the person's own word, from after the erasure."""
    return source in OWN_WORD and granted_at > erased_at


def list_lost_keys(connection: sa.Connection) -> list[str]:
    """The ids of keys that opt-outs were kept with and that this process does not have."""
    known = [key_id(each) for each in _keys(connection)]
    lost = sa.select(tombstones.c.key_id).where(tombstones.c.key_id.not_in(known)).distinct()
    return sorted(connection.scalars(lost))


def require_keys(connection: sa.Connection) -> None:
    """FixConfiguration when opt-outs were kept with a secret that is no longer in the settings."""
    if list_lost_keys(connection):
        raise FixConfiguration(
            "PREVENANT_TOMBSTONE_SECRETS: people who had their data erased opted out under an earlier secret. "
            "Put it back at the end of the list (where the list was empty: the former PREVENANT_SESSION_SECRET)"
        )


def _keys(connection: sa.Connection) -> tuple[bytes, ...]:
    keys: tuple[bytes, ...] = connection.get_execution_options().get(TOMBSTONE_KEYS, ())
    return keys


def _fold(kind: str, value: str) -> str:
    if kind == "email":
        return value.strip().lower()
    return "".join(each for each in value if each.isdigit())[-_PHONE_DIGITS:]
