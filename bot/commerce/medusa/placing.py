"""A basket becomes an order, once per key: Medusa completes a basket once, and the key stands in its metadata.

Medusa's own flow may break off half way where several complete at the same moment (seen with 2.21: its engine refuses
to mark a step as failed, and undoes nothing). It then answers 400 and leaves an order with nothing reserved and nothing
paid, which it gives out as placed when it is asked again. So an order without a payment is none; it is cancelled.
"""

from collections.abc import Sequence

from bot.commerce.forms import mark_of, require_address
from bot.commerce.medusa.carts import MARK, FoundCart, prepare
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.order_shapes import method_of
from bot.commerce.medusa.regions import Region
from bot.commerce.medusa.shapes import Native, from_address
from bot.commerce.types import Address
from bot.errors import FixInput, InsufficientStock, NotAllowed

BROKE_OFF = "order_broke_off"
_LATEST = 20
_MADE = "id,status,metadata,payment_collections.payments.id"


def place_order(
    client: MedusaClient, found: FoundCart, region: Region, *, payment: str, shipping_address: Address | None,
    key: str, email: str,
) -> str:
    """The id of the order that the basket became. FixInput, NotAllowed, InsufficientStock. Writes.

    NotAllowed(BROKE_OFF) where Medusa gave up half way: nothing is ordered, and the basket is spent.
    """
    mark = mark_of(f"{found.ref}:{key}")
    if done := _ordered_by(client, found, mark):
        return done
    native = _require_orderable(found)
    if shipping_address is None:
        raise FixInput("shipping_address", "is needed")
    address = from_address(require_address(shipping_address))
    whose = (found.email if found.customer_id else "") or email.strip()
    if not whose:
        raise FixInput("email", "a guest gives one")
    ready = prepare(client, native, email=whose, address=address, mark=mark)
    if not ready["shipping_methods"]:
        raise NotAllowed("no_delivery")
    _pay(client, ready, region, payment)
    return _complete(client, ready, mark)


def _ordered_by(client: MedusaClient, found: FoundCart, mark: str) -> str:
    """The order that this key made before; "" for none. A customer's next basket stands behind the same ref."""
    whose = found.customer_id or (found.ordered or {}).get("customer_id")
    if not whose:
        return ""
    made = _made_by(client, whose, mark)
    _take_back(client, made)
    return next((str(each["id"]) for each in made if _is_whole(each)), "")


def _made_by(client: MedusaClient, customer_id: str, mark: str) -> list[Native]:
    """Orders that a key made, halves among them: one at most is whole."""
    said = client.read("admin/orders", customer_id=customer_id, fields=_MADE, order="-created_at", limit=_LATEST)
    return [each for each in said["orders"] if (each["metadata"] or {}).get(MARK) == mark]


def _is_whole(made: Native) -> bool:
    return any(each and each.get("payments") for each in made["payment_collections"] or ())


def _take_back(client: MedusaClient, made: Sequence[Native]) -> bool:
    """Cancel what was left half way; whether there was any. Writes."""
    halves = [each for each in made if not _is_whole(each)]
    for each in halves:
        if each["status"] != "canceled":
            client.write(f"admin/orders/{each['id']}/cancel", {}, is_repeatable=True)
    return bool(halves)


def _require_orderable(found: FoundCart) -> Native:
    if found.native and found.native["items"]:
        return found.native
    raise NotAllowed("cart_ordered" if found.ordered else "cart_empty")


def _pay(client: MedusaClient, native: Native, region: Region, payment: str) -> None:
    """Choose the way to pay. One that wants the buyer in between is for the shop's own checkout page."""
    offered = [each["id"] for each in client.read("store/payment-providers", region_id=region.id)["payment_providers"]]
    provider = next((each for each in offered if payment in (each, method_of(each))), "")
    if not provider:
        raise NotAllowed("payment_not_offered")
    collection = client.write("store/payment-collections", {"cart_id": native["id"]}, is_repeatable=True)
    path = f"store/payment-collections/{collection['payment_collection']['id']}/payment-sessions"
    client.write(path, {"provider_id": provider}, is_repeatable=True)


def _complete(client: MedusaClient, native: Native, mark: str) -> str:
    """The order's id; a basket that was completed gives the same again. Medusa tells what is wrong inside a 200."""
    try:
        said = client.write(f"store/carts/{native['id']}/complete", {}, is_repeatable=True)
    except NotAllowed as error:
        if _take_back(client, _made_by(client, native["customer_id"], mark)):
            raise NotAllowed(BROKE_OFF, "Medusa broke off half way") from error
        raise
    if said.get("type") == "order":
        made = client.read(f"admin/orders/{said['order']['id']}", fields=_MADE)["order"]
        if _take_back(client, [made]):
            raise NotAllowed(BROKE_OFF, "Medusa broke off half way")
        return str(made["id"])
    told = said.get("error") or {}
    if "inventory" in str(told.get("message", "")) or "stock" in str(told.get("message", "")):
        raise InsufficientStock(0)
    raise NotAllowed("payment_declined", f"Medusa says {told.get('type') or 'no'}")
