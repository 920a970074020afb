"""Stage B1: the UCI Online Retail file (parquet of invoice lines) -> customers and events.

One event an invoice, with a product for each of its lines, so that lines can be counted: rows of
the file = lines used + lines rejected. An invoice is `Order Completed`; one whose number begins with
C takes goods back and is `Order Refunded`. A line is rejected, and kept with its reason, when it

    duplicate_line                          repeats a line of its invoice in every column
    quantity_not_positive                   moves stock without being a cancellation (breakage, counts)
    price_negative                          corrects a debt
    missing_customer                        has no customer: it belongs to nobody's profile, and a made-up
                                            person for each such invoice would be counted and messaged

Not by a mapping: a mapped row is one event, and here several make one; what is refused is a line, used an invoice.
A price of 0 is a gift and stays; postage, fees and discounts stand under `charges`, not `products`.
"""

import hashlib
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.errors import FixInput, NotFound
from bot.intake.importers.base import (
    ImportReport,
    Run,
    ShowProgress,
    advance_run,
    begin_run,
    finish_run,
    keep_rejects,
    name_source,
    report_of,
)
from bot.intake.importers.running import refresh_purchases
from bot.intake.names import ORDER_COMPLETED, ORDER_REFUNDED
from bot.profile.customers import CustomerId, resolve_owners
from bot.profile.events import Event, append_events
from bot.profile.identities import find_owners
from bot.profile.store.engine import Store
from bot.profile.traits import set_traits

SILO = "uci"
FILE = "online_retail.parquet"
BATCH_ROWS = 20_000
_CURRENCY = "GBP"
_TIMEZONE = "Europe/London"
_COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
_IS_GOODS = pl.col("StockCode").str.contains(r"\d{4}")


@dataclass(frozen=True)
class _Batch:
    """Whole invoices of the file: what to store, and what not."""

    end: int
    invoices: list[dict[str, Any]]
    rejected: list[tuple[int, str, dict[str, Any]]]
    used: int


def import_uci(
    store: Store,
    folder: Path,
    *,
    now: datetime,
    salt: str,
    progress: ShowProgress = lambda done, total: None,
    batch_rows: int = BATCH_ROWS,
) -> ImportReport:
    """Import the folder's file, from where a former attempt stopped; a second run changes nothing.

    Each batch is one transaction that also notes the place, so a kill loses and doubles nothing.
    NotFound without the file, FixInput when its columns are others. Writes.
    """
    path = folder / FILE
    if not path.is_file():
        raise NotFound(f"{folder.name} holds no {FILE}")
    started = time.perf_counter()
    frame = pl.scan_parquet(path)
    _check_columns(frame)
    total = int(frame.select(pl.len()).collect().item())
    source = name_source(path)
    run = begin_run(store, SILO, source, now)
    begun_at = run.position
    progress(run.position, total)
    while run.position < total:
        batch = _read_batch(frame, run.position, total, batch_rows)
        run = _store_batch(store, run, batch, now=now, salt=salt)
        progress(run.position, total)
    if not run.is_done:
        refresh_purchases(store, now)
        progress(total, total)
        finish_run(store, run, now)
    seconds = time.perf_counter() - started
    return report_of(run, SILO, source, rows_this_time=total - begun_at, seconds=seconds)


def _check_columns(frame: pl.LazyFrame) -> None:
    missing = sorted(set(_COLUMNS) - set(frame.collect_schema().names()))
    if missing:
        raise FixInput(missing[0], f"{FILE} lacks this column")


def _read_batch(frame: pl.LazyFrame, start: int, total: int, rows: int) -> _Batch:
    """The next whole invoices: about `rows` lines, more when one invoice is longer than that."""
    lines = frame.select(_COLUMNS).slice(start, rows).collect()
    if start + rows < total:
        lines = _drop_last_invoice(lines)
        if lines.is_empty():
            return _read_batch(frame, start, total, rows * 2)
    lines = lines.with_row_index("row", offset=start).with_columns(invoice_run=pl.col("InvoiceNo").rle_id())
    judged = lines.with_columns(reason=_judge())
    used = judged.filter(pl.col("reason").is_null())
    refused = judged.filter(pl.col("reason").is_not_null())
    return _Batch(start + lines.height, _group_invoices(used), _list_rejects(refused), used.height)


def _drop_last_invoice(lines: pl.DataFrame) -> pl.DataFrame:
    runs = lines.select(pl.col("InvoiceNo").rle_id()).to_series()
    return lines.filter(runs != runs[-1])


