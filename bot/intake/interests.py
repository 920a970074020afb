"""Stage B1: changes of variants -> the customers whom they may concern: who looked, wished, or asked to be told.

A look is at a variant. A wish or a question may be about a whole product, a question about its pieces of a size or
colour too: who has one is told once for the product, or for each size they asked for, whichever variants changed. Of
what they said no to since, nobody is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any

import sqlalchemy as sa

from bot.commerce.named_variants import PRODUCT_KEYS, REF_KEYS, VARIANT_KEYS, find_named
from bot.commerce.types import ShopEvent, Variant
from bot.intake import names
from bot.intake.dislikes import Told, find_disliked
from bot.intake.sightings import Sighting, find_sighting, said_under
from bot.profile.identities import roots_of
from bot.profile.purchases import is_sale
from bot.profile.store.tables import customers, events, purchases

STOCK, PRICE = "stock.changed", "price.changed"
OF_VARIANTS = (STOCK, PRICE)  # nobody's events: they are told to whom they interest
OPTIONS = ("size", "colour")
_INTEREST = timedelta(days=30)  # how long a look counts
_WISH = timedelta(days=180)  # and a wish, or a question
_LOOKED = (names.PRODUCT_VIEWED, names.PRODUCT_ADDED)
_WANTED = (names.BACK_IN_STOCK_REQUESTED, names.PRODUCT_WISHED, names.PRODUCT_UNWISHED)
Moved = Mapping[str, tuple[Sighting | None, Sighting]]  # variant -> what was known before, and now


@dataclass(frozen=True)
class Interest:
    """Somebody whom a variant interests, or a product; `variant_ref` is "" for a product's, which has `options`."""

    customer_id: str
    variant_ref: str
    product_ref: str
    looked_at: datetime  # or wished, or asked, the last time
    asked_at: datetime | None = None  # the last time, to be told of it
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_asked(self) -> bool:
        """Whether they did."""
        return self.asked_at is not None


@dataclass(frozen=True)
class Concern:
    """A change as it is told to a customer, with what an event says of it besides."""

    change: ShopEvent
    customer_id: str
    told: Mapping[str, str]
    of_product: str = ""  # a short name of the product and options it is told for; "" for the very variant

    @property
    def key(self) -> str:
        """What tells it from other words on the same change."""
        return ":".join(filter(None, (self.customer_id, self.of_product)))


def find_concerns(
    connection: sa.Connection, changes: Sequence[ShopEvent], variants: Mapping[str, Variant], moved: Moved,
    now: datetime,
) -> list[Concern]:
    """To whom changes of variants are told. `variants`: those that somebody looked at, as the engine has them now."""
    refs = {str(each.variant_ref) for each in changes if each.variant_ref}
    if not refs:
        return []
    precise = _without_disliked(connection, _find_precise(connection, refs, variants, now), variants, now)
    products = {str(each.product_ref) for ref, each in variants.items() if ref in refs}
    found_broad = _find_broad(connection, products, now) if products else []
    broad = _without_disliked(connection, found_broad, variants, now)
    people = sorted({each.customer_id for each in (*precise, *broad)})
    roots = roots_of(connection, people) if people else {}
    owners = _find_owners(connection, roots, refs)
    requests = _find_requests(broad, roots)
    precise = [_add_requests(each, requests, variants, roots) for each in precise]
    by_variant: dict[str, list[Interest]] = {}
    for each in precise:
        by_variant.setdefault(each.variant_ref, []).append(each)
    heard = [
        (change, each) for change in changes for each in by_variant.get(change.variant_ref or "", ())
        if change.type != STOCK or not _has_asked_since(each, requests, variants, roots)
    ]
    found = [Concern(change, each.customer_id, _tell(connection, change, each, moved, owners))
             for change, each in heard]
    told = [
        (roots[each.customer_id], each, concern) for kind in OF_VARIANTS
        for each in _find_unmet(kind, broad, heard, variants, moved, roots)
        if (concern := _tell_of_product(connection, kind, each, changes, variants, moved, owners))
    ]
    return found + _once_a_price(told)


