"""A rule asked for everybody, asked for one, and looked up by hand: the same people, whatever happened."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.profile.segments.query import select_persons, select_truths, values_for
from bot.profile.segments.scope import Scope
from tests.conftest import NOW
from tests.profile.segments.worlds import RULES, STEPS, TREES, build_world, holds, roots


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, trees=st.lists(TREES, min_size=8, max_size=16))
def test_everybody_at_once_one_at_a_time_and_by_hand_agree(store, steps, trees):
    build_world(store, steps)
    with store.read() as connection:
        persons = roots(connection)
        by_hand = [{root for root in persons if holds(connection, tree, root, NOW)} for tree in trees]
        for tree, expected in zip(trees, by_hand, strict=True):
            scope = Scope(connection.dialect.name, RULES)
            found = connection.scalars(select_persons(tree, scope), values_for([tree], NOW)).all()
            assert len(found) == len(expected) and set(found) == expected, tree
        scope = Scope(connection.dialect.name, RULES, is_some=True)
        for root in persons:
            row = connection.execute(select_truths(trees, scope), values_for(trees, NOW, [root])).one()
            assert list(row) == [root, *(int(root in expected) for expected in by_hand)]
