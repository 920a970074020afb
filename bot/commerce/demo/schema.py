"""The embedded shop's tables: a database of its own, apart from the bot's store, as a real shop's would be."""

import sqlalchemy as sa

from bot.profile.store.engine import UtcDateTime

metadata = sa.MetaData()
_json = sa.JSON()
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ref = sa.String(128)

WEB = "web"  # the warehouse that parcels leave from; never a place to pick up

meta = sa.Table(
    "shop_meta", metadata,  # what the shop folder decides, and the catalogue's revision
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", _json, nullable=False),
)

# -- catalogue ---------------------------------------------------------------------------------

products = sa.Table(
    "shop_products", metadata,
    sa.Column("product_ref", _ref, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("slug", sa.String(128), nullable=False, unique=True),
    sa.Column("product_type", sa.String(64), nullable=False),
    sa.Column("brand", sa.String(64), nullable=False),
    sa.Column("names", _json, nullable=False),
    sa.Column("descriptions", _json, nullable=False),
    sa.Column("attributes", _json, nullable=False),
    sa.Column("is_replenishable", sa.Boolean, nullable=False),
)

variants = sa.Table(
    "shop_variants", metadata,
    sa.Column("variant_ref", _ref, primary_key=True),
    sa.Column("product_ref", sa.ForeignKey("shop_products.product_ref"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("sku", sa.String(64), nullable=False, unique=True),
    sa.Column("options", _json, nullable=False),
    sa.Column("price_minor", sa.Integer, nullable=False),
    sa.Column("compare_at_minor", sa.Integer),
)

locations = sa.Table(
    "shop_locations", metadata,
    sa.Column("location_ref", _ref, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("address", _json, nullable=False),
    sa.Column("opening_text", sa.String(200), nullable=False),
    sa.Column("ready_in_text", sa.String(64), nullable=False),
    sa.Column("has_pickup", sa.Boolean, nullable=False),
)

stock = sa.Table(
    "shop_stock", metadata,
    sa.Column("variant_ref", sa.ForeignKey("shop_variants.variant_ref"), primary_key=True),
    sa.Column("location_ref", _ref, primary_key=True),
    sa.Column("quantity", sa.Integer),  # None: not counted, sold without limit
    sa.CheckConstraint("quantity >= 0", name="ck_shop_stock_quantity"),
)

promotions = sa.Table(
    "shop_promotions", metadata,
    sa.Column("code", sa.String(64), primary_key=True),
    sa.Column("about", sa.String(128), nullable=False, index=True),  # one campaign: offers about the same thing
    sa.Column("channel", sa.String(32), nullable=False),  # where this offer is made; "" everywhere
    sa.Column("names", _json, nullable=False),
    sa.Column("percent_off", sa.Integer, nullable=False),
    sa.Column("amount_off_minor", sa.Integer, nullable=False),
    sa.Column("product_types", _json, nullable=False),  # [] for all
    sa.Column("min_items_minor", sa.Integer, nullable=False),
    sa.Column("has_free_shipping", sa.Boolean, nullable=False),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    sa.Column("ends_at", UtcDateTime, nullable=False),
)

# -- customers ---------------------------------------------------------------------------------

customers = sa.Table(
    "shop_customers", metadata,
    sa.Column("customer_ref", _ref, primary_key=True),
    sa.Column("first_name", sa.String(100), nullable=False),
    sa.Column("last_name", sa.String(100), nullable=False),
    sa.Column("name_key", sa.String(200), nullable=False, index=True),
    sa.Column("email", sa.String(320), nullable=False),
    sa.Column("email_key", sa.String(320), nullable=False, unique=True),
    sa.Column("phone", sa.String(32), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("email_verified", sa.Boolean, nullable=False),
    sa.Column("demo", sa.JSON(none_as_null=True)),  # what the demo's sign-in page says of them; None for others
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

addresses = sa.Table(
    "shop_addresses", metadata,
    sa.Column("address_id", _ref, primary_key=True),
    sa.Column("customer_ref", sa.ForeignKey("shop_customers.customer_ref"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("postcode_key", sa.String(32), nullable=False),
    sa.Column("is_default_shipping", sa.Boolean, nullable=False),
    sa.Column("fields", _json, nullable=False),
)

payment_methods = sa.Table(
    "shop_payment_methods", metadata,
    sa.Column("method_id", _ref, primary_key=True),
    sa.Column("customer_ref", sa.ForeignKey("shop_customers.customer_ref"), nullable=False, index=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("brand", sa.String(32), nullable=False),
    sa.Column("last_four", sa.String(4), nullable=False),
    sa.Column("balance_minor", sa.Integer),
)

# -- baskets and orders ------------------------------------------------------------------------

carts = sa.Table(
    "shop_carts", metadata,
    sa.Column("cart_ref", _ref, primary_key=True),
    sa.Column("customer_ref", sa.ForeignKey("shop_customers.customer_ref"), index=True),
    sa.Column("state", sa.String(16), nullable=False),  # open | ordered | merged
    sa.Column("became", _ref),  # the order it became, or the basket it was merged into
    sa.Column("offers", _json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

cart_lines = sa.Table(
    "shop_cart_lines", metadata,
    sa.Column("line_id", _id, primary_key=True),
    sa.Column("cart_ref", sa.ForeignKey("shop_carts.cart_ref"), nullable=False),
    sa.Column("variant_ref", sa.ForeignKey("shop_variants.variant_ref"), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
    sa.UniqueConstraint("cart_ref", "variant_ref"),
)

orders = sa.Table(
    "shop_orders", metadata,
    sa.Column("order_ref", _ref, primary_key=True),
    sa.Column("number", sa.String(32), nullable=False, unique=True),
    sa.Column("number_key", sa.String(32), nullable=False, index=True),  # folded: no sign, no case
    sa.Column("number_digits", sa.String(32), nullable=False, index=True),
    sa.Column("customer_ref", sa.ForeignKey("shop_customers.customer_ref"), index=True),
    sa.Column("email", sa.String(320), nullable=False),
    sa.Column("phone", sa.String(32), nullable=False),
    sa.Column("locale", sa.String(16), nullable=False),
    sa.Column("placed_at", UtcDateTime, nullable=False, index=True),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("totals", _json, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("payment_status", sa.String(24), nullable=False),
    sa.Column("fulfilment_status", sa.String(24), nullable=False),
    sa.Column("native_status", sa.String(64), nullable=False),
    sa.Column("shipping_address", _json),
    sa.Column("postcode_key", sa.String(32), nullable=False),
    sa.Column("delivery_kind", sa.String(16), nullable=False),
    sa.Column("pickup_location_ref", _ref),
    sa.Column("offers", _json, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

order_lines = sa.Table(
    "shop_order_lines", metadata,
    sa.Column("line_id", _ref, primary_key=True),
    sa.Column("order_ref", sa.ForeignKey("shop_orders.order_ref"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("variant_ref", _ref, nullable=False),
    sa.Column("product_ref", _ref, nullable=False),
    sa.Column("sku", sa.String(64), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("options", _json, nullable=False),
    sa.Column("unit_price_minor", sa.Integer, nullable=False),
    sa.Column("ordered", sa.Integer, nullable=False),
    sa.Column("shipped", sa.Integer, nullable=False, default=0),
    sa.Column("delivered", sa.Integer, nullable=False, default=0),
    sa.Column("cancelled", sa.Integer, nullable=False, default=0),
    sa.Column("returned", sa.Integer, nullable=False, default=0),
    # A reserved piece that the store no longer has, until the customer's choice settles it.
    sa.Column("is_missing", sa.Boolean, nullable=False, default=False),
)

payments = sa.Table(
    "shop_payments", metadata,
    sa.Column("payment_id", _id, primary_key=True),
    sa.Column("order_ref", sa.ForeignKey("shop_orders.order_ref"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # payment | refund
    sa.Column("method", _ref, nullable=False),
    sa.Column("amount_minor", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

order_requests = sa.Table(
    "shop_order_requests", metadata,  # why an order was cancelled; what comes back, and for what
    sa.Column("request_id", _ref, primary_key=True),
    sa.Column("order_ref", sa.ForeignKey("shop_orders.order_ref"), nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),  # cancel | return | exchange
    sa.Column("lines", _json, nullable=False),  # line_id with pieces, or with the new variant_ref
    sa.Column("method", _ref, nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("difference_minor", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

invoices = sa.Table(
    "shop_invoices", metadata,  # what an invoice said when it was issued
    sa.Column("order_ref", sa.ForeignKey("shop_orders.order_ref"), primary_key=True),
    sa.Column("number", sa.String(32), nullable=False, unique=True),
    sa.Column("issued_at", UtcDateTime, nullable=False),
    sa.Column("content", _json, nullable=False),
)

shipments = sa.Table(
    "shop_shipments", metadata,
    sa.Column("shipment_id", _ref, primary_key=True),
    sa.Column("order_ref", sa.ForeignKey("shop_orders.order_ref"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("carrier_code", sa.String(32), nullable=False),
    sa.Column("carrier_name", sa.String(64), nullable=False),
    sa.Column("tracking_number", sa.String(64), nullable=False),
    sa.Column("tracking_url", sa.String(300), nullable=False),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("shipped_at", UtcDateTime),
    sa.Column("eta", UtcDateTime),
    sa.Column("original_eta", UtcDateTime),
    sa.Column("delivered_at", UtcDateTime),
    sa.Column("pickup_location_ref", _ref),
)

shipment_events = sa.Table(
    "shop_shipment_events", metadata,
    sa.Column("event_id", _id, primary_key=True),
    sa.Column("shipment_id", sa.ForeignKey("shop_shipments.shipment_id"), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("state", sa.String(24), nullable=False),
    sa.Column("text", sa.String(300), nullable=False),
    sa.Column("place", sa.String(100), nullable=False),
)

delivery_choices = sa.Table(
    "shop_delivery_choices", metadata,  # what a customer asked the carrier for; one a parcel, the last one counts
    sa.Column("shipment_id", sa.ForeignKey("shop_shipments.shipment_id"), primary_key=True),
    sa.Column("content", _json, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

# -- bookkeeping -------------------------------------------------------------------------------

changes = sa.Table(
    "shop_changes", metadata,  # appended to; `poll_changes` reads it by cursor
    sa.Column("change_id", _id, primary_key=True),
    sa.Column("type", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("order_ref", _ref),
    sa.Column("customer_ref", _ref),
    sa.Column("variant_ref", _ref),
    sa.Column("location_ref", _ref),
)

idempotency_keys = sa.Table(
    "shop_idempotency_keys", metadata,  # what a write made, so that its repeat changes nothing
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("operation", sa.String(64), nullable=False),
    sa.Column("result_ref", _ref, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)
