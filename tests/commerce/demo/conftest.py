"""The demo shop, seeded once per database, on SQLite and, where TEST_DATABASE_URL says so, on PostgreSQL."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed

PROJECT = Path(__file__).parents[3]
SHOP = PROJECT / "data" / "shops" / "demo"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
DATABASES = ["sqlite", *(["postgresql"] if os.environ.get("TEST_DATABASE_URL") else [])]


@pytest.fixture(scope="module", params=DATABASES)
def shop_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database for a shop of its own."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.sqlite'}"
        return
    base = sa.make_url(os.environ["TEST_DATABASE_URL"])
    schema = f"shop_test_{os.getpid()}"
    admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    yield base.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    admin.dispose()


@pytest.fixture(scope="module")
def engine(shop_url: str) -> Iterator[DemoEngine]:
    """The demo shop as it is on the first day."""
    shop = DemoEngine(shop_url, public_url="http://shop.example", clock=lambda: NOW)
    seed(shop, SHOP, NOW)
    yield shop
    shop.close()
