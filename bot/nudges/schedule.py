"""Stage 3 -> 4: waits that are due -> a decision each, and an outbox row where something is to be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
import structlog

from bot.channels.outbox import enqueue
from bot.channels.windows import may_write
from bot.commerce.types import CustomerRef
from bot.contracts.messages import OutboundMessage
from bot.decision.beginnings import ENDS_AT
from bot.decision.decide import Decided, decide, keep_decisions
from bot.decision.facts_for import Candidate, Moment, Wish
from bot.decision.following import first_look_at, follow_messages
from bot.decision.pauses import is_paused
from bot.decision.persons import Person, Route, lock_persons, read_persons
from bot.decision.quiet_hours import is_zone
from bot.decision.triggers import Trigger
from bot.decision.versions import find_journey, is_current
from bot.decision.waits import is_over
from bot.errors import NudgeHeld, RetryLater
from bot.nudges.compose import Label, Setting, compose, say_plainly
from bot.nudges.disliked import heed_dislikes
from bot.nudges.facts import FactReader, Facts
from bot.nudges.reading import open_facts
from bot.nudges.services import NudgeServices
from bot.profile.identities import members_of, root_of
from bot.profile.segments.members import is_in_audience
from bot.profile.store.tables import waits

log = structlog.get_logger()
DUE_AT_ONCE = 100
_END_WAIT = sa.update(waits).where(
    waits.c.wait_id == sa.bindparam("read_id"), waits.c.state == "waiting",
    waits.c.due_at == sa.bindparam("read_due_at"),
    waits.c.customer_id == sa.bindparam("read_customer"),  # after an undone merge it may be the other side's
).values(state=sa.bindparam("state"), updated_at=sa.bindparam("updated_at"))


@dataclass(frozen=True)
class _Due:
    """A wait that is due, with its trigger and what the shop says now."""

    row: Any
    journey: Trigger  # in the version that the wait began with
    trigger: Trigger  # the journey at the step that is due
    facts: Facts
    label: Label


def decide_due(
    services: NudgeServices, now: datetime, rng: np.random.Generator | None = None, limit: int = DUE_AT_ONCE
) -> int:
    """One pass: see what follows the messages that left, and decide every wait that is due; how many. Writes.

    Decision, outbox row and the wait's end are one transaction under the person's lock: nothing is
    decided twice, nothing is lost between. A shop that does not answer postpones.
    """
    rng = rng if rng is not None else np.random.default_rng()
    reader = open_facts(services)
    decided = follow_messages(services.store, services.triggers, now)
    for row in _claim_due(services, now, limit, rng):
        journey = _find_journey(services, row)
        trigger = journey.at_step(row.step) if journey else None
        try:
            if journey is None or trigger is None:
                _close(services, row, now)
                continue
            facts = read_facts(services, reader, trigger, row, now)
            if facts.reason and facts.holds_from and facts.holds_from > now:
                _put_off(services, row, facts.holds_from, now)
                continue
            due = _Due(row, journey, trigger, facts, services.recommender.catalogue(now).label)
        except RetryLater:
            log.warning("facts_unavailable", wait_id=row.wait_id)
            continue  # it was put off when it was claimed
        decided += _decide_one(services, due, now, rng)
    return decided


def moment_of(services: NudgeServices, now: datetime, at: datetime, **changes: Any) -> Moment:
    """The rules of a decision made now about something said at `at`."""
    settings = services.settings
    return Moment(
        now=now, at=at, guardrails=services.guardrails, timezone=settings.timezone,
        other_timezones=settings.other_timezone_list, **changes,
    )


def list_candidates(trigger: Trigger, case: str, channels: Sequence[str] = (), offer: str = "") -> list[Candidate]:
    """Every variant on every channel that has words for the case."""
    return [
        Candidate(channel, message.variant, trigger.values.get(channel, 1.0))
        for channel in channels or trigger.channels
        for message in trigger.messages_for(channel, case, offer)
    ]


def language_of(services: NudgeServices, person: Person) -> str:
    """The language the person was last met in, else the shop's."""
    known = (each for each in person.languages if each in ("fr", "en"))
    return next(known, services.guardrails.language)


def setting_for(
    services: NudgeServices, person: Person, channel: str, route: Route | None, now: datetime,
    label: Label = say_plainly, language: str = "",
) -> Setting:
    """For whom and where to compose. `label` is fetched before a transaction begins: it may ask the shop.

    `language` is that of the page it is shown on; left out, the person's.
    """
    zone = next(filter(is_zone, sorted(person.zones)), services.settings.timezone)
    is_free = route is None or may_write(channel, route.last_inbound_at, now)
    spoken = language or language_of(services, person)
    return Setting(channel, spoken, zone, services.settings.public_url, now, label, is_free, services.pictures.find)


