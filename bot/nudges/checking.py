"""Stage 4: nudges that are due -> those that may leave now, in the words of this moment.

Facts are read first, each once for all who share it. Then, in one transaction under the persons' locks: every
guardrail once more, the words, the pace of the channel, and the mark `sending`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from bot.channels.clicks import count_links
from bot.channels.outbox import OutboxRow, keep_facts, keep_words, mark_all_sending, release
from bot.channels.pacing import find_waits
from bot.decision.decide import judge
from bot.decision.facts_for import Candidate, Moment, Wish
from bot.decision.guardrails import PASSING, Held, name_reasons
from bot.decision.kinds import TOLD
from bot.decision.pauses import is_paused
from bot.decision.persons import Person, lock_persons, read_persons
from bot.errors import Conflict, NudgeHeld
from bot.nudges.compose import Composed, Setting, compose
from bot.nudges.disliked import heed_dislikes
from bot.nudges.facts import FactReader, Facts
from bot.nudges.grounds import Nudge, Staying, journey_key, read_nudges
from bot.nudges.schedule import moment_of, setting_for
from bot.nudges.services import NudgeServices
from bot.profile.state import ConversationState, lock_states, read_states, write_states
from bot.profile.suppressions import Leaving, find_reasons

log = structlog.get_logger()
_LOOKS = 3


@dataclass(frozen=True)
class Checked:
    """What became of a batch: what may leave, marked `sending`, and what has to be looked at again."""

    ready: list[OutboxRow]
    again: list[OutboxRow]


class _Worded(NamedTuple):
    """A nudge that every guardrail lets pass."""

    nudge: Nudge
    root: str
    person: Person
    composed: Composed
    row: OutboxRow  # as it leaves


def check_nudges(services: NudgeServices, reader: FactReader, rows: Sequence[OutboxRow]) -> Checked:
    """Judge a batch. Of one person one nudge at a time, for the second counts the first. Writes."""
    nudges = read_nudges(services, reader, rows)
    if not nudges:
        return Checked([], [])
    try:
        passed, again = _pass_guardrails(services, nudges)
    except (Conflict, sa.exc.OperationalError):  # a conversation moved on meanwhile, or two waited for one another
        return Checked([], [each.row for each in nudges])
    stale = [each.row for each in passed if not _is_fresh(services, each.nudge.facts)]
    if stale:  # the locks or the commit took too long, and nothing was sent yet
        unmark(services, stale)
    late = {row.outbox_id for row in stale}
    return Checked([each.row for each in passed if each.row.outbox_id not in late], [*stale, *again])


def unmark(services: NudgeServices, rows: Sequence[OutboxRow]) -> None:
    """They wait again, from now. Writes."""
    with services.store.write() as connection:
        release(connection, [row.outbox_id for row in rows], services.clock(), "")
    forget_questions(services, rows)


def forget_questions(services: NudgeServices, rows: Sequence[OutboxRow]) -> None:
    """Nudges that did not leave ask nothing. The rows' own states are settled already. Writes."""
    owners = {row.outbox_id: row.customer_id for row in rows if row.kind == "nudge" and row.customer_id}
    for _ in range(_LOOKS if owners else 0):
        try:
            with services.store.write() as connection:
                roots = sorted(set(lock_persons(connection, owners.values()).values()))
                lock_states(connection, roots)
                states = read_states(connection, roots)
                asked = {root: state for root, state in states.items() if _asks(state, owners)}
                forgotten = {root: replace(state, open_question=None, nudge={}) for root, state in asked.items()}
                write_states(connection, forgotten, services.clock())
            return
        except Conflict:
            continue  # an action wrote meanwhile: look at what it left


def _asks(state: ConversationState, outbox_ids: Mapping[int, str]) -> bool:
    question = state.open_question
    return question is not None and question.context.get("outbox_id") in outbox_ids


def _is_fresh(services: NudgeServices, facts: Facts) -> bool:
    return services.clock() - facts.read_at <= timedelta(seconds=services.settings.facts_max_age_seconds)


# -- the guardrails, and the mark ----------------------------------------------------------------


def _pass_guardrails(
    services: NudgeServices, nudges: Sequence[Nudge]
) -> tuple[list[_Worded], list[OutboxRow]]:
    """Those marked `sending`, and those whose person has another one in this batch. Conflict undoes it all."""
    label = services.recommender.catalogue(services.clock()).label
    now = services.clock()
    with services.store.write() as connection:
        roots = lock_persons(connection, [each.row.customer_id for each in nudges])
        by_root: dict[str, Nudge] = {}
        for each in nudges:
            by_root.setdefault(roots.get(each.row.customer_id, each.row.customer_id), each)
        facts = heed_dislikes(connection, [(root, each.facts, now) for root, each in by_root.items()])
        by_root = {root: each._replace(facts=mine)
                   for (root, each), mine in zip(by_root.items(), facts, strict=True)}
        lock_states(connection, list(by_root))
        staying = Staying()
        worded = _word_all(connection, services, by_root, setting_of=partial(_setting, services, label, now),
                           staying=staying, now=now)
        passed = _mark(connection, services, worded, staying, now)
        staying.keep(connection)
        keep_words(connection, {each.nudge.row.outbox_id: each.composed.message for each in passed})
        keep_facts(connection, _find_changed(passed))
        write_states(connection, {each.root: _follow(each, now) for each in passed}, now)
    first = {each.row.outbox_id for each in by_root.values()}
    return passed, [each.row for each in nudges if each.row.outbox_id not in first]


