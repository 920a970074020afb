"""`make bench ONLY=nudge-latency`: from an event's 200 until its nudge is on the screen of an open chat.

The real `site` and `worker`, a real Chromium with Camille signed in and the chat open, and a journey that waits for
nothing and speaks of a product: event, wait, facts from the shop, decision, outbox, facts and guardrails again, socket,
screen. First with nothing else to do, then while `RATE=500` events a second of other visitors come in, one a call. The
last line on stdout is one JSON object: p50_ms and p95_ms (of the idle run), and `idle` and `loaded` with both, the
number of nudges seen and, loaded, the events a second that were answered. `NUDGES=60` of each run,
`LATENCY_DATABASE_URL=` for a store elsewhere.
"""

import asyncio
import base64
import json
import multiprocessing
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import requests
from playwright.sync_api import Page, sync_playwright

from benchmarks.turns.systems import System, running
from bot.bootstrap import PROJECT, open_services
from bot.prepare import complete_environment, prepare_data
from bot.processes import Process, site_process
from bot.profile.consent import record_consent
from bot.profile.identities import find_customer
from bot.settings import Settings
from tests.servers.ports import find_free_port

CUSTOMER, SERVER_KEY = "camille", "a-server-key-of-the-measure"
_AUTHORISATION = {"Authorization": "Basic " + base64.b64encode(f"{SERVER_KEY}:".encode()).decode()}
_JOURNEY = """
[triggers.measured]
kind = "product"
on = ["Measured"]
wait_seconds = 0
expires_seconds = 3600
cooldown_seconds = 0
purpose = "service"
channels = ["web"]

[[triggers.measured.messages]]
case = "available"
variant = "plain"
fr = "Mesure : {product}, à {price}."
en = "Measure: {product}, at {price}."
"""
_CLOCK = """(panel) => {
  window.seenAt = [];
  const find = (root) => [  // through the shadow roots below
    ...root.querySelectorAll('[data-direction="out"]'),
    ...[root, ...root.querySelectorAll('*')].filter((each) => each.shadowRoot).flatMap((each) => find(each.shadowRoot)),
  ];
  const count = () => find(panel)
    .filter((each) => /Mesure|Measure/.test(each.textContent) && each.getClientRects().length).length;
  const look = () => {
    const shown = count();
    while (window.seenAt.length < shown) window.seenAt.push(Date.now());
    requestAnimationFrame(look);
  };
  look();
}"""
_PATIENCE_SECONDS = 20.0


def main() -> None:
    """Idle, then loaded."""
    print(json.dumps(run(int(os.environ.get("NUDGES", "60")), float(os.environ.get("RATE", "500")))))


def run(nudges: int, rate: float) -> dict[str, Any]:
    """The figures of both."""
    with TemporaryDirectory(prefix="prevenant-latency-") as folder, ExitStack() as stack:
        environ = prepare(Path(folder))
        settings = Settings.from_env(environ)
        processes = [site_process(settings, environ), Process("worker", (sys.executable, "-m", "bot.worker"), environ)]
        stack.enter_context(running(System(processes, lambda _rng: None), Path(folder)))  # type: ignore[arg-type, return-value]
        page = stack.enter_context(open_chat(settings))
        variants = list_variants(settings)
        idle = describe(measure(page, settings, variants, nudges))
        _say(f"idle: {idle}")
        with loading(settings.site_internal_url, rate) as answered:
            began = time.monotonic()
            spans = measure(page, settings, variants, nudges)
            seconds = time.monotonic() - began
            events = answered()
        loaded = {**describe(spans), "events_per_second": round(events / seconds)}
        _say(f"loaded: {loaded}")
    return {"p50_ms": idle["p50_ms"], "p95_ms": idle["p95_ms"], "idle": idle, "loaded": loaded}


def prepare(folder: Path) -> dict[str, str]:
    """The demo's shop with one journey more, in an installation of its own; Camille allows it."""
    shop = folder / "shop"
    shutil.copytree(PROJECT / "data" / "shops" / "demo", shop)
    with (shop / "triggers.toml").open("a") as triggers:
        triggers.write(_JOURNEY)
    site, rasa, smtp = (find_free_port() for _ in range(3))
    hours_to_noon = 12 - datetime.now(UTC).hour
    ours = {
        "SITE_PORT": site, "PUBLIC_URL": f"http://localhost:{site}", "SITE_INTERNAL_URL": f"http://127.0.0.1:{site}",
        "RASA_URL": f"http://127.0.0.1:{rasa}", "SMTP_DEMO_PORT": smtp, "SERVER_WRITE_KEY": SERVER_KEY,
        "DATABASE_URL": os.environ.get("LATENCY_DATABASE_URL") or f"sqlite:///{folder}/store.sqlite",
        "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite", "SHOP": shop, "LOG_LEVEL": "warning",
        "TIMEZONE": f"Etc/GMT{-hours_to_noon:+d}" if hours_to_noon else "Etc/GMT",
    }
    environ = complete_environment(
        {**os.environ, **{f"PREVENANT_{name}": str(value) for name, value in ours.items()}}, folder / "demo.env"
    )
    services = open_services(Settings.from_env(environ))
    prepare_data(replace(services, settings=replace(services.settings, shop="demo")))
    with services.store.write() as connection:
        owner = find_customer(connection, "customer_id", CUSTOMER)
        record_consent(connection, str(owner), purpose="service", channel="web", state="granted", source="chat",
                       wording="", now=services.clock())
    services.close()
    return environ


