"""A picture comes in under the browser's session, once, and is shown to whoever has its address, while they may."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests
import sqlalchemy as sa

from bot.channels.handover import work_inbox
from bot.channels.outbox import list_rows
from bot.channels.picture_bytes import MOST_BYTES
from bot.channels.web.pictures import PICTURES_A_MINUTE
from bot.contracts.messages import InboundMessage, OutboundMessage
from bot.profile.store.engine import Store
from bot.profile.store.tables import inbox, messages, pictures
from bot.service.transcript import read_transcript
from tests.channels.test_picture_bytes import read
from tests.channels.web.conftest import Clock, Tab
from tests.channels.web.test_receive import count, sender_of
from tests.servers.web import WebSite

Open = Callable[..., Tab]


def send(site: WebSite, session: str, data: bytes, message_id: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {session}", "X-Message-Id": message_id or uuid4().hex}
    return requests.post(f"{site.url}/widget/pictures", data=data, headers=headers, timeout=5)


class NobodyAnswers:
    """Rasa that must hear nothing."""

    def hand_over(self, message: InboundMessage) -> list[OutboundMessage]:
        raise AssertionError(message)


@pytest.mark.parametrize("session", ["", "forged.by.hand"])
def test_takes_nothing_without_a_session_of_ours(site: WebSite, store: Store, session: str) -> None:
    assert send(site, session, read("picture.jpg")).status_code == 403
    assert count(store, pictures) == 0


def test_takes_nothing_before_there_is_a_conversation(site: WebSite, store: Store) -> None:
    assert send(site, site.open_session(), read("picture.jpg")).json()["error"] == "session_ended"
    assert count(store, pictures) == 0


@pytest.mark.parametrize(
    ("data", "message_id", "field"),
    [(b"<svg/>", "", "picture"), (bytes(MOST_BYTES + 1), "", "picture"), (b"\xff\xd8\xff", "short", "id")],
)
def test_names_what_is_wrong(
    site: WebSite, open_tab: Open, store: Store, data: bytes, message_id: str, field: str
) -> None:
    session = site.open_session()
    open_tab().enter(session)
    answer = send(site, session, data, message_id)
    assert (answer.status_code, answer.json()) == (422, {"ok": False, "error": "invalid", "field": field})
    assert count(store, pictures) == count(store, messages) == count(store, inbox) == 0


def test_keeps_a_picture_once_and_shows_it_in_every_tab(site: WebSite, open_tab: Open, store: Store) -> None:
    session = site.open_session()
    tab = open_tab()
    tab.enter(session)
    first, second = (send(site, session, read("picture.jpg"), "the-same-id").json() for _ in range(2))
    assert first == second and first["ok"] and first["id"] == "the-same-id"
    assert tab.hears("message")["image_url"] == first["image_url"]
    assert tab.heard_nothing("message")
    assert count(store, pictures) == count(store, messages) == count(store, inbox) == 1
    ready = open_tab().enter(session)
    assert [each["image_url"] for each in ready["messages"]] == [first["image_url"]]
    shown = requests.get(site.url + first["image_url"], timeout=5)
    assert shown.headers["content-type"] == "image/jpeg" and b"SECRET" not in shown.content
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]


def test_shows_no_picture_to_who_guesses_or_once_its_person_has_signed_out(
    site: WebSite, open_tab: Open, vouch: Callable[..., str]
) -> None:
    session = site.open_session()
    open_tab().enter(session, customer_token=vouch())
    address = send(site, session, read("lossy.webp")).json()["image_url"]
    assert requests.get(site.url + address, timeout=5).status_code == 200
    assert requests.get(f"{site.url}{address[:-1]}", timeout=5).status_code == 404
    with pytest.raises(Exception, match="session_ended"):
        open_tab().enter(session)  # no token: signed out
    assert requests.get(site.url + address, timeout=5).status_code == 404
    assert send(site, session, read("picture.png")).json()["error"] == "session_ended"


def test_slows_down_who_sends_too_many(site: WebSite, open_tab: Open, store: Store, clock: Clock) -> None:
    session = site.open_session()
    open_tab().enter(session)
    answers = [send(site, session, read("picture.png")) for _ in range(PICTURES_A_MINUTE + 1)]
    assert [each.status_code for each in answers] == [200] * PICTURES_A_MINUTE + [429]
    assert count(store, pictures) == PICTURES_A_MINUTE
    clock.forward(seconds=61)
    assert send(site, session, read("picture.png")).ok


def test_answers_honestly_and_rasa_never_hears_of_it(
    site: WebSite, open_tab: Open, store: Store, clock: Clock
) -> None:
    session = site.open_session()
    open_tab().enter(session, language="fr")
    send(site, session, read("picture.jpg"))
    assert work_inbox(store, NobodyAnswers(), clock) == 1
    with store.read() as connection:
        (row,) = list_rows(connection)
        said = read_transcript(connection, sender_of(store))
        kept: Any = connection.scalar(sa.select(pictures.c.picture_id))
    assert "Je ne sais pas juger une image" in row.payload.text
    assert [each.payload for each in row.payload.quick_replies] == ["/contact_human_agent"]
    assert [(each.who, each.picture_id) for each in said] == [("customer", kept), ("bot", "")]
