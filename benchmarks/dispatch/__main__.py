"""`make bench ONLY=dispatch`: messages a second through a local stand-in of WhatsApp's API.

Nudges of one offer to `MESSAGES` customers (20,000 for each worker), each with everything that a nudge gets: the facts
read again, every guardrail, consent among them, in the transaction that marks it, the words, the paces, the log, and
the acknowledgement. By workers (`WORKERS=1,2,4` processes), each round beside as many bare aiohttp loops that post the
same and keep nothing; on SQLite, and on PostgreSQL whose commits wait for the disk. The last line on stdout is one JSON
object: messages_per_second and share_of_bare_loop (of one worker), `by_workers` with both and the processor's time of
ours and of the loop's for a message, `postgres` the same again. `TIMES=` rounds; figures are their medians.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests

from benchmarks.dispatch.world import count_states, fill, open_world, shift_to_noon
from benchmarks.segments import new_database
from bot.bootstrap import PROJECT
from bot.channels.deliver import BESIDE_EACH_OTHER
from bot.prepare import complete_environment, prepare_data
from bot.settings import Settings
from tests.servers.ports import find_free_port
from tests.servers.postgres import find_postgres, run_postgres

_WITHOUT_LIMIT = 1_000_000_000


def main() -> None:
    """Each store, each number of workers."""
    workers = [int(each) for each in os.environ.get("WORKERS", "1,2,4").split(",")]
    messages, times = int(os.environ.get("MESSAGES", "20000")), int(os.environ.get("TIMES", "3"))
    with TemporaryDirectory(prefix="prevenant-dispatch-") as folder:
        figures = measure(Path(folder), lambda name: f"sqlite:///{folder}/{name}.sqlite", workers, messages, times)
        programs = find_postgres()
        if programs and os.environ.get("POSTGRES", "1") == "1":
            with run_postgres(programs, durable=True) as url:
                figures["postgres"] = measure(
                    Path(folder), lambda name: new_database(url, name), workers, messages, times
                )
    print(json.dumps(figures))


def measure(
    folder: Path, fresh: Callable[[str], str], workers: Sequence[int], messages: int, times: int
) -> dict[str, Any]:
    """The figures of one store; `fresh` gives the URL of an empty database."""
    by_workers = {}
    for count in workers:
        rounds = [_measure_round(folder, fresh(f"w{count}r{turn}"), count, messages) for turn in range(times)]
        medians = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
        by_workers[str(count)] = {name: round(value, 3) for name, value in medians.items()}
        _say(f"{count} workers: {by_workers[str(count)]}")
    first = by_workers[str(workers[0])]
    return {name: first[name] for name in ("messages_per_second", "share_of_bare_loop")} | {"by_workers": by_workers}


def _measure_round(folder: Path, database_url: str, workers: int, messages: int) -> dict[str, float]:
    port, shift_seconds, wanted = find_free_port(), shift_to_noon(), messages * workers
    url = f"http://127.0.0.1:{port}/v25.0/1/messages"
    environ = _environment(folder, database_url, port) | {"BENCH_SHIFT_SECONDS": str(shift_seconds)}
    services = open_world(Settings.from_env(environ), shift_seconds)
    prepare_data(replace(services, settings=replace(services.settings, shop="demo")))
    fill(services.store, wanted, services.clock())
    with _vendor(port):
        bare = ["benchmarks.dispatch.bare", url, str(messages), str(BESIDE_EACH_OTHER)]
        bare_seconds, bare_cpu = _run_together(bare, workers, environ)
        seconds, cpu = _run_together(["benchmarks.dispatch.worker"], workers, environ)
        seen = requests.get(f"http://127.0.0.1:{port}/seen", timeout=5).json()
    states = count_states(services.store)
    services.close()
    if states != {"sent": wanted} or seen["messages"] != messages * workers + wanted:
        sys.exit(f"of {wanted} messages {states}; the vendor saw {seen}")
    return {
        "messages_per_second": wanted / seconds, "share_of_bare_loop": bare_seconds / seconds,
        "bare_loop": wanted / bare_seconds, "cpu_us": 1e6 * cpu / wanted, "bare_loop_cpu_us": 1e6 * bare_cpu / wanted,
    }


def _run_together(module: Sequence[str], count: int, environ: Mapping[str, str]) -> tuple[float, float]:
    """Seconds from the word until the last is done, and the processor's seconds of them all."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *module], cwd=PROJECT, env=dict(environ), text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]
    for process in started:
        if _read_line(process) != "ready\n":
            sys.exit(f"{module[0]} did not start")
    began = time.monotonic()
    for process in started:
        print("go", file=process.stdin, flush=True)
    told = [_read_last(process) for process in started]
    seconds = time.monotonic() - began
    for process in started:
        process.communicate()
    return seconds, sum(each["cpu_seconds"] for each in told)


def _read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def _read_last(process: "subprocess.Popen[str]") -> dict[str, float]:
    """Past what it logs."""
    assert process.stdout is not None
    last = ""
    for line in process.stdout:
        last = line
        if line.startswith('{"handled"'):
            break
    found: dict[str, float] = json.loads(last)
    return found


@contextmanager
def _vendor(port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.dispatch.vendor", str(port)], cwd=PROJECT)
    try:
        for _ in range(200):
            try:
                requests.get(f"http://127.0.0.1:{port}/seen", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _environment(folder: Path, database_url: str, port: int) -> dict[str, str]:
    ours = {
        "DATABASE_URL": database_url, "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite", "SHOP": "demo",
        "GRAPH_URL": f"http://127.0.0.1:{port}/v25.0", "META_APP_SECRET": "a-secret-of-the-measure",
        "META_VERIFY_TOKEN": "a-token-of-the-measure", "WHATSAPP_PHONE_NUMBER_ID": "1", "WHATSAPP_TOKEN": "a-token",
        "WHATSAPP_RECIPIENTS_A_DAY": _WITHOUT_LIMIT, "WHATSAPP_MESSAGES_A_SECOND": _WITHOUT_LIMIT,
    }
    return complete_environment(
        {**os.environ, **{f"PREVENANT_{name}": str(value) for name, value in ours.items()}}, folder / "demo.env"
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
