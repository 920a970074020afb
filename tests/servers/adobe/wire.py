"""The shapes of Adobe Commerce's answers, told from a played shop. SOURCE.md says where each is documented."""

from typing import Any

from tests.servers.adobe.state import (
    BRAND,
    BRANDS,
    CATEGORIES,
    CODE,
    COLOUR,
    COLOURS,
    LANGUAGES,
    MATERIAL,
    MATERIALS,
    SIZE,
    SIZES,
    STORES,
    Basket,
    Line,
    Person,
    Placed,
    Product,
    Shop,
    Variation,
)

URL = "https://shop.example/"
WEBSITE = "base"
Told = dict[str, Any]


def store_configs() -> list[Told]:
    """The store views, one a language."""
    return [
        {"id": number, "code": code, "website_id": 1, "locale": f"{language}_{'FR' if language == 'fr' else 'GB'}",
         "base_currency_code": "EUR", "default_display_currency_code": "EUR", "timezone": "Europe/Paris",
         "weight_unit": "kgs", "base_url": URL, "base_link_url": URL, "base_static_url": f"{URL}static/",
         "base_media_url": f"{URL}media/", "secure_base_url": URL, "secure_base_link_url": URL,
         "secure_base_static_url": f"{URL}static/", "secure_base_media_url": f"{URL}media/"}
        for number, (code, language) in enumerate(LANGUAGES.items(), 1)
    ]


def attributes(language: str) -> list[Told]:
    """Those of the shop's own, with what their options are called in a store view."""
    own = ((COLOUR, "color", COLOURS), (SIZE, "size", SIZES), (MATERIAL, "material", MATERIALS),
           (BRAND, "manufacturer", BRANDS))
    return [
        {"attribute_id": number, "attribute_code": code, "frontend_input": "select", "is_user_defined": True,
         "default_frontend_label": code.capitalize(),
         "options": [{"label": " ", "value": ""},
                     *({"label": names[language], "value": str(option)} for option, names in options)]}
        for number, code, options in own
    ]


def categories(language: str) -> list[Told]:
    """The tree, flat."""
    root = [{"id": 2, "parent_id": 1, "name": "Default Category", "is_active": True, "position": 1, "level": 1}]
    return root + [
        {"id": number, "parent_id": 2, "name": names[language], "is_active": True, "position": number, "level": 2}
        for number, names in CATEGORIES
    ]


def product(said: Product, language: str) -> Told:
    """A configurable product, as the listing tells it."""
    customs = {
        "url_key": said.url_key, "description": "<p>Chaud, et doux.</p>", "material": str(MATERIALS[0][0]),
        "manufacturer": str(BRANDS[0][0]), "category_ids": [str(said.category)],
    }
    chosen = ((COLOUR, "Color", COLOURS), (SIZE, "Size", SIZES))
    return {
        **_listed(said.number, said.sku, said.names[language], 4, "configurable", customs), "price": 0,
        "extension_attributes": {
            "website_ids": [1], "category_links": [{"position": 0, "category_id": str(said.category)}],
            "configurable_product_options": [
                {"id": said.number + position, "attribute_id": str(number), "label": label, "position": position,
                 "values": [{"value_index": option} for option, _ in options], "product_id": said.number}
                for position, (number, label, options) in enumerate(chosen)
            ],
            "configurable_product_links": [each.number for each in said.variations],
        },
    }


def variation(said: Variation, language: str) -> Told:
    """A simple product that is a choice of another: not shown by itself."""
    customs = {"color": str(said.colour), "size": str(said.size), "url_key": said.sku.lower().replace("/", "-")}
    name = f"{said.product.names[language]}-{said.colour}-{said.size}"
    return {
        **_listed(said.number, said.sku, name, 1, "simple", customs), "price": said.price,
        "extension_attributes": {"website_ids": [1]},
    }


def _listed(number: int, sku: str, name: str, visibility: int, kind: str, customs: Told) -> Told:
    return {
        "id": number, "sku": sku, "name": name, "attribute_set_id": 4, "status": 1, "visibility": visibility,
        "type_id": kind, "created_at": "2026-01-01 00:00:00", "updated_at": "2026-01-01 00:00:00",
        "product_links": [], "options": [], "tier_prices": [],
        "media_gallery_entries": [{"id": number, "media_type": "image", "label": None, "position": 1,
                                   "disabled": False, "types": ["image", "small_image"], "file": f"/{number}.jpg"}],
        "custom_attributes": [{"attribute_code": code, "value": value} for code, value in customs.items()],
    }


def rendered(number: int, price: float, url: str) -> Told:
    """What shoppers see of a product."""
    return {
        "id": number, "name": "", "type": "simple", "url": url, "store_id": 1, "currency_code": "EUR",
        "is_salable": "1", "images": [],
        "price_info": {"final_price": price, "max_price": price, "max_regular_price": price,
                       "minimal_regular_price": price, "special_price": None, "minimal_price": price,
                       "regular_price": price},
    }


