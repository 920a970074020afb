"""A message that may wait leaves at the hour that fits best, never in one that is taken."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from bot.decision.timing import find_best_hour

TEN = datetime(2026, 11, 24, 10, 20, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")  # an hour ahead


def fit_of(**hours: float) -> np.ndarray:
    fit = np.ones(24)
    for hour, value in hours.items():
        fit[int(hour.removeprefix("h"))] = value
    return fit


def move(fit: np.ndarray, hours: float = 12, taken: tuple[int, ...] = (), first: datetime = TEN) -> datetime:
    until = first + timedelta(hours=hours)
    return find_best_hour(first, until, fit, PARIS, lambda at: at.astimezone(PARIS).hour not in taken)


def test_stays_where_no_hour_is_better() -> None:
    assert move(fit_of()) == TEN
    assert move(fit_of(h11=2.0, h20=2.0)) == TEN


def test_moves_to_the_best_hour_of_the_persons_own_clock_and_keeps_the_minutes() -> None:
    assert move(fit_of(h15=1.5, h20=2.0)) == TEN.replace(hour=19)


def test_goes_no_further_than_it_may() -> None:
    assert move(fit_of(h15=1.5, h20=2.0), hours=8) == TEN.replace(hour=14)
    assert move(fit_of(h20=2.0), hours=-1) == TEN


def test_leaves_out_hours_that_are_taken() -> None:
    assert move(fit_of(h15=1.5, h20=2.0), taken=(20, 21)) == TEN.replace(hour=14)


def test_knows_the_hour_on_the_day_the_clocks_change() -> None:
    first = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)  # half past midnight in Paris; at three it is two again
    assert move(fit_of(h04=2.0), first=first) == datetime(2026, 10, 25, 3, 30, tzinfo=UTC)
