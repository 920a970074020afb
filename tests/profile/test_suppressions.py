"""Addresses that nothing reaches: by scope, for a while or for good, until somebody writes from there."""

from datetime import datetime, timedelta

import pytest

from bot.profile.store.engine import Store
from bot.profile.suppressions import (
    Leaving,
    Scope,
    find_reasons,
    find_suppression,
    find_unreachable,
    lift,
    list_suppressions,
    suppress,
)

ADDRESS = "Ada@Example.org"


@pytest.mark.parametrize(("scope", "kind", "purpose", "held"), [
    ("all", "code", "service", True), ("all", "nudge", "marketing", True), ("nudges", "reply", "service", False),
    ("nudges", "code", "service", False), ("nudges", "nudge", "service", True),
    ("marketing", "nudge", "service", False),
    ("marketing", "nudge", "marketing", True),
])
def test_holds_what_its_scope_says(
    store: Store, now: datetime, scope: Scope, kind: str, purpose: str, held: bool
) -> None:
    with store.write() as connection:
        suppress(connection, "email", ADDRESS, scope=scope, reason="why", until=None, now=now)
        asked = [("email", "ada@example.org"), ("email", "bob@example.org"), ("sms", ADDRESS)]
        messages = [Leaving(channel, address, kind, purpose) for channel, address in asked]
        assert find_reasons(connection, messages, now) == ["why" if held else "", "", ""]


def test_runs_out_and_what_holds_longer_stays(store: Store, now: datetime) -> None:
    def holds(days: float) -> bool:
        asked = now + timedelta(days=days)
        return any(find_reasons(connection, [Leaving("email", ADDRESS, "nudge", "service")], asked))

    with store.write() as connection:
        for until in (now + timedelta(days=3), now + timedelta(days=1)):
            suppress(connection, "email", ADDRESS, scope="nudges", reason="full", until=until, now=now)
        assert (holds(2.9), holds(3)) == (True, False)
        suppress(connection, "email", ADDRESS, scope="nudges", reason="gone", until=None, now=now)
        suppress(connection, "email", ADDRESS, scope="nudges", reason="full", until=now, now=now)
        kept = find_suppression(connection, "email", ADDRESS, "nudges")
        assert kept and (kept.reason, kept.times, kept.until) == ("gone", 4, None)


def test_tells_which_of_many_a_nudge_does_not_reach(store: Store, now: datetime) -> None:
    many = [("email", ADDRESS), ("email", "bob@example.org"), ("whatsapp", "33612345678"), ("sms", "33612345678")]
    with store.write() as connection:
        suppress(connection, "email", "ada@example.org", scope="all", reason="x", until=None, now=now)
        suppress(connection, "whatsapp", "33612345678", scope="marketing", reason="x", until=None, now=now)
        assert find_unreachable(connection, many, purpose="service", now=now) == {("email", ADDRESS)}
        assert find_unreachable(connection, many, purpose="marketing", now=now) == {many[0], many[2]}
        assert find_unreachable(connection, [], purpose="marketing", now=now) == set()


def test_is_lifted_but_for_what_forbids_advertising(store: Store, now: datetime) -> None:
    with store.write() as connection:
        for scope in ("all", "nudges", "marketing"):
            suppress(connection, "email", ADDRESS, scope=scope, reason="x", until=None, now=now)  # type: ignore[arg-type]
        assert lift(connection, "email", ADDRESS) == 2
        assert [each.scope for each in list_suppressions(connection)] == ["marketing"]
