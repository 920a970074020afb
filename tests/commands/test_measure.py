"""`prevenant measure`, as it is typed."""

import json

import pytest

from bot import bootstrap
from bot.bootstrap import utc_now
from bot.charter.kept import read_waiting
from bot.console.trail import read_trail
from bot.decision.pauses import read_pauses
from bot.errors import FixConfiguration
from tests.measure.conftest import Ledger


def test_refuses_to_pause_a_journey_that_is_not_there(run):
    with pytest.raises(FixConfiguration, match="nothing"):
        run("measure", "pause", "nothing")


def test_pauses_and_resumes(run, store, monkeypatch):
    assert json.loads(run("measure", "pause", "cart_left", "--by", "crm")) == \
        {"journey": "cart_left", "paused": True, "changed": True}
    assert not json.loads(run("measure", "pause", "cart_left"))["changed"]
    assert "stopped by hand" in run("measure", "--journey", "cart_left")
    assert "arrêté à la main" in run("measure", "--journey", "cart_left", "--language", "fr")
    monkeypatch.setattr(bootstrap, "load_charter", lambda *_, **__: None)
    assert json.loads(run("measure", "resume", "cart_left", "--by", "crm"))["changed"]
    with store.read() as connection:
        assert read_pauses(connection) == {}


def test_asks_the_charter_to_let_a_journey_go_on_and_answers_for_nobody(run, store):
    assert json.loads(run("measure", "resume", "cart_left")) == \
        {"journey": "cart_left", "paused": False, "changed": False}
    run("measure", "pause", "cart_left")
    asks = ("measure", "resume", "cart_left", "--by", "Demo", "--reason", "The list was wrong")
    assert json.loads(run(*asks)) == {"journey": "cart_left", "paused": True, "changed": True}
    assert not json.loads(run(*asks))["changed"]  # asked already
    with store.read() as connection:
        assert "cart_left" in read_pauses(connection)
        (waiting,) = read_waiting(connection)
        assert (waiting.subject, waiting.proposed_by, waiting.reason, waiting.said) == \
            ("resume:cart_left", "demo", "The list was wrong", ())
        assert [each.deed for each in read_trail(connection)] == ["proposed", "paused"]


def test_tells_programs_every_figure_and_people_a_sentence(run, store, monkeypatch):
    ledger = Ledger(store, utc_now())
    ids = [f"p{number:04d}" for number in range(30)]
    ledger.people(ids)
    ledger.decide(ids, chosen="email:a")
    ledger.send(ids)
    ledger.object(ids[:20])
    assert json.loads(run("measure", "watch").splitlines()[-1]) == {"paused": 1, "drifted": []}
    found = {each["journey"]: each for each in json.loads(run("measure", "--json"))}
    assert found["cart_left"]["messages"] == 30
    assert found["cart_left"]["paused"] == "opt_outs"
    assert found["cart_left"]["alarms"]["opt_outs"]["hits"] == 20
    monkeypatch.setenv("COLUMNS", "200")
    text = run("measure")
    assert "20 of 30 said no" in text and "Nobody is held out of it" in text
