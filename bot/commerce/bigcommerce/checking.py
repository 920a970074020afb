"""A BigCommerce shop looked at: its token, each scope that is needed, its webhooks, its clock."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import datetime
from functools import partial

import orjson

from bot.commerce.bigcommerce.client import BigCommerceClient
from bot.commerce.bigcommerce.webhooks import HEADER, HEARD, OF_NOTHING
from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, compare_clocks, look
from bot.commerce.rights import Right
from bot.commerce.signed_changes import sign
from bot.commerce.types import CustomerRef, OrderRef
from bot.errors import NotFound, PrevenantError
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = (
    Question("bigcommerce_url", "The store's API path (https://api.bigcommerce.com/stores/<hash>)"),
    Question("bigcommerce_token", "The access token of an API account", is_secret=True),
    Question("bigcommerce_client_secret", "Its client secret, which signs webhooks (none: not asked for)", True, True),
    Question("engine_webhook_secret", f"What its webhooks bear in {HEADER} (none: it is polled)", True, True),
)
_BASKETS = frozenset({"server_cart", "customer_cart", "checkout_link"})
_CHANGES = frozenset({"order_cancel", "order_address_edit"})
_NO_CART = "00000000-0000-4000-8000-000000000000"

RIGHTS = (  # by a path that the scope opens for reading
    Right("v2/orders", "orders are told", is_needed=True),
    Right("v3/customers", "customers are known", is_needed=True),
    Right("v3/catalog/products", "products are told", is_needed=True),
    Right("v3/inventory/items", "stock is told", is_needed=True),
    Right("v3/inventory/locations", "stores are told", frozenset({"per_location_stock"})),
    Right("v3/pickup/methods", "which locations are stores", frozenset({"per_location_stock"})),
    Right("v3/promotions", "offers are told", frozenset({"offers"})),
    Right("v3/orders/payment_actions/refunds", "what was paid back is told", frozenset({"order_cancel"})),
)


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Address and token first: without those nothing else is asked."""
    with closing(_open(settings)) as client:
        try:
            theirs = client.read_time()
        except PrevenantError as error:
            yield Finding("engine", "API path and token", "failed", str(error))
            return
        yield Finding("engine", "API path and token", "ok", settings.bigcommerce_url)
        for right in RIGHTS:
            yield look("rights", f"reads {right.name}", partial(_try, client, right), right.blocks)
        yield look("rights", "carts", lambda: _try_baskets(client), _BASKETS)
        yield look("rights", "writes", lambda: _try_writing(client), _CHANGES | {"customer_cart", "address_remove"})
        yield look("engine", "the storefront", lambda: _look_at_channel(client, settings), {"checkout_link"})
        if settings.engine_webhook_secret:
            yield look("engine", "its webhooks", lambda: _look_for_webhooks(client, settings), {"webhooks"})
        yield compare_clocks("BigCommerce's", theirs, clock())


def find_sample(settings: Settings) -> Sample:
    """Any customer who has an account, and the newest order that was finished."""
    with closing(_open(settings)) as client:
        people, _ = client.read_page("v3/customers", 1, 1)
        orders, _ = client.read_page("v2/orders", 1, 50, {"sort": "date_created:desc"})
        told = [each for each in orders if each["status_id"] and not each.get("is_deleted")]
        return Sample(
            CustomerRef(str(people[0]["id"])) if people else None, OrderRef(str(told[0]["id"])) if told else None)


def make_probe(settings: Settings, now: datetime) -> Probe:
    """A call about the shop's own name and place, of which there is nothing to tell."""
    moment, store = int(now.timestamp()), settings.bigcommerce_url.rstrip("/").rpartition("/")[2]
    body = orjson.dumps({
        "scope": OF_NOTHING, "store_id": "0", "data": {"type": "store"}, "hash": "",
        "created_at": moment, "producer": f"stores/{store}",
    })
    headers = {HEADER: settings.engine_webhook_secret}
    if settings.bigcommerce_client_secret:
        signature = sign(body, "probe", str(moment), settings.bigcommerce_client_secret.encode())
        headers |= {"webhook-id": "probe", "webhook-timestamp": str(moment), "webhook-signature": f"v1,{signature}"}
    return Probe(body, headers)


def _try(client: BigCommerceClient, right: Right) -> str:
    try:
        client.read_page(right.name, 1, 1)
    except PrevenantError as error:
        if right.is_needed:
            raise
        raise Doubt(f"missing: {right.use} with it. {error}") from error
    return right.use


def _try_baskets(client: BigCommerceClient) -> str:
    """One that there is not: who may not read baskets hears otherwise."""
    with suppress(NotFound):
        client.read(f"v3/carts/{_NO_CART}")
    return "are read"


def _try_writing(client: BigCommerceClient) -> str:
    """An address that there is not is taken out: BigCommerce looks at the scope, and changes nothing."""
    with suppress(NotFound):
        client.write("DELETE", "v3/customers/addresses", query={"id:in": "999999999999"}, is_repeatable=True)
    return "customers are changed; orders and carts are tried when somebody first asks"


def _look_at_channel(client: BigCommerceClient, settings: Settings) -> str:
    said = client.read(f"v3/channels/{settings.bigcommerce_channel}")
    if said["status"] not in ("active", "prelaunch", "connected"):
        raise Doubt(f"{said['name']} is {said['status']}: its links lead nowhere")
    return str(said["name"])


def _look_for_webhooks(client: BigCommerceClient, settings: Settings) -> str:
    ours = f"{settings.public_url.rstrip('/')}/webhooks/shop"
    heard = {
        each["scope"] for each in client.read_every("v3/hooks")
        if each["is_active"] and each["destination"].rstrip("/") == ours and HEADER in (each.get("headers") or {})
    }
    covered = {each for each in HEARD if each in heard or any(
        one.endswith("/*") and each.startswith(one[:-1]) for one in heard)}
    if missing := [each for each in HEARD if each not in covered]:
        raise Doubt(f"none to {ours} with {HEADER} for {', '.join(missing)}")
    return f"{len(heard)} to {ours}"


def _open(settings: Settings) -> BigCommerceClient:
    return BigCommerceClient(
        settings.bigcommerce_url, settings.bigcommerce_token, deadline_seconds=settings.engine_deadline_seconds)