def person(said: Person) -> Told:
    """A customer."""
    default = {f"default_{kind}": str(each["id"]) for kind in ("billing", "shipping")
               for each in said.addresses if each.get(f"default_{kind}")}
    return {
        "id": said.number, "group_id": 1, **default, "created_at": said.made, "updated_at": said.touched,
        "created_in": "Français", "email": said.email, "firstname": said.first_name, "lastname": said.last_name,
        "store_id": 1, "website_id": 1, "addresses": [dict(each) for each in said.addresses],
        "disable_auto_group_change": 0, "extension_attributes": {"is_subscribed": False},
    }


def order(shop: Shop, said: Placed) -> Told:
    """An order."""
    items = sum(each.quantity * each.price for each in said.lines)
    told: Told = {
        "base_currency_code": "EUR", "base_grand_total": said.total, "created_at": said.made,
        "customer_email": said.email, "customer_is_guest": int(not said.customer),
        "discount_amount": -said.discount, "entity_id": said.number, "global_currency_code": "EUR",
        "grand_total": said.total, "increment_id": said.shown_number, "is_virtual": 0, "order_currency_code": "EUR",
        "shipping_amount": 0, "shipping_incl_tax": 0, "state": said.state, "status": said.status,
        "store_id": 1, "subtotal": items, "subtotal_incl_tax": items, "tax_amount": 0, "total_due": 0,
        "total_item_count": len(said.lines), "total_qty_ordered": sum(each.quantity for each in said.lines),
        "updated_at": said.touched, "billing_address": dict(said.billing),
        "items": [item for each in said.lines for item in _items(shop, said, each)],
        "payment": {"account_status": None, "additional_information": ["Carte"], "amount_ordered": said.total,
                    "entity_id": said.number, "method": said.method, "parent_id": said.number},
        "status_histories": [
            {"comment": each["comment"], "created_at": each["created_at"], "entity_id": each["entity_id"],
             "entity_name": "order", "is_customer_notified": 0, "is_visible_on_front": 0, "parent_id": said.number,
             "status": said.status} for each in said.comments
        ],
        "extension_attributes": {"shipping_assignments": [{
            "shipping": {"address": dict(said.shipping), "method": said.sent_by}, "items": []}]},
    }
    told |= {"customer_id": said.customer} if said.customer else {}
    told |= {"total_paid": said.paid} if said.paid else {}
    return told | ({"total_refunded": said.refunded} if said.refunded else {})


def _items(shop: Shop, said: Placed, line: Line) -> list[Told]:
    """A line, and the simple product below it."""
    sold = shop.variations[line.sku]
    counts = {
        "qty_ordered": line.quantity, "qty_canceled": line.cancelled, "qty_shipped": line.shipped,
        "qty_refunded": line.refunded, "qty_invoiced": line.quantity if said.paid else 0,
    }
    chosen: Told = {
        **counts, "created_at": said.made, "item_id": line.number, "name": sold.product.names["fr"],
        "order_id": said.number, "price": line.price, "price_incl_tax": line.price,
        "product_id": sold.product.number, "product_type": "configurable", "sku": line.sku, "store_id": 1,
        "row_total": line.price * line.quantity, "row_total_incl_tax": line.price * line.quantity, "is_virtual": 0,
        "product_option": {"extension_attributes": {"configurable_item_options": [
            {"option_id": str(COLOUR), "option_value": sold.colour}, {"option_id": str(SIZE), "option_value": sold.size}
        ]}},
    }
    below = {
        **counts, "created_at": said.made, "item_id": line.below, "name": f"{sold.product.names['fr']}-{sold.colour}",
        "order_id": said.number, "parent_item_id": line.number, "price": 0, "product_id": sold.number,
        "product_type": "simple", "sku": line.sku, "store_id": 1, "row_total": 0, "is_virtual": 0,
        "parent_item": dict(chosen),
    }
    return [chosen, below]


def shipment(said: Placed, parcel: Told) -> Told:
    """What left of an order."""
    return {
        "created_at": parcel["made"], "entity_id": parcel["entity_id"], "increment_id": f"{parcel['entity_id']:09}",
        "order_id": said.number, "store_id": 1, "total_qty": sum(each["qty"] for each in parcel["items"]),
        "updated_at": parcel["made"], "items": [dict(each) for each in parcel["items"]], "comments": [], "packages": [],
        "tracks": [{"order_id": said.number, "created_at": parcel["made"], "entity_id": parcel["track"],
                    "parent_id": parcel["entity_id"], "updated_at": parcel["made"], "weight": None, "qty": None,
                    "description": None, "track_number": parcel["number"], "title": "Colissimo",
                    "carrier_code": "custom"}],
    }


def invoice(said: Placed) -> Told:
    """What was paid of an order."""
    told: Told = {
        "base_currency_code": "EUR", "base_grand_total": said.paid, "created_at": said.made,
        "entity_id": said.number + 1_000_000, "grand_total": said.paid, "increment_id": f"{said.number:09}",
        "order_currency_code": "EUR", "order_id": said.number, "state": 2, "store_id": 1,
        "total_qty": sum(each.quantity for each in said.lines), "updated_at": said.touched,
        "items": [{"entity_id": number, "order_item_id": number, "qty": each.quantity, "sku": each.sku}
                  for each in said.lines for number in (each.number, each.below)],
    }
    return told | ({"base_total_refunded": said.refunded} if said.refunded else {})