def _judge() -> pl.Expr:
    """The reason to refuse a line, null for none."""
    is_refund = pl.col("InvoiceNo").str.starts_with("C")
    wrong_quantity = (pl.col("Quantity") == 0) | ((pl.col("Quantity") < 0) & ~is_refund)
    return (
        pl.when(~pl.struct("invoice_run", *_COLUMNS).is_first_distinct()).then(pl.lit("duplicate_line"))
        .when(wrong_quantity).then(pl.lit("quantity_not_positive"))
        .when(pl.col("UnitPrice") < 0).then(pl.lit("price_negative"))
        .when(pl.col("CustomerID").is_null()).then(pl.lit("missing_customer"))
    )


def _group_invoices(used: pl.DataFrame) -> list[dict[str, Any]]:
    line = pl.struct(
        product_id=pl.col("StockCode"),
        name=pl.col("Description").str.strip_chars(),
        quantity=pl.col("Quantity").abs(),
        # Half-up to pence; the small push takes back what binary fractions lose.
        price_minor=(pl.col("UnitPrice") * 100 + 0.5 + 1e-9).floor().cast(pl.Int64),
    )
    moment = pl.col("InvoiceDate").min().dt.replace_time_zone(_TIMEZONE, ambiguous="earliest")
    grouped = used.group_by("invoice_run", "InvoiceNo", "CustomerID", maintain_order=True).agg(
        occurred_at=moment.dt.convert_time_zone("UTC"),
        country=pl.col("Country").first(),
        products=line.filter(_IS_GOODS),
        charges=line.filter(~_IS_GOODS),
    )
    return grouped.to_dicts()


def _list_rejects(refused: pl.DataFrame) -> list[tuple[int, str, dict[str, Any]]]:
    received = refused.select("row", "reason", pl.struct(
        pl.col(name) if name != "InvoiceDate" else pl.col(name).dt.to_string("iso:strict") for name in _COLUMNS
    ).alias("payload"))
    return [tuple(each) for each in received.rows()]


def _store_batch(store: Store, run: Run, batch: _Batch, *, now: datetime, salt: str) -> Run:
    keys = {each["CustomerID"]: ("customer_id", f"{SILO}:{each['CustomerID']}") for each in batch.invoices}
    with store.write() as connection:
        known = find_owners(connection, keys.values())
        owners = resolve_owners(connection, keys.values(), source=SILO, is_verified=True, now=now, salt=salt)
        owner_of = {number: owners[key] for number, key in keys.items()}
        fresh = append_events(connection, [_to_event(each, owner_of, now) for each in batch.invoices])
        _keep_countries(connection, batch, owner_of)
        keep_rejects(connection, run, SILO, batch.rejected, now)
        counts = Counter({"used": batch.used, "events": fresh, "customers": len(owners) - len(known)})
        counts.update(f"rejected:{reason}" for _, reason, _ in batch.rejected)
        return advance_run(connection, run, batch.end, counts)


def _to_event(invoice: dict[str, Any], owner_of: dict[int, CustomerId], now: datetime) -> Event:
    number, customer = invoice["InvoiceNo"], invoice["CustomerID"]
    products, charges = invoice["products"], invoice["charges"]
    total = sum(line["quantity"] * line["price_minor"] for line in products + charges)
    return Event(
        message_id=f"{SILO}:{number}:{_digest(products + charges)}",
        customer_id=owner_of[customer],
        silo=SILO,
        type="track",
        name=ORDER_REFUNDED if number.startswith("C") else ORDER_COMPLETED,
        properties={
            "order_id": f"{SILO}:{number}", "order_number": number, "currency": _CURRENCY, "total_minor": total,
            "country": invoice["country"], "products": products, "charges": charges,
        },
        occurred_at=invoice["occurred_at"],
        received_at=now,
    )


def _digest(lines: list[dict[str, Any]]) -> str:
    """An invoice's lines in a word: its number comes twice in the file, with other lines."""
    return hashlib.sha256(repr([tuple(line.values()) for line in lines]).encode()).hexdigest()[:16]


def _keep_countries(connection: sa.Connection, batch: _Batch, owner_of: dict[int, CustomerId]) -> None:
    latest = {
        each["CustomerID"]: {"customer_id": owner_of[each["CustomerID"]], "name": "country", "silo": SILO,
                             "value": each["country"], "set_at": each["occurred_at"]}
        for each in sorted(batch.invoices, key=lambda each: each["occurred_at"])
    }
    set_traits(connection, list(latest.values()))
