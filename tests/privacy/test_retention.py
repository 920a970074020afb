"""What is older than the shop keeps it is deleted, what is younger stays; counted first on request."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.privacy import retention
from bot.privacy.retention import apply_retention, run_if_due
from bot.profile.conversations import open_conversation
from bot.profile.customers import resolve_identity
from bot.profile.events import Event, append_events
from bot.profile.store.tables import customers, events, rate_limits
from bot.profile.traits import set_trait
from tests.privacy.people import SALT, ZELDA, make_trackers, settle


@pytest.fixture
def zelda(services: Services) -> str:
    return settle(services, ZELDA)


def test_deletes_nothing_that_is_young(services: Services, zelda: str) -> None:
    assert sum(apply_retention(services).values()) == 0


def test_counts_and_deletes_nothing_when_only_asked(services: Services, zelda: str, clock) -> None:
    clock.wait(days=4_000)
    counted = apply_retention(services, is_dry=True)
    assert counted["events"] and counted["trackers"] == 3 and counted["mailbox"] == 2
    assert apply_retention(services, is_dry=True) == counted
    done = apply_retention(services)
    assert {name: done[name] for name in ("events", "decisions", "rejects", "trackers", "mailbox")} == {
        name: counted[name] for name in ("events", "decisions", "rejects", "trackers", "mailbox")
    }
    assert sum(apply_retention(services).values()) == 0


@pytest.mark.parametrize(("days", "goes", "stays"), [
    (2, {"codes", "rate_limits", "privacy_links"}, {"events", "messages", "rejects"}),
    (61, {"rejects", "mailbox"}, {"events", "messages", "decisions", "candidate_sets"}),
    (366, {"decisions", "candidate_sets", "trackers"}, {"events", "messages"}),
    (731, {"messages", "outbox", "inbox"}, {"events", "audit"}),
    (1_096, {"events"}, {"audit"}),
])
def test_deletes_each_kind_after_its_own_days(services: Services, zelda: str, clock, days, goes, stays) -> None:
    clock.wait(days=days)
    counts = apply_retention(services)
    assert {name for name in goes if not counts[name]} == set()
    assert {name for name in stays if counts[name]} == set()


def test_keeps_what_is_still_on_its_way_however_old(services: Services, zelda: str, clock) -> None:
    with services.store.write() as connection:
        connection.execute(sa.text("UPDATE inbox SET state = 'working'"))
        connection.execute(sa.text("UPDATE outbox SET state = 'pending'"))
        connection.execute(sa.text("UPDATE handoffs SET state = 'taken'"))
    clock.wait(days=1_000)
    counts = apply_retention(services)
    assert (counts["inbox"], counts["outbox"], counts["handoffs"], counts["waits"]) == (0, 0, 0, 0)


def test_a_customer_who_is_known_is_never_a_stranger(services: Services, zelda: str, clock) -> None:
    clock.wait(days=9_000)
    assert apply_retention(services)["strangers"] == 0
    with services.store.read() as connection:
        assert connection.scalar(sa.select(customers.c.root_id).where(customers.c.customer_id == zelda))


def test_strangers_go_with_everything_in_batches(services: Services, clock, monkeypatch) -> None:
    monkeypatch.setattr(retention, "STRANGERS", 3)
    with services.store.write() as connection:
        for number in range(8):
            talk = open_conversation(connection, "web", f"nobody-{number}", now=clock.now, salt=SALT)
            set_trait(connection, talk.customer_id, "answer_hours", {"9": 1}, silo="computed:chat", now=clock.now)
        mail = resolve_identity(connection, "email", "guest@example.com", source="shop", is_verified=False,
                                now=clock.now, salt=SALT)
    clock.wait(days=396)
    with services.store.write() as connection:
        back = open_conversation(connection, "web", "came-back", now=clock.now - timedelta(days=400), salt=SALT)
        append_events(connection, [Event("e-1", back.customer_id, "web", "page", "", {}, clock.now, clock.now)])
    assert apply_retention(services)["strangers"] == 8
    with services.store.read() as connection:
        assert set(connection.scalars(sa.select(customers.c.customer_id))) == {mail, back.customer_id}


def test_deletes_in_batches_until_nothing_is_left(services: Services, clock, monkeypatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)
    with services.store.write() as connection:
        who = resolve_identity(connection, "email", "a@example.com", source="t", is_verified=True, now=clock.now,
                               salt=SALT)
        append_events(connection, [
            Event(f"e-{n}", who, "web", "page", "", {}, clock.now - timedelta(days=2_000 if n % 2 else 1), clock.now)
            for n in range(50)
        ])
    assert apply_retention(services)["events"] == 25
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == 25


def test_runs_once_a_day(services: Services, zelda: str, clock) -> None:
    clock.wait(days=3)
    assert run_if_due(services) > 0
    with services.store.write() as connection:
        connection.execute(sa.insert(rate_limits).values(
            key="old", window_started_at=clock.now - timedelta(days=9), count=1
        ))
    clock.wait(hours=23)
    assert run_if_due(services) == 0
    clock.wait(hours=1)
    assert run_if_due(services) == 1


def test_a_tracker_that_goes_on_is_kept_whole(services: Services, clock) -> None:
    make_trackers(services, [("a", "old"), ("b", "old")], at=clock.now.timestamp())
    clock.wait(days=366)
    make_trackers(services, [("a", "new")], at=clock.now.timestamp())
    assert apply_retention(services)["trackers"] == 1
