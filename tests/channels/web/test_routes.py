"""The web channel's doors: one for browsers, and one that only our own processes find."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
import requests
import sqlalchemy as sa

from bot.channels.base import Vendor
from bot.channels.web.routes import SESSIONS_A_MINUTE
from bot.channels.web.send import WebSender
from bot.channels.web.tokens import read_session
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.errors import FixConfiguration, NotAllowed, Unavailable
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, messages
from tests.channels.rows import make_row
from tests.channels.web.conftest import Clock, Tab
from tests.servers.ports import find_free_port
from tests.servers.web import WebSite

BODY = {"sender_id": "s", "outbox_id": 1, "kind": "reply", "message": {"text": "Hello"}}


def sender_of(store: Store) -> str:
    with store.read() as connection:
        return str(connection.scalar(sa.select(conversations.c.sender_id)))


@pytest.fixture
def tab(site: WebSite, open_tab: Callable[[], Tab]) -> Tab:
    made = open_tab()
    made.enter(site.open_session())
    return made


def test_is_not_there_for_whoever_lacks_the_secret(site: WebSite) -> None:
    wrong = (
        {}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {site.settings.internal_secret}x"},
        {"Authorization": site.settings.internal_secret},
        {**site.internal, "X-Forwarded-For": "203.0.113.9"},  # through a proxy: from outside
    )
    for headers in wrong:
        answer = requests.post(f"{site.url}/internal/web/messages", json=BODY, headers=headers, timeout=5)
        assert answer.status_code == 404
        assert answer.json() == {"detail": "Not Found"}


def test_gives_a_browser_a_session(site: WebSite, now: datetime) -> None:
    answer = requests.post(f"{site.url}/widget/session", timeout=5)
    assert read_session(site.settings, answer.json()["session"], now)
    assert answer.headers["Cache-Control"] == "no-store"


def test_gives_one_address_so_many_sessions_a_minute(site: WebSite, clock: Clock) -> None:
    with requests.Session() as http:
        codes = {http.post(f"{site.url}/widget/session", timeout=5).status_code for _ in range(SESSIONS_A_MINUTE)}
        assert codes == {200}
        refused = http.post(f"{site.url}/widget/session", timeout=5)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        clock.forward(seconds=61)
        assert http.post(f"{site.url}/widget/session", timeout=5).status_code == 200


def test_shows_an_outbox_row_once(site: WebSite, tab: Tab, store: Store) -> None:
    sender = sender_of(store)
    answers = [site.show(sender, 7, OutboundMessage("Hello")) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2] != ""
    assert tab.hears("message")["text"] == "Hello"
    assert tab.heard_nothing("message")
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(messages)) == 1


def test_keeps_a_message_for_a_closed_widget(site: WebSite, tab: Tab, store: Store) -> None:
    tab.leave()
    tab.hears("disconnect")
    assert site.show(sender_of(store), 1, OutboundMessage("Hello"))
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(messages)) == 1


def test_shows_many_in_their_order_and_leaves_out_who_is_not_there(site: WebSite, tab: Tab, store: Store) -> None:
    sender = sender_of(store)
    rows = [
        replace(make_row(sender_id=sender), outbox_id=number, payload=OutboundMessage(str(number))) for number in (5, 3)
    ]
    rows.insert(1, replace(make_row(sender_id="unknown"), outbox_id=4))
    first, nobody, second = WebSender(site.settings).send_together(rows)
    assert isinstance(nobody, NotAllowed)
    assert [tab.hears("message")["text"] for _ in range(2)] == ["5", "3"]
    assert first != second
    assert tab.hears("typing") == {"is_typing": False}
    assert tab.heard_nothing("typing")


@pytest.mark.parametrize(
    "changes",
    [
        {"sender_id": 3}, {"outbox_id": "1"}, {"message": {}}, {"message": None}, {"message": 3},
    ],
)
def test_refuses_what_it_cannot_show(site: WebSite, changes: dict[str, object]) -> None:
    answer = requests.post(
        f"{site.url}/internal/web/messages", json={"messages": [{**BODY, **changes}]}, headers=site.internal, timeout=5
    )
    assert answer.status_code == 422


def test_refuses_a_body_that_is_no_json_or_too_large(site: WebSite) -> None:
    url = f"{site.url}/internal/web/messages"
    assert requests.post(url, data="{", headers=site.internal, timeout=5).status_code == 422
    for body in ("[1]", '{"messages": 3}', '{"messages": [3]}', json.dumps(BODY)):
        assert requests.post(url, data=body, headers=site.internal, timeout=5).status_code == 422
    assert requests.post(url, data=b"x" * 10_000_001, headers=site.internal, timeout=5).status_code == 413


# -- the worker's part: send.py, through this door ------------------------------------------------


def test_sends_once_whatever_is_repeated(site: WebSite, tab: Tab, store: Store) -> None:
    sender, row = WebSender(site.settings), make_row(sender_id=sender_of(store))
    assert sender.send(row) == sender.send(row) != ""
    assert tab.hears("message")["text"] == "Hello"
    assert tab.heard_nothing("message")


def test_sends_no_address_that_a_page_must_not_open(site: WebSite, tab: Tab, store: Store) -> None:
    bad = "javascript:alert(1)"
    card = Card("Coat", url=bad, image_url="data:text/html,x", buttons=(QuickReply("Go", url=bad),))
    message = OutboundMessage("Look", cards=(card,), quick_replies=(QuickReply("Go", url="//evil.example"),))
    WebSender(site.settings).send(make_row(sender_id=sender_of(store), payload=message))
    heard = tab.hears("message")
    assert "quick_replies" not in heard
    assert [heard["cards"][0][name] for name in ("url", "image_url", "buttons")] == ["", "", []]


def test_says_what_became_of_a_message_that_did_not_leave(site: WebSite, store: Store) -> None:
    with pytest.raises(NotAllowed):
        WebSender(site.settings).send(make_row(sender_id="unknown"))
    with pytest.raises(FixConfiguration, match="PREVENANT_SITE_INTERNAL_URL"):
        Vendor("site", "PREVENANT_SITE_INTERNAL_URL").post(f"{site.url}/internal/web/messages", {}, {})
    nowhere = replace(site.settings, site_internal_url=f"http://127.0.0.1:{find_free_port()}")
    with pytest.raises(Unavailable):
        WebSender(nowhere).send(make_row())
