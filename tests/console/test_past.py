"""The demo's made-up past: nowhere else, the same by its seed, known in its effect, heard by nobody, and gone again."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.console.figures import read_days, read_worth
from bot.console.key_times import Rows
from bot.console.past.filling import fill, remove, work_on_past
from bot.console.past.people import PREFIX, invent_people
from bot.console.past.state import HELD, as_measured, hold_past, is_made_up, note_past, read_past
from bot.console.past.story import ADDS, BUYS_WITHOUT, Story, tell
from bot.decision.waits import CURSOR, run_triggers
from bot.errors import Conflict, NotAllowed
from bot.prepare import prepare_data
from bot.profile.events import Event, append_events, events_after
from bot.profile.identities import create_customer
from bot.profile.segments.members import refresh_changed
from bot.profile.store.tables import cursors, events, inbox, messages, metadata, outbox, waits
from bot.service.transcript import read_transcript
from tests.conftest import NOW

FEW, DAYS = 150, 9


@pytest.fixture
def services(services: Services) -> Services:
    """The demo as `make run` prepares it."""
    prepare_data(services)
    return services


def _story(seed: int = 7) -> Story:
    rng = np.random.default_rng(seed)
    return Story(rng, NOW, ZoneInfo("Europe/Paris"), DAYS, [])


def _counts(services: Services) -> dict[str, int]:
    with services.store.read() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items() if name not in ("console_figures", "cursors", "journeys")
        }


@pytest.mark.parametrize("change", [{"mode": "production"}, {"engine": "vendure"}, {"shop": "tau"}])
def test_makes_up_nothing_outside_the_demo(services: Services, change: dict[str, str]) -> None:
    before = _counts(services)
    real = replace(services, settings=replace(services.settings, **change))
    for deed in (fill, remove):
        with pytest.raises(NotAllowed):
            deed(real)
    with services.store.write() as connection:
        note_past(connection, "wanted")
    assert work_on_past(real) == 0 and not is_made_up(real) and as_measured(real) is real
    assert _counts(services) == before


def test_the_same_seed_makes_the_same_past(services: Services) -> None:
    pieces = [(each, each.variants[0]) for each in services.commerce.search_products(limit=5).items]

    def told(seed: int):
        story = replace(_story(seed), pieces=pieces)
        return tell(story, invent_people(story.rng, 40), services.triggers)

    assert told(7) == told(7) and told(7) != told(8)


def test_nothing_of_it_begins_a_journey_or_leaves(services: Services) -> None:
    run_triggers(services, services.clock())
    with services.store.read() as connection:
        begun = connection.scalar(sa.select(sa.func.count()).select_from(waits))
    assert fill(services, people=FEW, days=DAYS)
    run_triggers(InForce(services).read(), services.clock())
    while refresh_changed(services.store, services.segments, now=services.clock()):
        pass
    run_triggers(InForce(services).read(), services.clock())
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(waits)) == begun
        assert not connection.scalar(sa.select(sa.func.count()).where(outbox.c.state.in_(("pending", "sending"))))
        late = connection.scalar(sa.select(sa.func.count()).where(events.c.occurred_at > services.clock()))
    assert late == 0


def test_what_really_happens_is_heard_while_it_is_there_and_once_it_is_gone(services: Services) -> None:
    assert fill(services, people=FEW, days=DAYS)
    assert _heard_of(services, "while") == ["while"]
    with services.store.write() as connection:
        row = {"message_id": "m1", "sender_id": "s1", "direction": "in", "payload": {}, "at": NOW}
        connection.execute(messages.insert().values(row))  # PostgreSQL counts by a sequence, which fills no gap
        assert connection.scalar(sa.select(messages.c.position).where(messages.c.message_id == "m1")) == 1
    remove(services)
    assert _heard_of(services, "after") == ["after"]


def _heard_of(services: Services, key: str) -> list[str]:
    """Somebody looks at something: which events begin after the engine's cursor of before."""
    run_triggers(services, services.clock())
    with services.store.write() as connection:
        passed = int(connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == CURSOR)) or 0)
        someone = create_customer(connection, now=NOW, salt="s")
        append_events(connection, [Event(key, someone, "web", "track", "Product Viewed", {}, NOW, NOW)])
        return [each.message_id for each in events_after(connection, passed, 10)]


