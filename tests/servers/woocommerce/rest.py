"""REST v3 of a played shop: orders, refunds, notes, customers, coupons, stock, payment gateways."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from tests.servers.woocommerce import wire
from tests.servers.woocommerce.state import CODE, Person, Placed, Shop

Query = Mapping[str, str]
Found = tuple[list[Any], int]  # a page, and how many pages


class Refused(Exception):  # what WordPress calls a WP_Error
    """An answer that is none."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Rest:
    """Answers for each path; a listing gives a page and how many there are."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def answer(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        """What a call gives. Refused."""
        match method, path:
            case "GET", ["orders"]:
                return self._orders(query)
            case "GET", ["orders", number]:
                return wire.order(self.shop, self._order(number))
            case "PUT", ["orders", number]:
                return wire.order(self.shop, self._change_order(self._order(number), body))
            case "POST", ["orders", number, "refunds"]:
                return self._pay_back(self._order(number), body)
            case "POST", ["orders", number, "notes"]:
                self._order(number).told.append(body["note"])
                return {"id": self.shop.new(), "note": body["note"], "customer_note": body.get("customer_note", False)}
            case "GET", ["customers"]:
                return self._customers(query)
            case "GET", ["customers", number]:
                return wire.person(self._person(number))
            case "PUT", ["customers", number]:
                return wire.person(self._change_person(self._person(number), body))
            case "GET", ["coupons"]:
                wanted = query.get("code", CODE)
                return page([wire.coupon(CODE)] if wanted.lower() == CODE else [], query)
            case "GET", ["products", number, "variations"]:
                return self._stock(int(number), query)
            case "GET", ["products"]:
                return page([], query)  # every product has variations: none is sold by itself
            case "GET", ["webhooks"]:
                return page(self.shop.webhooks, query)
            case "GET", ["system_status"]:
                return {"environment": {"version": self.shop.version}}
            case "POST", ["orders", "batch"]:
                return {}
            case "GET", ["payment_gateways"]:
                return page([], query)
            case "GET", ["payment_gateways", name]:
                return {"id": name, "method_supports": ["products", *(["refunds"] * (name in self.shop.refunding))]}
        raise Refused(404, "rest_no_route")

    def _orders(self, query: Query) -> Found:
        told = [each for each in self.shop.orders.values() if _fits(each, query)]
        at: Callable[[Placed], Any] = lambda each: (  # noqa: E731
            each.touched if query.get("orderby") == "modified" else each.made, each.number)
        told.sort(key=at, reverse=query.get("order", "desc") == "desc")
        return page([wire.order(self.shop, each) for each in told], query)

    def _order(self, number: str) -> Placed:
        if not number.isdecimal() or int(number) not in self.shop.orders:
            raise Refused(404, "woocommerce_rest_shop_order_invalid_id")
        return self.shop.orders[int(number)]

    def _change_order(self, order: Placed, body: Any) -> Placed:
        order.shipping |= {each: text for each, text in body.get("shipping", {}).items() if each != "phone"}
        self.shop.note(order.notes, body.get("meta_data", []))
        self.shop.set_status(order, body.get("status", order.status))
        return order

    def _pay_back(self, order: Placed, body: Any) -> Any:
        amount = int(Decimal(body["amount"]).scaleb(2))
        is_able = order.gateway in self.shop.refunding or not body["api_refund"]
        if not is_able or not 0 < amount <= self.shop.left_of(order):
            raise Refused(500, "woocommerce_rest_cannot_create_order_refund")
        return wire.refund(self.shop.pay_back(order, amount, body["reason"]))

    def _customers(self, query: Query) -> Found:
        told = [
            each for each in self.shop.people.values()
            if query.get("email", each.email).lower() == each.email.lower()
            and query.get("search", "").lower() in f"{each.first_name} {each.last_name} {each.email}".lower()
        ]
        return page([wire.person(each) for each in told], query)

    def _person(self, number: str) -> Person:
        if not number.isdecimal() or int(number) not in self.shop.people:
            raise Refused(404, "woocommerce_rest_invalid_id")
        return self.shop.people[int(number)]

    def _change_person(self, person: Person, body: Any) -> Person:
        email = body.get("email", person.email)
        if any(each.email == email for each in self.shop.people.values() if each is not person):
            raise Refused(400, "woocommerce_rest_customer_invalid_email")
        person.email, person.touched = email, self.shop.now()
        person.first_name = body.get("first_name", person.first_name)
        person.last_name = body.get("last_name", person.last_name)
        person.billing |= body.get("billing", {})
        person.shipping |= {each: text for each, text in body.get("shipping", {}).items() if each != "phone"}
        self.shop.note(person.notes, body.get("meta_data", []))
        return person

    def _stock(self, number: int, query: Query) -> Found:
        if number not in self.shop.products:
            raise Refused(404, "woocommerce_rest_product_invalid_id")
        wanted = {int(each) for each in query["include"].split(",")}
        sold = [each for each in self.shop.products[number].variations if each.number in wanted]
        return page([wire.stock(self.shop, each) for each in sold], query)


def _fits(order: Placed, query: Query) -> bool:
    """`modified_after` is exclusive."""
    shown = order.shown_number or str(order.number)
    return (
        query.get("customer", str(order.customer)) == str(order.customer)
        and order.touched > query.get("modified_after", "") and query.get("search", shown) in (shown, str(order.number))
    )


def page(told: Iterable[Any], query: Query) -> Found:
    """One page of a listing; WordPress gives a hundred at most."""
    items, size, number = list(told), int(query.get("per_page", "10")), int(query.get("page", "1"))
    if not 1 <= size <= 100:
        raise Refused(400, "rest_invalid_param")
    return items[(number - 1) * size : number * size], -(-len(items) // size)
