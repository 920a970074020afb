"""Stage 3: persons -> the columns that the choice is made over, and when each candidate may leave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from bot.channels.windows import country_of, find_words
from bot.decision.choose import CONSENT_UNKNOWN, Columns
from bot.decision.guardrails import CHAT_CHANNELS, Guardrails
from bot.decision.holdouts import is_held_out
from bot.decision.kinds import ASKED_AT, TOLD
from bot.decision.matters import has_open_matter
from bot.decision.minors import is_minor
from bot.decision.person_queries import GONE_STATES, LIVE_STATES
from bot.decision.persons import Person, Route
from bot.decision.quiet_hours import QuietRules, UnknownZone, country_of_zone, quiet_until
from bot.decision.triggers import Trigger
from bot.decision.yields import is_in_week, is_of
from bot.profile.state import ConversationState


@dataclass(frozen=True)
class Candidate:
    """One thing that could be done: a message variant on a channel, and what it is expected to bring."""

    channel: str
    variant: str
    value: float

    @property
    def name(self) -> str:
        """As kept in decisions: `web:suggest`."""
        return f"{self.channel}:{self.variant}"


@dataclass(frozen=True)
class Wish:
    """One person, and what we would like to tell them. `reason` is why it is not true, "" while it is."""

    root: str
    about: str
    facts: Mapping[str, str]  # references only
    case: str
    expires_at: datetime
    sender_id: str = ""  # the conversation it is written for already
    member: str = ""  # the customer of the person whose event it was: their browser is the nearest
    owner_ref: str = ""  # the shop's customer that the facts belong to; "" nobody's
    present_at: datetime | None = None  # when they were last seen on the page
    addresses: Mapping[str, str] = field(default_factory=dict)  # channel -> the order's own address
    reason: str = ""
    stock: int | None = None  # what is left of it, where it is sold out


@dataclass(frozen=True)
class Scene:
    """Everything one decision looks at: N wishes and K candidates, with the way to each."""

    columns: Columns
    routes: tuple[tuple[Route | None, ...], ...]
    leaves_at: Sequence[Sequence[datetime]]  # the first moment outside quiet hours, or a better one
    first_at: Sequence[Sequence[datetime]] = ()  # the first moment, where `leaves_at` may be a better one


@dataclass(frozen=True)
class Moment:
    """When we decide, when it would be said, and by which rules."""

    now: datetime
    at: datetime  # later than now for a step of a campaign
    guardrails: Guardrails
    timezone: str  # the shop's, for a person whose zone nobody told
    other_timezones: tuple[str, ...] = ()  # its other countries', for the same: the strictest counts
    counts_pending: bool = True  # a dispatcher counts what left, not what waits beside it
    ignores: int = 0  # the outbox row being sent does not count against itself
    is_paused: bool = False  # the journey rests


def load_columns(
    persons: Mapping[str, Person], trigger: Trigger, nudge: str, wishes: Sequence[Wish],
    candidates: Sequence[Candidate], moment: Moment,
) -> Scene:
    """The columns of every wish and candidate. Pure: the persons were read in one transaction with what follows."""
    people = [persons[wish.root] for wish in wishes]
    routes = tuple(
        tuple(find_route(person, wish, each.channel, moment.now) for each in candidates)
        for person, wish in zip(people, wishes, strict=True)
    )
    quiet = [
        [find_leaving(person.zones, wish, trigger.purpose, each.channel, moment) for each in candidates]
        for person, wish in zip(people, wishes, strict=True)
    ]
    leaves_at = tuple(tuple(leaves or moment.at for leaves in row) for row in quiet)
    shape = (len(wishes), len(candidates))
    columns = Columns(
        consent=_ints([[p.consent.get(c.channel, CONSENT_UNKNOWN) for c in candidates] for p in people], shape),
        is_holdout=_bools(
            [is_held_out(p.members, p.is_holdout, trigger.name, trigger.purpose, moment.guardrails) for p in people],
            shape[:1],
        ),
        sent_day=_ints([_count(p, moment, 1) for p in people], shape[:1]),
        sent_week=_ints([_count(p, moment, 7) for p in people], shape[:1]),
        is_quiet=_bools([[leaves is None for leaves in row] for row in quiet], shape),
        has_question=_bools([[has_question(p.state, trigger, c, moment) for c in candidates] for p in people], shape),
        in_conversation=_bools([[_is_talking(p, c, moment) for c in candidates] for p in people], shape),
        in_handoff=_bools([[is_handed_off(p.state, trigger, c) for c in candidates] for p in people], shape),
        is_reachable=_bools([[route is not None for route in row] for row in routes], shape),
        is_verified=_bools(
            [[_may_know(person, wish, route, trigger) for route in row]
             for person, wish, row in zip(people, wishes, routes, strict=True)],
            shape,
        ),
        is_cooling=_bools(
            [_is_cooling(p, nudge, w, trigger, moment) for p, w in zip(people, wishes, strict=True)], shape[:1]
        ),
        is_yielding=_bools([bool(find_rivals(p, trigger.name, moment)) for p in people], shape[:1]),
        is_minor=_bools(
            [trigger.purpose == "marketing" and is_minor(p.births, moment.at) for p in people], shape[:1]),
        has_open_matter=_bools(
            [trigger.purpose == "marketing"
             and has_open_matter(each.matters, moment.now, moment.guardrails.open_matter_days) for each in people],
            shape[:1],
        ),
        has_taken=_bools([w.about in p.taken for p, w in zip(people, wishes, strict=True)], shape[:1]),
        is_true=_bools([[not w.reason] * len(candidates) for w in wishes], shape),
        is_expired=_bools([w.expires_at <= moment.at for w in wishes], shape[:1]),
        is_window_open=_bools(
            [[takes_words(route, trigger, wish, each, at)
              for route, each, at in zip(row, candidates, times, strict=True)]
             for wish, row, times in zip(wishes, routes, leaves_at, strict=True)],
            shape,
        ),
    )
    return Scene(columns, routes, leaves_at)


def _ints(values: object, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64).reshape(shape)


def _bools(values: object, shape: tuple[int, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.array(values, dtype=np.bool_).reshape(shape)


def find_route(person: Person, wish: Wish, channel: str, now: datetime) -> Route | None:
    """The way to a person on a channel: the order's own address before theirs; None where there is none."""
    if channel in wish.addresses:
        return Route(wish.addresses[channel]) if wish.addresses[channel] else None
    return person.route(channel, now, sender_id=wish.sender_id, owner_ref=wish.owner_ref, member=wish.member)


