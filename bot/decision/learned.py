"""Stage 3: persons -> what was learned and counted that decisions on them go by, read for all of them at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from bot.decision.features import Habits
from bot.decision.habits import read_habits
from bot.decision.learning_rules import Learning
from bot.decision.model_store import Known, read_everybodys_hours, read_model
from bot.decision.persons import Person
from bot.decision.triggers import Trigger


@dataclass(frozen=True)
class Learned:
    """What is known when decisions are made. `known` is None while the shop’s own values count; `habits`: by root."""

    known: Known | None = None
    everybody: Mapping[str, float] = field(default_factory=dict)  # at which hours people answer
    habits: Mapping[str, Habits] = field(default_factory=dict)


def read_learned(
    connection: sa.Connection, trigger: Trigger, people: Sequence[Person], learning: Learning
) -> Learned:
    """As much as a trigger needs: nothing where outcomes are not learned and its messages wait for no better hour."""
    if not (learning.is_on or trigger.may_move_hours):
        return Learned()
    return Learned(
        read_model(connection, learning) if learning.is_on else None,
        read_everybodys_hours(connection) if trigger.may_move_hours else {},
        read_habits(connection, people),
    )
