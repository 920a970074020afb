"""The console: what happened on a day -> counts by journey, channel, hour and segment, kept by the worker in a row.

Of messages, everything is told of the day and hour at which they left: how many arrived, and how many were followed
by a click, an answer, an order or a goodbye within the window in which the engine learns too. An order that follows two
messages is told of both. What customers do by themselves is told of the day on which they did it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.content_figures import CONTENT, count_content
from bot.console.key_times import Rows
from bot.console.result_rows import OUTCOMES, read_deeds_after, read_did, read_memberships, read_sent
from bot.console.segment_figures import NAME as SEGMENTS
from bot.console.segment_figures import count_segments
from bot.profile.purchases import is_sale
from bot.profile.segments.members import count_members
from bot.profile.store.tables import console_figures, customers, inbox, outbox, purchases
from bot.profile.store.upsert import insert_or_update

DAYS_KEPT = 400  # thirteen months: last year's month beside this one's
AGAIN_DAYS = 30  # within which somebody who bought may come back
_SETTLES = timedelta(hours=2)
_TODAY_EVERY, _OPEN_EVERY = timedelta(minutes=15), timedelta(hours=6)
_AT_ONCE = 8  # days of one pass: what came before the first start is counted little by little
_DAY, _AGAIN, _SIZES = "results", "again", "segment_sizes"
_SUMS = ("sent", "arrived", "seen", *OUTCOMES, "reacted", "value_minor")


def count_results(services: Services) -> int:
    """Count today every quarter of an hour, the days whose messages may still be followed by something four times a
    day, and some of those never counted. 0: nothing is left to do before the next look. Writes.
    """
    now, zone = services.clock(), ZoneInfo(services.settings.timezone)
    with services.store.read() as connection:
        days = _list_days(connection, now.astimezone(zone).date(), zone)
        window = timedelta(seconds=services.guardrails.learning.window_seconds)
        counted, known = _counted(connection, _DAY, days), _counted(connection, _AGAIN, days)
        due = [each for each in days if _is_due(counted, each, now, zone, window)][:_AT_ONCE]
        again = [each for each in days if _is_again_due(known, each, now, zone)][:_AT_ONCE]
        rows, currency = Rows(connection), services.goals.currency
        found = {
            **{name: value for each in due
               for name, value in _count_due(connection, rows, each, zone, window, currency)},
            **({_SIZES: count_members(connection), SEGMENTS: count_segments(connection, now)} if due else {}),
            **{name_again(each): count_again(connection, each, zone) for each in again},
        }
    if not found:
        return 0
    kept = [{"name": name, "value": value, "counted_at": now} for name, value in found.items()]
    with services.store.write() as connection:
        insert_or_update(connection, console_figures, kept, ("name",), ("value", "counted_at"))
    return 0


def read_results(connection: sa.Connection, since: date, until: date) -> dict[date, dict[str, Any]]:
    """What was counted of the days from the one to the other, both among them: `sent`, `did`, `segments`."""
    return _read(connection, _DAY, since, until)


def read_again(connection: sa.Connection, since: date, until: date) -> dict[date, dict[str, Any]]:
    """Of those who bought on each day, `buyers`, how many did `again` within thirty days, once those are over."""
    return _read(connection, _AGAIN, since, until)


def read_sizes(connection: sa.Connection) -> dict[str, int]:
    """How many persons are in each segment, as counted last."""
    value = connection.scalar(sa.select(console_figures.c.value).where(console_figures.c.name == _SIZES))
    return value or {}


def name_results(day: date) -> str:
    """Under what the results of a day are kept."""
    return f"{_DAY}:{day}"


def name_again(day: date) -> str:
    """Under what is kept who of a day's buyers came back."""
    return f"{_AGAIN}:{day}"


