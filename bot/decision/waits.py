"""Stage 3: events -> waits. A trigger begins on one event, is put off by the next, and ends on another.

Reading again what was read before changes nothing: a wait remembers the event that began it last. A new beginning
begins the journey anew, in the file's version.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from bot.channels.ordering import is_settled
from bot.decision.beginnings import find_beginning, is_of_a_day, is_told_again
from bot.decision.endings import Ending, Endings, add_ending, earliest_ending, find_endings, join_endings
from bot.decision.kinds import find_refs, name_subject
from bot.decision.persons import lock_persons, read_zones
from bot.decision.rewards import OUTCOME_OF_EVENT
from bot.decision.triggers import ENDS_WHOEVER_TELLS, Trigger
from bot.decision.versions import is_current, keep_versions
from bot.decision.yields import LIVE_WAITS
from bot.profile.events import Event, events_after
from bot.profile.identities import roots_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, cursors, customers, events, inbox, outbox, waits
from bot.profile.store.upsert import insert_or_update, is_one_of
from bot.profile.traits import TraitRule, choose_trait, trait_values

CURSOR = "triggers"
LIVE = LIVE_WAITS
_ANSWERS_CURSOR = "answers"
PAGE = 1_000
RHYTHM = "days_between_purchases"  # the computed trait: by product type
_EMPTY_KEYS = ("cart_quantity", "items_count", "total_quantity")


class TriggerServices(Protocol):
    """What the pass over new events works with."""

    @property
    def store(self) -> Store:
        """The store."""

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """The shop's triggers."""


@dataclass(frozen=True)
class Known:
    """What is known of persons, by root, where their events begin something that goes by it."""

    rhythms: Mapping[str, Mapping[str, float]]  # product type -> days from one purchase to the next
    zones: Mapping[str, Collection[str]]  # in which they are


@dataclass
class Fold:
    """What a batch of events comes to, person by person, before anything is written."""

    known: Known
    starts: dict[tuple[str, str, str], dict[str, Any]]  # (trigger, root, subject) -> row
    cancels: dict[tuple[str, str], Endings]  # (trigger, root) -> what ends its waits


def run_triggers(services: TriggerServices, now: datetime) -> int:
    """One pass over the events since the last: waits begun and cancelled. The number of events read. Writes."""
    total = 0
    while True:
        with services.store.write() as connection:
            position = _read_cursor(connection)
            page = events_after(connection, position, PAGE)
            if page:
                observe(connection, page, services.triggers, now)
                _move_cursor(connection, page[-1].event_id)
        total += len(page)
        if len(page) < PAGE:
            _hear_answers(services, now)
            return total


def observe(
    connection: sa.Connection, happened: Sequence[Event], triggers: Iterable[Trigger], now: datetime
) -> None:
    """Begin, put off and cancel waits of the merged persons. Cancelling takes pending messages back too. Writes."""
    watched = tuple(each for each in triggers if each.on or each.cancels_on)  # a campaign begins by hand
    outcomes = _followed(watched)
    names = {name for each in watched for name in (*each.on, *each.cancels_on)}
    names |= {name for name, outcome in OUTCOME_OF_EVENT.items() if outcome in outcomes}
    relevant = [each for each in happened if each.name in names]
    if not relevant:
        return
    roots = roots_of(connection, sorted({each.customer_id for each in relevant}))
    fold = Fold(read_known(connection, relevant, watched, roots), {}, {})
    for event in relevant:
        for trigger in watched:
            fold_event(fold, trigger, event, roots.get(event.customer_id, event.customer_id), now)
    _cancel(connection, fold, now)
    did = {each.customer_id for each in relevant if OUTCOME_OF_EVENT.get(each.name) in outcomes}
    _wake(connection, {roots.get(each, each) for each in did}, now)
    _start(connection, fold, watched, now)


def is_over(
    connection: sa.Connection, triggers: Sequence[Trigger], journey: Trigger, row: Any, members: Sequence[str]
) -> bool:
    """Whether a wait that began in an earlier version is over by that version's own `cancels_on`: events are folded
    with the file's alone.
    """
    if not journey.cancels_on or is_current(triggers, journey):
        return False
    ended = sa.select(sa.exists().where(
        events.c.customer_id.in_(members), events.c.name.in_(journey.cancels_on),
        events.c.event_id > int(row.facts["event_id"]),
        events.c.occurred_at >= earliest_ending(datetime.fromisoformat(row.facts["event_at"])),
        sa.or_(events.c.silo.in_(journey.ending_silos), events.c.name.in_(ENDS_WHOEVER_TELLS))
        if journey.ending_silos else sa.true(),
    ))
    return bool(connection.scalar(ended))


