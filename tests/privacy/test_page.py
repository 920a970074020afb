"""The page of one's data: in the reader's words throughout, nothing that opens a door, nothing left out unsaid."""

import re
from dataclasses import replace

import pytest

from bot.bootstrap import Services
from bot.channels.outbox import enqueue, mark_all_sending, mark_sent
from bot.commerce.types import OrderRef
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.privacy.export import Copy, export_person
from bot.privacy.handlers.registry import SHOWN
from bot.privacy.names import NAMES
from bot.privacy.page import FILE, render_page
from bot.privacy.secrets import CUT, cut_secrets
from bot.privacy.tables import DRAWN, IN_THE_FILE_ALONE, SECTIONS
from bot.privacy.words import Words
from bot.service.invoices import make_link
from bot.storefront.session import cart_token
from bot.texts.catalogue import load_catalogue
from tests.privacy.people import ZELDA, settle

# Words that only programs say, and English that would stand in a French page.
_RAW = re.compile(r"\b\w+_\w+\b|\d{4}-\d\d-\d\d|\d\dT\d\d|\b[0-9a-f]{32}\b|\bNone\b|\bTrue\b|\{|\}")
_ENGLISH = re.compile(r"\b(the|your|of|computed|proven|delivered|cancelled|order|when|shop|Viewed|Completed)\b")


@pytest.fixture
def root(services: Services) -> str:
    return settle(services, ZELDA)


def _copy(services: Services, root: str, language: str) -> Copy:
    return export_person(services, root, language=language)


def _read(page: str) -> str:
    """What a person sees of it."""
    body = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace(FILE, "")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_shows_no_word_of_a_machine(services: Services, root: str, language: str) -> None:
    text = _read(render_page(_copy(services, root, language), language=language, timezone="Europe/Paris"))
    assert _RAW.findall(text) == []
    assert "24 novembre 2026 à 11:00" in text or "24 November 2026 at 11:00" in text  # Paris, not UTC


def test_speaks_french_throughout(services: Services, root: str) -> None:
    text = _read(render_page(_copy(services, root, "fr"), language="fr", timezone="Europe/Paris"))
    assert _ENGLISH.findall(text) == []
    assert "Adeptes du bleu marine" in text and "Bottines Chelsea Ardoise" in text and "159,00" in text
    assert "France" in text and "noir" in text and "Un panier laissé" in text and "en route" in text


def test_every_table_is_shown_or_says_why_not(services: Services, root: str) -> None:
    parts = _copy(services, root, "en").document["parts"]
    tables = {(part["name"], table) for part in parts for table in part["data"]}
    assert tables == {*SECTIONS, *DRAWN, *IN_THE_FILE_ALONE}
    assert {part["name"] for part in parts} == {each.name for each in SHOWN}


def test_every_name_is_said_in_french() -> None:
    french = load_catalogue("fr")
    used = {*(each for names in NAMES.values() for each in names.values()),
            *(each.title for each in SECTIONS.values()),
            *(head for each in SECTIONS.values() for head, _ in each.columns)}
    assert sorted(used - french.keys()) == []


@pytest.mark.parametrize("text", [
    "F2026-0001", "https://shop.example/orders/MP204819?x=1", "a.b.c", "data:image/png;base64,eyJh",
])
def test_cuts_nothing_that_opens_nothing(text: str) -> None:
    assert cut_secrets({"a": [text, 1, None]}) == {"a": [text, 1, None]}


def test_cuts_out_what_opens_a_door(services: Services, root: str) -> None:
    order = services.commerce.list_orders(ZELDA.ref).items[0]  # type: ignore[arg-type]  # a plain id reads better here
    invoice = make_link(services.settings, OrderRef(order.ref), "fr", services.clock())
    basket = cart_token(services.settings, services.clock(), "cart-1")
    message = OutboundMessage(f"Voici : {invoice}", language="fr", quick_replies=(QuickReply("Ouvrir", url=invoice),))
    with services.store.write() as connection:
        made = enqueue(connection, idempotency_key="i", kind="reply", customer_id=root, sender_id=ZELDA.sender,
                       channel="web", address="", purpose="service", payload=message, now=services.clock())
        assert made
        mark_all_sending(connection, [made], services.clock())
        mark_sent(connection, made, "v", services.clock())
    copy = _copy(services, root, "fr")
    page = render_page(copy, language="fr", timezone="Europe/Paris")
    token = invoice.rpartition("/")[2]
    for given in (copy.to_json(), page, str(cut_secrets({"page": {"cart_token": basket}}))):
        assert token not in given and basket not in given and "eyJ" not in given
    assert f"/invoices/{CUT}" in copy.to_json() and f"/invoices/{CUT}" in page


def test_shows_twelve_rows_and_keeps_the_others_folded(services: Services, root: str) -> None:
    copy = _copy(services, root, "en")
    part = next(each for each in copy.document["parts"] if each["name"] == "events")
    one = part["data"]["events"][0]
    part["data"]["events"] = [{**one, "occurred_at": f"2026-11-24T10:{n:02}:00+00:00"} for n in range(30)]
    assert "the 18 others" in render_page(replace(copy), language="en", timezone="Europe/Paris")


@pytest.mark.parametrize(("name", "value", "told"), [
    ("country", "DE", "Allemagne"), ("locale", "fr-BE", "français (Belgique)"),
    ("spend", {"EUR": 4990}, "49,90\u00a0€"),
    ("favourite_colours", {"navy": 2}, "navy (2)"), ("answer_hours", {"email 09h": 3}, "e-mail, 9 h (3)"),
    ("order_count", {"orders": 2}, "2"), ("satisfaction", {"ratings": 1, "stars": 5.0}, "notes : 1, étoiles : 5"),
    ("unheard_of", None, ""),
])
def test_tells_a_trait_in_words(name: str, value: object, told: str) -> None:
    assert Words("fr", "Europe/Paris").trait(name, value) == told


@pytest.mark.parametrize(("days", "told"), [(1, "un jour"), (30, "30 jours"), (365, "un an"), (1095, "3 ans")])
def test_tells_a_length_as_people_count(days: int, told: str) -> None:
    assert Words("fr", "Europe/Paris").length(days) == told
