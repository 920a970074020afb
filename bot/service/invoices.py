"""Stage A4: an invoice -> the sentence that gives it, and a link that opens this one for some minutes, and no other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from bot.commerce.types import Invoice, OrderRef
from bot.contracts.messages import LANGUAGES, Language
from bot.errors import NotAllowed
from bot.service.orders import Reader
from bot.settings import Settings
from bot.texts.catalogue import format_money

LINK_LIFE = timedelta(minutes=15)
_ALGORITHM = "HS256"  # pinned: a token does not choose how it is checked
_AUDIENCE = "prevenant-invoice"
_LONGEST = 1_024


def make_link(settings: Settings, order_ref: OrderRef, language: str, now: datetime) -> str:
    """Where the invoice can be read for `LINK_LIFE`, by whoever has the link: give it to the owner only."""
    claims = {"sub": str(order_ref), "lang": language, "aud": _AUDIENCE, "exp": now + LINK_LIFE}
    token = jwt.encode(claims, settings.session_secret, algorithm=_ALGORITHM)
    return f"{settings.public_url.rstrip('/')}/invoices/{token}"


def read_link(settings: Settings, token: str, now: datetime) -> tuple[OrderRef, Language]:
    """Which order's invoice a link opens, and in which language. NotAllowed("link_invalid") for a false or old one."""
    options: Any = {"require": ["sub", "exp", "aud"], "verify_exp": False}  # times are checked by our own clock
    try:
        if len(token) > _LONGEST:
            raise NotAllowed("link_invalid")
        claims = jwt.decode(
            token, settings.session_secret, algorithms=[_ALGORITHM], audience=_AUDIENCE, options=options
        )
        until = datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (jwt.InvalidTokenError, UnicodeError, ValueError, TypeError, OverflowError, OSError) as error:
        raise NotAllowed("link_invalid") from error
    if until <= now:
        raise NotAllowed("link_invalid")
    language: Language = next((each for each in LANGUAGES if each == claims.get("lang")), "en")
    return OrderRef(claims["sub"]), language


def describe_invoice(invoice: Invoice, reader: Reader) -> str:
    """Which invoice it is, of which sum, and how long its link works."""
    return reader.say(
        "Here is invoice {number} for order {order}, {amount}. The link works for {minutes} minutes.",
        number=invoice.number,
        order=invoice.order_number.lstrip("#"),
        amount=format_money(reader.language, invoice.totals.grand_minor, invoice.currency),
        minutes=int(LINK_LIFE.total_seconds() // 60),
    )
