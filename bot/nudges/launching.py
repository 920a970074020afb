"""Stage 3 -> 4: a campaign's stretches of persons, each decided and written in one transaction.

    read what stands of them -> decide each offer -> list its rows | write them
    ------------- may be done ahead, from a snapshot ------------- | in the transaction

Caps are counted and reserved in the transaction that writes. What was decided ahead of it counts only when nobody else
has written since the snapshot (`look_at_others`); else it is thrown away and decided again, inside.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from bot.decision.crowd import Asked, Crowd, read_crowds, read_kept_crowds
from bot.decision.crowd_blocks import next_stretch
from bot.decision.crowd_columns import Matter
from bot.decision.crowd_reader import Stretch, lock_stretch
from bot.decision.pauses import is_paused
from bot.decision.plan import Plan, plan_matter
from bot.decision.plan_rows import Kept, keep_rows, list_kept
from bot.decision.told import Told, read_told
from bot.decision.triggers import Step, Trigger
from bot.decision.versions import keep_versions
from bot.nudges.planned import list_messages
from bot.nudges.schedule import moment_of
from bot.nudges.services import NudgeServices
from bot.profile.bulk_alike import Alike, append_outbox
from bot.profile.store.engine import look_at_others


@dataclass(frozen=True)
class Offer:
    """One step, with what the shop says of it now."""

    step: Step
    matter: Matter
    at: datetime  # when it is said


@dataclass(frozen=True)
class Campaign:
    """What is the same for everybody."""

    trigger: Trigger
    offers: tuple[Offer, ...]
    now: datetime

    @property
    def channels(self) -> list[str]:
        """Every channel that an offer may take."""
        return sorted({each.channel for offer in self.offers for each in offer.matter.candidates})


@dataclass
class Part:
    """What a stretch comes to."""

    people: int = 0  # who were decided for
    planned: Counter[str] = field(default_factory=Counter)  # messages, by offer
    held: dict[str, Counter[str]] = field(default_factory=dict)  # offer -> word -> persons
    rows: list[tuple[Kept, Alike]] = field(default_factory=list)  # to be written, one after the other

    def count(self, step: Step, plan: Plan) -> None:
        """Count what was decided of one offer."""
        self.planned[step.offer] += len(plan.chosen)
        self.held.setdefault(step.offer, Counter()).update(plan.count_reasons())


_Keep = Callable[[Part, Crowd, Plan], None]  # what becomes of each plan


@dataclass(frozen=True)
class Planner:
    """One campaign for everybody of a store, `at_once` customers at a time."""

    services: NudgeServices
    campaign: Campaign
    told: Told  # as the launch began
    at_once: int
    sets: set[str] = field(default_factory=set)  # what was considered so far, as it is kept

    def try_everybody(self, rng: np.random.Generator) -> Iterator[Part]:
        """What every stretch would come to. Writes nothing."""
        after = ""
        while True:
            with self.services.store.read() as connection:
                stretch = next_stretch(connection, after, self.at_once)
                if stretch is None:
                    return
                crowds = read_crowds(connection, stretch, self._ask(connection))
                part = self._plan(connection, crowds, rng.spawn(1)[0], _leave)
            yield part
            after = stretch.upto

    def plan_everybody(self, rng: np.random.Generator) -> Iterator[Part]:
        """What every stretch came to, after its transaction. Writes."""
        store, guess = self.services.store, None
        seen: int | None = None
        with store.read() as connection:
            stretch = next_stretch(connection, "", self.at_once)
        with ThreadPoolExecutor(1) as ahead, closing(store.connect()) as on:
            while stretch:
                with store.write(on) as connection:
                    lock_stretch(connection, stretch)
                    before, seen = seen, look_at_others(connection)
                    part = _take(guess) if seen == before else None
                    part = part or self._decide(connection, stretch, rng.spawn(1)[0])
                    stretch = next_stretch(connection, stretch.upto, self.at_once)
                    can_guess = seen is not None and not self._reads_what_it_wrote
                    guess = ahead.submit(self._guess, stretch, rng.spawn(1)[0]) if stretch and can_guess else None
                    self._write(connection, part)
                yield part

    @property
    def _reads_what_it_wrote(self) -> bool:
        """The values of a second offer are learned ones, and count the messages of the first."""
        return len(self.campaign.offers) > 1 and self.services.guardrails.learning.is_on

    def _guess(self, stretch: Stretch, rng: np.random.Generator) -> Part | None:
        """What a stretch comes to as things stand, decided beside the transaction before its own; None without a block,
        which is made inside.
        """
        with self.services.store.read() as connection:
            crowds = read_kept_crowds(connection, stretch, self._ask(connection))
            return self._plan(connection, crowds, rng, _put_off) if crowds else None

    def _decide(self, connection: sa.Connection, stretch: Stretch, rng: np.random.Generator) -> Part:
        crowds = read_crowds(connection, stretch, self._ask(connection), least=self.at_once // 2)

        def write(_part: Part, crowd: Crowd, plan: Plan) -> None:
            self._append(connection, list_kept(plan), list_messages(crowd, plan))

        return self._plan(connection, crowds, rng, write)

    def _ask(self, connection: sa.Connection) -> Asked:
        trigger, now = self.campaign.trigger, self.campaign.now
        told = read_told(connection, trigger.purpose, now, self.told)
        rivals = self.services.guardrails.yields_of(trigger.name)
        cooldowns = {each.matter.nudge: trigger.cooldown_seconds for each in self.campaign.offers}
        return Asked(trigger.purpose, self.campaign.channels, now, told, trigger.audience, rivals, cooldowns)

    def _plan(self, connection: sa.Connection, crowds: list[Crowd], rng: np.random.Generator, keep: _Keep) -> Part:
        """One offer after the other: what was planned of the first counts in the caps of the second."""
        part, rests = Part(), is_paused(connection, self.campaign.trigger)
        for crowd in crowds:
            for offer in self.campaign.offers:
                moment = moment_of(self.services, self.campaign.now, offer.at, is_paused=rests)
                plan = plan_matter(connection, crowd, offer.matter, moment, rng)
                keep(part, crowd, plan)
                crowd = crowd.with_planned(
                    plan.persons[plan.chosen], plan.leaves_at.gather(plan.chosen), offer.matter.nudge,
                    offer.matter.wish.about)
                part.count(offer.step, plan)
            part.people += int(crowd.is_known.sum())
        return part

    def _write(self, connection: sa.Connection, part: Part) -> None:
        keep_versions(connection, [self.campaign.trigger], self.campaign.now)
        for rows in part.rows:
            self._append(connection, *rows)
        part.rows.clear()

    def _append(self, connection: sa.Connection, kept: Kept, messages: Alike) -> None:
        keep_rows(connection, kept, self.campaign.now, self.sets)
        append_outbox(connection, messages)


def _take(guess: "Future[Part | None] | None") -> Part | None:
    return guess.result() if guess else None


def _leave(_part: Part, _crowd: Crowd, _plan: Plan) -> None:
    """A dry run keeps nothing."""


def _put_off(part: Part, crowd: Crowd, plan: Plan) -> None:
    """List the rows, to be written in the transaction to come."""
    part.rows.append((list_kept(plan), list_messages(crowd, plan)))
