"""The shapes of BigCommerce's answers, told from a played shop. SOURCE.md says where each is documented."""

from datetime import datetime
from email.utils import format_datetime
from typing import Any

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
    Product,
    Shop,
    Variant,
)

URL = "https://shop.example"
LABELS = {  # a shop may call them otherwise: see `custom_status`
    0: "Incomplete", 1: "Pending", 2: "Shipped", 3: "Partially Shipped", 4: "Refunded", 5: "Cancelled", 6: "Declined",
    7: "Awaiting Payment", 8: "Awaiting Pickup", 9: "Awaiting Shipment", 10: "Completed", 11: "Awaiting Fulfillment",
    12: "Manual Verification Required", 13: "Disputed", 14: "Partially Refunded",
}
PLACES = {ORIGIN: "Entrepôt", STORE: "Brest Siam", OTHER_STORE: "Quimper"}


def decimal(minor: int) -> str:
    """Money of V2."""
    return f"{minor / 100:.4f}"


def mail(at: datetime) -> str:
    """A moment of V2."""
    return format_datetime(at)


def iso(at: datetime) -> str:
    """A moment of V3."""
    return at.isoformat(timespec="seconds")


def order(shop: Shop, said: Placed, *, is_whole: bool = True) -> dict[str, Any]:
    """An order of V2, with its consignments where they are asked for."""
    number, shipped = said.number, sum(line[4] for line in said.lines)
    zeros = {f"{kind}_cost_{tax}": "0.0000" for kind in ("shipping", "handling", "wrapping")
             for tax in ("ex_tax", "inc_tax", "tax")}
    items = said.total_minor + said.discount_minor
    told: dict[str, Any] = {
        "id": number, "customer_id": said.customer, "date_created": mail(said.made),
        "date_modified": mail(said.touched), "date_shipped": "", "status_id": said.status,
        "status": LABELS.get(said.status, "?"),
        "custom_status": LABELS.get(said.status, "?"), "subtotal_ex_tax": decimal(items),
        "subtotal_inc_tax": decimal(items), "subtotal_tax": "0.0000", **zeros,
        "total_ex_tax": decimal(said.total_minor), "total_inc_tax": decimal(said.total_minor), "total_tax": "0.0000",
        "is_tax_inclusive_pricing": True, "items_total": sum(line[2] for line in said.lines), "items_shipped": shipped,
        "payment_method": said.gateway, "payment_provider_id": "", "payment_status": said.payment,
        "refunded_amount": "0.0000", "order_is_digital": False, "store_credit_amount": "0.0000",
        "gift_certificate_amount": "0.0000", "currency_id": 1, "currency_code": "EUR",
        "default_currency_code": "EUR", "staff_notes": said.staff_notes, "customer_message": "",
        "discount_amount": "0.0000", "coupon_discount": decimal(said.discount_minor), "shipping_address_count": 1,
        "is_deleted": False, "cart_id": None, "billing_address": {**said.billing, "form_fields": []},
        "channel_id": 1, "customer_locale": "fr", "external_id": None, "tax_provider_id": "BasicTaxProvider",
        "products": _resource(number, "products"), "shipping_addresses": _resource(number, "shippingaddresses"),
        "coupons": _resource(number, "coupons"),
    }
    return {**told, "consignments": _consignments(shop, said)} if is_whole else told


def _resource(number: int, name: str) -> dict[str, str]:
    path = f"/orders/{number}/{name}"
    return {"url": f"https://api.bigcommerce.com/stores/abc/v2{path}", "resource": path}


def _consignments(shop: Shop, said: Placed) -> dict[str, Any]:
    lines = [_line(shop, said, each) for each in said.lines]
    pickups = [{
        "id": 99, "pickup_method_id": 1, "pickup_method_display_name": "Retrait", "collection_instructions": "",
        "collection_time_description": "2 h",
        "location": {"id": said.pickup, "name": PLACES[said.pickup], "code": "BIGC", "city": "Brest",
                     "address_line_1": "1 rue de Siam", "postal_code": "29200", "country_alpha2": "FR"},
        "line_items": lines,
    }] if said.pickup else []
    shipping = [] if said.pickup else [{
        **said.shipping, "id": said.address_id, "form_fields": [], "shipping_method": "Colissimo",
        "line_items": lines, "items_total": 1, "items_shipped": 0, "base_cost": 0, "cost_ex_tax": 0, "cost_inc_tax": 0,
        "cost_tax": 0, "base_handling_cost": 0, "handling_cost_ex_tax": 0, "handling_cost_inc_tax": 0,
        "handling_cost_tax": 0, "shipping_zone_id": 1, "shipping_zone_name": "France",
    }]
    return {"pickups": pickups, "shipping": shipping, "downloads": [], "email": {"gift_certificates": []}}


