"""Stage B1: many requests, one writer: what waits is written in one transaction, and answered after its commit."""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.errors import RateLimited, Unavailable
from bot.intake.recording import Received, Reject, record_calls, record_rejects
from bot.profile.store.engine import Store

log = structlog.get_logger()

MAX_WAITING = 2_000  # requests; behind them the answer is "later", not a growing memory
MAX_CALLS_AT_ONCE = 5_000


@dataclass(frozen=True)
class _Job:
    calls: tuple[Received, ...]
    rejects: tuple[Reject, ...]
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[None]


class BatchWriter:
    """One thread that writes what requests hand over. It starts with the first of them."""

    def __init__(self, store: Store, salt: str, clock: Callable[[], datetime]) -> None:
        """Opens nothing yet."""
        self._store, self._salt, self._clock = store, salt, clock
        self._waiting: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    async def write(self, calls: Sequence[Received] = (), rejects: Sequence[Reject] = ()) -> None:
        """Return when all of it is committed. RateLimited when too much waits, Unavailable when the store fails."""
        loop = asyncio.get_running_loop()
        job = _Job(tuple(calls), tuple(rejects), loop, loop.create_future())
        if self._waiting.qsize() >= MAX_WAITING:
            raise RateLimited("too many requests wait for the store")
        self._ensure_running()
        self._waiting.put(job)
        await job.done

    def _ensure_running(self) -> None:
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="collector-writer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            jobs = self._take()
            try:
                self._commit(jobs)
            except Exception as error:  # noqa: BLE001  the outer loop: whatever it is, every request is answered
                log.warning("collector_group_failed", requests=len(jobs), error=type(error).__name__)
                self._commit_one_by_one(jobs)
            else:
                _answer(jobs, None)

    def _take(self) -> list[_Job]:
        """The next job and all that came meanwhile: the slower the disk, the larger the transaction."""
        jobs = [self._waiting.get()]
        calls = len(jobs[0].calls)
        while calls < MAX_CALLS_AT_ONCE:
            try:
                jobs.append(self._waiting.get_nowait())
            except queue.Empty:
                break
            calls += len(jobs[-1].calls)
        return jobs

    def _commit(self, jobs: Sequence[_Job]) -> None:
        with self._store.write() as connection:
            calls = [call for job in jobs for call in job.calls]
            if calls:
                record_calls(connection, calls, now=self._clock(), salt=self._salt)
            record_rejects(connection, [reject for job in jobs for reject in job.rejects])

    def _commit_one_by_one(self, jobs: Sequence[_Job]) -> None:
        """So that what the store cannot take spoils only its own request."""
        for job in jobs:
            try:
                self._commit([job])
            except Exception as error:  # noqa: BLE001  as above; a trace would log what was sent
                log.warning("collector_write_failed", error=type(error).__name__)
                _answer([job], Unavailable("the store does not take it right now"))
            else:
                _answer([job], None)


def _answer(jobs: Sequence[_Job], error: Exception | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, waiting in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, waiting, error)


def _settle(jobs: Sequence[_Job], error: Exception | None) -> None:
    for job in jobs:
        if job.done.done():  # the client went away
            continue
        if error:
            job.done.set_exception(error)
        else:
            job.done.set_result(None)
