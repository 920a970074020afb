"""@segment/analytics-next in the shop's pages against the collector: what arrives and whose it is. No Rasa runs."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from bot.bootstrap import open_services
from bot.prepare import prepare_data
from bot.processes import site_process, wait_until_ready
from bot.profile.customers import find_customer
from bot.profile.events import Event, events_of
from bot.profile.store.engine import Store
from bot.profile.store.tables import events
from bot.settings import Settings
from tests.browser.conftest import make_environment, running, shoppers
from tests.browser.shopper import Shopper

pytestmark = pytest.mark.browser
_WITHIN_SECONDS = 20
JUMPER, SHIRT, COAT = "pull-marin-capitainerie", "mariniere-amarre", "caban-iroise"


@dataclass
class Shop:
    """A site with nobody behind it, and its store."""

    url: str
    store: Store
    make: Callable[..., Shopper]

    def of(self, customer: str) -> list[Event]:
        with self.store.read() as connection:
            found = find_customer(connection, "customer_id", customer)
            return events_of(connection, found) if found else []

    def viewed(self, customer: str) -> set[str]:
        return {_product(each) for each in self.of(customer) if each.name == "Product Viewed"}

    def viewers(self, product: str) -> set[str]:
        """The customers (not merged) under whom a look at a product is kept, whoever it was."""
        with self.store.read() as connection:
            rows = connection.execute(sa.select(events).where(events.c.name == "Product Viewed")).all()
        return {row.customer_id for row in rows if product in str(row.properties)}

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Until the collector has stored what the page sends in its own time."""
        deadline = time.monotonic() + _WITHIN_SECONDS
        while not is_so() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert is_so()


def _product(event: Event) -> str:
    return str(event.properties.get("product_id"))


@pytest.fixture(scope="module")
def site(
    noon_zone: str, browser_path: str, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    environ = make_environment(tmp_path_factory.mktemp("shop"), noon_zone)
    settings = Settings.from_env(environ)
    services = open_services(settings)
    prepare_data(services)
    with running(process := site_process(settings, environ), tmp_path_factory.mktemp("logs")) as started:
        assert wait_until_ready(process, 120, is_over=lambda: started.poll() is not None)
        with shoppers(browser, settings.public_url, noon_zone) as make:
            yield Shop(settings.public_url, services.store, make)
    services.close()


def _sign_out(shopper: Shopper) -> None:
    shopper.visit("/account")
    shopper.page.locator("form[action='/sign-out'] button").first.click()
    expect(shopper.page.locator("header a[href='/sign-in']").first).to_be_visible()


def test_what_a_guest_looked_at_is_nobodys_until_they_sign_in_and_theirs_then(site: Shop, language: str) -> None:
    customer = {"fr": "camille", "en": "oliver"}[language]
    shopper, before = site.make(language), site.viewers(JUMPER)
    shopper.visit(f"/products/{JUMPER}")
    site.wait(lambda: len(site.viewers(JUMPER) - before) == 1)
    assert site.viewed(customer) == set()
    shopper.sign_in(customer)
    shopper.visit(f"/products/{SHIRT}")
    site.wait(lambda: site.viewed(customer) == {JUMPER, SHIRT})
    told = site.of(customer)
    assert {each.silo for each in told if each.name == "Product Viewed"} == {"web"}
    assert {"Page Viewed", "Identified"} <= {each.name for each in told}


def test_two_people_at_one_device_see_and_are_told_nothing_of_each_other(site: Shop) -> None:
    shopper = site.make("fr")
    shopper.sign_in("lucie")
    shopper.visit(f"/products/{JUMPER}")
    site.wait(lambda: site.viewed("lucie") == {JUMPER})
    shopper.open_chat()
    shopper.panel.get_by_role("textbox").first.fill("le secret de Lucie")
    shopper.page.keyboard.press("Enter")
    expect(shopper.panel).to_contain_text("le secret de Lucie")
    shopper.page.keyboard.press("Escape")  # the open chat lies over the button
    expect(shopper.panel).to_be_hidden()
    _sign_out(shopper)
    shopper.visit(f"/products/{COAT}")
    site.wait(lambda: len(site.viewers(COAT)) == 1)
    shopper.sign_in("hugo")
    shopper.visit(f"/products/{SHIRT}")
    site.wait(lambda: SHIRT in site.viewed("hugo"))
    expect(shopper.page.locator("body")).not_to_contain_text("le secret de Lucie")
    shopper.open_chat()
    expect(shopper.panel).not_to_contain_text("le secret de Lucie")
    assert site.viewed("lucie") == {JUMPER}
    assert site.viewed("hugo") == {COAT, SHIRT}, "what the guest in between looked at is who signs in next"
    with site.store.read() as connection:
        lucie, hugo = (find_customer(connection, "customer_id", each) for each in ("lucie", "hugo"))
    assert lucie != hugo
