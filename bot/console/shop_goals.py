"""The console: the shop's goals as they were agreed on, by which everything is measured. Reads."""

from collections.abc import Mapping

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.kept import read_agreed, read_waiting
from bot.measure.goals import GoalBook


def goals_in_force(services: Services) -> GoalBook:
    """The file's goals, or what was agreed on since; with what messages cost, and what people may mind."""
    return InForce(services).read().goals


def name_goals(connection: sa.Connection, services: Services, language: str) -> Mapping[str, str]:
    """What each goal is called, by its key: as agreed on last, else as it waits, else by its file; ended ones too."""
    of_files = {each.key: each.names[language] for each in services.goals.goals}
    waiting = ((each.subject, each.content) for each in read_waiting(connection))
    told = [*waiting, *read_agreed(connection).items()]
    named = {subject.removeprefix("goal:"): content["names"][language]
             for subject, content in told if subject.startswith("goal:")}
    return {**of_files, **named}
