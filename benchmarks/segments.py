"""How long segments take: for everybody, and for one customer at once, on SQLite and PostgreSQL, beside DuckDB.

`make bench ONLY=segments`; CUSTOMERS= and EVENTS= are the larger of two sizes (20,000 and 200,000), the smaller
is a quarter. The peer, DuckDB, is asked the same questions in SQL of its own over the same rows, loaded from
Arrow tables, in the same run; every answer is compared (`agree`). Prints one JSON line.
"""

import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import numpy as np
import polars as pl

from bot.profile.segments.book import Segment, SegmentBook
from bot.profile.segments.members import evaluate, refresh_segment
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.profile.traits import TraitRule
from tests.servers.postgres import find_postgres, run_postgres

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
PLAIN = NOW.replace(tzinfo=None)  # as frames keep it
TRAITS = {"city": TraitRule("city", "silo", ("shop", "crm")), "favourite_colours": TraitRule("c", "add_counts")}
SINGLE, SINGLE_PEER = 400, 40
CITIES, COLOURS = ["Lyon", "Paris", "Nice", "Lille"], ["navy", "red", "black"]
TYPES = ["shoes", "coat", "scarf", "dress"]

RULES = {
    "regulars": "bought at least 3 times in 365 days",
    "lapsing": "bought 'shoes' at least 2 times in 90 days and not seen for 30 days",
    "spenders": "spent over 200 EUR in 365 days",
    "lookers": "did 'Product Viewed' at least 3 times in 7 days and not bought in 30 days",
    "lyon": "trait city is 'Lyon'",
    "navy": "trait favourite_colours has 'navy'",
    "reachable": "consents to marketing on email",
}
# The same questions as somebody would ask DuckDB. $now is the moment, {one} a person or nothing.
_MOMENT = f"TIMESTAMP '{PLAIN}'"
_SOLD = "FROM purchases p JOIN customers c USING (customer_id) WHERE quantity > 0 {one} AND sold_at <= $now"
_SEEN = "FROM events e JOIN customers c USING (customer_id) WHERE e.occurred_at <= $now {one}"
PEER = {
    "regulars": f"SELECT root_id {_SOLD} AND sold_at > $now - INTERVAL 365 DAY GROUP BY 1 "
                "HAVING count(DISTINCT (customer_id, silo, order_id)) >= 3",
    "lapsing": f"SELECT root_id {_SOLD} AND sold_at > $now - INTERVAL 90 DAY AND product_type = 'shoes' GROUP BY 1 "
               "HAVING count(DISTINCT (customer_id, silo, order_id)) >= 2 EXCEPT "
               f"SELECT root_id {_SEEN} AND e.occurred_at > $now - INTERVAL 30 DAY",
    "spenders": "SELECT root_id FROM purchases JOIN customers c USING (customer_id) WHERE currency = 'EUR' {one} AND "
                "sold_at > $now - INTERVAL 365 DAY AND sold_at <= $now GROUP BY 1 HAVING sum(amount_minor) > 20000",
    "lookers": f"SELECT root_id {_SEEN} AND e.name = 'Product Viewed' AND e.occurred_at > $now - INTERVAL 7 DAY "
               f"GROUP BY 1 HAVING count(*) >= 3 EXCEPT SELECT root_id {_SOLD} AND sold_at > $now - INTERVAL 30 DAY",
    "lyon": "SELECT root_id FROM (SELECT root_id, value, row_number() OVER (PARTITION BY root_id ORDER BY "
            "CASE silo WHEN 'shop' THEN 0 WHEN 'crm' THEN 1 ELSE 2 END, set_at DESC, silo, customer_id) n FROM traits "
            "JOIN customers c USING (customer_id) WHERE name = 'city' {one}) WHERE n = 1 AND value = '\"Lyon\"'",
    "navy": "SELECT root_id FROM traits JOIN customers c USING (customer_id) WHERE name = 'favourite_colours' {one} "
            "GROUP BY 1 HAVING sum(CAST(json_extract(value, '$.navy') AS DOUBLE)) > 0",
    "reachable": "SELECT root_id FROM (SELECT root_id, customer_id, arg_max(state, changed_at) s FROM consents JOIN "
                 "customers c USING (customer_id) WHERE purpose = 'marketing' AND channel IN ('email', '*') {one} "
                 "GROUP BY 1, 2) GROUP BY 1 HAVING bool_and(s = 'granted')",
}
Rows = dict[str, pl.DataFrame]
_Measure = Callable[[Any], float]


