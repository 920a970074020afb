"""`prevenant unreachable` lists addresses that nothing leaves for, and lifts one."""

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.profile.suppressions import list_suppressions, suppress


@pytest.fixture
def command(settings, monkeypatch):
    for name in ("database_url", "shop_database_url", "session_secret", "widget_secret", "internal_secret", "write_key",
                 "holdout_salt"):
        monkeypatch.setenv(f"PREVENANT_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, ["unreachable", *words]).stdout


def test_lists_and_lifts(command, store, now):
    with store.write() as connection:
        suppress(connection, "email", "ada@example.org", scope="all", reason="no_such_address", until=None, now=now)
    shown = command()
    assert "ada@example.org" in shown and "no_such_address" in shown and "for good" in shown
    assert "0 lifted" in command("--lift", "email:bob@example.org")
    assert "1 lifted" in command("--lift", "email:Ada@example.org")
    with store.read() as connection:
        assert list_suppressions(connection) == []
