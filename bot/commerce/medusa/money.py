"""What a line costs and what all adds up to, with tax, in minor units: Medusa rounds nothing, and taxes either way."""

from collections.abc import Iterable
from decimal import Decimal

from bot.commerce.medusa.shapes import Native, minor
from bot.commerce.types import Totals


def unit_minor(line: Native, currency: str) -> int:
    """What one piece costs before discounts, its tax in it."""
    price = Decimal(line["unit_price"] or 0)
    if not line.get("is_tax_inclusive"):
        rates = sum((Decimal(each["rate"] or 0) for each in line.get("tax_lines") or ()), Decimal(0))
        price *= 1 + rates / 100
    return minor(price, currency)


def totals_of(said: Native, lines: Iterable[tuple[int, int]], currency: str, refunded_minor: int = 0) -> Totals:
    """What a basket or an order comes to; `lines` are prices of a piece and how many.

    The discount is what lies between the parts and what is paid, so that they add up to the last unit.
    """
    items = sum(price * quantity for price, quantity in lines)
    shipping, grand = (minor(said.get(name), currency) for name in ("original_shipping_total", "total"))
    return Totals(
        items_minor=items, shipping_minor=shipping, tax_minor=minor(said.get("tax_total"), currency),
        discount_minor=items + shipping - grand, grand_minor=grand, refunded_minor=refunded_minor,
    )
