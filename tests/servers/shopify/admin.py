"""A played shop in the shapes of Shopify's Admin API: what a field is told by, for graphql-core to serve.

A field that is missing here, or is none where the schema wants one, is an error of the query, as it would be there.
"""

from collections.abc import Callable, Iterable
from typing import Any

from tests.servers.shopify.state import OTHER_STORE, STORE, WAREHOUSE, Person, Placed, Shop
from tests.servers.shopify.wire import (
    bag,
    connection,
    gid,
    mailing_address,
    matches,
    number_of,
    options_of,
    refused,
)


class AdminRoot:
    """QueryRoot and Mutation of the Admin API."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    # the app
    def currentAppInstallation(self, _info: Any) -> Any:
        return {"accessScopes": [{"handle": each, "description": each} for each in self.shop.scopes]}

    def webhookSubscriptions(self, info: Any, topics: list[str], **page: Any) -> Any:
        found = [{"topic": topic, "uri": uri} for topic, uri in self.shop.subscriptions if topic in topics]
        return connection(found)(info, **page)

    # customers
    def customer(self, _info: Any, id: str) -> Any:
        return self._customer(self.shop.people.get(number_of(id)))

    def customerByIdentifier(self, _info: Any, identifier: dict[str, str]) -> Any:
        wanted = (identifier.get("emailAddress"), identifier.get("phoneNumber"))
        found = [each for each in self.shop.people.values() if each.email == wanted[0] or each.phone == wanted[1]]
        return self._customer(found[0]) if found else None

    def customers(self, info: Any, query: str = "", **page: Any) -> Any:
        found = [each for each in self.shop.people.values() if matches(query, {
            "first_name": each.first_name, "last_name": each.last_name, "updated_at": each.touched})]
        return connection([self._customer(each) for each in found])(info, **page)

    def customerUpdate(self, _info: Any, input: dict[str, Any]) -> Any:
        person = self.shop.people[number_of(input["id"])]
        if any(each.email == input.get("email") for each in self.shop.people.values() if each is not person):
            return refused("customer", "Email has already been taken", ["email"])
        person.first_name = input.get("firstName", person.first_name)
        person.last_name = input.get("lastName", person.last_name)
        person.email, person.phone = input.get("email", person.email), input.get("phone", person.phone)
        person.touched = self.shop.now()
        return {"customer": self._customer(person), "userErrors": []}

    def customerAddressCreate(self, _info: Any, customerId: str, address: Any, setAsDefault: bool) -> Any:
        return self._put(customerId, self.shop.new(), address, setAsDefault)

    def customerAddressUpdate(
        self, _info: Any, customerId: str, addressId: str, address: Any, setAsDefault: bool
    ) -> Any:
        return self._put(customerId, number_of(addressId), address, setAsDefault)

    def _put(self, owner: str, number: str, address: dict[str, Any], is_default: bool) -> Any:
        person = self.shop.people[number_of(owner)]
        person.addresses[number] = dict(address)
        person.default = number if is_default else person.default
        return {"address": mailing_address(number, address), "userErrors": []}

    def customerUpdateDefaultAddress(self, _info: Any, customerId: str, addressId: str) -> Any:
        person = self.shop.people[number_of(customerId)]
        person.default = number_of(addressId)
        return {"customer": self._customer(person), "userErrors": []}

    def customerAddressDelete(self, _info: Any, customerId: str, addressId: str) -> Any:
        person = self.shop.people[number_of(customerId)]
        if number_of(addressId) == person.default and len(person.addresses) > 1:
            return refused("deletedAddressId", "Cannot delete the default address")
        del person.addresses[number_of(addressId)]
        return {"deletedAddressId": addressId, "userErrors": []}

    def metafieldsSet(self, _info: Any, metafields: list[dict[str, Any]]) -> Any:
        (wanted,) = metafields
        kept = self.shop.people[number_of(wanted["ownerId"])].kept
        if wanted.get("compareDigest") != kept.get(wanted["key"]):
            return {"userErrors": [{"code": "STALE_OBJECT", "field": ["metafields"], "message": "stale"}]}
        kept[wanted["key"]] = wanted["value"]
        return {"userErrors": []}

    def _customer(self, person: Person | None) -> Any:
        if person is None:
            return None
        addresses = [mailing_address(number, each) for number, each in person.addresses.items()]

        def metafield(_info: Any, key: str, namespace: str | None = None) -> Any:
            value = person.kept.get(key)
            return {"value": value, "compareDigest": value} if value else None

        return {
            "__typename": "Customer", "id": gid("Customer", person.number), "firstName": person.first_name,
            "lastName": person.last_name, "locale": "fr", "verifiedEmail": True, "updatedAt": person.touched,
            "defaultEmailAddress": {"emailAddress": person.email},
            "defaultPhoneNumber": {"phoneNumber": person.phone} if person.phone else None, "metafield": metafield,
            "defaultAddress": next((each for each in addresses if number_of(each["id"]) == person.default), None),
            "addressesV2": connection(addresses),
        }

    # stock
    def locations(self, info: Any, sortKey: str, **page: Any) -> Any:
        return connection([self._location(each) for each in (OTHER_STORE, STORE, WAREHOUSE)])(info, **page)

    def _location(self, number: str) -> Any:
        return {
            "id": gid("Location", number), "name": f"Place {number}", "isActive": True,
            "address": {"address1": "1 rue de Siam", "city": "Brest", "zip": "29200", "countryCode": "FR"},
            "localPickupSettingsV2": None if number == WAREHOUSE else {
                "pickupTime": "TWO_HOURS", "instructions": "Au comptoir"},
        }

    def nodes(self, _info: Any, ids: list[str]) -> Any:
        kinds: dict[str, Callable[[str], Any]] = {
            "ProductVariant": self._variant, "Order": lambda number: self._order(self.shop.orders.get(number)),
        }
        return [kinds[each.split("/")[-2]](number_of(each)) for each in ids]

    def _variant(self, number: str) -> Any:
        if number not in self.shop.variants:
            return None
        there = {place: self.shop.stock[number, place] for place in (WAREHOUSE, STORE, OTHER_STORE)}
        levels = [
            {"location": {"id": gid("Location", place)}, "quantities": [{"name": "available", "quantity": quantity}]}
            for place, quantity in there.items()
        ]
        return {
            "__typename": "ProductVariant", "id": gid("ProductVariant", number), "inventoryPolicy": "DENY",
            "availableForSale": there[WAREHOUSE] > 0, "sellableOnlineQuantity": there[WAREHOUSE],
            "inventoryItem": {"tracked": True, "inventoryLevels": connection(levels)},
        }

    # orders
    def order(self, _info: Any, id: str) -> Any:
        return self._order(self.shop.orders.get(number_of(id)))

    def orders(self, info: Any, query: str = "", sortKey: str = "PROCESSED_AT", **page: Any) -> Any:
        found = [each for each in self.shop.orders.values() if matches(query, {
            "name": each.name, "customer_id": each.customer, "created_at": each.made, "updated_at": each.touched,
            "confirmation_number": f"CONF{each.number}"})]
        moment = "touched" if sortKey == "UPDATED_AT" else "made"
        by_moment = sorted(found, key=lambda each: (getattr(each, moment), int(each.number)))
        return connection([self._order(each) for each in by_moment])(info, **page)

    def orderUpdate(self, _info: Any, input: dict[str, Any]) -> Any:
        order = self.shop.orders[number_of(input["id"])]
        order.address, order.touched = dict(input["shippingAddress"]), self.shop.now()
        return {"order": self._order(order), "userErrors": []}

    def orderCancel(self, _info: Any, orderId: str, staffNote: str, restock: bool, **_other: Any) -> Any:
        if not self.shop.cancel(number_of(orderId), staffNote):
            wrong = {"code": "INVALID", "field": ["orderId"], "message": "Cannot cancel this order"}
            return {"job": None, "orderCancelUserErrors": [wrong]}
        return {"job": {"id": gid("Job", "1"), "done": False}, "orderCancelUserErrors": []}

    def returnRequest(self, _info: Any, input: dict[str, Any]) -> Any:
        order = self.shop.orders[number_of(input["orderId"])]
        told = {"id": self.shop.new(), "at": self.shop.now(), "pieces": input["returnLineItems"], "status": "REQUESTED"}
        order.returns.append(told)
        return {"return": {"id": gid("Return", told["id"]), "status": "REQUESTED"}, "userErrors": []}

    def _order(self, order: Placed | None) -> Any:
        if order is None:
            return None
        paid, is_cancelled = order.total_minor, bool(order.cancelled)
        lines = [self._line(order, *each) for each in order.lines]
        items = sum(quantity * price for _, _, quantity, price in order.lines)
        payments = [("SALE", paid), *([("REFUND", paid)] if is_cancelled else [])]
        return {
            "__typename": "Order", "id": gid("Order", order.number), "name": order.name,
            "confirmationNumber": f"CONF{order.number}", "processedAt": order.made, "createdAt": order.made,
            "updatedAt": order.touched, "cancelledAt": order.cancelled or None,
            "cancelReason": "CUSTOMER" if is_cancelled else None,
            "cancellation": {"staffNote": order.staff_note} if is_cancelled else None, "email": order.email,
            "phone": None, "discountCodes": [], "statusPageUrl": f"https://played.example/orders/{order.number}",
            "displayFinancialStatus": "REFUNDED" if is_cancelled else "PAID",
            "displayFulfillmentStatus": "FULFILLED" if order.parcels else "UNFULFILLED",
            "presentmentCurrencyCode": "EUR",
            "customer": {"id": gid("Customer", order.customer)} if order.customer else None,
            "totalPriceSet": bag(paid), "totalShippingPriceSet": bag(0), "totalTaxSet": bag(round(paid / 6)),
            "totalDiscountsSet": bag(items - paid), "totalRefundedSet": bag(paid if is_cancelled else 0),
            "shippingAddress": mailing_address("1", order.address), "lineItems": connection(lines),
            "fulfillments": lambda _info, first: [self._parcel(order, each, lines) for each in order.parcels[:first]],
            "fulfillmentOrders": connection([{
                "deliveryMethod": {"methodType": "SHIPPING"},
                "assignedLocation": {"location": {"id": gid("Location", WAREHOUSE)}}}]),
            "transactions": lambda _info, first: [
                {"kind": kind, "status": "SUCCESS", "gateway": "card", "amountSet": bag(amount)}
                for kind, amount in payments],
            "returns": connection([self._return(each, lines) for each in order.returns]),
        }

    def _line(self, order: Placed, number: str, variant: str, quantity: int, price: int) -> Any:
        told = self.shop.variants[variant]
        return {
            "id": gid("LineItem", number), "title": told.product.names[0], "quantity": quantity,
            "currentQuantity": 0 if order.cancelled else quantity, "sku": f"SKU{variant}",
            "originalUnitPriceSet": bag(price), "originalTotalSet": bag(price * quantity), "image": None,
            "product": {"id": gid("Product", told.product.number)},
            "variant": {"id": gid("ProductVariant", variant), "selectedOptions": options_of(told, 0)},
        }

    def _parcel(self, _order: Placed, parcel: dict[str, Any], lines: Iterable[Any]) -> Any:
        pieces = [
            {"id": gid("FulfillmentLineItem", number_of(each["id"])), "quantity": each["quantity"], "lineItem": each}
            for each in lines
        ]
        moved = {"happenedAt": parcel["touched"], "status": parcel["shown"], "message": None, "city": "Rennes"}
        return {
            "id": gid("Fulfillment", parcel["id"]), "status": "SUCCESS", "displayStatus": parcel["shown"],
            "createdAt": parcel["created"], "updatedAt": parcel["touched"], "inTransitAt": parcel["created"],
            "deliveredAt": parcel["touched"] if parcel["shown"] == "DELIVERED" else None,
            "trackingInfo": lambda _info, first: [
                {"company": "Colissimo", "number": "6A12345678901", "url": "https://laposte.example/6A12345678901"}],
            "fulfillmentLineItems": connection(pieces), "events": connection([moved]),
        }

    def _return(self, told: dict[str, Any], lines: Iterable[Any]) -> Any:
        by_number = {number_of(each["id"]): each for each in lines}
        pieces = [{
            "__typename": "ReturnLineItem", "quantity": each["quantity"], "processedQuantity": 0,
            "customerNote": each["customerNote"], "returnReasonNote": "",
            "fulfillmentLineItem": {"lineItem": by_number[number_of(each["fulfillmentLineItemId"])]},
        } for each in told["pieces"]]
        return {"id": gid("Return", told["id"]), "status": told["status"], "createdAt": told["at"],
                "returnLineItems": connection(pieces)}

    # offers
    def discountNodes(self, info: Any, query: str, **page: Any) -> Any:
        assert query == "method:code AND status:active AND context:all AND tag:prevenant"
        told = {
            "__typename": "DiscountCodeBasic", "title": "Merci", "startsAt": "2026-01-01T00:00:00Z", "endsAt": None,
            "tags": ["prevenant"], "codes": connection([{"code": self.shop.CODE}]), "minimumRequirement": None,
            "customerGets": {"value": {"__typename": "DiscountPercentage", "percentage": 0.1}},
        }
        return connection([{"discount": told}])(info, **page)