def first_counted(connection: sa.Connection) -> date | None:
    """The first day that is counted."""
    name = console_figures.c.name
    found = connection.scalar(sa.select(sa.func.min(name)).where(name >= f"{_DAY}:", name < f"{_DAY};"))
    return date.fromisoformat(found.partition(":")[2]) if found else None


def read_marked(
    connection: sa.Connection, day: date, zone: ZoneInfo, window: timedelta, currency: str
) -> pl.DataFrame:
    """The messages that left on a day, each with what followed it within the window; orders in the currency."""
    since, until = datetime.combine(day, time(), zone), _end(day, zone)
    return _mark(
        read_sent(connection, since, until), read_deeds_after(connection, since, until, window, currency), window
    )


def count_day(
    connection: sa.Connection, rows: Rows, day: date, zone: ZoneInfo, sent: pl.DataFrame, currency: str
) -> dict[str, Any]:
    """Columns of numbers, as JSON can hold them: of the day's messages, and of what customers did by themselves."""
    since, until = datetime.combine(day, time(), zone), _end(day, zone)
    did = read_did(connection, rows, since, until, currency)
    sent, did = (each.with_columns(pl.col("at").dt.convert_time_zone(zone.key).dt.hour().alias("hour"))
                 for each in (sent, did))
    people = read_memberships(connection, [*sent["root"], *did["root"]], since, until)
    return {
        "sent": _columns(sent.group_by("journey", "channel", "hour", maintain_order=True).agg(_added(_SUMS))),
        "did": _columns(did.group_by("what", "channel", "hour", maintain_order=True).agg(_added(("times", "amount")))),
        "segments": _columns(pl.concat([
            _by_segment(_as_did(sent), people), _by_segment(did, people),
        ])),
    }


