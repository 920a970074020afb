"""A guest signs in: their basket joins the customer's."""

from collections.abc import Callable, Sequence

from bot.commerce.baskets import joined_quantity
from bot.commerce.shopify.cart_shapes import variants_in
from bot.commerce.shopify.carts import (
    CUSTOMERS,
    FoundCart,
    line_of,
    note_joined,
    read_cart,
    require_native,
    set_line,
)
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.types import Availability, CartRef, CustomerRef, VariantRef
from bot.errors import NotAllowed

ReadStock = Callable[[Sequence[VariantRef]], list[Availability]]


def attach_customer(
    client: ShopifyClient, ref: CartRef, customer_ref: CustomerRef, secret: bytes, read_stock: ReadStock
) -> CartRef:
    """Give a guest's basket to a customer; of what is in both, the larger quantity stays. NotAllowed, NotFound. Writes.

    Repeated after it broke off, it goes on: the guest's basket is emptied last.
    """
    guest = read_cart(client, ref, secret)
    if guest.customer_id == customer_ref:
        return guest.ref
    if guest.customer_id:
        raise NotAllowed("cart_of_another_customer")
    own_ref = CartRef(f"{CUSTOMERS}{customer_ref}")
    wanted = variants_in(guest)
    for variant, available in zip(wanted, read_stock(wanted) if wanted else (), strict=True):
        _join_line(client, read_cart(client, own_ref, secret), guest, variant, available)
    own = read_cart(client, own_ref, secret)
    require_native(client, own)
    note_joined(client, guest, customer_ref, secret)
    return own_ref


def _join_line(
    client: ShopifyClient, own: FoundCart, guest: FoundCart, variant: VariantRef, available: Availability
) -> None:
    held = [line_of(each.native, variant) for each in (own, guest)]
    if quantity := joined_quantity((line["quantity"] for line in held if line), available):
        set_line(client, own, variant, quantity, available)
