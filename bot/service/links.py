"""Stage A4: what a link of some minutes may open -> the signed word at its end, and back."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import jwt

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


def language_of(claims: Mapping[str, Any]) -> Language:
    """The language that a link was made in; English where it tells none of ours."""
    return next((each for each in LANGUAGES if each == claims.get("lang")), "en")
