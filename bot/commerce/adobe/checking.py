"""An Adobe Commerce shop looked at: its integration's keys and rights, its store view, its modules, its clock."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from bot.commerce.adobe.client import AdobeClient, Keys, Method
from bot.commerce.adobe.criteria import Search
from bot.commerce.adobe.stores import ViewReader
from bot.commerce.adobe.webhooks import read_public_key
from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, compare_clocks, look
from bot.commerce.rights import Right
from bot.commerce.signed_changes import make_empty_call
from bot.commerce.types import CustomerRef, OrderRef
from bot.errors import FixConfiguration, FixInput, NotAllowed, NotFound, PrevenantError
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = (
    Question("adobe_url", "Where the shop is (https://shop.example.org)"),
    Question("adobe_store", "The code of the store view whose words and prices customers see"),
    Question("adobe_consumer_key", "The integration's Consumer Key", is_secret=True),
    Question("adobe_consumer_secret", "Its Consumer Secret", is_secret=True),
    Question("adobe_access_token", "Its Access Token", is_secret=True),
    Question("adobe_access_secret", "Its Access Token Secret", is_secret=True),
    Question("engine_webhook_secret", "The secret of calls to the bot (none: changes are polled)", True, True),
    Question("adobe_webhook_public_key", "The public key of Adobe's webhooks module (none: it calls not)", False, True),
)
_BASKETS = frozenset({"server_cart", "customer_cart"})
_NOWHERE = 0  # a number that no shop gives: Adobe looks at the right first, and finds nothing to change then


@dataclass(frozen=True)
class _Try:
    """A right by what it opens, and how it is tried."""

    right: Right
    path: str
    query: Mapping[str, str] | None = None
    method: Method = "GET"
    body: Mapping[str, Any] | None = field(default=None)


def _reads(path: str, use: str, *blocks: str, is_needed: bool = False) -> _Try:
    return _Try(Right(f"reads {path}", use, frozenset(blocks), is_needed), path, Search(size=1).parameters())


_READS = (
    _reads("products", "products are found", is_needed=True),
    _reads("products/attributes", "colours and sizes have names", is_needed=True),
    _reads("categories/list", "products have types", is_needed=True),
    _reads("customers/search", "customers are known", is_needed=True),
    _reads("orders", "orders are told", is_needed=True),
    _reads("shipments", "parcels are told", is_needed=True),
    _reads("invoices", "whether a cancelled order was paid", "order_cancel"),
    _reads("carts/search", "baskets are opened", *_BASKETS),
    _reads("salesRules/search", "offers are told", "offers"),
    _reads("coupons/search", "offers are applied", "offers"),
    _reads("inventory/source-items", "what each store has", "per_location_stock"),
)
_WRITES = (
    _Try(Right("cancels orders", "orders are cancelled", frozenset({"order_cancel"})),
         f"orders/{_NOWHERE}/cancel", method="POST"),
    _Try(Right("pays back invoices", "paid orders are cancelled", frozenset({"order_cancel"})),
         f"invoice/{_NOWHERE}/refund", method="POST", body={"is_online": True}),
    _Try(Right("changes customers", "customers' details are changed", frozenset({"address_remove"})),
         f"customers/{_NOWHERE}", method="PUT", body={"customer": {}}),
)


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Address, keys and store view first: without those nothing else is asked."""
    with closing(_open(settings)) as client:
        views = ViewReader(client, settings.adobe_store)
        try:
            view = views.read()
        except PrevenantError as error:
            yield Finding("engine", "address and keys", "failed", str(error))
            return
        yield Finding("engine", "address and keys", "ok", settings.adobe_url)
        yield look("engine", "the store view", lambda: f"{view.code}, {view.currency}, {', '.join(view.languages)}")
        for each in (*_READS, *_WRITES):
            yield look("rights", each.right.name, partial(_try, client, each), each.right.blocks)
        yield look("engine", "stock that can be sold", lambda: _try_stock(client, view.website_code))
        yield look("engine", "prices as shoppers see them", lambda: _try_prices(client, view.number, view.currency))
        if settings.adobe_webhook_public_key:
            yield look("engine", "its webhooks' key", lambda: _try_key(settings), {"webhooks"})
        yield _compare_clock(client, clock)


def find_sample(settings: Settings) -> Sample:
    """Any customer who has an account, and the newest order."""
    newest = Search(sort=["-entity_id"], size=1)
    with closing(_open(settings)) as client:
        customers, orders = client.search("customers/search", newest)[0], client.search("orders", newest)[0]
        return Sample(
            CustomerRef(str(customers[0]["id"])) if customers else None,
            OrderRef(str(orders[0]["entity_id"])) if orders else None)


def make_probe(settings: Settings, now: datetime) -> Probe:
    """A call in the form of `signed_changes.py`: what Adobe's own module sends is signed by a key that it keeps."""
    return Probe(*make_empty_call(settings.engine_webhook_secret, now))


def _try(client: AdobeClient, each: _Try) -> str:
    try:
        if each.method == "GET":
            client.read(each.path, each.query)
        else:
            client.write(each.method, each.path, each.body, is_repeatable=True)
    except (NotFound, NotAllowed, FixInput):
        if each.method == "GET":
            raise
    except PrevenantError as error:
        if each.right.is_needed or not isinstance(error, FixConfiguration):
            raise
        raise Doubt(f"missing: {each.right.use} with it. {error}") from error
    return each.right.use


def _try_stock(client: AdobeClient, website: str) -> str:
    path = f"inventory/export-stock-salable-qty/website/{website}"
    client.search(path, Search(size=1))
    return "by Adobe's inventory modules"


def _try_prices(client: AdobeClient, store: int, currency: str) -> str:
    """Adobe renders what is shown in the shop: without one there is nothing to sell."""
    shown = client.read("products-render-info", {
        **Search(size=1).parameters(), "storeId": str(store), "currencyCode": currency})["items"]
    if not shown:
        raise Doubt("no product has one: is the price index up to date?")
    return f"told, in {shown[0]['currency_code']}"


def _try_key(settings: Settings) -> str:
    if not settings.engine_webhook_secret:
        raise Doubt("the door is shut until PREVENANT_ENGINE_WEBHOOK_SECRET is set, too")
    key = read_public_key(settings.adobe_webhook_public_key)
    return f"RSA, {key.key_size} bits" if key else "none"


def _compare_clock(client: AdobeClient, clock: Clock) -> Finding:
    try:
        return compare_clocks("Adobe Commerce's", client.read_time(), clock())
    except PrevenantError as error:
        return Finding("clock", "Adobe Commerce's", "warning", str(error))


def _open(settings: Settings) -> AdobeClient:
    return AdobeClient(
        settings.adobe_url, keys_of(settings), store=settings.adobe_store,
        deadline_seconds=settings.engine_deadline_seconds)


def keys_of(settings: Settings) -> Keys:
    """The integration's."""
    return Keys(
        settings.adobe_consumer_key, settings.adobe_consumer_secret, settings.adobe_access_token,
        settings.adobe_access_secret)
