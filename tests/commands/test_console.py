"""`prevenant console add-person`: a password that is asked for, or a one-time one that is printed."""

import re

import pytest

from bot.charter.book import Owner
from bot.charter.kept import keep_owner
from bot.console.factors import begin_factor, confirm_factor
from bot.console.passwords import is_password, require_password
from bot.console.people import find_person
from bot.console.sessions import open_session, read_session
from bot.console.tokens import TokenAsked, make_token, read_token
from bot.console.trail import Sought, read_trail
from bot.errors import FixInput
from tests.conftest import NOW


def test_prints_a_one_time_password_that_opens_the_door(run, store) -> None:
    said = run("console", "add-person", "Ada", "--role", "cx", "--one-time")
    password = re.search(r"One-time password: (\S+)", said)
    with store.read() as connection:
        person = find_person(connection, "ada")
    assert password and person and person.must_change and is_password(person.password_hash, password[1])


@pytest.mark.parametrize(("name", "role"), [("ada", "king"), ("demo", "it"), ("", "it")])
def test_lets_nobody_in_under_a_role_or_name_that_is_none(run, name: str, role: str) -> None:
    with pytest.raises(FixInput):
        run("console", "add-person", name, "--role", role, "--one-time")


def test_takes_a_second_factor_away(run, store, settings) -> None:
    run("console", "add-person", "Ada", "--role", "cx", "--one-time")
    assert "has no second factor" in run("console", "reset-factor", "ada")
    with store.write() as connection:
        person = find_person(connection, "ada")
        begin_factor(connection, person, settings, NOW)
        confirm_factor(connection, person, NOW)
    assert "by the password alone" in run("console", "reset-factor", "Ada")
    with store.read() as connection:
        assert not find_person(connection, "ada").has_factor
        assert read_trail(connection)[0].deed == "factor_reset"
    with pytest.raises(FixInput, match="add-person"):
        run("console", "reset-factor", "bob")


def test_who_is_removed_comes_in_no_more_and_what_they_answered_for_is_told(run, store) -> None:
    for name in ("Ada", "Bob"):
        run("console", "add-person", name, "--role", "admin", "--one-time")
    with store.write() as connection:
        ada = find_person(connection, "ada")
        token = make_token(connection, ada, TokenAsked(name="a till", role="admin", days=30), NOW)
        session = open_session(connection, ada.id, replaces="", now=NOW)
        for subject, owner in (("journey:cart_left", Owner("ada", "bob")), ("guardrails", Owner("ada", "")),
                               ("tone", Owner("bob", "ada"))):
            keep_owner(connection, subject, "marketing", owner, "demo", NOW)
    said = run("console", "remove-person", " ADA ")
    assert "before the deadline is over, then bob: journey:cart_left\n" in said
    assert "no change of them goes live: guardrails\n" in said and "stood in for bob for marketing: tone\n" in said
    with store.read() as connection:
        assert find_person(connection, "ada") is None and find_person(connection, "bob")
        assert read_token(connection, token, NOW) is None and read_session(connection, session, NOW)[0] is None
        entries = read_trail(connection, Sought("ada"))
    assert [each.deed for each in entries] == ["removed", "token_made", "added"]
    with pytest.raises(FixInput, match="nobody"):
        run("console", "remove-person", "ada")


@pytest.mark.parametrize("password", [
    "short", "change-me-change-me", "Password12345", "aaaaaaaaaaaaaa", "xx-ada-lovelace",
])
def test_refuses_a_password_that_anybody_would_try(password: str) -> None:
    with pytest.raises(FixInput):
        require_password(password, "ada")
