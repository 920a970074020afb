"""Stage A4: an invoice -> the sentence that gives it, and a link that opens this one for some minutes, and no other."""

from datetime import datetime, timedelta

from bot.commerce.types import Invoice, OrderRef
from bot.contracts.messages import Language
from bot.service.links import language_of, seal, unseal
from bot.service.orders import Reader
from bot.settings import Settings
from bot.texts.catalogue import format_money

LINK_LIFE = timedelta(minutes=15)
_AUDIENCE = "prevenant-invoice"


def make_link(settings: Settings, order_ref: OrderRef, language: str, now: datetime) -> str:
    """Where the invoice can be read for `LINK_LIFE`, by whoever has the link: give it to the owner only."""
    token = seal(settings, _AUDIENCE, {"sub": str(order_ref), "lang": language}, now + LINK_LIFE)
    return f"{settings.public_url.rstrip('/')}/invoices/{token}"


def read_link(settings: Settings, token: str, now: datetime) -> tuple[OrderRef, Language]:
    """Which order's invoice a link opens, and in which language. NotAllowed("link_invalid") for a false or old one."""
    claims = unseal(settings, _AUDIENCE, token, ("sub",), now)
    return OrderRef(claims["sub"]), language_of(claims)


def describe_invoice(invoice: Invoice, reader: Reader) -> str:
    """Which invoice it is, of which sum, and how long its link works."""
    return reader.say(
        "Here is invoice {number} for order {order}, {amount}. The link works for {minutes} minutes.",
        number=invoice.number,
        order=invoice.order_number.lstrip("#"),
        amount=format_money(reader.language, invoice.totals.grand_minor, invoice.currency),
        minutes=int(LINK_LIFE.total_seconds() // 60),
    )
