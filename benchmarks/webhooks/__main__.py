"""`make bench ONLY=webhooks`: a day of WhatsApp's webhooks at the real `site` and `worker`, killed five times.

A third of the calls is forged, a quarter of the others comes again, batches are out of order. The last line on stdout
is one JSON object: calls, forged_refused of forged, messages, lost, doubled, out_of_order, replies, replies_doubled,
unknown, seconds, webhooks_per_second, answer_p99_ms.
"""

import argparse
import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
import sqlalchemy as sa

from benchmarks.webhooks.day import NUMBER_ID, Call, Day, count_calls, make_day, sign, status_of
from benchmarks.webhooks.peers import Peers, serving
from bot.bootstrap import PROJECT, open_services
from bot.prepare import complete_environment, prepare_data
from bot.processes import site_process, wait_until_ready
from bot.profile.store.tables import inbox, outbox
from bot.settings import Settings

SECRET, SENDERS = "an-app-secret-for-a-day", 8
_PATIENCE_SECONDS = 900


class Living:
    """A process that is killed and started again, with every process that it made: granian serves from a child."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
        """Starts it."""
        self._command, self._environ, self._log = command, environ, log
        self._process = self._start()

    def kill(self) -> None:
        """As the power does, and up again."""
        self._kill_all()
        self._process = self._start()

    def end(self) -> None:
        """In peace."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._kill_all()

    def _kill_all(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, cwd=PROJECT, env=dict(self._environ), stdout=log, stderr=log, start_new_session=True
            )


class Meta:
    """Whoever calls us: until it hears 200, or 401 for what it forged."""

    def __init__(self, url: str) -> None:
        """Nothing is called yet."""
        self._url = url
        self.refused = self.answered = 0
        self.seconds: list[float] = []
        self.receipts: queue.Queue[tuple[str, str, str] | None] = queue.Queue()
        self._lock = threading.Lock()

    def call(self, body: bytes, signature: str) -> int:
        """Send it again and again until it is answered; the answer."""
        while True:
            began = time.perf_counter()
            try:
                answer = requests.post(self._url, data=body, headers={"X-Hub-Signature-256": signature}, timeout=20)
            except requests.RequestException:
                time.sleep(0.1)
                continue
            if answer.status_code in (200, 401):
                with self._lock:
                    self.seconds.append(time.perf_counter() - began)
                return answer.status_code
            time.sleep(0.1)

    def send(self, calls: Sequence[Call]) -> None:
        """One customer's calls, one after the other."""
        for call in calls:
            status = self.call(call.body, sign(call, SECRET))
            with self._lock:
                self.refused += call.is_forged and status == 401
                self.answered += status == 200

    def tell_receipt(self, message_id: str, tracker: str) -> None:
        """Delivered and sent, in that order, which is the wrong one."""
        for state in ("delivered", "sent"):
            self.receipts.put((message_id, tracker, state))

    def send_receipts(self) -> None:
        """Until None comes."""
        while told := self.receipts.get():
            body = status_of(*told, int(time.time()))
            self.call(body, sign(Call("", body, is_forged=False), SECRET))


