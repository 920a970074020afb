"""Somebody of each role, signed in before the console's router over the test's store."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from bot.bootstrap import Services
from bot.console import door, passwords, people
from bot.console.api.app import build_console_api
from bot.console.api.rights import PATH
from bot.console.pages import build_console_router
from bot.console.passwords import hash_password
from bot.console.sessions import COOKIE, open_session
from bot.profile.store.tables import console_people
from tests.conftest import NOW

PASSWORD = "une-phrase-de-passe-1"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is slow on purpose; what it costs is asked in one test."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", hasher)
    monkeypatch.setattr(door, "NOBODY", hasher.hash("nobody"))


@pytest.fixture
def password_hash() -> str:
    """Of `PASSWORD`."""
    return hash_password(PASSWORD)


class Visitor:
    """A browser before the console."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def token(self, path: str = "/console/password") -> str:
        """What the forms of a page carry."""
        found = re.search(r'name="form_token" value="(\w+)"', self.client.get(path).text)
        assert found, path
        return found[1]

    def enter(self, name: str, password: str = PASSWORD):
        """Sign in by the form of the door."""
        data = {"form_token": self.token("/console/sign-in"), "name": name, "password": password}
        return self.client.post("/console/sign-in", data=data, follow_redirects=False)

    def post(self, path: str, **fields: str):
        """Send a form of ours."""
        data = {"form_token": self.token(), **fields}
        return self.client.post(path, data=data, follow_redirects=False)


@pytest.fixture
def open_browser(services: Services) -> Iterator[Callable[..., Visitor]]:
    """Makes browsers before one console; before another one over other services where they are given."""
    consoles: dict[int, FastAPI] = {}
    with ExitStack() as stack:

        def make(over: Services = services) -> Visitor:
            if id(over) not in consoles:
                consoles[id(over)] = open_console(over)
            client = TestClient(consoles[id(over)], base_url="https://shop.example", headers={"accept-language": "en"})
            return Visitor(stack.enter_context(client))

        yield make


def open_console(services: Services) -> FastAPI:
    """Pages and API. The API is built where a test calls it: its hundred calls take a fifth of a second."""
    app, build = FastAPI(), cache(partial(build_console_api, services))

    async def call_api(scope: Scope, receive: Receive, send: Send) -> None:
        await build()(scope, receive, send)

    app.mount(PATH, call_api)
    app.router.routes.extend(build_console_router(services).routes)
    return app


@pytest.fixture
def add(services: Services, password_hash: str) -> Callable[..., None]:
    """Adds somebody, without hashing anew."""

    def add_somebody(name: str, role: str, *, must_change: bool = False, language: str = "en") -> None:
        with services.store.write() as connection:
            connection.execute(sa.insert(console_people).values(
                name=name, role=role, password_hash=password_hash, must_change=must_change, language=language,
                created_at=NOW,
            ))

    return add_somebody


@pytest.fixture
def sign_in(
    services: Services, open_browser: Callable[..., Visitor], add: Callable[..., None],
) -> Callable[..., Visitor]:
    """Makes somebody of a role who is signed in; the door is tested elsewhere."""

    def make(role: str, *, language: str = "en") -> Visitor:
        add(f"une-{role}", role, language=language)
        with services.store.write() as connection:
            person = people.find_person(connection, f"une-{role}")
            assert person
            token = open_session(connection, person.id, replaces="", now=services.clock())
        visitor = open_browser()
        visitor.client.cookies.set(COOKIE, token, path="/console")
        return visitor

    return make
