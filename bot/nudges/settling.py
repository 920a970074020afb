"""Stage B5: what the vendors' calls came to -> the rows' states, many at once.

    the vendor's id     sent
    RetryLater          waits: as long as the vendor asks for, else longer each time; gives up after MOST_ATTEMPTS
    UnknownFate         unknown
    any other of ours   failed, with the reason; the address is left alone where that is what it says
    anything else       stays `sending`, and becomes unknown; the error goes on
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa
import structlog

from bot.channels.base import Result
from bot.channels.outbox import OutboxRow, hold, mark_all_sent, mark_failed, mark_unknown, release
from bot.channels.refusals import note_refusal
from bot.errors import NotAllowed, PrevenantError, RateLimited, RetryLater, UnknownFate
from bot.nudges.checking import forget_questions
from bot.nudges.services import NudgeServices

log = structlog.get_logger()
MOST_ATTEMPTS = 8
_LONGEST_WAIT_SECONDS = 60.0
_TRIES = 3


@dataclass
class _Fates:
    """What becomes of each row."""

    sent: dict[int, str] = field(default_factory=dict)
    waiting: list[tuple[OutboxRow, str, float]] = field(default_factory=list)
    unknown: list[OutboxRow] = field(default_factory=list)
    failed: list[tuple[OutboxRow, str]] = field(default_factory=list)
    unforeseen: list[BaseException] = field(default_factory=list)


def settle(services: NudgeServices, rows: Sequence[OutboxRow], results: Sequence[Result]) -> list[OutboxRow]:
    """Keep what came of each call, in one transaction; the rows that were sent. Writes.

    Raises what nobody foresaw, once the others are kept.
    """
    fates = _Fates()
    for row, result in zip(rows, results, strict=True):
        _sort(row, result, fates)
    _keep(services, fates)
    for reason, wait_seconds in {(reason, seconds) for _, reason, seconds in fates.waiting}:
        put_back(services, [row for row, *why in fates.waiting if why == [reason, wait_seconds]], reason, wait_seconds)
    forget_questions(services, [row for row, _ in fates.failed])
    _log(fates)
    if fates.unforeseen:
        raise fates.unforeseen[0]
    return [row for row in rows if row.outbox_id in fates.sent]


def _keep(services: NudgeServices, fates: _Fates) -> None:
    """A receipt of the same rows, in another order, may be in the way: what left must not be forgotten for that."""
    for tries_left in reversed(range(_TRIES)):
        try:
            with services.store.write() as connection:
                now = services.clock()
                mark_all_sent(connection, fates.sent, now)
                for row in fates.unknown:
                    mark_unknown(connection, row.outbox_id, now)
                for row, reason in fates.failed:
                    mark_failed(connection, row.outbox_id, reason[:200], now)
                    note_refusal(connection, row.channel, row.address, reason, now)
            return
        except sa.exc.OperationalError as error:  # a deadlock, a lock that took too long
            log.warning("acknowledgement_waits", error=type(error.orig).__name__)
            if not tries_left:
                raise


def put_back(services: NudgeServices, rows: Sequence[OutboxRow], reason: str, wait_seconds: float) -> None:
    """Nothing left: they wait for another try, where their reason lives that long. Writes."""
    now = services.clock()
    retry_at = now + timedelta(seconds=wait_seconds)
    over = [row.outbox_id for row in rows if row.expires_at and retry_at >= row.expires_at]
    with services.store.write() as connection:
        release(connection, [row.outbox_id for row in rows], retry_at, reason)
        hold(connection, over, f"expired,{reason}")
    forget_questions(services, rows)


def _sort(row: OutboxRow, result: Result, fates: _Fates) -> None:
    match result:
        case str():
            fates.sent[row.outbox_id] = result
        case RetryLater() if row.attempts + 1 >= MOST_ATTEMPTS:
            fates.failed.append((row, "gave_up"))
        case RateLimited():
            fates.waiting.append((row, type(result).__name__, result.retry_after_seconds))
        case RetryLater():
            fates.waiting.append((row, type(result).__name__, min(_LONGEST_WAIT_SECONDS, 0.5 * 2**row.attempts)))
        case UnknownFate():
            fates.unknown.append(row)
        case NotAllowed():
            fates.failed.append((row, result.reason))
        case PrevenantError():
            fates.failed.append((row, type(result).__name__))
        case _:
            fates.unforeseen.append(result)


def _log(fates: _Fates) -> None:
    """Ids and words of ours alone, one line for many."""
    if fates.sent:
        log.info("messages_sent", outbox_ids=list(fates.sent))
    if fates.waiting:
        log.info("messages_wait", outbox_ids={row.outbox_id: reason for row, reason, _ in fates.waiting})
    if fates.unknown:
        log.warning("messages_unknown", outbox_ids=[row.outbox_id for row in fates.unknown])
    if fates.failed:
        log.warning("messages_failed", outbox_ids={row.outbox_id: reason for row, reason in fates.failed})