def main(arguments: Sequence[str]) -> int:
    """Replay the day and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--webhooks", type=int, default=int(os.environ.get("WEBHOOKS", "10000")))
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    day = make_day(chosen.webhooks, customers=chosen.customers, began_at=int(time.time()) - 80_000, seed=chosen.seed)
    with TemporaryDirectory(prefix="prevenant-webhooks-") as folder:
        print(json.dumps(replay(day, Path(folder), chosen.kills, chosen.seed)))
    return 0


def replay(day: Day, folder: Path, kills: int, seed: int) -> dict[str, float]:
    """The figures of a day."""
    site_port, peers_port = _free_port(), _free_port()
    environ = _environment(folder, site_port, peers_port)
    settings = Settings.from_env(environ)
    services = open_services(settings)
    prepare_data(services)
    meta = Meta(f"http://127.0.0.1:{site_port}/webhooks/whatsapp")
    peers = Peers(meta.tell_receipt)
    began = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(serving(peers, peers_port))
        process = site_process(settings, environ)
        site = stack.enter_context(_living(process.command, environ, folder / "site.log"))
        worker = stack.enter_context(_living((sys.executable, "-m", "bot.worker"), environ, folder / "worker.log"))
        if not wait_until_ready(process, 60):
            sys.exit((folder / "site.log").read_text()[-3_000:])
        receipts = threading.Thread(target=meta.send_receipts)
        receipts.start()
        _send_all(day, meta, (worker, site), kills, random.Random(seed))
        sent_seconds = time.monotonic() - began
        _wait_until_settled(services.store, meta)
        meta.receipts.put(None)
        receipts.join()
    figures = _judge(day, meta, peers, services.store)
    services.close()
    calls = len(list(count_calls(day)))
    return {"calls": calls, **figures, "kills": kills, "seconds": round(time.monotonic() - began, 1),
            "webhooks_per_second": round(calls / sent_seconds)}


def _send_all(day: Day, meta: Meta, living: Sequence[Living], kills: int, rng: random.Random) -> None:
    waiting: queue.Queue[list[Call]] = queue.Queue()
    for calls in day.calls.values():
        waiting.put(calls)
    threads = [threading.Thread(target=_send_some, args=(waiting, meta)) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    total, done = len(list(count_calls(day))), 0
    marks = sorted(rng.sample(range(total // 10, total), kills))
    while any(thread.is_alive() for thread in threads):
        time.sleep(0.05)
        done = len(meta.seconds)
        while marks and done >= marks[0]:
            living[len(marks) % len(living)].kill()
            marks.pop(0)
        print(f"\r{min(done, total)} of {total} calls, {kills - len(marks)} kills ", end="", file=sys.stderr)
    print(file=sys.stderr)


def _send_some(waiting: "queue.Queue[list[Call]]", meta: Meta) -> None:
    while True:
        try:
            calls = waiting.get_nowait()
        except queue.Empty:
            return
        meta.send(calls)


def _wait_until_settled(store: object, meta: Meta) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with store.read() as connection:  # type: ignore[attr-defined]  # a Store
            open_in = connection.scalar(sa.select(sa.func.count()).where(inbox.c.state.in_(("waiting", "working"))))
            open_out = connection.scalar(sa.select(sa.func.count()).where(outbox.c.state.in_(("pending", "sending"))))
        left = f"{open_in} to be answered, {open_out} to leave, {meta.receipts.qsize()} receipts"
        print(f"\r{left}   ", end="", file=sys.stderr)
        if not open_in and not open_out and meta.receipts.empty():
            break
        time.sleep(0.5)
    print(file=sys.stderr)


def _judge(day: Day, meta: Meta, peers: Peers, store: object) -> dict[str, float]:
    """By what the peers heard, not by what our tables say; `unknown` by our tables, who must list it."""
    wanted = [each for said in day.said.values() for each in said]
    heard = [each for told in peers.heard.values() for each in told]
    replies = {number: [words.removeprefix("re ") for words in sent] for number, sent in peers.sent.items()}
    with store.read() as connection:  # type: ignore[attr-defined]  # a Store
        unknown = connection.scalar(sa.select(sa.func.count()).where(outbox.c.state == "unknown"))
        settled = connection.scalar(sa.select(sa.func.count()).where(outbox.c.state == "delivered"))
        kept = connection.scalar(sa.select(sa.func.count()).select_from(inbox))
    forged = sum(each.is_forged for each in count_calls(day))
    spans = sorted(meta.seconds)
    return {
        "forged": forged, "forged_refused": meta.refused, "messages": len(wanted),
        "lost": len(set(wanted) - set(heard)), "doubled": len(heard) - len(set(heard)),
        "kept_beyond": int(kept or 0) - len(wanted),
        "out_of_order": sum(told != sorted(told, key=_place) for told in peers.heard.values()),
        "replies": sum(map(len, replies.values())), "replies_delivered": int(settled or 0),
        "replies_doubled": sum(len(each) - len(set(each)) for each in replies.values()),
        "replies_out_of_order": sum(each != sorted(each, key=_place) for each in replies.values()),
        "replies_lost": len(wanted) - len({each for sent in replies.values() for each in sent}) - int(unknown or 0),
        "unknown": int(unknown or 0), "answer_p99_ms": round(1_000 * spans[int(len(spans) * 0.99)], 1),
    }


def _place(message_id: str) -> int:
    return int(message_id.rpartition(".")[2])


def _environment(folder: Path, site_port: int, peers_port: int) -> dict[str, str]:
    peers, site = f"http://127.0.0.1:{peers_port}", f"http://127.0.0.1:{site_port}"
    ours = {
        "DATABASE_URL": os.environ.get("WEBHOOKS_DATABASE_URL") or f"sqlite:///{folder}/store.sqlite",
        "SHOP_DATABASE_URL": f"sqlite:///{folder}/shop.sqlite",
        "SITE_PORT": site_port, "SITE_INTERNAL_URL": site, "PUBLIC_URL": site, "RASA_URL": peers,
        "SMTP_DEMO_PORT": _free_port(), "GRAPH_URL": f"{peers}/v25.0", "META_APP_SECRET": SECRET,
        "META_VERIFY_TOKEN": "a-verify-token-for-a-day", "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_TOKEN": "a-token", "SHOP": "demo", "LOG_LEVEL": "warning",
    }
    return complete_environment(
        {**os.environ, **{f"PREVENANT_{name}": str(value) for name, value in ours.items()}}, folder / "demo.env"
    )


@contextmanager
def _living(command: Sequence[str], environ: Mapping[str, str], log: Path) -> Iterator[Living]:
    living = Living(command, environ, log)
    try:
        yield living
    finally:
        living.end()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
