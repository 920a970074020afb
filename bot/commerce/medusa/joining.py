"""A guest signs in: their basket joins the customer's."""

from collections.abc import Callable, Sequence

from bot.commerce.baskets import joined_quantity
from bot.commerce.medusa.cart_shapes import variants_in
from bot.commerce.medusa.carts import (
    CUSTOMERS,
    FoundCart,
    line_of,
    note_joined,
    read_cart,
    require_native,
    set_line,
)
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.regions import Region
from bot.commerce.types import Availability, CartRef, CustomerRef, VariantRef
from bot.errors import NotAllowed

ReadStock = Callable[[Sequence[VariantRef]], list[Availability]]


def attach_customer(
    client: MedusaClient, ref: CartRef, customer_ref: CustomerRef, secret: bytes, read_stock: ReadStock, region: Region
) -> CartRef:
    """Give a guest's basket to a customer; of what is in both, the larger quantity stays. NotAllowed, NotFound. Writes.

    Repeated after it broke off, it goes on: the guest's basket is emptied last.
    """
    guest = read_cart(client, ref, secret)
    if guest.customer_id == customer_ref:
        return guest.ref
    if guest.customer_id:
        raise NotAllowed("cart_of_another_customer")
    if guest.ordered:
        raise NotAllowed("cart_ordered")
    own = read_cart(client, CartRef(f"{CUSTOMERS}{customer_ref}"), secret)
    wanted = variants_in(guest)
    for variant, available in zip(wanted, read_stock(wanted) if wanted else (), strict=True):
        own = _join_line(client, own, guest, variant, available, region)
    require_native(client, own, region)
    note_joined(client, guest, customer_ref, secret)
    return own.ref


def _join_line(
    client: MedusaClient, own: FoundCart, guest: FoundCart, variant: VariantRef, available: Availability,
    region: Region,
) -> FoundCart:
    mine, theirs = (line_of(each.native, variant) for each in (own, guest))
    quantity = joined_quantity((line["quantity"] for line in (mine, theirs) if line), available)
    if not quantity or (mine and mine["quantity"] >= quantity):
        return own
    return set_line(client, own, variant, quantity, available, region)
