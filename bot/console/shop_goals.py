"""The console: the shop's goals as they were agreed on, by which everything is measured. Reads."""

from bot.bootstrap import InForce, Services
from bot.measure.goals import GoalBook


def goals_in_force(services: Services) -> GoalBook:
    """The file's goals, or what was agreed on since; with what messages cost, and what people may mind."""
    return InForce(services).read().goals
