"""Stage B5: text messages, through a vendor's HTTP interface: {to, from, text, reference} in, {id} out."""

from bot.channels.base import Vendor, bearer
from bot.channels.outbox import OutboxRow
from bot.channels.sms.limits import render_row
from bot.errors import NotAllowed
from bot.settings import Settings


class SmsSender:
    """One vendor of text messages; in the demo our own mailbox page plays it."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._settings = settings
        self._vendor = Vendor("the vendor of text messages", "PREVENANT_SMS_URL and PREVENANT_SMS_KEY")
        self._url = settings.sms_url or f"{settings.site_internal_url}/demo/sms"
        self._headers = bearer(settings.sms_key if settings.sms_url else settings.internal_secret)

    def send(self, row: OutboxRow) -> str:
        """Send once; the vendor's id. NotAllowed for a number that nobody can call."""
        if not row.address.startswith("+") or not row.address[1:].isdigit():
            raise NotAllowed("bad_address", "a phone number is written +33612345678")
        body = {
            "to": row.address,
            "text": render_row(row, self._settings),
            "reference": row.idempotency_key,
        }
        answer = self._vendor.post(self._url, body, self._headers)
        return str(answer.get("id") or answer.get("message_id") or "")
