"""The peer for segments: DuckDB over a copy of the same rows, asked in SQL of its own."""

from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from benchmarks.profile.world import NOW, World
from benchmarks.segments import PEER, timed
from bot.profile.segments.query import NOT_DONE, NOT_THEIRS
from bot.profile.store.engine import Store

_MOMENT = f"TIMESTAMP '{NOW.replace(tzinfo=None)}'"
_QUOTED = {name: ", ".join(f"'{each}'" for each in values) for name, values in
           (("silos", NOT_THEIRS), ("names", NOT_DONE))}
_SEEN = (f"AND (e.silo NOT IN ({_QUOTED['silos']}) AND e.name NOT IN ({_QUOTED['names']}) "
         "OR e.name = 'Order Completed')")
QUESTIONS = {**PEER, "lapsing": PEER["lapsing"] + " " + _SEEN}


class Duck:
    """A database of its own on the disk; the tables it is asked about, and the columns of those alone."""

    def __init__(self, world: World, folder: Path) -> None:
        """Load what the world says of its people; events and what the product computes come later."""
        self._connection = duckdb.connect(str(folder / "copy.duckdb"))
        self._connection.execute("SET memory_limit = '4GB'")
        self._connection.execute("SET TimeZone = 'UTC'")
        people = world.people
        self._take("customers", people["customers"])
        self._take("traits", people["traits"])
        self._take("consents", people["consents"].with_row_index("consent_id", 1))
        self._connection.execute(
            "CREATE TABLE events (customer_id VARCHAR, silo VARCHAR, name VARCHAR, occurred_at TIMESTAMP)")

    def take_events(self, page: pl.DataFrame) -> None:
        """What the questions ask of events."""
        self._take("events", page.select("customer_id", "silo", "name", "occurred_at"), append=True)

    def close(self) -> None:
        """Give the file back."""
        self._connection.close()

    def take_computed(self, store: Store) -> None:
        """Purchases and counted colours, as the product computed them."""
        columns = ("customer_id", "silo", "order_id", "sold_at", "quantity", "amount_minor", "currency", "product_type")
        sold_at = "sold_at" if store.is_sqlite else "to_char(sold_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        chosen = ", ".join(sold_at if each == "sold_at" else each for each in columns)
        for number, rows in enumerate(_pages(store, f"SELECT {chosen} FROM purchases")):
            frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("sold_at").str.to_datetime())
            self._take("purchases", frame, append=number > 0)
        value = "value" if store.is_sqlite else "value::text"
        query = f"SELECT customer_id, silo, {value} FROM traits WHERE name = 'favourite_colours'"
        for rows in _pages(store, query):
            frame = pl.DataFrame(rows, schema=("customer_id", "silo", "value"), orient="row")
            self._connection.register("loading", frame.to_arrow())
            self._connection.execute(
                "INSERT INTO traits SELECT customer_id, 'favourite_colours', silo, value, now()::TIMESTAMP "
                "FROM loading")

    def ask(self, name: str) -> tuple[float, frozenset[str]]:
        """Seconds of the second asking, and whom it finds."""
        question = QUESTIONS[name].format(one="").replace("$now", _MOMENT)
        found = frozenset(row[0] for row in self._connection.execute(question).fetchall())
        return round(timed(lambda: self._connection.execute(question).fetchall()), 3), found

    def _take(self, name: str, frame: pl.DataFrame, *, append: bool = False) -> None:
        plain = frame.with_columns(pl.col(pl.Datetime("us", "UTC")).dt.replace_time_zone(None))
        self._connection.register("loading", plain.to_arrow())
        into = f"INSERT INTO {name}" if append else f"CREATE TABLE {name} AS"
        self._connection.execute(f"{into} SELECT * FROM loading")
        self._connection.unregister("loading")


def _pages(store: Store, query: str, at_once: int = 200_000) -> Any:
    with store.read() as connection:
        found = connection.execution_options(yield_per=at_once).exec_driver_sql(query)
        for rows in found.partitions(at_once):
            yield [tuple(row) for row in rows]
