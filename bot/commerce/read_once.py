"""The shop during one turn: a customer's orders are read once, until something may have changed them.

And whether the turn has begun to write, which a turn that was given up does no more.
"""

from threading import Lock
from typing import Any, cast

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, Page
from bot.errors import Unavailable

_ONLY_READ = frozenset({
    "capabilities", "find_customers", "get_customer", "list_payment_methods", "search_products", "get_product",
    "get_products", "get_variant_product", "get_availability", "list_pickup_locations", "vocabulary", "get_cart",
    "list_offers", "get_order", "find_order", "get_invoice", "list_delivery_choices", "poll_changes", "read_webhook",
})


class ShopOfTurn:
    """The same engine; it keeps the orders it listed for as long as the turn lasts and writes nothing.

    What is agreed to is written over the version that was read, so a turn's few seconds spoil nothing.
    """

    def __init__(self, commerce: CommerceEngine) -> None:
        """Calls nothing before it is asked."""
        self._commerce = commerce
        self._lock = Lock()
        self._has_written = self._is_given_up = False
        self._kept: dict[tuple[CustomerRef, int, str], Page[Order]] = {}

    @property
    def engine(self) -> CommerceEngine:
        """Itself, as what it stands for."""
        return cast("CommerceEngine", self)

    def give_up(self) -> bool:
        """Let the turn write nothing from here on; whether it had begun to, so that something may be changed."""
        with self._lock:
            self._is_given_up = True
            return self._has_written

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The engine's, or what it said before."""
        key = (customer_ref, limit, cursor)
        if key not in self._kept:
            self._kept[key] = self._commerce.list_orders(customer_ref, limit=limit, cursor=cursor)
        return self._kept[key]

    def __getattr__(self, name: str) -> Any:
        """Every other method; one that may write forgets what was read, whether or not it comes back.

        Unavailable from such a one once the turn was given up.
        """
        found = getattr(self._commerce, name)
        if name in _ONLY_READ or not callable(found):
            return found

        def write(*given: Any, **named: Any) -> Any:
            self._begin_writing()
            try:
                return found(*given, **named)
            finally:
                self._kept.clear()
        return write

    def _begin_writing(self) -> None:
        with self._lock:
            if self._is_given_up:
                raise Unavailable("the turn took too long: its customer was told so already")
            self._has_written = True