def _followed(triggers: Iterable[Trigger]) -> frozenset[str]:
    """The outcomes that some follow-up comes after."""
    return frozenset(outcome for each in triggers for follow_up in each.follow_ups for outcome in follow_up.after)


def _wake(connection: sa.Connection, roots: Iterable[str], now: datetime) -> None:
    """Somebody did what a follow-up may come after: their messages are looked at now, not when silence would count."""
    members = [each for some in _members(connection, set(roots)).values() for each in some] if roots else []
    if members:
        following = sa.and_(waits.c.customer_id.in_(members), waits.c.state == "following", waits.c.due_at > now)
        connection.execute(sa.update(waits).where(following).values(due_at=now, updated_at=now))


def _hear_answers(services: TriggerServices, now: datetime) -> None:
    """Who wrote to us since the last pass is woken, where a follow-up comes after an answer. Writes.

    While a message is just being kept the next pass reads the same again: its id may be lower than those that are seen.
    """
    if "replied" not in _followed(services.triggers):
        return
    with services.store.read() as connection:
        said = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _ANSWERS_CURSOR))
        newest = connection.scalar(sa.select(sa.func.max(inbox.c.inbox_id))) or 0
        is_whole = is_settled(connection)
    if said is not None and int(said) >= newest:
        return
    wrote = sa.select(customers.c.root_id).join(
        conversations, conversations.c.customer_id == customers.c.customer_id
    ).where(conversations.c.sender_id.in_(
        sa.select(inbox.c.sender_id).where(inbox.c.inbox_id > int(said or 0), inbox.c.inbox_id <= newest)
    ))
    with services.store.write() as connection:
        _wake(connection, connection.scalars(wrote.distinct()).all(), now)
        if is_whole:
            row = {"name": _ANSWERS_CURSOR, "value": str(newest)}
            insert_or_update(connection, cursors, [row], ("name",), ("value",))


def cancel_waits(
    connection: sa.Connection, members: Sequence[str], now: datetime, *, trigger: str = "", subject: str = ""
) -> int:
    """End a person's waits, of one trigger or all, about one thing or anything; how many. Writes."""
    query = sa.update(waits).where(waits.c.customer_id.in_(members), waits.c.state.in_(LIVE))
    if trigger:
        query = query.where(waits.c.trigger == trigger)
    if subject:
        query = query.where(waits.c.subject == subject)
    return connection.execute(query.values(state="cancelled", updated_at=now)).rowcount


def fold_event(fold: Fold, trigger: Trigger, event: Event, root: str, now: datetime) -> None:
    """What one event of a person does to the waits of a trigger, added to `fold`. Pure."""
    is_told_by_others = trigger.ending_silos and event.silo not in trigger.ending_silos
    if is_told_by_others and event.name not in ENDS_WHOEVER_TELLS:
        return
    refs = find_refs(trigger.kind, event.properties)
    subject = name_subject(trigger.kind, refs)
    if event.name in trigger.cancels_on or _tells_of_empty_cart(trigger, event.properties):
        scope = subject if event.name not in trigger.cancels_on else ""
        ending = add_ending(fold.cancels.setdefault((trigger.name, root), {}), scope, event)
        mine = [key for key in fold.starts if key[:2] == (trigger.name, root) and scope in ("", key[2])]
        for key in [key for key in mine if ending.is_of(fold.starts[key]["facts"])]:
            del fold.starts[key]
        return
    if not trigger.begins_on(event.name, event.silo, event.properties):
        return
    if not trigger.by_rhythm:
        _begin(fold, trigger, event, root, refs, timedelta(seconds=trigger.wait_seconds), now)
        return
    for line in _bought(event):
        days = fold.known.rhythms.get(root, {}).get(str(line.get("product_type", "")))
        if days:
            wait = timedelta(days=days, seconds=trigger.wait_seconds)
            _begin(fold, trigger, event, root, find_refs(trigger.kind, line), wait, now)


