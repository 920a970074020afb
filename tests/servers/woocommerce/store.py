"""The Store API of a played shop: products as shoppers see them, and baskets that a token opens."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from tests.servers.woocommerce import wire
from tests.servers.woocommerce.rest import Refused, page
from tests.servers.woocommerce.state import CODE, Basket, Shop

_SALT = b"@a-salt-of-tests"
TWO_DAYS_SECONDS = 48 * 3_600


def make_token(session: str, ends_at: float) -> str:
    """A Cart-Token: a JSON Web Token, HS256."""
    parts = [
        _text({"typ": "JWT", "alg": "HS256"}), _text({"user_id": session, "exp": int(ends_at), "iss": "store-api"})]
    signature = hmac.new(_SALT, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _plain(signature)])


def session_in(token: str) -> str:
    """The session that a token opens; "" for one that is not ours, or has ended."""
    try:
        told = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    except (IndexError, ValueError):
        return ""
    is_ours = hmac.compare_digest(make_token(told["user_id"], told["exp"]), token)
    return str(told["user_id"]) if is_ours and told["exp"] > time.time() else ""


def _text(said: Mapping[str, Any]) -> str:
    return _plain(json.dumps(said).encode())


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Store:
    """Answers for each path."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def list_products(self, path: list[str], query: Mapping[str, str]) -> Any:
        """A listing, or one product or variation. Refused."""
        products, variations = self.shop.products, self.shop.variations
        if path:
            number = int(path[0]) if path[0].isdecimal() else 0
            if number in products:
                return wire.product(products[number])
            if number in variations:
                return wire.variation(variations[number])
            raise Refused(404, "woocommerce_rest_product_invalid_id")
        if query.get("type") == "variation":
            parents = {int(each) for each in query.get("parent", "").split(",") if each} or set(products)
            return page(
                [wire.variation(each) for each in variations.values() if each.product.number in parents], query)
        wanted = {int(each) for each in query.get("include", "").split(",") if each} or set(products)
        slug = query.get("slug")
        return page([
            wire.product(each) for each in products.values()
            if each.number in wanted and slug in (None, each.slug)
        ], query)

    def change(self, path: str, session: str, body: Any) -> None:
        """A basket is changed. Refused."""
        basket = self.shop.baskets.setdefault(session, Basket())
        match path:
            case "add-item":
                self._add(basket, body["id"], body["quantity"])
            case "update-item":
                self._require_stock(self._line(basket, body["key"])[0], body["quantity"])
                self._line(basket, body["key"])[1] = body["quantity"]
            case "remove-item":
                self._line(basket, body["key"])
                del basket.lines[body["key"]]
            case "apply-coupon":
                if body["code"] != CODE or body["code"] in basket.codes:
                    raise Refused(400, "woocommerce_rest_cart_coupon_error")
                basket.codes.append(body["code"])
            case "remove-coupon":
                basket.codes.remove(body["code"])
            case "update-customer":
                basket.email = body["billing_address"]["email"]
            case _:
                raise Refused(404, "rest_no_route")

    def _add(self, basket: Basket, variant: int, quantity: int) -> None:
        if variant not in self.shop.variations:
            raise Refused(400, "woocommerce_rest_cart_invalid_product")
        key = hashlib.md5(str(variant).encode(), usedforsecurity=False).hexdigest()
        held = basket.lines.get(key, [variant, 0])[1]
        self._require_stock(variant, held + quantity)
        basket.lines[key] = [variant, held + quantity]

    def _require_stock(self, variant: int, quantity: int) -> None:
        left = self.shop.stock[variant]
        if left is not None and left <= 0:
            raise Refused(400, "woocommerce_rest_product_out_of_stock")
        if left is not None and left < quantity:
            raise Refused(400, "woocommerce_rest_product_partially_out_of_stock")

    def _line(self, basket: Basket, key: str) -> list[int]:
        if key not in basket.lines:
            raise Refused(409, "woocommerce_rest_cart_invalid_key")
        return basket.lines[key]
