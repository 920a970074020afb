"""What decisions considered, kept once where it is the same for many.

A campaign comes to some hundred different answers for a million persons, times what was sent to them lately where the
shop prices. Each stands in `candidate_sets` under a
number made of its content, and a decision points at it. A decision that is like no other holds its own candidates, and
so does every one that was kept before there were sets: whoever reads candidates asks `candidates_of`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.profile.store.tables import candidate_sets, decisions
from bot.profile.store.upsert import is_one_of

_DIGITS = 32  # of the hash
_INSERTS: Mapping[str, Callable[[sa.Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def candidates_of(rows: sa.FromClause = decisions) -> sa.ColumnElement[list[dict[str, Any]]]:
    """The column `candidates` as it was decided, of `decisions` or a subquery with all of its columns."""
    kept = (
        sa.select(candidate_sets.c.candidates).where(candidate_sets.c.set_id == rows.c.candidate_set)
        .correlate(rows).scalar_subquery()
    )
    return sa.func.coalesce(kept, rows.c.candidates, type_=sa.JSON()).label("candidates")


def unfold_held(connection: sa.Connection) -> tuple[sa.TableValuedAlias, sa.TableValuedAlias]:
    """A decision's candidates, and the words in their `held`: `value` of each; to be joined to `decisions`."""
    is_postgres = connection.dialect.name == "postgresql"
    unfold = sa.func.json_array_elements if is_postgres else sa.func.json_each
    words = sa.func.json_array_elements_text if is_postgres else sa.func.json_each
    candidate = unfold(candidates_of()).table_valued(sa.column("value", sa.JSON), name="candidate")
    held = candidate.c.value.op("->")("held") if is_postgres else sa.func.json_extract(candidate.c.value, "$.held")
    return candidate, words(held).table_valued(sa.column("value", sa.Text), name="word")


def decision_columns() -> list[sa.ColumnElement[Any]]:
    """The columns of `decisions`, `candidates` as it was decided; without the number of a set."""
    told = [each for each in decisions.columns if each is not decisions.c.candidate_set]
    return [candidates_of() if each is decisions.c.candidates else each for each in told]


def number_of(text: str) -> str:
    """The number of a set: of its candidates' JSON."""
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def keep_sets(connection: sa.Connection, texts: Sequence[str], now: datetime) -> list[str]:
    """The numbers of some sets, each the JSON of its candidates, kept from now on. Writes.

    Nothing of a set may be one person's alone: it is kept as long as decisions are, whoever is erased.
    """
    if not texts:
        return []
    keys = [number_of(each) for each in texts]
    there = sa.select(candidate_sets.c.set_id).where(
        is_one_of(connection, candidate_sets.c.set_id, keys), candidate_sets.c.used_at >= now)
    known = set(connection.scalars(there))
    # In one order, so that no two wait for each other.
    rows = [{"set_id": key, "candidates": orjson.loads(text), "used_at": now}
            for key, text in sorted(dict(zip(keys, texts, strict=True)).items()) if key not in known]
    if rows:
        insert = _INSERTS[connection.dialect.name](candidate_sets)
        connection.execute(insert.on_conflict_do_update(
            index_elements=["set_id"], set_={"used_at": insert.excluded.used_at},
            where=candidate_sets.c.used_at < insert.excluded.used_at,
        ), rows)
    return keys