def _word_all(
    connection: sa.Connection, services: NudgeServices, by_root: Mapping[str, Nudge], *, setting_of: Any,
    staying: Staying, now: datetime,
) -> list[_Worded]:
    """Judge and compose, what is alike together."""
    worded: list[_Worded] = []
    known: dict[Hashable, Composed] = {}
    for purpose, mine in _groups(by_root.items(), lambda each: each[1].trigger.purpose):
        journeys = {each.trigger.name for _, each in mine}
        rivals = sorted({each for name in journeys for each in services.guardrails.yields_of(name)})
        cooldowns = {each.row.nudge: each.trigger.cooldown_seconds for _, each in mine}
        persons = read_persons(connection, [root for root, _ in mine], purpose, now, rivals, cooldowns)
        for (nudge, _version, channel, variant), some in _groups(mine, _like):
            trigger = some[0][1].trigger
            moment = moment_of(services, now, now, counts_pending=False, is_paused=is_paused(connection, trigger))
            candidate = Candidate(channel, variant, 1.0)
            wishes = [_wish(each, root, now) for root, each in some]
            scene, held = judge(persons, trigger, nudge, wishes, [candidate], moment)
            for number, (root, each) in enumerate(some):
                bits = int(held[number, 0]) | _address_bit(persons[root], each.row, wishes[number])
                leaves_at = scene.leaves_at[number][0]
                if bits or leaves_at > now:
                    _stay(services, moment, each.row, wishes[number], bits, leaves_at, staying)
                    continue
                setting = setting_of(persons[root], channel, scene.routes[number][0])
                key = (nudge, channel, variant, id(each.facts), setting)
                try:
                    if key not in known:
                        known[key] = compose(trigger, variant, each.facts, setting)
                except NudgeHeld as error:
                    staying.hold(each.row, error.reason)
                    continue
                message = count_links(known[key].message, each.row.outbox_id, services.settings)
                row = each.row.saying(message)
                worded.append(_Worded(each, root, persons[root], known[key], row))
    return sorted(worded, key=lambda each: each.row.outbox_id)


def _mark(
    connection: sa.Connection, services: NudgeServices, worded: Sequence[_Worded], staying: Staying, now: datetime
) -> list[_Worded]:
    """Those whose address is no dead one, whose channel takes them now, and that nobody withdrew meanwhile."""
    leaving = [Leaving(each.row.channel, each.row.address, "nudge", each.row.purpose) for each in worded]
    reachable = []
    for each, why in zip(worded, find_reasons(connection, leaving, now), strict=True):
        if why:
            staying.hold(each.row, f"suppressed,{why}")
        else:
            reachable.append(each)
    going = []
    waits = find_waits(connection, [each.row for each in reachable], services.settings, now)
    for each, wait_seconds in zip(reachable, waits, strict=True):
        if wait_seconds:
            staying.wait(each.row, now + timedelta(seconds=wait_seconds), "paced")
        else:
            going.append(each)
    ours = mark_all_sending(connection, [each.row.outbox_id for each in going], now)
    return [each for each in going if each.row.outbox_id in ours]


def _find_changed(passed: Sequence[_Worded]) -> dict[int, dict[str, Any]]:
    """Those that tell something else than when they were decided, with what is kept of them: what comes next is judged
    by what they said.
    """
    told = ((each.nudge.row, each.nudge.facts.refs.get(TOLD)) for each in passed)
    return {row.outbox_id: {**row.facts, TOLD: now} for row, now in told if now != row.facts.get(TOLD)}


def _setting(services: NudgeServices, label: Any, now: datetime, person: Person, channel: str, route: Any) -> Setting:
    return setting_for(services, person, channel, route, now, label)


def _like(item: tuple[str, Nudge]) -> tuple[str, str, str, str]:
    row = item[1].row
    return *journey_key(row), row.channel, str(row.facts.get("variant", ""))


def _groups[T](items: Iterable[T], key: Callable[[T], Any]) -> list[tuple[Any, list[T]]]:
    return [(value, list(some)) for value, some in groupby(sorted(items, key=key), key)]


def _stay(
    services: NudgeServices, moment: Moment, row: OutboxRow, wish: Wish, bits: int, leaves_at: datetime,
    staying: Staying,
) -> None:
    """Held for good with its reasons, or put back while only what passes holds it."""
    retry_at = max(leaves_at, moment.now + timedelta(seconds=services.guardrails.retry_seconds))
    is_passing = not bits & ~int(PASSING)
    if is_passing and retry_at < wish.expires_at:
        staying.wait(row, retry_at, "")
        return
    words = name_reasons(bits or int(Held.EXPIRED))
    staying.hold(row, ",".join(wish.reason if each == "fact_false" and wish.reason else each for each in words))


def _wish(nudge: Nudge, root: str, now: datetime) -> Wish:
    row, facts = nudge.row, nudge.facts
    return Wish(
        root=root,
        about=row.about,
        facts=facts.refs,
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


def _follow(each: _Worded, now: datetime) -> ConversationState:
    """What the person's next words will refer to, on whatever channel."""
    state, row, composed = each.person.state, each.nudge.row, each.composed
    told = {"outbox_id": row.outbox_id, "trigger": each.nudge.trigger.name, "about": row.about,
            "channel": row.channel, "at": now.isoformat(), "facts": dict(row.facts)}
    question = composed.question
    if question:
        context = {**question.context, "about": row.about, "outbox_id": row.outbox_id}
        state = replace(state, open_question=replace(question, context=context))
    if composed.shown and row.sender_id:
        state = replace(state, last_product=composed.shown, last_shown=(composed.shown,))
    return replace(state, nudge=told)
