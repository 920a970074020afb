"""Stage 3 -> 4: a campaign is launched: everybody is decided for, each offer of it, some thousand persons at a time."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import structlog

from bot.decision.crowd_columns import Matter
from bot.decision.facts_for import Wish
from bot.decision.told import read_told
from bot.decision.triggers import Step, Trigger, find_open_trigger
from bot.errors import FixConfiguration
from bot.nudges.facts import FactReader, Facts
from bot.nudges.launching import Campaign, Offer, Part, Planner
from bot.nudges.reading import open_facts
from bot.nudges.schedule import list_candidates
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

    def add(self, part: Part) -> None:
        """Count a stretch in."""
        self.people += part.people
        self.planned.update(part.planned)
        for offer, words in part.held.items():
            self.held[offer].update(words)


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
    planner = Planner(services, campaign, told, at_once)
    for part in planner.try_everybody(rng) if is_dry else planner.plan_everybody(rng):
        launch.add(part)
        progress(launch.people)
    log.info("campaign_launched", campaign=name, people=launch.people, planned=dict(launch.planned), is_dry=is_dry)
    return launch


def _open_campaign(services: NudgeServices, name: str, now: datetime) -> Campaign:
    trigger = find_open_trigger(services.triggers, name)
    if not trigger.steps:
        raise FixConfiguration(f"triggers.toml: [triggers.{name}] has no steps: it is not a campaign")
    reader = open_facts(services)
    return Campaign(trigger, tuple(_open_offer(reader, trigger, each, now) for each in trigger.steps), now)


def _open_offer(reader: FactReader, trigger: Trigger, step: Step, now: datetime) -> Offer:
    facts = reader.read("offer", {"offer": step.offer})
    at = now + timedelta(seconds=step.wait_seconds)
    return Offer(step, _matter(trigger, step, facts, at), at)


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
