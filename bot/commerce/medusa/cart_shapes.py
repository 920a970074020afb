"""A basket of Medusa's in our words."""

from collections.abc import Sequence

from bot.commerce.forms import version_of
from bot.commerce.medusa.carts import FoundCart, codes_of
from bot.commerce.medusa.money import totals_of, unit_minor
from bot.commerce.medusa.pages import Pages
from bot.commerce.medusa.shapes import Native, moment, option_values
from bot.commerce.types import Availability, Cart, CartLine, CustomerRef, ProductRef, Totals, VariantRef


def variants_in(found: FoundCart) -> list[VariantRef]:
    """What is in it."""
    return [VariantRef(each["variant_id"]) for each in found.native["items"]] if found.native else []


def version_of_cart(found: FoundCart) -> int:
    """Another number as soon as the basket holds something else."""
    native = found.native
    lines = [(each["variant_id"], each["quantity"]) for each in native["items"]] if native else []
    return version_of([found.ref, sorted(lines), sorted(codes_of(native)) if native else []])


def to_cart(found: FoundCart, stocks: Sequence[Availability], *, pages: Pages, currency: str) -> Cart:
    """The basket; one that was ordered, or holds nothing yet, is empty and costs nothing."""
    native = found.native
    lines = tuple(_to_line(each, pages, currency) for each in _in_order(native)) if native else ()
    known = {each.variant_ref: each for each in stocks}
    short = [each.variant_ref for each in lines if _is_short(each, known.get(each.variant_ref))]
    return Cart(
        ref=found.ref, customer_ref=CustomerRef(found.customer_id) if found.customer_id else None, lines=lines,
        totals=totals_of(native, [(each.unit_price_minor, each.quantity) for each in lines], currency)
        if native and lines else Totals(),
        currency=currency, version=version_of_cart(found), checkout_url=pages.checkout,
        problems=tuple(f"out_of_stock:{ref}" for ref in short), offers=tuple(codes_of(native)) if native else (),
        updated_at=moment(native["updated_at"]) if native else None,
    )


def _in_order(native: Native) -> list[Native]:
    return sorted(native["items"], key=lambda each: (each["created_at"], each["id"]))


def _is_short(line: CartLine, available: Availability | None) -> bool:
    if available is None or not available.is_sellable_online:
        return True
    return available.quantity is not None and available.quantity < line.quantity


def _to_line(said: Native, pages: Pages, currency: str) -> CartLine:
    options = option_values((said.get("variant") or {}).get("options") or ())
    price, handle, colour = unit_minor(said, currency), said["product_handle"], options.get("colour", "")
    return CartLine(
        id=said["id"], variant_ref=VariantRef(said["variant_id"]), product_ref=ProductRef(said["product_id"]),
        title=said["product_title"] or said["title"], options=options, quantity=said["quantity"],
        unit_price_minor=price, total_minor=price * said["quantity"],
        image_url=pages.picture({"thumbnail": said.get("thumbnail"), "handle": handle}, colour),
        url=pages.product(handle, colour),
    )
