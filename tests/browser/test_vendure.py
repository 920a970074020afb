"""What the customer does, on a shop that runs on Vendure: the whole bot, a real browser, a live shop."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, expect

from bot.bootstrap import PROJECT, Services, open_services
from bot.commerce.demo_people import list_demo_people
from bot.commerce.types import CustomerRef
from bot.prepare import RASA_PYTHON, export_vocabulary, is_model_current, prepare_data, train_model
from bot.processes import list_processes, wait_until_ready
from bot.profile.customers import find_customer
from bot.profile.events import events_of
from bot.settings import Settings
from tests.browser.conftest import make_environment, running, shoppers
from tests.browser.shopper import Shopper
from tests.browser.test_stories import arrive, words
from tests.commerce.vendure.merchant import Merchant
from tests.conftest import miss
from tests.servers.vendure_shop import CannotRun, VendureShop, run_vendure

pytestmark = pytest.mark.browser
Open = Callable[..., Shopper]


@dataclass
class Bot:
    """The bot on Vendure, and who is who there."""

    services: Services
    shop: VendureShop
    refs: dict[str, CustomerRef]


@pytest.fixture(scope="module")
def vendure_bot(noon_zone: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Four processes on fresh databases, beside a live Vendure that calls them."""
    if not RASA_PYTHON.exists():
        miss("Rasa's environment (scripts/setup.sh)")
    if not is_model_current():
        train_model()
    folder, logs = tmp_path_factory.mktemp("vendure-bot"), tmp_path_factory.mktemp("vendure-logs")
    environ = make_environment(folder, noon_zone)
    with ExitStack() as stack:
        try:
            site = environ["PREVENANT_SITE_INTERNAL_URL"]
            shop = stack.enter_context(run_vendure(webhook_url=f"{site}/webhooks/shop"))
        except CannotRun as error:
            miss(str(error))
        environ = {**environ, **shop.settings()}
        services = open_services(Settings.from_env(environ))
        stack.callback(services.close)
        prepare_data(services)
        export_vocabulary(services, Path(environ["PREVENANT_VOCABULARY"]))
        processes = sorted(list_processes(services.settings, environ), key=lambda each: each.name)
        for process in processes:  # one after the other: the action server gives up when it comes up too slowly
            stack.enter_context(running(process, logs))
            assert wait_until_ready(process, 300), (logs / f"{process.name}.log").read_text()[-3000:]
        _ask_until_warm(services.settings.public_url)
        people = list_demo_people(services.commerce, PROJECT / "data" / "shops" / "demo")
        yield Bot(services, shop, {each.id: each.ref for each in people})


def _ask_until_warm(url: str) -> None:
    """A Vendure that has just come up, on a busy machine, is too slow for the first page now and then (503)."""
    for _ in range(12):
        if requests.get(url, timeout=60).ok:
            return
        time.sleep(5)
    raise AssertionError(f"{url} did not show a page within a minute")


@pytest.fixture
def open_shopper(vendure_bot: Bot, browser: Browser, noon_zone: str) -> Iterator[Open]:
    """Shoppers before this bot."""
    with shoppers(browser, vendure_bot.services.settings.public_url, noon_zone) as make:
        yield make


def test_shows_nothing_of_an_order_to_somebody_who_guesses(vendure_bot: Bot, open_shopper: Open) -> None:
    order = vendure_bot.services.commerce.list_orders(vendure_bot.refs["hugo"]).items[0]
    shopper = arrive(open_shopper, "fr")
    shopper.say(f"où est ma commande {order.number} ?")
    shopper.say("nobody@example.com")
    shopper.say("000000")
    expect(shopper.panel.locator('[data-prevenant="timeline"]')).to_have_count(0)


def test_does_the_main_job_from_the_first_page_to_the_last_word(
    vendure_bot: Bot, open_shopper: Open, language: str
) -> None:
    """An order told, an order cancelled, a basket filled: each as Vendure holds it afterwards."""
    commerce, ref = vendure_bot.services.commerce, vendure_bot.refs[words(language, "camille", "oliver")]
    late = next(each for each in commerce.list_orders(ref).items if each.fulfilment_status == "shipped")
    shopper = arrive(open_shopper, language, ref)
    shopper.say(words(language, f"où est ma commande {late.number} ?", f"where is my order {late.number}?"))
    shopper.sees_anywhere(late.number)
    expect(shopper.panel.locator('[data-prevenant="timeline"]').last).to_contain_text(late.shipments[0].tracking_number)

    shopper.say(words(language, "je cherche un pull bleu marine", "I am looking for a navy jumper"))
    card = shopper.ours.last.locator('[data-prevenant="card"]').first
    name = card.locator("h3").inner_text().strip()
    shopper.say(words(language, "ajoute le premier en M", "add the first one in M"))
    shopper.sees_anywhere(words(language, "Dans votre panier", "In your basket"))
    cart = commerce.open_cart(ref, idempotency_key="unused")
    assert [(line.quantity, line.options["colour"], line.options["size"]) for line in cart.lines] == [(1, "navy", "M")]
    shopper.say(words(language, "qu'est-ce que j'ai dans mon panier ?", "what's in my cart?"))
    expect(shopper.ours.last).to_contain_text(name)


def test_cancels_an_order_by_typing(vendure_bot: Bot, open_shopper: Open, language: str) -> None:
    commerce, ref = vendure_bot.services.commerce, vendure_bot.refs[words(language, "margaux", "lucie")]
    order = next(each for each in commerce.list_orders(ref).items if each.editable.cancel)
    shopper = arrive(open_shopper, language, ref)
    shopper.say(words(language, "je voudrais annuler ma commande", "I would like to cancel my order"))
    shopper.sees(words(language, "Pourquoi", "Why"))
    shopper.say(words(language, "je l'ai commandée par erreur", "I ordered it by mistake"))
    shopper.sees(words(language, "J’annule la commande", "I will cancel order"))
    shopper.say(words(language, "oui vas-y", "yes go ahead"))
    shopper.sees(words(language, "est annulée", "is cancelled"))
    assert commerce.get_order(order.ref).status == "cancelled"


def test_knows_of_a_parcel_that_has_left(vendure_bot: Bot, open_shopper: Open) -> None:
    """What happens in Vendure reaches the profile by its call, and the next answer."""
    commerce, store, ref = vendure_bot.services.commerce, vendure_bot.services.store, vendure_bot.refs["hugo"]
    order = next(each for each in commerce.list_orders(ref).items if each.editable.cancel)
    Merchant(vendure_bot.shop).send(order.ref)
    until, names = time.monotonic() + 10, [""]
    while "Shipment Updated" not in names and time.monotonic() < until:
        with store.read() as connection:
            person = find_customer(connection, "customer_id", ref)
            names = [each.name for each in events_of(connection, person)] if person else []
        time.sleep(0.1)
    assert "Shipment Updated" in names
    shopper = arrive(open_shopper, "fr", ref)
    shopper.say(f"où est ma commande {order.number} ?")
    shopper.sees_anywhere(re.compile("en route|parti|expédi", re.IGNORECASE))
