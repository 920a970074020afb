"""Outbox rows for senders' tests."""

from datetime import UTC, datetime
from typing import Any

from bot.channels.outbox import OutboxRow
from bot.contracts.messages import OutboundMessage

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def make_row(**changes: Any) -> OutboxRow:
    """A reply on the web, unless changed."""
    values: dict[str, Any] = {
        "outbox_id": 7, "idempotency_key": "key-7", "kind": "reply", "customer_id": "c" * 32, "sender_id": "s",
        "channel": "web", "address": "a", "purpose": "service", "nudge": "", "about": "", "facts": {},
        "payload": OutboundMessage("Hello"), "state": "sending", "reason": "", "vendor_message_id": "", "attempts": 1,
        "not_before": NOW, "expires_at": None, "lease_until": None, "created_at": NOW, "sent_at": None,
    }
    return OutboxRow(**{**values, **changes})
