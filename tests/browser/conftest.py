"""The whole bot, started as `prevenant run` starts it, and shoppers with real browsers before it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from bot.bootstrap import PROJECT, open_services
from bot.prepare import (
    RASA_PYTHON,
    complete_environment,
    export_vocabulary,
    is_model_current,
    prepare_data,
    train_model,
)
from bot.processes import Process, list_processes, wait_until_ready
from bot.settings import Settings
from tests.browser.shopper import Shopper
from tests.conftest import miss
from tests.servers.ports import find_free_port

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The system's Chromium or Chrome."""
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), "")
    if not found and _MAC.exists():
        found = str(_MAC)
    if not found:
        miss("Chromium or Chrome")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_path: str) -> dict[str, object]:
    """How pytest-playwright starts it: as root Chromium refuses its sandbox."""
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {"executable_path": browser_path, "args": [*args, "--disable-background-networking", "--disable-gpu"]}


@pytest.fixture(scope="session")
def noon_zone() -> str:
    """A zone where it is about noon this moment: quiet hours hold nothing back there."""
    offset = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"


@pytest.fixture(scope="session")
def shop_port() -> int:
    """Where a page of the shop's own, on another site than the bot's, may be served."""
    return find_free_port()


@pytest.fixture(scope="session")
def bot_environment(
    tmp_path_factory: pytest.TempPathFactory, noon_zone: str, shop_port: int
) -> dict[str, str]:
    """The settings of the bot that all stories share."""
    environ = make_environment(tmp_path_factory.mktemp("bot"), noon_zone)
    return {**environ, "PREVENANT_SHOP_ORIGINS": f"http://127.0.0.1:{shop_port}"}


def make_environment(folder: Path, noon_zone: str) -> dict[str, str]:
    """The settings of one bot of its own: free ports, fresh databases, random secrets."""
    site, rasa, actions, smtp = (find_free_port() for _ in range(4))
    ours = {
        "SITE_PORT": site, "PUBLIC_URL": f"http://localhost:{site}", "SITE_INTERNAL_URL": f"http://127.0.0.1:{site}",
        "RASA_URL": f"http://127.0.0.1:{rasa}", "ACTIONS_URL": f"http://127.0.0.1:{actions}", "SMTP_DEMO_PORT": smtp,
        "DATABASE_URL": f"sqlite:///{folder}/store.sqlite", "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite",
        "TRACKER_DATABASE_URL": f"sqlite:///{folder}/trackers.sqlite", "VOCABULARY": folder / "vocabulary.json",
        "TIMEZONE": noon_zone, "SHOP": "demo",
    }
    environ = {**os.environ, **{f"PREVENANT_{name}": str(value) for name, value in ours.items()}}
    return complete_environment(environ, folder / "demo.env")


@pytest.fixture(scope="session")
def bot(bot_environment: dict[str, str], browser_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The bot's public address; all four processes run until the last test is over."""
    if not RASA_PYTHON.exists():
        miss("Rasa's environment (scripts/setup.sh)")
    if not is_model_current():
        train_model()
    settings = Settings.from_env(bot_environment)
    services = open_services(settings)
    prepare_data(services)
    export_vocabulary(services, Path(bot_environment["PREVENANT_VOCABULARY"]))
    services.close()
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack:
        processes = list_processes(settings, bot_environment)
        started = [stack.enter_context(running(each, logs)) for each in processes]
        for process in processes:
            is_ready = wait_until_ready(process, 120, is_over=lambda: any(each.poll() is not None for each in started))
            assert is_ready, (logs / f"{process.name}.log").read_text()[-3000:]
        yield settings.public_url


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Every story is told in both languages."""
    return str(request.param)


@pytest.fixture
def open_shopper(bot: str, browser: Browser, noon_zone: str) -> Iterator[Callable[..., Shopper]]:
    """Makes shoppers, each with a browser profile of their own; errors of their pages fail the test."""
    with shoppers(browser, bot, noon_zone) as make:
        yield make


@contextmanager
def shoppers(browser: Browser, url: str, noon_zone: str) -> Iterator[Callable[..., Shopper]]:
    """What makes shoppers before the shop at `url`."""
    with ExitStack() as stack:

        def make(language: str, *, is_phone: bool = False) -> Shopper:
            size = {"width": 390, "height": 844} if is_phone else {"width": 1280, "height": 900}
            context = browser.new_context(
                locale={"fr": "fr-FR", "en": "en-GB"}[language], timezone_id=noon_zone, viewport=size,
                has_touch=is_phone, base_url=url,
            )
            stack.callback(context.close)
            shopper = Shopper(context.new_page(), language)
            stack.callback(shopper.require_no_errors)
            return shopper

        yield make


@contextmanager
def running(process: Process, logs: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, until this is left; what it prints goes to its own log."""
    with (logs / f"{process.name}.log").open("w") as log:
        started = subprocess.Popen(
            process.command, cwd=PROJECT, env=dict(_plain(process.environ)), stdout=log, stderr=log,
            start_new_session=True,  # a Sanic that comes up too slowly kills its group (25.12, 30 s)
        )
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def _plain(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Without what pytest and coverage put there."""
    return {name: value for name, value in environ.items() if not name.startswith("PYTEST_")}
