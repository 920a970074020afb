"""A Vendure shop looked at: the key's rights one by one, the plugin, the shared secret, the clock."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, compare_clocks, look
from bot.commerce.rights import Right, judge_each, judge_spare
from bot.commerce.signed_changes import make_empty_call
from bot.commerce.types import CustomerRef, OrderRef
from bot.commerce.vendure import changes, stock
from bot.commerce.vendure.client import VendureClient
from bot.errors import PrevenantError
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = (
    Question("vendure_url", "Vendure's address, without a path (https://shop.example.org)"),
    Question("vendure_api_key", "An API key of a role with the rights of docs/vendure.md", is_secret=True),
    Question("vendure_session_secret", "The plugin's sessionSecret", is_secret=True),
    Question("engine_webhook_secret", "The plugin's webhookSecret (none: changes are polled)", True, True),
    Question("storefront_url", "Where the shop's own pages are (none: ours)", is_optional=True),
)
_BASKETS = frozenset({"server_cart", "customer_cart", "place_order"})
_FORGETTING = frozenset({"address_remove", "close_account", "forget_guest"})
_CHANGES = frozenset({"order_cancel", "order_address_edit", "order_lines_edit", "returns", "pickup"})


RIGHTS = (
    Right("ReadCatalog", "products are found", is_needed=True),
    Right("ReadCustomer", "customers are known", is_needed=True),
    Right("ReadOrder", "orders are told, and what changed", is_needed=True),
    Right("ReadSettings", "whether stock is counted, and how orders are delivered", is_needed=True),
    Right("ReadStockLocation", "what can be sent and what stands in stores", is_needed=True),
    Right("ReadPromotion", "promotions are told", frozenset({"offers"})),
    Right("ReadPaymentMethod", "orders are placed", frozenset({"place_order"})),
    Right("CreateCustomer", "addresses are added"),
    Right("UpdateCustomer", "names, e-mails, phones and addresses are changed"),
    Right("DeleteCustomer", "addresses are taken out of the book, and accounts closed", _FORGETTING),
    Right("CreateOrder", "baskets are filled", _BASKETS),
    Right("UpdateOrder", "orders are cancelled and changed", _CHANGES),
    Right("DeleteOrder", "lines are taken out of baskets", _BASKETS),
)
_ALWAYS = frozenset({"Authenticated", "Owner", "Public"})
_MINE = "query { prevenantRights }"
_ANY_CUSTOMER = """query { customers(options: { take: 20, sort: { id: ASC } }) { items { id user { id } } } }"""
_ANY_ORDER = """query {
  orders(options: { take: 1, sort: { orderPlacedAt: DESC }, filter: { orderPlacedAt: { isNull: false } } }) {
    items { id } } }"""
_SIGN_OUT = "mutation { logout { success } }"


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The key and its rights first: without those nothing else is asked."""
    with closing(_open(settings)) as client:
        try:
            held = _read_rights(client)
        except PrevenantError as error:
            yield Finding("engine", "address and key", "failed", str(error))
            return
        yield Finding("engine", "address and key", "ok", settings.vendure_url)
        yield from judge_rights(held)
        yield look("engine", "the plugin's change log", lambda: _read_log(client))
        yield look("engine", "the plugin's stock locations", lambda: f"{len(stock.list_stores(client))} are stores")
        yield look("engine", "the shared session secret", lambda: _sign_in(client), {"customer_cart"})
        yield _compare_clock(client, clock)


def judge_rights(held: frozenset[str]) -> Iterator[Finding]:
    """One finding for each permission, and one for those that nothing here needs."""
    names = {right.name for right in RIGHTS}
    yield from judge_each(RIGHTS, held | names if "SuperAdmin" in held else held)
    yield from judge_spare(held - names - _ALWAYS, "give the key a role of its own")


def find_sample(settings: Settings) -> Sample:
    """Any of the first twenty customers who has an account, and the newest order."""
    with closing(_open(settings)) as client:
        orders = client.read(_ANY_ORDER)["orders"]["items"]
        return Sample(_find_customer(client), OrderRef(orders[0]["id"]) if orders else None)


def make_probe(settings: Settings, now: datetime) -> Probe:
    """As our plugin signs, which is as Standard Webhooks are."""
    return Probe(*make_empty_call(settings.engine_webhook_secret, now))


def _read_rights(client: VendureClient) -> frozenset[str]:
    return frozenset(client.read(_MINE)["prevenantRights"])


def _read_log(client: VendureClient) -> str:
    found, _cursor = changes.poll_changes(client, "", 1)
    return "answers" if found else "answers, empty yet"


def _sign_in(client: VendureClient) -> str:
    """Vendure counts it as a sign-in of that customer; the session ends with the call."""
    customer = _find_customer(client)
    if not customer:
        raise Doubt("nobody has an account yet: it cannot be tried")
    client.write_as(customer, _SIGN_OUT)
    return "opens a customer's basket"


def _find_customer(client: VendureClient) -> CustomerRef | None:
    found = client.read(_ANY_CUSTOMER)["customers"]["items"]
    return next((CustomerRef(each["id"]) for each in found if each["user"]), None)


def _compare_clock(client: VendureClient, clock: Clock) -> Finding:
    try:
        return compare_clocks("Vendure's", client.read_time(), clock())
    except PrevenantError as error:
        return Finding("clock", "Vendure's", "warning", str(error))


def _open(settings: Settings) -> VendureClient:
    return VendureClient(
        settings.vendure_url, settings.vendure_api_key, settings.vendure_session_secret,
        deadline_seconds=settings.engine_deadline_seconds,
    )