def test_what_really_happened_is_counted_beside_it(services: Services) -> None:
    at = NOW - timedelta(days=2)
    with services.store.write() as connection:
        row = {"message_id": "m1", "sender_id": "s1", "direction": "in", "payload": {}, "at": at}
        connection.execute(messages.insert().values(row))
    assert fill(services, people=FEW, days=DAYS)
    with services.store.read() as connection:
        mine = Rows(connection).between(messages.c.position, messages.c.at, at, at + timedelta(seconds=1))
        assert "m1" in connection.scalars(sa.select(messages.c.message_id).where(mine)).all()
        theirs = Rows(connection).between(messages.c.position, messages.c.at, NOW - timedelta(days=DAYS), at)
        assert connection.scalar(sa.select(sa.func.count()).select_from(messages).where(theirs))


def test_its_talks_are_read_from_their_beginning(services: Services) -> None:
    assert fill(services, people=FEW, days=DAYS)
    with services.store.read() as connection:
        sender = connection.scalar(sa.select(inbox.c.sender_id).where(inbox.c.inbox_id < 1).limit(1))
        assert read_transcript(connection, str(sender))


def test_is_filled_once_and_taken_out_whole(services: Services) -> None:
    before = _counts(services)
    steps: list[int] = []
    assert fill(services, people=FEW, days=DAYS, progress=lambda step, _: steps.append(step))
    assert steps == [1, 2, 3, 4, 5] and is_made_up(services)
    there = _counts(services)
    assert all(there[each] > before[each] for each in ("customers", "events", "decisions", "outbox", "messages",
                                                       "purchases", "segment_members", "inbox"))
    assert not fill(services, people=FEW, days=DAYS) and _counts(services) == there
    today = NOW.date()
    with services.store.read() as connection:
        days = read_days(connection, today - timedelta(days=DAYS), today)
        assert any(each.conversations for each in days.values()) and any(each.sent for each in days.values())
        assert (read_worth(connection) or ({},))[0]["*"]["holdout"] == "programme"
    assert remove(services) and not remove(services)
    assert _counts(services) == before and not is_made_up(services)


def test_two_never_change_it_at_once(services: Services) -> None:
    with services.store.write() as connection:
        note_past(connection, "filling", 2)
        assert hold_past(connection, "the command", NOW) and hold_past(connection, "the command", NOW)
    before = _counts(services)
    for deed in (fill, remove):
        with pytest.raises(Conflict, match="another process"):
            deed(services)
    assert work_on_past(services) == 0 and _counts(services) == before
    later = replace(services, clock=lambda: NOW + HELD)  # whoever held it crashed
    assert remove(later)
    with services.store.write() as connection:
        assert hold_past(connection, "the worker", NOW)  # and nobody holds it any more


def test_what_was_broken_off_is_begun_anew(services: Services) -> None:
    before = _counts(services)

    def break_off(step: int, _: int) -> None:
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(services, people=FEW, days=DAYS, progress=break_off)
    with services.store.read() as connection:
        assert read_past(connection).state == "filling"
    assert fill(services, people=FEW, days=DAYS)
    remove(services)
    assert _counts(services) == before


def test_the_demos_own_customers_did_something_yesterday(services: Services) -> None:
    fill(services, people=FEW, days=DAYS)
    with services.store.read() as connection:
        found = connection.execute(sa.select(events.c.name, events.c.occurred_at, events.c.customer_id).where(
            events.c.name == "Product Viewed", events.c.message_id.startswith(PREFIX),
        )).all()
    zone = ZoneInfo(services.settings.timezone)
    yesterday = NOW.astimezone(zone).date() - timedelta(days=1)
    assert sum(each.occurred_at.astimezone(zone).date() == yesterday for each in found) >= 8


def test_what_messages_bring_is_what_was_planted(services: Services) -> None:
    pieces = [(each, each.variants[0]) for each in services.commerce.search_products(limit=5).items]
    story = replace(_story(), pieces=pieces, days=40)
    people = invent_people(story.rng, 6_000)
    rows = tell(story, people, [each for each in services.triggers if each.name == "cart_left"])
    bought = {each["customer_id"] for each in rows["events"] if each["name"] == "Order Completed"
              and each["occurred_at"] > NOW - timedelta(days=40)}
    chosen = {each["customer_id"]: each["chosen"].partition(":")[0] for each in rows["decisions"]}
    rate = {
        kind: np.mean([each in bought for each, said in chosen.items() if said == kind])
        for kind in ("web", "email", "")
    }
    assert rate["web"] - rate[""] == pytest.approx(ADDS["web"], abs=0.06)
    assert rate["email"] - rate[""] == pytest.approx(ADDS["email"], abs=0.05)
    assert rate[""] > BUYS_WITHOUT
