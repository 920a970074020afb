"""The worker's passes as Celery's tasks on RabbitMQ: the same functions, over as many processes and machines as wanted.

    beat     sends each pass's name again and again; a name that nobody took in time is thrown away
    answers  a worker for what customers wait for: `inbox` and `replies`
    passes   a worker for everything else

A task is one name: `run the pass`. What it works on it leases from the store, many rows at once, as the embedded
worker does, so that a task which comes twice, late or never changes nothing. A pass of one name runs in one place at a
time, under a lock of PostgreSQL that ends with its connection: whoever is killed holds nobody up.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
import structlog
from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from bot.bootstrap import Services, open_services
from bot.channels.deliver import Senders, open_senders
from bot.cores import leave_no_core
from bot.errors import FixConfiguration
from bot.garbage import freeze_what_stays
from bot.logs import set_up_logs
from bot.profile.store.engine import Store
from bot.settings import Settings
from bot.worker import AFTER_ERROR_SECONDS, Loop, build_loops

log = structlog.get_logger()
PASS = "prevenant.pass"  # noqa: S105  # a task's name
ROLES = ("answers", "passes", "beat")
_ANSWERING = ("inbox", "replies")
_WAKES = {"inbox": "replies", "deciding": "nudges-0"}  # who makes work, for whom
_SOONEST_SECONDS = 0.2  # between two ticks of a name
_LATEST_SECONDS = 1.0  # a tick that waited longer is none
_TASK_SECONDS = 5.0  # then somebody else's pass may come first


def make_app(settings: Settings) -> Celery:
    """Celery over the settings' broker. Opens nothing."""
    app = Celery("prevenant", broker=settings.broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True, task_acks_late=True, task_reject_on_worker_lost=True, task_default_queue="passes",
        task_default_delivery_mode="transient",  # a tick that the broker loses is followed by the next
        worker_prefetch_multiplier=1, worker_hijack_root_logger=False, broker_connection_retry_on_startup=True,
    )
    passes = Passes(settings, lambda name: send_tick(app, name))

    @app.task(name=PASS)  # type: ignore[untyped-decorator]  # Celery's
    def run_pass(name: str) -> None:
        passes.run(name)

    worker_process_init.connect(passes.open, weak=False)
    worker_process_shutdown.connect(passes.close, weak=False)
    return app


class Passes:
    """The loops of one process, opened once it is forked."""

    def __init__(self, settings: Settings, ring: Callable[[str], None]) -> None:
        """Opens nothing. `ring(name)` asks for a pass at once."""
        self._settings, self._ring = settings, ring
        self._services: Services | None = None
        self._senders: Senders | None = None
        self._loops: dict[str, Loop] = {}
        self._rests_until: dict[str, float] = {}

    def open(self, **_signal: Any) -> None:
        """Open what the passes work with."""
        set_up_logs(self._settings.log_level)
        leave_no_core()
        self._services, self._senders = open_services(self._settings), open_senders(self._settings)
        self._loops = {each.name: each for each in list_passes(self._services, self._senders)}
        freeze_what_stays()

    def close(self, **_signal: Any) -> None:
        """Give back every connection."""
        if self._senders and self._services:
            self._senders.close()
            self._services.close()

    def run(self, name: str) -> None:
        """Pass after pass while there is work, for some seconds; nothing where another process is at it."""
        loop = self._loops.get(name)
        if loop is None or self._services is None or time.monotonic() < self._rests_until.get(name, 0.0):
            return
        with alone(self._services.store, name) as is_mine:
            if is_mine:
                self._work(loop)

    def _work(self, loop: Loop) -> None:
        until = time.monotonic() + _TASK_SECONDS
        while time.monotonic() < until:
            did = loop.attempt()
            if did is None:
                self._rests_until[loop.name] = time.monotonic() + AFTER_ERROR_SECONDS
            if not did:
                return
            if wakes := _WAKES.get(loop.name.partition("-")[0]):
                self._ring(wakes)
        self._ring(loop.name)  # there may be more


def list_passes(services: Services, senders: Senders) -> list[Loop]:
    """The embedded worker's loops; of those that scale as many as all machines together shall run at once."""
    workers = services.settings.broker_workers
    return build_loops(services, senders, inbox_loops=2 * workers, nudge_loops=workers)


@contextmanager
def alone(store: Store, name: str) -> Iterator[bool]:
    """Whether nobody else is at the pass of this name, anywhere, until the block ends or the process dies."""
    key = int.from_bytes(sha256(f"prevenant pass {name}".encode()).digest()[:8], "big", signed=True)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_mine = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))))
        try:
            yield is_mine
        finally:
            if is_mine:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))


def make_schedule(loops: Sequence[Loop]) -> dict[str, dict[str, Any]]:
    """How often beat sends each name: as often as its loop would look."""
    return {
        loop.name: {
            "task": PASS, "args": (loop.name,), "schedule": _rest_of(loop),
            "options": {"queue": queue_of(loop.name), "expires": max(_rest_of(loop), _LATEST_SECONDS)},
        }
        for loop in loops
    }


def _rest_of(loop: Loop) -> float:
    """A bell rings in its own process alone: here such a loop looks by itself."""
    return _SOONEST_SECONDS if loop.bell else max(loop.rest_seconds, _SOONEST_SECONDS)


def send_tick(app: Celery, name: str) -> None:
    """Ask for a pass at once."""
    app.send_task(PASS, args=(name,), queue=queue_of(name), expires=_LATEST_SECONDS, retry=False)


def queue_of(name: str) -> str:
    """Where a name's ticks wait: what customers wait for does not wait behind a campaign."""
    return "answers" if name.partition("-")[0] in _ANSWERING else "passes"


def main(arguments: Sequence[str]) -> None:
    """One role, until SIGTERM. FixConfiguration for a role that there is not, or no broker."""
    settings = Settings.from_env(os.environ)
    set_up_logs(settings.log_level)
    role = arguments[0] if arguments else ""
    if role not in ROLES or not settings.broker_url:
        raise FixConfiguration(f"python -m bot.scaled {'|'.join(ROLES)}, with PREVENANT_BROKER_URL")
    app = make_app(settings)
    log.info("worker_started", role=role)
    if role == "beat":
        services = open_services(settings)
        app.conf.beat_schedule = make_schedule(list_passes(services, open_senders(settings)))
        services.close()
        app.start(["--quiet", "beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "warning", "--pidfile", ""])
        return
    processes = settings.broker_workers * 2 if role == "answers" else settings.broker_workers + 1
    app.worker_main([
        "--quiet", "worker", "--queues", role, "--concurrency", str(processes), "--loglevel", "warning", "--hostname",
        f"{role}-{os.getpid()}@%h", "--without-gossip", "--without-mingle",
    ])


if __name__ == "__main__":
    main(sys.argv[1:])
