"""A basket of Adobe Commerce's in our words."""

from collections.abc import Sequence

from bot.commerce.adobe.carts import FoundCart, codes_of, quantity_of
from bot.commerce.adobe.shapes import Native
from bot.commerce.catalogue_search import Catalogue
from bot.commerce.forms import minor, plain, version_of
from bot.commerce.types import Availability, Cart, CartLine, CustomerRef, ProductRef, Totals, VariantRef


def variants_in(found: FoundCart) -> list[VariantRef]:
    """What lies in the basket, line by line."""
    return [VariantRef(each["sku"]) for each in _lines_in(found)]


def version_of_cart(found: FoundCart) -> int:
    """Another number as soon as the basket holds something else."""
    return version_of([found.ref, [(each["sku"], each["qty"]) for each in _lines_in(found)], codes_of(found.totals)])


def to_cart(found: FoundCart, stocks: Sequence[Availability], *, catalogue: Catalogue, base_url: str) -> Cart:
    """The basket with prices of now, and what in it is short. Adobe opens a basket by who is signed in: a customer's
    lies at the shop's own checkout, a guest's has no link.
    """
    currency, told = catalogue.currency, found.totals or {}
    costs = {int(each["item_id"]): each for each in told.get("items") or ()}
    lines = tuple(_to_line(each, costs[int(each["item_id"])], currency, catalogue) for each in _lines_in(found))
    return Cart(
        ref=found.ref, customer_ref=CustomerRef(found.customer_id) if found.customer_id else None, lines=lines,
        totals=_totals_of(told, lines, currency) if lines else Totals(), currency=currency,
        version=version_of_cart(found),
        checkout_url=f"{base_url}checkout/cart/" if lines and found.customer_id else "",
        problems=tuple(
            f"out_of_stock:{told.variant_ref}" for line, told in zip(lines, stocks, strict=True)
            if told.state == "out_of_stock" or (told.quantity is not None and told.quantity < line.quantity)
        ),
        offers=tuple(codes_of(found.totals)),
    )


def _lines_in(found: FoundCart) -> Sequence[Native]:
    told: Sequence[Native] = found.native["items"] if found.native else ()
    return told


def _to_line(said: Native, cost: Native, currency: str, catalogue: Catalogue) -> CartLine:
    """Prices hold the taxes, however the shop shows them elsewhere."""
    sku = said["sku"]
    variant = catalogue.variants.get(sku)
    return CartLine(
        id=str(said["item_id"]), variant_ref=VariantRef(sku),
        product_ref=ProductRef(catalogue.product_of.get(sku, sku)), title=plain(said["name"]),
        options=dict(variant.options) if variant else {}, quantity=quantity_of(said),
        unit_price_minor=minor(cost["price_incl_tax"], currency),
        total_minor=minor(cost["row_total_incl_tax"], currency),
        image_url=variant.image_url if variant else "", url=variant.url if variant else "",
    )


def _totals_of(told: Native, lines: Sequence[CartLine], currency: str) -> Totals:
    """Adobe's `grand_total` lacks the taxes here; what is paid stands among the segments."""
    segments = {each["code"]: each.get("value") for each in told["total_segments"]}
    items, grand = sum(line.total_minor for line in lines), minor(segments["grand_total"], currency)
    discount = abs(minor(told.get("discount_amount"), currency))
    return Totals(
        items_minor=items, discount_minor=discount, shipping_minor=grand - items + discount,
        tax_minor=minor(told.get("tax_amount"), currency), grand_minor=grand)
