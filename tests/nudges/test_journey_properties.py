"""Whatever happens in any order, with restarts, rewording, clocks that jump: one letter at most, and a right one."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.decision.triggers import name_version
from bot.profile.store.engine import Store
from tests.databases import Databases
from tests.nudges.test_journeys import COAT, DAY, LETTER, buys, clicks, declines, reworded, writes
from tests.nudges.world import STRICT, World

_ENDS = {"writes": writes, "clicks": clicks, "declines": declines, "buys": buys}
_STEP = st.one_of(
    st.tuples(st.just("later"), st.sampled_from([20, 3600, DAY, 3 * DAY, 4 * DAY])),
    st.tuples(st.sampled_from([*_ENDS]), st.just(0)),
    st.tuples(st.sampled_from(["restart", "reword", "decide", "dispatch", "adds"]), st.just(0)),
    st.tuples(st.just("earlier"), st.sampled_from([60, DAY])),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(_STEP, min_size=1, max_size=10))
def test_a_letter_follows_silence_alone_and_once(
    databases: Databases, now: datetime, steps: list[tuple[str, int]]
) -> None:
    from tests.conftest import _migrate

    with databases.copy_of("store", _migrate) as url:
        store = Store(url)
        rules = replace(STRICT, caps={}, nudge_question_seconds=0, in_conversation_seconds=0)
        world = World(store, now, guardrails=rules)
        world.triggers = tuple(each for each in world.triggers if each.name == "cart_left")
        try:
            _play(world, steps)
        finally:
            for each in (store, *world.opened):
                each.close()


def _play(world: World, steps: list[tuple[str, int]]) -> None:
    person = world.person(email="ada@example.org")
    world.adds(person, COAT)
    begun, done, did = 1, [], set()
    for what, seconds in [("later", 20), *steps]:
        if what in ("later", "earlier"):
            world.later(seconds if what == "later" else -seconds)
        elif what == "restart":
            world.store.close()
        elif what == "reword":
            world.triggers = (reworded(world.triggers[0], f"Your basket is still here {len(done)}"),)
        elif what == "adds":
            world.adds(person, "bag-camel-one size")
            begun += 1
        elif what in ("decide", "dispatch"):
            getattr(world, what)()
        elif what not in did:  # each once: their ids are theirs
            did.add(what)
            _ENDS[what](world, person)
            done.append((world.now, len(world.rows())))  # what was written by then is not to blame
            _answer(world)
        if what != "decide":
            world.decide()
            world.dispatch()
    world.later(3 * DAY)
    world.decide()
    world.dispatch()
    _check(world, begun, done)


def _answer(world: World) -> None:
    """What was written has been answered: nobody is in a conversation any more."""
    from sqlalchemy import text

    with world.store.write() as connection:
        connection.execute(text("UPDATE inbox SET state = 'done'"))


def _check(world: World, begun: int, done: list[tuple[datetime, int]]) -> None:
    rows = [row for row in world.rows() if row.state == "sent"]
    assert len({row.idempotency_key for row in rows}) == len(rows) <= 2 * begun
    letters = [row for row in rows if row.nudge.endswith(":letter")]
    first = {row.idempotency_key: row for row in rows if not row.nudge.endswith(":letter")}
    for letter in letters:
        before = first[letter.idempotency_key.removesuffix(":letter")]
        assert letter.payload["text"].startswith(LETTER)
        assert letter.facts["version"] == before.facts["version"]
        silent_until = before.sent_at + timedelta(days=3)
        assert letter.created_at >= silent_until
        earlier = [at for at, rows_then in done if letter.outbox_id > rows_then]
        assert not [at for at in earlier if before.sent_at <= at < silent_until]


def test_versions_have_the_name_of_their_content(world: World) -> None:
    trigger = next(each for each in world.triggers if each.name == "cart_left")
    assert reworded(trigger, "a").version != reworded(trigger, "b").version
    assert name_version(reworded(trigger, "a")) == reworded(trigger, "a").version
