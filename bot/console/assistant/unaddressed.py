"""The assistant: the shop's segments and journeys -> an audience that no journey of advertising addresses. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bot.decision.triggers import Trigger
from bot.profile.satisfaction import COMPLAINED
from bot.profile.segments.book import Segment
from bot.profile.segments.tree import Consents, Did, Identified, Trait, conditions_of

LEAST_PERSONS, LEAST_ENTERED = 100, 20  # in it, and who came in a month: a journey begins with whoever comes
ENTERED = "Segment Entered"
_SATISFACTION = "satisfaction"


@dataclass(frozen=True)
class Numbers:
    """A segment as it stands: persons, who came in the last month, and in the last week."""

    persons: int
    came_in_month: int
    came_in_week: int


@dataclass(frozen=True)
class Unaddressed:
    """A segment, and the journey whose kind and messages would do for it."""

    segment: str
    source: str
    numbers: Numbers


def find_unaddressed(
    segments: Mapping[str, Segment], triggers: Sequence[Trigger], numbers: Mapping[str, Numbers],
    proven: Collection[str] = (),
) -> list[Unaddressed]:
    """Segments that are large enough, most people first; none where no journey has words that fit anybody.

    `proven`: journeys that were seen to bring more than nothing; their words come first.
    """
    fitting = [each for each in triggers if _fits_anybody(each)]
    if not fitting:
        return []
    source = min(fitting, key=lambda each: (each.name not in proven, each.name)).name
    addressed = {name for each in triggers if each.purpose == "marketing" for name in _audiences(each)}
    found = [
        Unaddressed(name, source, numbers[name]) for name, segment in segments.items()
        if name in numbers and name not in addressed and _is_audience(segment)
        and numbers[name].persons >= LEAST_PERSONS and numbers[name].came_in_month >= LEAST_ENTERED
    ]
    return sorted(found, key=lambda each: -each.numbers.persons)


def _fits_anybody(trigger: Trigger) -> bool:
    """Advertising that greets whoever comes into a segment or leaves it, and promises no more than it says."""
    return trigger.kind == "greeting" and trigger.purpose == "marketing" and "segment" in trigger.where


def _audiences(trigger: Trigger) -> list[str]:
    return [trigger.audience, *(each.audience for each in trigger.follow_ups), *trigger.where.get("segment", ())]


def _is_audience(segment: Segment) -> bool:
    """Not who may be written to, which is no interest of theirs; not those who are unhappy, whom advertising angers."""
    conditions = list(conditions_of(segment.tree))
    is_unhappy = any(
        (isinstance(each, Trait) and each.name == _SATISFACTION) or (isinstance(each, Did) and each.event == COMPLAINED)
        for each in conditions
    )
    return not is_unhappy and not all(isinstance(each, Consents | Identified) for each in conditions)
