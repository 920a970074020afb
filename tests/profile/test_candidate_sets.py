"""What many decisions considered alike is kept once; rows from before there were sets are read as they were."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from bot.bootstrap import PROJECT
from bot.profile.candidate_sets import candidates_of, keep_sets
from bot.profile.store import migrate as migrating
from bot.profile.store.engine import Store
from bot.profile.store.migrate import migrate
from bot.profile.store.tables import candidate_sets, decisions

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)
ONE, OTHER = ('[{"name":"email:a","held":[]}]', '[{"name":"email:a","held":["cap_day"]}]')
_OLD = sa.text("INSERT INTO decisions (customer_id, trigger, subject, candidates, chosen, probability, decided_at) "
               "VALUES ('c', 't', 's', :candidates, '', 1.0, '2026-11-28 03:00:00')")


def test_the_same_has_one_number_and_the_newest_moment(store: Store) -> None:
    for at in (NOW, NOW + timedelta(days=1), NOW - timedelta(days=1)):
        with store.write() as connection:
            first, second, again = keep_sets(connection, [ONE, OTHER, ONE], at)
            assert first == again != second and keep_sets(connection, [], at) == []
    with store.read() as connection:
        kept = {row.set_id: row for row in connection.execute(sa.select(candidate_sets))}
    assert set(kept) == {first, second} and kept[second].candidates[0]["held"] == ["cap_day"]
    assert {row.used_at for row in kept.values()} == {NOW + timedelta(days=1)}


@pytest.mark.parametrize("goes_back", [False, True])
def test_reads_rows_of_both_kinds_and_goes_back_to_the_older(databases, goes_back: bool) -> None:
    with databases.empty("sets") as url:
        store = Store(url)
        migrate(store, "0022")
        with store.write() as connection:
            old = _OLD.bindparams(sa.bindparam("candidates", [{"name": "old"}], sa.JSON()))
            connection.execute(old)
        migrate(store)
        with store.write() as connection:
            shared, = keep_sets(connection, [OTHER], NOW)
            connection.execute(sa.insert(decisions).values(
                customer_id="c", trigger="t", subject="s", candidates=[], candidate_set=shared, chosen="",
                probability=1.0, decided_at=NOW))
        column = candidates_of()
        if goes_back:
            config = migrating._configure()
            with store.write() as connection:
                config.attributes["connection"] = connection
                command.downgrade(config, "0022")
            column = decisions.c.candidates
        with store.read() as connection:
            read = list(connection.scalars(sa.select(column).order_by(decisions.c.decision_id)))
        assert [each[0]["name"] for each in read] == ["old", "email:a"]
        store.close()


def test_a_subquery_is_read_alike(store: Store) -> None:
    with store.write() as connection:
        shared, = keep_sets(connection, [ONE], NOW)
        for own, key in (([{"name": "own"}], ""), ([], shared)):
            connection.execute(sa.insert(decisions).values(
                customer_id="c", trigger="t", subject="s", candidates=own, candidate_set=key, chosen="",
                probability=1.0, decided_at=NOW))
        some = sa.select(decisions).order_by(decisions.c.decision_id.desc()).limit(9).subquery()
        read = connection.scalars(sa.select(candidates_of(some)).order_by(some.c.decision_id))
        assert [each[0]["name"] for each in read] == ["own", "email:a"]


def test_nobody_reads_the_column_past_the_sets() -> None:
    found = [
        path.name for folder in ("bot", "actions") for path in (PROJECT / folder).rglob("*.py")
        if re.search(r"\b(decisions|newest)\.c\.candidates\b", path.read_text(encoding="utf-8"))
    ]
    assert found == ["candidate_sets.py"]
