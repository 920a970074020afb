"""A guest signs in: their basket joins the customer's. Adobe joins two in one step, and adds up what is in both."""

from collections.abc import Callable, Sequence

from bot.commerce.adobe.cart_shapes import variants_in
from bot.commerce.adobe.carts import CUSTOMERS, FoundCart, line_of, quantity_of, read_cart, set_line
from bot.commerce.adobe.client import AdobeClient
from bot.commerce.adobe.products import Choice
from bot.commerce.baskets import MOST_OF_ONE_THING
from bot.commerce.types import Availability, CartRef, CustomerRef, VariantRef
from bot.errors import NotAllowed

ReadStock = Callable[[Sequence[VariantRef]], list[Availability]]


def attach_customer(
    client: AdobeClient, ref: CartRef, customer_ref: CustomerRef, *, key: bytes, store: int, read_stock: ReadStock
) -> CartRef:
    """Give a guest's basket to a customer; of what is in both, the larger quantity stays, and no more than there is:
    signing in is no reason to hear of a shortage. NotAllowed, NotFound. Writes.
    """
    guest = read_cart(client, ref, key)
    if guest.customer_id == customer_ref:
        return guest.ref
    if guest.customer_id or not guest.native:
        raise NotAllowed("cart_of_another_customer")
    own_ref = CartRef(f"{CUSTOMERS}{customer_ref}")
    own = read_cart(client, own_ref, key)
    client.write(
        "PUT", f"carts/{guest.native['id']}", {"customerId": int(customer_ref), "storeId": store}, is_repeatable=False)
    joined = read_cart(client, own_ref, key)
    inside = variants_in(joined)
    for variant, available in zip(inside, read_stock(inside) if inside else (), strict=True):
        _trim(client, joined, variant, available, [guest, own])
    return own_ref


def _trim(
    client: AdobeClient, joined: FoundCart, variant: VariantRef, available: Availability, before: Sequence[FoundCart]
) -> None:
    wanted = min(max(quantity_of(line_of(each.native, variant)) for each in before), MOST_OF_ONE_THING)
    if available.quantity is not None:
        wanted = min(wanted, available.quantity)
    if wanted < quantity_of(line_of(joined.native, variant)):
        set_line(client, joined, variant, wanted, available, Choice(variant))
