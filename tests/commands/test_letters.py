"""`prevenant letters`, as it is typed."""

from datetime import UTC, datetime

import pytest

from bot.channels.outbox import enqueue, list_rows, mark_all_sending, mark_failed, mark_unknown
from bot.contracts.messages import OutboundMessage

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def given_up(store) -> dict[str, int]:
    """By key: two that were refused, one of them a code, and one whose fate is unknown."""
    ids = {}
    with store.write() as connection:
        for key, kind in (("refused", "reply"), ("code", "code"), ("unknown", "reply"), ("gave up", "notice")):
            ids[key] = enqueue(
                connection, idempotency_key=key, kind=kind, customer_id="", sender_id=key, channel="web", address="a",
                purpose="service", payload=OutboundMessage(key), now=NOW,
            )
        mark_all_sending(connection, list(ids.values()), NOW)
        mark_unknown(connection, ids["unknown"], NOW)
        for key, reason in (("refused", "FixConfiguration"), ("code", "FixConfiguration"), ("gave up", "gave_up")):
            mark_failed(connection, ids[key], reason, NOW)
    return ids


def _states(store) -> dict[str, tuple[str, int]]:
    with store.read() as connection:
        return {row.idempotency_key: (row.state, row.attempts) for row in list_rows(connection)}


def test_lists_what_was_given_up_and_why(run, given_up):
    assert "gave_up" in run("letters", "dead") and "unknown" in run("letters", "dead")
    assert "gave_up" not in run("letters", "dead", "--reason", "FixConfiguration")


def test_sends_again_what_failed_for_a_reason_but_no_code_and_nothing_that_may_have_left(run, store, given_up):
    assert "1 wait" in run("letters", "replay", "--reason", "FixConfiguration")
    assert _states(store) == {
        "refused": ("pending", 0), "code": ("failed", 1), "unknown": ("unknown", 1), "gave up": ("failed", 1),
    }


def test_sends_again_what_is_named(run, store, given_up):
    assert "1 wait" in run("letters", "replay", str(given_up["gave up"]), str(given_up["unknown"]))
    assert _states(store)["gave up"] == ("pending", 0)
    assert _states(store)["unknown"][0] == "unknown"
