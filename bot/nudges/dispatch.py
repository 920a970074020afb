"""Stage 4 -> B5: outbox rows -> the channel. Everything that leaves goes through here, replies and codes too.

    claimed    leased to this pass, many at once
    checked    a nudge only: facts read again, then every guardrail under the persons' locks
    sending    marked in the same transaction as the check, so many as are called this moment;
               from here on a crash leaves `unknown`
    sent       the vendor's id is kept; or failed, put back for a retry, or unknown
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from bot.channels.base import Result
from bot.channels.outbox import (
    ANSWERS,
    OutboxRow,
    claim_due,
    give_back,
    is_anything_due,
    mark_all_sending,
    mark_failed,
    release,
)
from bot.channels.pacing import find_full, find_waits
from bot.contracts.messages import render_plain
from bot.nudges.checking import check_nudges
from bot.nudges.facts import FactReader
from bot.nudges.reading import open_facts
from bot.nudges.services import NudgeServices
from bot.nudges.settling import put_back, settle
from bot.profile.suppressions import Leaving, find_reasons

log = structlog.get_logger()
EVERY_KIND = (*ANSWERS, "nudge")
AT_ONCE = 400  # rows of one lease
LEASE_SECONDS = 60.0
_ROUNDS = 10
_LOOKS = 3  # facts that grew old while we waited for a lock are read again, so often
Tell = Callable[[str, int, str], object]


class Sender(Protocol):
    """The way to every channel: `bot.channels.deliver.Senders`."""

    def at_once(self, channel: str) -> int:
        """How many messages of the channel leave at once."""

    def in_order(self) -> Collection[str]:
        """The channels that take several messages to a person at once, in their order."""

    def send_all(self, rows: Sequence[OutboxRow]) -> list[Result]:
        """Each row's message id of the vendor, or what was raised: `bot.errors` says what a caller should do."""


def dispatch_once(
    services: NudgeServices, senders: Sender, *, kinds: Sequence[str] = EVERY_KIND, tell: Tell | None = None,
    limit: int = AT_ONCE,
) -> int:
    """One pass over what is due, in order per sender; how many rows were handled. Writes.

    `tell(sender_id, outbox_id, text)` lets Rasa's tracker know of a delivered nudge.
    """
    reader: FactReader | None = None
    handled = 0
    for _ in range(_ROUNDS):  # a sender's second message is claimed when the first has left
        with services.store.read() as connection:  # asked many times a second: writers are left alone
            if not is_anything_due(connection, kinds, services.clock()):
                break
        reader = reader or open_facts(services)
        rows = _claim(services, senders, kinds, limit)
        if not rows:
            break
        handled += _leave(services, senders, reader, rows, tell)
    return handled


def _claim(services: NudgeServices, senders: Sender, kinds: Sequence[str], limit: int) -> list[OutboxRow]:
    now = services.clock()
    with services.store.write() as connection:
        full = find_full(connection, services.settings, now)
        return claim_due(
            connection, kinds=tuple(kinds), limit=limit, lease_seconds=LEASE_SECONDS, now=now, without=full,
            in_order=senders.in_order(),
        )


def _leave(
    services: NudgeServices, senders: Sender, reader: FactReader, rows: Sequence[OutboxRow], tell: Tell | None
) -> int:
    """Wave after wave, while the lease lasts; how many rows were handled."""
    until = services.clock() + timedelta(seconds=LEASE_SECONDS / 2)
    left = {row.outbox_id for row in rows}
    waiting: set[str] = set()  # senders whose message did not leave: the next one does not pass it
    try:
        for whole in _waves(rows, senders):
            if services.clock() >= until:
                break
            wave = [row for row in whole if row.sender_id not in waiting]
            left -= {row.outbox_id for row in wave}
            sent = _handle(services, senders, reader, wave, tell)
            waiting |= {row.sender_id for row in wave if row.outbox_id not in sent} - {""}
    finally:  # an error nobody foresaw keeps no other row waiting
        if left:
            with services.store.write() as connection:
                give_back(connection, sorted(left))
    return len(rows) - len(left)


def _waves(rows: Sequence[OutboxRow], senders: Sender) -> Iterator[list[OutboxRow]]:
    """As many at once as each channel calls at once: what is marked `sending` is being called. One of each customer."""
    left = list(rows)
    while left:
        wave, later = [], []
        channels, customers = Counter[str](), set[str]()
        for row in left:
            is_full = channels[row.channel] >= senders.at_once(row.channel)
            if is_full or (row.kind == "nudge" and row.customer_id in customers):
                later.append(row)
                continue
            wave.append(row)
            channels[row.channel] += 1
            customers.add(row.customer_id)
        yield wave
        left = later


def _handle(
    services: NudgeServices, senders: Sender, reader: FactReader, rows: Sequence[OutboxRow], tell: Tell | None
) -> set[int]:
    """The ids of what was sent."""
    sent = {row.outbox_id for row in _send(services, senders, _begin(services, [r for r in rows if r.kind != "nudge"]))}
    nudges = [row for row in rows if row.kind == "nudge"]
    for _ in range(_LOOKS):
        if not nudges:
            return sent
        checked = check_nudges(services, reader, nudges)
        for row in _send(services, senders, checked.ready):
            sent.add(row.outbox_id)
            if tell and row.sender_id:
                tell(row.sender_id, row.outbox_id, render_plain(row.payload))
        nudges = checked.again
    put_back(services, nudges, "facts_too_old", services.guardrails.retry_seconds)
    return sent


def _begin(services: NudgeServices, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """Replies, codes, notices: nothing to check but that they still wait, that somebody is there, and the pace."""
    if not rows:
        return []
    now = services.clock()
    leaving = [Leaving(row.channel, row.address, row.kind, row.purpose) for row in rows]
    with services.store.write() as connection:
        why = dict(zip((row.outbox_id for row in rows), find_reasons(connection, leaving, now), strict=True))
        for outbox_id, reason in why.items():
            if reason:
                mark_failed(connection, outbox_id, f"suppressed,{reason}", now)
                log.warning("message_failed", outbox_id=outbox_id, reason="suppressed")
        reachable = [row for row in rows if not why[row.outbox_id]]
        waits = find_waits(connection, reachable, services.settings, now)
        for seconds in sorted(set(waits) - {0.0}):
            paced = [row.outbox_id for row, wait in zip(reachable, waits, strict=True) if wait == seconds]
            release(connection, paced, now + timedelta(seconds=seconds), "paced")
        going = [row for row, wait in zip(reachable, waits, strict=True) if not wait]
        ours = mark_all_sending(connection, [row.outbox_id for row in going], now)
    return [row for row in going if row.outbox_id in ours]


def _send(services: NudgeServices, senders: Sender, rows: Sequence[OutboxRow]) -> list[OutboxRow]:
    """The vendors' calls, and what came of them; what was sent."""
    return settle(services, rows, senders.send_all(rows)) if rows else []
