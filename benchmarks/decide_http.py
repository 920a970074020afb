"""How fast `POST /api/decisions` answers: the site in a process of its own over a filled store, and what is shown said.

`make bench ONLY=decide-http`; PEOPLE= (2000), CALLS= (500) and AT_ONCE= (4, callers at the same time) are settings. The
peer is `/health` of the same site, in turns with it: what HTTP alone costs there. Prints one JSON line.
"""

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from bot.bootstrap import PROJECT, open_services
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.seed import seed
from bot.nudges.placement_calls import PATH
from bot.processes import site_process, wait_until_ready
from bot.profile.consent import record_consent
from bot.profile.identities import resolve_owners
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.settings import Settings
from tests.servers.ports import find_free_port

SERVER_KEY = "server-key-of-the-benchmark"
_JOURNEYS = ("winter_offers",)
Figures = dict[str, Any]


def main() -> int:
    """Print the figures."""
    wanted = {"people": 2_000, "calls": 500, "at_once": 4}
    with TemporaryDirectory(prefix="prevenant-decide-") as folder:
        told = measure(Path(folder), **{name: int(os.environ.get(name.upper(), each)) for name, each in wanted.items()})
    print(json.dumps(told))
    return 0


def measure(folder: Path, *, people: int, calls: int, at_once: int) -> Figures:
    """The site's answers, timed by their callers."""
    environ = make_environment(folder)
    settings = Settings.from_env(environ)
    _fill(settings, people)
    with _running(settings, environ):
        decided, shown, bare = asyncio.run(_call(settings, people, calls, at_once))
    return {**_tell(decided), "shown": _tell(shown), "at_once": at_once, "people": people,
            "peers": {"health": _tell(bare)}}


def make_environment(folder: Path) -> dict[str, str]:
    """An installation of its own."""
    port = find_free_port()
    secrets = ("SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT")
    own = {
        "DATABASE_URL": f"sqlite:///{folder}/store.sqlite", "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite",
        "TRACKER_DATABASE_URL": f"sqlite:///{folder}/trackers.sqlite", "SITE_PORT": str(port),
        "SITE_INTERNAL_URL": f"http://127.0.0.1:{port}", "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SMTP_DEMO_PORT": str(find_free_port()), "SERVER_WRITE_KEY": SERVER_KEY, "LOG_FOLDER": str(folder / "log"),
        **{name: f"{name}-of-the-benchmark".lower() for name in secrets},
    }
    return {**os.environ, "PREVENANT_SHOP": "demo", **{f"PREVENANT_{name}": value for name, value in own.items()}}


def _fill(settings: Settings, people: int) -> None:
    services = open_services(settings)
    migrate(services.store)
    now = services.clock()
    engine = DemoEngine(settings.shop_database_url, public_url=settings.public_url, clock=services.clock)
    seed(engine, PROJECT / "data" / "shops" / "demo", now)
    engine.close()
    _add_people(services.store, people, settings.holdout_salt, services.clock())
    services.close()


def _add_people(store: Store, people: int, salt: str, now: Any) -> None:
    with store.write() as connection:
        keys = [("anonymous_id", f"browser-{number}") for number in range(people)]
        owners = resolve_owners(connection, keys, source="web", is_verified=False, now=now, salt=salt)
        for customer_id in owners.values():
            record_consent(connection, customer_id, purpose="marketing", channel="web", state="granted", source="chat",
                           wording="", now=now - timedelta(days=1))


@contextmanager
def _running(settings: Settings, environ: Mapping[str, str]) -> Iterator[None]:
    process = site_process(settings, environ)
    with subprocess.Popen(process.command, env=dict(environ), cwd=PROJECT, stdout=subprocess.DEVNULL) as running:
        try:
            if not wait_until_ready(process, 60, is_over=lambda: running.poll() is not None):
                raise RuntimeError("the site did not start")
            yield
        finally:
            running.terminate()


async def _call(settings: Settings, people: int, calls: int, at_once: int) -> tuple[list[float], ...]:
    """Seconds of each decision, of each that was said to be shown, and of each `/health`."""
    took: tuple[list[float], ...] = ([], [], [])
    headers = {"Authorization": f"Basic {base64.b64encode(f'{SERVER_KEY}:'.encode()).decode()}"}
    async with aiohttp.ClientSession(settings.site_internal_url, headers=headers) as session:

        async def visit(number: int) -> None:
            body = {"journeys": list(_JOURNEYS), "anonymousId": f"browser-{number % people}", "language": "fr"}
            answer = await _timed(took[0], session.post(PATH, json=body))
            if answer["decision"]:
                await _timed(took[1], session.post(f"{PATH}/{answer['decision']}/shown", json=body))
            await _timed(took[2], session.get("/health"))

        for start in range(0, calls, at_once):
            await asyncio.gather(*(visit(number) for number in range(start, min(start + at_once, calls))))
    return took


async def _timed(took: list[float], call: Any) -> Any:
    began = time.perf_counter()
    async with call as answer:
        answer.raise_for_status()
        found = await answer.json()
    took.append(time.perf_counter() - began)
    return found


def _tell(took: list[float]) -> Figures:
    cuts = quantiles(took, n=100)
    return {"p50_ms": round(cuts[49] * 1_000, 1), "p95_ms": round(cuts[94] * 1_000, 1), "n": len(took)}


if __name__ == "__main__":
    sys.exit(main())