def _find_unmet(
    kind: str, broad: Sequence[Interest], heard: Sequence[tuple[ShopEvent, Interest]],
    variants: Mapping[str, Variant], moved: Moved, roots: Mapping[str, str],
) -> list[Interest]:
    """Those to whom a word of the product is owed, though the same person may hear of a variant of it.

    A lower price is told once. Of stock, who looked at a page has asked for nothing: a request for the product is met
    by one for a variant alone, that fits and is there.
    """
    own: dict[tuple[str, str], list[Interest]] = {}
    for change, each in heard:
        if change.type == kind and (one := variants.get(each.variant_ref)):
            own.setdefault((roots[each.customer_id], one.product_ref), []).append(each)

    def is_met(interest: Interest) -> bool:
        same = own.get((roots[interest.customer_id], interest.product_ref), ())
        return any(kind == PRICE or (each.has_asked and fits(variants[each.variant_ref], interest)
                                     and not _is_gone(moved, each.variant_ref)) for each in same)

    return [each for each in broad if not is_met(each)]


def _find_requests(broad: Iterable[Interest], roots: Mapping[str, str]) -> dict[tuple[str, str], list[Interest]]:
    found: dict[tuple[str, str], list[Interest]] = {}
    for each in broad:
        if each.has_asked:
            found.setdefault((roots[each.customer_id], each.product_ref), []).append(each)
    return found


def _add_requests(
    interest: Interest, requests: Mapping[tuple[str, str], Sequence[Interest]], variants: Mapping[str, Variant],
    roots: Mapping[str, str],
) -> Interest:
    """Who asked for a variant, as of their last request that it meets: one for the product may be later."""
    variant = variants.get(interest.variant_ref)
    if variant is None or interest.asked_at is None:
        return interest
    met = (each.asked_at for each in requests.get((roots[interest.customer_id], variant.product_ref), ())
           if fits(variant, each))
    return replace(interest, asked_at=_last((interest.asked_at, *met)))


def _has_asked_since(
    look: Interest, requests: Mapping[tuple[str, str], Sequence[Interest]], variants: Mapping[str, Variant],
    roots: Mapping[str, str],
) -> bool:
    """Whether who looked at a variant asked to be told of its product afterwards: then they hear of that alone."""
    variant = variants.get(look.variant_ref)
    if variant is None or look.has_asked:
        return False
    return any(each.looked_at >= look.looked_at and fits(variant, each)
               for each in requests.get((roots[look.customer_id], variant.product_ref), ()))


def _is_gone(moved: Moved, variant_ref: str) -> bool:
    _, after = moved.get(variant_ref, (None, None))
    return after is not None and not after.is_sellable


def _once_a_price(told: Sequence[tuple[str, Interest, Concern]]) -> list[Concern]:
    """Every word of stock, and one of a product's price for each person: that it is lower, where any says so."""
    prices: dict[tuple[str, str], Concern] = {}
    for root, interest, concern in told:
        if concern.change.type == PRICE:
            kept = prices.setdefault((root, interest.product_ref), concern)
            if kept.told.get("dropped") != "yes":
                prices[root, interest.product_ref] = concern
    return [concern for _, _, concern in told if concern.change.type == STOCK] + list(prices.values())


def _without_disliked(
    connection: sa.Connection, interests: Sequence[Interest], variants: Mapping[str, Variant], now: datetime
) -> list[Interest]:
    """Those who still want to see what interested them."""
    told = [Told(each.customer_id, _product_of(each, variants), each.variant_ref, now) for each in interests]
    disliked = find_disliked(connection, told)
    return [each for each, one in zip(interests, told, strict=True) if one not in disliked]


def _product_of(interest: Interest, variants: Mapping[str, Variant]) -> str:
    variant = variants.get(interest.variant_ref)
    return str(variant.product_ref) if variant else interest.product_ref


def _tell_of_product(
    connection: sa.Connection, kind: str, interest: Interest, changes: Iterable[ShopEvent],
    variants: Mapping[str, Variant], moved: Moved, owners: set[tuple[str, str]],
) -> Concern | None:
    """One word for all of a product's variants that fit and changed; of its stock to who asked alone."""
    told = [
        (each, _tell(connection, each, interest, moved, owners)) for each in changes
        if each.type == kind and (variant := variants.get(each.variant_ref or "")) and fits(variant, interest)
    ]
    if not told or (kind == STOCK and not interest.has_asked):
        return None
    change, said = next((each for each in told if "yes" in (each[1].get("dropped"), each[1].get("back"))), told[0])
    about = {"product_ref": interest.product_ref}
    if kind == STOCK:  # any that fits will do, whichever is there when it is told
        about |= {"variant_ref": "", **interest.options}
    wanted = "\n".join((interest.product_ref, *interest.options.values())).casefold()
    of_product = blake2s(wanted.encode(), digest_size=4).hexdigest()  # names of options may be long
    return Concern(change, interest.customer_id, {**said, **about}, of_product)


