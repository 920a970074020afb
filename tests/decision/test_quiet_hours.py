"""Quiet hours hold in the person's own zone, on the days the clocks change too."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decision.quiet_hours import QuietHours, UnknownZone, quiet_until

NIGHT = QuietHours(time(21), time(8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_is_silent_at_night_until_morning_in_the_persons_zone() -> None:
    assert quiet_until(NIGHT, at("2026-11-24T22:30+00:00"), ["Europe/Paris"]) == at("2026-11-25T07:00+00:00")
    assert quiet_until(NIGHT, at("2026-11-24T22:30+00:00"), ["America/New_York"]) is None


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        # 29 March 2026: clocks go forward at 01:00 UTC, so eight in the morning is 06:00 UTC
        ("2026-03-28T22:00+00:00", "2026-03-29T06:00+00:00"),
        ("2026-03-29T05:59+00:00", "2026-03-29T06:00+00:00"),
        ("2026-03-29T06:00+00:00", None),
        # 25 October 2026: clocks go back at 01:00 UTC, so eight in the morning is 07:00 UTC
        ("2026-10-24T22:00+00:00", "2026-10-25T07:00+00:00"),
        ("2026-10-25T06:30+00:00", "2026-10-25T07:00+00:00"),
        ("2026-10-25T07:00+00:00", None),
    ],
)
def test_keeps_the_local_hour_when_the_clocks_change(moment: str, until: str | None) -> None:
    assert quiet_until(NIGHT, at(moment), ["Europe/Paris"]) == (at(until) if until else None)


def test_counts_the_repeated_hour_whole_when_quiet_ends_in_it() -> None:
    early = QuietHours(time(22), time(2, 30))
    first_pass, second_pass = at("2026-10-25T00:45+00:00"), at("2026-10-25T01:15+00:00")
    assert quiet_until(early, first_pass, ["Europe/Paris"]) == at("2026-10-25T01:30+00:00")
    assert quiet_until(early, second_pass, ["Europe/Paris"]) == at("2026-10-25T01:30+00:00")


def test_lasts_over_the_skipped_hour_when_quiet_begins_or_ends_in_it() -> None:
    # 29 March 2026, Paris: two is three; half past two is never. 8 March, New York: the same.
    early, late = QuietHours(time(20), time(2, 30)), QuietHours(time(2, 30), time(8))
    assert quiet_until(early, at("2026-03-29T00:45+00:00"), ["Europe/Paris"]) == at("2026-03-29T01:30+00:00")
    assert quiet_until(early, at("2026-03-08T06:30+00:00"), ["America/New_York"]) == at("2026-03-08T07:30+00:00")
    assert quiet_until(late, at("2026-03-29T01:15+00:00"), ["Europe/Paris"]) == at("2026-03-29T06:00+00:00")


def test_takes_the_strictest_of_several_zones() -> None:
    evening_in_paris = at("2026-11-24T21:00+00:00")
    both = ["Europe/Paris", "America/New_York"]
    assert quiet_until(NIGHT, evening_in_paris, both) == at("2026-11-25T13:00+00:00")


def test_refuses_to_guess_an_unknown_zone() -> None:
    with pytest.raises(UnknownZone):
        quiet_until(NIGHT, at("2026-11-24T12:00+00:00"), ["Mars/Olympus"])


def test_is_never_quiet_when_the_shop_says_so() -> None:
    assert quiet_until(QuietHours(time(0), time(0)), at("2026-11-24T02:00+00:00"), ["Europe/Paris"]) is None


@given(st.integers(0, 365 * 24 * 60), st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata"]))
def test_never_ends_in_the_past_nor_inside_quiet(minutes: int, zone: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    until = quiet_until(NIGHT, moment, [zone])
    if until is not None:
        assert moment < until <= moment + timedelta(hours=12)
        assert quiet_until(NIGHT, until, [zone]) is None
