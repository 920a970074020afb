"""Stage B5: the web channel's way out. Its vendor is our own `site`, which holds the sockets."""

from collections.abc import Sequence
from typing import Any

from bot.channels.base import OwnProcess, Result, Vendor, bearer
from bot.channels.outbox import OutboxRow
from bot.channels.web.limits import fit_message
from bot.errors import NotAllowed, PrevenantError, UnknownFate
from bot.settings import Settings

_TRIES = 3  # `site` knows an outbox id again: a second try shows nothing twice


class WebSender:
    """Hands messages to `site`, which keeps them for their conversations and shows them in every open tab."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._vendor = Vendor("site", "PREVENANT_SITE_INTERNAL_URL", deadline_seconds=4.0, own=OwnProcess())
        self._url = f"{settings.site_internal_url}/internal/web/messages"
        self._headers = bearer(settings.internal_secret)

    def send(self, row: OutboxRow) -> str:
        """Send once; the id under which the conversation keeps it."""
        (result,) = self.send_together([row])
        if isinstance(result, BaseException):
            raise result
        return result

    def send_together(self, rows: Sequence[OutboxRow]) -> list[Result]:
        """All of them in one call; the id under which the conversation keeps each, or why it is not shown."""
        try:
            shown = self._post({"messages": [_body_of(row) for row in rows]}).get("shown")
        except PrevenantError as error:
            return [error] * len(rows)
        if not isinstance(shown, list) or len(shown) != len(rows):
            return [UnknownFate("site's answer cannot be read")] * len(rows)
        return [str(each) if each else NotAllowed("refused", "site knows no such conversation") for each in shown]

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        for tries_left in reversed(range(_TRIES)):
            try:
                return self._vendor.post(self._url, body, self._headers)
            except UnknownFate:
                if not tries_left:
                    raise
        raise UnknownFate("site did not answer")


def _body_of(row: OutboxRow) -> dict[str, Any]:
    return {
        "outbox_id": row.outbox_id, "sender_id": row.sender_id, "kind": row.kind,
        "message": fit_message(row.payload).to_json(),
    }
