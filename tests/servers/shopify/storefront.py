"""A played shop in the shapes of Shopify's Storefront API; see `admin.py`."""

from collections.abc import Sequence
from typing import Any

from tests.servers.shopify.state import WAREHOUSE, Basket, Product, Shop, Variant
from tests.servers.shopify.wire import connection, gid, language_of, money, number_of, options_of


class StorefrontRoot:
    """QueryRoot and Mutation of the Storefront API."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    localization: Any = {  # noqa: RUF012  # read alone
        "language": {"isoCode": "FR"}, "availableLanguages": [{"isoCode": "FR"}, {"isoCode": "EN"}],
        "country": {"currency": {"isoCode": "EUR"}},
    }

    # products
    def products(self, info: Any, first: int, after: str | None = None, **_other: Any) -> Any:
        return connection([self._product(each) for each in self.shop.products])(info, first=first, after=after)

    def product(self, _info: Any, id: str = "", handle: str = "") -> Any:
        found = [each for each in self.shop.products if each.handle == handle or each.number == number_of(id)]
        return self._product(found[0]) if found else None

    def nodes(self, _info: Any, ids: list[str]) -> Any:
        products = {gid("Product", each.number): self._product(each) for each in self.shop.products}
        variants = {gid("ProductVariant", each.number): self._variant(each) for each in self.shop.variants.values()}
        return [products.get(each) or variants.get(each) for each in ids]

    def node(self, _info: Any, id: str) -> Any:
        variant = self.shop.variants.get(number_of(id))
        return self._variant(variant) if variant else None

    def _product(self, product: Product) -> Any:
        return {
            "__typename": "Product", "id": gid("Product", product.number), "handle": product.handle,
            "title": lambda info: product.names[language_of(info)], "description": "",
            "productType": lambda info: product.kind[language_of(info)], "vendor": "Armor Lux",
            "tags": ["material:wool", "été"], "onlineStoreUrl": None, "featuredImage": None,
            "updatedAt": "2026-01-01T00:00:00Z",
            "variants": connection([self._variant(each) for each in product.variants]),
        }

    def _variant(self, variant: Variant) -> Any:
        return {
            "__typename": "ProductVariant", "id": gid("ProductVariant", variant.number), "sku": f"SKU{variant.number}",
            "title": lambda info: f"{variant.colour[language_of(info)]} / {variant.size}", "image": None,
            "selectedOptions": lambda info: options_of(variant, language_of(info)),
            "availableForSale": self.shop.stock[variant.number, WAREHOUSE] > 0,
            "price": money(variant.price_minor), "compareAtPrice": None,
            "product": lambda _info: self._product(variant.product),
        }

    # baskets
    def cart(self, _info: Any, id: str) -> Any:
        basket = self.shop.baskets.get(number_of(id))
        return self._cart(basket) if basket and not basket.is_ordered else None

    def cartCreate(self, _info: Any, input: dict[str, Any]) -> Any:
        token = f"hWN{self.shop.new()}abc"
        self.shop.baskets[token] = Basket(token, (input.get("buyerIdentity") or {}).get("email", ""))
        return self._told(token)

    def cartLinesAdd(self, _info: Any, cartId: str, lines: list[dict[str, Any]]) -> Any:
        (wanted,), token = lines, number_of(cartId)
        variant = number_of(wanted["merchandiseId"])
        if variant not in self.shop.variants:
            wrong = {"code": "INVALID_MERCHANDISE_LINE", "field": ["lines"], "message": "does not exist"}
            return {"cart": None, "userErrors": [wrong], "warnings": []}
        there = max(self.shop.stock[variant, WAREHOUSE], 0)
        self.shop.baskets[token].lines[gid("CartLine", self.shop.new())] = [variant, min(wanted["quantity"], there)]
        return self._told(token, self._shortage(wanted["quantity"], there))

    def cartLinesUpdate(self, _info: Any, cartId: str, lines: list[dict[str, Any]]) -> Any:
        (wanted,), token = lines, number_of(cartId)
        line = self.shop.baskets[token].lines[wanted["id"]]
        there = max(self.shop.stock[line[0], WAREHOUSE], 0)
        line[1] = min(wanted["quantity"], there)
        return self._told(token, self._shortage(wanted["quantity"], there))

    def cartLinesRemove(self, _info: Any, cartId: str, lineIds: list[str]) -> Any:
        for each in lineIds:
            self.shop.baskets[number_of(cartId)].lines.pop(each, None)
        return self._told(number_of(cartId))

    def cartDiscountCodesUpdate(self, _info: Any, cartId: str, discountCodes: list[str]) -> Any:
        self.shop.baskets[number_of(cartId)].codes = discountCodes
        unknown = [each for each in discountCodes if each != self.shop.CODE]
        return self._told(number_of(cartId), [("DISCOUNT_NOT_FOUND", each) for each in unknown])

    def cartAttributesUpdate(self, _info: Any, cartId: str, attributes: list[dict[str, str]]) -> Any:
        self.shop.baskets[number_of(cartId)].notes |= {each["key"]: each["value"] for each in attributes}
        return self._told(number_of(cartId))

    def _shortage(self, wanted: int, there: int) -> list[tuple[str, str]]:
        return [("MERCHANDISE_NOT_ENOUGH_STOCK", "only some were put in")] if wanted > there else []

    def _told(self, token: str, warnings: Sequence[tuple[str, str]] = ()) -> Any:
        return {"cart": self._cart(self.shop.baskets[token]), "userErrors": [], "warnings": [
            {"code": code, "message": message, "target": gid("Cart", token)} for code, message in warnings]}

    def _cart(self, basket: Basket) -> Any:
        items, off = self.shop.items_of(basket), self.shop.discount_of(basket)
        codes = [{"code": each, "applicable": each == self.shop.CODE and items > 0} for each in basket.codes]
        lines = [self._cart_line(basket, *each) for each in basket.lines.items() if each[1][1]]

        def attribute(_info: Any, key: str) -> Any:
            return {"key": key, "value": basket.notes[key]} if key in basket.notes else None

        return {
            "id": gid("Cart", f"{basket.token}?key=k{basket.token}"), "checkoutUrl": f"https://played.example/cart/c/{basket.token}",
            "updatedAt": self.shop.now(),
            "cost": {"subtotalAmount": money(items - off), "totalAmount": money(items - off)},
            "discountCodes": codes, "attribute": attribute, "lines": connection(lines),
        }

    def _cart_line(self, basket: Basket, line_id: str, held: list[Any]) -> Any:
        variant, quantity = self.shop.variants[held[0]], held[1]
        total = variant.price_minor * quantity
        off = total // 10 if self.shop.CODE in basket.codes else 0
        return {
            "__typename": "CartLine", "id": line_id, "quantity": quantity, "merchandise": self._variant(variant),
            "cost": {"amountPerQuantity": money(variant.price_minor), "subtotalAmount": money(total),
                     "totalAmount": money(total - off)},
            "discountAllocations": [{"__typename": "CartCodeDiscountAllocation", "discountedAmount": money(off)}]
            if off else [],
        }
