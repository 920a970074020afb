"""Stage 3 -> 4: a campaign is launched: everybody is decided for, each offer of it, some thousand persons at a time."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import sqlalchemy as sa
import structlog

from bot.decision.crowd import Asked, Crowd, read_crowds
from bot.decision.crowd_blocks import next_stretch
from bot.decision.crowd_columns import Matter
from bot.decision.crowd_reader import lock_stretch
from bot.decision.facts_for import Wish
from bot.decision.pauses import is_paused
from bot.decision.plan import Plan, keep_plan, plan_matter
from bot.decision.told import read_told
from bot.decision.triggers import Step, Trigger, find_trigger
from bot.decision.versions import keep_versions
from bot.errors import FixConfiguration
from bot.nudges.facts import FactReader, Facts
from bot.nudges.planned import Drafts, enqueue_plan
from bot.nudges.reading import open_facts
from bot.nudges.schedule import list_candidates, moment_of
from bot.nudges.services import NudgeServices

log = structlog.get_logger()
AT_ONCE = 50_000  # customers of one transaction: writes of others wait for it, some tenths of a second
Progress = Callable[[int], None]


@dataclass
class Launch:
    """What came of a launch, by offer: how many messages wait to leave, and why the others stay home."""

    people: int = 0  # who were decided for
    planned: Counter[str] = field(default_factory=Counter)
    held: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Offer:
    """One step, with what the shop says of it now and the words it gives."""

    step: Step
    matter: Matter
    drafts: Drafts
    at: datetime  # when it is said


@dataclass(frozen=True)
class _Campaign:
    """What is the same for everybody."""

    trigger: Trigger
    offers: tuple[_Offer, ...]
    now: datetime

    @property
    def channels(self) -> list[str]:
        return sorted({each.channel for offer in self.offers for each in offer.matter.candidates})


def launch_campaign(
    services: NudgeServices, name: str, now: datetime, rng: np.random.Generator | None = None, *,
    is_dry: bool = False, at_once: int = AT_ONCE, progress: Progress = lambda _people: None,
) -> Launch:
    """Decide every offer of the campaign for every person the shop can name, or for its audience.

    FixConfiguration for a wrong name. A second launch within the cooldown reaches nobody twice; one that was killed
    leaves whole transactions, and the rest is launched again. `is_dry` says what would come of it. Writes else.
    """
    campaign = _open_campaign(services, name, now)
    rng = rng if rng is not None else np.random.default_rng()
    launch = Launch(held={each.step.offer: Counter() for each in campaign.offers})
    with services.store.read() as connection:
        told = read_told(connection, campaign.trigger.purpose, now)
        stretch = next_stretch(connection, "", at_once)
    while stretch:
        with services.store.read() if is_dry else services.store.write() as connection:
            if not is_dry:
                lock_stretch(connection, stretch)
            told = read_told(connection, campaign.trigger.purpose, now, told)
            asked = Asked(campaign.trigger.purpose, campaign.channels, now, told, campaign.trigger.audience)
            for crowd in read_crowds(connection, stretch, asked, least=None if is_dry else at_once // 2):
                _plan_offers(connection, services, campaign, crowd, rng, launch, is_dry=is_dry)
            stretch = next_stretch(connection, stretch.upto, at_once)
        progress(launch.people)
    log.info("campaign_launched", campaign=name, people=launch.people, planned=dict(launch.planned), is_dry=is_dry)
    return launch


def _open_campaign(services: NudgeServices, name: str, now: datetime) -> _Campaign:
    trigger = find_trigger(services.triggers, name)
    if not trigger.steps:
        raise FixConfiguration(f"triggers.toml: [triggers.{name}] has no steps: it is not a campaign")
    reader = open_facts(services)
    return _Campaign(trigger, tuple(_open_offer(services, reader, trigger, each, now) for each in trigger.steps), now)


def _open_offer(services: NudgeServices, reader: FactReader, trigger: Trigger, step: Step, now: datetime) -> _Offer:
    facts = reader.read("offer", {"offer": step.offer})
    at = now + timedelta(seconds=step.wait_seconds)
    matter = _matter(trigger, step, facts, at)
    return _Offer(step, matter, Drafts(services, matter, facts, now), at)


def _plan_offers(
    connection: sa.Connection, services: NudgeServices, campaign: _Campaign, crowd: Crowd,
    rng: np.random.Generator, launch: Launch, *, is_dry: bool,
) -> None:
    """One offer after the other: what was planned of the first counts in the caps of the second."""
    rests = is_paused(connection, campaign.trigger)
    if not is_dry:
        keep_versions(connection, [campaign.trigger], campaign.now)
    for offer in campaign.offers:
        moment = moment_of(services, campaign.now, offer.at, is_paused=rests)
        plan = plan_matter(connection, crowd, offer.matter, moment, rng)
        if not is_dry:
            keep_plan(connection, plan)
            enqueue_plan(connection, crowd, plan, offer.drafts)
        crowd = crowd.with_planned(
            plan.persons[plan.chosen], plan.leaves_at.gather(plan.chosen), offer.matter.nudge, offer.matter.wish.about
        )
        _count(launch, offer.step, plan)
    launch.people += int(crowd.is_known.sum())


def _matter(trigger: Trigger, step: Step, facts: Facts, at: datetime) -> Matter:
    wish = Wish(
        root="",
        about=facts.offer.about if facts.offer else f"campaign:{trigger.name}",
        facts=facts.refs,
        case="offer",
        expires_at=at + timedelta(seconds=trigger.expires_seconds),
        reason=facts.reason,
    )
    candidates = list_candidates(trigger, "offer", trigger.channels_of(step), step.offer)
    return Matter(trigger, f"{trigger.name}:{step.offer}", wish, tuple(candidates))


def _count(launch: Launch, step: Step, plan: Plan) -> None:
    launch.planned[step.offer] += len(plan.chosen)
    launch.held[step.offer].update(plan.count_reasons())
