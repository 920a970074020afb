"""REST V1 of a played shop: what each path answers."""

from collections.abc import Mapping
from typing import Any

from tests.servers.adobe import wire
from tests.servers.adobe.baskets import Baskets
from tests.servers.adobe.listing import listed
from tests.servers.adobe.refusals import Refused, no_entity
from tests.servers.adobe.state import LANGUAGES, Person, Placed, Shop

Query = Mapping[str, str]


class Rest:
    """Answers for each path."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.baskets = shop, Baskets(shop)
        self.has_stores = True  # whether the module for picking up is there

    def answer(self, method: str, path: list[str], query: Query, body: Any, store: str) -> Any:
        """What a call gives. Refused."""
        if path[0] in ("carts", "customers") and "carts" in path:
            return self.baskets.answer(method, path, query, body)
        return self._of_people(method, path, query, body) if path[0] == "customers" else self._of_shop(
            method, path, query, body, LANGUAGES.get(store, "fr"))

    def _of_people(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        match method, path:
            case "GET", ["customers", "search"]:
                return listed([wire.person(each) for each in self.shop.people.values()], query)
            case "GET", ["customers", number]:
                return wire.person(self._person(number))
            case "PUT", ["customers", number]:
                return wire.person(self._change_person(self._person(number), body["customer"]))
        raise Refused(404, "Request does not match any route.")

    def _of_shop(self, method: str, path: list[str], query: Query, body: Any, language: str) -> Any:
        match method, path:
            case "GET", ["store", "storeConfigs"]:
                return wire.store_configs()
            case "GET", ["store", "websites"]:
                return [{"id": 0, "code": "admin", "name": "Admin", "default_group_id": 0},
                        {"id": 1, "code": wire.WEBSITE, "name": "Main Website", "default_group_id": 1}]
            case "GET", ["products", "attributes"]:
                return listed(wire.attributes(language), query)
            case "GET", ["categories", "list"]:
                return listed(wire.categories(language), query)
            case "GET", ["products"]:
                return listed(self._products(language), query)
            case "GET", ["products-render-info"]:
                return self._rendered(query)
            case "GET", ["salesRules", "search"]:
                return listed([wire.rule()], query)
            case "GET", ["coupons", "search"]:
                return listed([wire.coupon()], query)
            case "GET", ["directory", "countries", country]:
                known = [{"id": 43, "code": "NY", "name": "New York"}] if country == "US" else []
                return {"id": country, **({"available_regions": known} if known else {})}
        return self._of_stock(path, query) if path[0] in ("inventory", "stockItems") else self._of_sales(
            method, path, query, body)

    def _products(self, language: str) -> list[dict[str, Any]]:
        return [
            told for product in self.shop.products.values() for told in (
                wire.product(product, language), *(wire.variation(each, language) for each in product.variations))
        ]

    def _rendered(self, query: Query) -> Any:
        """Its count is of the page alone."""
        page = listed(self._products("fr"), query)
        shown = [
            wire.rendered(each["id"], each["price"], f"{wire.URL}{each['sku'].lower().replace('/', '-')}.html")
            for each in page["items"]
        ]
        return {"items": shown, "total_count": len(shown)}

    def _of_stock(self, path: list[str], query: Query) -> Any:
        shop = self.shop
        match path:
            case ["inventory", "export-stock-salable-qty", "website", wire.WEBSITE]:
                page = listed(self._products("fr"), query)
                told = [{"sku": each["sku"], "qty": shop.salable.get(each["sku"], 0),  # no stock of its own
                         "is_salable": shop.salable.get(each["sku"], 1) > 0 or each["sku"] in shop.sells_on}
                        for each in page["items"]]
                return {**page, "items": told}
            case ["inventory", "source-items"]:
                return listed([
                    {"sku": sku, "source_code": place, "quantity": count, "status": 1}
                    for place, shelf in shop.shelves.items() for sku, count in shelf.items()], query)
            case ["inventory", "in-store-pickup", "pickup-locations"] if self.has_stores:
                return wire.places()
            case ["stockItems", sku] if sku in shop.salable:
                is_counted = shop.sells_on.get(sku) != "uncounted"
                return {"item_id": 1, "product_id": 1, "stock_id": 1, "qty": shop.salable[sku], "is_in_stock": True,
                        "manage_stock": is_counted, "backorders": int(is_counted and sku in shop.sells_on)}
        raise Refused(404, "Request does not match any route.")

    def _of_sales(self, method: str, path: list[str], query: Query, body: Any) -> Any:
        shop = self.shop
        match method, path:
            case "GET", ["orders"]:
                return listed([wire.order(shop, each) for each in shop.orders.values()], query)
            case "GET", ["orders", number]:
                return wire.order(shop, self._order(number))
            case "PUT", ["orders", number]:
                return self._move(self._order(number), body["entity"])
            case "POST", ["orders", number, "cancel"]:
                return shop.cancel(self._order(number))
            case "POST", ["orders", number, "comments"]:
                shop.comment(self._order(number), body["statusHistory"]["comment"])
                return True
            case "GET", ["shipments"]:
                return listed([
                    wire.shipment(each, parcel) for each in shop.orders.values() for parcel in each.shipments], query)
            case "GET", ["invoices"]:
                return listed([wire.invoice(each) for each in shop.orders.values() if each.paid], query)
            case "POST", ["invoice", number, "refund"]:
                order = self._order(str(int(number) - 1_000_000))
                if not body["is_online"] or not shop.pay_back(order):
                    raise Refused(400, "Creditmemo Document Validation Error(s):\n%1", {"0": "cannot be refunded"})
                return shop.new()
        raise Refused(404, "Request does not match any route.")

    def _order(self, number: str) -> Placed:
        if not number.isdecimal() or int(number) not in self.shop.orders:
            raise Refused(404, "The entity that was requested doesn't exist. Verify the entity and try again.")
        return self.shop.orders[int(number)]

    def _move(self, order: Placed, wanted: dict[str, Any]) -> dict[str, Any]:
        """An address that tells no number would be a new one."""
        assert wanted["entity_id"] == order.shipping["entity_id"] and wanted["address_type"] == "shipping"
        order.shipping = dict(wanted)
        order.touched = self.shop.now()
        return order.shipping

    def _person(self, number: str) -> Person:
        if not number.isdecimal() or int(number) not in self.shop.people:
            raise no_entity("customerId", number)
        return self.shop.people[int(number)]

    def _change_person(self, person: Person, wanted: dict[str, Any]) -> Person:
        """An address that is left out is deleted."""
        if any(each.email == wanted["email"] for each in self.shop.people.values() if each is not person):
            raise Refused(400, "A customer with the same email address already exists in an associated website.")
        person.first_name, person.last_name, person.email = wanted["firstname"], wanted["lastname"], wanted["email"]
        person.touched = self.shop.now()
        defaults = {kind: str(wanted.get(f"default_{kind}", "")) for kind in ("shipping", "billing")}
        person.addresses = [{"id": each.get("id") or self.shop.new(), **each} for each in wanted["addresses"]]
        for kind, given in defaults.items():
            name = f"default_{kind}"
            marked = [each for each in person.addresses if each.get(name)]
            seat = next((each for each in person.addresses if str(each["id"]) == given), marked[-1] if marked else None)
            for each in person.addresses:
                each.pop(name, None)
            if seat is not None:
                seat[name] = True
        return person