def enqueue_decided(
    connection: sa.Connection, services: NudgeServices, trigger: Trigger, nudge: str, decided: Decided, facts: Facts,
    *, key: str, now: datetime, label: Label = say_plainly,
) -> int | None:
    """The outbox row of a decision. Its words are a draft: they are written again from fresh facts. Writes."""
    if decided.candidate is None or decided.route is None:
        return None
    channel, wish = decided.candidate.channel, decided.wish
    draft = compose_draft(services, trigger, decided.candidate, decided.person, decided.route, facts, now, label)
    return enqueue(
        connection,
        idempotency_key=key,
        kind="nudge",
        customer_id=wish.root,
        sender_id=decided.route.sender_id,
        channel=channel,
        address=decided.route.address,
        purpose=trigger.purpose,
        payload=draft,
        nudge=nudge,
        about=wish.about,
        facts={**wish.facts, "variant": decided.candidate.variant, "version": trigger.version},
        not_before=decided.leaves_at,
        expires_at=wish.expires_at,
        now=now,
    )


def compose_draft(
    services: NudgeServices, trigger: Trigger, candidate: Candidate, person: Person, route: Route, facts: Facts,
    now: datetime, label: Label = say_plainly,
) -> OutboundMessage:
    """The words as they would be now; none where there are none for these facts."""
    setting = setting_for(services, person, candidate.channel, route, now, label)
    try:
        return compose(trigger, candidate.variant, facts, setting).message
    except NudgeHeld:  # the dispatcher finds the same, and keeps the row with its reason
        return OutboundMessage("", language=setting.language)


