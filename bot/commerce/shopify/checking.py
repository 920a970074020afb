"""A Shopify shop looked at: the app's scopes one by one, the Storefront token, customers' data, calls, the clock."""

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, compare_clocks, look
from bot.commerce.rights import Right, judge_each, judge_spare
from bot.commerce.shopify.client import ShopifyClient
from bot.commerce.shopify.shapes import ref_of
from bot.commerce.shopify.webhooks import TOPICS, sign
from bot.commerce.types import CustomerRef, OrderRef
from bot.errors import FixConfiguration, NotFound, PrevenantError
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = (
    Question("shopify_url", "The shop's own address at Shopify (https://<shop>.myshopify.com)"),
    Question("shopify_client_id", "The client id of an app with the scopes of docs/shopify.md"),
    Question("shopify_client_secret", "The app's client secret", is_secret=True),
    Question("shopify_storefront_token", "The Headless channel's private access token", is_secret=True),
    Question("engine_webhook_secret", "The client secret once more (none: changes are polled)", True, True),
    Question("storefront_url", "Where pages of products are that Shopify does not name (none: ours)", is_optional=True),
)
SCOPES = (
    Right("read_orders", "orders are told, and what changed", is_needed=True),
    Right("write_orders", "orders are cancelled and sent elsewhere", frozenset({"order_cancel", "order_address_edit"})),
    Right("read_all_orders", "orders older than 60 days are found"),
    Right("read_customers", "customers are known", is_needed=True),
    Right("write_customers", "details and addresses are changed, and baskets kept with their customer",
          frozenset({"address_remove", "customer_cart"})),
    Right("read_products", "stock is read, product by product", is_needed=True),
    Right("read_inventory", "stock is read, and what is in baskets", is_needed=True),
    Right("read_locations", "stock is read, store by store", is_needed=True),
    Right("read_merchant_managed_fulfillment_orders", "how orders are delivered is told", is_needed=True),
    Right("read_assigned_fulfillment_orders", "the same of orders that an app of ours sends"),
    Right("read_third_party_fulfillment_orders", "the same of orders that others send"),
    Right("read_returns", "orders are told with what came back", is_needed=True),
    Right("write_returns", "returns are announced", frozenset({"returns"})),
    Right("read_discounts", "codes are told and applied", frozenset({"offers"})),
)
_BASKETS = frozenset({"server_cart", "customer_cart", "checkout_link"})
_READ, _WRITE = "read_", "write_"
_STOREFRONT_SCOPES = "unauthenticated_"  # the Headless channel's token has its own
_PROBED = "products/update"
_MINE = "query { currentAppInstallation { accessScopes { handle } } }"
_ANY_PRODUCT = "query { products(first: 1) { nodes { id tags } } }"
_NO_BASKET = "query($id: ID!) { cart(id: $id) { id } }"
_PEOPLE = """query {
  customers(first: 20) { nodes { firstName lastName defaultEmailAddress { emailAddress } } }
}"""
_SUBSCRIBED = """query($topics: [WebhookSubscriptionTopic!]) {
  webhookSubscriptions(first: 100, topics: $topics) { nodes { topic uri } }
}"""
_SAMPLE = """query {
  customers(first: 1) { nodes { id } }
  orders(first: 1, sortKey: CREATED_AT, reverse: true) { nodes { id } }
}"""


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The app and its scopes first: without those nothing else is asked."""
    with closing(_open(settings)) as client:
        try:
            held = _read_scopes(client)
        except PrevenantError as error:
            yield Finding("engine", "address and app", "failed", str(error))
            return
        yield Finding("engine", "address and app", "ok", settings.shopify_url)
        yield from judge_scopes(held)
        yield look("engine", "the Storefront token", lambda: _read_storefront(client))
        yield look("engine", "the Storefront token's baskets", lambda: _look_for_basket(client), _BASKETS)
        yield look("engine", "protected customer data", lambda: _read_people(client))
        if settings.engine_webhook_secret:
            yield look("engine", "whose secret signs its calls", lambda: _compare_secrets(settings), {"webhooks"})
            yield look("engine", "subscriptions by API", lambda: _read_subscriptions(client, settings))
        yield _compare_clock(client, clock)


def judge_scopes(held: frozenset[str]) -> Iterator[Finding]:
    """One finding for each scope, and one for those that nothing here needs."""
    wanted = frozenset(scope.name for scope in SCOPES)
    yield from judge_each(SCOPES, _with_reading(held))
    spare = {each for each in held - _with_reading(wanted) if not each.startswith(_STOREFRONT_SCOPES)}
    yield from judge_spare(spare, "release a version of the app without")


def _with_reading(scopes: frozenset[str]) -> frozenset[str]:
    """Who may write may read, whether Shopify names that too or not."""
    return scopes | {f"{_READ}{each.removeprefix(_WRITE)}" for each in scopes if each.startswith(_WRITE)}


def find_sample(settings: Settings) -> Sample:
    """Any customer, and the newest order."""
    with closing(_open(settings)) as client:
        said = client.read(_SAMPLE)
    customers, orders = ([ref_of(each["id"]) for each in said[name]["nodes"]] for name in ("customers", "orders"))
    return Sample(CustomerRef(customers[0]) if customers else None, OrderRef(orders[0]) if orders else None)


def make_probe(settings: Settings, now: datetime) -> Probe:
    """A product that was touched and has no variants, as Shopify signs it: by the body alone, at any moment."""
    body = b'{"variants": []}'
    return Probe(body, {
        "X-Shopify-Topic": _PROBED, "X-Shopify-Shop-Domain": urlsplit(settings.shopify_url).hostname or "",
        "X-Shopify-Hmac-Sha256": sign(body, settings.engine_webhook_secret.encode()),
    })


def _read_scopes(client: ShopifyClient) -> frozenset[str]:
    return frozenset(each["handle"] for each in client.read(_MINE)["currentAppInstallation"]["accessScopes"])


def _read_storefront(client: ShopifyClient) -> str:
    if not client.browse(_ANY_PRODUCT)["products"]["nodes"]:
        raise Doubt("it sees no product: publish what is to be sold to the Headless channel")
    return "sees products and their tags"


def _look_for_basket(client: ShopifyClient) -> str:
    """One that nobody has: that it may be looked for shows the scope. Making baskets is not tried."""
    with suppress(NotFound):
        client.browse(_NO_BASKET, id="gid://shopify/Cart/prevenant")
    return "may read them"


def _read_people(client: ShopifyClient) -> str:
    """Shopify leaves empty what the app was not approved for."""
    people = client.read(_PEOPLE)["customers"]["nodes"]
    if not people:
        raise Doubt("nobody has an account yet: it cannot be tried")
    told = _told_of(people)
    hidden = [word for word, is_told in told.items() if not is_told]
    if len(hidden) == len(told):
        raise FixConfiguration("names and e-mails come empty: ask for them in the app's API access requests")
    if hidden:
        raise Doubt(f"the first {len(people)} customers have no {hidden[0]}: does the app have access to it?")
    return "names and e-mails are told"


def _told_of(people: list[Mapping[str, Any]]) -> dict[str, bool]:
    return {
        "name": any(each["firstName"] or each["lastName"] for each in people),
        "e-mail": any((each["defaultEmailAddress"] or {}).get("emailAddress") for each in people),
    }


def _compare_secrets(settings: Settings) -> str:
    if settings.engine_webhook_secret != settings.shopify_client_secret:
        raise Doubt("PREVENANT_ENGINE_WEBHOOK_SECRET is not the app's client secret, by which Shopify signs")
    return "the app's client secret"


def _read_subscriptions(client: ShopifyClient, settings: Settings) -> str:
    """Of those in `shopify.app.toml` Shopify tells an app nothing (2026-11): none here is no fault, and one that leads
    elsewhere stops no call to us.
    """
    topics = [topic.replace("/", "_").upper() for topic in TOPICS]
    found = client.read(_SUBSCRIBED, topics=topics)["webhookSubscriptions"]["nodes"]
    ours = f"{settings.public_url.rstrip('/')}/webhooks/shop"
    astray = sorted({each["topic"] for each in found if each["uri"] != ours})
    if astray:
        raise Doubt(f"{', '.join(astray)}: told to another address than {ours}")
    told = len({each["topic"] for each in found})
    return f"{told} of {len(topics)} topics; Shopify does not tell which others stand in shopify.app.toml"


def _compare_clock(client: ShopifyClient, clock: Clock) -> Finding:
    try:
        return compare_clocks("Shopify's", client.read_time(), clock())
    except PrevenantError as error:
        return Finding("clock", "Shopify's", "warning", str(error))


def _open(settings: Settings) -> ShopifyClient:
    return ShopifyClient(
        settings.shopify_url, settings.shopify_client_id, settings.shopify_client_secret,
        settings.shopify_storefront_token, deadline_seconds=settings.engine_deadline_seconds,
    )