def fits(variant: Variant, interest: Interest) -> bool:
    """Whether a variant is of the product, and has the options that were asked for."""
    return variant.product_ref == interest.product_ref and has_options(variant, interest.options)


def has_options(variant: Variant, options: Mapping[str, str]) -> bool:
    """Whether a variant has the sizes and colours that are named; names are compared without their case."""
    return all(variant.options.get(kind, "").casefold() == options[kind].casefold()
               for kind in OPTIONS if options.get(kind))


def _tell(
    connection: sa.Connection, change: ShopEvent, interest: Interest, moved: Moved, owners: set[tuple[str, str]]
) -> dict[str, str]:
    ref = str(change.variant_ref)
    is_stock = change.type == STOCK
    return {
        "asked": "yes" if interest.has_asked else "no",
        "owns": "yes" if (interest.customer_id, ref) in owners else "no",
        **(_tell_stock(moved, ref, interest) if is_stock else _tell_price(connection, moved, ref, interest)),
    }


def _tell_stock(moved: Moved, variant_ref: str, interest: Interest) -> dict[str, str]:
    """Whether it had been sold out when it was last read, and can be bought now; and when they asked for it."""
    before, after = moved.get(variant_ref, (None, None))
    is_back = before is not None and after is not None and not before.is_sellable and after.is_sellable
    asked = {"asked_at": interest.asked_at.isoformat()} if interest.asked_at else {}
    return {"back": "yes" if is_back else "no", **asked}


def _tell_price(connection: sa.Connection, moved: Moved, variant_ref: str, interest: Interest) -> dict[str, str]:
    """Whether it costs less than when they looked last, and which sighting says what it cost then."""
    _, after = moved.get(variant_ref, (None, None))
    then = find_sighting(connection, variant_ref, interest.looked_at)
    if after is None or then is None or then.currency != after.currency or then.price_minor <= after.price_minor:
        return {"dropped": "no"}
    return {"dropped": "yes", "sighting_ref": str(then.sighting_id)}


def _find_precise(
    connection: sa.Connection, refs: set[str], variants: Mapping[str, Variant], now: datetime
) -> list[Interest]:
    """Who looked at these very variants, wished for them and still does, or asked for them."""
    moments: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(_select_said(refs, variants, now)):
        if ref := _name_variant(row, refs, variants):
            moments.setdefault((row.customer_id, ref), []).append(row)
    found = []
    for (customer_id, ref), rows in moments.items():
        asked_at = _last(row.asked_at for row in rows)
        wished_at = _still(_last(row.wished_at for row in rows), _last(row.unwished_at for row in rows))
        looked_at = _last((*(row.looked_at for row in rows), asked_at, wished_at))
        if looked_at:
            found.append(Interest(customer_id, ref, "", looked_at, asked_at))
    return found


def _select_said(refs: set[str], variants: Mapping[str, Variant], now: datetime) -> sa.Select[Any]:
    """What each customer said of these variants, by the words they are named with, and when last."""
    name, at = events.c.name, events.c.occurred_at
    product, ref, said = (said_under(each) for each in (PRODUCT_KEYS, REF_KEYS, VARIANT_KEYS))
    columns = (events.c.customer_id, product.label("product_ref"), ref.label("variant_ref"),
               said_under(("variant",)).label("variant"), said_under(("sku",)).label("sku"))

    def last(*which: str) -> sa.ColumnElement[Any]:
        return sa.func.max(sa.case((name.in_(which), at)))

    products = sorted({str(variants[each].product_ref) for each in refs if each in variants})
    return sa.select(
        *columns, last(*_LOOKED).label("looked_at"), last(names.BACK_IN_STOCK_REQUESTED).label("asked_at"),
        last(names.PRODUCT_WISHED).label("wished_at"), last(names.PRODUCT_UNWISHED).label("unwished_at"),
    ).where(
        sa.or_(said.in_(sorted(refs)), sa.and_(sa.func.coalesce(ref, "") == "", product.in_(products))),
        sa.or_(sa.and_(name.in_(_WANTED), at > now - _WISH), sa.and_(name.in_(_LOOKED), at > now - _INTEREST)),
    ).group_by(*columns)


