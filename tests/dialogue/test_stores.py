"""Rasa's trackers: kept as Rasa's own store keeps them, and held in memory no longer than they are true."""

import asyncio
import json

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from bot.dialogue import stores
from bot.dialogue.stores import TrackerStore

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet]
slots: {language: {type: text, influence_conversation: false, mappings: [{type: custom}]}}
""")


@pytest.fixture
def url(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/trackers.sqlite"
    monkeypatch.setenv("PREVENANT_TRACKER_DATABASE_URL", url)
    return url


@pytest.fixture
def store(url):
    return TrackerStore(DOMAIN)


def say(store, text, sender="s1"):
    """A turn, saved."""

    async def turn():
        tracker = await store.get_or_create_tracker(sender)
        tracker.update(UserUttered(text, {"name": "greet"}))
        tracker.update(ActionExecuted("action_greet"))
        tracker.update(SlotSet("language", text))
        tracker.update(BotUttered(f"re: {text}"))
        tracker.update(ActionExecuted("action_listen"))
        await store.save(tracker)
        return tracker

    return asyncio.run(turn())


def read(store, sender="s1"):
    return asyncio.run(store.retrieve(sender))


def test_knows_nobody_at_first(store):
    assert read(store) is None


def test_goes_on_with_the_tracker_in_memory(store):
    held = say(store, "one")
    assert read(store) is held
    assert say(store, "two") is held


def test_keeps_what_rasas_own_store_keeps(store, url, tmp_path):
    for text in ("one", "two", "three"):
        say(store, text)
    tracker = read(store)
    own = SQLTrackerStore(DOMAIN, db=str(tmp_path / "own.sqlite"))
    asyncio.run(own.save(tracker))
    assert _rows(url) == _rows(f"sqlite:///{tmp_path}/own.sqlite")
    assert list(read(own).events) == list(tracker.events)


def test_reads_anew_what_another_process_added(store):
    say(store, "one")
    say(TrackerStore(DOMAIN), "two")
    assert read(store).latest_message.text == "two"
    assert say(store, "three").get_slot("language") == "three"
    assert [event.text for event in read(TrackerStore(DOMAIN)).events if isinstance(event, UserUttered)] == ["one", "two", "three"]


def test_forgets_what_was_erased(store):
    say(store, "one")
    with store.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM events"))
    assert read(store) is None
    assert [event.text for event in say(store, "two").events if isinstance(event, UserUttered)] == ["two"]


def test_leaves_out_the_events_of_a_turn_that_failed(store):
    say(store, "one").update(UserUttered("lost"))
    assert read(store).latest_message.text == "one"


def test_lets_go_of_trackers_that_are_used_no_more(store, monkeypatch):
    held = say(store, "one")
    monkeypatch.setattr(stores, "HELD_SECONDS", -1.0)
    assert read(store) is not held
    monkeypatch.setattr(stores, "HELD_SECONDS", 300.0)
    monkeypatch.setattr(stores, "MOST_HELD", 2)
    for sender in ("s2", "s3", "s4"):
        say(store, "hello", sender)
    assert len(store._held) <= 3


def _rows(url):
    with sa.create_engine(url).connect() as connection:
        rows = connection.execute(sa.text("SELECT sender_id, type_name, timestamp, intent_name, action_name, data FROM events ORDER BY id"))
        return [(*row[:5], json.loads(row[5])) for row in rows]
