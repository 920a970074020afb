"""Stock, live: how many pieces the shop has. WooCommerce counts in one place: it has no stock by store."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.commerce.forms import chunks, joined
from bot.commerce.types import Availability, StockState, VariantRef
from bot.commerce.woocommerce.client import PER_PAGE, WooCommerceClient
from bot.commerce.woocommerce.products import ProductReader
from bot.commerce.woocommerce.shapes import Native, is_id
from bot.errors import NotFound

_LOW = 3


def read_availability(
    client: WooCommerceClient, products: ProductReader, refs: Sequence[str], now: datetime
) -> list[Availability]:
    """Live stock of each variant asked for, in that order; unknown ones are `unknown`."""
    by_parent: dict[str, list[str]] = {}
    for ref in sorted({each for each in refs if is_id(each)}):
        try:
            by_parent.setdefault(products.parent_of(ref), []).append(ref)
        except NotFound:
            continue
    found = {
        str(said["id"]): _availability(said, now)
        for parent, some in by_parent.items() for said in _read(client, parent, some)
    }
    return [found.get(ref) or Availability(VariantRef(ref), "unknown", None, False, now) for ref in refs]


def _read(client: WooCommerceClient, parent: str, refs: Sequence[str]) -> Iterable[Native]:
    """Of products, or of variations of one product: REST v3 lists these by their product alone."""
    path = f"products/{parent}/variations" if parent else "products"
    for some in chunks(refs, PER_PAGE):
        try:
            yield from client.read(path, include=joined(some), per_page=PER_PAGE)
        except NotFound:  # the product was deleted since the catalogue was read
            return


def _availability(said: Native, now: datetime) -> Availability:
    """`manage_stock` is `parent` where the product counts for its variations: their number is the product's then."""
    is_counted = bool(said["manage_stock"]) and said["stock_quantity"] is not None
    left = max(int(said["stock_quantity"]), 0) if is_counted else 0
    sells_on, status = bool(said["backorders_allowed"]), said["stock_status"]
    is_offered = bool(said["purchasable"]) and said["status"] in ("publish", True)
    state = _state(status, left, is_counted=is_counted, sells_on=sells_on)
    return Availability(
        VariantRef(str(said["id"])), state, left if is_counted and not sells_on else None,
        is_offered and state in ("in_stock", "low", "backorder"), now,
    )


def _state(status: str, left: int, *, is_counted: bool, sells_on: bool) -> StockState:
    if status not in ("instock", "outofstock", "onbackorder"):
        return "unknown"
    if not is_counted:
        told: dict[str, StockState] = {"instock": "in_stock", "outofstock": "out_of_stock", "onbackorder": "backorder"}
        return told[status]
    if left <= 0:
        return "backorder" if sells_on else "out_of_stock"
    return "low" if left <= _LOW else "in_stock"
