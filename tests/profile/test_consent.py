"""Promise 1, the consent part: in doubt the answer is no."""

from datetime import timedelta

import pytest

from bot.profile.consent import consent_state, has_consent, record_consent, withdraw_all
from bot.profile.customers import create_customer, merge_customers

SALT = "salt-for-tests-0123"


@pytest.fixture
def say(store, now):
    """Record a consent so many minutes from now."""

    def record(customer, state, minutes=0, *, channel="web", purpose="marketing"):
        with store.write() as connection:
            record_consent(connection, customer, purpose=purpose, channel=channel, state=state, source="test",
                           wording="May we write to you?", now=now + timedelta(minutes=minutes))

    return record


@pytest.fixture
def two(store, now):
    """Two customers."""
    with store.write() as connection:
        return [create_customer(connection, now=now, salt=SALT) for _ in range(2)]


def _state(store, customer, channel="web", purpose="marketing"):
    with store.read() as connection:
        return consent_state(connection, customer, purpose, channel)


def test_is_unknown_and_not_granted_when_nobody_was_asked(store, two):
    assert _state(store, two[0]) == "unknown"
    with store.read() as connection:
        assert not has_consent(connection, two[0], "marketing", "web")


def test_a_grant_says_nothing_about_another_channel_or_purpose(store, two, say):
    say(two[0], "granted")
    assert _state(store, two[0]) == "granted"
    assert _state(store, two[0], channel="sms") == "unknown"
    assert _state(store, two[0], purpose="personalisation") == "unknown"


def test_the_latest_word_counts_of_the_channel_or_of_all(store, two, say):
    say(two[0], "granted", 0)
    say(two[0], "withdrawn", 1, channel="*")
    assert _state(store, two[0]) == "withdrawn"
    say(two[0], "granted", 2)
    assert (_state(store, two[0]), _state(store, two[0], channel="sms")) == ("granted", "withdrawn")


def test_withdrawing_all_ends_every_purpose_on_every_channel(store, two, say, now):
    for purpose in ("marketing", "personalisation", "service"):
        say(two[0], "granted", purpose=purpose)
    with store.write() as connection:
        withdraw_all(connection, two[0], source="chat", wording="stop messaging me", now=now)
    for purpose in ("marketing", "personalisation", "service"):
        assert _state(store, two[0], channel="email", purpose=purpose) == "withdrawn"
        assert _state(store, two[0], purpose=purpose) == "withdrawn"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_merged_person_has_the_stricter_of_the_two(store, two, say, now, order):
    say(two[order[0]], "withdrawn", -2)
    say(two[order[1]], "granted", -1)
    with store.write() as connection:
        merge_customers(connection, *two, reason="test", now=now)
    assert [_state(store, each) for each in two] == ["withdrawn", "withdrawn"]


def test_a_merged_person_keeps_a_grant_when_the_other_part_said_nothing(store, two, say, now):
    say(two[1], "granted", -1)
    with store.write() as connection:
        merge_customers(connection, *two, reason="test", now=now)
    assert [_state(store, each) for each in two] == ["granted", "granted"]


def test_a_merged_person_can_say_something_new_for_all_of_it(store, two, say, now):
    say(two[0], "withdrawn", -2)
    with store.write() as connection:
        merge_customers(connection, *two, reason="test", now=now)
    say(two[1], "granted", 1)
    assert [_state(store, each) for each in two] == ["granted", "granted"]
    say(two[0], "withdrawn", 2)
    assert [_state(store, each) for each in two] == ["withdrawn", "withdrawn"]
