"""Stage B5: Messenger's Send API. One row is one message; its echo carries the row's number back."""

from dataclasses import replace
from typing import Any

from bot.channels.base import bearer
from bot.channels.messenger.limits import fit_content
from bot.channels.meta.graph import MARK_SECONDS, Graph
from bot.channels.outbox import OutboxRow
from bot.channels.wire import Wire
from bot.errors import NotAllowed
from bot.settings import Settings

# https://developers.facebook.com/docs/messenger-platform/error-codes (2026-11)
_WAITS = {4: 60.0, 17: 60.0, 32: 60.0, 613: 5.0}
_REFUSALS: dict[int | tuple[int, int], str] = {
    (10, 2018278): "window_closed", (10, 2018065): "window_closed", 551: "undeliverable",
    (100, 2018001): "undeliverable", (200, 1545041): "undeliverable", 100: "parameters",
}
GRAPH = Graph(
    "Messenger", "PREVENANT_MESSENGER_TOKEN and PREVENANT_MESSENGER_PAGE_ID", waits=_WAITS, refusals=_REFUSALS
)


class MessengerSender:
    """One page of the shop."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._graph = GRAPH
        self._marks = replace(GRAPH, deadline_seconds=MARK_SECONDS)
        self._url = f"{settings.graph_url.rstrip('/')}/{settings.messenger_page_id}/messages"
        self._headers = bearer(settings.messenger_token)

    def send(self, row: OutboxRow) -> str:
        """Send once; Messenger's id of the message. NotAllowed says why it refused."""
        return str(self._graph.post(self._url, _write_call(row), self._headers).get("message_id", ""))

    async def send_among(self, wire: Wire, row: OutboxRow) -> str:
        """As `send`, beside others."""
        answer = await self._graph.post_among(wire, self._url, _write_call(row), self._headers)
        return str(answer.get("message_id", ""))

    def tell_read(self, message_id: str, address: str) -> None:  # everything before it counts as read
        """Show what a customer said as read, and that we are typing: until our answer, 20 seconds at most."""
        for action in ("mark_seen", "typing_on"):
            self._marks.post(self._url, {"recipient": {"id": address}, "sender_action": action}, self._headers)


def _write_call(row: OutboxRow) -> dict[str, Any]:
    if not row.address:
        raise NotAllowed("bad_address", "nobody to write to")
    content = {**fit_content(row.payload), "metadata": str(row.outbox_id)}
    return {"recipient": {"id": row.address}, "message": content, **_reason(row)}


def _reason(row: OutboxRow) -> dict[str, str]:
    """Words that a person wrote may leave for seven days, approved ones at any time; no others may."""
    if row.payload.author:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    if row.payload.template:
        return {"messaging_type": "UTILITY"}
    return {"messaging_type": "RESPONSE" if row.kind == "reply" else "UPDATE"}
