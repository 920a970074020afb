"""Workers of the simulation: processes that run the worker's own passes over one store, and may be killed anywhere."""

import multiprocessing
import os
import random
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np

from benchmarks.simulate.shop import Clock, Shop
from benchmarks.simulate.vendor import Vendor
from benchmarks.simulate.world import World
from bot.commerce.protocol import CommerceEngine
from bot.content.offers import ToldOffer
from bot.content.pictures import PictureShelf
from bot.decision.guardrails import Guardrails, load_guardrails
from bot.decision.triggers import Trigger, load_triggers
from bot.decision.waits import run_triggers
from bot.errors import Conflict, RetryLater
from bot.nudges.dispatch import dispatch_once
from bot.nudges.schedule import decide_due
from bot.profile.store.engine import Store
from bot.recommend.recommender import Recommender
from bot.service.policy import Policy, load_policy
from bot.settings import Settings

SHOP_FILES = Path(__file__).with_name("shop")
POLICY = Path(__file__).parents[2] / "data" / "shops" / "demo" / "policy.toml"
SALT = "a salt of sixteen"
SLOW_SHARE, AWAY_SHARE = 0.01, 0.005  # of the shop's answers
_MOST_PASSES = 200
_FORK = multiprocessing.get_context("fork")  # so that a worker begins at once, with the world as it is


@dataclass
class Services:
    """Fits `bot.nudges.services.NudgeServices`."""

    offers: ClassVar[tuple[ToldOffer, ...]] = ()  # the shop's own words
    store: Store
    commerce: CommerceEngine
    clock: Clock
    triggers: tuple[Trigger, ...] = field(default_factory=lambda: load_triggers(SHOP_FILES / "triggers.toml"))
    guardrails: Guardrails = field(default_factory=lambda: load_guardrails(SHOP_FILES / "guardrails.toml"))
    policy: Policy = field(default_factory=lambda: load_policy(POLICY))
    settings: Settings = field(
        default_factory=lambda: Settings(holdout_salt=SALT, whatsapp_recipients_a_day=100_000, log_level="error")
    )

    def __post_init__(self) -> None:
        """The recommender's snapshots are each worker's own; the shop has no pictures."""
        self.pictures = PictureShelf(self.store)
        self.recommender = Recommender(self.store, self.commerce)


def open_simulated(store: Store, world: World, clock: Clock, seed: int, *, is_calm: bool = False) -> Services:
    """The services of one worker, or of the driver, on its own clock. `is_calm`: its shop is quick and never away."""
    shares = (0.0, 0.0) if is_calm else (SLOW_SHARE, AWAY_SHARE)
    shop = Shop(world, clock, random.Random(seed), *shares)
    return Services(store, cast(CommerceEngine, shop), clock)


@dataclass
class Setup:
    """What a worker is started with."""

    store: Store  # the driver's: what it has compiled, its workers need not
    world: World
    journal: Path
    seed: int
    is_calm: bool = False


class Worker:
    """A process that makes passes when it is told to."""

    def __init__(self, setup: Setup, number: int) -> None:
        """Starts it. No connection to the store may be open in this process: it is forked."""
        self._conn, theirs = _FORK.Pipe()
        seed = setup.seed * 1_000 + number
        self._process: BaseProcess = _FORK.Process(target=_serve, args=(setup, seed, theirs, self._conn), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid or 0

    @property
    def handles(self) -> list[Any]:
        """What to wait on: its answer, or its end."""
        return [self._conn, self._process.sentinel]

    def begin(self, number: int, moment: datetime) -> None:
        """Let it work, its clock at that moment."""
        with suppress(ConnectionError):  # killed: `finish` tells
            self._conn.send((number, moment))

    def finish(self) -> datetime | None:
        """Its clock after the work; None when it was killed. Raises RuntimeError with what it stumbled over."""
        try:
            answer = self._conn.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            return None
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return cast(datetime, answer)

    def kill(self) -> None:
        """Wherever it is."""
        if self._process.is_alive() and self._process.pid:
            os.kill(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and forget it."""
        self.kill()
        self._process.join()
        self._conn.close()


def _serve(setup: Setup, seed: int, mine: Connection, theirs: Connection) -> None:
    theirs.close()
    chance = random.Random(seed)
    clock = Clock(datetime(2026, 1, 1, tzinfo=UTC))
    services = open_simulated(setup.store, setup.world, clock, seed, is_calm=setup.is_calm)
    vendor = Vendor(setup.journal, clock, setup.seed, is_calm=setup.is_calm)
    while True:
        try:
            vendor.round, clock.moment = mine.recv()
        except EOFError:
            return
        try:
            work(services, vendor, chance)
        except Exception as error:  # told to the driver, which stops
            mine.send(f"{type(error).__name__}: {error}")
            raise
        mine.send(clock.moment)


def work(services: Services, vendor: Vendor, chance: random.Random) -> None:
    """Pass after pass, in any order, until nothing is left to do; as the worker's loops do."""
    rng = np.random.default_rng(chance.randrange(2**32))
    passes: Sequence[Any] = (
        lambda: run_triggers(services, services.clock()),
        lambda: decide_due(services, services.clock(), rng),
        lambda: dispatch_once(services, vendor),
    )
    for _ in range(_MOST_PASSES):
        did = 0
        for each in chance.sample(passes, len(passes)):
            try:
                did += each()
            except (RetryLater, Conflict):  # the loop rests and goes on
                did += 1
        if not did:
            return
