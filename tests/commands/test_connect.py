"""`prevenant connect` and `doctor`, as they are typed: what is written, what is not, and nothing secret shown."""

import json
import os
import stat
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner

from bot.__main__ import app
from bot.commands.env_file import load_env_file, read_env_file, undo_env_file, write_env_file

KEY, SECRET = "an-api-key-of-tests", "a-session-secret-of-tests"


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / ".env"


@pytest.fixture
def refusing(run):
    """A Vendure that refuses every key, and the answers that lead there."""
    with HTTPServer() as door:
        door.expect_request("/admin-api").respond_with_json({}, status=401)
        yield ("--set", f"vendure_url={door.url_for('')}", "--set", f"vendure_api_key={KEY}",
               "--set", f"PREVENANT_VENDURE_SESSION_SECRET={SECRET}")


def test_writes_nothing_when_the_shop_refuses_the_key(refusing, file):
    result = CliRunner().invoke(app, ["connect", "vendure", *refusing, "--no-input", "--file", str(file)])
    assert result.exit_code == 1 and not file.exists()
    assert "PREVENANT_VENDURE_API_KEY" in result.output
    assert KEY not in result.output and SECRET not in result.output


def test_asks_for_what_is_not_given_and_shows_no_secret(refusing, file):
    address = refusing[1].removeprefix("vendure_url=")
    result = CliRunner().invoke(app, ["connect", "vendure", "--file", str(file)],
                                input=f"{address}\n{KEY}\n{SECRET}\n\n\n")
    assert result.exit_code == 1 and "Vendure's address" in result.output
    assert KEY not in result.output and SECRET not in result.output


@pytest.mark.usefixtures("run")
def test_does_not_ask_when_told_not_to(file):
    result = CliRunner().invoke(app, ["connect", "vendure", "--no-input", "--file", str(file)])
    assert result.exception and "PREVENANT_VENDURE_URL" in str(result.exception)


@pytest.mark.usefixtures("run")
def test_refuses_a_setting_that_is_not_the_engines(file):
    result = CliRunner().invoke(app, ["connect", "demo", "--set", "smtp_url=x", "--file", str(file)])
    assert result.exit_code == 2 and not file.exists()


def test_writes_what_was_tried_and_puts_it_back(run, file):
    file.write_text("# ours\nPREVENANT_ENGINE=vendure\nPREVENANT_SHOP=demo\n")
    words = ("connect", "demo", "--no-input", "--file", str(file))
    assert "set to something else" in run(*words) and read_env_file(file)["PREVENANT_ENGINE"] == "vendure"
    run(*words, "--dry-run", "--yes")
    assert read_env_file(file)["PREVENANT_ENGINE"] == "vendure"
    assert "know a customer by phone number" in run(*words, "--yes")
    assert read_env_file(file) == {"PREVENANT_ENGINE": "demo", "PREVENANT_SHOP": "demo"}
    assert file.read_text().startswith("# ours\n")
    assert "PREVENANT_ENGINE" in run("connect", "--undo", "--file", str(file))
    assert read_env_file(file)["PREVENANT_ENGINE"] == "vendure"
    assert "nothing to undo" in run("connect", "--undo", "--file", str(file))


def test_looks_again_and_finds_nothing_failed(run):
    told = json.loads(run("doctor", "--json"))
    assert told["ok"] and told["abilities"]["order_cancel"] == "works" and told["abilities"]["webhooks"] == "missing"
    areas = {each["area"] for each in told["findings"]}
    assert areas >= {"settings", "store", "engine", "reading", "webhooks", "model", "processes"}


@pytest.mark.parametrize(("name", "value", "area"), [
    ("PREVENANT_SITE_PORT", "many", "settings"),
    ("PREVENANT_SHOP", "nowhere", "settings"),
    ("PREVENANT_ENGINE", "nothing", "engine"),
    ("PREVENANT_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none", "store"),
])
def test_says_what_fails_and_with_1(run, monkeypatch, name, value, area):
    monkeypatch.setenv(name, value)
    result = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(result.stdout)
    assert result.exit_code == 1 and not told["ok"]
    assert area in {each["area"] for each in told["findings"] if each["state"] == "failed"}


def test_says_in_words_what_fails(run, monkeypatch):
    monkeypatch.setenv("PREVENANT_SITE_PORT", "many")
    assert "PREVENANT_SITE_PORT" in run("doctor")


def test_warns_in_production_where_no_page_and_no_proxy_is_named(run, monkeypatch):
    def look() -> dict[str, str]:
        told = json.loads(run("doctor", "--json"))
        return {each["what"]: each["state"] for each in told["findings"] if each["area"] == "front"}

    assert look() == {}
    for name in ("SESSION", "WIDGET", "INTERNAL"):
        monkeypatch.setenv(f"PREVENANT_{name}_SECRET", SECRET)
    for name in ("MODE=production", f"WRITE_KEY={KEY}", f"HOLDOUT_SALT={SECRET}"):
        monkeypatch.setenv(f"PREVENANT_{name.partition('=')[0]}", name.partition("=")[2])
    assert set(look().values()) == {"warning"}
    monkeypatch.setenv("PREVENANT_STOREFRONT_URL", "http://www.shop.example")
    assert look()["the shop's pages"] == "warning" and "PREVENANT_STOREFRONT_URL" in run("doctor")
    monkeypatch.setenv("PREVENANT_SHOP_ORIGINS", "https://www.shop.example")
    monkeypatch.setenv("PREVENANT_TRUSTED_PROXIES", "127.0.0.1")
    assert set(look().values()) == {"ok"}


def test_keeps_its_file_for_one_user_and_takes_back_what_it_added_alone(file):
    write_env_file({"A": "it's # $HOME", "B": "2"}, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and read_env_file(file) == {"A": "it's # $HOME", "B": "2"}
    file.write_text(f"{file.read_text()}C=3\n")
    assert undo_env_file(file) == ["A", "B"] and read_env_file(file) == {"C": "3"}


def test_the_environment_wins_over_the_file(file, monkeypatch):
    monkeypatch.setenv("PREVENANT_TEST_A", "ours")
    monkeypatch.setenv("PREVENANT_TEST_B", "to be taken away again")
    monkeypatch.delenv("PREVENANT_TEST_B")
    file.write_text("PREVENANT_TEST_A=theirs\nPREVENANT_TEST_B=$theirs\n")
    load_env_file(file)
    assert (os.environ["PREVENANT_TEST_A"], os.environ["PREVENANT_TEST_B"]) == ("ours", "$theirs")
