"""One slice of the simulation: a world, a store, a few workers, and a clock that jumps from one thing to the next."""

import math
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.simulate.checker import Checker
from benchmarks.simulate.deeds import Deeds
from benchmarks.simulate.plan import Planner
from benchmarks.simulate.shop import Clock
from benchmarks.simulate.vendor import Vendor, read_calls
from benchmarks.simulate.workers import SHOP_FILES, Setup, Worker, open_simulated, work
from benchmarks.simulate.world import Call, Deed, Noted
from bot.profile.store.engine import Store
from bot.profile.store.tables import events, outbox, waits

STEP = timedelta(minutes=15)
REHEARSED = 40  # rounds
RECEIPTS = ((), (), ("delivered",), ("seen", "delivered"), ("delivered", "delivered", "seen"))
ENDED = ("sent", "delivered", "seen")
_MOST_ROUNDS_AFTER = 5_000  # a slice that does not come to rest has lost something


@dataclass
class Figures:
    """What came of a slice; they add up."""

    customer_days: int = 0
    sent: int = 0
    sent_days: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    unknown: int = 0
    kills: int = 0
    rounds: int = 0
    held: Counter[str] = field(default_factory=Counter)
    fates: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        """Another slice's, on top."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class Slice:
    """Runs a plan on a store. `workers` processes work, or this one with 0; some are killed, unless it `is_calm`."""

    url: str
    plan: Planner
    journal: Path
    seed: int
    workers: int = 2
    is_calm: bool = False
    ends_at: float = math.inf  # of the machine's monotonic clock: whatever is not begun by then is left out
    has_enough: Callable[[Checker], bool] = lambda _: False  # for tests that wait for one thing

    def run(self) -> Figures:
        """Play the plan to its end, and until nothing is due any more. Raises what a worker stumbled over."""
        world = self.plan.world
        self._chance = random.Random(self.seed + 7)
        self._clock = Clock(world.begins_at)
        self._services = open_simulated(Store(self.url), world, self._clock, self.seed, is_calm=True)
        self._deeds = Deeds(self._services, world)
        self._deeds.settle_in()
        self._checker = Checker(world, SHOP_FILES)
        self._figures = Figures(customer_days=len(world.customers) * self.plan.days)
        self._queue, self._later = deque(self.plan.deeds), list[Deed]()
        self._offset, self._killed_at, self._told = 0, list[datetime](), set[str]()
        self._cut_at = world.begins_at + timedelta(days=self.plan.days)
        self._awake_at = world.begins_at
        self._has_unread = False
        self._staff: list[Worker] = []
        try:
            self._play()
        finally:
            for worker in self._staff:
                worker.end()
            self._services.store.close()
        return self._figures

    def _play(self) -> None:
        tick, after = self.plan.world.begins_at, 0
        while after < _MOST_ROUNDS_AFTER:
            if self._queue and time.monotonic() > self.ends_at:
                self._cut(tick)
            wanted = self._next_at(tick)
            if wanted is None or self.has_enough(self._checker):
                break
            tick = _ceil(max(wanted, tick + timedelta(seconds=1), self._clock.moment))
            after += not self._queue
            self._play_round(tick)
        self._account()

    def _cut(self, tick: datetime) -> None:
        """Only the days that were played count."""
        days = (tick - self.plan.world.begins_at).days
        self._figures.customer_days = len(self.plan.world.customers) * days
        self._queue.clear()
        self._later.clear()
        self._cut_at = tick

    def _play_round(self, tick: datetime) -> None:
        self._figures.rounds += 1
        kills = self._figures.kills
        due = self._take_due(tick)
        before = self._do_all([each for each in due if not each.is_racing])
        racing: list[Noted] = []
        calls: list[Call] = []
        if tick >= self._awake_at:
            clocks, racing = self._work(tick, [each for each in due if each.is_racing])
            calls, self._offset = read_calls(self.journal, self._offset)
            self._expect_receipts(calls)
            self._expect_bounces(calls if self._figures.kills > kills else ())
            self._clock.moment = max([tick, *clocks])
        else:
            before += self._do_all([each for each in due if each.is_racing])
        self._checker.judge(calls, before, racing, has_killed=self._figures.kills > kills)

    def _take_due(self, tick: datetime) -> list[Deed]:
        due = [each for each in self._later if each.at <= tick]
        self._later = [each for each in self._later if each.at > tick]
        while self._queue and self._queue[0].at <= tick:
            due.append(self._queue.popleft())
        due.sort(key=lambda each: each.at)
        for each in due:
            if each.kind == "outage":
                self._awake_at = each.at + timedelta(hours=each.details["hours"])
        return [each for each in due if each.kind != "outage"]

    def _do_all(self, deeds: Sequence[Deed]) -> list[Noted]:
        """One after the other, each at its moment; events that follow each other are stored together."""
        noted = []
        for is_event, some in groupby(deeds, lambda each: each.kind == "event"):
            batch = list(some)
            if is_event:
                self._deeds.tell(batch)
                self._told |= {each.details["id"] for each in batch}
                noted += [Noted(self._figures.rounds, each, time.monotonic_ns()) for each in batch]
            else:
                noted += [self._do(each, each.at) for each in batch]
        return noted

    def _do(self, deed: Deed, now: datetime) -> Noted:
        self._clock.moment = max(now, self._clock.moment)
        is_certain = self._deeds.do(deed, now)
        return Noted(self._figures.rounds, replace(deed, at=now), time.monotonic_ns() if is_certain else 0)

    def _work(self, tick: datetime, deeds: Iterable[Deed]) -> tuple[list[datetime], list[Noted]]:
        """Let every worker work while the deeds are done; their clocks then."""
        if self._figures.rounds <= REHEARSED or not self.workers:
            return self._rehearse(tick, deeds)
        self._hire()
        for worker in self._staff:
            worker.begin(self._figures.rounds, tick)
        if not self.is_calm and self._chance.random() < 0.004:
            time.sleep(self._chance.uniform(0, 0.03))
            self._chance.choice(self._staff).kill()
        racing = [self._do(each, tick) for each in deeds]
        clocks = []
        for worker in list(self._staff):
            wait(worker.handles)
            moment = worker.finish()
            if moment is None:
                self._figures.kills += 1
                self._killed_at.append(tick)
                self._staff.remove(worker)
                worker.end()
            else:
                clocks.append(moment)
        self._has_unread = len(clocks) < self.workers
        return clocks, racing

    def _rehearse(self, tick: datetime, deeds: Iterable[Deed]) -> tuple[list[datetime], list[Noted]]:
        """The first rounds are worked here: whoever is forked then has every statement compiled."""
        self._clock.moment = tick
        vendor = Vendor(self.journal, self._clock, self.seed, self._figures.rounds, is_calm=True)
        work(self._services, vendor, self._chance)
        return [self._clock.moment], [self._do(each, self._clock.moment) for each in deeds]

    def _hire(self) -> None:
        if len(self._staff) == self.workers:
            return
        self._services.store.close()  # no connection crosses a fork
        while len(self._staff) < self.workers:
            number = self._figures.kills + len(self._staff)
            setup = Setup(self._services.store, self.plan.world, self.journal, self.seed, self.is_calm)
            self._staff.append(Worker(setup, number))

    def _next_at(self, tick: datetime) -> datetime | None:
        """When the next thing happens or falls due; None when nothing ever will."""
        found = [each.at for each in self._later] + ([self._queue[0].at] if self._queue else [])
        with self._services.store.read() as connection:
            leased = sa.case((outbox.c.lease_until > outbox.c.not_before, outbox.c.lease_until),
                             else_=outbox.c.not_before)
            is_open = outbox.c.state.in_(("pending", "sending"))
            first_wait = sa.select(sa.func.min(waits.c.due_at)).where(waits.c.state == "waiting")
            first_row = sa.select(sa.func.min(leased, type_=outbox.c.not_before.type)).where(is_open)
            due = [connection.scalar(first_wait), connection.scalar(first_row)]
        due = [max(each, self._awake_at) for each in due if each is not None]
        if self._has_unread:
            due.append(max(tick, self._awake_at))
        return min([*found, *due], default=None)

    def _expect_receipts(self, calls: Sequence[Call]) -> None:
        """What the vendor will tell of what it took: late, twice, in any order, or never."""
        if self.is_calm:
            return
        for call in calls:
            if not call.was_taken or call.channel in ("web", "sms"):
                continue
            states = ("failed",) if self._chance.random() < 0.01 else self._chance.choice(RECEIPTS)
            for state in states:
                at = call.at + timedelta(seconds=self._chance.randrange(60, 20_000))
                self._later.append(Deed(at, "receipt", "", {"outbox_id": call.outbox_id, "state": state}))

    def _expect_bounces(self, calls: Sequence[Call]) -> None:
        """A refusal that may have died with its worker comes once more, as returned mail; of a number it does not."""
        for call in calls:
            if call.fate == "refused" and call.channel == "email":
                at = call.at + timedelta(seconds=self._chance.randrange(60, 20_000))
                self._later.append(Deed(at, "bounce", "", {"address": call.address}))

    # -- at the end ----------------------------------------------------------------------------

    def _account(self) -> None:
        figures, checker = self._figures, self._checker
        figures.wrong, figures.examples = checker.wrong, checker.examples
        figures.sent = checker.taken.total()
        figures.sent_days = len(checker.sent_days)
        figures.doubled = sum(times - 1 for times in checker.taken.values())
        figures.fates = Counter(call.fate for calls in checker.calls.values() for call in calls)
        with self._services.store.read() as connection:
            rows = list(connection.execute(sa.select(outbox)))
            open_waits = connection.scalar(
                sa.select(sa.func.count()).select_from(waits).where(waits.c.state == "waiting"))
            theirs = sa.select(sa.func.count()).select_from(events).where(events.c.silo != "prevenant")
            heard = int(connection.scalar(theirs) or 0)
        figures.lost["waits_open"] += int(open_waits or 0)
        figures.lost["events"] += len(self._told) - heard
        for row in rows:
            self._account_row(row)
        self._account_expected(rows)
        figures.lost, figures.held = +figures.lost, +figures.held

    def _account_row(self, row: Any) -> None:
        figures, calls = self._figures, self._checker.calls.get(row.outbox_id, [])
        was_taken = any(each.was_taken for each in calls)
        if row.state in ("held", "withdrawn"):
            figures.held.update(row.reason.split(","))
            figures.wrong["left_though_held"] += was_taken
        elif row.state in ENDED:
            figures.lost["said_sent"] += not was_taken
        elif row.state == "unknown":
            figures.unknown += 1
            is_told = any(each.fate in ("silent", "lost", "killed", "killed_before") for each in calls)
            figures.lost["unknown_without_cause"] += not (is_told or self._was_killed(row))
        elif row.state == "failed":
            figures.lost["failed_though_taken"] += was_taken and row.reason != "not_delivered"
        else:
            figures.lost["open"] += 1

    def _was_killed(self, row: Any) -> bool:
        """Whether a worker was killed while it may have had that row: its lease began then."""
        if row.lease_until is None:
            return False
        marked_at = row.lease_until - timedelta(seconds=60)
        return any(timedelta(0) <= marked_at - at < STEP for at in self._killed_at)

    def _account_expected(self, rows: Sequence[Any]) -> None:
        """What nothing speaks against has to have arrived, or it is known what became of it."""
        owner_of = self.plan.world.owner_of
        excused = {(owner_of(row.channel, row.address), _begins(row.payload["text"])) for row in rows
                   if row.state in ("unknown", "failed")}
        heard = {(owner_of(call.channel, call.address), _begins(call.text))
                 for calls in self._checker.calls.values() for call in calls if call.was_taken}
        outages = [(each.at, each.at + timedelta(hours=each.details["hours"] + 1)) for each in self.plan.deeds
                   if each.kind == "outage"]
        for each in self.plan.expected:
            is_out = any(begin < each.ends_at and each.begins_at < end for begin, end in outages)
            is_there = (each.who, each.words) in heard | excused
            if not is_out and not is_there and each.ends_at < self._cut_at:
                figures = self._figures
                figures.lost["expected"] += 1
                figures.examples.append(f"expected: {each}")


def _begins(text: str) -> str:
    """What a message is, and of which thing."""
    return "|".join(text.split("|")[:2]) + "|"


def _ceil(moment: datetime) -> datetime:
    """The next step of the clock, or this one."""
    seconds = STEP.total_seconds()
    return moment + timedelta(seconds=-moment.timestamp() % seconds)