def list_variants(settings: Settings) -> list[tuple[str, str]]:
    """Products that can be bought, each with a variant: what events are about, one after the other."""
    services = open_services(settings)
    found = services.commerce.search_products("", filters={"in_stock": True}, limit=200).items
    pairs = [(each.ref, variant.ref) for each in found for variant in each.variants]
    stock = services.commerce.get_availability([variant for _, variant in pairs])
    services.close()
    sellable = {each.variant_ref for each in stock if each.is_sellable_online and each.quantity != 0}
    return [pair for pair in pairs if pair[1] in sellable]


@contextmanager
def open_chat(settings: Settings) -> Iterator[Page]:
    """Camille's browser: signed in, the chat open."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu"] if os.geteuid() == 0 else ["--disable-gpu"]
        )
        page = browser.new_page(base_url=settings.public_url)
        page.goto("/sign-in")
        page.locator(f"form:has(input[name=customer][value={CUSTOMER}]) button").click()
        page.locator("header a[href='/account']").wait_for()
        page.locator('[data-prevenant="launcher"]').click()
        page.locator('[data-prevenant="panel"]').wait_for()
        yield page
        browser.close()


_numbers = count()


def measure(page: Page, settings: Settings, variants: list[tuple[str, str]], nudges: int) -> list[float]:
    """Milliseconds from each event's 200 until its nudge stands on the screen."""
    page.locator('[data-prevenant="panel"]').evaluate(_CLOCK)
    page.wait_for_timeout(500)
    known = page.evaluate("window.seenAt.length")
    spans = []
    for turn in range(nudges):
        number = next(_numbers)
        answered_at = 1_000 * send_event(settings.site_internal_url, number, variants[number % len(variants)])
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while page.evaluate("window.seenAt.length") <= known + turn:
            if time.monotonic() > deadline:
                sys.exit(f"nudge {turn + 1} of {nudges} never came")
            page.wait_for_timeout(20)
        spans.append(max(0.0, page.evaluate(f"window.seenAt[{known + turn}]") - answered_at))
    return spans


def send_event(url: str, number: int, variant: tuple[str, str]) -> float:
    """When it was answered."""
    event = {
        "userId": CUSTOMER, "event": "Measured", "messageId": f"measured-{number}",
        "properties": {"product_id": variant[0], "variant_id": variant[1]},
    }
    answer = requests.post(f"{url}/v1/track", json=event, headers=_AUTHORISATION, timeout=10)
    answer.raise_for_status()
    return time.time()


def describe(spans: list[float]) -> dict[str, float]:
    """The figures of one run."""
    ordered = sorted(spans)
    return {"p50_ms": round(statistics.median(ordered)), "p95_ms": round(ordered[int(len(ordered) * 0.95)]),
            "nudges": len(ordered)}


@contextmanager
def loading(url: str, rate: float) -> Iterator[Callable[[], int]]:
    """Other visitors' events at a steady rate, from a process of its own; how many were answered since it is."""
    context = multiprocessing.get_context("spawn")
    answered = context.Value("q", 0, lock=False)  # one process writes: whoever is killed while holding a lock keeps it
    process = context.Process(target=load, args=(url, rate, answered), daemon=True)
    process.start()
    deadline = time.monotonic() + 60
    while answered.value < rate and time.monotonic() < deadline:
        time.sleep(0.1)
    before = answered.value
    try:
        yield lambda: answered.value - before
    finally:
        process.kill()
        process.join()


def load(url: str, rate: float, answered: Any) -> None:
    """Until it is killed: each event a call of its own, of one of 5,000 visitors who look at things."""
    asyncio.run(_load(url, rate, answered))


async def _load(url: str, rate: float, answered: Any) -> None:
    numbers, began, marker = count(), time.monotonic(), os.getpid()
    async with aiohttp.ClientSession(headers=_AUTHORISATION) as session:

        async def lane() -> None:
            for number in numbers:
                await asyncio.sleep(began + number / rate - time.monotonic())
                event = {
                    "anonymousId": f"visitor-{number % 5_000}", "event": "Product Viewed",
                    "messageId": f"load-{marker}-{number}", "properties": {"product_id": f"p-{number % 97}"},
                }
                async with session.post(f"{url}/v1/track", json=event) as answer:
                    await answer.read()
                    if answer.status == 200:
                        answered.value += 1

        await asyncio.gather(*(lane() for _ in range(32)))


def _say(text: str) -> None:
    print(text, file=sys.stderr)




if __name__ == "__main__":
    main()
