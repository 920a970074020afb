"""The embedded shop looked at: its database is there, filled, and can be written."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url

from bot.commerce.checking import Clock, Doubt, Finding, Probe, Question, Sample, look
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.signed_changes import make_empty_call
from bot.commerce.types import CustomerRef
from bot.settings import Settings

QUESTIONS: tuple[Question, ...] = ()


def check_back_end(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Its database. A file that is not there yet is made by the first `prevenant run`."""
    yield look("engine", "the embedded shop's database", lambda: _open_database(settings, clock))


def find_sample(settings: Settings) -> Sample:
    """The first demo customer who has ordered."""
    with closing(_open(settings)) as engine:
        for person in engine.list_demo_customers():
            customer = CustomerRef(str(person["ref"]))
            for order in engine.list_orders(customer, limit=1).items:
                return Sample(customer, order.ref)
    return Sample()


def make_probe(settings: Settings, now: datetime) -> Probe:
    """As Standard Webhooks are signed."""
    return Probe(*make_empty_call(settings.engine_webhook_secret, now))


def _open_database(settings: Settings, clock: Clock) -> str:
    url = make_url(settings.shop_database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise Doubt("it is not made yet: `prevenant run` does that")
    with closing(_open(settings, clock)) as engine, engine.database.write():
        return url.render_as_string(hide_password=True)


def _open(settings: Settings, clock: Clock = datetime.now) -> DemoEngine:
    return DemoEngine(settings.shop_database_url, public_url=settings.public_url, clock=clock)
