"""The site as one app: which doors stand open in which mode."""

import resource
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from bot.bootstrap import open_services
from bot.errors import FixConfiguration
from bot.settings import Settings
from bot.site import compose, create_app

DEMO_DOORS = ("/", "/sign-in", "/demo/mailbox", "/demo/backoffice", "/account/widget-token")


def test_closes_the_demos_doors_in_production(settings: Settings) -> None:
    services = open_services(replace(settings, mode="production"))
    with TestClient(compose(services)) as site:
        assert [site.get(path).status_code for path in DEMO_DOORS] == [404] * len(DEMO_DOORS)
        assert site.get("/health").status_code == 200
        assert site.post("/widget/session").status_code == 200
        assert site.post("/v1/track", json={}).status_code in (400, 401)


def test_hands_calls_to_the_collector_and_leaves_the_rest_to_the_site(settings: Settings) -> None:
    services = open_services(replace(settings, mode="production"))
    with TestClient(compose(services)) as site:
        answer = site.post("/v1/nothing", json={})
        assert (answer.status_code, answer.json()["success"]) == (404, False)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "success" not in site.get("/v1").text


def test_opens_the_demos_doors_in_the_demo(settings: Settings) -> None:
    services = open_services(settings)
    with TestClient(compose(services)) as site:
        assert [site.get(path).status_code for path in DEMO_DOORS] == [200, 200, 200, 200, 204]


def test_lets_no_page_be_framed_or_run_a_strangers_script(settings: Settings) -> None:
    services = open_services(settings)
    with TestClient(compose(services)) as site:
        policy = site.get("/").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("name", ["session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt"])
def test_starts_with_no_placeholder_in_production(settings: Settings, name: str) -> None:
    environ = {"PREVENANT_MODE": "production"}
    for each in ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt"):
        environ[f"PREVENANT_{each.upper()}"] = "change-me" if each == name else getattr(settings, each)
    with pytest.raises(FixConfiguration, match=name.upper()):
        Settings.from_env(environ)


def test_a_crash_leaves_no_photo_behind(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[tuple[int, tuple[int, int]]] = []
    monkeypatch.setattr("bot.cores.resource.setrlimit", lambda which, how: limits.append((which, how)))
    monkeypatch.setattr(Settings, "from_env", lambda _environ: settings)
    monkeypatch.setattr("bot.site.set_up_logs", lambda _level: None)
    monkeypatch.setattr("bot.site.open_services", lambda _settings: None)
    monkeypatch.setattr("bot.site.compose", lambda _services: None)
    create_app()
    assert limits == [(resource.RLIMIT_CORE, (0, 0))]