def _line(shop: Shop, order: Placed, line: list[int]) -> dict[str, Any]:
    number, variant, quantity, price, shipped, refunded = line
    sold, total = shop.variants[variant], decimal(line[2] * price)
    return {
        "id": number, "order_id": order.number, "product_id": sold.product.number, "variant_id": variant,
        "order_address_id": order.address_id, "name": sold.product.name, "sku": f"SKU-{variant}", "type": "physical",
        "base_price": decimal(price), "price_ex_tax": decimal(price), "price_inc_tax": decimal(price),
        "price_tax": "0.0000", "base_total": total, "total_ex_tax": total, "total_inc_tax": total,
        "total_tax": "0.0000", "quantity": quantity, "is_refunded": refunded >= quantity,
        "quantity_refunded": refunded, "refund_amount": "0.0000", "quantity_shipped": shipped,
        "product_options": [_option(number, "Couleur", sold.colour), _option(number, "Taille", sold.size)],
        "parent_order_product_id": None, "is_bundled_product": False, "brand": "Brume & Sel", "applied_discounts": [],
    }


def _option(number: int, name: str, value: str) -> dict[str, Any]:
    return {"id": number, "option_id": 1, "order_product_id": number, "display_name": name, "display_value": value,
            "value": "1", "type": "Multiple choice", "name": name, "display_style": "Pick list"}


def shipping_address(said: Placed) -> dict[str, Any]:
    """Where an order of V2 goes."""
    return {**said.shipping, "id": said.address_id, "order_id": said.number, "items_total": 1, "items_shipped": 0,
            "shipping_method": "Colissimo", "base_cost": "0.0000", "cost_inc_tax": "0.0000", "form_fields": []}


def shipment(order: Placed, said: dict[str, Any]) -> dict[str, Any]:
    """A parcel of V2."""
    return {
        "id": said["id"], "order_id": order.number, "customer_id": order.customer, "order_address_id": order.address_id,
        "date_created": mail(said["made"]), "tracking_number": "6A12345678901", "merchant_shipping_cost": "0.0000",
        "shipping_method": "Colissimo", "comments": "", "shipping_provider": "", "tracking_carrier": "colissimo",
        "tracking_link": "", "billing_address": order.billing, "shipping_address": order.shipping,
        "items": said["items"], "shipping_provider_display_name": "Colissimo",
        "generated_tracking_link": "https://track.example/6A12345678901",
    }


def refund(order: Placed, said: dict[str, Any]) -> dict[str, Any]:
    """A refund of V3."""
    amount = said["amount_minor"] / 100
    return {
        "id": said["id"], "order_id": order.number, "user_id": 0, "created": iso(said["made"]), "reason": "",
        "total_amount": amount, "total_tax": 0, "uses_merchant_override_values": False,
        "items": [{"item_type": each["item_type"], "item_id": each["item_id"], "quantity": each.get("quantity"),
                   "requested_amount": None, "reason": each.get("reason", "")} for each in said["items"]],
        "payments": [{"id": said["id"], "provider_id": order.gateway.lower(), "amount": amount, "offline": False,
                      "is_declined": said["is_declined"], "declined_message": ""}],
    }


def quote(shop: Shop, order: Placed) -> dict[str, Any]:
    """What may be refunded, and how: credit in the shop is offered beside the way that it was paid."""
    amount, is_online = shop.left_of(order) / 100, order.gateway in shop.refunding
    return {
        "order_id": order.number, "total_refund_amount": amount, "total_refund_tax_amount": 0, "rounding": 0,
        "adjustment": 0, "is_tax_included": True, "order_level_refund_amount": 0,
        "refund_methods": [
            [_way("storecredit", amount, is_offline=False)],
            [_way(order.gateway.lower(), amount, is_offline=not is_online)],
        ],
    }


