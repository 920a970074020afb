"""What every test may ask for: a migrated store, a seeded shop, the services over both, a moment.

`TEST_STORE=postgresql` runs the tests that open a store on a PostgreSQL server, started for the run.
What is missing on this machine skips with its reason; with `CI=true` it fails.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.bootstrap import PROJECT, Services, open_services
from bot.commerce.catalogue_search import Catalogue
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed
from bot.finding.finder import Finder
from bot.finding.index import Index
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.recommend.catalogue import read_catalogue
from bot.settings import Settings
from tests.databases import Databases
from tests.servers.ports import find_free_port
from tests.servers.postgres import find_postgres, run_postgres

if TYPE_CHECKING:
    from tests.servers.tryon import TryOn

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SHOP_URL = "http://shop.example"
SECRETS = {
    "session_secret": "session-" + "s" * 24, "widget_secret": "widget-" + "w" * 25,
    "internal_secret": "internal-" + "i" * 23, "write_key": "write-" + "k" * 26,
    "holdout_salt": "a-salt-for-tests-only",
}


def miss(what: str) -> None:
    """Skip for what this machine has not; on CI, where everything must run, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI needs {what}")
    pytest.skip(f"needs {what}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what opens a database there, and in French where it is told in both languages: the rest would
    be the very same test a second time, as no statement depends on the language of what is said or shown.
    """
    if os.environ.get("TEST_STORE") != "postgresql":
        return
    french = {_test_of(each) for each in items if _language(each) == "fr"}
    same = [
        each for each in items if "databases" not in getattr(each, "fixturenames", ())
        or (_language(each) == "en" and _test_of(each) in french)
    ]
    config.hook.pytest_deselected(items=same)
    left = set(same)
    items[:] = [each for each in items if each not in left]


def _test_of(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _language(item: pytest.Item) -> str:
    """In which language a case is played; "" where its test has none."""
    case = getattr(item, "callspec", None)
    return str(case.params.get("language", "")) if case else ""


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Where fresh databases come from in this run."""
    folder = tmp_path_factory.mktemp("databases")
    if os.environ.get("TEST_STORE", "sqlite") != "postgresql":
        yield Databases(folder)
        return
    programs = find_postgres()
    if programs is None:
        miss("PostgreSQL's server programs (initdb, pg_ctl)")
        return
    with run_postgres(programs) as url:
        yield Databases(folder, url)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Fresh SQLite databases, whatever the run's store is on."""
    return Databases(tmp_path_factory.mktemp("files"))


@pytest.fixture
def now() -> datetime:
    """A Tuesday in November, eleven in the morning in Paris."""
    return NOW


@pytest.fixture
def store_url(databases: Databases) -> Iterator[str]:
    """A migrated database, which other processes may open too."""
    with databases.copy_of("store", _migrate) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A migrated store."""
    opened = Store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def shop_url(databases: Databases) -> Iterator[str]:
    """The embedded shop's database as it is on the first day."""
    with databases.copy_of("shop", _seed) as url:
        yield url


@pytest.fixture
def fresh_url(databases: Databases, files: Databases) -> Iterator[Callable[[str], str]]:
    """For tests that want several worlds: another migrated `store`, or another seeded `shop`, at each call.

    The shop is a file: on PostgreSQL its own contract plays it.
    """
    made = {"store": (databases, _migrate), "shop": (files, _seed)}
    with ExitStack() as opened:
        yield lambda name: opened.enter_context(made[name][0].copy_of(name, made[name][1]))


@dataclass(frozen=True)
class FirstDay:
    """The embedded shop's catalogue as it is seeded: read and indexed once, a third of a second, for every test.

    Both are known by what they hold: an engine reads anew, and a finder indexes anew, once a test changes the shop.
    """

    catalogue: Catalogue
    index: Index

    def tell(self, commerce: Any, finder: Finder) -> None:
        """Let an engine over a copy of that shop, and a finder, begin with it."""
        commerce._catalogue._kept = self.catalogue
        finder._held = self.index


@pytest.fixture(scope="session")
def first_day(files: Databases) -> FirstDay:
    """What nobody has changed yet."""
    with files.copy_of("shop", _seed) as url:
        engine = DemoEngine(url, public_url=SHOP_URL, clock=lambda: NOW)
        with engine.database.read() as connection:
            catalogue = engine._catalogue.read(connection)
        index = Index.build(read_catalogue(engine))
        engine.close()
    return FirstDay(catalogue, index)


@pytest.fixture
def settings(store_url: str, shop_url: str, tmp_path: Path) -> Settings:
    """Settings with secrets that only tests know."""
    return Settings(
        database_url=store_url, shop_database_url=shop_url, public_url=SHOP_URL,
        tracker_database_url=f"sqlite:///{tmp_path}/trackers.sqlite", log_folder=str(tmp_path / "log"),
        smtp_demo_port=find_free_port(), **SECRETS,
    )


@pytest.fixture(scope="session")
def tryon(tmp_path_factory: pytest.TempPathFactory) -> Iterator["TryOn"]:
    """The process `tryon`, one for the run."""
    from tests.servers.tryon import run_tryon

    with run_tryon(SECRETS, tmp_path_factory.mktemp("tryon")) as running:
        yield running


@pytest.fixture
def services(settings: Settings, now: datetime, first_day: FirstDay) -> Iterator[Services]:
    """Everything opened, at a moment that stands still."""
    opened = open_services(settings, clock=lambda: now)
    if isinstance(opened.commerce, DemoEngine):
        first_day.tell(opened.commerce, opened.finder)
    yield opened
    opened.close()


def _migrate(url: str) -> None:
    opened = Store(url)
    migrate(opened)
    opened.close()


def _seed(url: str) -> None:
    engine = DemoEngine(url, public_url=SHOP_URL, clock=lambda: NOW)
    seed(engine, PROJECT / "data" / "shops" / "demo", NOW)
    engine.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public data that lies beside the project on some machines; its tests skip elsewhere."""
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the public data sets in ../shared")
    return folder
