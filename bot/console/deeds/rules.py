"""The console's deeds: goals, caps and quiet hours as they are in force, and what they were. Reads.

Others are drafts of the kinds `goal` and `pressure`: `bot.console.deeds.drafts` begins, changes and proposes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.bootstrap import InForce, Services
from bot.charter.book import GUARDRAILS
from bot.charter.content import goal_subject
from bot.charter.drafts import Draft, list_drafts
from bot.console.deeds.versions import Version, list_versions
from bot.decision.guardrails import Guardrails
from bot.measure.goals import Goal


@dataclass(frozen=True)
class GoalSeen:
    """A goal in force, and what it was, newest first."""

    goal: Goal
    versions: Sequence[Version]


@dataclass(frozen=True)
class Rules:
    """What is wanted, and how often and when people hear of us."""

    goals: Sequence[GoalSeen]
    guardrails: Guardrails
    pressure: Sequence[Version]
    drafts: Sequence[Draft]


def look_at_rules(services: Services) -> Rules:
    """As they stand."""
    shop = InForce(services).read()
    with services.store.read() as connection:
        goals = [GoalSeen(each, list_versions(connection, goal_subject(each.key))) for each in shop.goals.goals]
        drafts = [*list_drafts(connection, kind="goal"), *list_drafts(connection, kind="pressure")]
        return Rules(goals, shop.guardrails, list_versions(connection, GUARDRAILS), drafts)
