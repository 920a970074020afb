"""The inserts do the same on both databases, python-side defaults and odd values included."""

import pytest
import sqlalchemy as sa

from bot.profile.customers import create_customer
from bot.profile.store.tables import codes, traits
from bot.profile.store.upsert import insert_many, insert_or_ignore, insert_or_update, is_listed, is_one_of, to_list

ODD = ["l'été", 'a"b\\c', "emoji 🧣", {"deep": [1, None, True, 1.5]}, None, "", "%s :x"]


@pytest.fixture
def customer(store, now):
    """Somebody to say things of."""
    with store.write() as connection:
        return create_customer(connection, now=now, salt="salt-for-tests-0123")


def _rows(customer, values, now):
    return [{"customer_id": customer, "name": f"n{n}", "silo": "s", "value": value, "set_at": now}
            for n, value in enumerate(values)]


def test_does_nothing_with_no_rows(store):
    with store.write() as connection:
        insert_many(connection, traits, [])
        insert_or_update(connection, traits, [], ("name",), ("value",))
        assert insert_or_ignore(connection, traits, [], ("name",)) == 0


def test_keeps_odd_values_as_they_are(store, customer, now):
    keys = ("customer_id", "name", "silo")
    with store.write() as connection:
        assert insert_or_ignore(connection, traits, _rows(customer, ODD, now), keys) == len(ODD)
        assert insert_or_ignore(connection, traits, _rows(customer, ODD, now), keys) == 0
        insert_or_update(connection, traits, _rows(customer, ["new"], now), keys, ("value",))
        found = connection.execute(sa.select(traits).order_by(traits.c.name)).all()
    assert [row.value for row in found] == ["new", *ODD[1:]]
    assert {row.set_at for row in found} == {now}


def test_fills_a_columns_default(store, now):
    row = {"subject": "s", "code_hash": "h", "created_at": now, "expires_at": now}
    with store.write() as connection:
        insert_many(connection, codes, [row, row])
        assert connection.scalars(sa.select(codes.c.attempts)).all() == [0, 0]


def test_finds_one_of_many_texts(store, customer, now):
    with store.write() as connection:
        insert_many(connection, traits, _rows(customer, ["a", "b", "c"], now))
        condition = is_one_of(connection, traits.c.name, ["n0", "n2", "x"])
        found = connection.scalars(sa.select(traits.c.name).where(condition))
        assert sorted(found) == ["n0", "n2"]


def test_finds_what_a_parameter_lists(store, customer, now):
    names = ["l'été", 'a"b\\c', "🧣", "z"]
    rows = [{"customer_id": customer, "name": name, "silo": "s", "value": 1, "set_at": now} for name in names]
    with store.write() as connection:
        insert_many(connection, traits, rows)
        dialect = connection.dialect.name
        query = sa.select(traits.c.name).where(is_listed(dialect, traits.c.name, "some"))
        lists = [to_list(dialect, some) for some in ([], [*names[:3], "x"])]
        found = [sorted(connection.scalars(query, {"some": each})) for each in lists]
    assert found == [[], sorted(names[:3])]
