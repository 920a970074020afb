"""Stage B5: the web channel's way out. Its vendor is our own `site`, which holds the sockets."""

from bot.channels.base import OwnProcess, Vendor, bearer
from bot.channels.outbox import OutboxRow
from bot.channels.web.limits import fit_message
from bot.errors import UnknownFate
from bot.settings import Settings

_TRIES = 3  # `site` knows an outbox id again: a second try shows nothing twice


class WebSender:
    """Hands a message to `site`, which keeps it for the conversation and shows it in every open tab."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._vendor = Vendor("site", "PREVENANT_SITE_INTERNAL_URL", deadline_seconds=4.0, own=OwnProcess())
        self._url = f"{settings.site_internal_url}/internal/web/messages"
        self._headers = bearer(settings.internal_secret)

    def send(self, row: OutboxRow) -> str:
        """Send once; the id under which the conversation keeps it."""
        body = {
            "outbox_id": row.outbox_id,
            "sender_id": row.sender_id,
            "kind": row.kind,
            "message": fit_message(row.payload).to_json(),
        }
        for tries_left in reversed(range(_TRIES)):
            try:
                return str(self._vendor.post(self._url, body, self._headers).get("vendor_message_id") or "")
            except UnknownFate:
                if not tries_left:
                    raise
        raise UnknownFate("site did not answer")
