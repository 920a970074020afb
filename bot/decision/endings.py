"""Stage 3: an event that ends waits -> which of them it ends. Pure.

It ends what began before it, by when it came in and by when it happened: a file of the tills may tell at night of what
was bought three days ago, and who filled a basket since still waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.profile.events import Event

# A till's file may name the day of a purchase alone, clocks disagree, and an order may be dated from where its checkout
# began: within it what is heard afterwards counts as bought afterwards, and nothing is sent.
APART = timedelta(days=1)


@dataclass(frozen=True)
class Ending:
    """What ends waits, as far as they began before."""

    event_id: int
    happened_at: datetime

    def is_of(self, facts: Mapping[str, Any]) -> bool:
        """Whether it ends a wait, by its facts."""
        began_at = datetime.fromisoformat(facts["event_at"])
        return int(facts["event_id"]) < self.event_id and self.is_since(began_at)

    def is_since(self, began_at: datetime) -> bool:
        """Whether it happened after something began."""
        return earliest_ending(began_at) <= self.happened_at


Endings = dict[str, list[Ending]]  # by the subject of the waits that they end; "" all


def earliest_ending(began_at: datetime) -> datetime:
    """From when on something ends what began at a moment."""
    return began_at - APART


def add_ending(endings: Endings, subject: str, event: Event) -> Ending:
    """Add what an event ends. Events come by their ids: of those before it only what happened later still counts."""
    ending = Ending(event.event_id, min(event.occurred_at, event.received_at))
    endings[subject] = [each for each in endings.get(subject, ()) if each.happened_at > ending.happened_at] + [ending]
    return ending


def join_endings(endings: Endings, others: Endings) -> None:
    """Add others of the same person."""
    for subject, some in others.items():
        endings[subject] = [*endings.get(subject, ()), *some]


def find_endings(endings: Endings, subject: str) -> list[Ending]:
    """Those that count for a subject."""
    return [*endings.get("", ()), *endings.get(subject, ())]
