"""Bring a store's schema up to date: Alembic's numbered migrations, run in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event

from bot.errors import FixConfiguration
from bot.profile.store.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_301_125  # PostgreSQL's advisory lock: two processes that start together migrate once


def migrate(store: Store, revision: str = "head") -> None:
    """Upgrade to a schema, the newest, in one transaction; does nothing when it is there already."""
    if is_current(store):
        return
    config = _configure()
    with _unchecked_references(store), store.write() as connection:
        if not store.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        if store.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
            raise FixConfiguration(f"the migration would leave rows of {broken[0]} without what they refer to")


def is_current(store: Store) -> bool:
    """Whether the store's schema is the newest. Writes nothing."""
    with store.read() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _find_head(_configure())


def _configure() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _find_head(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


@contextmanager
def _unchecked_references(store: Store) -> Iterator[None]:
    """SQLite lets a table be written anew while others refer to it only where it checks nothing meanwhile, and takes
    that setting only before a transaction (sqlite.org/lang_altertable.html, 7).
    """
    if not store.is_sqlite:
        yield
        return

    def uncheck(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")

    store.engine.dispose()
    event.listen(store.engine, "connect", uncheck)
    try:
        yield
    finally:
        event.remove(store.engine, "connect", uncheck)
        store.engine.dispose()
