"""Quotes of a played shop, by an integration that may manage them."""

from collections.abc import Mapping
from typing import Any

from tests.servers.adobe import wire
from tests.servers.adobe.listing import listed
from tests.servers.adobe.refusals import Refused, no_entity
from tests.servers.adobe.state import CODE, Basket, Shop


class Baskets:
    """Answers for each path."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def answer(self, method: str, path: list[str], query: Mapping[str, str], body: Any) -> Any:
        """What a call gives. Refused."""
        match method, path:
            case "POST", ["carts", ""]:
                return self._make(0).number
            case "POST", ["customers", number, "carts"]:
                return self._of_customer(int(number)).number
            case "GET", ["carts", "search"]:
                return listed([wire.basket(self.shop, each) for each in self.shop.baskets.values()], query)
            case "GET", ["carts", number]:
                return wire.basket(self.shop, self._basket(number, is_active=False))
            case "PUT", ["carts", number]:
                return self._assign(self._basket(number), body["customerId"])
            case _, ["carts", number, *rest]:
                return self._change(method, self._basket(number), rest, body)
        raise Refused(404, "Request does not match any route.")

    def _change(self, method: str, basket: Basket, rest: list[str], body: Any) -> Any:
        match method, rest:
            case "GET", ["totals"]:
                return wire.totals(self.shop, basket)
            case "POST", ["items"]:
                return self._add(basket, body["cartItem"])
            case "PUT", ["items", number]:
                line = self._line(basket, number)
                self._require_stock(line[0], body["cartItem"]["qty"])
                line[1] = body["cartItem"]["qty"]
                return {"item_id": int(number), "qty": line[1]}
            case "DELETE", ["items", number]:
                self._line(basket, number)
                del basket.lines[int(number)]
                return True
            case "PUT", ["coupons", code]:
                if code != CODE:
                    basket.code = ""  # an attempt that fails takes the former one off
                    raise Refused(404, "The coupon code isn't valid. Verify the code and try again.")
                basket.code = code
                return True
        raise Refused(404, "Request does not match any route.")

    def _make(self, customer: int) -> Basket:
        basket = Basket(self.shop.new(), self.shop.now(), customer)
        self.shop.baskets[basket.number] = basket
        return basket

    def _of_customer(self, customer: int) -> Basket:
        """The one that is open, else a new one."""
        if customer not in self.shop.people:
            raise no_entity("customerId", str(customer))
        own = [each for each in self.shop.baskets.values() if each.customer == customer and each.is_active]
        return own[-1] if own else self._make(customer)

    def _basket(self, number: str, *, is_active: bool = True) -> Basket:
        found = self.shop.baskets.get(int(number)) if number.isdecimal() else None
        if found is None or (is_active and not found.is_active):
            raise no_entity("cartId", number)
        return found

    def _assign(self, basket: Basket, customer: int) -> bool:
        """Both are joined, and what is in both is added up."""
        if basket.customer:
            raise Refused(400, "The customer can't be assigned to the cart because the cart isn't anonymous.")
        for own in [each for each in self.shop.baskets.values() if each.customer == customer and each.is_active]:
            own.is_active = False
            for sku, quantity in own.lines.values():
                self._put(basket, sku, quantity)
        basket.customer = customer
        return True

    def _add(self, basket: Basket, item: dict[str, Any]) -> Any:
        """A configurable product is asked for by its own SKU, and what is chosen of it."""
        product = next((each for each in self.shop.products.values() if each.sku == item["sku"]), None)
        if product is None:
            raise no_entity("sku", item["sku"])
        chosen = [each["option_value"] for each in
                  item["product_option"]["extension_attributes"]["configurable_item_options"]]
        sold = next(each for each in product.variations if [each.colour, each.size] == chosen)
        held = next((quantity for sku, quantity in basket.lines.values() if sku == sold.sku), 0)
        self._require_stock(sold.sku, held + item["qty"])
        return {"item_id": self._put(basket, sold.sku, item["qty"]), "sku": item["sku"], "qty": item["qty"]}

    def _put(self, basket: Basket, sku: str, quantity: int) -> int:
        for number, line in basket.lines.items():
            if line[0] == sku:
                line[1] += quantity
                return number
        number = self.shop.new()
        basket.lines[number] = [sku, quantity]
        return number

    def _require_stock(self, sku: str, quantity: int) -> None:
        if sku not in self.shop.sells_on and self.shop.salable[sku] < quantity:
            raise Refused(400, "The requested qty is not available")

    def _line(self, basket: Basket, number: str) -> list[Any]:
        if int(number) not in basket.lines:
            raise Refused(404, "The %1 Cart doesn't contain the %2 item.", {"1": str(basket.number), "2": number})
        return basket.lines[int(number)]
