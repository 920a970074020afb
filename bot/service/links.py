"""Stage A4: what a link of some minutes may open -> the signed word at its end, and back."""

import base64
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.contracts.messages import LANGUAGES, Language
from bot.errors import NotAllowed
from bot.settings import Settings

_ALGORITHM = "HS256"  # pinned: a token does not choose how it is checked
_LONGEST = 2_048


def seal(settings: Settings, audience: str, claims: Mapping[str, Any], until: datetime) -> str:
    """The claims, signed for one kind of page."""
    told = {**claims, "aud": audience, "exp": until}
    return jwt.encode(told, settings.session_secret, algorithm=_ALGORITHM)


def unseal(
    settings: Settings, audience: str, token: str, required: Collection[str], now: datetime
) -> Mapping[str, Any]:
    """The claims of a token for this kind of page. NotAllowed("link_invalid") for a false or old one."""
    options: Any = {"require": [*required, "exp", "aud"], "verify_exp": False}  # times are checked by our own clock
    try:
        if len(token) > _LONGEST:
            raise NotAllowed("link_invalid")
        claims: Mapping[str, Any] = jwt.decode(
            token, settings.session_secret, algorithms=[_ALGORITHM], audience=audience, options=options
        )
        until = datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (jwt.InvalidTokenError, UnicodeError, ValueError, TypeError, OverflowError, OSError) as error:
        raise NotAllowed("link_invalid") from error
    if until <= now:
        raise NotAllowed("link_invalid")
    return claims


def veil(settings: Settings, audience: str, text: str) -> str:
    """What a link carries that its reader must not read: encrypted for one kind of page."""
    return _key_of(settings, audience).encrypt(text.encode()).decode()


def unveil(settings: Settings, audience: str, veiled: str) -> str:
    """The text again. NotAllowed("link_invalid") for what was veiled for something else."""
    try:
        return _key_of(settings, audience).decrypt(veiled.encode()).decode()
    except InvalidToken as error:
        raise NotAllowed("link_invalid") from error


def _key_of(settings: Settings, audience: str) -> Fernet:
    derive = HKDF(SHA256(), length=32, salt=None, info=f"{audience}:veil".encode())
    return Fernet(base64.urlsafe_b64encode(derive.derive(settings.session_secret.encode())))


def language_of(claims: Mapping[str, Any]) -> Language:
    """The language that a link was made in; English where it tells none of ours."""
    return next((each for each in LANGUAGES if each == claims.get("lang")), "en")