def basket(shop: Shop, said: Basket) -> Told:
    """A quote."""
    owner = shop.people.get(said.customer)
    return {
        "id": said.number, "created_at": said.made, "updated_at": said.made, "is_active": said.is_active,
        "is_virtual": False, "items": [_basket_item(shop, said, number) for number in said.lines],
        "items_count": len(said.lines), "items_qty": sum(quantity for _, quantity in said.lines.values()),
        "customer": person(owner) if owner else {"email": None, "firstname": None, "lastname": None},
        "orig_order_id": 0, "customer_is_guest": not owner, "customer_note_notify": True, "customer_tax_class_id": 3,
        "store_id": 1, "billing_address": {"id": said.number, "region": None, "country_id": None, "street": [""]},
        "currency": {"global_currency_code": "EUR", "base_currency_code": "EUR", "store_currency_code": "EUR",
                     "quote_currency_code": "EUR", "store_to_base_rate": 0, "store_to_quote_rate": 0,
                     "base_to_global_rate": 1, "base_to_quote_rate": 1},
        "extension_attributes": {"shipping_assignments": []},
    }


def _basket_item(shop: Shop, said: Basket, number: int) -> Told:
    sku, quantity = said.lines[number]
    sold = shop.variations[sku]
    return {"item_id": number, "sku": sku, "qty": quantity, "name": sold.product.names["fr"], "price": sold.price,
            "product_type": "configurable", "quote_id": str(said.number)}


def totals(shop: Shop, said: Basket) -> Told:
    """What a quote costs. Its own `grand_total` lacks the taxes."""
    items, discount = shop.items_of(said), shop.discount_of(said)
    told: Told = {
        "grand_total": items - discount, "base_grand_total": items - discount, "subtotal": items,
        "base_subtotal": items, "discount_amount": -discount, "base_discount_amount": -discount,
        "subtotal_with_discount": items - discount, "shipping_amount": 0, "shipping_discount_amount": 0,
        "tax_amount": 0, "shipping_tax_amount": 0, "subtotal_incl_tax": items, "shipping_incl_tax": 0,
        "base_currency_code": "EUR", "quote_currency_code": "EUR",
        "items_qty": sum(quantity for _, quantity in said.lines.values()),
        "items": [_total_item(shop, said, number) for number in said.lines],
        "total_segments": [
            {"code": "subtotal", "title": "Sous-total", "value": items},
            {"code": "shipping", "title": "Livraison", "value": 0},
            {"code": "grand_total", "title": "Total", "value": items - discount, "area": "footer"},
        ],
    }
    return told | ({"coupon_code": said.code} if said.code else {})


def _total_item(shop: Shop, said: Basket, number: int) -> Told:
    sku, quantity = said.lines[number]
    price = shop.variations[sku].price
    return {
        "item_id": number, "price": price, "base_price": price, "qty": quantity, "row_total": price * quantity,
        "base_row_total": price * quantity, "tax_amount": 0, "tax_percent": 0, "discount_amount": 0,
        "discount_percent": 0, "price_incl_tax": price, "row_total_incl_tax": price * quantity, "options": "[]",
        "name": shop.variations[sku].product.names["fr"],
    }


def rule() -> Told:
    """A cart price rule that the shop described for the bot."""
    return {
        "rule_id": 4, "name": "Merci", "store_labels": [{"store_id": 2, "store_label": "10 % off"}],
        "description": "prevenant: 10 % de remise", "website_ids": [1], "customer_group_ids": [0, 1, 2, 3],
        "uses_per_customer": 0, "is_active": True, "stop_rules_processing": False, "is_advanced": True,
        "sort_order": 0, "simple_action": "by_percent", "discount_amount": 10, "discount_step": 0,
        "apply_to_shipping": False, "times_used": 0, "is_rss": True, "coupon_type": "SPECIFIC_COUPON",
        "use_auto_generation": False, "uses_per_coupon": 0, "simple_free_shipping": "0",
    }


def coupon() -> Told:
    """The coupon of that rule."""
    return {"coupon_id": 1, "rule_id": 4, "code": CODE, "usage_per_customer": 0, "times_used": 0, "is_primary": True,
            "type": 0}


def places() -> Told:
    """Where orders can be picked up."""
    items = [
        {"pickup_location_code": code, "name": name, "email": "magasin@example.com", "contact_name": "",
         "description": "", "latitude": 48.39, "longitude": -4.49, "country_id": "FR", "region_id": 0, "region": "",
         "city": name.split()[0], "street": "1 rue de Siam", "postcode": "29200", "phone": "02 98 00 00 00"}
        for code, name in STORES
    ]
    return {"items": items, "search_request": {"scope_type": "website", "scope_code": WEBSITE}, "total_count": 2}
