"""The door of the console: who comes in, by which session, and how often somebody may try."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, extract_parameters

from bot.bootstrap import Services
from bot.console import door, passwords
from bot.console.people import DEMO_NAME, find_person, renew_demo_person, tidy_name
from bot.console.sessions import COOKIE, IDLE, LIFE
from bot.console.trail import read_trail
from bot.profile.store.tables import console_sessions
from tests.conftest import NOW
from tests.console.conftest import PASSWORD, Visitor

Open = Callable[..., Visitor]


def _trail(services: Services) -> list[tuple[str, str]]:
    with services.store.read() as connection:
        return [(each.person, each.deed) for each in read_trail(connection)]


@pytest.mark.parametrize("path", ["/console", "/console/lists/days", "/console/audit", "/console/password"])
def test_shows_the_door_to_strangers(open_browser: Open, path: str) -> None:
    answer = open_browser().client.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


def test_comes_in_by_name_and_password_and_leaves_a_trail(services: Services, open_browser: Open, add) -> None:
    add("ada", "marketing")
    visitor = open_browser()
    answer = visitor.enter(" Ada ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = next(each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{COOKIE}="))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/console" in cookie
    assert visitor.client.get("/console").status_code == 200
    visitor.post("/console/sign-out")
    assert visitor.client.get("/console", follow_redirects=False).status_code == 303
    assert _trail(services) == [("ada", "signed_out"), ("ada", "signed_in")]


def test_keeps_the_tokens_hash_alone_and_never_takes_one_that_was_brought(
    services: Services, open_browser: Open, add
) -> None:
    add("ada", "it")
    visitor = open_browser()
    visitor.client.cookies.set(COOKIE, "planted", path="/console")
    visitor.enter("ada")
    token = visitor.client.cookies.get(COOKIE, path="/console", domain="shop.example")
    assert token and token != "planted"
    with services.store.read() as connection:
        kept = list(connection.scalars(sa.select(console_sessions.c.token_hash)))
    assert len(kept) == 1 and token not in kept[0]


def test_a_session_that_is_signed_in_over_opens_nothing_any_more(open_browser: Open, add) -> None:
    add("ada", "it")
    visitor, thief = open_browser(), open_browser()
    visitor.enter("ada")
    thief.client.cookies.set(COOKIE, _cookie(visitor), path="/console")
    visitor.enter("ada")
    assert thief.client.get("/console", follow_redirects=False).status_code == 303
    assert visitor.client.get("/console").status_code == 200


@pytest.mark.parametrize("pause", [IDLE, LIFE])
def test_a_session_is_over_when_it_was_idle_or_open_for_too_long(
    services: Services, sign_in: Open, open_browser: Open, pause: timedelta
) -> None:
    token = _cookie(sign_in("it"))
    later = open_browser(replace(services, clock=lambda: NOW + pause))
    if pause == LIFE:  # seen a moment ago
        with services.store.write() as connection:
            connection.execute(sa.update(console_sessions).values(seen_at=NOW + pause - timedelta(minutes=1)))
    later.client.cookies.set(COOKIE, token, path="/console")
    assert later.client.get("/console", follow_redirects=False).status_code == 303


def test_refuses_a_wrong_password_and_a_name_that_nobody_has_alike(services: Services, open_browser: Open, add) -> None:
    add("ada", "it")
    visitor = open_browser()
    wrong, unknown = visitor.enter("ada", "something-else-1"), visitor.enter("my-secret-typed-here", PASSWORD)
    assert wrong.status_code == unknown.status_code == 403
    assert _body(wrong.text) == _body(unknown.text)
    assert _trail(services) == [("ada", "refused")]


@pytest.mark.parametrize("name", ["ada\0", "\0", "a\x7fda", "ada\u202e"])
def test_a_name_that_nobody_can_read_is_no_name(services: Services, open_browser: Open, add, name: str) -> None:
    """PostgreSQL refuses a NUL; SQLite does not, so what is asked of it is looked at."""
    add("ada", "it")
    asked: list[object] = []
    sa.event.listen(services.store.engine, "before_cursor_execute", lambda *args: asked.append(args[3]))
    assert open_browser().enter(name).status_code == 403
    assert tidy_name(name) == "" and not any(each in repr(asked) for each in ("\\x00", "\\x7f", "\\u202e"))


@pytest.mark.parametrize("path", [
    "/console/sign-in", "/console/sign-in/code", "/console/password", "/console/factor/remove",
])
def test_half_characters_open_no_door(open_browser: Open, add, path: str) -> None:
    add("ada", "it")
    visitor = open_browser()
    if "sign-in" not in path:
        visitor.enter("ada")
    token = visitor.token("/console/sign-in" if "sign-in" in path else "/console/password")
    fields = {"form_token": token, **dict.fromkeys(("name", "password", "former", "code"), "\\ud800")}
    parts = (f'--B\r\nContent-Disposition: form-data; name="{each}"\r\n\r\n{said}\r\n' for each, said in fields.items())
    kind = {"content-type": "multipart/form-data; boundary=B; charset=unicode_escape"}
    assert visitor.client.post(path, content=f"{''.join(parts)}--B--\r\n".encode(), headers=kind).status_code == 400


@pytest.mark.parametrize("path", [
    "/console/sign-in", "/console/password", "/console/factor/begin", "/console/factor/remove",
])
def test_a_nul_in_a_form_of_the_door_is_a_wrong_word(open_browser: Open, add, path: str) -> None:
    add("ada", "it")
    visitor = open_browser()
    if path != "/console/sign-in":
        visitor.enter("ada")
    token = visitor.token("/console/sign-in" if path == "/console/sign-in" else "/console/password")
    fields = {"form_token": token, **dict.fromkeys(("name", "password", "former", "code"), "a\0b")}
    assert visitor.client.post(path, data=fields).status_code == 403


def test_a_name_that_nobody_has_costs_as_much_as_any() -> None:
    assert extract_parameters(passwords.NOBODY) == extract_parameters(PasswordHasher().hash("x"))


def test_an_account_has_so_many_tries_from_wherever(
    monkeypatch: pytest.MonkeyPatch, open_browser: Open, add
) -> None:
    monkeypatch.setattr(door, "TRIES_BY_ACCOUNT", 1)
    add("ada", "it")
    assert open_browser().enter("ada", "wrong-1").status_code == 403
    assert open_browser().enter("Ada").status_code == 429


def test_an_address_has_so_many_tries_at_whatever_account(
    monkeypatch: pytest.MonkeyPatch, open_browser: Open, add
) -> None:
    monkeypatch.setattr(door, "TRIES_BY_ADDRESS", 1)
    add("ada", "it")
    assert open_browser().enter("bob", "wrong-1").status_code == 403
    assert open_browser().enter("ada").status_code == 429


def test_a_form_of_the_door_from_elsewhere_is_refused(open_browser: Open, add) -> None:
    add("ada", "it")
    visitor = open_browser()
    visitor.token("/console/sign-in")
    data = {"name": "ada", "password": PASSWORD}
    for form_token in ("", "0" * 64, open_browser().token("/console/sign-in")):
        assert visitor.client.post("/console/sign-in", data={**data, "form_token": form_token}).status_code == 403


def test_whoever_comes_with_a_one_time_password_chooses_another_first(
    services: Services, open_browser: Open, add
) -> None:
    add("ada", "cx", must_change=True)
    visitor = open_browser()
    visitor.enter("ada")
    assert visitor.client.get("/console", follow_redirects=False).headers["location"] == "/console/password"
    fields = {"former": PASSWORD, "password": "short"}
    assert visitor.post("/console/password", **fields).status_code == 400
    assert visitor.post("/console/password", former="x", password="a-new-phrase-9").status_code == 403
    assert visitor.post("/console/password", former=PASSWORD, password="a-new-phrase-9").status_code == 303
    assert visitor.client.get("/console").status_code == 200
    with services.store.read() as connection:
        person = find_person(connection, "ada")
    assert person and not person.must_change


def test_the_demos_person_gets_another_password_each_time_and_stays_in_the_demo(
    services: Services, open_browser: Open
) -> None:
    with services.store.write() as connection:
        former, password = (renew_demo_person(connection, now=NOW) for _ in range(2))
    assert former != password
    live = replace(services, settings=replace(services.settings, mode="production"))
    assert open_browser(live).enter(DEMO_NAME, password).status_code == 403
    visitor = open_browser()
    assert visitor.enter(DEMO_NAME, password).status_code == 303


def _cookie(visitor: Visitor) -> str:
    return next(each.value or "" for each in visitor.client.cookies.jar if each.name == COOKIE)


def _body(html: str) -> str:
    return re.sub(r'value="\w+"', "", html)
