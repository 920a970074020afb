"""A basket of Shopify's in our words."""

from collections.abc import Sequence

from bot.commerce.forms import version_of
from bot.commerce.shopify.carts import FoundCart, codes_of
from bot.commerce.shopify.shapes import Native, minor, moment, option_values, ref_of
from bot.commerce.types import Availability, Cart, CartLine, CustomerRef, ProductRef, Totals, VariantRef


def variants_in(found: FoundCart) -> list[VariantRef]:
    """What lies in the basket, line by line."""
    return [VariantRef(ref_of(each["merchandise"]["id"])) for each in _lines_in(found)]


def version_of_cart(found: FoundCart) -> int:
    """Another number as soon as the basket holds something else."""
    lines = [(each["merchandise"]["id"], each["quantity"]) for each in _lines_in(found)]
    return version_of([found.ref, lines, sorted(codes_of(found.native)) if found.native else []])


def to_cart(found: FoundCart, stocks: Sequence[Availability], *, storefront_url: str, currency: str) -> Cart:
    """The basket with prices of now, and what in it is short; without lines nothing of it costs anything."""
    native, lines = found.native, tuple(_to_line(each, storefront_url) for each in _lines_in(found))
    return Cart(
        ref=found.ref, customer_ref=CustomerRef(found.customer_id) if found.customer_id else None, lines=lines,
        totals=_totals_of(native, lines) if native and lines else Totals(),
        currency=native["cost"]["totalAmount"]["currencyCode"] if native else currency,
        version=version_of_cart(found), checkout_url=native["checkoutUrl"] if native else "",
        problems=tuple(
            f"out_of_stock:{told.variant_ref}" for line, told in zip(lines, stocks, strict=True)
            if told.quantity is not None and told.quantity < line.quantity
        ),
        offers=tuple(codes_of(native)) if native else (), updated_at=moment(native["updatedAt"]) if native else None,
    )


def _lines_in(found: FoundCart) -> list[Native]:
    """Those with a variant behind them: one that was deleted has none."""
    nodes = found.native["lines"]["nodes"] if found.native else ()
    return [each for each in nodes if each["merchandise"].get("id")]


def _to_line(said: Native, storefront_url: str) -> CartLine:
    variant, product = said["merchandise"], said["merchandise"]["product"]
    picture = variant["image"] or product["featuredImage"] or {}
    number, page = ref_of(variant["id"]), product["onlineStoreUrl"] or f"{storefront_url}/products/{product['handle']}"
    return CartLine(
        id=said["id"], variant_ref=VariantRef(number), product_ref=ProductRef(ref_of(product["id"])),
        title=product["title"], options=option_values(variant["selectedOptions"]), quantity=said["quantity"],
        unit_price_minor=minor(said["cost"]["amountPerQuantity"]), total_minor=minor(said["cost"]["subtotalAmount"]),
        image_url=picture.get("url") or "", url=f"{page}?variant={number}",
    )


def _totals_of(native: Native, lines: Sequence[CartLine]) -> Totals:
    """Shopify tells no taxes of a basket apart, and what it costs to send it only once it knows where to."""
    items, grand = sum(line.total_minor for line in lines), minor(native["cost"]["totalAmount"])
    discount = sum(
        minor(each["discountedAmount"]) for line in native["lines"]["nodes"] for each in line["discountAllocations"])
    return Totals(
        items_minor=items, discount_minor=discount, shipping_minor=grand - items + discount, grand_minor=grand)
