"""A basket becomes an order, once per key: Medusa completes a basket once, and the key stands in its metadata."""

from bot.commerce.forms import mark_of, require_address
from bot.commerce.medusa.carts import MARK, FoundCart, prepare
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.order_shapes import method_of
from bot.commerce.medusa.regions import Region
from bot.commerce.medusa.shapes import Native, from_address
from bot.commerce.types import Address
from bot.errors import FixInput, InsufficientStock, NotAllowed

_LATEST = 20


def place_order(
    client: MedusaClient, found: FoundCart, region: Region, *, payment: str, shipping_address: Address | None,
    key: str, email: str,
) -> str:
    """The id of the order that the basket became. FixInput, NotAllowed, InsufficientStock. Writes."""
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
    return _complete(client, ready["id"])


def _ordered_by(client: MedusaClient, found: FoundCart, mark: str) -> str:
    """The order that this key made before; "" for none. A customer's next basket stands behind the same ref."""
    if found.ordered and (found.ordered["metadata"] or {}).get(MARK) == mark:
        return _complete(client, found.ordered["id"])
    if not found.customer_id:
        return ""
    said = client.read(
        "admin/orders", customer_id=found.customer_id, fields="id,metadata", order="-created_at", limit=_LATEST)
    return next((str(each["id"]) for each in said["orders"] if (each["metadata"] or {}).get(MARK) == mark), "")


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


def _complete(client: MedusaClient, cart_id: str) -> str:
    """The order's id; a basket that was completed gives the same again. Medusa tells what is wrong inside a 200."""
    said = client.write(f"store/carts/{cart_id}/complete", {}, is_repeatable=True)
    if said.get("type") == "order":
        return str(said["order"]["id"])
    told = said.get("error") or {}
    if "inventory" in str(told.get("message", "")) or "stock" in str(told.get("message", "")):
        raise InsufficientStock(0)
    raise NotAllowed("payment_declined", f"Medusa says {told.get('type') or 'no'}")
