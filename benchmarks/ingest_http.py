"""A collector in a process of its own, loaded over HTTP from this one."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
_RATES = {IN_A_BATCH: "http_events_per_second", 1: "http_single_events_per_second"}
_numbers = count()


def measure_http(url: str, *, seconds: float, times: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Events a second answered after their commit, ours and the bare collector's turn by turn; medians.

    Then how soon an event can be read, at half that load.
    """
    turns = []
    for turn in range(times):
        turns.append(tuple(_measure_program(url, program, seconds) for program in (COLLECTOR, BARE)))
        say(f"HTTP, turn {turn + 1}: ours {turns[-1][0]}, bare {turns[-1][1]}")
    ours, bare = ({name: statistics.median(each[name] for each in some) for name in some[0]}
                  for some in zip(*turns, strict=True))
    shares = {f"{name}_share_of_bare": round(statistics.median(mine[name] / its[name] for mine, its in turns), 2)
              for name in _RATES.values()}
    half = ours[_RATES[IN_A_BATCH]] / 2
    with run_collector(url) as process:
        waits = sorted(uvloop.run(watch(process.port, url, half, seconds)))
    visible = round(waits[int(len(waits) * 0.95)], 3) if waits else None
    say(f"HTTP: visible after {visible} s (p95) at {half:,.0f} events/s")
    return {**ours, **shares, "visible_p95_seconds": visible, "bare_http": bare}


def _measure_program(url: str, program: Path, seconds: float) -> dict[str, float]:
    """Events a second in batches and singly, and the microseconds of processor time that one took."""
    figures: dict[str, float] = {}
    with run_collector(url, program) as process:
        uvloop.run(load(process.port, IN_A_BATCH, min(seconds, 1.0)))  # warm
        for size, name in _RATES.items():
            before = process.cpu_seconds()
            answered, took = uvloop.run(load(process.port, size, seconds / 2))
            figures[name] = round(answered / took)
            cpu = name.replace("events_per_second", "cpu_microseconds")
            figures[cpu] = round((process.cpu_seconds() - before) / answered * 1e6, 1)
    return figures


@dataclass(frozen=True)
class Running:
    """A collector that listens."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """The processor time it took so far, by Linux's /proc: it says more than a clock where others work too."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def run_collector(url: str, program: Path = COLLECTOR) -> Iterator[Running]:
    """A collector behind granian, ours or the bare one."""
    port = find_free_port()
    environ = {**os.environ, "COLLECTOR_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(program), str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        uvloop.run(_wait(port))
        yield Running(port, process.pid)
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
