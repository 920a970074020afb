"""`prevenant drafts`: what somebody drafted, as the lines of a file."""

import json
import tomllib
from datetime import UTC, datetime

import pytest

from bot.bootstrap import PROJECT
from bot.charter.drafts import make_draft
from bot.decision.tables import write_table
from bot.decision.triggers import load_triggers
from bot.errors import NotFound

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
TRIGGERS = load_triggers(PROJECT / "data" / "shops" / "demo" / "triggers.toml")


def test_prints_what_a_developer_takes_into_the_file(run, store):
    with pytest.raises(NotFound):
        run("drafts", "show", "1")
    body = write_table(TRIGGERS[0])
    with store.write() as connection:
        draft = make_draft(connection, "journey", "noon", body, base="", why="Try it.", by="ada", now=NOW)
    assert "journey noon" in run("drafts") and json.loads(run("drafts", "--json"))[0]["state"] == "draft"
    told = run("drafts", "show", str(draft.id))
    assert told.startswith("# ada: Try it.\n") and tomllib.loads(told)["triggers"]["noon"] == body
