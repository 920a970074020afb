"""The shop during one turn: a customer's orders are read once, until something may have changed them."""

from typing import Any, cast

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, Page

_ONLY_READ = frozenset({
    "capabilities", "find_customers", "get_customer", "list_payment_methods", "search_products", "get_product",
    "get_products", "get_variant_product", "get_availability", "list_pickup_locations", "vocabulary", "get_cart",
    "list_offers", "get_order", "find_order", "get_invoice", "list_delivery_choices", "poll_changes", "read_webhook",
})


def read_orders_once(commerce: CommerceEngine) -> CommerceEngine:
    """The same engine; it keeps the orders it listed for as long as the turn lasts and writes nothing.

    What is agreed to is written over the version that was read, so a turn's few seconds spoil nothing.
    """
    return cast("CommerceEngine", _ReadOnce(commerce))


class _ReadOnce:
    def __init__(self, commerce: CommerceEngine) -> None:
        self._commerce = commerce
        self._kept: dict[tuple[CustomerRef, int, str], Page[Order]] = {}

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The engine's, or what it said before."""
        key = (customer_ref, limit, cursor)
        if key not in self._kept:
            self._kept[key] = self._commerce.list_orders(customer_ref, limit=limit, cursor=cursor)
        return self._kept[key]

    def __getattr__(self, name: str) -> Any:
        """Every other method; one that may write forgets what was read, whether or not it comes back."""
        found = getattr(self._commerce, name)
        if name in _ONLY_READ or not callable(found):
            return found

        def write(*given: Any, **named: Any) -> Any:
            try:
                return found(*given, **named)
            finally:
                self._kept.clear()
        return write
