"""The migrations make what tables.py says, on whatever database the tests run."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot.profile.store.migrate import migrate
from bot.profile.store.tables import metadata

NEWEST = "0015"


def test_changes_nothing_when_the_schema_is_there_already(store):
    with store.read() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
    migrate(store)
    with store.read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == before == NEWEST


def test_migrated_schema_is_the_one_in_tables(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
