"""Stage 3: persons -> what the profile has counted of each: orders, opinions, the hours at which they write."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.decision.features import TRAITS, Habits, habits_of
from bot.decision.persons import Person
from bot.profile.store.tables import traits

_CHUNK = 400


def read_habits(connection: sa.Connection, people: Sequence[Person]) -> dict[str, Habits]:
    """What the profile has counted of each person, over everybody they were merged from."""
    root_of = {member: person.root for person in people for member in person.members}
    said: dict[str, list[tuple[str, Any]]] = {person.root: [] for person in people}
    members = sorted(root_of)
    for start in range(0, len(members), _CHUNK):
        query = sa.select(traits.c.customer_id, traits.c.name, traits.c.value).where(
            traits.c.customer_id.in_(members[start : start + _CHUNK]), traits.c.name.in_(TRAITS)
        )
        for row in connection.execute(query):
            said[root_of[row.customer_id]].append((row.name, row.value))
    return {root: habits_of(some) for root, some in said.items()}
