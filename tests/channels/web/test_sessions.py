"""Whose conversation a browser gets: its own, until somebody signs in or out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.channels.web.sessions import Visitor, enter, is_ended, read_visitor
from bot.channels.web.tokens import SignedIn, make_session
from bot.errors import NotAllowed
from bot.profile.conversations import Conversation, get_conversation
from bot.profile.customers import find_customer, root_of
from bot.profile.store.engine import Store
from bot.settings import Settings

Come = Callable[..., Conversation]


@pytest.fixture
def come(store: Store, settings: Settings, now: datetime) -> Come:
    """A browser comes; as somebody when `ref` is given, with a token of its own unless one is named."""
    tokens = iter(range(1_000))

    def run(session: str = "one", ref: str = "", *, token: str = "", at: datetime = now, **said: str) -> Conversation:
        customer = None
        if ref:
            customer = SignedIn(ref, f"{ref}@example.com", token or f"token-{next(tokens)}", at + timedelta(minutes=5))
        with store.write() as connection:
            return enter(connection, settings, Visitor(session, customer, **said), at)

    return run


def owner(store: Store, conversation: Conversation) -> str:
    with store.read() as connection:
        return root_of(connection, conversation.customer_id)


def known(store: Store, kind: str, value: str) -> str | None:
    with store.read() as connection:
        found = find_customer(connection, kind, value)
        return root_of(connection, found) if found else None


def test_knows_nothing_of_a_browser_that_says_nothing(come: Come) -> None:
    conversation = come()
    assert (conversation.verified_ref, conversation.language, conversation.timezone) == (None, "", "")
    assert not is_ended(conversation)


def test_finds_the_conversation_of_the_same_session_only(come: Come) -> None:
    assert come("one").sender_id == come("one").sender_id != come("two").sender_id
    assert "one" not in come("one").sender_id


def test_verifies_whom_the_shop_vouches_for_until_its_word_runs_out(come: Come, now: datetime) -> None:
    conversation = come(ref="camille")
    assert conversation.verified_ref == "camille"
    assert conversation.is_verified(now)
    assert not conversation.is_verified(now + timedelta(minutes=5))


def test_refuses_a_token_that_was_used_before(come: Come) -> None:
    come("one", "camille", token="once")
    with pytest.raises(NotAllowed, match="token_invalid"):
        come("two", "camille", token="once")


def test_merges_the_anonymous_customer_at_sign_in(come: Come, store: Store) -> None:
    before = owner(store, come(anonymous_id="browser"))
    after = owner(store, come(ref="camille", anonymous_id="browser"))
    assert known(store, "customer_id", "camille") == after == known(store, "anonymous_id", "browser")
    assert known(store, "email", "camille@example.com") == after
    with store.read() as connection:
        assert root_of(connection, before) == after


def test_joins_what_a_browser_did_before_it_spoke(come: Come, store: Store) -> None:
    conversation = come(anonymous_id="browser")
    assert owner(store, conversation) == known(store, "anonymous_id", "browser")


def test_opens_nobodys_profile_on_a_browsers_own_word(come: Come, store: Store) -> None:
    come("hers", "camille", anonymous_id="her-browser")
    stranger = come("his", anonymous_id="her-browser")
    assert owner(store, stranger) != known(store, "customer_id", "camille")
    assert stranger.verified_ref is None


def test_ends_the_conversation_when_the_person_signed_out(come: Come, store: Store) -> None:
    signed_in = come(ref="camille")
    left = come()
    assert is_ended(left)
    assert left.sender_id == signed_in.sender_id
    assert left.verified_ref is None
    assert is_ended(come())
    assert is_ended(come(ref="camille"))  # it does not come back by signing in again


def test_takes_no_signed_in_conversation_for_somebody_else(come: Come, store: Store) -> None:
    hers = come(ref="camille")
    his = come(ref="hugo")
    assert is_ended(his)
    with store.read() as connection:
        kept = get_conversation(connection, hers.sender_id)
    assert kept is not None
    assert kept.verified_ref is None
    assert known(store, "customer_id", "hugo") is None


def test_lets_a_second_browser_of_the_same_person_have_its_own_conversation(come: Come, store: Store) -> None:
    one, two = come("one", "camille"), come("two", "camille")
    assert one.sender_id != two.sender_id
    assert owner(store, one) == owner(store, two)


def test_notes_language_and_zone(come: Come) -> None:
    come(language="fr", timezone="Europe/Paris")
    conversation = come()
    assert (conversation.language, conversation.timezone) == ("fr", "Europe/Paris")


@pytest.mark.parametrize("auth", [None, 3, [], {}, {"session": 1}])
def test_refuses_a_visitor_without_a_session(settings: Settings, now: datetime, auth: Any) -> None:
    with pytest.raises(NotAllowed, match="session_invalid"):
        read_visitor(settings, auth, now)


def test_drops_what_a_visitor_says_wrongly(settings: Settings, now: datetime) -> None:
    said = {"anonymous_id": "a" * 200, "language": "xx", "timezone": "Mars/Olympus"}
    visitor = read_visitor(settings, {"session": make_session(settings, now), **said}, now)
    assert (visitor.anonymous_id, visitor.language, visitor.timezone) == ("", "", "")
    odd = {"anonymous_id": "a\nb", "language": ["fr"], "timezone": 5}
    visitor = read_visitor(settings, {"session": make_session(settings, now), **odd}, now)
    assert (visitor.anonymous_id, visitor.language, visitor.timezone) == ("", "", "")
