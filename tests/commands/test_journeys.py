"""`prevenant journeys`, as it is typed."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import PROJECT, utc_now
from bot.decision.triggers import load_triggers
from bot.decision.waits import observe
from bot.errors import FixConfiguration, FixInput
from bot.profile.consent import record_consent
from bot.profile.conversations import open_conversation
from bot.profile.events import Event, append_events, events_after
from bot.profile.store.tables import decisions, segment_members

TRIGGERS = PROJECT / "data" / "shops" / "demo" / "triggers.toml"


@pytest.fixture
def visitor(store):
    """Somebody who did something yesterday, and was heard."""
    at = utc_now() - timedelta(days=1)
    with store.write() as connection:
        talk = open_conversation(connection, "web", "anonymous-1", now=at, salt="a salt of sixteen")
        record_consent(connection, talk.customer_id, purpose="service", channel="*", state="granted", source="test",
                       wording="", now=at)
        append_events(connection, [Event(
            message_id="e1", customer_id=talk.customer_id, silo="web", type="track", name="Conversation Rated",
            properties={"rating": 1}, occurred_at=at, received_at=at,
        )])
        observe(connection, events_after(connection, 0, 10), load_triggers(TRIGGERS), at)
    return talk.customer_id


def test_names_what_is_not_there(run):
    with pytest.raises(FixConfiguration, match="spring"):
        run("journeys", "dry-run", "spring")
    with pytest.raises(FixInput, match="2026-11-24"):
        run("journeys", "dry-run", "amends", "--day", "yesterday")


def test_lists_every_journey_with_its_version_and_whom_it_has(run, visitor):
    told = {each["journey"]: each for each in json.loads(run("journeys", "--json"))}
    assert told["amends"]["waiting"] == 1 and told["amends"]["first_used_at"] and told["amends"]["is_current"]
    assert told["cart_left"]["steps"] == ["letter"] and told["cart_left"]["waiting"] == 0
    assert "en chemin" in run("journeys", "--language", "fr") and "letter" in run("journeys")


def test_tries_a_journey_by_name_and_a_draft_in_a_file(run, visitor, tmp_path):
    told = json.loads(run("journeys", "dry-run", "amends", "--json"))[0]
    assert (told["occasions"], told["would_have_sent"], told["held"]) == (1, 0, 1)
    assert told["because"]["unreachable"] == 1
    draft = tmp_path / "draft.toml"
    draft.write_text(
        '[triggers.sorry]\nkind = "greeting"\non = ["Conversation Rated"]\nexpires_seconds = 86400\n'
        'cooldown_seconds = 0\npurpose = "service"\nchannels = ["web"]\n'
        '[[triggers.sorry.messages]]\ncase = "any"\nvariant = "plain"\nfr = "Pardon."\nen = "We are sorry."\n'
        .replace('on = ', 'wait_seconds = 0\non = '), encoding="utf-8",
    )
    day = str((utc_now() - timedelta(days=1)).date())
    told = json.loads(run("journeys", "dry-run", str(draft), "--day", day, "--json"))[0]
    if told["occasions"]:  # the shop's day may have been another one than UTC's
        assert [each["customer_id"] for each in told["to"]] == [visitor]
    assert "Would have sent" in run("journeys", "dry-run", str(draft))
    assert "Aurait envoyé" in run("journeys", "dry-run", str(draft), "--language", "fr")


def test_announces_to_an_audience(run, store, visitor):
    with store.write() as connection:
        connection.execute(sa.insert(segment_members).values(
            segment="navy_lovers", customer_id=visitor, entered_at=utc_now()))
    words = ("journeys", "announce", "navy_launch", "--key", "spring")
    told = [json.loads(run(*words).splitlines()[-1]) for _ in range(2)]
    assert told == [{"journey": "navy_launch", "people": people} for people in (1, 0)]


def test_tells_where_somebody_stands(run, store, visitor):
    told = json.loads(run("journeys", "person", visitor, "--json"))
    assert [(each["journey"], each["state"]) for each in told["waits"]] == [("amends", "waiting")]
    with store.write() as connection:
        connection.execute(sa.insert(decisions).values(
            customer_id=visitor, trigger="amends", subject="greeting", chosen="", probability=1.0, decided_at=utc_now(),
            candidates=[{"name": "email:plain", "value": 1.0, "probability": 0.0, "held": ["unreachable"]}],
            version="abc123",
        ))
    told = run("journeys", "person", visitor, "--language", "fr")
    assert "abc123" in told and "rien" in told and "email:plain" in told
    assert "amends" in run("journeys", "person", visitor) and "parcours" in run(
        "journeys", "person", visitor, "--language", "fr")