@dataclass(frozen=True)
class Figures:
    """What one database took, and whom it found."""

    seconds: dict[str, float]
    p50_ms: float
    p99_ms: float
    found: dict[str, frozenset[str]]

    def told(self) -> dict[str, Any]:
        """As printed."""
        seconds = {name: round(each, 4) for name, each in self.seconds.items()}
        return {"refresh_seconds": seconds, "refresh_total_seconds": round(sum(self.seconds.values()), 3),
                "single_p50_ms": round(self.p50_ms, 3), "single_p99_ms": round(self.p99_ms, 3)}


def main() -> None:
    """Two sizes, each on every database."""
    print(json.dumps(measure(int(os.environ.get("CUSTOMERS", "20000")), int(os.environ.get("EVENTS", "200000")))))


def measure(customers: int, events: int, *, with_postgres: bool = True) -> dict[str, Any]:
    """The figures of the larger size, and how they grew from a quarter of it."""
    small, large = make_rows(customers // 4, events // 4), make_rows(customers, events)
    programs = find_postgres() if with_postgres else None
    with TemporaryDirectory(prefix="prevenant-segments-") as folder:
        urls = [f"sqlite:///{folder}/{name}.sqlite" for name in ("small", "large")]
        sqlite = [measure_store(each, rows) for each, rows in zip(urls, (small, large), strict=True)]
    postgres: list[Figures] = []
    if programs:
        with run_postgres(programs) as url:
            urls = [new_database(url, name) for name in ("small", "large")]
            postgres = [measure_store(each, rows) for each, rows in zip(urls, (small, large), strict=True)]
    peer = [measure_duckdb(rows) for rows in (small, large)]
    ours = [*sqlite, *postgres]
    agree = all(each.found == peer[number % 2].found for number, each in enumerate(ours))
    told = {"customers": customers, "events": events, "agree": agree, **sqlite[1].told(), "growth": growth(sqlite)}
    if postgres:
        told["postgres"] = {**postgres[1].told(), "growth": growth(postgres)}
    return {**told, "found": {name: len(found) for name, found in sqlite[1].found.items()},
            "peers": {"duckdb": {**peer[1].told(), "growth": growth(peer)}}}


def growth(figures: list[Figures]) -> float:
    """The power of n that refreshing everything grew by, from the smaller size to the larger: 1 is in step."""
    small, large = (sum(each.seconds.values()) for each in figures)
    return round(math.log(large / small) / math.log(4), 2)


def make_rows(customers: int, events: int) -> Rows:
    """The same people each time: some merged, one event in ten an order of one or two lines, 2 years back."""
    rng = np.random.default_rng(42)
    ids = np.array([f"{number:032x}" for number in range(customers)])
    roots = ids.copy()
    merged = np.arange(1, customers, 50)
    roots[merged] = ids[merged - 1]
    whose = ids[(customers * rng.random(events) ** 2).astype(int)]
    moments = (1e6 * (NOW.timestamp() - 730 * 86_400 * rng.random(events))).astype(np.int64)
    at = pl.Series(moments).cast(pl.Datetime("us"))
    is_order = rng.random(events) < 0.1
    happened = pl.DataFrame({
        "event_id": np.arange(1, events + 1), "message_id": [f"m{number}" for number in range(events)],
        "customer_id": whose, "silo": np.where(is_order, "shop", "web"), "type": np.full(events, "track"),
        "name": np.where(is_order, "Order Completed", "Product Viewed"), "properties": np.full(events, "{}"),
        "occurred_at": at, "received_at": at,
    })
    return {
        "customers": pl.DataFrame({"customer_id": ids, "root_id": roots, "is_holdout": False, "created_at": PLAIN}),
        "events": happened, "purchases": _make_purchases(happened, rng), **_make_words(ids, rng),
    }


def _make_purchases(happened: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    orders = happened.filter(pl.col("name") == "Order Completed").select(
        "customer_id", "silo", order_id=pl.col("message_id"), sold_at="occurred_at"
    )
    lines = pl.concat([orders.with_columns(line=pl.lit(1)), orders.gather_every(2).with_columns(line=pl.lit(2))])
    number = lines.height
    return lines.select(
        "customer_id", "silo", "order_id", "line", "sold_at", quantity=pl.lit(1),
        amount_minor=pl.Series(rng.integers(1_000, 15_000, number)), currency=pl.lit("EUR"), product_id=pl.lit("p"),
        variant_id=pl.lit(""), product_type=pl.Series(rng.choice(TYPES, number)), brand=pl.lit(""),
        colour=pl.Series(rng.choice(COLOURS, number)), size=pl.lit(""),
    )


def _make_words(ids: np.ndarray[Any, Any], rng: np.random.Generator) -> Rows:
    """Two silos' word on the city, counts of colours, and what was said about marketing."""
    number = len(ids)
    cities = [
        pl.DataFrame({"customer_id": ids, "name": "city", "silo": silo,
                      "value": [f'"{city}"' for city in rng.choice(CITIES, number)], "set_at": PLAIN})
        for silo in ("crm", "shop")
    ]
    colours = pl.DataFrame({
        "customer_id": ids, "name": "favourite_colours", "silo": "computed:shop",
        "value": [json.dumps({colour: 2}) for colour in rng.choice(COLOURS, number)], "set_at": PLAIN,
    })
    said = pl.DataFrame({
        "consent_id": np.arange(1, number + 1), "customer_id": ids, "purpose": "marketing",
        "channel": rng.choice(["email", "*", "sms"], number), "state": rng.choice(["granted", "withdrawn"], number),
        "source": "bench", "wording": "", "changed_at": PLAIN - timedelta(days=9),
    })
    return {"traits": pl.concat([*cities, colours]), "consents": said}


def measure_store(url: str, rows: Rows) -> Figures:
    """Load, ask for everybody by every segment, then for single persons by all segments."""
    store = Store(url)
    say(f"{store.engine.dialect.name}: {rows['events'].height:,} events …")
    migrate(store)
    for name, frame in rows.items():
        load(store, name, frame)
    book = SegmentBook({name: Segment(name, rule, SegmentBook({}, TRAITS).read(rule)) for name, rule in RULES.items()},
                       TRAITS)
    for segment in book.segments.values():
        refresh_segment(store, book, segment, now=NOW)
    seconds, found = {}, {}
    for name, segment in book.segments.items():
        seconds[name] = timed(lambda segment=segment: refresh_segment(store, book, segment, now=NOW))
        with store.read() as connection:
            statement = select_persons(segment.tree, Scope(connection.dialect.name, TRAITS))
            found[name] = frozenset(connection.scalars(statement, values_for([segment.tree], NOW)))
    with store.read() as connection:
        p50, p99 = percentiles(rows, SINGLE, lambda root: timed(lambda: evaluate(connection, book, [root], now=NOW)))
    store.close()
    return Figures(seconds, p50, p99, found)


def measure_duckdb(rows: Rows) -> Figures:
    """The peer: the same questions over the same rows, from Arrow tables."""
    say(f"duckdb: {rows['events'].height:,} events …")
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, frame in rows.items():
        connection.register("loading", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM loading")
    seconds, found = {}, {}
    for name, question in PEER.items():
        asked = question.format(one="").replace("$now", _MOMENT)
        found[name] = frozenset(row[0] for row in connection.execute(asked).fetchall())
        seconds[name] = timed(lambda asked=asked: connection.execute(asked).fetchall())

    def ask_one(root: str) -> float:
        one = f"AND c.root_id = '{root}'"
        questions = [question.format(one=one).replace("$now", _MOMENT) for question in PEER.values()]
        return timed(lambda: [connection.execute(each).fetchall() for each in questions])

    p50, p99 = percentiles(rows, SINGLE_PEER, ask_one)
    return Figures(seconds, p50, p99, found)


def percentiles(rows: Rows, number: int, ask: _Measure) -> tuple[float, float]:
    """p50 and p99 in ms over some persons, after a first one that is not counted."""
    some = rows["customers"]["root_id"].sample(number + 1, with_replacement=True, seed=1).to_list()
    ask(some[0])
    took = [1000 * ask(root) for root in some[1:]]
    return float(np.percentile(took, 50)), float(np.percentile(took, 99))


def load(store: Store, name: str, frame: pl.DataFrame) -> None:
    """Rows into a table, the quickest way each database has."""
    columns = ", ".join(f'"{column}"' for column in frame.columns)
    with store.write() as connection:
        raw: Any = connection.connection.driver_connection
        if store.is_sqlite:
            texts = frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
            marks = ", ".join("?" * frame.width)
            raw.executemany(f"INSERT INTO {name} ({columns}) VALUES ({marks})", texts.rows())
        else:
            with raw.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN WITH (FORMAT csv)") as copy:
                copy.write(frame.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S%.6f+00"))
                           .write_csv(include_header=False, quote_style="non_numeric"))
            connection.exec_driver_sql(f"ANALYZE {name}")


def new_database(url: str, name: str) -> str:
    """An empty database on a server."""
    with server(url) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    return f"{url.rsplit('/', 1)[0]}/{name}"


@contextmanager
def server(url: str) -> Iterator[Any]:
    """A connection that orders the server about."""
    store = Store(url)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
    store.close()


def timed(work: Callable[[], object]) -> float:
    """Seconds of doing it."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def say(text: str) -> None:
    """Progress, on stderr."""
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
