"""Customers' ids: nobody's twice, and new ones beside each other in the indexes."""

from datetime import timedelta

from bot.profile.identities import create_customers


def test_gives_no_id_twice_in_the_same_moment(store, now):
    with store.write() as connection:
        made = create_customers(connection, 500, now=now, salt="salt-for-tests-0123")
    assert len(set(made)) == 500
    assert {len(each) for each in made} == {32}


def test_puts_later_customers_behind_earlier_ones(store, now):
    with store.write() as connection:
        first = create_customers(connection, 3, now=now, salt="salt-for-tests-0123")
        later = create_customers(connection, 3, now=now + timedelta(milliseconds=1), salt="salt-for-tests-0123")
    assert max(first) < min(later)