def _claim_due(services: NudgeServices, now: datetime, limit: int, rng: np.random.Generator) -> list[Any]:
    """What is due, put off for a moment so that no other worker takes it too, in any order.

    The order is chance's so that one wait that breaks the pass does not keep all others behind it.
    """
    retry_at = now + timedelta(seconds=services.guardrails.retry_seconds)
    with services.store.write() as connection:
        due = connection.scalars(
            sa.select(waits.c.wait_id)
            .where(waits.c.state == "waiting", waits.c.due_at <= now)
            .order_by(waits.c.due_at, waits.c.wait_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        connection.execute(sa.update(waits).where(waits.c.wait_id.in_(due)).values(due_at=retry_at))
        rows = connection.execute(sa.select(waits).where(waits.c.wait_id.in_(due))).all()
    return [rows[each] for each in rng.permutation(len(rows))]


def _find_journey(services: NudgeServices, row: Any) -> Trigger | None:
    """The journey as it was when the wait began; None when the shop has it no more, or it is over by its own ends."""
    journey = find_journey(services.store, services.triggers, row.trigger, row.version)
    if journey is None or is_current(services.triggers, journey):
        return journey
    with services.store.read() as connection:
        members = members_of(connection, row.customer_id)
        return None if is_over(connection, services.triggers, journey, row, members) else journey


def read_facts(
    services: NudgeServices, reader: FactReader, trigger: Trigger, row: Any, now: datetime,
    person: Person | None = None,
) -> Facts:
    """What the shop says now of what a wait is about. RetryLater when it does not answer. `person`: read already."""
    refs = {key: value for key, value in row.facts.items() if isinstance(value, str)}
    if trigger.kind != "cart":
        return reader.read(trigger.kind, refs)
    if person is None:
        with services.store.read() as connection:
            root = root_of(connection, row.customer_id)
            person = read_persons(connection, [root], trigger.purpose, now)[root]
    refs.setdefault("cart_ref", person.state.cart_ref)
    facts = reader.read("cart", refs)
    if facts.reason or facts.piece is None or facts.case == "add_back":
        return facts
    found = _find_match(services, person, facts, now)
    return reader.read("cart", {**refs, **found}) if found else facts


def _find_match(services: NudgeServices, person: Person, facts: Facts, now: datetime) -> dict[str, str]:
    """The one piece that goes with the basket and whose size is known: a yes can put it in at once."""
    if facts.piece is None or facts.cart is None:
        return {}
    language = language_of(services, person)
    proven = sorted(person.customer_refs)
    style = {**person.state.style, "store": ""}  # the basket was filled to be sent home
    look = services.recommender.complete_look(
        facts.piece.product, CustomerRef(proven[0]) if len(proven) == 1 else None, customer_id=person.root,
        colour=facts.piece.variant.options.get("colour", ""), style=style,
        leave_out=[line.product_ref for line in facts.cart.lines], language=language, now=now,
    )
    for each in look:
        if each.is_size_known:
            return {"offered_ref": each.variant.ref, f"note_{language}": each.reason_text}
    return {}


def _decide_one(services: NudgeServices, due: _Due, now: datetime, rng: np.random.Generator) -> int:
    trigger, row = due.trigger, due.row
    nudge = f"{trigger.name}:{row.step}" if row.step else trigger.name
    candidates = list_candidates(trigger, due.facts.case)
    with services.store.write() as connection:
        root = lock_persons(connection, [row.customer_id])[row.customer_id]
        due = replace(due, facts=heed_dislikes(connection, [(root, due.facts, now)])[0])
        wish = wish_of(trigger, row, due.facts, root, is_meant=is_in_audience(connection, trigger.audience, root))
        moment = moment_of(services, now, now, is_paused=is_paused(connection, trigger))
        decided = decide(connection, trigger, nudge, [wish], candidates, moment, rng)[0]
        retry_at = now + timedelta(seconds=services.guardrails.retry_seconds)
        if decided.is_passing and retry_at < wish.expires_at:
            return 0  # it was put off when it was claimed
        if not _end_wait(connection, row, now, "decided"):
            return 0  # another worker was quicker, or an event put it off
        keep_decisions(connection, nudge, [decided], now, trigger.version)
        key = f"nudge:{row.wait_id}:{row.facts['event_id']}" + (f":{row.step}" if row.step else "")
        outbox_id = enqueue_decided(
            connection, services, trigger, nudge, decided, due.facts, key=key, now=now, label=due.label
        )
        if outbox_id is not None and (follow_ups := due.journey.follow_ups_of(row.step)):
            look_at = first_look_at(follow_ups, decided.leaves_at)
            _set_wait(connection, row, now, state="following", outbox_id=outbox_id, due_at=look_at)
    log.info("nudge_decided", wait_id=row.wait_id, outbox_id=outbox_id, held=decided.reasons)
    return 1


def wish_of(trigger: Trigger, row: Any, facts: Facts, root: str, *, is_meant: bool) -> Wish:
    """What a wait that is due would like to tell whom. `is_meant`: they are of the trigger's audience."""
    return Wish(
        root=root,
        about=row.subject,
        facts={key: str(value) for key, value in facts.refs.items()},
        case=facts.case,
        expires_at=_expires_at(trigger, row.facts),
        member=row.facts.get("member", ""),
        owner_ref=facts.owner_ref,
        present_at=datetime.fromisoformat(row.facts["event_at"]),
        addresses=facts.addresses,
        reason=facts.reason or ("" if is_meant else "not_in_audience"),
        stock=facts.stock,
    )


def _expires_at(trigger: Trigger, facts: Mapping[str, Any]) -> datetime:
    """When the reason is too old: a greeting of a day, when the day is over where the person is."""
    expires_at = datetime.fromisoformat(facts["first_due_at"]) + timedelta(seconds=trigger.expires_seconds)
    day_ends = facts.get(ENDS_AT, "")
    return min(expires_at, datetime.fromisoformat(day_ends)) if day_ends else expires_at


def _end_wait(connection: sa.Connection, row: Any, now: datetime, state: str) -> bool:
    """Change the wait's state if it is still the one we read."""
    read = {"read_id": row.wait_id, "read_due_at": row.due_at, "read_customer": row.customer_id}
    return bool(connection.execute(_END_WAIT, {**read, "state": state, "updated_at": now}).rowcount)


def _set_wait(connection: sa.Connection, row: Any, now: datetime, **values: Any) -> None:
    """Change the wait that this transaction holds."""
    connection.execute(sa.update(waits).where(waits.c.wait_id == row.wait_id).values(updated_at=now, **values))


def _put_off(services: NudgeServices, row: Any, until: datetime, now: datetime) -> None:
    """Nothing is decided of what cannot hold before: its time is counted from then."""
    with services.store.write() as connection:
        if _end_wait(connection, row, now, "waiting"):
            facts = {**row.facts, "first_due_at": until.isoformat()}
            _set_wait(connection, row, now, due_at=until, facts=facts)


def _close(services: NudgeServices, row: Any, now: datetime) -> None:
    """A wait of a trigger that the shop took out of its file, or that is over."""
    with services.store.write() as connection:
        _end_wait(connection, row, now, "cancelled")