def _may_know(person: Person, wish: Wish, route: Route | None, trigger: Trigger) -> bool:
    """Promise 5: what is somebody's is told to them alone; in a chat, where they are proven to be there this moment."""
    if not wish.owner_ref:
        return not trigger.needs_verified
    if wish.owner_ref not in person.customer_refs:
        return False
    return route is None or not route.sender_id or route.verified_ref == wish.owner_ref


def takes_words(route: Route | None, trigger: Trigger, wish: Wish, candidate: Candidate, at: datetime) -> bool:
    """Whether the channel takes words when they would leave: free ones, or a template's.

    Nowhere to write is a reason of its own.
    """
    if route is None:
        return True
    message = trigger.find_message(candidate.channel, wish.case, candidate.variant, wish.facts.get("offer", ""))
    has_template = bool(message and message.templates)
    words = find_words(
        candidate.channel, route.last_inbound_at, at, purpose=trigger.purpose, has_template=has_template,
        country=country_of(candidate.channel, route.address) if has_template else "",
    )
    return words != "none"


def find_leaving(
    zones: Collection[str], wish: Wish, purpose: str, channel: str, moment: Moment
) -> datetime | None:
    """The first moment it may leave; None when quiet lasts longer than its reason, or nobody knows the hour there."""
    try:
        free_at = find_quiet_end(zones, purpose, channel, moment, is_there=is_present(wish, moment))
    except UnknownZone:
        return None
    if free_at is None:
        return moment.at
    return free_at if free_at < wish.expires_at else None


