"""V2 and V3 of a played shop: an answer for each path, as documented."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.servers.bigcommerce import wire
from tests.servers.bigcommerce.state import (
    BRANDS,
    CATEGORIES,
    CODE,
    ORIGIN,
    OTHER_STORE,
    STORE,
    Basket,
    Person,
    Placed,
    Shop,
)

Query = Mapping[str, str]


class Refused(Exception):
    """An answer that is none."""

    def __init__(self, status: int, **errors: str) -> None:
        super().__init__(str(status))
        self.status, self.errors = status, errors


class V2:
    """A listing without anything in it is no body."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def answer(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        """What a call gives; None for a 204. Refused."""
        match method, path:
            case "GET", ["store"]:
                return wire.STORE_FACTS
            case "GET", ["orders"]:
                return page(self._orders(query), query, 50) or None
            case "GET", ["orders", number]:
                return wire.order(self.shop, self._order(number), is_whole=_is_whole(query))
            case "PUT", ["orders", number]:
                return wire.order(self.shop, self._change(self._order(number), body), is_whole=False)
            case "GET", ["orders", number, "shipping_addresses"]:
                return [wire.shipping_address(self._order(number))]
            case "PUT", ["orders", number, "shipping_addresses", _]:
                order = self._order(number)
                order.shipping |= body
                order.touched = self.shop.now()
                return wire.shipping_address(order)
            case "GET", ["orders", number, "shipments"]:
                order = self._order(number)
                return page([wire.shipment(order, each) for each in order.shipments], query, 50) or None
            case "GET", ["orders", number, "coupons"]:
                return page([{"id": 1, "code": CODE}] if self._order(number).discount_minor else [], query, 50) or None
        raise Refused(404)

    def _orders(self, query: Query) -> list[Any]:
        since = datetime.fromisoformat(query["min_date_modified"]) if "min_date_modified" in query else None
        told = [
            each for each in self.shop.orders.values()
            if query.get("customer_id", str(each.customer)) == str(each.customer)
            and (since is None or each.touched >= since)
        ]
        name, _, direction = query.get("sort", "id:asc").partition(":")
        at: Callable[[Placed], Any] = lambda each: (  # noqa: E731
            each.touched if name == "date_modified" else each.made, each.number)
        told.sort(key=at, reverse=direction == "desc")
        return [wire.order(self.shop, each, is_whole=_is_whole(query)) for each in told]

    def _order(self, number: str) -> Placed:
        if not number.isdecimal() or int(number) not in self.shop.orders:
            raise Refused(404)
        return self.shop.orders[int(number)]

    def _change(self, order: Placed, body: Any) -> Placed:
        order.staff_notes = body.get("staff_notes", order.staff_notes)
        self.shop.set_status(order, body.get("status_id", order.status))
        return order


def _is_whole(query: Query) -> bool:
    return query.get("consignment_structure") == "object" and "line_items" in query.get("include", "")


class V3:
    """Every answer is a `data`; a listing has its pages beside it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def answer(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        """What a call gives; None for a 204. Refused."""
        if "metafields" in path:
            return self._notes(method, "/".join(path[:2]), path[3:], body)
        match path[0]:
            case "customers":
                return self._people(method, path[1:], query, body)
            case "catalog":
                return self._catalogue(path[1:], query)
            case "carts":
                return self._carts(method, path[1:], body)
            case "checkouts":
                return self._coupons(method, path[1], path[3:], body)
            case "orders":
                return self._payments(method, path[1:], query, body)
            case "promotions":
                return self._promotions(path[1:], query)
        return self._places(path, query)

    def _places(self, path: list[str], query: Query) -> Any:
        match path:
            case ["inventory", "items"]:
                return self._shelves(query)
            case ["inventory", "locations"]:
                return listing([wire.location(each) for each in wire.PLACES], query)
            case ["pickup", "methods"]:
                return listing([wire.pickup_method(each) for each in (STORE, OTHER_STORE)], query)
            case ["hooks"]:
                return listing(self.shop.hooks, query)
            case ["channels", "1"]:
                return {"id": 1, "name": "Brume & Sel", "status": "active", "type": "storefront"}
        raise Refused(404)

    def _notes(self, method: str, thing: str, rest: list[str], body: Any) -> Any:
        kind, _, number = thing.partition("/")
        kept = self.shop.people if kind == "customers" else self.shop.orders
        if not number.isdecimal() or int(number) not in kept:
            raise Refused(404)
        told = self.shop.notes.setdefault(thing, [])
        if method == "GET":
            return listing(told, {})
        if method == "POST":
            if any((each["namespace"], each["key"]) == (body["namespace"], body["key"]) for each in told):
                raise Refused(409)
            told.append({"id": self.shop.new(), **body, "date_modified": wire.iso(self.shop.now())})
            return told[-1]
        (known,) = [each for each in told if str(each["id"]) == rest[0]]
        if method == "DELETE":
            told.remove(known)
            return None
        known |= {**body, "date_modified": wire.iso(self.shop.now())}
        return known

    def _people(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        if path == ["addresses"]:
            return self._addresses(method, query, body)
        if method == "PUT":
            for each in body:
                self._change_person(self.shop.people[each["id"]], each)
            return [wire.person(self.shop.people[each["id"]], is_whole=False) for each in body]
        told = [each for each in self.shop.people.values() if _fits(each, query)]
        told.sort(key=lambda each: (each.touched, each.number))
        return listing([wire.person(each, is_whole="addresses" in query.get("include", "")) for each in told], query)

    def _change_person(self, person: Person, said: Any) -> None:
        if any(each.email == said.get("email") for each in self.shop.people.values() if each is not person):
            raise Refused(422, **{".customer_update": "Error updating customers"})
        for name in ("first_name", "last_name", "email", "phone"):
            setattr(person, name, said.get(name, getattr(person, name)))
        person.touched = self.shop.now()

    def _addresses(self, method: str, query: Query, body: Any) -> Any:
        everyone = self.shop.people.values()
        if method == "GET":
            return listing([each for one in everyone for each in one.addresses
                            if str(one.number) == query["customer_id:in"]], query)
        if method == "DELETE":
            for one in everyone:
                one.addresses = [each for each in one.addresses if str(each["id"]) != query["id:in"]]
            return None
        if method == "POST":
            return [self.shop.add_address(self.shop.people[each["customer_id"]], each) for each in body]
        by_number = {each["id"]: each for one in everyone for each in one.addresses}
        for each in body:
            by_number[each["id"]] |= each
        return body

    def _catalogue(self, path: list[str], query: Query) -> Any:
        match path:
            case ["categories"]:
                return listing([wire.category(each) for each in CATEGORIES], query)
            case ["brands"]:
                return listing([wire.brand(each) for each in BRANDS], query)
            case ["variants"]:
                return listing([wire.variant(self.shop, each) for number, each in self.shop.variants.items()
                                if number in _numbers(query["id:in"])], query)
            case ["products", number, "variants"]:
                if int(number) not in self.shop.products:
                    raise Refused(404)
                return listing([{"id": each.number} for each in self.shop.products[int(number)].variants], query)
            case ["products"]:
                wanted = _numbers(query["id:in"]) if "id:in" in query else set(self.shop.products)
                return listing([wire.product(self.shop, each) for number, each in self.shop.products.items()
                                if number in wanted], query)
        raise Refused(404)

    def _shelves(self, query: Query) -> Any:
        if "product_id:in" in query:
            wanted = [self.shop.products[each] for each in _numbers(query["product_id:in"])]
            return listing([wire.item(self.shop, each.variants[0], is_together=True) for each in wanted], query)
        numbers = _numbers(query["variant_id:in"]) if "variant_id:in" in query else set(self.shop.variants)
        return listing([wire.item(self.shop, each) for each in self.shop.variants.values()
                        if each.number in numbers and each.product.tracking == "variant"], query)

    def _carts(self, method: str, path: list[str], body: Any) -> Any:
        if not path:
            basket = Basket(str(uuid4()), body.get("customer_id", 0))
            self._add(basket, body["line_items"])
            self.shop.baskets[basket.id] = basket
            return wire.basket(self.shop, basket)
        if path[0] not in self.shop.baskets:
            raise Refused(404)
        basket = self.shop.baskets[path[0]]
        if method == "GET":
            return wire.basket(self.shop, basket)
        if body and body.get("version", basket.version) != basket.version:
            raise Refused(409)
        basket.version += 1
        match method, path[1:]:
            case "PUT", []:
                basket.customer, basket.codes = body["customer_id"], []
            case "POST", ["items"]:
                self._add(basket, body["line_items"])
            case "PUT", ["items", line]:
                self._require_stock(basket.lines[line][0], body["line_item"]["quantity"])
                basket.lines[line][1] = body["line_item"]["quantity"]
            case "DELETE", ["items", line]:
                if line not in basket.lines:
                    raise Refused(404)
                del basket.lines[line]
            case "DELETE", []:
                basket.lines.clear()
        if not basket.lines:
            del self.shop.baskets[basket.id]
            return None
        return wire.basket(self.shop, basket)

    def _add(self, basket: Basket, lines: Iterable[Any]) -> None:
        for each in lines:
            known = next((one for one in basket.lines.values() if one[0] == each["variant_id"]), None)
            held = known[1] if known else 0
            self._require_stock(each["variant_id"], held + each["quantity"])
            if known:
                known[1] = held + each["quantity"]
            else:
                self.shop.fill(basket, each["variant_id"], each["quantity"])

    def _require_stock(self, variant: int, quantity: int) -> None:
        if variant not in self.shop.variants or self.shop.stock[variant, ORIGIN] < quantity:
            raise Refused(422)

    def _coupons(self, method: str, cart: str, path: list[str], body: Any) -> Any:
        basket = self.shop.baskets[cart]
        if method == "DELETE":
            basket.codes.remove(path[0])
        elif body["coupon_code"] != CODE:
            raise Refused(422)
        elif CODE not in basket.codes:
            basket.codes.append(CODE)
        return {"id": cart, "cart": wire.basket(self.shop, basket)}

    def _promotions(self, path: list[str], query: Query) -> Any:
        if path:
            return listing([wire.code()], query)
        return listing([wire.promotion()] if query.get("code", CODE).upper() == CODE else [], query)

    def _payments(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        if path == ["payment_actions", "refunds"]:
            wanted = _numbers(query["order_id:in"]) if "order_id:in" in query else set(self.shop.orders)
            return listing([wire.refund(order, each) for number, order in self.shop.orders.items()
                            if number in wanted for each in order.refunds], query)
        order = self.shop.orders[int(path[0])]
        match method, path[2]:
            case "POST", "refund_quotes":
                return wire.quote(self.shop, order)
            case "POST", "refunds":
                amount = round(sum(each["amount"] for each in body["payments"]) * 100)
                if order.gateway not in self.shop.refunding or amount != self.shop.left_of(order):
                    raise Refused(422)
                return wire.refund(order, self.shop.pay_back(order, amount, body["items"]))
            case "POST", "void":
                order.payment, order.touched = "void pending", self.shop.now()
                return {}
        raise Refused(404)


def _fits(person: Person, query: Query) -> bool:
    """`name:like` looks in both names, `date_modified:min` is exclusive."""
    since = query.get("date_modified:min")
    return (
        str(person.number) in query.get("id:in", str(person.number)).split(",")
        and person.email.lower() in query.get("email:in", person.email).lower().split(",")
        and person.phone in query.get("phone:in", person.phone).split(",")
        and query.get("name:like", "").lower() in f"{person.first_name} {person.last_name}".lower()
        and (since is None or person.touched > datetime.fromisoformat(since).replace(tzinfo=UTC))
    )


def _numbers(text: str) -> set[int]:
    return {int(each) for each in text.split(",")}


def page(items: list[Any], query: Query, usual: int) -> list[Any]:
    """One page of a listing; BigCommerce gives 250 at most."""
    size, number = int(query.get("limit", usual)), int(query.get("page", "1"))
    if not 1 <= size <= 250:
        raise Refused(422)
    return items[(number - 1) * size : number * size]


class Listing(list[Any]):
    """A page of V3, and what is told of the pages."""

    pages = 1


def listing(items: Iterable[Any], query: Query) -> Listing:
    """A page of V3."""
    told, size = list(items), int(query.get("limit", "50"))
    found = Listing(page(told, query, 50))
    found.pages = max(-(-len(told) // size), 1)
    return found
