"""Links of nudges: signed, counted once, and leading nowhere but to the shop's own pages."""

from dataclasses import replace
from datetime import datetime

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.clicks import count_links, is_own, make_link, read_token
from bot.channels.follow_link import build_link_router
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.errors import NotAllowed
from bot.profile.customers import resolve_identity
from bot.profile.store.engine import Store
from bot.profile.store.tables import events, outbox
from bot.settings import Settings
from tests.channels.rows import make_row


def message(settings: Settings) -> OutboundMessage:
    own = settings.public_url
    return OutboundMessage(
        "Your basket", quick_replies=(QuickReply("See", url=f"{own}/basket"), QuickReply("Yes", payload="/affirm")),
        cards=(Card("Coat", image_url=f"{own}/a.png", url=f"{own}/p/coat", buttons=(
            QuickReply("Elsewhere", url="https://elsewhere.example/x"), QuickReply("Look", url=f"{own}/p/coat"),
        )),),
    )


@pytest.fixture
def client(store: Store, settings: Settings, now: datetime) -> TestClient:
    app = FastAPI()
    app.include_router(build_link_router(store, settings, lambda: now))
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def sent(store: Store, settings: Settings, now: datetime) -> int:
    """A letter that left, to somebody known."""
    with store.write() as connection:
        customer = resolve_identity(
            connection, "email", "a@example.com", source="shop", is_verified=True, now=now, salt=settings.holdout_salt
        )
        row = vars(make_row(customer_id=customer, kind="nudge", state="sent", channel="email", nudge="cart_left"))
        values = {**row, "payload": message(settings).to_json()}
        values.pop("outbox_id")
        return int(connection.execute(sa.insert(outbox).values(values)).inserted_primary_key[0])


def path(settings: Settings, sent: int, number: int = 0) -> str:
    return make_link(settings, sent, number).removeprefix(settings.public_url.rstrip("/"))


def clicks(store: Store) -> list[sa.Row]:
    with store.read() as connection:
        return list(connection.execute(sa.select(events).where(events.c.silo == "prevenant")))


@pytest.mark.parametrize("url", [
    "", "/basket", "https://elsewhere.example/x", "javascript:alert(1)", "http://user@localhost:8000/", "//x.example",
    "http://[broken", "https://localhost.elsewhere.example/",
])
def test_counts_nothing_that_is_not_the_shops_own(settings: Settings, url: str) -> None:
    assert not is_own(settings, url)
    said = OutboundMessage("", quick_replies=(QuickReply("x", url=url),))
    assert count_links(said, 7, settings) == said


@pytest.mark.parametrize("token", ["", "x", "A" * 28, "é", "../../x"])
def test_opens_the_shop_and_keeps_nothing_for_what_we_did_not_make(
    client: TestClient, store: Store, settings: Settings, token: str
) -> None:
    answer = client.get(f"/l/{token or 'nothing'}")
    assert answer.headers.get("location", settings.public_url) == settings.public_url and clicks(store) == []


def test_refuses_a_token_whose_message_was_changed(settings: Settings) -> None:
    token = make_link(settings, 7, 0).rpartition("/")[2]
    with pytest.raises(NotAllowed):
        read_token(settings, token[:-2] + ("AA" if token[-2:] != "AA" else "BB"))
    with pytest.raises(NotAllowed):
        read_token(replace(settings, session_secret="another secret of us"), token)
    assert read_token(settings, token) == (7, 0)


def test_a_preview_counts_nothing(client: TestClient, store: Store, settings: Settings, sent: int) -> None:
    address = path(settings, sent)
    assert client.head(address).status_code == 405
    assert client.get(address, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 303
    assert clicks(store) == []


def test_leads_to_the_page_and_counts_a_link_once(
    client: TestClient, store: Store, settings: Settings, sent: int
) -> None:
    counted = count_links(message(settings), sent, settings)
    assert counted.quick_replies[0].url == make_link(settings, sent, 0)
    assert counted.quick_replies[1].url == "" and counted.cards[0].image_url.endswith("/a.png")
    assert counted.cards[0].buttons[0].url == "https://elsewhere.example/x"
    for number, page in ((0, "/basket"), (2, "/p/coat"), (0, "/basket")):
        answer = client.get(path(settings, sent, number))
        assert (answer.status_code, answer.headers["location"]) == (303, settings.public_url + page)
        assert answer.headers["cache-control"] == "no-store"
    assert [(each.name, each.properties["nudge"], each.properties["link"]) for each in clicks(store)] == [
        ("Email Link Clicked", "cart_left", 0), ("Email Link Clicked", "cart_left", 2),
    ]


def test_leads_nowhere_but_to_the_shop_whatever_the_message_says(
    client: TestClient, store: Store, settings: Settings, sent: int
) -> None:
    assert client.get(path(settings, sent, 3)).headers["location"] == settings.public_url  # elsewhere.example
    assert client.get(path(settings, sent, 200)).headers["location"] == settings.public_url
    assert client.get(path(settings, sent + 1)).headers["location"] == settings.public_url  # not kept any more


def test_other_hosts_of_the_shop_are_its_own_when_it_says_so(settings: Settings) -> None:
    wider = replace(settings, link_hosts="Shop.example.org, www.example.org")
    assert is_own(wider, "https://shop.example.org/p/1") and is_own(wider, "https://www.example.org/")
    assert not is_own(settings, "https://shop.example.org/p/1")
