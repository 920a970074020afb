"""Stage 4 -> B5: outbox rows -> the channel. Everything that leaves goes through here, replies and codes too.

    claimed    leased to this pass
    checked    a nudge only: facts read again, then every guardrail under the person's lock
    sending    marked in the same transaction as the check; from here on a crash leaves `unknown`
    sent       the vendor's id is kept; or failed, put back for a retry, or unknown
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
import structlog

from bot.channels.clicks import count_links
from bot.channels.outbox import (
    ANSWERS,
    OutboxRow,
    claim_due,
    is_anything_on_its_way,
    mark_failed,
    mark_held,
    mark_sending,
    mark_sent,
    mark_unknown,
)
from bot.channels.pacing import find_wait
from bot.channels.refusals import note_refusal
from bot.contracts.messages import OutboundMessage, render_plain
from bot.decision.decide import judge
from bot.decision.facts_for import Candidate, Wish
from bot.decision.guardrails import PASSING, Held, name_reasons
from bot.decision.pauses import is_paused
from bot.decision.persons import Person, lock_persons, read_persons
from bot.decision.triggers import Trigger
from bot.decision.versions import find_journey
from bot.errors import Conflict, NotAllowed, NudgeHeld, PrevenantError, RateLimited, RetryLater, UnknownFate
from bot.nudges.compose import Composed, compose
from bot.nudges.facts import FactReader, Facts
from bot.nudges.reading import open_facts
from bot.nudges.schedule import moment_of, setting_for
from bot.nudges.services import NudgeServices
from bot.profile.state import read_state, write_state
from bot.profile.store.tables import outbox
from bot.profile.suppressions import why_suppressed

log = structlog.get_logger()
EVERY_KIND = (*ANSWERS, "nudge")
AT_ONCE = 20  # rows of one pass: fewer than a lease lasts
LEASE_SECONDS = 60.0
MOST_ATTEMPTS = 8
_ROUNDS = 10
_LOOKS = 3  # facts that grew old while we waited for a lock are read again, so often
Tell = Callable[[str, int, str], object]


class Sender(Protocol):
    """The way to every channel: `bot.channels.deliver.Senders`."""

    def send(self, row: OutboxRow) -> str:
        """The vendor's message id; raises what `bot.errors` says a caller should do."""


@dataclass(frozen=True)
class _Checked:
    """A nudge that may leave, with the words of this moment."""

    row: OutboxRow
    facts: Facts


def dispatch_once(
    services: NudgeServices, senders: Sender, *, kinds: Sequence[str] = EVERY_KIND, tell: Tell | None = None,
    limit: int = AT_ONCE,
) -> int:
    """One pass over what is due, in order per sender; how many rows were handled. Writes.

    `tell(sender_id, outbox_id, text)` lets Rasa's tracker know of a delivered nudge.
    """
    with services.store.read() as connection:  # asked many times a second: writers are left alone
        if not is_anything_on_its_way(connection):
            return 0
    reader = open_facts(services)
    handled = 0
    for _ in range(_ROUNDS):  # a sender's second message is claimed when the first has left
        with services.store.write() as connection:
            rows = claim_due(
                connection, kinds=tuple(kinds), limit=limit, lease_seconds=LEASE_SECONDS, now=services.clock()
            )
        done = 0
        try:
            for row in rows:
                _handle(services, senders, reader, row, tell)
                done += 1
        finally:
            _give_back(services, rows[done + 1 :])  # an error nobody foresaw keeps no other row waiting
        handled += done
        if not rows:
            break
    return handled


def _handle(services: NudgeServices, senders: Sender, reader: FactReader, row: OutboxRow, tell: Tell | None) -> None:
    ready = _check_nudge(services, reader, row) if row.kind == "nudge" else _begin(services, row)
    if ready:
        _send(services, senders, ready, tell)


