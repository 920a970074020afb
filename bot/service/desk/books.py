"""Stage A4: what the shop knows of one customer, read when it is asked for and once a turn."""

from dataclasses import dataclass
from functools import cached_property

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import CustomerRef, Order, OrderLine, PaymentMethod, Product, ShopCustomer
from bot.service.orders import list_orders


@dataclass(frozen=True)
class Books:
    """One customer's orders, with the products in them, means of payment and addresses."""

    commerce: CommerceEngine
    customer_ref: CustomerRef

    @cached_property
    def orders(self) -> list[Order]:
        """Every order, newest first."""
        return list_orders(self.commerce, self.customer_ref)

    @cached_property
    def customer(self) -> ShopCustomer:
        """Who it is, with their addresses."""
        return self.commerce.get_customer(self.customer_ref)

    @cached_property
    def methods(self) -> list[PaymentMethod]:
        """Their means of payment."""
        return self.commerce.list_payment_methods(self.customer_ref)

    @property
    def lines(self) -> list[OrderLine]:
        """Every line of every order."""
        return [line for order in self.orders for line in order.lines]

    def order_of(self, line_id: str) -> Order:
        """The order that holds a line."""
        return next(order for order in self.orders if any(line.id == line_id for line in order.lines))

    def find_numbers(self, text: str) -> list[Order]:
        """The customer's orders that words name by number, or by how it ends, in the words' order."""
        said = text.upper()
        found = [(said.find(order.number.lstrip("#").upper()), order) for order in self.orders]
        named = [order for at, order in sorted(found, key=lambda each: each[0]) if at >= 0]
        return named or [order for order in self.orders if _names_end(said, order.number)]

    def sellable(self, product: Product) -> frozenset[str]:
        """Which of a product's variants can be had now."""
        stock = self.commerce.get_availability([each.ref for each in product.variants])
        return frozenset(str(each.variant_ref) for each in stock if each.is_sellable_online)

    def product_of(self, line: OrderLine) -> Product | None:
        """The product that a line is of; None when the shop no longer has it."""
        return next(iter(self.commerce.get_products([line.product_ref])), None) if line.product_ref else None


def _names_end(said: str, number: str) -> bool:
    """Whether words such as "ends in 66" fit a number."""
    words = said.replace("#", " ").replace(",", " ").split()
    tails = [
        word.strip(".!?")
        for at, word in enumerate(words)
        if any(w.startswith(("END", "FINISH", "LAST")) for w in words[max(0, at - 3) : at])
    ]
    return any(tail.isdigit() and len(tail) > 1 and number.endswith(tail) for tail in tails)