def _count_due(
    connection: sa.Connection, rows: Rows, day: date, zone: ZoneInfo, window: timedelta, currency: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is kept of a day, by name."""
    sent = read_marked(connection, day, zone, window, currency)
    yield name_results(day), count_day(connection, rows, day, zone, sent, currency)
    yield f"{CONTENT}:{day}", count_content(connection, sent, datetime.combine(day, time(), zone), _end(day, zone))


def count_again(connection: sa.Connection, day: date, zone: ZoneInfo) -> dict[str, int]:
    """Which persons bought on a day, and who of them did again on a later one within thirty days. Reads the buyers."""
    since, until = datetime.combine(day, time(), zone), _end(day, zone)
    bought = sa.select(customers.c.root_id).distinct().join(
        purchases, purchases.c.customer_id == customers.c.customer_id
    ).where(purchases.c.sold_at >= since, purchases.c.sold_at < until, is_sale()).subquery("bought")
    later = sa.select(sa.literal(1)).select_from(customers).join(
        purchases, purchases.c.customer_id == customers.c.customer_id
    ).where(
        customers.c.root_id == bought.c.root_id, is_sale(),
        purchases.c.sold_at >= until, purchases.c.sold_at < until + timedelta(days=AGAIN_DAYS),
    ).correlate(bought).exists()
    buyers, again = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((later, 1), else_=0)), 0)).select_from(bought)
    ).one()
    return {"buyers": int(buyers), "again": int(again)}


def _mark(sent: pl.DataFrame, deeds: pl.DataFrame, window: timedelta) -> pl.DataFrame:
    """Each message with whether each deed followed it, and what was paid."""
    by_person = sent.select("outbox_id", "root", "at").join(deeds.filter(pl.col("outcome") != "replied"), on="root")
    by_talk = sent.select("outbox_id", pl.col("sender_id").alias("root"), "at").join(
        deeds.filter(pl.col("outcome") == "replied"), on="root")
    followed = pl.concat([by_person, by_talk]).filter(
        pl.col("did_at") >= pl.col("at"), pl.col("did_at") < pl.col("at") + window
    ).group_by("outbox_id").agg(
        *((pl.col("outcome") == each).any().cast(pl.Int64).alias(each) for each in OUTCOMES),
        pl.col("outcome").is_in(["clicked", "replied"]).any().cast(pl.Int64).alias("reacted"),
        pl.col("amount").sum().alias("value_minor"),
    )
    columns = [*OUTCOMES, "reacted", "value_minor"]
    return sent.join(followed, on="outbox_id", how="left").with_columns(pl.col(columns).fill_null(0))


def _as_did(sent: pl.DataFrame) -> pl.DataFrame:
    """What was sent and what followed, in the shape of what customers did: `sent`, `sent.clicked` ..."""
    parts = [
        sent.filter(pl.col(each) > 0).select(
            "root", "at", pl.lit(each if each == "sent" else f"sent.{each}").alias("what"),
            pl.lit(1, pl.Int64).alias("times"),
            (pl.col("value_minor") if each == "bought" else pl.lit(0, pl.Int64)).alias("amount"),
        )
        for each in ("sent", "seen", *OUTCOMES)
    ]
    return pl.concat(parts)


def _by_segment(did: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """By segment, of whoever was in it at that moment: how many people, how often, how much."""
    among = did.join(people, on="root").filter(
        pl.col("at") >= pl.col("entered_at"), pl.col("left_at").is_null() | (pl.col("at") < pl.col("left_at"))
    )
    return among.group_by("what", "segment", maintain_order=True).agg(
        pl.col("root").n_unique().cast(pl.Int64).alias("people"), pl.col("times").sum(), pl.col("amount").sum()
    )


def _added(names: Sequence[str]) -> list[pl.Expr]:
    return [pl.col(each).sum() for each in names]


def _columns(frame: pl.DataFrame) -> dict[str, list[Any]]:
    return frame.to_dict(as_series=False)


def _list_days(connection: sa.Connection, today: date, zone: ZoneInfo) -> list[date]:
    """Newest first, back to the first thing that is known."""
    firsts = (
        sa.select(outbox.c.created_at).order_by(outbox.c.outbox_id).limit(1),
        sa.select(inbox.c.received_at).order_by(inbox.c.inbox_id).limit(1),
        sa.select(purchases.c.sold_at).order_by(purchases.c.sold_at).limit(1),
    )
    known = [at.astimezone(zone).date() for each in firsts if (at := connection.scalar(each))]
    days = min(DAYS_KEPT, max(0, (today - min(known, default=today)).days) + 1)
    return [today - timedelta(days=n) for n in range(days)]


def _is_due(
    counted: dict[date, datetime], day: date, now: datetime, zone: ZoneInfo, window: timedelta
) -> bool:
    last = counted.get(day)
    if last is None:
        return True
    if last >= _end(day, zone) + window + _SETTLES:
        return False
    is_over = last >= _end(day, zone)
    return now - last >= (_OPEN_EVERY if is_over else _TODAY_EVERY)


def _is_again_due(counted: dict[date, datetime], day: date, now: datetime, zone: ZoneInfo) -> bool:
    """Once the thirty days are over."""
    closed, last = _end(day, zone) + timedelta(days=AGAIN_DAYS), counted.get(day)
    return closed <= now and (last is None or last < closed)


def _counted(connection: sa.Connection, kind: str, days: Sequence[date]) -> dict[date, datetime]:
    names = {f"{kind}:{each}": each for each in days}
    table = console_figures.c
    rows = connection.execute(sa.select(table.name, table.counted_at).where(table.name.in_(names)))
    return {names[row.name]: row.counted_at for row in rows}


def _read(connection: sa.Connection, kind: str, since: date, until: date) -> dict[date, dict[str, Any]]:
    table = console_figures.c
    rows = connection.execute(
        sa.select(table.name, table.value).where(table.name >= f"{kind}:{since}", table.name <= f"{kind}:{until}")
    )
    return {date.fromisoformat(row.name.partition(":")[2]): row.value for row in rows}


def _end(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone)