def _begin(services: NudgeServices, row: OutboxRow) -> OutboxRow | None:
    """A reply, a code, a notice: nothing to check but that it still waits, that somebody is there, and the pace."""
    now = services.clock()
    with services.store.write() as connection:
        if why := why_suppressed(connection, row.channel, row.address, kind=row.kind, purpose=row.purpose, now=now):
            mark_failed(connection, row.outbox_id, f"suppressed,{why}", now)
            log.warning("message_failed", outbox_id=row.outbox_id, reason="suppressed")
            return None
        if wait_seconds := find_wait(connection, row, services.settings, now):
            _release(connection, row, now + timedelta(seconds=wait_seconds), "paced")
            return None
        return row if mark_sending(connection, row.outbox_id, now) else None


def _check_nudge(services: NudgeServices, reader: FactReader, row: OutboxRow) -> OutboxRow | None:
    trigger = _find_trigger(services, row)
    if trigger is None:
        _hold(services, row, "trigger_gone")
        return None
    for _ in range(_LOOKS):
        try:
            facts = reader.read(trigger.kind, _refs(row))
            checked = _pass_guardrails(services, trigger, row, facts)
        except RetryLater:
            _put_back(services, row, "facts_unavailable", services.guardrails.retry_seconds)
            return None
        except Conflict:
            continue  # the conversation moved on meanwhile: look again
        if checked is None or _is_fresh(services, checked.facts):
            return checked.row if checked else None
        _unmark(services, row)  # the lock or the commit took too long, and nothing was sent yet
    _put_back(services, row, "facts_too_old", services.guardrails.retry_seconds)
    return None


def _find_trigger(services: NudgeServices, row: OutboxRow) -> Trigger | None:
    """The journey at the row's step, in the version that it was decided by; None where the shop has it no more."""
    name, _, step = row.nudge.partition(":")
    journey = find_journey(services.store, services.triggers, name, str(row.facts.get("version", "")))
    return journey if journey is None or journey.steps else journey.at_step(step)


def _pass_guardrails(services: NudgeServices, trigger: Trigger, row: OutboxRow, facts: Facts) -> _Checked | None:
    """Every guardrail once more, in the transaction that marks the row `sending`; None when it stays home."""
    label = services.recommender.catalogue(services.clock()).label
    now = services.clock()
    with services.store.write() as connection:
        root = lock_persons(connection, [row.customer_id]).get(row.customer_id, row.customer_id)
        person = read_persons(connection, [root], trigger.purpose, now)[root]
        wish = _wish(row, root, facts, now)
        candidate = Candidate(row.channel, str(row.facts.get("variant", "")), 1.0)
        moment = moment_of(
            services, now, now, counts_pending=False, ignores=row.outbox_id, is_paused=is_paused(connection, trigger)
        )
        scene, held = judge({root: person}, trigger, row.nudge, [wish], [candidate], moment)
        bits = int(held[0, 0]) | _address_bit(person, row, wish)
        leaves_at = scene.leaves_at[0][0]
        if bits or leaves_at > now:
            _stay(connection, services, row, wish, bits, leaves_at, now)
            return None
        try:
            setting = setting_for(services, person, row.channel, scene.routes[0][0], now, label)
            composed = compose(trigger, candidate.variant, facts, setting)
        except NudgeHeld as error:
            mark_held(connection, row.outbox_id, error.reason, now)
            return None
        if why := why_suppressed(connection, row.channel, row.address, kind=row.kind, purpose=row.purpose, now=now):
            mark_held(connection, row.outbox_id, f"suppressed,{why}", now)
            return None
        if wait_seconds := find_wait(connection, replace(row, payload=composed.message), services.settings, now):
            _wait_for_pace(connection, row, now + timedelta(seconds=wait_seconds), now)
            return None
        if not mark_sending(connection, row.outbox_id, now):
            return None  # withdrawn meanwhile
        _keep_words(connection, row, composed.message)
        _follow_person(connection, root, trigger, row, composed, now)
        return _Checked(replace(row, payload=count_links(composed.message, row.outbox_id, services.settings)), facts)


