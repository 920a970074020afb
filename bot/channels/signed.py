"""Short tokens in addresses that only we can make: what is said, with a signature before it."""

import base64
import hashlib
import hmac

from bot.errors import NotAllowed
from bot.settings import Settings

_SIGNATURE_BYTES = 12


def seal(settings: Settings, purpose: str, said: bytes) -> str:
    """A token that says something for a purpose, fit for an address."""
    return base64.urlsafe_b64encode(_sign(settings, purpose, said) + said).decode().rstrip("=")


def unseal(settings: Settings, purpose: str, token: str) -> bytes:
    """What a token says; NotAllowed when we did not make it, or made it for another purpose."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise NotAllowed("link") from error
    signature, said = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _sign(settings, purpose, said)):
        raise NotAllowed("link")
    return said


def _sign(settings: Settings, purpose: str, said: bytes) -> bytes:
    key = settings.session_secret.encode()
    return hmac.new(key, f"{purpose}:".encode() + said, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
