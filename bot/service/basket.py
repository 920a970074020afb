"""Stage A5: changes of a basket in the shop, each once per message, read back after every write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

import sqlalchemy as sa

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import (
    Availability,
    Cart,
    CartLine,
    CartRef,
    CustomerRef,
    Product,
    Variant,
    VariantRef,
)
from bot.errors import Conflict, InsufficientStock, NotAllowed, NotFound, UnknownFate
from bot.profile.audit import write_audit
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId
from bot.profile.store.engine import Store
from bot.profile.store.tables import audit
from bot.service.answers import simplify

_TRIES = 3
_COLOUR, _SIZE = "colour", "size"
_ONE_SIZE = frozenset({"", "one size", "one-size", "unique", "taille unique", "tu"})


@dataclass(frozen=True)
class Owner:
    """Whose basket is meant, and on whose word it is changed. `customer_ref` only of a verified customer."""

    customer_id: str
    sender_id: str
    message_id: str  # seeds idempotency keys
    customer_ref: CustomerRef | None = None
    cart_ref: str = ""  # the conversation's own
    page_cart_ref: str = ""  # of the page, out of a token that we signed


@dataclass(frozen=True)
class Choice:
    """Which variant is meant. `missing` is what still has to be asked; `open` what can be chosen from."""

    variant: Variant | None
    missing: Literal["", "size", "colour"] = ""
    options: tuple[str, ...] = ()


def find_basket(commerce: CommerceEngine, owner: Owner) -> Cart | None:
    """The basket as it is now, without making one; None when there is none.

    A signed-in customer's is the shop's own; the guest's is the page's, else the conversation's, as
    long as it belongs to no customer.
    """
    if owner.customer_ref is not None:
        return open_basket(commerce, owner)
    for ref in (owner.page_cart_ref, owner.cart_ref):
        if ref and (cart := _guest_cart(commerce, ref)):
            return cart
    return None


def open_basket(commerce: CommerceEngine, owner: Owner) -> Cart:
    """The basket, made when there is none. What a guest had picked in this conversation comes along at sign-in."""
    if owner.customer_ref is None:
        found = find_basket(commerce, owner)
        return found or commerce.open_cart(None, idempotency_key=f"cart:{owner.sender_id}:{owner.message_id}")
    picked = _guest_cart(commerce, owner.cart_ref) if owner.cart_ref else None
    if picked is not None and picked.lines:
        return commerce.attach_customer(picked.ref, owner.customer_ref)
    return commerce.open_cart(owner.customer_ref, idempotency_key=f"cart:{owner.message_id}")


def add_pieces(
    store: Store,
    commerce: CommerceEngine,
    owner: Owner,
    cart: Cart,
    variant_ref: VariantRef,
    pieces: int,
    now: datetime,
) -> Cart:
    """Add pieces to what is in the basket (a negative number takes out): once per message, however often it is tried.

    Returns the basket read back. InsufficientStock tells how many the shop has; Conflict after three
    tries against other writers. Writes.
    """
    for attempt in range(_TRIES):
        wanted = max(quantity_of(cart, variant_ref) + pieces, 0)
        quantity = _plan(store, owner, cart, variant_ref, wanted, attempt, now)
        try:
            return set_quantity(commerce, cart, variant_ref, quantity)
        except InsufficientStock:
            raise
        except Conflict:
            cart = commerce.get_cart(cart.ref)
    raise Conflict("the basket keeps changing")


def set_quantity(commerce: CommerceEngine, cart: Cart, variant_ref: VariantRef, quantity: int) -> Cart:
    """Set a line's absolute quantity and read the basket back; an unknown fate is settled by reading. Writes."""
    if quantity_of(cart, variant_ref) == quantity:
        return cart
    try:
        commerce.set_line(cart.ref, variant_ref, quantity, expected_version=cart.version)
    except UnknownFate:
        after = commerce.get_cart(cart.ref)
        if quantity_of(after, variant_ref) != quantity:
            raise
        return after
    return commerce.get_cart(cart.ref)


def note_added(store: Store, owner: Owner, cart: Cart, variant: Variant, pieces: int, now: datetime) -> None:
    """Keep in the profile what the page tells of its own buttons: a product came into the basket. Writes, once."""
    _note(store, owner, "Product Added", cart, variant.product_ref, variant.ref, pieces, now)


def note_removed(store: Store, owner: Owner, cart: Cart, line: CartLine, pieces: int, now: datetime) -> None:
    """The same of what was taken out again. Writes, once."""
    _note(store, owner, "Product Removed", cart, line.product_ref, line.variant_ref, pieces, now)


def _note(
    store: Store, owner: Owner, name: str, cart: Cart, product_ref: str, variant_ref: str, pieces: int, now: datetime
) -> None:
    word = ":removed" if name == "Product Removed" else ""
    turn = sha256(f"{owner.sender_id}:{owner.message_id}:{variant_ref}{word}".encode()).hexdigest()
    told = Event(
        message_id=f"chat:{turn}", customer_id=CustomerId(owner.customer_id), silo="chat", type="track", name=name,
        properties={"cart_id": cart.ref, "product_id": product_ref, "variant_id": variant_ref, "quantity": pieces},
        occurred_at=now, received_at=now,
    )
    with store.write() as connection:
        append_events(connection, [told])


