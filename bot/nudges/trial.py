"""Stage 3 -> 4: a journey tried on a day that is over: whom it would have written to, and what held the rest.

The day's events are folded as the worker folds them; each occasion is decided at its own moment by the same rules.
Consents, segments, addresses and what the shop says are those of now; caps, cooldown, quiet hours and holdout are of
that moment, with what left since and what this trial would have sent, but without the journey's own messages: a new
version is compared on equal terms. Nobody knows any more who was talking to us then. It only reads.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.decision.decide import Decided, decide_for
from bot.decision.kinds import TOLD
from bot.decision.learned import read_learned
from bot.decision.pauses import is_paused
from bot.decision.persons import Person, SentElsewhere, read_persons
from bot.decision.triggers import Trigger
from bot.decision.waits import Fold, fold_event, read_known
from bot.errors import FixConfiguration, NudgeHeld, RetryLater
from bot.nudges.compose import compose
from bot.nudges.disliked import heed_dislikes
from bot.nudges.facts import Facts
from bot.nudges.reading import open_facts
from bot.nudges.schedule import list_candidates, moment_of, read_facts, setting_for, wish_of
from bot.nudges.services import NudgeServices
from bot.profile.events import Event, count_between, events_between, events_of_some
from bot.profile.identities import roots_of
from bot.profile.segments.members import find_in_audience

BATCH = 200  # persons read together
_PAGE = 1_000
_FACTS_AGE_SECONDS = 3_650 * 86_400.0  # what several share is asked once: nothing is sent on it
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Occasion:
    """A reason to speak that came up: what a row of `waits` would hold when it is due."""

    customer_id: str  # the person's root
    subject: str
    facts: Mapping[str, Any]
    due_at: datetime


@dataclass(frozen=True)
class WouldSend:
    """A message that would have left."""

    customer_id: str
    at: datetime
    channel: str
    variant: str
    text: str


@dataclass
class Trial:
    """What came of a day. An occasion may be held by several reasons at once, on several channels."""

    journey: str
    version: str
    one_in: int = 1  # persons: above 1 a sample of them was tried
    begun: int = 0  # occasions that came up
    over: int = 0  # ended, or put off beyond the day, before anything was due
    sent: list[WouldSend] = field(default_factory=list)
    held: int = 0
    because: Counter[str] = field(default_factory=Counter)  # reason -> occasions it held


def try_journey(
    services: NudgeServices, trigger: Trigger, since: datetime, until: datetime, *, rng: np.random.Generator,
    progress: Progress | None = None, most_events: int = 0,
) -> Trial:
    """Try a journey's first message on the events from `since` to `until`. FixConfiguration for a campaign. Reads.

    Where more than `most_events` would begin it, on about as many: those of one person in so many (0: on all).
    """
    if trigger.steps:
        raise FixConfiguration(f"[triggers.{trigger.name}] is a campaign: it begins by hand, not on events")
    trial = Trial(trigger.name, trigger.version)
    with services.store.read() as connection:
        if most_events:
            trial.one_in = -(-count_between(connection, trigger.on, since, until) // most_events) or 1
        occasions = _list_occasions(connection, trial, trigger, since, until, services.clock())
    done = 0
    said: dict[str, list[SentElsewhere]] = defaultdict(list)
    asked = _Asked(services, trigger)
    for some in _in_rounds(occasions):
        _try_batch(services, trial, asked, some, said, rng)
        done += len(some)
        if progress:
            progress(done, len(occasions))
    return trial


def _list_occasions(
    connection: sa.Connection, trial: Trial, trigger: Trigger, since: datetime, until: datetime, now: datetime
) -> list[Occasion]:
    """What would have been due, in order. A wait begun that day is followed to its end, but not beyond this moment."""
    waiting: dict[str, dict[str, Occasion]] = defaultdict(dict)  # root -> subject
    found: list[Occasion] = []
    for page in _pages(connection, trigger, since, _followed_until(trigger, until, now), trial.one_in):
        roots = roots_of(connection, sorted({each.customer_id for each in page}))
        known = read_known(connection, page, (trigger,), roots)
        for event in page:
            root = roots.get(event.customer_id, event.customer_id)
            at = min(event.occurred_at, event.received_at)
            mine = waiting[root]
            found += [mine.pop(subject) for subject, each in [*mine.items()] if each.due_at <= at]
            fold = Fold(known, {}, {})
            fold_event(fold, trigger, event, root, at)
            trial.over += _drop_cancelled(mine, fold)
            for (_, _, subject), row in fold.starts.items():
                _begin(trial, mine, subject, row, is_of_the_day=at < until)
    found += [each for mine in waiting.values() for each in mine.values()]
    return sorted(found, key=lambda each: (each.due_at, each.customer_id, each.subject))


def _followed_until(trigger: Trigger, until: datetime, now: datetime) -> datetime:
    return now if trigger.by_rhythm else min(now, until + timedelta(seconds=trigger.wait_seconds))


def _pages(
    connection: sa.Connection, trigger: Trigger, since: datetime, until: datetime, one_in: int
) -> Iterator[list[Event]]:
    names: tuple[str, ...] = (*trigger.on, *trigger.cancels_on)
    last: int | None = None
    if one_in > 1:
        if some := events_of_some(connection, names, since, until, one_in=one_in):
            yield some
        return
    while page := events_between(connection, names, since, until, after_id=last, limit=_PAGE):
        yield page
        last = page[-1].event_id


def _drop_cancelled(mine: dict[str, Occasion], fold: Fold) -> int:
    scopes = {scope for each in fold.cancels.values() for scope in each}
    over = [subject for subject in mine if "" in scopes or subject in scopes]
    for subject in over:
        del mine[subject]
    return len(over)


def _begin(
    trial: Trial, mine: dict[str, Occasion], subject: str, row: Mapping[str, Any], *, is_of_the_day: bool
) -> None:
    """A beginning, or what puts one off; what puts it off beyond the day takes it out of the count."""
    if is_of_the_day:
        trial.begun += subject not in mine
        mine[subject] = Occasion(row["customer_id"], subject, row["facts"], row["due_at"])
    elif mine.pop(subject, None):
        trial.over += 1


def _in_rounds(occasions: Sequence[Occasion]) -> Iterator[list[Occasion]]:
    """Batches with each person at most once: what is said to them counts for what comes after."""
    times: Counter[str] = Counter()
    rounds: dict[int, list[Occasion]] = defaultdict(list)
    for each in occasions:
        rounds[times[each.customer_id]].append(each)
        times[each.customer_id] += 1
    for number in sorted(rounds):
        yield from (rounds[number][start : start + BATCH] for start in range(0, len(rounds[number]), BATCH))


def _try_batch(
    services: NudgeServices, trial: Trial, asked: "_Asked", occasions: Sequence[Occasion],
    said: dict[str, list[SentElsewhere]], rng: np.random.Generator,
) -> None:
    trigger = asked.trigger
    earliest = min(each.due_at for each in occasions)
    rivals, roots = services.guardrails.yields_of(trigger.name), [each.customer_id for each in occasions]
    with services.store.read() as connection:
        persons = read_persons(connection, roots, trigger.purpose, earliest, rivals)
    told = [(each, asked.read(each, persons[each.customer_id])) for each in occasions]
    known = [(each, facts) for each, facts in told if facts is not None]
    for _ in range(len(told) - len(known)):
        _hold(trial, ["facts_unavailable"])
    with services.store.read() as connection:
        rests = is_paused(connection, trigger)
        learned = read_learned(connection, trigger, [*persons.values()], services.guardrails.learning)
        audience = find_in_audience(connection, trigger.audience, roots)
        heeded = heed_dislikes(connection, [(each.customer_id, facts, each.due_at) for each, facts in known])
        for (occasion, _), facts in zip(known, heeded, strict=True):
            person = _as_of(persons[occasion.customer_id], trigger, occasion.due_at, said)
            wish = wish_of(trigger, occasion, facts, person.root, is_meant=person.root in audience)
            moment = moment_of(services, occasion.due_at, occasion.due_at, is_paused=rests)
            candidates = list_candidates(trigger, facts.case)
            decided = decide_for(
                learned, {person.root: person}, trigger, trigger.name, [wish], candidates, moment, rng
            )[0]
            _count(services, trial, trigger, facts, decided, said)


class _Asked:
    """What the shop says now, read as if it were each occasion's moment."""

    def __init__(self, services: NudgeServices, trigger: Trigger) -> None:
        self.trigger = trigger
        self._services = services
        self._at = services.clock()
        self._reader = open_facts(services, clock=lambda: self._at, max_age_seconds=_FACTS_AGE_SECONDS)

    def read(self, occasion: Occasion, person: Person) -> Facts | None:
        """The facts of an occasion; None when the shop does not answer."""
        self._at = occasion.due_at
        try:
            return read_facts(self._services, self._reader, self.trigger, occasion, occasion.due_at, person)
        except RetryLater:
            return None


