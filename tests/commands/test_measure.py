"""`prevenant measure`, as it is typed."""

import json

import pytest

from bot.bootstrap import utc_now
from bot.decision.pauses import read_pauses
from bot.errors import FixConfiguration
from tests.measure.conftest import Ledger


def test_refuses_to_pause_a_journey_that_is_not_there(run):
    with pytest.raises(FixConfiguration, match="nothing"):
        run("measure", "pause", "nothing")


def test_pauses_and_resumes(run, store):
    assert json.loads(run("measure", "pause", "cart_left", "--by", "crm")) == \
        {"journey": "cart_left", "paused": True, "changed": True}
    assert not json.loads(run("measure", "pause", "cart_left"))["changed"]
    assert "stopped by hand" in run("measure", "--journey", "cart_left")
    assert "arrêté à la main" in run("measure", "--journey", "cart_left", "--language", "fr")
    assert json.loads(run("measure", "resume", "cart_left", "--by", "crm"))["changed"]
    with store.read() as connection:
        assert read_pauses(connection) == {}


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