def quantity_of(cart: Cart, variant_ref: str) -> int:
    """How many of a variant lie in the basket."""
    return sum(line.quantity for line in cart.lines if line.variant_ref == variant_ref)


def name_lines(
    cart: Cart, text: str, *, product_refs: Collection[str] = (), colour: str = "", size: str = "", ordinal: int = 0
) -> tuple[CartLine, ...]:
    """The lines that words name: by place, name, kind (`product_refs` are of it), colour or size; () for none."""
    if ordinal and abs(ordinal) <= len(cart.lines):
        return (cart.lines[ordinal - 1 if ordinal > 0 else ordinal],)
    of_kind = tuple(line for line in cart.lines if line.product_ref in product_refs)
    if named := _named(of_kind or cart.lines, text) or of_kind:
        return _narrow(named, colour, size)
    if (colour or size) and (found := _narrow(cart.lines, colour, size)) != cart.lines:
        return found
    return ()


def point_at_lines(
    cart: Cart, *, variant_ref: str = "", product_ref: str = "", quantity: int = 0
) -> tuple[CartLine, ...]:
    """The lines that are meant where none is named: those of so many pieces, of "it", else the only one there is."""
    for found in (
        tuple(line for line in cart.lines if quantity and line.quantity == quantity),
        tuple(line for line in cart.lines if line.variant_ref == variant_ref),
        tuple(line for line in cart.lines if line.product_ref == product_ref),
    ):
        if found:
            return found
    return cart.lines if len(cart.lines) == 1 else ()


def choose_variant(
    product: Product, *, colour: str = "", size: str = "", buyable: frozenset[str] | None = None
) -> Choice:
    """The variant of a product in a colour and size; what is missing is named only where there is a choice."""
    if colour and not any(
        _same(v.options.get(_COLOUR, ""), colour) for v in product.variants if v.options.get(_COLOUR)
    ):
        colour = ""  # the whole product is of one colour, and words meant that
    found = [v for v in product.variants if _fits(v, _COLOUR, colour) and _fits(v, _SIZE, size)]
    offered = [v for v in found if buyable is None or v.ref in buyable] or found
    if not found or len(found) == 1:
        return Choice(found[0] if found else None)
    for kind in (_COLOUR, _SIZE):
        values = tuple(dict.fromkeys(v.options.get(kind, "") for v in offered))
        if len({v.options.get(kind, "") for v in found}) > 1:
            if len(values) == 1 and kind == _COLOUR:
                return choose_variant(product, colour=values[0], size=size, buyable=buyable)
            return Choice(None, "colour" if kind == _COLOUR else "size", values)
    return Choice(offered[0])


def is_one_size(size: str) -> bool:
    """Whether a size word says that one fits all."""
    return size.lower() in _ONE_SIZE


def buyable_refs(availabilities: Sequence[Availability]) -> frozenset[str]:
    """The variants that can be sent home now."""
    return frozenset(each.variant_ref for each in availabilities if each.is_sellable_online and each.quantity != 0)


def problems_of(cart: Cart) -> Mapping[str, str]:
    """What stands in the way of ordering, by variant: `out_of_stock` or `pickup_only`."""
    return {ref: word for word, _, ref in (problem.partition(":") for problem in cart.problems)}


def _guest_cart(commerce: CommerceEngine, ref: str) -> Cart | None:
    """A basket that belongs to nobody; a customer's is not shown to somebody unverified (promise 5)."""
    try:
        cart = commerce.get_cart(CartRef(ref))
    except (NotFound, NotAllowed):
        return None
    return cart if cart.customer_ref is None else None


def _plan(
    store: Store, owner: Owner, cart: Cart, variant_ref: str, quantity: int, attempt: int, now: datetime
) -> int:
    """The absolute quantity that this message means, kept before the shop is called, so that a retry means the same."""
    key = f"cart:{owner.message_id}:{variant_ref}:{attempt}"
    with store.write() as connection:
        write_audit(
            connection, customer_id=owner.customer_id, sender_id=owner.sender_id, action="set_cart_line",
            object_ref=f"{cart.ref}:{variant_ref}", before_version=quantity_of(cart, variant_ref),
            after_version=quantity, idempotency_key=key, now=now,
        )
        kept = connection.scalar(sa.select(audit.c.after_version).where(audit.c.idempotency_key == key))
    return int(kept or quantity)


def _named(lines: Sequence[CartLine], text: str) -> tuple[CartLine, ...]:
    words = {word for word in simplify(text).replace("'", " ").split() if len(word) > 2}
    scores = [len(words & set(simplify(line.title).replace("'", " ").split())) for line in lines]
    best = max(scores, default=0)
    return tuple(line for line, score in zip(lines, scores, strict=True) if best and score == best)


def _narrow(lines: Sequence[CartLine], colour: str, size: str) -> tuple[CartLine, ...]:
    found = tuple(
        line for line in lines
        if (not colour or _same(line.options.get(_COLOUR, ""), colour))
        and (not size or _same(line.options.get(_SIZE, ""), size))
    )
    return found or tuple(lines)


def _fits(variant: Variant, kind: str, wanted: str) -> bool:
    own = variant.options.get(kind, "")
    return not wanted or _same(own, wanted) or (kind == _SIZE and is_one_size(own))


def _same(one: str, other: str) -> bool:
    return simplify(one) == simplify(other)
