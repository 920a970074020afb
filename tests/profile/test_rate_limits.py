"""Windows that many uses are counted in at once hold what they hold for one."""

from datetime import datetime, timedelta

from bot.profile.rate_limits import find_used_up, give_back, take, take_each, take_some
from bot.profile.store.engine import Store


def test_counts_many_keys_as_it_counts_one(store: Store, now: datetime) -> None:
    with store.write() as connection:
        assert take(connection, "a", limit=2, window_seconds=60, now=now)
        assert take_each(connection, ["a", "b", "a", "b", "b"], limit=2, window_seconds=60, now=now) == [
            True, True, False, True, False]
        assert not take(connection, "b", limit=2, window_seconds=60, now=now)
        assert find_used_up(connection, ["a", "b", "c"], limit=2, window_seconds=60, now=now) == {"a", "b"}
        later = now + timedelta(seconds=60)
        assert take_each(connection, ["a", "b"], limit=2, window_seconds=60, now=later) == [True, True]


def test_grants_what_is_left_and_no_more(store: Store, now: datetime) -> None:
    with store.write() as connection:
        granted = [take_some(connection, "k", 3, limit=5, window_seconds=1, now=now) for _ in range(3)]
        assert granted == [3, 2, 0]
        give_back(connection, "k")
        assert take_some(connection, "k", 3, limit=5, window_seconds=1, now=now) == 1
        assert take_some(connection, "k", 9, limit=5, window_seconds=1, now=now + timedelta(seconds=1)) == 5


def test_asks_for_nothing_of_nobody(store: Store, now: datetime) -> None:
    with store.write() as connection:
        assert take_each(connection, [], limit=1, window_seconds=1, now=now) == []
