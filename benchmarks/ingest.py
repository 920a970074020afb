"""What happened -> a profile that shows it: from files and through HTTP, on SQLite and PostgreSQL.

Prints one JSON line: file_events_per_second, share_of_set_based, http_events_per_second (75 a request),
http_single_events_per_second and visible_p95_seconds at half that load, for SQLite and again under
`postgres`. Peers of the same rows in the same run: `set_based` is the store's bare SQL over rows that
lie ready in memory (raw sqlite3, COPY); `row_by_row` is SQLAlchemy, a statement a row;
`bare_http` is granian with one writer of raw SQL that checks nothing (benchmarks/bare_collector.py).
`EVENTS=`, `SECONDS=` and `TIMES=` make it smaller or larger.
"""

import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from benchmarks.ingest_http import measure_http
from bot.intake.importers.mapping import Mapping, parse_mapping
from bot.intake.importers.running import PAGE_ROWS, run_import
from bot.intake.silos.csv_file import CsvFile
from bot.profile.customers import resolve_owners
from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from tests.servers.postgres import find_postgres, run_postgres

SALT = "a salt of sixteen"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
MAPPING = """
records = "views"
[identities]
customer_id = "customer"
[event]
name = "Product Viewed"
time = "at"
key = ["id"]
[properties]
product_id = "sku"
name = "title"
price_minor = { column = "price", type = "money" }
quantity = { column = "pieces", type = "integer" }
"""
_ROW_BY_ROW = 2_000
Row = tuple[str, str, str, str]  # message id, customer, properties as JSON, moment


def main() -> None:
    """Measure each store, then print."""
    events, seconds = int(os.environ.get("EVENTS", "200000")), float(os.environ.get("SECONDS", "6"))
    times = int(os.environ.get("TIMES", "3"))
    with TemporaryDirectory(prefix="prevenant-ingest-") as folder:
        file = Path(folder) / "views.csv"
        rows = write_views(file, events)
        figures = measure(f"sqlite:///{folder}/", file, rows, seconds=seconds, times=times, what="SQLite")
        programs = find_postgres()
        if programs is None:
            say("PostgreSQL: its server programs are not here")
        else:
            with run_postgres(programs, durable=True) as url:
                figures["postgres"] = measure(url, file, rows, seconds=seconds, times=times, what="PostgreSQL")
    print(json.dumps(figures | {"events": events}))


def write_views(path: Path, number: int) -> list[Row]:
    """A file of product views by a tenth as many customers; the rows it stands for."""
    chance, rows = random.Random(1), []
    with path.open("w", encoding="utf-8") as file:
        file.write("id,customer,at,sku,title,price,pieces\n")
        for n in range(number):
            who, sku = f"c{chance.randrange(max(number // 10, 1))}", f"sku-{chance.randrange(5_000)}"
            at = f"2026-10-{chance.randrange(1, 28):02} 10:{chance.randrange(60):02}:{chance.randrange(60):02}"
            price, pieces, title = chance.randrange(100, 30_000), chance.randrange(1, 4), f"Robe d’été n° {n % 500}"
            file.write(f"e{n:08},{who},{at},{sku},{title},{price // 100}.{price % 100:02},{pieces}\n")
            properties = {"product_id": sku, "name": title, "price_minor": price, "quantity": pieces}
            text = json.dumps(properties, separators=(",", ":"), ensure_ascii=False)
            rows.append((f"tills:views:e{n:08}", f"tills:{who}", text, at))
    return rows


def measure(where: str, file: Path, rows: list[Row], *, seconds: float, times: int, what: str) -> dict[str, Any]:
    """Every figure of one store."""
    pairs = []
    for turn in range(times):
        set_based = rate(where, f"bare{turn}", len(rows), lambda store: store_bare(store, rows))
        ours = rate(where, f"file{turn}", len(rows), lambda store: import_file(store, file, len(rows)))
        say(f"{what}: files {ours:,.0f} events/s, set-based {set_based:,.0f}: {ours / set_based:.2f}")
        pairs.append((ours, set_based))
    few = rows[:_ROW_BY_ROW]
    row_by_row = rate(where, "rows", len(few), lambda store: store_row_by_row(store, few))
    say(f"{what}: row by row {row_by_row:,.0f} events/s")
    with fresh_store(where, "http") as store:
        url = store.url.render_as_string(hide_password=False)
        http = measure_http(url, seconds=seconds, times=times, say=lambda text: say(f"{what}: {text}"))
    ours, bare = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    bare_http = http.pop("bare_http")
    return {
        "file_events_per_second": round(ours),
        "share_of_set_based": round(statistics.median(each / peer for each, peer in pairs), 3),
        **http,
        "peers": {
            "set_based": {"file_events_per_second": round(bare)},
            "row_by_row": {"file_events_per_second": round(row_by_row)},
            "bare_http": bare_http,
        },
    }


