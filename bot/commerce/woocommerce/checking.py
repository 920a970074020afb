"""A WooCommerce shop looked at: its key's rights, the two APIs, its version, its webhooks, its clock."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial

import orjson

from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, compare_clocks, look
from bot.commerce.rights import Right
from bot.commerce.types import CustomerRef, OrderRef
from bot.commerce.woocommerce.cart_tokens import session_of
from bot.commerce.woocommerce.client import PER_PAGE, WooCommerceClient
from bot.commerce.woocommerce.webhooks import TOPICS, sign
from bot.errors import PrevenantError
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = (
    Question("woocommerce_url", "Where the shop's WordPress is (https://shop.example.org)"),
    Question("woocommerce_key", "The consumer key of its REST API, of read and write (ck_...)", is_secret=True),
    Question("woocommerce_secret", "The consumer secret (cs_...)", is_secret=True),
    Question("engine_webhook_secret", "The webhooks' secret (none: orders are polled)", True, True),
)
_BASKETS = frozenset({"server_cart", "customer_cart"})
_CHANGES = frozenset({"order_cancel", "order_address_edit", "customer_cart"})
_LINKS_SINCE = (10, 0)  # WooCommerce with links that fill a basket
_HEARD = ("order.created", "order.updated", "customer.created", "customer.updated", "product.updated")


RIGHTS = (
    Right("customers", "customers are known", is_needed=True),
    Right("products", "stock is told", is_needed=True),
    Right("coupons", "offers are told", frozenset({"offers"})),
    Right("payment_gateways", "whether a cancelled order can be paid back", frozenset({"order_cancel"})),
)


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Address and key first: without those nothing else is asked."""
    with closing(_open(settings)) as client:
        try:
            theirs = client.read_time()
        except PrevenantError as error:
            yield Finding("engine", "address and key", "failed", str(error))
            return
        yield Finding("engine", "address and key", "ok", settings.woocommerce_url)
        for right in RIGHTS:
            yield look("rights", f"reads {right.name}", partial(_try, client, right), right.blocks)
        yield look("rights", "writes", lambda: _try_writing(client), _CHANGES)
        yield look("engine", "the Store API's products", lambda: _try_products(client))
        yield look("engine", "the Store API's baskets", lambda: _try_basket(client), _BASKETS)
        yield look("engine", "WooCommerce's version", lambda: _read_version(client), {"checkout_link"})
        if settings.engine_webhook_secret:
            yield look("engine", "its webhooks", lambda: _look_for_webhooks(client, settings), {"webhooks"})
        yield compare_clocks("WooCommerce's", theirs, clock())


def find_sample(settings: Settings) -> Sample:
    """Any customer who has an account, and the newest order."""
    with closing(_open(settings)) as client:
        customers, orders = client.read("customers", per_page=1), client.read("orders", per_page=1)
        return Sample(
            CustomerRef(str(customers[0]["id"])) if customers else None,
            OrderRef(str(orders[0]["id"])) if orders else None)


def make_probe(settings: Settings, now: datetime) -> Probe:  # WooCommerce signs no moment
    """A call about a basket at the checkout, of which there is nothing to tell."""
    body = orjson.dumps({"id": 0, "status": "checkout-draft"})
    return Probe(body, {
        "X-WC-Webhook-Source": settings.woocommerce_url, "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Signature": sign(body, settings.engine_webhook_secret.encode()),
    })


def _try(client: WooCommerceClient, right: Right) -> str:
    try:
        client.read(right.name, per_page=1)
    except PrevenantError as error:
        if right.is_needed:
            raise
        raise Doubt(f"missing: {right.use} with it. {error}") from error
    return right.use


def _try_writing(client: WooCommerceClient) -> str:
    """A batch of nothing: WooCommerce looks at the key, and changes nothing."""
    client.write("POST", "orders/batch", {}, is_repeatable=True)
    return "orders, customers' details and baskets are changed"


def _try_products(client: WooCommerceClient) -> str:
    found = client.browse("products", per_page=1)
    if not found:
        raise Doubt("no product is shown in it: nothing can be found or sold")
    return f"answers, in {found[0]['prices']['currency_code']}"


def _try_basket(client: WooCommerceClient) -> str:
    if not session_of(client.look_into_basket("")[1]):
        raise Doubt("it gives no Cart-Token: a cache or a proxy may take it away")
    return "gives tokens"


def _read_version(client: WooCommerceClient) -> str:
    told = str(client.read("system_status", _fields="environment")["environment"]["version"])
    numbers = tuple(int(each) for each in told.split(".")[:2] if each.isdecimal())
    if numbers < _LINKS_SINCE:
        raise Doubt(f"{told}: links to the checkout need 10.0 or later")
    return told


def _look_for_webhooks(client: WooCommerceClient, settings: Settings) -> str:
    ours = f"{settings.public_url.rstrip('/')}/webhooks/shop"
    active = client.read("webhooks", status="active", per_page=PER_PAGE)
    heard = {each["topic"] for each in active if each["delivery_url"].rstrip("/") == ours}
    if missing := [each for each in _HEARD if each not in heard]:
        raise Doubt(f"none to {ours} for {', '.join(missing)}")
    return f"{len(heard & set(TOPICS))} to {ours}"


def _open(settings: Settings) -> WooCommerceClient:
    return WooCommerceClient(
        settings.woocommerce_url, settings.woocommerce_key, settings.woocommerce_secret,
        deadline_seconds=settings.engine_deadline_seconds,
    )
