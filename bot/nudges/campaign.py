"""Stage 3 -> 4: a campaign is launched: everybody is decided for, each offer of it, in batches."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
import structlog

from bot.decision.decide import Decided, decide, keep_decisions
from bot.decision.facts_for import Wish
from bot.decision.pauses import is_paused
from bot.decision.persons import lock_persons
from bot.decision.triggers import Step, Trigger, find_trigger
from bot.decision.versions import keep_versions
from bot.errors import FixConfiguration
from bot.nudges.facts import Facts
from bot.nudges.reading import open_facts
from bot.nudges.schedule import enqueue_decided, list_candidates, moment_of
from bot.nudges.services import NudgeServices
from bot.profile.store.tables import customers, identities

log = structlog.get_logger()
BATCH = 200  # persons locked together: short enough for everybody else's writes


@dataclass
class Launch:
    """What came of a launch, by offer: how many messages wait to leave, and why the others stay home."""

    planned: Counter[str] = field(default_factory=Counter)
    held: dict[str, Counter[str]] = field(default_factory=dict)


def launch_campaign(
    services: NudgeServices, name: str, now: datetime, rng: np.random.Generator | None = None
) -> Launch:
    """Decide every offer of the campaign for every person the shop can name. FixConfiguration for a wrong name. Writes.

    A second launch within the cooldown reaches nobody twice.
    """
    trigger = find_trigger(services.triggers, name)
    if not trigger.steps:
        raise FixConfiguration(f"triggers.toml: [triggers.{name}] has no steps: it is not a campaign")
    rng = rng if rng is not None else np.random.default_rng()
    launch = Launch()
    reader = open_facts(services)
    facts = [reader.read("offer", {"offer": step.offer}) for step in trigger.steps]
    for roots in _known_roots(services):
        for step, known in zip(trigger.steps, facts, strict=True):
            _plan_step(services, trigger, step, known, roots, now, rng, launch)
    log.info("campaign_launched", campaign=name, planned=dict(launch.planned))
    return launch


def _known_roots(services: NudgeServices) -> Iterator[Sequence[str]]:
    last = ""
    while True:
        with services.store.read() as connection:
            query = (
                sa.select(customers.c.root_id)
                .join(identities, identities.c.customer_id == customers.c.customer_id)
                .where(identities.c.kind.in_(("customer_id", "email", "phone")), customers.c.root_id > last)
            )
            roots = connection.scalars(query.distinct().order_by(customers.c.root_id).limit(BATCH)).all()
        if not roots:
            return
        last = roots[-1]
        yield roots


def _plan_step(
    services: NudgeServices, trigger: Trigger, step: Step, facts: Facts, roots: Sequence[str], now: datetime,
    rng: np.random.Generator, launch: Launch,
) -> None:
    at = now + timedelta(seconds=step.wait_seconds)
    nudge = f"{trigger.name}:{step.offer}"
    with services.store.write() as connection:
        alive = sorted(set(lock_persons(connection, roots).values()))
        wishes = [_wish(trigger, facts, root, at) for root in alive]
        candidates = list_candidates(trigger, "offer", (step.channel,), step.offer)
        moment = moment_of(services, now, at, is_paused=is_paused(connection, trigger))
        decided = decide(connection, trigger, nudge, wishes, candidates, moment, rng)
        keep_versions(connection, [trigger], now)
        keep_decisions(connection, nudge, decided, now, trigger.version)
        for each in decided:
            key = f"nudge:{nudge}:{each.wish.root}:{int(now.timestamp())}"
            enqueue_decided(connection, services, trigger, nudge, each, facts, key=key, now=now)
    _count(launch, step, decided)


def _wish(trigger: Trigger, facts: Facts, root: str, at: datetime) -> Wish:
    return Wish(
        root=root,
        about=facts.offer.about if facts.offer else f"campaign:{trigger.name}",
        facts=facts.refs,
        case="offer",
        expires_at=at + timedelta(seconds=trigger.expires_seconds),
        reason=facts.reason,
    )


def _count(launch: Launch, step: Step, decided: Sequence[Decided]) -> None:
    held = launch.held.setdefault(step.offer, Counter())
    for each in decided:
        if each.candidate:
            launch.planned[step.offer] += 1
        else:
            held.update(each.reasons)
