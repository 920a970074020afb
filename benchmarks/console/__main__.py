"""How long the console's pages take, by page: `make bench ONLY=console CUSTOMERS=1000000 EVENTS=10000000`.

Every page that reads and every call of the API is asked for over the ASGI app itself, one after the other, as one
person would; a bare page of the same framework stands beside them (`peers`). Prints one JSON line: p95_ms by page at
the size and at a tenth of it, `over` those above 300 ms. `times_a_tenth`: the median page at
the size beside a tenth of it.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from benchmarks.console.asks import Ask, list_asks
from benchmarks.console.beside import fill_beside
from benchmarks.console.fill import fill_store
from bot.bootstrap import Services, open_services
from bot.console.api.admission import CSRF_HEADER
from bot.console.api.app import build_console_api
from bot.console.api.rights import PATH as API
from bot.console.figures import count_figures
from bot.console.pages import build_console_router
from bot.console.people import DEMO_NAME, find_person, renew_demo_person
from bot.console.result_figures import count_results
from bot.console.sessions import COOKIE, form_token, open_session
from bot.console.silo_figures import count_silos
from bot.garbage import freeze_what_stays
from bot.prepare import complete_environment, prepare_data
from bot.profile.store.tables import rate_limits
from bot.settings import Settings

MOST_MS = 300  # what a page may take
COUNTING_PASSES = 60  # more than it needs: those that find nothing due cost nothing


def main() -> None:
    """Measure at a tenth of the size and at the size."""
    customers = int(os.environ.get("CUSTOMERS", "20000"))
    events = int(os.environ.get("EVENTS", str(customers * 10)))
    times = int(os.environ.get("TIMES", "20"))
    few, found = measure(customers // 10, events // 10, times), measure(customers, events, times)
    ratios = [found["p95_ms"][each] / few["p95_ms"][each] for each in found["p95_ms"]]
    print(json.dumps({
        **found, "customers": customers, "events": events, "at_a_tenth": few["p95_ms"],
        "times_a_tenth": round(float(np.median(ratios)), 2),
        "over": {each: ms for each, ms in found["p95_ms"].items() if ms > MOST_MS},
    }))


def measure(customers: int, events: int, times: int, passes: int = COUNTING_PASSES) -> dict[str, Any]:
    """p95_ms by page, and how long filling and the worker's counting took."""
    with TemporaryDirectory() as folder, _opened(Path(folder)) as services:
        filled = fill_store(services, customers, events)
        fill_beside(services, Path(services.settings.try_on_records))
        counted = {each.__name__: _count(services, each, passes)
                   for each in (count_figures, count_results, count_silos)}
        size = sum(each.stat().st_size for each in Path(folder).glob("store.sqlite*"))
        with _browsing(services) as (client, token):
            p95 = {each.name: _p95(services, client, each, token, times) for each in list_asks(services)}
            bare = _p95(services, client, Ask("", "GET", "/bare"), token, times)
        return {"p95_ms": p95, "fill_seconds": round(filled, 1), "count_seconds": counted,
                "store_mb": round(size / 1_000_000), "peers": {"bare_page": {"p95_ms": bare}}}


def _count(services: Services, count: Any, passes: int) -> float:
    """Seconds of the processor for everything that the worker would count, from nothing."""
    began = time.process_time()
    for _ in range(passes):
        count(services)
    return round(time.process_time() - began, 1)


def _p95(services: Services, client: TestClient, ask: Ask, token: str, times: int) -> float:
    taken = []
    for _ in range(times):
        with services.store.write() as connection:  # nobody asks so often
            connection.execute(sa.delete(rate_limits))
        began = time.perf_counter()
        answer = _send(services, client, ask, token)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{ask.name}: {answer.status_code} {answer.text[:500]}")
        if taken[-1] > MOST_MS * 20:  # it is known to be too slow
            break
    found = round(float(np.percentile(taken, 95)), 1)
    print(f"{found:8.1f} ms  {ask.name}", file=sys.stderr)
    return found


def _send(services: Services, client: TestClient, ask: Ask, token: str) -> Any:
    ours = form_token(token, services.settings)
    if ask.sent is None:
        return client.get(ask.path)
    if ask.path.startswith(API):
        return client.post(ask.path, json=dict(ask.sent), headers={CSRF_HEADER: ours})
    return client.post(ask.path, data={"form_token": ours, **ask.sent})


@contextmanager
def _browsing(services: Services) -> Iterator[tuple[TestClient, str]]:
    """The demo's person, signed in, and the token of their session."""
    with services.store.write() as connection:
        renew_demo_person(connection, now=services.clock())
        person = find_person(connection, DEMO_NAME)
        assert person
        token = open_session(connection, person.id, replaces="", now=services.clock())
    app = FastAPI()
    app.mount(API, build_console_api(services))
    app.include_router(build_console_router(services))
    freeze_what_stays()  # as the site does
    app.add_api_route("/bare", lambda: HTMLResponse("<!doctype html>"), methods=["GET"])
    with TestClient(app, base_url="https://shop.example") as client:
        client.cookies.set(COOKIE, token, path="/console")
        yield client, token


@contextmanager
def _opened(folder: Path) -> Iterator[Services]:
    settings = Settings.from_env(complete_environment({"PREVENANT_SHOP": "demo"}, folder / "demo.env"))
    services = open_services(replace(
        settings, database_url=f"sqlite:///{folder}/store.sqlite", shop_database_url=f"sqlite:///{folder}/shop.sqlite",
        tracker_database_url=f"sqlite:///{folder}/trackers.sqlite", try_on_records=f"{folder}/records",
    ))
    prepare_data(services)
    yield services
    services.close()


if __name__ == "__main__":
    main()
