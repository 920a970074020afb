"""A small shop in memory that speaks the commerce protocol: catalogue, stock, baskets and orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.commerce.types import (
    Availability,
    Cart,
    CartLine,
    CartRef,
    CustomerRef,
    LocationRef,
    LocationStock,
    Order,
    OrderLine,
    OrderRef,
    Page,
    Product,
    ProductRef,
    Totals,
    Variant,
    VariantRef,
)
from bot.errors import Conflict, InsufficientStock, NotFound

PARIS, LYON = LocationRef("paris"), LocationRef("lyon")


def make_product(
    ref: str, product_type: str, *, colours: Sequence[str] = ("navy",), sizes: Sequence[str] = ("S", "M", "L"),
    price_minor: int = 5_000, brand: str = "Alba", is_replenishable: bool = False, **attributes: Any,
) -> Product:
    """A product with a variant for every colour and size."""
    name = attributes.pop("name", f"{product_type} {ref}")
    variants = tuple(
        Variant(
            ref=VariantRef(f"{ref}-{colour}-{size}"), product_ref=ProductRef(ref), sku=f"{ref}-{colour}-{size}",
            title=name, options={"colour": colour, "size": size}, price_minor=price_minor, currency="EUR",
        )
        for colour in colours for size in sizes
    )
    return Product(
        ref=ProductRef(ref), slug=ref, names={"en": name, "fr": attributes.pop("nom", name)},
        descriptions={"en": "", "fr": ""}, product_type=product_type, brand=brand, variants=variants,
        attributes=attributes, is_replenishable=is_replenishable, url=f"/p/{ref}", image_url=f"/art/{ref}.svg",
    )


@dataclass
class FakeShop:
    """The engine's methods that selling needs. `stock` holds pieces per variant; a variant not in it has `default`."""

    products: list[Product]
    now: datetime
    default: int = 5
    stock: dict[str, int] = field(default_factory=dict)
    orders: dict[str, list[Order]] = field(default_factory=dict)
    carts: dict[str, Cart] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def capabilities(self) -> frozenset[str]:
        return frozenset({"server_cart", "pickup", "per_location_stock"})

    def search_products(
        self, query: str = "", *, filters: Mapping[str, Any] | None = None, limit: int = 24, cursor: str = "",
        language: str = "en",
    ) -> Page[Product]:
        self.calls.append("search_products")
        found = [p for p in self.products if self._matches(p, query, filters or {})]
        start = int(cursor or 0)
        after = str(start + limit) if start + limit < len(found) else ""
        return Page(tuple(found[start:start + limit]), after)

    def _matches(self, product: Product, query: str, filters: Mapping[str, Any]) -> bool:
        wanted = {key: value for key, value in filters.items() if value}
        name = " ".join(product.names.values()).lower()
        return (
            all(word in name for word in query.lower().split())
            and wanted.get("product_type", product.product_type) == product.product_type
            and wanted.get("brand", product.brand) == product.brand
            and any(
                wanted.get("colour", v.options["colour"]) == v.options["colour"]
                and wanted.get("size", v.options["size"]) == v.options["size"]
                and v.price_minor <= wanted.get("price_max_minor", v.price_minor)
                and (not wanted.get("in_stock") or self.pieces(v.ref))
                for v in product.variants
            )
        )

    def get_product(self, ref: ProductRef) -> Product:
        for product in self.products:
            if product.ref == ref:
                return product
        raise NotFound(ref)

    def get_products(self, refs: Sequence[ProductRef]) -> list[Product]:
        return [product for product in self.products if product.ref in refs]

    def get_variant_product(self, ref: VariantRef) -> Product:
        for product in self.products:
            if any(variant.ref == ref for variant in product.variants):
                return product
        raise NotFound(ref)

    def pieces(self, ref: str) -> int:
        return self.stock.get(ref, self.default)

    def get_availability(self, refs: Sequence[VariantRef]) -> list[Availability]:
        self.calls.append("get_availability")
        return [self._availability(ref) for ref in refs]

    def _availability(self, ref: VariantRef) -> Availability:
        pieces = self.pieces(ref)
        state = "in_stock" if pieces > 2 else "low" if pieces else "out_of_stock"
        places = (
            LocationStock(
                PARIS, "Paris Marais", "1 rue des Rosiers", pieces // 2, has_pickup=True, ready_in_text="2 h"
            ),
            LocationStock(LYON, "Lyon Bellecour", "2 place Bellecour", 0, has_pickup=True),
        )
        return Availability(ref, state, pieces, pieces > 0, self.now, places)  # type: ignore[arg-type]  # a literal

    def vocabulary(self) -> dict[str, dict[str, list[str]]]:
        return {
            "product_type": {p.product_type: [p.product_type] for p in self.products},
            "colour": {"navy": ["navy", "bleu marine", "marine"], "black": ["black", "noir"], "red": ["red", "rouge"]},
            "size": {size: [size] for size in ("S", "M", "L", "38", "39")},
            "brand": {p.brand: [p.brand] for p in self.products},
        }

    def open_cart(self, customer_ref: CustomerRef | None, *, idempotency_key: str) -> Cart:
        ref = CartRef(f"cart-{customer_ref or idempotency_key}")
        return self.carts.setdefault(
            ref, Cart(ref, customer_ref, (), Totals(), "EUR", 1, checkout_url="http://shop/checkout")
        )

    def get_cart(self, ref: CartRef) -> Cart:
        if ref not in self.carts:
            raise NotFound(ref)
        return self.carts[ref]

    def set_line(
        self, ref: CartRef, variant_ref: VariantRef, quantity: int, *, expected_version: int | None = None
    ) -> Cart:
        self.calls.append(f"set_line {variant_ref} {quantity}")
        cart = self.get_cart(ref)
        if expected_version not in (None, cart.version):
            raise Conflict("stale")
        if quantity > self.pieces(variant_ref):
            raise InsufficientStock(self.pieces(variant_ref))
        product = self.get_variant_product(variant_ref)
        variant = next(v for v in product.variants if v.ref == variant_ref)
        line = CartLine(
            variant_ref, variant_ref, product.ref, product.names["en"], variant.options, quantity, variant.price_minor,
            quantity * variant.price_minor,
        )
        known = [each.variant_ref for each in cart.lines]
        lines = [line if each.variant_ref == variant_ref else each for each in cart.lines]
        lines = [each for each in ([*lines, line] if variant_ref not in known else lines) if each.quantity]
        total = sum(each.total_minor for each in lines)
        self.carts[ref] = replace(
            cart, lines=tuple(lines), totals=Totals(items_minor=total, grand_minor=total), version=cart.version + 1
        )
        return self.carts[ref]

    def list_orders(self, customer_ref: CustomerRef, *, limit: int = 20, cursor: str = "") -> Page[Order]:
        self.calls.append("list_orders")
        return Page(tuple(sorted(self.orders.get(customer_ref, []), key=lambda o: o.placed_at, reverse=True)))

    def sell(
        self, customer_ref: str, variant_ref: str, placed_at: datetime, *, ordered: int = 1, returned: int = 0,
        cancelled: int = 0, status: str = "completed",
    ) -> Order:
        """Put an order of one line into a customer's past."""
        product = self.get_variant_product(VariantRef(variant_ref))
        variant = next(v for v in product.variants if v.ref == variant_ref)
        number = f"{len(self.orders.get(customer_ref, ())) + 1}-{customer_ref}"
        line = OrderLine(
            "1", variant.ref, product.ref, variant.sku, product.names["en"], variant.options, variant.price_minor,
            ordered, returned=returned, cancelled=cancelled,
        )
        order = Order(
            ref=OrderRef(number), number=number, placed_at=placed_at, customer_ref=CustomerRef(customer_ref), email="",
            currency="EUR", totals=Totals(grand_minor=variant.price_minor * ordered), lines=(line,),
            status=status, payment_status="paid", fulfilment_status="delivered", native_status="",  # type: ignore[arg-type]  # a literal
        )
        self.orders.setdefault(customer_ref, []).append(order)
        return order
