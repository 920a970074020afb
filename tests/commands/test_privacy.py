"""`prevenant privacy ...`: from the command line, on the databases of the settings."""

import json
import re

import pytest
from typer.testing import CliRunner

from bot.bootstrap import Services, open_services
from bot.commands.privacy import app as privacy
from bot.errors import FixInput, NotFound
from bot.settings import Settings
from tests.privacy.people import WALTER, ZELDA, settle


@pytest.fixture
def services(settings: Settings, now, monkeypatch: pytest.MonkeyPatch):
    for name in ("database_url", "shop_database_url", "tracker_database_url", "log_folder", "session_secret",
                 "widget_secret", "internal_secret", "write_key", "holdout_salt"):
        monkeypatch.setenv(f"PREVENANT_{name.upper()}", str(getattr(settings, name)))
    opened = open_services(settings, clock=lambda: now)
    yield opened
    opened.close()


@pytest.fixture
def two(services: Services) -> str:
    settle(services, WALTER)
    return settle(services, ZELDA)


def _run(*words: str):
    return CliRunner().invoke(privacy, list(words))


def _last(result) -> dict:
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout.strip().splitlines()[-1])


def test_erases_nobody_without_yes(services: Services, two: str) -> None:
    result = _run("erase", f"email={ZELDA.email}")
    assert isinstance(result.exception, FixInput) and "--yes" in str(result.exception)
    assert services.commerce.get_customer(ZELDA.ref)


@pytest.mark.parametrize("person", ["email=nobody@example.com", "customer=none", "phone=+33100000000"])
def test_says_that_nobody_goes_by_it(services: Services, two: str, person: str) -> None:
    assert isinstance(_run("erase", person, "--yes").exception, NotFound)


@pytest.mark.parametrize("person", ["camille", "email=", "=x"])
def test_says_how_a_person_is_named(services: Services, person: str) -> None:
    assert "KIND=VALUE" in str(_run("erase", person, "--yes").exception)


def test_exports_a_page_and_a_file_for_nobody_elses_eyes(services: Services, two: str, tmp_path) -> None:
    said = _last(_run("export", f"phone={ZELDA.phone}", "--out", str(tmp_path / "out"), "--language", "en"))
    page, file = (tmp_path / "out" / "prevenant-data.html", tmp_path / "out" / "prevenant-data.json")
    assert said["files"] == [str(page), str(file)] and said["rows"]["events"]
    assert ZELDA.email in page.read_text() and json.loads(file.read_text())["version"] == 1
    assert [path.stat().st_mode & 0o777 for path in (page, file)] == [0o600, 0o600]
    assert WALTER.mark not in page.read_text() + file.read_text()


def test_erases_tells_what_it_took_and_shows_it_in_the_trail(services: Services, two: str) -> None:
    said = _last(_run("erase", f"email={ZELDA.email}", "--yes"))
    assert said["rows"]["events"] and said["rows"]["account"] == 1
    assert isinstance(_run("erase", f"email={ZELDA.email}", "--yes").exception, NotFound)
    shown = _run("audit")
    assert re.search(r"erased\s", shown.stdout) and ZELDA.mark not in shown.stdout


def test_a_customer_whom_only_the_shop_knows_can_be_erased(services: Services) -> None:
    assert _last(_run("erase", "email=hugo.destrez@example.com", "--yes"))["rows"]["account"] == 1
    with pytest.raises(NotFound):
        services.commerce.get_customer("hugo")


def test_counts_what_retention_would_take(services: Services, two: str) -> None:
    said = _last(_run("retention", "--dry-run"))
    assert said["dry_run"] is True and set(said["rows"]) >= {"events", "messages", "trackers", "strangers"}


def test_tells_the_opt_in_rate(services: Services, two: str) -> None:
    rows = {(row["purpose"], row["channel"]): row for row in _last(_run("consents"))}
    assert rows["marketing", "web"]["asked"] == 2 and rows["marketing", "web"]["rate"] == 1.0
