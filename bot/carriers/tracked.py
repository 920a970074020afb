"""A commerce engine whose orders come with what their carriers said: their readers need not know."""

from typing import Any

from bot.carriers.complete import canonical, complete_order
from bot.carriers.parcels import read_known
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, OrderRef, Page
from bot.profile.store.engine import Store


class TrackedEngine:
    """The engine itself, but for the reading of orders."""

    def __init__(self, engine: CommerceEngine, store: Store) -> None:
        """`store` holds what carriers said."""
        self._engine, self._store = engine, store

    def __getattr__(self, name: str) -> Any:
        """Everything else is the engine's."""
        return getattr(self._engine, name)

    def get_order(self, ref: OrderRef) -> Order:
        """See the protocol."""
        return self._complete([self._engine.get_order(ref)])[0]

    def find_order(
        self, number: str, *, customer_ref: CustomerRef | None = None, email: str = "", postcode: str = ""
    ) -> Order:
        """See the protocol."""
        order = self._engine.find_order(number, customer_ref=customer_ref, email=email, postcode=postcode)
        return self._complete([order])[0]

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        """See the protocol."""
        page = self._engine.list_orders(customer_ref, limit=limit, cursor=cursor)
        return Page(tuple(self._complete(page.items)), page.cursor)

    def _complete(self, orders: list[Order] | tuple[Order, ...]) -> list[Order]:
        numbers = sorted({canonical(each.tracking_number) for order in orders for each in order.shipments} - {""})
        if not numbers:
            return list(orders)
        with self._store.read() as connection:
            known = read_known(connection, numbers)
        return [complete_order(order, known) for order in orders]
