"""A guest signs in: their basket takes in what the customer's holds, and is the customer's from then on.

BigCommerce has no empty baskets, so none is left behind that could lead to another: one of the two goes.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from bot.commerce.baskets import joined_quantity
from bot.commerce.bigcommerce.cart_shapes import variants_in
from bot.commerce.bigcommerce.carts import CUSTOMERS, Baskets, FoundCart, codes_of, line_of
from bot.commerce.types import Availability, CartRef, CustomerRef
from bot.errors import NotAllowed, NotFound

ReadStock = Callable[[Sequence[str]], list[Availability]]


def attach_customer(baskets: Baskets, ref: CartRef, customer_ref: CustomerRef, read_stock: ReadStock) -> CartRef:
    """Give a guest's basket to a customer; of what is in both, the larger quantity stays. NotAllowed, NotFound. Writes.

    Repeated after it broke off, it goes on.
    """
    guest = baskets.read(ref)
    if guest.customer_id == customer_ref:
        return guest.ref
    if guest.customer_id:
        raise NotAllowed("cart_of_another_customer")
    own = baskets.read(f"{CUSTOMERS}{customer_ref}")
    if guest.native is None:
        return own.ref
    held = variants_in(own)
    for available in read_stock(held) if held else ():
        guest = _take_in(baskets, guest, own, available)
    codes = [code for each in (own, guest) if each.native for code in codes_of(each.native)]
    baskets.hand_over(guest, customer_ref)
    if own.native:
        baskets.delete(own.native["id"])
    _put_back(baskets, own.ref, codes)
    return own.ref


def _take_in(baskets: Baskets, guest: FoundCart, own: FoundCart, available: Availability) -> FoundCart:
    theirs, mine = (line_of(each.native, available.variant_ref) for each in (guest, own))
    quantity = joined_quantity((int(line["quantity"]) for line in (theirs, mine) if line), available)
    if not mine or not quantity or (theirs and int(theirs["quantity"]) >= quantity):
        return guest
    return baskets.set_line(guest, str(mine["product_id"]), quantity, available)


def _put_back(baskets: Baskets, ref: CartRef, codes: Sequence[str]) -> None:
    """Coupons go when a basket changes hands; those that fit no more stay away."""
    for code in codes:
        with suppress(NotAllowed, NotFound):
            baskets.apply_code(baskets.read(ref), code, ())
