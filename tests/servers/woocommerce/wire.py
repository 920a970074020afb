"""The shapes of WooCommerce's answers, told from a played shop. SOURCE.md says where each is documented."""

from decimal import Decimal
from typing import Any

from tests.servers.woocommerce.state import COLOURS, SIZES, Basket, Person, Placed, Product, Shop, Variation

URL = "https://shop.example"
_CURRENCY = {
    "currency_code": "EUR", "currency_symbol": "€", "currency_minor_unit": 2, "currency_decimal_separator": ",",
    "currency_thousand_separator": " ", "currency_prefix": "", "currency_suffix": " €",
}


def decimal(minor: int) -> str:
    """Money of REST v3."""
    return str(Decimal(minor).scaleb(-2))


def order(shop: Shop, said: Placed) -> dict[str, Any]:
    """An order of REST v3."""
    number, address = said.number, dict.fromkeys(("first_name", "company", "address_1", "country"), "")
    return {
        "id": number, "parent_id": 0, "number": said.shown_number or str(number), "order_key": f"wc_order_{number}",
        "created_via": "checkout", "version": "10.3.0", "status": said.status, "currency": "EUR",
        "date_created": said.made, "date_created_gmt": said.made, "date_modified": said.touched,
        "date_modified_gmt": said.touched, "discount_total": decimal(said.discount_minor), "discount_tax": "0.00",
        "shipping_total": "0.00", "shipping_tax": "0.00", "cart_tax": "0.00", "total": decimal(said.total_minor),
        "total_tax": "0.00", "prices_include_tax": True, "customer_id": said.customer, "customer_note": "",
        "billing": {**address, **said.billing}, "shipping": {**address, **said.shipping},
        "payment_method": said.gateway, "payment_method_title": "Carte", "transaction_id": "ch_1",
        "date_paid": said.paid, "date_paid_gmt": said.paid, "date_completed": said.completed,
        "date_completed_gmt": said.completed, "cart_hash": "", "meta_data": [dict(each) for each in said.notes],
        "line_items": [_line(shop, *each) for each in said.lines], "tax_lines": [],
        "shipping_lines": [{"id": number, "method_title": "Flat rate", "method_id": "flat_rate", "total": "0.00",
                            "total_tax": "0.00", "taxes": [], "meta_data": []}],
        "fee_lines": [], "coupon_lines": [],
        "refunds": [{"id": each["id"], "reason": each["reason"], "total": f"-{decimal(each['amount_minor'])}"}
                    for each in said.refunds],
    }


def _line(shop: Shop, number: int, variant: int, quantity: int, price_minor: int) -> dict[str, Any]:
    sold = shop.variations[variant]
    total = decimal(quantity * price_minor)
    noted = [("pa_couleur", "Couleur", sold.colour), ("pa_taille", "Taille", sold.size)]
    return {
        "id": number, "name": f"{sold.product.name} - {sold.colour[1]}, {sold.size[1]}",
        "product_id": sold.product.number, "variation_id": variant, "quantity": quantity,
        "tax_class": "", "subtotal": total, "subtotal_tax": "0.00",
        "total": total, "total_tax": "0.00", "taxes": [], "sku": f"SKU-{variant}", "price": price_minor / 100,
        "image": {"id": "1", "src": f"{URL}/{variant}.jpg"}, "parent_name": sold.product.name,
        "meta_data": [{"id": number, "key": key, "value": slug, "display_key": name, "display_value": value}
                      for key, name, (slug, value) in noted],
    }


def refund(said: dict[str, Any]) -> dict[str, Any]:
    """A refund of an order."""
    return {
        "id": said["id"], "date_created": said["made"], "date_created_gmt": said["made"],
        "amount": decimal(said["amount_minor"]), "reason": said["reason"], "refunded_by": 1, "refunded_payment": True,
        "meta_data": [], "line_items": [], "shipping_lines": [], "tax_lines": [], "fee_lines": [],
    }


def person(said: Person) -> dict[str, Any]:
    """A customer of REST v3."""
    return {
        "id": said.number, "date_created": said.made, "date_created_gmt": said.made, "date_modified": said.touched,
        "date_modified_gmt": said.touched, "email": said.email, "first_name": said.first_name,
        "last_name": said.last_name, "role": "customer", "username": said.email.partition("@")[0],
        "billing": dict(said.billing), "shipping": dict(said.shipping), "is_paying_customer": True, "avatar_url": "",
        "meta_data": [dict(each) for each in said.notes],
    }


def coupon(code: str) -> dict[str, Any]:
    """A coupon of REST v3."""
    return {
        "id": 720, "code": code, "amount": "10.00", "date_created_gmt": "2026-01-01T00:00:00",
        "date_modified_gmt": "2026-01-01T00:00:00", "discount_type": "percent",
        "description": "prevenant: 10 % de remise", "date_expires": None, "date_expires_gmt": None, "usage_count": 0,
        "individual_use": False, "product_ids": [], "excluded_product_ids": [], "usage_limit": None,
        "usage_limit_per_user": None, "limit_usage_to_x_items": None, "free_shipping": False, "product_categories": [],
        "excluded_product_categories": [], "exclude_sale_items": False, "minimum_amount": "0.00",
        "maximum_amount": "0.00", "email_restrictions": [], "used_by": [], "meta_data": [],
    }


