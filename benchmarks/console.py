"""How long the console's pages take, by page: `make bench ONLY=console`, CUSTOMERS= of them with ten events each.

The pages are asked for over the ASGI app itself, one after the other, as one person would; a bare page of the same
framework stands beside them (`peers`). Prints one JSON line: p95_ms by page, at the size and at a tenth of it.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from fastapi.testclient import TestClient

from bot.bootstrap import Services, open_services
from bot.console import what_if_pages
from bot.console.figures import count_figures
from bot.console.pages import build_console_router
from bot.console.people import DEMO_NAME, find_person, renew_demo_person
from bot.console.result_figures import count_results
from bot.console.sessions import COOKIE, open_session
from bot.prepare import complete_environment, prepare_data
from bot.profile.identities import create_customers
from bot.profile.store.tables import decisions, events, messages, outbox, purchases, segment_members, waits
from bot.profile.store.upsert import insert_many
from bot.settings import Settings

PAGES = ("/console", "/console/journeys", "/console/journeys/cart_left", "/console/lists/sent", "/console/lists/held",
         "/console/lists/letters", "/console/audit", "/console/results?days=90",
         "/console/results/question?measure=sent&by=week", "/console/results/what-if?journey=cart_left&policy=best")
_NO_TEXTS = dict.fromkeys(("product_id", "variant_id", "product_type", "brand", "colour", "size"), "")
TIMES, CHUNK, EVENTS_EACH, DAYS = 40, 20_000, 10, 30


def main() -> None:
    """Measure at a tenth of the size and at the size."""
    size = int(os.environ.get("CUSTOMERS", "20000"))
    found = {customers: _measure(customers) for customers in (size // 10, size)}
    print(json.dumps({"p95_ms": found[size]["p95_ms"], "customers": size, "events": size * EVENTS_EACH,
                      "count_seconds": found[size]["count_seconds"],
                      "count_results_seconds": found[size]["count_results_seconds"],
                      "at_a_tenth": found[size // 10]["p95_ms"], "peers": {"bare_page": found[size]["bare"]}}))


def _measure(customers: int) -> dict[str, object]:
    with TemporaryDirectory() as folder, _opened(Path(folder)) as services:
        _fill(services, customers)
        began = time.process_time()
        count_figures(services)
        seconds = time.process_time() - began
        began = time.process_time()
        for _ in range(DAYS):  # more passes than it needs: those that find nothing due cost nothing
            count_results(services)
        results_seconds = time.process_time() - began
        what_if_pages.TRIES = TIMES * 2  # nobody asks so often; the estimate is what is timed
        with services.store.write() as connection:
            renew_demo_person(connection, now=services.clock())
            person = find_person(connection, DEMO_NAME)
            assert person
            token = open_session(connection, person.id, replaces="", now=services.clock())
        app = FastAPI()
        app.include_router(build_console_router(services))
        app.add_api_route("/bare", lambda: HTMLResponse("<!doctype html>"), methods=["GET"])
        with TestClient(app, base_url="https://shop.example") as client:
            client.cookies.set(COOKIE, token, path="/console")
            return {"p95_ms": {page: _p95(client, page) for page in PAGES}, "count_seconds": round(seconds, 1),
                    "count_results_seconds": round(results_seconds, 1),
                    "bare": {"p95_ms": _p95(client, "/bare")}}


def _p95(client: TestClient, page: str) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        assert client.get(page).status_code == 200, page
        taken.append((time.perf_counter() - began) * 1000)
    return round(float(np.percentile(taken, 95)), 1)


@contextmanager
def _opened(folder: Path) -> Iterator[Services]:
    settings = Settings.from_env(complete_environment({"PREVENANT_SHOP": "demo"}, folder / "demo.env"))
    services = open_services(replace(
        settings, database_url=f"sqlite:///{folder}/store.sqlite", shop_database_url=f"sqlite:///{folder}/shop.sqlite",
    ))
    prepare_data(services)
    yield services
    services.close()


def _fill(services: Services, customers: int) -> None:
    """A month of a shop's days: events, messages, decisions, what left; most of it older than today."""
    rng, now = np.random.default_rng(1), services.clock()
    journeys = [each.name for each in services.triggers]
    for start in range(0, customers, CHUNK):
        print(f"{start:,} of {customers:,} customers", file=sys.stderr)
        count = min(CHUNK, customers - start)
        at = [now - timedelta(days=DAYS * (1 - (start + n) / customers)) for n in range(count)]
        with services.store.write() as connection:
            ids = create_customers(connection, count, now=now, salt=services.settings.holdout_salt)
            insert_many(connection, events, [{
                "message_id": f"e{start + n}-{k}", "customer_id": ids[n], "silo": "web", "type": "track",
                "name": "Product Viewed", "properties": {}, "occurred_at": at[n], "received_at": at[n],
            } for n in range(count) for k in range(EVENTS_EACH)])
            insert_many(connection, messages, [{
                "sender_id": ids[n], "message_id": f"m{start + n}", "direction": "in", "payload": {}, "at": at[n],
            } for n in range(count)])
            chosen = rng.integers(0, len(journeys), count)
            insert_many(connection, decisions, [{
                "customer_id": ids[n], "trigger": journeys[chosen[n]], "subject": "s", "probability": 1.0,
                "candidates": [{"name": name, "value": chance, "probability": chance,
                                "held": ["cap_week"] if n % 2 else []}
                               for name, chance in (("web", .7), ("email", .3))],
                "chosen": "" if n % 2 else "web" if n % 10 else "email",
                "decided_at": at[n],
            } for n in range(count)])
            insert_many(connection, outbox, [{
                "idempotency_key": f"o{start + n}", "kind": "nudge", "customer_id": ids[n], "channel": "web",
                "address": "a", "purpose": "marketing", "nudge": journeys[chosen[n]], "facts": {}, "payload": {},
                "state": "failed" if n % 500 == 0 else "sent", "not_before": at[n], "created_at": at[n],
            } for n in range(0, count, 2)])
            insert_many(connection, purchases, [{
                "customer_id": ids[n], "silo": "shop", "order_id": f"p{start + n}", "line": 1, "sold_at": at[n],
                "quantity": 1, "amount_minor": 4_000, "currency": "EUR", **_NO_TEXTS,
            } for n in range(0, count, 5)])
            insert_many(connection, segment_members, [{
                "segment": "regulars" if n % 2 else "big_spenders", "customer_id": ids[n],
                "entered_at": now - timedelta(days=DAYS), "left_at": None,
            } for n in range(0, count, 3)])
            insert_many(connection, waits, [{
                "trigger": journeys[chosen[n]], "customer_id": ids[n], "subject": "s", "facts": {}, "due_at": now,
                "state": "waiting" if n % 20 == 0 else "decided", "created_at": at[n], "updated_at": at[n],
            } for n in range(count)])
    with services.store.write() as connection:
        connection.execute(sa.text("ANALYZE"))


if __name__ == "__main__":
    main()
