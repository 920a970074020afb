"""Quiet hours hold in the person's own zone, on the days the clocks change too."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decision.facts_for import Moment, find_quiet_end
from bot.decision.guardrails import Guardrails, load_guardrails
from bot.decision.quiet_hours import (
    CountryLaw,
    QuietHours,
    QuietRules,
    UnknownZone,
    country_of_zone,
    easter_of,
    is_holiday,
    is_holiday_name,
    quiet_until,
)
from bot.errors import FixConfiguration

NIGHT = QuietHours(time(21), time(8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_is_silent_at_night_until_morning_in_the_persons_zone() -> None:
    evening = at("2026-11-24T22:30+00:00")
    assert quiet_until(QuietRules(NIGHT), evening, ["Europe/Paris"]) == at("2026-11-25T07:00+00:00")
    assert quiet_until(QuietRules(NIGHT), evening, ["America/New_York"]) is None


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
    assert quiet_until(QuietRules(NIGHT), at(moment), ["Europe/Paris"]) == (at(until) if until else None)


def test_counts_the_repeated_hour_whole_when_quiet_ends_in_it() -> None:
    early = QuietHours(time(22), time(2, 30))
    first_pass, second_pass = at("2026-10-25T00:45+00:00"), at("2026-10-25T01:15+00:00")
    assert quiet_until(QuietRules(early), first_pass, ["Europe/Paris"]) == at("2026-10-25T01:30+00:00")
    assert quiet_until(QuietRules(early), second_pass, ["Europe/Paris"]) == at("2026-10-25T01:30+00:00")


def test_lasts_over_the_skipped_hour_when_quiet_begins_or_ends_in_it() -> None:
    # 29 March 2026, Paris: two is three; half past two is never. 8 March, New York: the same.
    early, late = QuietRules(QuietHours(time(20), time(2, 30))), QuietRules(QuietHours(time(2, 30), time(8)))
    assert quiet_until(early, at("2026-03-29T00:45+00:00"), ["Europe/Paris"]) == at("2026-03-29T01:30+00:00")
    assert quiet_until(early, at("2026-03-08T06:30+00:00"), ["America/New_York"]) == at("2026-03-08T07:30+00:00")
    assert quiet_until(late, at("2026-03-29T01:15+00:00"), ["Europe/Paris"]) == at("2026-03-29T06:00+00:00")


def test_takes_the_strictest_of_several_zones() -> None:
    evening_in_paris = at("2026-11-24T21:00+00:00")
    both = ["Europe/Paris", "America/New_York"]
    assert quiet_until(QuietRules(NIGHT), evening_in_paris, both) == at("2026-11-25T13:00+00:00")


def test_refuses_to_guess_an_unknown_zone() -> None:
    with pytest.raises(UnknownZone):
        quiet_until(QuietRules(NIGHT), at("2026-11-24T12:00+00:00"), ["Mars/Olympus"])


def test_is_never_quiet_when_the_shop_says_so() -> None:
    assert quiet_until(QuietRules(QuietHours(time(0), time(0))), at("2026-11-24T02:00+00:00"), ["Europe/Paris"]) is None


@given(st.integers(0, 365 * 24 * 60), st.sampled_from(["Europe/Paris", "America/New_York", "Asia/Kolkata"]))
def test_never_ends_in_the_past_nor_inside_quiet(minutes: int, zone: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    until = quiet_until(QuietRules(NIGHT), moment, [zone])
    if until is not None:
        assert moment < until <= moment + timedelta(hours=12)
        assert quiet_until(QuietRules(NIGHT), until, [zone]) is None


# -- the law of a country ------------------------------------------------------------------------

FRANCE = CountryLaw("FR", ("sms",), QuietHours(time(20), time(8)), sundays=True, holidays=("easter+1", "11-11"))


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-11-27T12:00+01:00", None),  # a Friday
        ("2026-11-27T20:30+01:00", "2026-11-28T08:00+01:00"),  # later than the shop's evening begins
        ("2026-11-28T20:30+01:00", "2026-11-30T08:00+01:00"),  # Saturday evening: over the Sunday
        ("2026-11-29T12:00+01:00", "2026-11-30T08:00+01:00"),
        ("2026-11-11T12:00+01:00", "2026-11-12T08:00+01:00"),
        ("2026-04-04T21:30+02:00", "2026-04-07T08:00+02:00"),  # Easter Sunday and Monday
        ("2026-03-28T23:00+01:00", "2026-03-30T08:00+02:00"),  # and clocks change on the Sunday
    ],
)
def test_is_silent_on_the_days_and_in_the_hours_of_the_law(moment: str, until: str | None) -> None:
    rules = QuietRules(QuietHours(time(21), time(8)), (FRANCE,))
    assert quiet_until(rules, at(moment), ["Europe/Paris"]) == (at(until) if until else None)


def test_a_law_counts_in_its_country_and_everywhere_where_nobody_knows_the_country() -> None:
    sunday = at("2026-11-29T12:00+00:00")
    rules = QuietRules(None, (FRANCE,))
    assert quiet_until(rules, sunday, ["Europe/London"]) is None
    assert quiet_until(rules, sunday, ["Europe/London", "Europe/Paris"]) == at("2026-11-30T07:00+00:00")
    assert quiet_until(rules, sunday, ["Etc/GMT-1"]) is not None  # a zone of no country
    assert quiet_until(QuietRules(None, (FRANCE,), is_everywhere=True), sunday, ["Europe/London"]) is not None


def test_the_law_holds_advertising_on_its_channels_however_the_shop_treats_them() -> None:
    guardrails = Guardrails(caps={}, quiet_hours={}, quiet_channels={"sms": "free"}, laws=(FRANCE,))
    sunday = Moment(at("2026-11-29T11:00+00:00"), at("2026-11-29T11:00+00:00"), guardrails, "Europe/Paris")

    def ends(purpose: str, channel: str, *zones: str) -> datetime | None:
        return find_quiet_end(zones, purpose, channel, sunday, is_there=True)

    assert ends("marketing", "sms", "Europe/Paris") == ends("marketing", "sms") == at("2026-11-30T07:00+00:00")
    assert ends("marketing", "email", "Europe/Paris") is ends("service", "sms", "Europe/Paris") is None
    assert ends("marketing", "sms", "America/New_York") is None


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "Etc/GMT+5", "Antarctica/Troll"])
def test_a_zone_of_no_country_is_as_good_as_none(zone: str) -> None:
    guardrails = Guardrails(caps={}, quiet_hours={"marketing": NIGHT}, quiet_channels={}, laws=(FRANCE,))
    evening = at("2026-07-07T19:30+00:00")  # half past nine in Paris
    moment = Moment(evening, evening, guardrails, "Europe/Paris")
    for channel in ("sms", "web"):
        alone = find_quiet_end((), "marketing", channel, moment, is_there=False)
        assert alone == find_quiet_end(("Europe/Paris",), "marketing", channel, moment, is_there=False)
        assert alone and alone <= (find_quiet_end((zone,), "marketing", channel, moment, is_there=False) or evening)
    sunday = at("2026-11-29T12:00+00:00")  # and every law counts in the shop's zones: it is a shop of London here
    abroad = Moment(sunday, sunday, guardrails, "Europe/London")
    assert find_quiet_end((zone,), "marketing", "sms", abroad, is_there=False) == at("2026-11-30T08:00+00:00") or (
        zone == "Etc/GMT+5")  # where it is Sunday for longer


def test_an_old_name_of_a_zone_has_its_country() -> None:
    noon = at("2026-07-07T08:00+00:00")  # before the shop opens, and afternoon in India
    shop = Guardrails(caps={}, quiet_hours={"marketing": QuietHours(time(21), time(11))}, quiet_channels={})
    moment = Moment(noon, noon, shop, "Europe/Paris")
    assert [country_of_zone(each) for each in ("Asia/Calcutta", "US/Eastern", "Europe/Kiev")] == ["IN", "US", "UA"]
    assert find_quiet_end(("Asia/Calcutta",), "marketing", "sms", moment, is_there=False) is None


def test_the_law_holds_in_the_territories_that_it_names() -> None:
    sunday = at("2026-11-29T12:00+00:00")
    rules = QuietRules(None, (replace(FRANCE, also=("MQ",)),))
    assert quiet_until(rules, sunday, ["America/Martinique"]) == at("2026-11-30T12:00+00:00")
    assert quiet_until(rules, sunday, ["Indian/Reunion"]) is quiet_until(rules, sunday, ["Europe/London"]) is None


@pytest.mark.parametrize(("year", "month", "day"), [(2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)])
def test_knows_easter(year: int, month: int, day: int) -> None:
    assert easter_of(year) == date(year, month, day)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_finds_a_day_by_its_name_and_by_how_far_easter_is(day: date) -> None:
    assert is_holiday(day, [f"{day:%m-%d}"])
    assert is_holiday(day, [f"easter{(day - easter_of(day.year)).days:+}"])
    assert not is_holiday(day, [f"{day + timedelta(days=1):%m-%d}", f"easter{(day - easter_of(day.year)).days + 1:+}"])


def test_knows_what_names_a_day() -> None:
    assert all(map(is_holiday_name, ("12-25", "02-29", "easter+0", "easter-2")))
    assert not any(map(is_holiday_name, ("", "25-12", "12-32", "easter", "easter1", "easter+01", "1-1", "2026-12-25")))


def test_knows_the_country_of_a_zone() -> None:
    assert [country_of_zone(each) for each in ("Europe/Paris", "Indian/Reunion", "Etc/UTC", "Mars/Olympus")] == [
        "FR", "RE", "", ""]


_SHOPS = Path(__file__).parents[2] / "data" / "shops"


def test_the_demo_writes_no_text_message_on_a_french_sunday() -> None:
    law, = load_guardrails(_SHOPS / "demo" / "guardrails.toml").laws
    assert (law.country, law.channels, law.sundays, len(law.holidays)) == ("FR", ("sms",), True, 11)
    assert set(law.also) == {"GF", "GP", "MQ", "RE", "YT"}


@pytest.mark.parametrize(("line", "complaint"), [
    ('channels = ["fax"]', r"line 3: lawful_quiet\.FR\.channels names 'fax'"),
    ("sundays = true", r"line 1: lawful_quiet\.FR\.channels must name"),
    ('channels = ["sms"]\nholidays = ["32-12"]', r"line 4: lawful_quiet\.FR\.holidays names '32-12'"),
    ('channels = ["sms"]\nbegins = "20:00"', r"line 1: lawful_quiet\.FR\.ends is missing"),
    ('channels = ["sms"]\nsundays = "yes"', r"line 4: lawful_quiet\.FR\.sundays must be true"),
    ('channels = ["sms"]\nalso = ["mq"]', r"line 4: lawful_quiet\.FR\.also names 'mq'"),
    ('channels = ["sms"]\nmondays = true', r"line 4: lawful_quiet\.FR\.mondays is not known"),
])
def test_a_law_that_is_wrong_is_refused_with_its_line(tmp_path: Path, line: str, complaint: str) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text(f"[lawful_quiet.FR]\n\n{line}\n", encoding="utf-8")
    with pytest.raises(FixConfiguration, match=complaint):
        load_guardrails(path)


@pytest.mark.parametrize("table", ["[lawful_quiet.Fr]", "[lawful_quiet.XX]", "[lawful_quiet]\nbegin = '20:00'"])
def test_refuses_what_is_no_country_and_no_key(tmp_path: Path, table: str) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text(f"{table}\nchannels = ['sms']\n", encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"line [12]: lawful_quiet"):
        load_guardrails(path)
