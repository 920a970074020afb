"""Text messages through Twilio: what leaves, what its errors mean, and how its calls are signed.

https://www.twilio.com/docs/messaging/api/message-resource, .../docs/api/errors, .../docs/usage/security (2026-11)
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.calling import read_retry_after
from bot.channels.base import Vendor
from bot.channels.outbox import OutboxRow
from bot.channels.sms.limits import render_row
from bot.channels.wire import Answer
from bot.errors import FixConfiguration, NotAllowed, RateLimited
from bot.settings import Settings

STATUS_PATH = "/webhooks/sms/status"
# Refused at once, or told by a status afterwards: our word for it.
REFUSALS: Mapping[int, str] = {
    21211: "no_such_number", 21214: "no_such_number", 21217: "no_such_number", 21614: "no_such_number",
    30005: "no_such_number", 30006: "no_such_number", 21610: "opted_out", 21612: "undeliverable",
    30003: "undeliverable", 30008: "undeliverable", 30004: "blocked", 30007: "blocked", 21602: "parameters",
    21617: "parameters",
}
_WAITS = {20429: 1.0, 21611: 60.0, 30001: 60.0, 14107: 1.0}
_OURS = frozenset({20003, 20404, 20005, 21212, 21408, 21603, 21606, 21609, 21659, 21660, 21701, 21703})


@dataclass(frozen=True)
class _Twilio(Vendor):
    def _translate_refusal(self, answer: Answer) -> Exception:
        code = _read_code(answer)
        if code in REFUSALS:
            return NotAllowed(REFUSALS[code], f"{self.name} answered {code}")
        if code in _WAITS:
            return RateLimited(f"{self.name} answered {code}", max(_WAITS[code], read_retry_after(answer.headers)))
        if code in _OURS:
            return FixConfiguration(f"{self.name} answered {code}: check {self.setting}")
        return super()._translate_refusal(answer)


class TwilioSender:
    """One number or messaging service of a Twilio account."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing."""
        self._settings = settings
        self._vendor = _Twilio("Twilio", "PREVENANT_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _FROM")
        account = f"{settings.twilio_url.rstrip('/')}/Accounts/{settings.twilio_account_sid}"
        self._url = f"{account}/Messages.json"
        given = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}".encode()
        self._headers = {"Authorization": f"Basic {b64encode(given).decode()}"}
        self._from = "MessagingServiceSid" if settings.twilio_from.startswith("MG") else "From"

    def send(self, row: OutboxRow) -> str:
        """Send once; Twilio's id. Its status comes back to the row's own address. NotAllowed says why it refused."""
        if not row.address.startswith("+") or not row.address[1:].isdigit():
            raise NotAllowed("bad_address", "a phone number is written +33612345678")
        form = {
            "To": row.address, self._from: self._settings.twilio_from, "Body": render_row(row, self._settings),
            "StatusCallback": f"{self._settings.public_url.rstrip('/')}{STATUS_PATH}/{row.outbox_id}",
        }
        return str(self._vendor.post_form(self._url, form, self._headers).get("sid") or "")


def is_signed(url: str, form: Sequence[tuple[str, str]], signature: str, auth_token: str) -> bool:
    """Whether Twilio made this call: HMAC-SHA1 of the address that it called and every field, in constant time."""
    said = url + "".join(f"{name}{value}" for name, value in sorted(set(form)))
    wanted = b64encode(hmac.new(auth_token.encode(), said.encode(), hashlib.sha1).digest())
    return hmac.compare_digest(signature.encode(), wanted)


def _read_code(answer: Answer) -> int:
    code = answer.read().get("code")
    return code if isinstance(code, int) else 0
