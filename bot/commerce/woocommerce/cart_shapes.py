"""A basket of the Store API in our words."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from bot.commerce.catalogue_search import Catalogue
from bot.commerce.forms import kind_of, plain, version_of, words_of
from bot.commerce.types import Availability, Cart, CartLine, CustomerRef, ProductRef, Totals, VariantRef
from bot.commerce.woocommerce.carts import FoundCart, codes_of
from bot.commerce.woocommerce.shapes import Native, store_minor


def variants_in(found: FoundCart) -> list[VariantRef]:
    """What lies in the basket, line by line."""
    return [VariantRef(str(each["id"])) for each in _lines_in(found)]


def version_of_cart(found: FoundCart) -> int:
    """Another number as soon as the basket holds something else."""
    lines = [(each["id"], each["quantity"]) for each in _lines_in(found)]
    return version_of([found.ref, lines, sorted(codes_of(found.native)) if found.native else []])


def to_cart(
    found: FoundCart, stocks: Sequence[Availability], parents: Mapping[VariantRef, str], *, catalogue: Catalogue,
    shop_url: str,
) -> Cart:
    """The basket with prices of now, and what in it is short; `parents` are the products of what lies in it."""
    native, lines = found.native, tuple(_to_line(each, parents) for each in _lines_in(found))
    offers = tuple(codes_of(native)) if native else ()
    return Cart(
        ref=found.ref, customer_ref=CustomerRef(found.customer_id) if found.customer_id else None, lines=lines,
        totals=_totals_of(native, lines) if native and lines else Totals(),
        currency=native["totals"]["currency_code"] if native else catalogue.currency,
        version=version_of_cart(found), checkout_url=_checkout_url(shop_url, lines, offers) if lines else "",
        problems=tuple(
            f"out_of_stock:{told.variant_ref}" for line, told in zip(lines, stocks, strict=True)
            if told.state == "out_of_stock" or (told.quantity is not None and told.quantity < line.quantity)
        ),
        offers=offers,
    )


def _lines_in(found: FoundCart) -> Sequence[Native]:
    return found.native["items"] if found.native else ()


def _to_line(said: Native, parents: Mapping[VariantRef, str]) -> CartLine:
    """Prices hold the taxes, however the shop shows them elsewhere."""
    totals, variant = said["totals"], VariantRef(str(said["id"]))
    gross = store_minor(totals["line_subtotal"], totals) + store_minor(totals["line_subtotal_tax"], totals)
    return CartLine(
        id=said["key"], variant_ref=variant, product_ref=ProductRef(parents.get(variant) or variant),
        title=plain(said["name"]), quantity=said["quantity"], unit_price_minor=round(gross / said["quantity"]),
        options={kind_of(each["attribute"]): words_of(each["value"]) for each in said["variation"] if each["value"]},
        total_minor=gross, image_url=said["images"][0]["src"] if said["images"] else "", url=said["permalink"],
    )


def _totals_of(native: Native, lines: Sequence[CartLine]) -> Totals:
    """Fees count with what it costs to send it, which the shop knows only once it knows where to."""
    told = native["totals"]
    items, grand = sum(line.total_minor for line in lines), store_minor(told["total_price"], told)
    discount = store_minor(told["total_discount"], told) + store_minor(told["total_discount_tax"], told)
    return Totals(
        items_minor=items, discount_minor=discount, shipping_minor=grand - items + discount,
        tax_minor=store_minor(told["total_tax"], told), grand_minor=grand)


def _checkout_url(shop_url: str, lines: Sequence[CartLine], offers: Sequence[str]) -> str:
    """WooCommerce's link that fills a basket in the buyer's browser (since 10.0); it takes one coupon."""
    wanted = {"products": ",".join(f"{line.variant_ref}:{line.quantity}" for line in lines)}
    return f"{shop_url}/checkout-link/?{urlencode({**wanted, **({'coupon': offers[0]} if offers else {})}, safe=':,')}"
