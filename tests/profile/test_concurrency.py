"""What holds for one writer holds for several at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from time import sleep

import pytest
import sqlalchemy as sa

from bot.profile.conversations import open_conversation, verify_conversation
from bot.profile.customers import create_customer, find_customer, members_of, merge_customers, resolve_identity
from bot.profile.rate_limits import take
from bot.profile.store.tables import customers, identities

SALT = "salt-for-tests-0123"


def _at_once(store, jobs: list[Callable]):
    def run(job):
        with store.write() as connection:
            return job(connection)

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [each.result(60) for each in [pool.submit(run, job) for job in jobs]]


def test_one_identity_seen_by_many_at_once_is_one_customer(store, now):
    def resolve(connection):
        return resolve_identity(connection, "email", "ada@example.org", source="t", is_verified=False, now=now,
                                salt=SALT)

    assert len(set(_at_once(store, [resolve] * 6))) == 1
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(customers)) == 1
        assert connection.scalar(sa.select(sa.func.count()).select_from(identities)) == 1


def test_many_conversations_that_prove_one_account_at_once_are_one_person(store, now):
    def verify(number):
        def job(connection):
            opened = open_conversation(connection, "web", f"v{number}", now=now, salt=SALT)
            verify_conversation(connection, opened.sender_id, customer_ref="c1", by="token",
                                until=now + timedelta(minutes=5), now=now, salt=SALT)

        return job

    _at_once(store, [verify(number) for number in range(6)])
    with store.read() as connection:
        assert len(members_of(connection, find_customer(connection, "customer_id", "c1"))) == 7


def test_a_chain_merged_from_both_ends_at_once_is_one_person(store, now):
    with store.write() as connection:
        people = [create_customer(connection, now=now + timedelta(seconds=n), salt=SALT) for n in range(6)]
    pairs = [(0, 5), (5, 1), (1, 4), (4, 2), (2, 3)]
    _at_once(store, [
        lambda connection, a=people[a], b=people[b]: merge_customers(connection, a, b, reason="t", now=now)
        for a, b in pairs
    ])
    with store.read() as connection:
        assert members_of(connection, people[3]) == people


def test_no_more_are_taken_than_the_limit_allows(store, now):
    taken = _at_once(store, [lambda connection: take(connection, "k", limit=3, window_seconds=60, now=now)] * 8)
    assert sum(taken) == 3


def test_writers_that_wait_for_another_hold_no_connection(store):
    if not store.is_sqlite:
        pytest.skip("PostgreSQL's writers wait for rows, in their transactions")
    begun = Barrier(5)

    def write():
        begun.wait(10)
        with store.write() as connection:
            return connection.scalar(sa.select(1))

    with ThreadPoolExecutor(4) as pool:
        with store.write():
            waiting = [pool.submit(write) for _ in range(4)]
            begun.wait(10)
            sleep(0.1)
            assert store.engine.pool.checkedout() == 1
        assert [each.result(10) for each in waiting] == [1] * 4
