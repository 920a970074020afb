"""The migrations make what tables.py says, on whatever database the tests run."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.charter.kept import WAITS, read_waiting, read_yields
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.profile.store.tables import cursors, customers, identities, metadata

NEWEST = "0038"
NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


def test_changes_nothing_when_the_schema_is_there_already(store):
    with store.read() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
    migrate(store)
    with store.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == before == NEWEST


def test_migrated_schema_is_the_one_in_tables(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": _is_ours})
        assert compare_metadata(context, metadata) == []


def _is_ours(_object: object, name: str | None, *_: object) -> bool:
    """The index of words has tables of its own on SQLite, and no column on PostgreSQL."""
    return "inbox_words" not in (name or "")


def test_writes_customers_anew_and_keeps_them_and_all_that_refers_to_them(databases):
    with databases.empty("older") as url:
        store = Store(url)
        migrate(store, "0015")
        with store.write() as connection:
            for each in ("b", "a", "c"):
                connection.execute(sa.insert(customers).values(
                    customer_id=each, root_id=each, is_holdout=each == "b", created_at=NOW))
                connection.execute(sa.insert(identities).values(
                    kind="email", value=each, customer_id=each, is_verified=True, source="test", first_seen_at=NOW))
        migrate(store)
        with store.write() as connection:
            assert connection.execute(sa.select(customers.c.customer_id, customers.c.is_holdout).order_by(
                customers.c.customer_id)).all() == [("a", False), ("b", True), ("c", False)]
            assert connection.scalar(sa.select(sa.func.count()).select_from(identities)) == 3
        with pytest.raises(sa.exc.IntegrityError), store.write() as connection:
            connection.execute(sa.delete(customers).where(customers.c.customer_id == "a"))
        store.close()


def test_who_yields_by_what_was_written_down_waits_for_the_three(databases):
    with databases.empty("older") as url:
        store = Store(url)
        migrate(store, "0031")
        with store.write() as connection:
            connection.execute(sa.text(
                "INSERT INTO charter_yields (first, second, yields, reason, decided_by, decided_at) "
                "VALUES ('birthday', 'cart_left', 'birthday', 'the basket first', 'ada', :at)"
            ).bindparams(sa.bindparam("at", NOW, sa.DateTime(timezone=True))))
        migrate(store)
        with store.read() as connection:
            assert read_yields(connection) == {}  # nobody agreed on it yet
            found = read_yields(connection, WAITS)["birthday", "cart_left"]
            assert (found.yields, found.reason, found.by, found.at) == ("birthday", "the basket first", "ada", NOW)
            assert [each.is_drafted for each in read_waiting(connection)] == [True]  # no file takes it back
        store.close()


def test_what_is_late_is_looked_for_from_the_beginning_once_goals_count_the_shops_currency(databases):
    with databases.empty("older") as url:
        store = Store(url)
        migrate(store, "0037")
        with store.write() as connection:
            connection.execute(sa.insert(cursors), [{"name": each, "value": "9"} for each in ("console_late", "other")])
        migrate(store)
        with store.read() as connection:
            assert connection.scalars(sa.select(cursors.c.name)).all() == ["other"]
        store.close()
