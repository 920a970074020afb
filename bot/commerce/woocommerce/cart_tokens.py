"""A basket's token: a JSON Web Token of WooCommerce's that names the session it opens, for two days from its making.

Only the shop can verify it. It is read here to know whether a basket that came back is the one that was asked for:
WooCommerce answers a token that has ended with an empty basket of nobody's.
"""

import base64
import binascii
import hashlib
import re

import orjson

_FORM = re.compile(r"[A-Za-z0-9_-]{1,200}\.[A-Za-z0-9_-]{1,800}\.[A-Za-z0-9_-]{1,200}")


def is_token(text: str) -> bool:
    """Whether WooCommerce can have made it."""
    return bool(_FORM.fullmatch(text))


def session_of(token: str) -> str:
    """The session that it opens; "" for what cannot be read."""
    return str(_payload_of(token).get("user_id") or "")


def ends_at(token: str) -> float:
    """When it ends, in seconds since 1970; 0 for what cannot be read."""
    told = _payload_of(token).get("exp")
    return float(told) if isinstance(told, int | float) else 0.0


def print_of(token: str) -> str:
    """What tells a session from others and opens nothing."""
    return hashlib.blake2b(session_of(token).encode(), digest_size=12).hexdigest()


def _payload_of(token: str) -> dict[str, object]:
    if not is_token(token):
        return {}
    middle = token.split(".")[1]
    try:
        told = orjson.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (binascii.Error, orjson.JSONDecodeError):
        return {}
    return told if isinstance(told, dict) else {}
