"""What was answered 200 is in the store, once, whatever moment the process is killed at."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa
from segment.analytics.client import Client

from bot.profile.store.tables import events

PROJECT = Path(__file__).parents[2]
PROCESS = Path(__file__).with_name("collector_process.py")
KEY = "page-key-0123456789"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _running(url: str) -> Iterator[tuple[subprocess.Popen, str]]:
    port = _free_port()
    environ = {**os.environ, "COLLECTOR_DATABASE_URL": url, "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        [sys.executable, str(PROCESS), str(port)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_until_it_listens(port)
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the collector did not start")


def _send_until_it_dies(url: str, said: list[tuple[str, bool]]) -> None:
    """Post batches, noting each message id and whether it was answered 200; resend the last one once."""
    with requests.Session() as session:
        while True:
            ids = [uuid.uuid4().hex for _ in range(random.randint(1, 20))]
            batch = [{"type": "track", "event": "Product Viewed", "anonymousId": each[:2], "messageId": each}
                     for each in ids]
            try:
                answer = session.post(f"{url}/v1/b", json={"writeKey": KEY, "batch": batch}, timeout=10)
            except requests.RequestException:
                said.extend((each, False) for each in ids)
                return
            said.extend((each, answer.status_code == 200) for each in ids)


def test_keeps_every_event_it_said_200_to_when_it_is_killed_at_random(store):
    url = store.url.render_as_string(hide_password=False)
    said: list[tuple[str, bool]] = []
    chance = random.Random(7)
    for _ in range(3):
        with _running(url) as (process, address):
            senders = [threading.Thread(target=_send_until_it_dies, args=(address, said)) for _ in range(6)]
            for sender in senders:
                sender.start()
            time.sleep(0.4 + chance.random() * 0.8)
            process.send_signal(signal.SIGKILL)
            for sender in senders:
                sender.join(20)
    promised = {each for each, answered in said if answered}
    with store.read() as connection:
        stored = list(connection.scalars(sa.select(events.c.message_id)))
    assert len(promised) > 100
    assert len(stored) == len(set(stored))
    assert not {f"web:{each}" for each in promised} - set(stored)


def test_stores_what_the_published_python_client_sends_gzipped(store):
    with _running(store.url.render_as_string(hide_password=False)) as (_, address):
        client = Client(KEY, host=address, gzip=True, sync_mode=False)
        client.track(anonymous_id="visitor-1", event="Product Added", properties={"product_id": "p1"})
        client.identify(anonymous_id="visitor-1", traits={"firstName": "Ada"})
        client.page(anonymous_id="visitor-1", name="Home")
        client.alias("visitor-1", "c1")
        client.shutdown()
    with store.read() as connection:
        names = connection.scalars(sa.select(events.c.name).order_by(events.c.event_id)).all()
    assert names == ["Product Added", "Identified", "Page Viewed", "Aliased"]