def _as_of(person: Person, trigger: Trigger, at: datetime, said: Mapping[str, list[SentElsewhere]]) -> Person:
    """The person without what this journey said in truth, and with what it would have said."""
    others = [each for each in person.sent if each.nudge.partition(":")[0] != trigger.name]
    state = replace(person.state, open_question=None, handoff={})
    return replace(
        person, sent=[*others, *said.get(person.root, ())], state=state, has_waiting_message=False,
        matters=[each for each in person.matters if each.at <= at],
        last_inbound_at=person.last_inbound_at if person.last_inbound_at and person.last_inbound_at < at else None,
    )


def _count(
    services: NudgeServices, trial: Trial, trigger: Trigger, facts: Facts, decided: Decided,
    said: dict[str, list[SentElsewhere]],
) -> None:
    chosen, wish = decided.candidate, decided.wish
    if chosen is None:
        _hold(trial, decided.reasons)
        return
    setting = setting_for(services, decided.person, chosen.channel, decided.route, decided.leaves_at)
    try:
        text = compose(trigger, chosen.variant, facts, setting).message.text
    except NudgeHeld as error:
        _hold(trial, [error.reason])
        return
    said[wish.root].append(SentElsewhere(
        decided.leaves_at, nudge=trigger.name, about=wish.about, told=wish.facts.get(TOLD, "")))
    trial.sent.append(WouldSend(wish.root, decided.leaves_at, chosen.channel, chosen.variant, text))


def _hold(trial: Trial, reasons: Sequence[str]) -> None:
    trial.held += 1
    trial.because.update(set(reasons))
