"""`prevenant identities`: link, review, accept, refuse, merges, unmerge, on a real store."""

import json

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.errors import Conflict, NotFound
from bot.profile.customers import create_customer, members_of
from bot.profile.traits import set_traits

SAID = {"last_name": "Lefèvre", "birth_date": "1988-03-14", "postcode": "69003", "email": "lefevre@example.org"}


@pytest.fixture
def command(settings, monkeypatch):
    for name in ("database_url", "shop_database_url", "session_secret", "widget_secret", "internal_secret", "write_key",
                 "holdout_salt"):
        monkeypatch.setenv(f"PREVENANT_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words):
        return CliRunner().invoke(app, ["identities", *words])

    return run


@pytest.fixture
def three(store, now):
    """Two records of Camille, and Bernadette behind the same address."""
    with store.write() as connection:
        made = [create_customer(connection, now=now, salt="salt-for-tests-0123") for _ in range(3)]
        for each, first_name in zip(made, ("Camille", "Camille", "Bernadette"), strict=True):
            said = {"first_name": first_name, **SAID}
            set_traits(connection, [
                {"customer_id": each, "name": name, "silo": "crm", "value": value, "set_at": now}
                for name, value in said.items()
            ])
    return made


def test_says_what_is_wrong_with_a_number_that_waits_for_nobody(command):
    assert isinstance(command("accept", "7").exception, NotFound)
    assert isinstance(command("unmerge", "7").exception, NotFound)


def test_links_asks_takes_an_answer_and_undoes(command, store, three):
    report = json.loads(command("link").stdout.splitlines()[-1])
    assert (report["records"], report["merged"], report["waiting"]) == (3, 1, 1)
    listed = command("review").stdout
    assert "given_name" in listed and three[2] in listed and "lefevre@" not in listed
    assert command("refuse", "1", "--by", "ines").exit_code == 0
    assert isinstance(command("refuse", "1").exception, Conflict)
    assert "linked:" in command("merges").stdout
    assert command("unmerge", "1").exit_code == 0
    with store.read() as connection:
        assert members_of(connection, three[0]) == [three[0]]
    assert json.loads(command("link").stdout.splitlines()[-1])["merged"] == 0