def _begin(
    fold: Fold, trigger: Trigger, event: Event, root: str, refs: Mapping[str, str], wait: timedelta, now: datetime
) -> None:
    begins_at, kept = find_beginning(trigger.kind, event, fold.known.zones.get(root, ()))
    due_at, subject = begins_at + wait, name_subject(trigger.kind, refs)
    if due_at + timedelta(seconds=trigger.expires_seconds) <= now:
        return
    row = _wait(trigger, event, root, subject, {**refs, **kept}, due_at, now)
    before = fold.starts.get((trigger.name, root, subject))
    if before is None or not is_told_again(trigger.kind, before["state"], before["facts"], row["facts"]):
        fold.starts[trigger.name, root, subject] = row


def _bought(event: Event) -> list[Mapping[str, Any]]:
    lines = event.properties.get("products")
    listed = lines if isinstance(lines, list) else []
    return [each for each in listed if isinstance(each, dict) and each.get("quantity", 1)]


def read_known(
    connection: sa.Connection, relevant: Sequence[Event], triggers: Sequence[Trigger], roots: Mapping[str, str]
) -> Known:
    """What the waits go by that these events begin."""
    of_a_day = {roots.get(each.customer_id, each.customer_id) for each in relevant if is_of_a_day(each)}
    return Known(
        _read_rhythms(connection, relevant, triggers, roots), read_zones(connection, of_a_day) if of_a_day else {})


def _read_rhythms(
    connection: sa.Connection, relevant: Sequence[Event], triggers: Sequence[Trigger], roots: Mapping[str, str]
) -> dict[str, Mapping[str, float]]:
    waiting = [each for each in triggers if each.by_rhythm]
    buyers = {roots.get(event.customer_id, event.customer_id) for event in relevant for trigger in waiting
              if trigger.begins_on(event.name, event.silo, event.properties)}
    rule = TraitRule(RHYTHM, "days_between")
    found = {}
    for root in sorted(buyers):
        if values := trait_values(connection, root, RHYTHM).get(RHYTHM):
            found[root] = choose_trait(values, rule).value
    return found


def _wait(
    trigger: Trigger, event: Event, root: str, subject: str, refs: Mapping[str, str], due_at: datetime, now: datetime
) -> dict[str, Any]:
    facts = {
        **refs,
        "member": event.customer_id,
        "event_id": event.event_id,
        "event_at": min(event.occurred_at, event.received_at).isoformat(),
        "first_due_at": due_at.isoformat(),
    }
    return {
        "trigger": trigger.name, "customer_id": root, "subject": subject, "facts": facts, "due_at": due_at,
        "state": "waiting", "step": "", "version": trigger.version, "outbox_id": None, "created_at": now,
        "updated_at": now,
    }


def _tells_of_empty_cart(trigger: Trigger, properties: Mapping[str, Any]) -> bool:
    if trigger.kind != "cart":
        return False
    return properties.get("products") == [] or any(properties.get(key) == 0 for key in _EMPTY_KEYS)


def _cancel(connection: sa.Connection, fold: Fold, now: datetime) -> None:
    """End what the events end of merged persons, and take back what has not left. Writes."""
    if not fold.cancels:
        return
    roots = lock_persons(connection, {root for _, root in fold.cancels})
    members = _members(connection, {roots.get(root, root) for _, root in fold.cancels})
    endings: dict[tuple[str, str], Endings] = {}  # by member
    for (trigger, root), some in fold.cancels.items():
        for member in members[roots.get(root, root)]:
            join_endings(endings.setdefault((trigger, member), {}), some)

    def find(trigger: str, row: Any) -> list[Ending]:
        return find_endings(endings.get((trigger, row.customer_id), {}), row.subject)

    everybody = [member for some in members.values() for member in some]
    _end_waits(connection, [
        each.wait_id for each in _read_live(connection, everybody)
        if any(ending.is_of(each.facts) for ending in find(each.trigger, each))
    ], now)
    _take_back(connection, [
        each.outbox_id for each in _read_pending(connection, everybody)
        if any(ending.is_since(_began_at(each)) for ending in find(each.nudge.partition(":")[0], each))
    ])


def _read_live(connection: sa.Connection, members: Sequence[str]) -> Sequence[Any]:
    columns = (waits.c.wait_id, waits.c.trigger, waits.c.customer_id, waits.c.subject, waits.c.facts)
    mine = is_one_of(connection, waits.c.customer_id, members)
    return connection.execute(sa.select(*columns).where(mine, waits.c.state.in_(LIVE))).all()


