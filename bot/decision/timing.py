"""Stage 3: when messages may leave -> for a trigger that may wait, the hours at which these persons answer best."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.decision.facts_for import Candidate, Moment, Wish, find_leaving, find_route, is_present, takes_words
from bot.decision.features import Habits, zone_of
from bot.decision.hours import EVERYBODY, Floats, count_by_hour, fit_of_hours
from bot.decision.learned import Learned
from bot.decision.persons import Person
from bot.decision.triggers import Trigger

Moments = Sequence[Sequence[datetime]]
_HOUR = timedelta(hours=1)
_SAME = 1e-9  # hours whose fit differs by less suit alike: the earlier one is taken


def move_to_best_hours(
    learned: Learned, persons: Mapping[str, Person], trigger: Trigger, wishes: Sequence[Wish],
    candidates: Sequence[Candidate], leaves_at: Moments, moment: Moment,
) -> Moments:
    """When each wish leaves on each candidate's channel, N x K: as given, or later where that suits its person better.

    Never later than the trigger's `may_move_hours` after the moment, in quiet hours, in the reason's last hour, or
    when the channel's window is closed. Pure.
    """
    if not trigger.may_move_hours:
        return leaves_at
    return tuple(
        tuple(_move(persons[wish.root], learned.habits[wish.root], learned.everybody, trigger, wish, each, at, moment)
              for each, at in zip(candidates, row, strict=True))
        for wish, row in zip(wishes, leaves_at, strict=True)
    )


def find_best_hour(
    first: datetime, until: datetime, fit: Floats, zone: ZoneInfo, is_free: Callable[[datetime], bool]
) -> datetime:
    """Of `first` and every hour after it, `until` included, the free one whose hour of the day fits best. Pure.

    The minutes stay, so that what comes due over an hour does not leave all at once.
    """
    best, at = first, first + _HOUR
    while at <= until:
        if fit[at.astimezone(zone).hour] > fit[best.astimezone(zone).hour] + _SAME and is_free(at):
            best = at
        at += _HOUR
    return best


def _move(
    person: Person, habits: Habits, everybody: Mapping[str, float], trigger: Trigger, wish: Wish,
    candidate: Candidate, first: datetime, moment: Moment,
) -> datetime:
    channel = candidate.channel
    if channel == "web" and is_present(wish, moment):
        return first  # they are there now

    route = find_route(person, wish, channel, moment.now)

    def is_free(at: datetime) -> bool:
        is_quiet = find_leaving(person.zones, wish, trigger.purpose, channel, replace(moment, at=at)) != at
        return not is_quiet and takes_words(route, trigger, wish, candidate, at)

    until = min(moment.at + trigger.may_move_hours * _HOUR, wish.expires_at - _HOUR)
    return find_best_hour(first, until, _fit(habits.hours, everybody, channel), zone_of(person, moment), is_free)


def _fit(own: Mapping[str, float], everybody: Mapping[str, float], channel: str) -> Floats:
    """By what is known of the channel; where nobody ever wrote on it, by when they write at all."""
    own_hours, all_hours = count_by_hour(own, channel), count_by_hour(everybody, channel)
    if not own_hours.any() and not all_hours.any():
        own_hours, all_hours = count_by_hour(own, EVERYBODY), count_by_hour(everybody, EVERYBODY)
    return fit_of_hours(own_hours, all_hours)
