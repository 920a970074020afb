"""Stage 4: what a nudge may say of baskets, products and promotions."""

from collections.abc import Mapping
from typing import Any

from bot.commerce.named_variants import find_named
from bot.commerce.types import Cart, CartLine, Product, Variant
from bot.errors import NotFound
from bot.intake.interests import has_options
from bot.nudges.facts import FactReader, Facts, Piece, false, true

LOW_STOCK = 3  # pieces: fewer than a customer would expect, so worth saying


def read_cart(reader: FactReader, refs: dict[str, str]) -> Facts:
    """A basket that was left: what lies in it, and what would go with it."""
    if not refs.get("cart_ref"):
        return false("cart_unknown", refs, "plain")
    try:
        cart = reader.cart(refs["cart_ref"])
    except NotFound:
        return false("cart_gone", refs, "plain")
    known = {"cart": cart, "owner_ref": cart.customer_ref or ""}
    if not cart.lines:
        return false("cart_empty", refs, "plain", **known)
    line = _find_line(reader, cart, refs)
    if line is None:
        return _removed(reader, refs, known)
    piece = reader.piece(line.variant_ref)
    if piece is None:
        return sold_out(reader, line.variant_ref, refs, "plain", **known)
    offered = _offered(reader, cart, refs)
    low = "_low" if _is_low(piece) else ""
    case = ("match" if offered else "plain") + low
    return true(case, refs, piece=piece, offered=offered, **known)


def _removed(reader: FactReader, refs: dict[str, str], known: dict[str, Any]) -> Facts:
    named = _find_variant(reader, refs)
    piece = reader.piece(named.ref) if named else None
    if piece is None:
        return false("cart_changed", refs, "add_back", **known)
    return true("add_back", refs, piece=piece, offered=piece, **known)


def _find_line(reader: FactReader, cart: Cart, refs: Mapping[str, str]) -> CartLine | None:
    """The last line of the variant that was told of; of its product, where the engine knows no such variant."""
    if not refs.get("variant_ref") and not refs.get("product_ref"):
        return cart.lines[-1]
    fitting = [each for each in cart.lines if each.variant_ref == refs.get("variant_ref")]
    if not fitting and (named := _find_variant(reader, refs)):
        fitting = [each for each in cart.lines if each.variant_ref == named.ref]
    elif not fitting:
        fitting = [each for each in cart.lines if each.product_ref == refs.get("product_ref")]
    return fitting[-1] if fitting else None


def _offered(reader: FactReader, cart: Cart, refs: Mapping[str, str]) -> Piece | None:
    ref = refs.get("offered_ref", "")
    if not ref or any(each.variant_ref == ref for each in cart.lines):
        return None
    piece = reader.piece(ref)
    return None if piece is None or reader.is_banned(piece.product.ref) else piece


def _is_low(piece: Piece) -> bool:
    return piece.stock is not None and 0 < piece.stock <= LOW_STOCK and "size" in piece.variant.options


def read_product(reader: FactReader, refs: dict[str, str]) -> Facts:
    """A product that somebody looked at or asked for, while it can be bought."""
    product, named = _find_meant(reader, refs)
    if product is None:
        return false("product_unknown", refs, "available")
    piece = _find_piece(reader, product, named, refs)
    if piece is None:
        return sold_out(reader, named.ref if named else None, refs, "available")
    return true("available", refs, piece=piece)


def read_size(reader: FactReader, refs: dict[str, str]) -> Facts:
    """The very size that somebody looked at, while it can be bought."""
    piece = reader.piece(refs["variant_ref"]) if refs.get("variant_ref") else None
    if piece is None:
        return sold_out(reader, refs.get("variant_ref"), refs, "available")
    if not piece.variant.options.get("size"):
        return false("no_size", refs, "available")
    return true("available", refs, piece=piece)


def read_price_drop(reader: FactReader, refs: dict[str, str]) -> Facts:
    """A variant that costs less now than when they looked, by the engine's word both times, and less than lately."""
    piece = reader.piece(refs["variant_ref"]) if refs.get("variant_ref") else None
    if piece is None:
        return sold_out(reader, refs.get("variant_ref"), refs, "cheaper")
    then = reader.find_price(refs.get("sighting_ref", ""))
    if then is None or then.currency != piece.variant.currency:
        return false("no_price_before", refs, "cheaper")
    if piece.variant.price_minor >= then.price_minor:
        return false("not_cheaper", refs, "cheaper")
    if piece.variant.price_minor > then.lowest_minor:
        return false("not_lowest", refs, "cheaper")
    return true("cheaper", refs, piece=piece, before_minor=then.price_minor)


def read_replenish(reader: FactReader, refs: dict[str, str]) -> Facts:
    """A product that is used up and bought again, while it can be."""
    product, named = _find_meant(reader, refs)
    is_gone = refs.get("variant_ref") and named is None  # another size in its place is not what was used up
    piece = None if is_gone else _find_piece(reader, product, named, refs)
    if piece is None:
        return sold_out(reader, named.ref if named else None, refs, "due")
    if not piece.product.is_replenishable:
        return false("lasts", refs, "due")
    return true("due", refs, piece=piece)


def sold_out(
    reader: FactReader, variant_ref: str | None, refs: dict[str, str], case: str, **known: Any
) -> Facts:
    """That it cannot be bought, with how many are left of the very variant, where one is meant and the shop counts."""
    stock = reader.left_of(variant_ref) if variant_ref else None
    return false("out_of_stock", refs, case, stock=stock, **known)


def _find_meant(reader: FactReader, refs: Mapping[str, str]) -> tuple[Product | None, Variant | None]:
    """The product that was told of, with its variant where the engine knows it by what was said."""
    product = _find_product(reader, refs)
    said = [refs[name] for name in ("variant_ref", "sku") if refs.get(name)]
    return product, find_named(product.variants, said) if product else None


def _find_product(reader: FactReader, refs: Mapping[str, str]) -> Product | None:
    for name, read in (("product_ref", reader.product), ("variant_ref", reader.product_of)):
        try:
            if refs.get(name):
                return read(refs[name])
        except NotFound:
            continue
    return None


def _find_variant(reader: FactReader, refs: Mapping[str, str]) -> Variant | None:
    _, named = _find_meant(reader, refs)
    return named


def _find_piece(
    reader: FactReader, product: Product | None, named: Variant | None, refs: Mapping[str, str]
) -> Piece | None:
    """The variant meant, else the first of the product in the size and colour meant that can be bought."""
    if product is None:
        return None
    meant = [named] if named else [each for each in product.variants if has_options(each, refs)]
    return next((piece for each in meant if (piece := reader.piece_of(product, each))), None)


def read_offer(reader: FactReader, refs: dict[str, str]) -> Facts:
    """A promotion that runs now, in the words that were agreed on for its code, if any."""
    code = refs.get("offer", "").strip().upper()
    offer = next((each for each in reader.offers() if code and each.code.strip().upper() == code), None)
    if offer is None:
        return false("offer_ended", refs, "offer")
    worded, reason = reader.word_offer(offer, reader.now())
    return false(reason, refs, "offer") if reason else true("offer", refs, offer=worded)
