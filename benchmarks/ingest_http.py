"""A collector in a process of its own, loaded over HTTP from this one."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httptools
import sqlalchemy as sa
import uvloop

from bot.profile.store.engine import Store
from bot.profile.store.tables import events
from tests.servers.ports import find_free_port

PROJECT = Path(__file__).parent.parent
COLLECTOR = PROJECT / "tests" / "intake" / "collector_process.py"
BARE = PROJECT / "benchmarks" / "bare_collector.py"
KEY = "page-key-0123456789"
IN_A_BATCH = 75
_CONNECTIONS = {IN_A_BATCH: 24, 1: 96}
_MOST_EVENTS = {IN_A_BATCH: 100_000, 1: 20_000}  # a second: so many lie ready
_numbers = count()


def measure_http(url: str, *, seconds: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Events a second answered after their commit, in batches and singly; then how soon they can be read."""
    with run_collector(url) as port:
        figures: dict[str, Any] = measure_load(port, seconds, say)
        half = figures["http_events_per_second"] / 2
        waits = uvloop.run(watch(port, url, half, seconds))
        figures["visible_p95_seconds"] = round(sorted(waits)[int(len(waits) * 0.95)], 3) if waits else None
        say(f"HTTP: visible after {figures['visible_p95_seconds']} s (p95) at {half:,.0f} events/s")
    with run_collector(url, BARE) as port:
        figures["bare_http"] = measure_load(port, seconds, lambda text: say(f"bare {text}"))
    return figures


def measure_load(port: int, seconds: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Events a second in batches and singly, the better of two."""
    figures = {}
    uvloop.run(load(port, IN_A_BATCH, min(seconds, 1.0)))  # warm
    for name, size in (("http_events_per_second", IN_A_BATCH), ("http_single_events_per_second", 1)):
        rates = [answered / took for answered, took in (uvloop.run(load(port, size, seconds / 2)) for _ in range(2))]
        figures[name] = round(max(rates))
        say(f"HTTP, {size} a request: {figures[name]:,} events/s")
    return figures


@contextmanager
def run_collector(url: str, program: Path = COLLECTOR) -> Iterator[int]:
    """A collector behind granian, ours or the bare one; its port."""
    port = find_free_port()
    environ = {**os.environ, "COLLECTOR_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(program), str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        uvloop.run(_wait(port))
        yield port
    finally:
        process.kill()
        process.wait()


async def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    sys.exit("the collector did not start")


def request_of(size: int, marker: str = "") -> bytes:
    """One HTTP request with so many events, as a page's client sends them."""
    calls = []
    for _ in range(size):
        n = next(_numbers)
        message_id = marker or f"bench-{os.getpid()}-{n:010}"
        calls.append(
            f'{{"type":"track","event":"Product Viewed","anonymousId":"visitor-{n % 20_000}",'
            f'"messageId":"{message_id}",'
            '"timestamp":"2026-11-28T10:00:00.000Z","properties":{"product_id":"sku-12","name":"Robe d\'été",'
            '"price_minor":4990,"quantity":1},"context":{"library":{"name":"analytics.js"}}}'
        )
    text = f'{{"writeKey":"{KEY}","batch":[{",".join(calls)}],"sentAt":"2026-11-28T10:00:01.000Z"}}' if (
        size > 1) else f'{{"writeKey":"{KEY}",{calls[0][1:]}'
    body = text.encode()
    path = "b" if size > 1 else "t"
    return (f"POST /v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
            .encode() + body)


class Lane(asyncio.Protocol):
    """One connection that sends the next request as soon as the last one is answered: no stream, no task."""

    def __init__(self, requests: Iterator[bytes], answers: Counter[int], until: float) -> None:
        """`requests` lie ready, shared by all lanes; `answers` counts the statuses."""
        self._requests, self._answers, self._until = requests, answers, until
        self._parser = httptools.HttpResponseParser(self)
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        """Send the first."""
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        """Some of an answer."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """All of it: the next one."""
        self._answers[self._parser.get_status_code()] += 1
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        """Over."""
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        request = next(self._requests, None) if time.monotonic() < self._until else None
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)


async def load(port: int, size: int, seconds: float) -> tuple[int, float]:
    """As much as it takes for so long: (events answered 200, seconds). The requests are written beforehand."""
    requests = [request_of(size) for _ in range(int(seconds * _MOST_EVENTS[size] / size))]
    waiting, answers = iter(requests), Counter[int]()
    started, loop = time.monotonic(), asyncio.get_running_loop()
    lanes = [await loop.create_connection(lambda: Lane(waiting, answers, started + seconds), "127.0.0.1", port)
             for _ in range(_CONNECTIONS[size])]
    await asyncio.gather(*(lane.done for _, lane in lanes))
    if set(answers) != {200}:
        sys.exit(f"the collector answered {dict(answers)}")
    return answers[200] * size, time.monotonic() - started


async def read_status(reader: asyncio.StreamReader) -> int:
    """One answer, read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head[9:12])


async def watch(port: int, url: str, events_a_second: float, seconds: float) -> list[float]:
    """At a steady load: seconds from the sending of a marked event until a reader of the store sees it."""
    started, waits = time.monotonic(), []
    pause = IN_A_BATCH * _CONNECTIONS[IN_A_BATCH] / events_a_second

    async def steady(offset: float) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at = started + offset
        while at < started + seconds:
            await asyncio.sleep(max(at - time.monotonic(), 0))
            writer.write(request_of(IN_A_BATCH))
            await read_status(reader)
            at += pause
        writer.close()

    async def mark() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        store = Store(url)
        for n in count():
            if time.monotonic() - started > seconds:
                break
            marker = f"marked-{os.getpid()}-{n}"
            sent = time.monotonic()
            writer.write(request_of(1, marker))
            seen = asyncio.ensure_future(asyncio.to_thread(_wait_until_seen, store, f"web:{marker}", sent))
            await read_status(reader)
            waits.append(await seen)
            await asyncio.sleep(0.02)
        writer.close()
        store.close()

    lanes = _CONNECTIONS[IN_A_BATCH]
    await asyncio.gather(mark(), *(steady(pause * n / lanes) for n in range(lanes)))
    return waits


def _wait_until_seen(store: Store, message_id: str, sent: float) -> float:
    query = sa.select(events.c.event_id).where(events.c.message_id == message_id)
    while True:
        with store.read() as connection:
            if connection.scalar(query):
                return time.monotonic() - sent
        if time.monotonic() - sent > 30:
            sys.exit("an event that was sent is not seen")
        time.sleep(0.002)
