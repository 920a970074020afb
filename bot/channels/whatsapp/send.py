"""Stage B5: the WhatsApp Cloud API. One row is one message; its receipts carry the row's number back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.channels.base import bearer
from bot.channels.meta.graph import MARK_SECONDS, Graph
from bot.channels.outbox import OutboxRow
from bot.channels.whatsapp.limits import fit_content
from bot.channels.wire import Wire
from bot.errors import NotAllowed
from bot.settings import Settings

PAIR_SECONDS = 6.0  # about one message to one person in so many seconds, for long
# https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (2026-11)
_WAITS = {4: 60.0, 80007: 60.0, 130429: 1.0, 131056: PAIR_SECONDS, 131048: 3600.0, 131064: 3600.0, 133016: 3600.0}
REFUSALS: dict[int | tuple[int, int], str] = {
    131047: "window_closed", 131026: "undeliverable", 131049: "marketing_cap", 131050: "opted_out",
    131051: "unsupported", 131052: "media", 131053: "media", 130472: "experiment", 131021: "own_number",
    132000: "template", 132001: "template", 132005: "template", 132007: "template", 132012: "template",
    132015: "template", 132016: "template", 131008: "parameters", 131009: "parameters", 100: "parameters",
}
GRAPH = Graph(
    "WhatsApp", "PREVENANT_WHATSAPP_TOKEN and PREVENANT_WHATSAPP_PHONE_NUMBER_ID", waits=_WAITS, refusals=REFUSALS
)


class WhatsAppSender:
    """One phone number of the shop."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._graph = GRAPH
        self._marks = replace(GRAPH, deadline_seconds=MARK_SECONDS)
        self._url = f"{settings.graph_url.rstrip('/')}/{settings.whatsapp_phone_number_id}/messages"
        self._headers = bearer(settings.whatsapp_token)

    def send(self, row: OutboxRow) -> str:
        """Send once; WhatsApp's id of the message. NotAllowed says why it refused."""
        return _read_id(self._graph.post(self._url, _write_call(row), self._headers))

    async def send_among(self, wire: Wire, row: OutboxRow) -> str:
        """As `send`, beside others."""
        return _read_id(await self._graph.post_among(wire, self._url, _write_call(row), self._headers))

    def tell_read(self, message_id: str, address: str) -> None:  # the message says whose it is
        """Show a customer's message as read, and that we are typing: until our answer, 25 seconds at most."""
        body = {
            "messaging_product": "whatsapp", "status": "read", "message_id": message_id,
            "typing_indicator": {"type": "text"},
        }
        self._marks.post(self._url, body, self._headers)


def _write_call(row: OutboxRow) -> dict[str, Any]:
    if not row.address:
        raise NotAllowed("bad_address", "nobody to write to")
    return {
        "messaging_product": "whatsapp", "recipient_type": "individual", **_recipient(row.address),
        "biz_opaque_callback_data": str(row.outbox_id), **fit_content(row.payload),
    }


def _read_id(answer: Mapping[str, Any]) -> str:
    messages = answer.get("messages") or [{}]
    return str(messages[0].get("id", ""))


def _recipient(address: str) -> dict[str, str]:
    """A phone number, or the id of somebody who shows none (country code, dot, digits)."""
    return {"recipient": address} if "." in address else {"to": address}
