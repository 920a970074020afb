"""Checked rows -> identities, events, traits and consents, set-based, in the caller's transaction."""

from collections import Counter
from datetime import datetime
from typing import Any

import orjson
import polars as pl
import sqlalchemy as sa

from bot.intake.importers.checking import Checked
from bot.intake.importers.mapping import SENDER, Mapping
from bot.intake.names import UNSUBSCRIBED_NAMES
from bot.profile.bulk import (
    append_event_frame,
    differing_messages,
    link_frame,
    owners_of_senders,
    resolve_frame,
    upsert_trait_frame,
)
from bot.profile.consent import record_consent
from bot.profile.identities import root_of
from bot.profile.store.tables import consents

Rejected = list[tuple[int, str]]  # row, reason
OTHER_WORDS = "event.key: was stored before with other words"


def store_rows(
    connection: sa.Connection, checked: Checked, mapping: Mapping, silo: str, *, now: datetime, salt: str
) -> tuple[Counter[str], Rejected]:
    """Store a page's rows; what was counted, and the rows that the store knows better. Writes."""
    counts: Counter[str] = Counter()
    rows, unknown = _with_owners(connection, checked.rows, mapping, silo, counts, now=now, salt=salt)
    events = rows.select(
        "row", "message_id", "customer_id", pl.lit(silo).alias("silo"), "type", "name", _event_properties(mapping),
        "occurred_at", pl.lit(now).cast(pl.Datetime("us", "UTC")).alias("received_at"),
    )
    counts["events"] = append_event_frame(connection, events)
    repeated = counts["events"] < events.height
    other = _find_other_words(connection, events) if repeated else pl.DataFrame({"row": []}, schema={"row": pl.Int64})
    used = rows.join(other, on="row", how="anti") if not other.is_empty() else rows
    _link(connection, checked.links, used, mapping, silo, now)
    _keep_traits(connection, used, mapping, silo)
    _keep_withdrawals(connection, used, silo, now)
    counts["used"] = int(used["of"].list.len().sum())
    counts["known"] = used.height - counts["events"]
    return counts, unknown + [(each, OTHER_WORDS) for row in other["row"] for each in checked.rows_of(row)]


def _with_owners(
    connection: sa.Connection, rows: pl.DataFrame, mapping: Mapping, silo: str, counts: Counter[str], *,
    now: datetime, salt: str,
) -> tuple[pl.DataFrame, Rejected]:
    if SENDER not in mapping.identities:
        proven = [kind for kind in mapping.identities if mapping.is_proven(kind)]
        owners, counts["customers"] = resolve_frame(
            connection, rows, proven_kinds=proven, source=silo, now=now, salt=salt
        )
        on = ["kind", "value"] if len(mapping.identities) > 1 else ["value"]
        return rows.join(owners, on=on, how="left", maintain_order="left"), []
    owners = owners_of_senders(connection, rows["value"])
    found = rows.join(owners, on="value", how="left", maintain_order="left")
    unknown = found.filter(pl.col("customer_id").is_null())["row"].to_list()
    return found.filter(pl.col("customer_id").is_not_null()), [
        (row, "identities.sender_id: there is no such conversation") for row in unknown
    ]


def _event_properties(mapping: Mapping) -> pl.Expr:
    """An event's own; what a customer's row said is kept with it too, as an analytics client's `identify` keeps it."""
    if not mapping.traits:
        return pl.col("properties")
    traits = pl.lit('"traits":') + pl.col("traits")
    rest = pl.col("properties").str.strip_suffix("}")
    return (pl.when(rest == "{").then(rest + traits + "}").otherwise(rest + "," + traits + "}")).alias("properties")


def _find_other_words(connection: sa.Connection, events: pl.DataFrame) -> pl.DataFrame:
    differing = differing_messages(connection, events)
    return events.filter(pl.col("message_id").is_in(differing)).select("row")


def _link(
    connection: sa.Connection, links: pl.DataFrame, used: pl.DataFrame, mapping: Mapping, silo: str, now: datetime
) -> None:
    if links.is_empty():
        return
    proven = [kind for kind in mapping.identities if mapping.is_proven(kind)]
    owned = links.join(used.select("row", "customer_id"), on="row", how="inner", maintain_order="left")
    link_frame(connection, owned.with_columns(
        is_verified=pl.col("kind").is_in(proven), source=pl.lit(silo),
        first_seen_at=pl.lit(now).cast(pl.Datetime("us", "UTC")),
    ))


def _keep_traits(connection: sa.Connection, used: pl.DataFrame, mapping: Mapping, silo: str) -> None:
    """One row a trait: each value as JSON, taken out of the row's object."""
    if not mapping.traits:
        return
    said = used.select("customer_id", "occurred_at", "traits").filter(pl.col("traits") != "{}")
    found: list[tuple[str, str, str, str, datetime]] = []
    for customer_id, at, text in said.iter_rows():
        for name, value in orjson.loads(text).items():
            found.append((customer_id, name, silo, orjson.dumps(value).decode(), at))
    schema: dict[str, Any] = {"customer_id": pl.String, "name": pl.String, "silo": pl.String, "value": pl.String,
                              "set_at": pl.Datetime("us", "UTC")}
    upsert_trait_frame(connection, pl.DataFrame(found, schema=schema, orient="row"))


def _keep_withdrawals(connection: sa.Connection, used: pl.DataFrame, silo: str, now: datetime) -> None:
    """Who unsubscribed at a mailing tool, or called it spam, gets no advertising by e-mail from us either."""
    latest = used.filter(pl.col("name").is_in(UNSUBSCRIBED_NAMES)).group_by("customer_id").agg(
        pl.col("occurred_at").max())
    for customer_id, at in latest.iter_rows():
        table = consents.c
        root = root_of(connection, customer_id)
        is_kept = sa.exists().where(
            table.customer_id == root, table.source == silo, table.changed_at == min(at, now)
        )
        if not connection.scalar(sa.select(is_kept)):
            record_consent(connection, customer_id, purpose="marketing", channel="email", state="withdrawn",
                           source=silo, wording="", now=min(at, now))
