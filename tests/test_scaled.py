"""The same passes in one process and as Celery's tasks: the same comes of them, and kills lose and double nothing."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from benchmarks.dispatch.world import TRIGGERS, count_states, fill
from benchmarks.segments import new_database
from bot.bootstrap import PROJECT, open_services
from bot.channels.deliver import open_senders
from bot.errors import FixConfiguration
from bot.prepare import complete_environment, prepare_data
from bot.processes import worker_processes
from bot.profile.store.engine import Store
from bot.profile.store.tables import outbox
from bot.scaled import alone, list_passes, make_app, make_schedule, queue_of
from bot.settings import Settings
from tests.conftest import miss
from tests.servers.ports import find_free_port
from tests.servers.postgres import find_postgres, run_postgres
from tests.servers.rabbitmq import find_rabbitmq, run_rabbitmq

POSTGRES = "postgresql+psycopg://shop@127.0.0.1/shop"
_PATIENCE_SECONDS = 60


# -- what is built ----------------------------------------------------------------------------------


def test_starts_celery_where_there_is_a_broker_and_one_process_elsewhere() -> None:
    assert [each.name for each in worker_processes(Settings(), {})] == ["worker"]
    scaled = worker_processes(Settings(broker_url="amqp://localhost//"), {})
    assert [each.name for each in scaled] == ["worker-answers", "worker-passes", "beat"]


@pytest.mark.parametrize(("broker", "store", "named"), [
    ("redis://localhost", POSTGRES, "BROKER_URL"), ("amqp://localhost//", "sqlite:///var/x.sqlite", "DATABASE_URL"),
])
def test_starts_with_no_broker_or_store_that_many_cannot_share(broker: str, store: str, named: str) -> None:
    environ = complete_environment({"PREVENANT_BROKER_URL": broker, "PREVENANT_DATABASE_URL": store})
    with pytest.raises(FixConfiguration, match=named):
        Settings.from_env(environ)


def test_ticks_every_pass_and_keeps_answers_apart_from_campaigns(settings: Settings) -> None:
    services = open_services(replace(settings, broker_workers=3))
    loops = list_passes(services, open_senders(settings))
    services.close()
    schedule = make_schedule(loops)
    names = [each.name for each in loops]
    assert set(schedule) == set(names) and len(names) == len(set(names))
    assert sum(name.startswith("nudges-") for name in names) == 3
    assert {queue_of(name) for name in names if name.startswith(("inbox", "replies"))} == {"answers"}
    assert queue_of("nudges-0") == queue_of("deciding") == "passes"
    assert all(each["options"]["expires"] >= each["schedule"] for each in schedule.values())


def test_opens_no_connection_to_a_broker_before_it_works() -> None:
    assert make_app(Settings(broker_url="amqp://nowhere.example//")).conf.task_ignore_result


# -- with the real servers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broker_url() -> Iterator[str]:
    program = find_rabbitmq()
    if program is None:
        miss("RabbitMQ's server (Debian: rabbitmq-server)")
        return
    with run_rabbitmq(program) as url:
        yield url


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    programs = find_postgres()
    if programs is None:
        miss("PostgreSQL's server programs (initdb, pg_ctl)")
        return
    with run_postgres(programs) as url:
        yield url


@dataclass
class Installation:
    """A shop with one journey of its own, whose WhatsApp is a stand-in that counts."""

    environ: Mapping[str, str]
    folder: Path
    vendor_port: int

    @property
    def settings(self) -> Settings:
        return Settings.from_env(self.environ)

    def seen(self) -> dict[str, int]:
        """How many messages the vendor took, and how many different ones."""
        found: dict[str, int] = requests.get(f"http://127.0.0.1:{self.vendor_port}/seen", timeout=15).json()
        return found

    def await_vendor(self) -> None:
        """On a busy machine its Python takes longer to start than the first messages."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(requests.ConnectionError):
                self.seen()
                return
            time.sleep(0.05)
        pytest.fail("the vendor's stand-in does not answer")

    @contextmanager
    def working(self) -> Iterator[list["Living"]]:
        """Every process that does passes."""
        with ExitStack() as stack:
            processes = worker_processes(self.settings, self.environ)
            living = [Living(each.command, each.environ, self.folder / f"{each.name}.log") for each in processes]
            for each in living:
                stack.callback(each.kill)
            yield living

    def logs(self) -> str:
        return "\n".join(each.read_text()[-3_000:] for each in self.folder.glob("*.log"))


