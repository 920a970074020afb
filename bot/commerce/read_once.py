"""The shop during one turn: a customer's orders are read once, until something may have changed them.

And the gate that whatever the turn writes goes through, which a turn that was given up does no more.
"""

from threading import Lock
from typing import Any, cast

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Cart, CartRef, CustomerRef, Order, Page
from bot.errors import Unavailable

_ONLY_READ = frozenset({
    "capabilities", "find_customers", "get_customer", "list_payment_methods", "search_products", "get_product",
    "get_products", "get_variant_product", "get_availability", "list_pickup_locations", "vocabulary", "get_cart",
    "list_offers", "get_order", "find_order", "get_invoice", "list_delivery_choices", "poll_changes", "read_webhook",
})

TRIAL = "trial:"  # how the key begins of a basket in which nothing is bought: it shows what the shop would charge


class TurnGate:
    """What a turn writes goes through here, until the turn is given up. Several threads may ask it."""

    def __init__(self) -> None:
        """Open, and nothing written."""
        self._lock = Lock()
        self._has_written = self._is_given_up = False

    def begin_writing(self, *, is_noticed: bool = True) -> None:
        """Let a write begin; `is_noticed` is whether the customer could tell that it was done.

        Unavailable once the turn was given up.
        """
        with self._lock:
            if self._is_given_up:
                raise Unavailable("the turn took too long: its customer was told so already")
            self._has_written = self._has_written or is_noticed

    def give_up(self) -> bool:
        """Let the turn write nothing from here on; whether it had begun to, so that something may be changed."""
        with self._lock:
            self._is_given_up = True
            return self._has_written

    @property
    def is_for_nothing(self) -> bool:
        """Whether the turn was given up before it wrote: its customer asks again, and has read nothing of it."""
        with self._lock:
            return self._is_given_up and not self._has_written


class ShopOfTurn:
    """The same engine; it keeps the orders it listed for as long as the turn lasts and writes nothing.

    What is agreed to is written over the version that was read, so a turn's few seconds spoil nothing.
    """

    def __init__(self, commerce: CommerceEngine, gate: TurnGate) -> None:
        """Calls nothing before it is asked."""
        self._commerce, self._gate = commerce, gate
        self._trials: set[CartRef] = set()
        self._kept: dict[tuple[CustomerRef, int, str], Page[Order]] = {}

    @property
    def engine(self) -> CommerceEngine:
        """Itself, as what it stands for."""
        return cast("CommerceEngine", self)

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """The engine's, or what it said before."""
        key = (customer_ref, limit, cursor)
        if key not in self._kept:
            self._kept[key] = self._commerce.list_orders(customer_ref, limit=limit, cursor=cursor)
        return self._kept[key]

    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        """The engine's: an empty basket is none to the customer. Unavailable once the turn was given up."""
        self._gate.begin_writing(is_noticed=False)
        cart = self._commerce.open_cart(customer_ref, idempotency_key=idempotency_key)
        if idempotency_key.startswith(TRIAL):
            self._trials.add(cart.ref)
        return cart

    def __getattr__(self, name: str) -> Any:
        """Every other method; one that may write forgets what was read, whether or not it comes back.

        Unavailable from such a one once the turn was given up.
        """
        found = getattr(self._commerce, name)
        if name in _ONLY_READ or not callable(found):
            return found

        def write(*given: Any, **named: Any) -> Any:
            self._gate.begin_writing(is_noticed=not given or given[0] not in self._trials)
            try:
                return found(*given, **named)
            finally:
                self._kept.clear()
        return write