def _end_waits(connection: sa.Connection, wait_ids: Sequence[int], now: datetime) -> None:
    """Cancel waits that something may still come of."""
    if wait_ids:
        query = sa.update(waits).where(is_one_of(connection, waits.c.wait_id, wait_ids), waits.c.state.in_(LIVE))
        connection.execute(query.values(state="cancelled", updated_at=now))


def _read_pending(connection: sa.Connection, members: Sequence[str]) -> Sequence[Any]:
    columns = (outbox.c.outbox_id, outbox.c.nudge, outbox.c.customer_id, outbox.c.about.label("subject"),
               outbox.c.facts, outbox.c.created_at)
    mine = is_one_of(connection, outbox.c.customer_id, members)
    is_pending = sa.and_(outbox.c.kind == "nudge", outbox.c.state == "pending")
    return connection.execute(sa.select(*columns).where(mine, is_pending)).all()


def _began_at(row: sa.Row[Any]) -> datetime:
    """When the reason of a message began; of a campaign's, when it was launched."""
    told = row.facts.get("event_at")
    return datetime.fromisoformat(told) if told else row.created_at


def _take_back(connection: sa.Connection, outbox_ids: Sequence[int]) -> None:
    if outbox_ids:
        query = sa.update(outbox).where(
            is_one_of(connection, outbox.c.outbox_id, outbox_ids), outbox.c.state == "pending")
        connection.execute(query.values(state="withdrawn", reason="no_longer_needed"))


def _start(connection: sa.Connection, fold: Fold, triggers: Sequence[Trigger], now: datetime) -> None:
    if not fold.starts:
        return
    begun = {name for name, _, _ in fold.starts}
    keep_versions(connection, [each for each in triggers if each.name in begun], now)
    known, kinds = _known_waits(connection, fold), {each.name: each.kind for each in triggers}
    rows = []
    for key, row in fold.starts.items():
        before = known.get(key, [])
        if all(_is_news(kinds[key[0]], each, row["facts"]) for each in before):
            live = [each for each in before if each.state in LIVE]
            _end_waits(connection, [each.wait_id for each in live[1:]], now)
            rows.append({**row, "customer_id": live[0].customer_id} if live else row)
    changes = ("facts", "due_at", "state", "step", "version", "outbox_id", "updated_at")
    insert_or_update(connection, waits, rows, ("trigger", "customer_id", "subject"), changes)


def _is_news(kind: str, known: Any, facts: Mapping[str, Any]) -> bool:
    is_later = facts["event_id"] > int(known.facts.get("event_id", -1))
    return is_later and not is_told_again(kind, known.state, known.facts, facts)


def _known_waits(connection: sa.Connection, fold: Fold) -> dict[tuple[str, str, str], list[Any]]:
    """The waits of whoever begins one: about one thing there are several, where two parts of a person had one each
    before they were merged. The root's own comes first.
    """
    members = _members(connection, {root for _, root, _ in fold.starts})
    root_of = {member: root for root, some in members.items() for member in (root, *some)}
    columns = (waits.c.wait_id, waits.c.trigger, waits.c.customer_id, waits.c.subject, waits.c.facts, waits.c.state)
    mine = is_one_of(connection, waits.c.customer_id, [*root_of])
    found: dict[tuple[str, str, str], list[Any]] = {}
    for row in connection.execute(sa.select(*columns).where(mine).order_by(waits.c.wait_id)):
        found.setdefault((row.trigger, root_of[row.customer_id], row.subject), []).append(row)
    for (_, root, _), rows in found.items():
        rows.sort(key=lambda each: each.customer_id != root)
    return found


def _members(connection: sa.Connection, roots: set[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {root: [] for root in roots}
    rows = connection.execute(
        sa.select(customers.c.customer_id, customers.c.root_id).where(customers.c.root_id.in_(sorted(roots)))
    )
    for row in rows:
        found[row.root_id].append(row.customer_id)
    return found


def _read_cursor(connection: sa.Connection) -> int:
    statement = sa.select(cursors.c.value).where(cursors.c.name == CURSOR).with_for_update()
    return int(connection.scalar(statement) or 0)


def _move_cursor(connection: sa.Connection, event_id: int) -> None:
    insert_or_update(connection, cursors, [{"name": CURSOR, "value": str(event_id)}], ("name",), ("value",))