def _name_variant(row: Any, refs: set[str], variants: Mapping[str, Variant]) -> str:
    """Which of the variants a customer meant; "" for none of them."""
    said = [each for each in (row.variant_ref, row.variant, row.sku) if each]
    if said and said[0] in refs:
        return str(said[0])
    named = find_named([each for each in variants.values() if each.product_ref == row.product_ref], said)
    return str(named.ref) if named and named.ref in refs else ""


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    return max((each for each in moments if each), default=None)


def _find_broad(connection: sa.Connection, products: set[str], now: datetime) -> list[Interest]:
    """Who wished for one of these products, or asked for it, and named no variant."""
    product = said_under(PRODUCT_KEYS)
    rows = connection.execute(sa.select(
        events.c.customer_id, product.label("product_ref"), events.c.name, events.c.occurred_at, events.c.properties,
    ).where(
        events.c.name.in_(_WANTED), events.c.occurred_at > now - _WISH, product.in_(sorted(products)),
        sa.func.coalesce(said_under(VARIANT_KEYS), "") == "",
    ).order_by(events.c.occurred_at, events.c.event_id))
    said: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        said.setdefault((row.customer_id, row.product_ref), []).append(row)
    return [each for (customer_id, ref), own in said.items() for each in _read_broad(customer_id, ref, own)]


def _read_broad(customer_id: str, product_ref: str, rows: Sequence[Any]) -> list[Interest]:
    """What one customer wants of a product: the whole of it, as long as it is wished for, and each size they asked for.

    `looked_at` is the last moment of all: what it cost then is what they know.
    """
    last = {row.name: row.occurred_at for row in rows}
    wished_at = _still(last.get(names.PRODUCT_WISHED), last.get(names.PRODUCT_UNWISHED))
    asked = _read_requests(row for row in rows if row.name == names.BACK_IN_STOCK_REQUESTED)
    moments = [each for each in (last.get(names.BACK_IN_STOCK_REQUESTED), wished_at) if each]
    if not moments:
        return []
    found = [Interest(customer_id, "", product_ref, max(moments), asked_at, options) for options, asked_at in asked]
    has_whole = any(not options for options, _ in asked)
    if wished_at and not has_whole:
        found.append(Interest(customer_id, "", product_ref, max(moments)))
    return found


def _read_requests(rows: Iterable[Any]) -> list[tuple[dict[str, str], datetime]]:
    """The options of each request that counts, and when it was made, in order: of two of which one takes in the other,
    the later does.
    """
    asked: list[tuple[dict[str, str], datetime]] = []
    for row in rows:
        options = {kind: str(row.properties[kind]) for kind in OPTIONS if row.properties.get(kind)}
        asked = [each for each in asked if not _takes_in(each[0], options) and not _takes_in(options, each[0])]
        asked.append((options, row.occurred_at))
    return asked


def _takes_in(wide: Mapping[str, str], narrow: Mapping[str, str]) -> bool:
    """Whether whatever has the one's options has the other's."""
    return all(narrow.get(kind, "").casefold() == value.casefold() for kind, value in wide.items())


def _still(wished_at: datetime | None, unwished_at: datetime | None) -> datetime | None:
    """When something was wished for that still is."""
    return wished_at if wished_at and (unwished_at is None or unwished_at < wished_at) else None


def _find_owners(connection: sa.Connection, roots: Mapping[str, str], refs: set[str]) -> set[tuple[str, str]]:
    """Who of these, on whatever silo they bought, has which of the variants already."""
    bought = connection.execute(
        sa.select(customers.c.root_id, purchases.c.variant_id).distinct()
        .join(customers, customers.c.customer_id == purchases.c.customer_id)
        .where(customers.c.root_id.in_(sorted(set(roots.values()))), is_sale(),
               purchases.c.variant_id.in_(sorted(each.lower() for each in refs)))
    )
    have = {(root, variant) for root, variant in bought}
    return {(each, ref) for each, root in roots.items() for ref in refs if (root, ref.lower()) in have}