def rate(where: str, name: str, number: int, work: Callable[[Store], None]) -> float:
    """Rows a second of some work on a fresh store."""
    with fresh_store(where, name) as store:
        started = time.perf_counter()
        work(store)
        return number / (time.perf_counter() - started)


@contextmanager
def fresh_store(where: str, name: str) -> Iterator[Store]:
    """A migrated store of its own."""
    url = where + f"{name}.sqlite"
    if not where.startswith("sqlite"):
        server = sa.create_engine(where, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        server.dispose()
        url = sa.make_url(where).set(database=name).render_as_string(hide_password=False)
    store = Store(url)
    migrate(store)
    yield store
    store.close()


def mapping() -> Mapping:
    """What the file's columns mean."""
    return parse_mapping(MAPPING, "views.toml")


def import_file(store: Store, file: Path, rows: int) -> None:
    """Ours: read, check, resolve, store, note the place."""
    report = run_import(store, CsvFile(file), mapping(), "tills", now=NOW, salt=SALT)
    if report.events != rows:
        sys.exit(f"{report.events} of {rows} events were stored")


STAGE = "CREATE TEMPORARY TABLE staged (message_id text, owner text, properties text, at text) ON COMMIT DROP"
MOVE = (
    "INSERT INTO customers (customer_id, root_id, is_holdout, created_at) "
    "SELECT DISTINCT md5(owner), md5(owner), false, now() FROM staged ON CONFLICT DO NOTHING",
    "INSERT INTO identities (kind, value, customer_id, is_verified, source, first_seen_at) "
    "SELECT DISTINCT 'customer_id', owner, md5(owner), true, 'tills', now() FROM staged ON CONFLICT DO NOTHING",
    "INSERT INTO events (message_id, customer_id, silo, type, name, properties, occurred_at, received_at) "
    "SELECT message_id, md5(owner), 'tills', 'track', 'Product Viewed', properties::json, (at || '+00')::timestamptz, "
    "now() FROM staged ON CONFLICT (message_id) DO NOTHING",
)
LITE = (
    "INSERT INTO customers (customer_id, root_id, is_holdout, created_at) VALUES (?, ?, 0, ?) ON CONFLICT DO NOTHING",
    "INSERT INTO identities (kind, value, customer_id, is_verified, source, first_seen_at) "
    "VALUES ('customer_id', ?, ?, 1, 'tills', ?) ON CONFLICT DO NOTHING",
    "INSERT INTO events (message_id, customer_id, silo, type, name, properties, occurred_at, received_at) "
    "VALUES (?, ?, 'tills', 'track', 'Product Viewed', ?, ?, ?) ON CONFLICT (message_id) DO NOTHING",
)


def store_bare(store: Store, rows: list[Row], page: int = PAGE_ROWS) -> None:
    """The peer: rows that lie ready, customers known by a hash, a transaction for as many rows as ours."""
    for start in range(0, len(rows), page):
        some = rows[start : start + page]
        with store.write() as connection:
            driver: Any = connection.connection.driver_connection
            if store.is_sqlite:
                store_bare_sqlite(driver, some)
                continue
            driver.execute(STAGE)
            with driver.cursor() as cursor, cursor.copy("COPY staged FROM STDIN") as copy:
                copy.write("".join("\t".join(row) + "\n" for row in some))
            for statement in MOVE:
                driver.execute(statement)


def store_bare_sqlite(driver: Any, rows: list[Row]) -> None:
    """Three prepared statements."""
    now, ids = "2026-11-28 12:00:00.000000", {owner: _id_of(owner) for _, owner, _, _ in rows}
    driver.executemany(LITE[0], ((each, each, now) for each in ids.values()))
    driver.executemany(LITE[1], ((owner, each, now) for owner, each in ids.items()))
    driver.executemany(LITE[2], ((mid, ids[owner], text, f"{at}.000000", now) for mid, owner, text, at in rows))


def _id_of(text: str) -> str:
    return f"{hash(text) & (2**64 - 1):032x}"


def store_row_by_row(store: Store, rows: list[Row]) -> None:
    """The other peer: each row with its own statements, a transaction a thousand."""
    for start in range(0, len(rows), 1_000):
        with store.write() as connection:
            for message_id, owner, properties, at in rows[start : start + 1_000]:
                key = ("customer_id", owner)
                who = resolve_owners(connection, [key], source="tills", is_verified=True, now=NOW, salt=SALT)[key]
                moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
                append_events(connection, [Event(message_id, who, "tills", "track", "Product Viewed",
                                                 json.loads(properties), moment, NOW)])


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
