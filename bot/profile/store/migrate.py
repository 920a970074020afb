"""Bring a store's schema up to date: Alembic's numbered migrations, run in this process."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.profile.store.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 7_301_125  # PostgreSQL's advisory lock: two processes that start together migrate once


def migrate(store: Store) -> None:
    """Upgrade to the newest schema in one transaction; does nothing when it is there already."""
    with store.write() as connection:
        if not store.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