class Living:
    """A process with everything it forked, killed together."""

    def __init__(self, command: tuple[str, ...], environ: Mapping[str, str], log: Path) -> None:
        self._command, self._environ, self._log = command, environ, log
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=PROJECT, env=dict(self._environ), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture(params=["embedded", "scaled"])
def installation(request: pytest.FixtureRequest, server_url: str, tmp_path: Path) -> Iterator[Installation]:
    """By settings alone: with a broker, and without."""
    broker = request.getfixturevalue("broker_url") if request.param == "scaled" else ""
    database = new_database(server_url, f"scaled_{tmp_path.name}_{request.param}".replace("[", "_").replace("]", "_"))
    shop = tmp_path / "shop"
    shutil.copytree(PROJECT / "data" / "shops" / "demo", shop)
    (shop / "triggers.toml").write_text((shop / "triggers.toml").read_text() + TRIGGERS.read_text())
    told = (shop / "offers.toml").read_text()
    (shop / "offers.toml").write_text(told.replace('["winter_offers"]', '["winter_offers", "news"]'))
    port, hours_to_noon = find_free_port(), 12 - datetime.now(UTC).hour
    ours = {
        "DATABASE_URL": database, "SHOP_DATABASE_URL": f"sqlite:///{tmp_path}/shop.sqlite", "SHOP": shop,
        "BROKER_URL": broker, "BROKER_WORKERS": 2, "GRAPH_URL": f"http://127.0.0.1:{port}/v25.0",
        "META_APP_SECRET": "a-secret-of-this-test", "META_VERIFY_TOKEN": "a-token-of-this-test",
        "WHATSAPP_PHONE_NUMBER_ID": 1, "WHATSAPP_TOKEN": "t", "WHATSAPP_RECIPIENTS_A_DAY": 1_000_000,
        "WHATSAPP_MESSAGES_A_SECOND": 200, "RASA_URL": f"http://127.0.0.1:{find_free_port()}",
        "TRACKER_DATABASE_URL": f"sqlite:///{tmp_path}/trackers.sqlite", "LOG_FOLDER": tmp_path / "log",
        "TIMEZONE": f"Etc/GMT{-hours_to_noon:+d}" if hours_to_noon else "Etc/GMT",
    }
    environ = complete_environment(
        {**os.environ, **{f"PREVENANT_{name}": str(value) for name, value in ours.items()}}, tmp_path / "demo.env"
    )
    services = open_services(Settings.from_env(environ))
    prepare_data(replace(services, settings=replace(services.settings, shop="demo")))
    services.close()
    vendor = subprocess.Popen([sys.executable, "-m", "benchmarks.dispatch.vendor", str(port)], cwd=PROJECT)
    try:
        made = Installation(environ, tmp_path, port)
        made.await_vendor()
        yield made
    finally:
        vendor.kill()
        vendor.wait()


@pytest.fixture
def opened(installation: Installation) -> Iterator[Store]:
    store = Store(installation.settings.database_url)
    yield store
    store.close()


@pytest.mark.slow
def test_sends_a_campaign_once_to_everybody(installation: Installation, opened: Store) -> None:
    fill(opened, 300, datetime.now(UTC), timezone="")
    with installation.working():
        _wait(lambda: count_states(opened) == {"sent": 300}, installation, opened)
    assert installation.seen() == {"messages": 300, "different": 300}


@pytest.mark.slow
def test_loses_and_doubles_nothing_when_workers_are_killed(installation: Installation, opened: Store) -> None:
    wanted, rng = 1_800, random.Random(7)  # a kill leaves one or two seconds of messages in flight
    fill(opened, wanted, datetime.now(UTC), timezone="")
    with installation.working() as living:
        for share in (0.2, 0.6):
            _wait(lambda share=share: installation.seen()["messages"] >= wanted * share, installation, opened)  # type: ignore[misc]
            time.sleep(rng.uniform(0, 0.3))
            for each in living:
                each.kill()
            _end_leases(opened)
            for each in living:
                each.start()
        _wait(lambda: "pending" not in count_states(opened), installation, opened)
        time.sleep(1)  # what is called this moment is answered
    states, seen = count_states(opened), installation.seen()
    in_flight = states.get("sending", 0) + states.get("unknown", 0)  # their receipts will tell
    assert seen["messages"] == seen["different"], "a message was sent twice"
    assert sum(states.values()) == states["sent"] + in_flight == wanted, "a message was lost"
    assert states["sent"] <= seen["messages"] <= wanted
    assert in_flight < wanted / 2


@pytest.mark.slow
def test_lets_one_process_at_a_time_do_a_pass(server_url: str) -> None:
    one, other = Store(server_url), Store(server_url)
    with alone(one, "segments") as first, alone(other, "segments") as second, alone(other, "traits") as third:
        assert (first, second, third) == (True, False, True)
    with alone(other, "segments") as again:
        assert again
    one.close()
    other.close()


def _end_leases(store: Store) -> None:
    """As a minute would: whoever had them is dead."""
    with store.write() as connection:
        connection.execute(sa.update(outbox).where(outbox.c.state == "pending").values(lease_until=None))


def _wait(is_so: Callable[[], bool], installation: Installation, store: Store) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"{json.dumps(count_states(store))}, {installation.seen()}\n{installation.logs()}")
        time.sleep(0.05)
