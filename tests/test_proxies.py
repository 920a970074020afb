"""The site behind a proxy: who asks is told apart by what a trusted proxy says, and by nobody else's word."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import requests

from bot.bootstrap import Services
from bot.channels.web import routes
from bot.console import door
from bot.console.people import add_person
from bot.errors import FixConfiguration
from bot.prepare import complete_environment
from bot.settings import Settings
from bot.site import compose
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port
from tests.servers.proxy import ASKED_BY, run_proxy

STRANGER, TEAM = "203.0.113.9", "198.51.100.7"
PASSWORD = "une-phrase-de-passe-1"


@pytest.fixture
def open_site(services: Services) -> Iterator[Callable[[str], tuple[str, str]]]:
    """Serves the site with these proxies trusted: its own address, and that of a proxy before it."""
    with ExitStack() as stack:

        def make(trusted: str) -> tuple[str, str]:
            port = find_free_port()
            settings = replace(services.settings, mode="production", trusted_proxies=trusted)
            stack.enter_context(serving(compose(replace(services, settings=settings)), port))
            url = f"http://127.0.0.1:{port}"
            return url, stack.enter_context(run_proxy(url))

        yield make


def enter(url: str, name: str, password: str, headers: dict[str, str]) -> int:
    """Sign in at the console's door; what it answers."""
    with requests.Session() as browser:
        page = browser.get(f"{url}/console/sign-in", headers=headers, timeout=10)
        token = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert token
        for cookie in browser.cookies:
            cookie.secure = False  # the proxy's TLS is not played here
        data = {"form_token": token[1], "name": name, "password": password}
        sent = browser.post(f"{url}/console/sign-in", data=data, headers=headers, timeout=10, allow_redirects=False)
        return sent.status_code


def test_a_strangers_own_word_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, open_site: Callable[[str], tuple[str, str]]
) -> None:
    monkeypatch.setattr(routes, "SESSIONS_A_MINUTE", 2)
    made_up = (f"198.51.100.{number}" for number in count(1))
    for trusted, behind in (("", 0), ("10.0.0.0/8", 0), ("127.0.0.1", 1)):
        url = open_site(trusted)[behind]
        asked_by = {ASKED_BY: f"203.0.113.{len(trusted)}"}
        answers = [
            requests.post(f"{url}/widget/session", headers={"X-Forwarded-For": next(made_up), **asked_by}, timeout=10)
            for _ in range(3)
        ]
        assert answers[-1].status_code == 429, trusted


def test_one_stranger_does_not_keep_the_team_out_of_the_console(
    monkeypatch: pytest.MonkeyPatch, services: Services, open_site: Callable[[str], tuple[str, str]]
) -> None:
    monkeypatch.setattr(door, "TRIES_BY_ADDRESS", 1)
    with services.store.write() as connection:
        add_person(
            connection, "ada", "it", PASSWORD, must_change=False, language="en", now=services.clock()
        )
    _, proxy = open_site("127.0.0.1")
    assert [enter(proxy, "bob", "wrong", {ASKED_BY: STRANGER}) for _ in range(2)] == [403, 429]
    assert enter(proxy, "ada", PASSWORD, {ASKED_BY: TEAM}) == 303
    assert enter(proxy, "ada", PASSWORD, {ASKED_BY: STRANGER}) == 429


def test_each_address_behind_the_proxy_has_its_own_limits(
    monkeypatch: pytest.MonkeyPatch, open_site: Callable[[str], tuple[str, str]]
) -> None:
    monkeypatch.setattr(routes, "SESSIONS_A_MINUTE", 1)
    _, proxy = open_site("127.0.0.0/8")
    codes = [
        requests.post(f"{proxy}/widget/session", headers={ASKED_BY: address}, timeout=10).status_code
        for address in (STRANGER, STRANGER, TEAM)
    ]
    assert codes == [200, 429, 200]


def test_a_proxy_does_not_open_the_door_of_our_own_processes(
    services: Services, open_site: Callable[[str], tuple[str, str]]
) -> None:
    _, proxy = open_site("127.0.0.1")
    own = {"Authorization": f"Bearer {services.settings.internal_secret}"}
    for asked_by in (STRANGER, "127.0.0.1"):
        headers = {**own, ASKED_BY: asked_by}
        answer = requests.post(f"{proxy}/internal/web/messages", json={"messages": []}, headers=headers, timeout=10)
        assert answer.status_code == 404


@pytest.mark.parametrize("given", ["proxy.example", "*", "10.0.0.1/8", "0.0.0.0/0", "::/0"])
def test_refuses_a_proxy_that_is_none_or_everybody(given: str, tmp_path: Path) -> None:
    environ = complete_environment({"PREVENANT_TRUSTED_PROXIES": f"127.0.0.1 {given}"}, tmp_path / "demo.env")
    with pytest.raises(FixConfiguration, match="PREVENANT_TRUSTED_PROXIES"):
        Settings.from_env(environ)
