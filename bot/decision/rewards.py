"""Stage 3: what happened after a message -> what it brought, in the value of the goal. Pure.

Only what happens within the window after it left is put down to it. A way to the till is counted once, at the
furthest point reached; asking to be left alone is a cost that nothing makes up for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.decision.learning_rules import Rewards
from bot.intake.names import NUDGE_DECLINED

Outcome = Literal["seen", "clicked", "replied", "declined", "added", "bought", "opted_out"]
OUTCOME_OF_EVENT: dict[str, Outcome] = {  # in the Segment Spec's names
    "Email Opened": "seen",
    "Email Link Clicked": "clicked",
    "Promotion Clicked": "clicked",
    "Push Notification Tapped": "clicked",
    NUDGE_DECLINED: "declined",
    "Product Added": "added",
    "Order Completed": "bought",
    "Unsubscribed": "opted_out",
    "Email Marked as Spam": "opted_out",
}

_WORTH_NOTHING = frozenset({"opted_out", "declined"})  # by themselves: a no was a reply too


@dataclass(frozen=True)
class Happening:
    """One thing the merged person did, on whatever channel."""

    outcome: Outcome
    at: datetime


def reward_of(happenings: Iterable[Happening], sent_at: datetime, window_seconds: float, rewards: Rewards) -> float:
    """What a message that left at `sent_at` brought; 0 for silence, below 0 where it cost more than it brought."""
    until = sent_at + timedelta(seconds=window_seconds)
    came = {each.outcome for each in happenings if sent_at <= each.at < until}
    cost = rewards.opted_out if "opted_out" in came else 0.0
    return max((getattr(rewards, each) for each in came - _WORTH_NOTHING), default=0.0) - cost