def _way(provider: str, amount: float, *, is_offline: bool) -> dict[str, Any]:
    return {"provider_id": provider, "provider_description": provider, "amount": amount, "offline": is_offline,
            "offline_provider": is_offline, "offline_reason": "Offline provider" if is_offline else ""}


def person(said: Person, *, is_whole: bool) -> dict[str, Any]:
    """A customer of V3, the first ten addresses with them where they are asked for."""
    told = {
        "id": said.number, "email": said.email, "first_name": said.first_name, "last_name": said.last_name,
        "company": "", "phone": said.phone, "notes": "", "tax_exempt_category": "", "customer_group_id": 0,
        "date_created": iso(said.made), "date_modified": iso(said.touched), "registration_ip_address": "",
        "address_count": len(said.addresses), "attribute_count": 0,
        "authentication": {"force_password_reset": False}, "accepts_product_review_abandoned_cart_emails": False,
        "origin_channel_id": 1, "channel_ids": None,
    }
    return {**told, "addresses": [dict(each) for each in said.addresses[:10]]} if is_whole else told


def promotion() -> dict[str, Any]:
    """The shop's one coupon."""
    return {
        "id": 720, "redemption_type": "COUPON", "name": "prevenant: 10 % off", "display_name": "10 % de remise",
        "created_from": "react_ui", "channels": [],
        "customer": {"group_ids": [], "minimum_order_count": 0, "excluded_group_ids": [], "segments": None},
        "rules": [{"action": {"cart_value": {"discount": {"percentage_amount": "10"}}}, "apply_once": True,
                   "stop": False, "condition": {"cart": {"minimum_spend": "0"}}}],
        "current_uses": 0, "max_uses": None, "status": "ENABLED", "start_date": "2026-01-01T00:00:00+00:00",
        "end_date": None, "stop": False, "can_be_used_with_other_promotions": True, "currency_code": "EUR",
        "notifications": [], "coupon_type": "SINGLE",
    }


def code() -> dict[str, Any]:
    """Its code."""
    return {"id": 1, "code": CODE, "max_uses": 0, "max_uses_per_customer": 0, "current_uses": 0,
            "created": "2026-01-01T00:00:00+00:00"}


def product(shop: Shop, said: Product) -> dict[str, Any]:
    """A product of the catalogue."""
    return {
        "id": said.number, "name": said.name, "type": "physical", "sku": "", "description": "<p>Chaud, et doux.</p>",
        "price": said.variants[0].price_minor / 100, "cost_price": 0, "retail_price": 0, "sale_price": 0,
        "calculated_price": said.variants[0].price_minor / 100, "categories": [said.category], "brand_id": 37,
        "inventory_level": sum(shop.level_of(each.number) for each in said.variants), "inventory_warning_level": 0,
        "inventory_tracking": said.tracking, "is_visible": True, "availability": said.availability,
        "is_price_hidden": False, "custom_url": {"url": said.path, "is_customized": False},
        "base_variant_id": None, "date_modified": iso(shop.now()),
        "custom_fields": [{"id": 6, "name": "Matière", "value": "Laine"},
                          {"id": 7, "name": "occasion", "value": "Mariage"}],
        "primary_image": {"id": 1, "url_standard": f"{URL}/{said.number}.jpg", "is_thumbnail": True},
        "variants": [variant(shop, each) for each in said.variants],
    }


def variant(shop: Shop, said: Variant) -> dict[str, Any]:
    """A variant of the catalogue; its own price is null where the product's holds."""
    return {
        "id": said.number, "product_id": said.product.number, "sku": f"SKU-{said.number}", "sku_id": said.number,
        "price": None, "calculated_price": said.price_minor / 100, "sale_price": None, "retail_price": None,
        "purchasing_disabled": False, "purchasing_disabled_message": "", "image_url": "",
        "inventory_level": shop.level_of(said.number), "inventory_warning_level": 0,
        "option_values": [{"id": 1, "label": said.colour, "option_id": 1, "option_display_name": "Couleur"},
                          {"id": 2, "label": said.size, "option_id": 2, "option_display_name": "Taille"}],
    }


