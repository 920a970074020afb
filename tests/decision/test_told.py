"""A stretch's own part of what was told, found by the order of the ids, is what a join with all of it finds."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
import sqlalchemy as sa

from bot.decision.crowd_reader import Stretch
from bot.decision.told import belonging_to, read_told
from bot.profile.store.engine import Store
from bot.profile.store.tables import suppressions

NOW = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("rows", [0, 1, 300])
def test_finds_what_a_join_with_all_of_it_finds(rows: int) -> None:
    rng = np.random.default_rng(rows)
    name = "{:03}".format
    told = pl.DataFrame({"customer_id": [name(each) for each in sorted(rng.integers(0, 100, rows))],
                         "at": range(rows)}, {"customer_id": pl.String, "at": pl.Int64})
    for _ in range(50):
        after, upto = sorted(rng.integers(-1, 101, 2).tolist())
        inside = [each for each in range(after + 1, upto + 1) if rng.random() < 0.9]
        ids = {*inside, *rng.integers(0, 100, 4).tolist()}  # strays too
        mine = pl.Series("customer_id", [name(each) for each in ids], pl.String)
        stretch = Stretch(name(after) if after >= 0 else "", name(upto) if upto >= 0 else "")
        found = belonging_to(told, stretch, mine).join(mine.to_frame(), on="customer_id")
        assert sorted(found.rows()) == sorted(told.join(mine.to_frame(), on="customer_id").rows())


def _close(store: Store, address: str, at: datetime) -> None:
    with store.write() as connection:
        connection.execute(sa.insert(suppressions).values(
            channel="email", address=address, scope="nudges", reason="bounced", times=1, changed_at=at))


def test_knows_addresses_that_were_closed_and_opened_since(store: Store) -> None:
    _close(store, "ada@example.org", NOW)
    with store.read() as connection:
        before = read_told(connection, "marketing", NOW)
        same = read_told(connection, "marketing", NOW, before)
    assert same.unreachable is before.unreachable
    _close(store, "grace@example.org", NOW + timedelta(seconds=1))
    with store.read() as connection:
        closed = read_told(connection, "marketing", NOW, before)
    assert sorted(closed.unreachable["folded"]) == ["ada@example.org", "grace@example.org"]
    with store.write() as connection:
        connection.execute(sa.delete(suppressions).where(suppressions.c.address == "ada@example.org"))
        opened = read_told(connection, "marketing", NOW, closed)
    assert opened.unreachable["folded"].to_list() == ["grace@example.org"]
