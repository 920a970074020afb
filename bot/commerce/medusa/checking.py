"""A Medusa shop looked at: both keys, the country's region, the clock. A secret key has no rights of its own."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, compare_clocks, look
from bot.commerce.medusa.client import MedusaClient
from bot.commerce.medusa.regions import RegionReader
from bot.commerce.signed_changes import make_empty_call
from bot.commerce.types import CustomerRef, OrderRef
from bot.errors import PrevenantError
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = (
    Question("medusa_url", "Medusa's address, without a path (https://shop.example.org)"),
    Question("medusa_secret_key", "A secret API key (sk_...)", is_secret=True),
    Question("medusa_publishable_key", "The publishable key of the sales channel (pk_...)", is_secret=True),
    Question("medusa_country", "Whose prices customers are told, as fr (none: the first region's)", is_optional=True),
    Question("engine_webhook_secret", "PREVENANT_WEBHOOK_SECRET of our subscriber (none: polled)", True, True),
    Question("storefront_url", "Where the shop's own pages are (none: ours)", is_optional=True),
)
_BASKETS = frozenset({"server_cart", "customer_cart", "place_order"})


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """The secret key first: without it nothing else is asked."""
    with closing(_open(settings)) as client:
        try:
            client.read("admin/stores", fields="id", limit=1)
        except PrevenantError as error:
            yield Finding("engine", "address and secret key", "failed", str(error))
            return
        yield Finding("engine", "address and secret key", "ok", settings.medusa_url)
        yield look("engine", "the publishable key and the region", lambda: _read_region(client, settings), _BASKETS)
        yield look("engine", "ways to pay", lambda: _read_payments(client, settings), {"place_order"})
        yield _compare_clock(client, clock)


def find_sample(settings: Settings) -> Sample:
    """The first customer who has an account, and the newest order."""
    with closing(_open(settings)) as client:
        people = client.read("admin/customers", has_account="true", fields="id", limit=1)["customers"]
        orders = client.read("admin/orders", fields="id,status", order="-created_at", limit=1)["orders"]
        return Sample(
            CustomerRef(people[0]["id"]) if people else None, OrderRef(orders[0]["id"]) if orders else None)


def make_probe(settings: Settings, now: datetime) -> Probe:
    """As our subscriber signs, which is as Standard Webhooks are."""
    return Probe(*make_empty_call(settings.engine_webhook_secret, now))


def _read_region(client: MedusaClient, settings: Settings) -> str:
    region = RegionReader(client, settings.medusa_country).read()
    client.read("store/products", fields="id", limit=1, region_id=region.id, country_code=region.country)
    return f"{region.currency}, seen from {region.country.upper()}"


def _read_payments(client: MedusaClient, settings: Settings) -> str:
    region = RegionReader(client, settings.medusa_country).read()
    offered = client.read("store/payment-providers", region_id=region.id)["payment_providers"]
    if not offered:
        raise Doubt("the region offers none: nothing can be bought")
    return ", ".join(sorted(each["id"] for each in offered))


def _compare_clock(client: MedusaClient, clock: Clock) -> Finding:
    try:
        return compare_clocks("Medusa's", client.read_time(), clock())
    except PrevenantError as error:
        return Finding("clock", "Medusa's", "warning", str(error))


def _open(settings: Settings) -> MedusaClient:
    return MedusaClient(
        settings.medusa_url, settings.medusa_secret_key, settings.medusa_publishable_key,
        deadline_seconds=settings.engine_deadline_seconds,
    )
