"""The customers' pages: who finds whom, what each role sees, that every look is kept and nothing else is written."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.channels.inbox import receive
from bot.channels.outbox import enqueue
from bot.console.customer import EVENTS
from bot.console.deeds import customers as looking
from bot.console.masking import show_details, show_identity, show_trait, show_words
from bot.console.roles import ROLES
from bot.console.trail import read_trail
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage
from bot.profile.consent import record_consent
from bot.profile.conversations import note_inbound, open_conversation
from bot.profile.customers import merge_customers, resolve_identity, root_of
from bot.profile.events import Event, append_events
from bot.profile.store.tables import metadata
from bot.profile.traits import set_trait
from tests.conftest import NOW
from tests.console.test_pages import XSS

TALK = "e" * 32
EMAIL = "camille.durand@example.org"
SHOPS_CUSTOMER = "camille.laurier@example.com"


@pytest.fixture
def camille(services: Services) -> str:
    """Known by the shop and by a browser, who talked, allowed something, and was written to."""
    return add_camille(services)


def add_camille(services: Services) -> str:
    with services.store.write() as connection:
        root = resolve_identity(
            connection, "email", EMAIL, source="shop", is_verified=True, now=NOW, salt="a salt of sixteen"
        )
        talk = open_conversation(connection, "web", "browser-1", now=NOW + timedelta(hours=1), salt="a salt of sixteen",
                                 sender_id=TALK)
        note_inbound(connection, TALK, now=NOW, language="fr")
        merge_customers(connection, root, talk.customer_id, reason="verified by code", now=NOW)
        set_trait(connection, root, "first_name", "Camille", silo="crm", now=NOW)
        set_trait(connection, root, "first_name", "Cam", silo="web_claim", now=NOW - timedelta(days=1))
        set_trait(connection, root, "order_count", 3, silo="computed:shop", now=NOW)
        record_consent(connection, root, purpose="marketing", channel="email", state="granted", source="shop",
                       wording="", now=NOW)
        append_events(connection, [_event(root, n) for n in range(EVENTS + 5)])
        enqueue(connection, idempotency_key="n", kind="nudge", customer_id=root, sender_id="", channel="email",
                address=EMAIL, purpose="marketing", nudge="cart_left", now=NOW,
                payload=OutboundMessage("Your secret basket"))
        receive(connection, InboundMessage(MessageId("m"), "web", talk.sender_id, "a secret word"), NOW)
    return root


def _event(root: str, n: int) -> Event:
    return Event(f"e{n}", root, "web", "track", "Product Viewed", {"product_id": f"coat-{n}", "note": "secret note"},
                 NOW - timedelta(minutes=n), NOW)


def everything(services: Services) -> dict[str, list[str]]:
    with services.store.read() as connection:
        return {
            name: sorted(map(repr, connection.execute(sa.select(table))))
            for name, table in metadata.tables.items() if name not in ("console_trail", "rate_limits")
        }


def deeds(services: Services) -> list[tuple[str, str]]:
    with services.store.read() as connection:
        return [(each.deed, each.about) for each in read_trail(connection)]


def test_finds_nobody_by_too_little_or_by_what_nobody_has(services: Services, sign_in, camille: str) -> None:
    visitor = sign_in("cx")
    assert visitor.post("/console/customers", text="ca").status_code == 400
    assert "Nobody was found." in visitor.post("/console/customers", text="someone@example.org").text
    assert deeds(services) == [("searched", "nobody")]


@pytest.mark.parametrize("text", [EMAIL, EMAIL.upper(), "camille", "browser-1"])
def test_finds_a_person_by_what_they_go_by(services: Services, sign_in, camille: str, text: str) -> None:
    html = sign_in("cx").post("/console/customers", text=text).text
    assert f"/console/customers/{camille}" in html
    assert deeds(services) == [("found", f"customer:{camille}")]


def test_finds_by_phone_however_written_and_by_our_own_number(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        root = resolve_identity(
            connection, "phone", "+33612345678", source="shop", is_verified=True, now=NOW, salt="a salt of sixteen"
        )
    visitor = sign_in("cx")
    for text in ("06 12 34 56 78", "+33612345678", root):
        assert f"/console/customers/{root}" in visitor.post("/console/customers", text=text).text, text


def test_finds_whose_an_order_is(services: Services, sign_in) -> None:
    customer = services.commerce.find_customers(email=SHOPS_CUSTOMER)[0]
    order = services.commerce.list_orders(customer.ref).items[0]
    with services.store.write() as connection:
        root = resolve_identity(
            connection, "customer_id", customer.ref, source="shop", is_verified=True, now=NOW, salt="a salt of sixteen"
        )
    assert f"/console/customers/{root}" in sign_in("cx").post("/console/customers", text=order.ref).text


def test_finds_nobody_by_a_beginning_for_whom_addresses_are_masked(sign_in, camille: str) -> None:
    visitor = sign_in("marketing")
    assert "Nobody was found." in visitor.post("/console/customers", text="camille").text
    html = visitor.post("/console/customers", text=EMAIL).text
    assert camille in html and "c…@…" in html


def test_pages_through_those_who_begin_alike(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        roots = [resolve_identity(
            connection, "email", f"zo-{n:03}@example.org", source="shop", is_verified=True, now=NOW,
            salt="a salt of sixteen") for n in range(60)]
    visitor, found, after = sign_in("cx"), list[str](), ""
    for count in (25, 25, 10):
        html = visitor.post("/console/customers", text="zo-", after=after).text
        page = re.findall(r'href="/console/customers/(\w{32})"', html)
        assert len(page) == count
        found += page
        following = re.search(r'name="after" value="([^"]+)"', html)
        after = following[1] if following else ""
    assert sorted(found) == sorted(roots) and not after
    assert "another" not in visitor.post("/console/customers", text="zo-", after="nonsense:x").text


def test_searches_so_many_times_and_no_more(sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "SEARCHES", 1)
    monkeypatch.setattr(looking, "LOOKS", 0)
    visitor = sign_in("cx")
    assert visitor.post("/console/customers", text="nobody").status_code == 200
    assert visitor.post("/console/customers", text="nobody").status_code == 429
    assert visitor.client.get("/console/customers/x").status_code == 429


def test_a_look_writes_nothing_but_the_trail(services: Services, sign_in, camille: str) -> None:
    visitor = sign_in("admin")
    visitor.client.get("/console/customers")
    before = everything(services)
    for path in ("", "/now", "/conversations", "/merges/1"):
        assert visitor.client.get(f"/console/customers/{camille}{path}").status_code == 200, path
    visitor.post("/console/customers", text=EMAIL)
    assert everything(services) == before
    who = f"customer:{camille}"
    assert deeds(services) == [("found", who), ("saw", who), ("read", who), ("asked_now", who), ("saw", who)]


@pytest.mark.parametrize("role", ["it", "marketing", "cx", "admin"])
def test_shows_to_each_role_what_it_may_see(sign_in, camille: str, role: str) -> None:
    html = sign_in(role).client.get(f"/console/customers/{camille}").text
    is_whole = role in ("cx", "admin")
    assert "coat-0" in html and "Number of orders" in html and "proved an address by a code" in html
    for words in (EMAIL, "Camille", "secret note", "Your secret basket", "browser-1"):
        assert (words in html) == is_whole, words
    assert (f"{camille}/conversations" in html) == is_whole
    assert (f"{camille}/merges/" in html) == (role != "marketing")
    assert "a secret word" not in html


def test_reads_what_was_said_where_the_role_may(sign_in, camille: str) -> None:
    assert "a secret word" in sign_in("cx").client.get(f"/console/customers/{camille}/conversations").text


def test_pages_what_happened(sign_in, camille: str) -> None:
    visitor = sign_in("cx")
    first = visitor.client.get(f"/console/customers/{camille}").text
    assert f"coat-{EVENTS - 1}" in first and f"coat-{EVENTS}" not in first
    earlier = first.split("?before=")[1].split('"')[0]
    second = visitor.client.get(f"/console/customers/{camille}?before={earlier}").text
    assert f"coat-{EVENTS}" in second and f"coat-{EVENTS - 1}" not in second
    assert f'href="/console/customers/{camille}?before=' not in second


def test_parts_nobody_without_a_reason(services: Services, sign_in, camille: str) -> None:
    answer = sign_in("cx").post(f"/console/customers/{camille}/merges/1", reason=" ")
    assert answer.status_code == 400 and "Please say why" in answer.text
    assert deeds(services) == []


def test_parts_two_people_once_and_says_who_did(services: Services, sign_in, camille: str) -> None:
    visitor = sign_in("cx")
    path = f"/console/customers/{camille}/merges/1"
    assert visitor.post(path, reason="a shared browser").status_code == 303
    with services.store.read() as connection:
        browser = connection.scalar(sa.select(metadata.tables["conversations"].c.customer_id))
        assert root_of(connection, browser) == browser != camille
        audited = connection.execute(sa.select(metadata.tables["audit"])).one()
    assert (audited.action, audited.customer_id, audited.object_ref) == ("unmerged", camille, f"customer:{browser}")
    assert sorted(deeds(services)) == sorted(("parted", f"customer:{each}") for each in (camille, browser))
    assert visitor.post(path, reason="once more").status_code == 404


def test_nothing_of_a_customer_becomes_markup(services: Services, sign_in, camille: str) -> None:
    with services.store.write() as connection:
        for n, words in enumerate(XSS):
            set_trait(connection, camille, words[:64], words, silo=words[:64], now=NOW)
            append_events(connection, [Event(f"x{n}", camille, words[:64], "track", words, {words: words}, NOW, NOW)])
    visitor = sign_in("cx")
    shown = [visitor.client.get(f"/console/customers/{camille}{path}").text for path in ("", "/now")]
    shown += [visitor.post("/console/customers", text=words).text for words in XSS]
    for html in shown:
        assert "<script" not in html and "<img" not in html and "<svg onload" not in html


@pytest.mark.parametrize("role", ROLES)
def test_masks_in_doubt(role: str) -> None:
    shown: list[tuple[Any, Any]] = [
        (show_identity(role, "email", EMAIL), (EMAIL, "c…@…")),
        (show_identity(role, "phone", "+33612345678"), ("+33612345678", "…78")),
        (show_identity(role, "customer_id", "cus_17"), ("cus_17", "c…")),
        (show_trait(role, "nobody_named_it", "Paris"), ("Paris", "P…")),
        (show_trait(role, "address", {"city": "Paris"}), ("city Paris", "c…")),
        (show_trait(role, "favourite_colours", {"navy": 3.0}), ("navy 3", "navy 3")),
        (show_details(role, {"email": EMAIL, "size": "M"}), ([("email", EMAIL), ("size", "M")], [("size", "M")])),
        (show_words(role, "a word"), ("a word", "…")),
    ]
    for seen, (whole, masked) in shown:
        assert seen == (whole if role in ("cx", "admin") else masked)
