"""Stage 3: what a nudge can be about. Pure data: which references an event gives, which facts a message may use.

A kind names the references that are kept with a wait (never texts or prices: those are read again
just before sending), the cases its facts can fall into, and the placeholders each case fills.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.commerce.named_variants import PRODUCT_KEYS, VARIANT_KEYS

EVENT_KEYS = {  # our reference <- the names that Segment-style events and shops use for it, tried in order
    "cart_ref": ("cart_id", "cart_ref"),
    "product_ref": PRODUCT_KEYS,
    "variant_ref": VARIANT_KEYS,  # a page's may be words for people: what reads facts asks the engine what is meant
    "order_ref": ("order_ref", "order_id"),
    "location_ref": ("location_ref", "location_id"),
}
ASKED_AT = "asked_at"  # a ref: when they last asked to be told of it, an ISO moment
TOLD = "told"  # a ref of a message: what would be said of the same thing and may change, as the day of a late parcel
MAX_SUBJECT = 200  # characters, as the columns that keep it


@dataclass(frozen=True)
class Kind:
    """What one sort of nudge is about."""

    refs: tuple[str, ...]  # kept with the wait
    subject: tuple[str, ...]  # the refs that name what it is about
    cases: Mapping[str, frozenset[str]]  # case -> placeholders that are filled in it
    options: tuple[str, ...] = ()  # the refs that tell one thing from another where no variant is named
    needs_verified: bool = False  # tells of an order: only to somebody known to be its owner
    follows_delivery: bool = False  # its time is counted from there, whatever is told of the order afterwards


KINDS: dict[str, Kind] = {
    "cart": Kind(
        refs=("cart_ref", "product_ref", "variant_ref", "sku"),
        subject=("cart_ref",),
        cases={
            "match": frozenset({"product", "offered", "price"}),
            "match_low": frozenset({"product", "offered", "price", "stock", "size"}),
            "plain": frozenset({"product", "price"}),
            "plain_low": frozenset({"product", "price", "stock", "size"}),
            "add_back": frozenset({"product", "price"}),
        },
    ),
    "product": Kind(  # looked at, asked for, back in stock; of a size or colour where one is named
        refs=("product_ref", "variant_ref", "sku", "size", "colour"),
        subject=("product_ref", "variant_ref"),
        options=("size", "colour"),
        cases={"available": frozenset({"product", "price"})},
    ),
    "news": Kind(  # a launch, told to those it may interest
        refs=("product_ref", "variant_ref"),
        subject=("product_ref", "variant_ref"),
        cases={"available": frozenset({"product", "price"})},
    ),
    "size": Kind(  # the very size that was sold out
        refs=("product_ref", "variant_ref"),
        subject=("product_ref", "variant_ref"),
        cases={"available": frozenset({"product", "price", "size"})},
    ),
    "price_drop": Kind(  # cheaper than when they looked
        refs=("product_ref", "variant_ref", "sighting_ref"),
        subject=("product_ref", "variant_ref"),
        cases={"cheaper": frozenset({"product", "price", "before"})},
    ),
    "replenish": Kind(  # what is used up, and bought again
        refs=("product_ref", "variant_ref"),
        subject=("product_ref", "variant_ref"),
        cases={"due": frozenset({"product", "price"})},
    ),
    "parcel": Kind(
        refs=("order_ref",),
        subject=("order_ref",),
        cases={
            "delayed": frozenset({"order", "carrier"}),
            "delayed_until": frozenset({"order", "carrier", "day"}),
        },
        needs_verified=True,
    ),
    "stuck_parcel": Kind(
        refs=("order_ref",),
        subject=("order_ref",),
        cases={"stuck": frozenset({"order", "carrier", "day"})},
        needs_verified=True,
    ),
    "unshipped": Kind(  # paid, and with no carrier yet
        refs=("order_ref",),
        subject=("order_ref",),
        cases={"waiting": frozenset({"order", "day"})},
        needs_verified=True,
    ),
    "delivered": Kind(
        refs=("order_ref",),
        subject=("order_ref",),
        cases={"delivered": frozenset({"order", "product"})},
        needs_verified=True,
        follows_delivery=True,
    ),
    "late_arrival": Kind(  # it came later than was promised: amends
        refs=("order_ref",),
        subject=("order_ref",),
        cases={"late": frozenset({"order"}), "late_for": frozenset({"order", "day"})},
        needs_verified=True,
        follows_delivery=True,
    ),
    "review": Kind(  # worn a while: what do you think of it
        refs=("order_ref",),
        subject=("order_ref",),
        cases={"delivered": frozenset({"order", "product"})},
        needs_verified=True,
        follows_delivery=True,
    ),
    "return_window": Kind(
        refs=("order_ref",),
        subject=("order_ref",),
        cases={"closing": frozenset({"order", "product", "day"})},
        needs_verified=True,
        follows_delivery=True,
    ),
    "pickup_ready": Kind(
        refs=("order_ref",), subject=("order_ref",), cases={"ready": frozenset({"order", "store"})}, needs_verified=True
    ),
    "pickup": Kind(
        refs=("order_ref", "variant_ref", "location_ref"),
        subject=("order_ref", "variant_ref"),
        cases={"missing": frozenset({"order", "product", "store"})},
        needs_verified=True,
    ),
    "offer": Kind(refs=("offer",), subject=("offer",), cases={"offer": frozenset({"offer", "name", "day"})}),
    "greeting": Kind(refs=(), subject=(), cases={"any": frozenset()}),  # a birthday, a welcome: nothing of the shop's
}


def find_refs(kind: str, properties: Mapping[str, Any]) -> dict[str, str]:
    """The references an event carries for this kind; those it does not name are left out."""
    found = {}
    for ref in KINDS[kind].refs:
        values = (properties.get(name) for name in EVENT_KEYS.get(ref, (ref,)))
        value = next((str(each) for each in values if isinstance(each, str | int) and str(each)), "")
        if value:
            found[ref] = value[:128]
    return found


def name_subject(kind: str, refs: Mapping[str, str]) -> str:
    """What the nudge is about, as kept in `waits.subject` and `outbox.about`: `cart:12`, `order:1001`.

    Where no variant is named, the options asked for belong to it: `product:coat::size=m`.
    """
    if kind == "offer":
        return name_offer(refs.get("offer", ""))
    names = KINDS[kind].subject
    if not names:
        return kind
    options = () if refs.get("variant_ref") else KINDS[kind].options
    named = (f"{name}={refs[name].casefold()}" for name in options if refs.get(name))
    return ":".join((names[0].removesuffix("_ref"), *(refs.get(name, "") for name in names), *named))[:MAX_SUBJECT]


def name_offer(code: str) -> str:
    """What a nudge about an offer's code is about, however the code is typed: `offer:maille15`."""
    return f"offer:{code.strip().casefold()}"[:MAX_SUBJECT]