def item(shop: Shop, said: Variant, *, is_together: bool = False) -> dict[str, Any]:
    """What each location has of a variant, or of a product that counts for all of its own."""
    counted = said.product.variants if is_together else [said]
    return {
        "identity": {"sku": f"SKU-{said.number}", "variant_id": said.number, "product_id": said.product.number,
                     "sku_id": said.number},
        "locations": [{
            "location_id": place, "location_code": f"BIGC-{place}", "location_name": PLACES[place],
            "available_to_sell": sum(shop.stock[each.number, place] for each in counted),
            "total_inventory_onhand": sum(shop.stock[each.number, place] for each in counted),
            "location_enabled": True,
            "settings": {"safety_stock": 0, "is_in_stock": True, "warning_level": 0, "bin_picking_number": ""},
        } for place in PLACES],
    }


def location(place: int) -> dict[str, Any]:
    """A location of the shop."""
    return {
        "id": place, "code": f"BIGC-{place}", "label": PLACES[place], "description": "",
        "managed_by_external_source": False, "type_id": "PHYSICAL", "enabled": True, "time_zone": "Europe/Paris",
        "address": {"address1": "1 rue de Siam", "address2": "", "city": "Brest", "state": "", "zip": "29200",
                    "email": "magasin@example.com", "phone": "", "country_code": "FR"},
        "storefront_visibility": True, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
    }


def pickup_method(place: int) -> dict[str, Any]:
    """A way to pick up at a location."""
    return {"id": place, "location_id": place, "display_name": "Retrait", "collection_instructions": "",
            "collection_time_description": "2 h"}


def category(number: int) -> dict[str, Any]:
    """A category, the fields that are asked for."""
    return {"id": number, "name": CATEGORIES[number]}


def brand(number: int) -> dict[str, Any]:
    """A brand, the fields that are asked for."""
    return {"id": number, "name": BRANDS[number]}


STORE_FACTS = {
    "id": "abc", "domain": "shop.example", "secure_url": URL, "name": "Brume & Sel", "language": "fr",
    "currency": "EUR", "timezone": {"name": "Europe/Paris"}, "status": "live",
}


def basket(shop: Shop, said: Basket) -> dict[str, Any]:
    """A cart of V3 with all that may be included."""
    items, discount = shop.items_of(said), shop.discount_of(said)
    link = f"{URL}/cart.php?action=loadInCheckout&id={said.id}&token={said.version}"
    return {
        "id": said.id, "customer_id": said.customer, "channel_id": 1, "email": "", "currency": {"code": "EUR"},
        "tax_included": True, "base_amount": items / 100, "discount_amount": 0, "cart_amount": (items - discount) / 100,
        "coupons": [{"id": 1, "code": code, "coupon_type": "promotion", "discounted_amount": discount / 100}
                    for code in said.codes],
        "discounts": [], "created_time": iso(shop.now()), "updated_time": iso(shop.now()), "locale": "fr",
        "version": said.version,
        "line_items": {"physical_items": [_item(shop, number, *line) for number, line in said.lines.items()],
                       "digital_items": [], "gift_certificates": [], "custom_items": []},
        "redirect_urls": {"cart_url": link, "checkout_url": link, "embedded_checkout_url": link},
    }


def _item(shop: Shop, number: str, variant: int, quantity: int) -> dict[str, Any]:
    sold = shop.variants[variant]
    price, total = sold.price_minor / 100, sold.price_minor * quantity / 100
    return {
        "id": number, "parent_id": None, "variant_id": variant, "product_id": sold.product.number,
        "sku": f"SKU-{variant}", "name": sold.product.name, "url": f"{URL}{sold.product.path}", "quantity": quantity,
        "taxable": True, "image_url": f"{URL}/{sold.product.number}.jpg", "discounts": [], "coupons": [],
        "discount_amount": 0, "coupon_amount": 0, "original_price": price, "list_price": price, "sale_price": price,
        "extended_list_price": total, "extended_sale_price": total, "is_require_shipping": True, "is_mutable": True,
        "options": [{"name": "Couleur", "nameId": 1, "value": sold.colour, "valueId": 1},
                    {"name": "Taille", "nameId": 2, "value": sold.size, "valueId": 2}],
    }