def _wait_for_pace(connection: sa.Connection, row: OutboxRow, retry_at: datetime, now: datetime) -> None:
    """It leaves as soon as its channel takes it, if its reason lives that long."""
    if row.expires_at and retry_at >= row.expires_at:
        mark_held(connection, row.outbox_id, "expired,paced", now)
    else:
        _release(connection, row, retry_at, "paced")


def _stay(
    connection: sa.Connection, services: NudgeServices, row: OutboxRow, wish: Wish, bits: int, leaves_at: datetime,
    now: datetime,
) -> None:
    """Held for good with its reasons, or put back while only what passes holds it."""
    retry_at = max(leaves_at, now + timedelta(seconds=services.guardrails.retry_seconds))
    is_passing = not bits & ~int(PASSING)
    if is_passing and retry_at < wish.expires_at:
        _release(connection, row, retry_at, "")
        return
    bits = bits or int(Held.EXPIRED)
    words = [wish.reason if each == "fact_false" and wish.reason else each for each in name_reasons(bits)]
    mark_held(connection, row.outbox_id, ",".join(words), now)
    log.info("nudge_held", outbox_id=row.outbox_id, held=words)


def _send(services: NudgeServices, senders: Sender, row: OutboxRow, tell: Tell | None) -> None:
    """The vendor's call, and what came of it. An error nobody foresaw leaves the row to become `unknown`."""
    try:
        vendor_id = senders.send(row)
    except RetryLater as error:
        wait = error.retry_after_seconds if isinstance(error, RateLimited) else min(60.0, 0.5 * 2**row.attempts)
        if row.attempts + 1 >= MOST_ATTEMPTS:
            _fail(services, row, "gave_up")
        else:
            _put_back(services, row, type(error).__name__, wait)
        return
    except UnknownFate:
        with services.store.write() as connection:
            mark_unknown(connection, row.outbox_id, services.clock())
        log.warning("message_unknown", outbox_id=row.outbox_id)
        return
    except NotAllowed as error:
        _fail(services, row, error.reason)
        return
    except PrevenantError as error:
        _fail(services, row, type(error).__name__)
        return
    with services.store.write() as connection:
        mark_sent(connection, row.outbox_id, vendor_id, services.clock())
    log.info("message_sent", outbox_id=row.outbox_id, kind=row.kind, channel=row.channel)
    if tell and row.kind == "nudge" and row.sender_id:
        tell(row.sender_id, row.outbox_id, render_plain(row.payload))


def _wish(row: OutboxRow, root: str, facts: Facts, now: datetime) -> Wish:
    return Wish(
        root=root,
        about=row.about,
        facts=_refs(row),
        case=facts.case,
        expires_at=row.expires_at or now + timedelta(days=1),
        sender_id=row.sender_id,
        owner_ref=facts.owner_ref,
        present_at=_present_at(row),
        addresses=facts.addresses,
        reason=facts.reason,
    )


def _present_at(row: OutboxRow) -> datetime | None:
    said = row.facts.get("event_at")
    return datetime.fromisoformat(said) if said else None


def _address_bit(person: Person, row: OutboxRow, wish: Wish) -> int:
    """A row's address may have been given up, or its conversation parted from the person, since it was written.

    So may the customer whose event it is about: the rest of the person must not hear of it.
    """
    if row.facts.get("member", row.customer_id) not in {*person.members, row.customer_id}:
        return int(Held.UNREACHABLE)
    if row.sender_id:
        known = {each.sender_id for each in person.conversations}
        return 0 if row.sender_id in known else int(Held.UNREACHABLE)
    addresses = {wish.addresses.get(row.channel), *(person.emails if row.channel == "email" else person.phones)}
    return 0 if row.address in addresses else int(Held.UNREACHABLE)


