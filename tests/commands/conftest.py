"""Commands as they are typed, over the test's store."""

import pytest
from typer.testing import CliRunner

from bot.__main__ import app


@pytest.fixture
def run(store, store_url, shop_url, monkeypatch, tmp_path):
    """Runs a command over the test's store; gives what it printed."""
    secrets = ("SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT")
    values = {"DATABASE_URL": store_url, "SHOP_DATABASE_URL": shop_url, **{name: name + "x" * 24 for name in secrets}}
    for name, value in values.items():
        monkeypatch.setenv(f"PREVENANT_{name}", value)

    monkeypatch.setenv("COLUMNS", "240")  # a table's cells on one line each

    def run_command(*words):
        result = CliRunner().invoke(app, list(words))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.stdout

    return run_command