def find_quiet_end(
    zones: Collection[str], purpose: str, channel: str, moment: Moment, *, is_there: bool
) -> datetime | None:
    """When the shop's quiet hours and the law of their country let advertising, or news, leave; None: at once.

    UnknownZone where nobody knows the hour. Whose zone nobody told, or whose zone lies in no country (a browser that
    hides it says UTC), is judged by all of the shop's, and by every law.
    """
    guardrails = moment.guardrails
    mode, laws = guardrails.quiet_mode(channel), guardrails.laws_on(channel, purpose)
    is_let = mode == "free" or (mode == "unless_present" and is_there)
    hours = None if is_let else guardrails.quiet_hours.get(purpose)
    if hours is None and not laws:
        return None
    is_everywhere = not all(map(country_of_zone, zones)) or not zones
    shops = (moment.timezone, *moment.other_timezones) if is_everywhere else ()
    return quiet_until(QuietRules(hours, laws, is_everywhere=is_everywhere), moment.at, (*sorted(zones), *shops))


def is_present(wish: Wish, moment: Moment) -> bool:
    """Whether they are on the page this moment."""
    if wish.present_at is None:
        return False
    return moment.now - wish.present_at <= timedelta(seconds=moment.guardrails.present_seconds)


def _count(person: Person, moment: Moment, days: int) -> int:
    """Messages within so many days before, and after it where more are planned: no window may hold too many."""
    span = timedelta(days=days)
    states = LIVE_STATES if moment.counts_pending else GONE_STATES
    times = (row.sent_at or row.not_before for row in person.sent
             if row.state in states and row.outbox_id != moment.ignores)
    return sum(moment.at - span < each < moment.at + span for each in times)


def has_question(state: ConversationState, trigger: Trigger, candidate: Candidate, moment: Moment) -> bool:
    """Whether we wait for an answer that a nudge would take."""
    question = state.question_at(moment.now)
    if question is None or (trigger.purpose == "service" and candidate.channel not in CHAT_CHANNELS):
        return False
    if not question.asked_by.startswith("nudge:"):
        return True
    age = moment.now - datetime.fromisoformat(question.asked_at)
    return age < timedelta(seconds=moment.guardrails.nudge_question_seconds)


def is_handed_off(state: ConversationState, trigger: Trigger, candidate: Candidate) -> bool:
    """Whether a person of the shop has the conversation: nothing is put in between, and nothing sold anywhere."""
    return bool(state.handoff) and (trigger.purpose == "marketing" or candidate.channel in CHAT_CHANNELS)


def _is_talking(person: Person, candidate: Candidate, moment: Moment) -> bool:
    if candidate.channel not in CHAT_CHANNELS:
        return False
    if person.has_waiting_message:
        return True
    last = person.last_inbound_at
    return last is not None and moment.now - last < timedelta(seconds=moment.guardrails.in_conversation_seconds)


def _is_cooling(person: Person, nudge: str, wish: Wish, trigger: Trigger, moment: Moment) -> bool:
    """Whether they heard the same within its time, and have not asked for it since. Where it tells what may change, the
    last word of it counts.
    """
    span = timedelta(seconds=trigger.cooldown_seconds)
    states = LIVE_STATES if moment.counts_pending else GONE_STATES
    same = [
        row for row in (*person.sent, *person.heard)
        if row.nudge == nudge and row.about == wish.about and row.state in states and row.outbox_id != moment.ignores
        and moment.at - span < (row.sent_at or row.not_before) < moment.at + span
    ]
    if not same:
        return False
    last = max(same, key=lambda row: (row.sent_at or row.not_before, row.outbox_id))
    asked_at, told = wish.facts.get(ASKED_AT), wish.facts.get(TOLD)
    if asked_at and datetime.fromisoformat(asked_at) > (last.sent_at or last.not_before):
        return False
    return not told or bool(last.told == told)


def find_rivals(person: Person, journey: str, moment: Moment) -> tuple[str, ...]:
    """Of the journeys to which one yields, those that want the person now. What waits to leave counts always."""
    claims = [(row.nudge, row.sent_at or row.not_before) for row in person.sent if row.state in LIVE_STATES]
    claims += [(row.trigger, row.due_at) for row in person.running]
    return tuple(
        each for each in moment.guardrails.yields_of(journey)
        if any(is_of(name, (each,)) and is_in_week(at, moment.at) for name, at in claims)
    )
