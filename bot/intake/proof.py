"""Who sent a call: the write key, and the shop's signed word on who is signed in."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import jwt

from bot.errors import FixConfiguration, NotAllowed
from bot.settings import Settings

Sender = Literal["page", "server"]
_SHORTEST_SECRET = 16


@dataclass(frozen=True)
class WriteKeys:
    """The key that every page shows, and the one that only the shop's servers know ("" for none)."""

    page: str
    server: str = ""

    @classmethod
    def from_settings(cls, settings: Settings) -> "WriteKeys":
        """The installation's keys; FixConfiguration when the server's could be guessed or is the page's."""
        server = settings.server_write_key
        if server and (len(server) < _SHORTEST_SECRET or server == settings.write_key):
            raise FixConfiguration(
                f"PREVENANT_SERVER_WRITE_KEY must be a random secret of at least {_SHORTEST_SECRET} characters, "
                "other than PREVENANT_WRITE_KEY, which every page shows"
            )
        return cls(settings.write_key, server)

    def recognise(self, headers: Mapping[str, str], body: Mapping[str, Any]) -> Sender:
        """Who holds the key given as Basic user or `writeKey`. NotAllowed otherwise; takes the same time always."""
        given = (_basic_user(headers.get("authorization", "")) or str(body.get("writeKey") or "")).encode()
        is_page = hmac.compare_digest(given, self.page.encode())
        is_server = hmac.compare_digest(given, self.server.encode()) and bool(self.server)
        if is_server:
            return "server"
        if is_page:
            return "page"
        raise NotAllowed("write_key", "the write key is missing or wrong")


def read_widget_token(token: str, secret: str) -> str:
    """The shop's customer that a widget token vouches for; "" when it is false, old or missing."""
    if not token:
        return ""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError:
        return ""
    return str(claims["sub"])


def _basic_user(header: str) -> str:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
