"""A shopper asks in the chat to be erased; afterwards nothing of them is anywhere, in a bot of its own."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from bot.bootstrap import Services, open_services
from bot.commerce.types import CustomerRef
from bot.prepare import RASA_PYTHON, export_vocabulary, is_model_current, prepare_data, train_model
from bot.privacy.handlers.outside import tracker_events
from bot.privacy.subject import find_person, read_subject
from bot.processes import list_processes, wait_until_ready
from bot.profile.store.engine import Store
from bot.profile.store.tables import erasures
from bot.settings import Settings
from tests.browser.conftest import make_environment, running
from tests.browser.shopper import Shopper
from tests.conftest import miss
from tests.privacy.search import search

pytestmark = pytest.mark.browser
EMAIL, PHONE = "margaux.thevenin@example.com", "+33639981259"
SAID = "mariage de Zéphyrine"  # words that nobody else says


@pytest.fixture
def own_bot(noon_zone: str, tmp_path: Path) -> Iterator[Services]:
    """The services of a bot of four processes on fresh databases, to look into them."""
    if not RASA_PYTHON.exists():
        miss("Rasa's environment (scripts/setup.sh)")
    if not is_model_current():
        train_model()
    logs = tmp_path / "log"
    logs.mkdir()
    environ = {**make_environment(tmp_path, noon_zone), "PREVENANT_LOG_FOLDER": str(logs)}
    services = open_services(Settings.from_env(environ))
    prepare_data(services)
    export_vocabulary(services, Path(environ["PREVENANT_VOCABULARY"]))
    with ExitStack() as stack:
        stack.callback(services.close)
        processes = sorted(list_processes(services.settings, environ), key=lambda each: each.name)
        for process in processes:  # one after the other: the action server gives up when it comes up too slowly
            stack.enter_context(running(process, logs))
            assert wait_until_ready(process, 300), (logs / f"{process.name}.log").read_text()[-3000:]
        yield services


@pytest.fixture
def shopper(own_bot: Services, browser: Browser, noon_zone: str) -> Iterator[Shopper]:
    context = browser.new_context(locale="fr-FR", timezone_id=noon_zone, base_url=own_bot.settings.public_url)
    made = Shopper(context.new_page(), "fr")
    yield made
    made.require_no_errors()
    context.close()


def test_nothing_is_left_of_a_shopper_who_asked_for_it_in_the_chat(own_bot: Services, shopper: Shopper) -> None:
    _end_orders(own_bot)
    shopper.sign_in("margaux")
    shopper.visit("/products/pull-marin-capitainerie")
    shopper.open_chat()
    shopper.say(f"je cherche une robe pour le {SAID}")
    marks = _marks_of(own_bot)
    places = " ".join(search(own_bot, marks))
    assert all(name in places for name in ("store.sqlite", "shop.sqlite", "trackers.sqlite"))
    shopper.say("supprime mon compte")
    shopper.sees("C’est définitif")
    shopper.say("oui")
    shopper.say(shopper.newest_code(EMAIL))
    shopper.sees("dans quelques minutes, il ne reste plus rien de vous ici")
    _wait_until_done(own_bot, shopper)
    assert search(own_bot, marks) == {}
    assert _senders_in_trackers(own_bot) == []
    assert EMAIL not in shopper.read_mailbox()
    _require_guest(shopper)
    assert search(own_bot, marks) == {}  # and nothing came back with the browser


def _end_orders(own_bot: Services) -> None:
    """A parcel that is under way keeps where it goes until it has arrived."""
    for order in own_bot.commerce.list_orders(CustomerRef("margaux")).items:
        if order.status != "cancelled":
            own_bot.commerce.cancel_order(order.ref, reason="other", idempotency_key="end", if_version=order.version)


def _require_guest(shopper: Shopper) -> None:
    shopper.visit("/")
    expect(shopper.page.locator("header a[href='/sign-in']")).to_be_visible()
    expect(shopper.page.locator("header.top")).not_to_contain_text("Margaux")
    if not shopper.panel.is_visible():
        shopper.open_chat()
    shopper.say("où est ma commande ?")
    shopper.sees(re.compile("numéro de commande|adresse e-mail"))
    expect(shopper.panel).not_to_contain_text(SAID)


def _marks_of(own_bot: Services) -> list[str]:
    """Everything the shopper goes by, and words that they alone said."""
    subject = read_subject(own_bot, find_person(own_bot, "customer_id", "margaux"))
    assert (subject.emails[0], subject.phones[0]) == (EMAIL, PHONE) and subject.sender_ids and subject.other_ids
    return [*(each for each in subject.marks if each != "margaux"), "Thévenin", "cours des Tilleuls", SAID, "Zéphyrine",
            "Z\\u00e9phyrine"]


def _wait_until_done(own_bot: Services, shopper: Shopper) -> None:
    for _ in range(120):
        with own_bot.store.read() as connection:
            if list(connection.scalars(sa.select(erasures.c.state))) == ["done"]:
                return
        shopper.page.wait_for_timeout(500)
    pytest.fail("the erasure did not come to its end within a minute")


def _senders_in_trackers(own_bot: Services) -> list[str]:
    trackers = Store(own_bot.settings.tracker_database_url)
    with trackers.read() as connection:
        found = list(connection.scalars(sa.select(tracker_events.c.sender_id).distinct()))
    trackers.close()
    return found
