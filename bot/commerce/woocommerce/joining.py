"""A guest signs in: their basket joins the customer's."""

from collections.abc import Callable, Sequence

from bot.commerce.baskets import joined_quantity
from bot.commerce.types import Availability, CartRef, CustomerRef, VariantRef
from bot.commerce.woocommerce import customers
from bot.commerce.woocommerce.cart_shapes import variants_in
from bot.commerce.woocommerce.carts import (
    CUSTOMERS,
    FoundCart,
    line_of,
    note_joined,
    read_cart,
    set_line,
)
from bot.commerce.woocommerce.client import WooCommerceClient
from bot.errors import NotAllowed

ReadStock = Callable[[Sequence[VariantRef]], list[Availability]]


def attach_customer(
    client: WooCommerceClient, ref: CartRef, customer_ref: CustomerRef, read_stock: ReadStock
) -> CartRef:
    """Give a guest's basket to a customer; of what is in both, the larger quantity stays. NotAllowed, NotFound. Writes.

    Repeated after it broke off, it goes on: the guest's basket is emptied last.
    """
    guest = read_cart(client, ref)
    if guest.customer_id == customer_ref:
        return guest.ref
    if guest.customer_id:
        raise NotAllowed("cart_of_another_customer")
    own_ref, email = CartRef(f"{CUSTOMERS}{customer_ref}"), customers.get_customer(client, customer_ref).email
    wanted = variants_in(guest)
    for variant, available in zip(wanted, read_stock(wanted) if wanted else (), strict=True):
        _join_line(client, read_cart(client, own_ref), guest, variant, available)
    note_joined(client, read_cart(client, own_ref), guest, email)
    return own_ref


def _join_line(
    client: WooCommerceClient, own: FoundCart, guest: FoundCart, variant: VariantRef, available: Availability
) -> None:
    held = [line_of(each.native, variant) for each in (own, guest)]
    if quantity := joined_quantity((line["quantity"] for line in held if line), available):
        set_line(client, own, variant, quantity, available)
