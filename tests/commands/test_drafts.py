"""`prevenant drafts`: what somebody drafted, as the lines of a file."""

import json
import tomllib
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.bootstrap import PROJECT
from bot.charter import drafts
from bot.charter.drafted import kind_of
from bot.charter.drafts import keep_draft, make_draft
from bot.charter.kept import AGREED, propose
from bot.decision.tables import write_table
from bot.decision.triggers import load_triggers
from bot.decision.versions import dump_trigger
from bot.errors import NotFound

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TRIGGERS = load_triggers(PROJECT / "data" / "shops" / "demo" / "triggers.toml")


def test_prints_what_a_developer_takes_into_the_file(run, store):
    with pytest.raises(NotFound):
        run("drafts", "show", "1")
    body = write_table(TRIGGERS[0])
    with store.write() as connection:
        draft = make_draft(connection, "journey", "noon", body, base="", why="Try [/it].", by="ada", now=NOW)
    assert "Try [/it]." in run("drafts") and "journey noon" in run("drafts")
    assert json.loads(run("drafts", "--json"))[0]["state"] == "draft"
    told = run("drafts", "show", str(draft.id))
    assert told.startswith("# ada: Try [/it].\n") and tomllib.loads(told)["triggers"]["noon"] == body


def _agree(store, kind, name, content):
    """As the console does once the three parts have agreed to a draft."""
    with store.write() as connection:
        draft = make_draft(connection, kind, name, {}, base="", why="Try it.", by="ada", now=NOW)
        subject = kind_of(kind).subject(name)
        proposal = propose(connection, subject, content, by="ada", reason="", now=NOW, due_at=NOW, state=AGREED)
        keep_draft(connection, drafts.propose(draft, draft.revision, proposal), "ada", NOW)


def test_commands_know_what_was_drafted_and_agreed_on(run, store):
    campaign = next(each for each in TRIGGERS if each.steps)
    offer = replace(campaign, name="noon", messages=tuple(
        replace(each, channels=("whatsapp",), templates={"fr": "midi", "en": "noon"}) for each in campaign.messages))
    _agree(store, "journey", "noon", dump_trigger(offer))
    _agree(store, "segment", "noon_people", {"rule": "never seen", "fr": "Midi", "en": "Noon", "events": False})
    assert "noon" in {each["journey"] for each in json.loads(run("journeys", "--json"))}
    assert {"midi", "noon"} <= {each["name"] for each in json.loads(run("templates"))}
    assert json.loads(run("plan", "noon", "--dry-run", "--json").splitlines()[-1])["people"] == 0
    assert "noon_people" in run("segments")
    assert json.loads(run("segments", "preview", "in segment noon_people"))["count"] == 0