def stock(shop: Shop, said: Variation) -> dict[str, Any]:
    """A variation of REST v3, as far as its stock goes."""
    left = shop.stock[said.number]
    return {
        "id": said.number, "status": "publish", "purchasable": True, "sku": f"SKU-{said.number}",
        "price": decimal(said.price_minor), "manage_stock": left is not None, "stock_quantity": left,
        "stock_status": "instock" if left is None or left > 0 else "outofstock", "backorders": "no",
        "backorders_allowed": False, "backordered": False,
    }


def product(said: Product) -> dict[str, Any]:
    """A product of the Store API."""
    attributes = (("Couleur", "pa_couleur", COLOURS), ("Taille", "pa_taille", SIZES))
    told = [
        {"id": position, "name": name, "taxonomy": taxonomy, "has_variations": True,
         "terms": [{"id": at, "name": term, "slug": slug} for at, (slug, term) in enumerate(terms)]}
        for position, (name, taxonomy, terms) in enumerate(attributes, 1)
    ]
    told.append({"id": 3, "name": "Matière", "taxonomy": "pa_matiere", "has_variations": False,
                 "terms": [{"id": 9, "name": "Laine", "slug": "laine"}]})
    return {
        **_shown(said.number, said.name, said.slug, said.variations[0].price_minor), "type": "variable", "parent": 0,
        "description": "<p>Chaud, et doux.</p>", "categories": [{"id": 1, "name": said.category, "slug": "c"}],
        "tags": [{"id": 5, "name": "occasion:mariage", "slug": "occasion-mariage"}],
        "brands": [{"id": 7, "name": "Brume &amp; Sel", "slug": "brume-sel"}], "attributes": told,
        "variations": [
            {"id": each.number, "attributes": [{"name": "Couleur", "value": each.colour[0]},
                                               {"name": "Taille", "value": each.size[0]}]}
            for each in said.variations
        ],
    }


def variation(said: Variation) -> dict[str, Any]:
    """A variation of the Store API."""
    return {
        **_shown(said.number, said.product.name, said.product.slug, said.price_minor), "type": "variation",
        "parent": said.product.number, "description": "", "categories": [], "tags": [], "brands": [],
        "attributes": [], "variations": [], "variation": f"Couleur: {said.colour[1]}, Taille: {said.size[1]}",
    }


def _shown(number: int, name: str, slug: str, price_minor: int) -> dict[str, Any]:
    return {
        "id": number, "name": name, "slug": slug, "permalink": f"{URL}/product/{slug}/", "sku": f"SKU-{number}",
        "short_description": "", "on_sale": False, "images": [{"id": 1, "src": f"{URL}/{number}.jpg"}],
        "is_purchasable": True, "is_in_stock": True,
        "prices": {"price": str(price_minor), "regular_price": str(price_minor), "sale_price": str(price_minor),
                   "price_range": None, **_CURRENCY},
    }


def basket(shop: Shop, said: Basket) -> dict[str, Any]:
    """The answer of every call about a basket."""
    items, discount = shop.items_of(said), shop.discount_of(said)
    return {
        "items": [_item(shop, key, *line) for key, line in said.lines.items()],
        "coupons": [{"code": code, "discount_type": "percent", "totals": {
            "total_discount": str(discount), "total_discount_tax": "0", **_CURRENCY}} for code in said.codes],
        "fees": [], "shipping_address": {}, "billing_address": {"email": said.email}, "needs_payment": bool(items),
        "needs_shipping": True, "has_calculated_shipping": False, "shipping_rates": [], "errors": [],
        "items_count": sum(quantity for _, quantity in said.lines.values()), "cross_sells": [], "extensions": {},
        "totals": {
            "total_items": str(items), "total_items_tax": "0", "total_fees": "0", "total_fees_tax": "0",
            "total_discount": str(discount), "total_discount_tax": "0", "total_shipping": None,
            "total_shipping_tax": None, "total_price": str(items - discount), "total_tax": "0", "tax_lines": [],
            **_CURRENCY,
        },
    }


def _item(shop: Shop, key: str, variant: int, quantity: int) -> dict[str, Any]:
    sold = shop.variations[variant]
    shown = _shown(variant, sold.product.name, sold.product.slug, sold.price_minor)
    return {
        **{name: shown[name] for name in ("id", "name", "sku", "permalink", "images", "prices")}, "key": key,
        "quantity": quantity, "quantity_limits": {"minimum": 1, "maximum": 9999, "multiple_of": 1, "editable": True},
        "variation": [{"raw_attribute": "attribute_pa_couleur", "attribute": "Couleur", "value": sold.colour[1]},
                      {"raw_attribute": "attribute_pa_taille", "attribute": "Taille", "value": sold.size[1]}],
        "totals": {"line_subtotal": str(sold.price_minor * quantity), "line_subtotal_tax": "0",
                   "line_total": str(sold.price_minor * quantity), "line_total_tax": "0", **_CURRENCY},
    }