def _follow_person(
    connection: sa.Connection, root: str, trigger: Trigger, row: OutboxRow, composed: Composed, now: datetime
) -> None:
    """What the person's next words will refer to, on whatever channel; Conflict when an action writes this moment."""
    state = read_state(connection, root)
    told = {"outbox_id": row.outbox_id, "trigger": trigger.name, "about": row.about, "channel": row.channel,
            "at": now.isoformat(), "facts": dict(row.facts)}
    question = composed.question
    if question:
        context = {**question.context, "about": row.about, "outbox_id": row.outbox_id}
        state = replace(state, open_question=replace(question, context=context))
    if composed.shown and row.sender_id:
        state = replace(state, last_product=composed.shown, last_shown=(composed.shown,))
    write_state(connection, root, replace(state, nudge=told), now)


def _forget_question(services: NudgeServices, row: OutboxRow) -> None:
    """A nudge that did not leave asks nothing. The row's own state is settled already."""
    if row.kind != "nudge" or not row.customer_id:
        return
    for _ in range(_LOOKS):
        try:
            with services.store.write() as connection:
                root = lock_persons(connection, [row.customer_id]).get(row.customer_id, row.customer_id)
                state = read_state(connection, root)
                question = state.open_question
                if question and question.context.get("outbox_id") == row.outbox_id:
                    write_state(connection, root, replace(state, open_question=None, nudge={}), services.clock())
            return
        except Conflict:
            continue  # an action wrote meanwhile: look at what it left


def _keep_words(connection: sa.Connection, row: OutboxRow, message: OutboundMessage) -> None:
    connection.execute(
        sa.update(outbox).where(outbox.c.outbox_id == row.outbox_id).values(payload=message.to_json())
    )


def _refs(row: OutboxRow) -> dict[str, str]:
    return {key: value for key, value in row.facts.items() if isinstance(value, str)}


def _is_fresh(services: NudgeServices, facts: Facts) -> bool:
    return services.clock() - facts.read_at <= timedelta(seconds=services.settings.facts_max_age_seconds)


def _hold(services: NudgeServices, row: OutboxRow, reason: str) -> None:
    with services.store.write() as connection:
        mark_held(connection, row.outbox_id, reason, services.clock())


def _fail(services: NudgeServices, row: OutboxRow, reason: str) -> None:
    with services.store.write() as connection:
        mark_failed(connection, row.outbox_id, reason[:200], services.clock())
        note_refusal(connection, row.channel, row.address, reason, services.clock())
    _forget_question(services, row)
    log.warning("message_failed", outbox_id=row.outbox_id, reason=reason)


def _put_back(services: NudgeServices, row: OutboxRow, reason: str, wait_seconds: float) -> None:
    """Nothing left: it waits for another try, if its reason lives that long."""
    now = services.clock()
    retry_at = now + timedelta(seconds=wait_seconds)
    with services.store.write() as connection:
        if row.expires_at and retry_at >= row.expires_at:
            _release(connection, row, now, "")
            mark_held(connection, row.outbox_id, f"expired,{reason}", now)
        else:
            _release(connection, row, retry_at, reason)
    _forget_question(services, row)


def _unmark(services: NudgeServices, row: OutboxRow) -> None:
    with services.store.write() as connection:
        _release(connection, row, services.clock(), "")
    _forget_question(services, row)


def _give_back(services: NudgeServices, rows: Sequence[OutboxRow]) -> None:
    if not rows:
        return
    ids = [row.outbox_id for row in rows]
    with services.store.write() as connection:
        mine = sa.and_(outbox.c.outbox_id.in_(ids), outbox.c.state == "pending")
        connection.execute(sa.update(outbox).where(mine).values(lease_until=None))


def _release(connection: sa.Connection, row: OutboxRow, not_before: datetime, reason: str) -> None:
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.outbox_id == row.outbox_id, outbox.c.state.in_(("pending", "sending")))
        .values(state="pending", not_before=not_before, lease_until=None, reason=reason)
    )
