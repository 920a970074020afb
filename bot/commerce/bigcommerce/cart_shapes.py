"""A basket of V3 in our words."""

from collections.abc import Sequence

from bot.commerce.bigcommerce.carts import FoundCart, codes_of, lines_in
from bot.commerce.bigcommerce.shapes import Native, moment
from bot.commerce.forms import kind_of, minor, plain, version_of, words_of
from bot.commerce.types import Availability, Cart, CartLine, CustomerRef, ProductRef, Totals, VariantRef


def variants_in(found: FoundCart) -> list[VariantRef]:
    """What lies in the basket of the catalogue, line by line."""
    return [VariantRef(str(each["variant_id"])) for each in lines_in(found) if each.get("variant_id")]


def version_of_cart(found: FoundCart) -> int:
    """Another number as soon as the basket holds something else."""
    lines = [(each.get("variant_id") or each["id"], each["quantity"]) for each in lines_in(found)]
    return version_of([found.ref, lines, sorted(codes_of(found.native)) if found.native else []])


def to_cart(found: FoundCart, stocks: Sequence[Availability], *, currency: str) -> Cart:
    """The basket with prices of now, and what in it is short; `stocks` are those of `variants_in`."""
    native = found.native
    currency = native["currency"]["code"] if native else currency
    lines = tuple(_to_line(each, currency) for each in lines_in(found))
    wanted = {line.variant_ref: line.quantity for line in lines}
    return Cart(
        ref=found.ref, customer_ref=CustomerRef(found.customer_id) if found.customer_id else None, lines=lines,
        totals=_totals_of(native, lines) if native and lines else Totals(), currency=currency,
        version=version_of_cart(found),
        checkout_url=(native.get("redirect_urls") or {}).get("checkout_url") or "" if native and lines else "",
        problems=tuple(
            f"out_of_stock:{told.variant_ref}" for told in stocks
            if told.state == "out_of_stock" or (
                told.quantity is not None and told.quantity < wanted.get(told.variant_ref, 0))
        ),
        offers=tuple(codes_of(native)) if native else (), updated_at=moment(native["updated_time"]) if native else None,
    )


def _to_line(said: Native, currency: str) -> CartLine:
    """A gift certificate has an amount alone; it and a custom item are of no product."""
    quantity = int(said["quantity"])
    price = minor(said["list_price"] if "list_price" in said else said["amount"], currency)
    extended = said.get("extended_list_price")
    return CartLine(
        id=str(said["id"]), variant_ref=VariantRef(str(said.get("variant_id") or "")),
        product_ref=ProductRef(str(said.get("product_id") or "")), title=plain(said["name"]), quantity=quantity,
        unit_price_minor=price, total_minor=price * quantity if extended is None else minor(extended, currency),
        options={kind_of(each["name"]): words_of(str(each["value"])) for each in said.get("options") or ()},
        image_url=said.get("image_url") or "", url=said.get("url") or "",
    )


def _totals_of(native: Native, lines: Sequence[CartLine]) -> Totals:
    """`cart_amount` holds the taxes, prices hold them only where the shop shows them so; what it costs to send it, the
    checkout knows alone.
    """
    currency = native["currency"]["code"]
    items, grand = sum(line.total_minor for line in lines), minor(native["cart_amount"], currency)
    coupons = sum(minor(each["discounted_amount"], currency) for each in native["coupons"])
    discount = items - grand if native["tax_included"] else coupons + minor(native["discount_amount"], currency)
    return Totals(
        items_minor=items, discount_minor=discount, tax_minor=max(grand - items + discount, 0), grand_minor=grand)
