"""The people's inbox in a browser's hands: who may enter, what is shown, that a form is ours."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pytest_httpserver import HTTPServer

from bot.bootstrap import Services, open_services
from bot.channels.inbox import receive
from bot.contracts.messages import InboundMessage, MessageId, SenderId
from bot.handoff.pages import SIGN_INS, build_people_router
from bot.profile.conversations import note_inbound, open_conversation
from bot.profile.handoffs import add_handoff, list_handoffs
from bot.profile.photo_wishes import WISH_LIFE, PhotoWish, keep_wish
from bot.profile.pictures import keep_picture
from bot.profile.store.tables import inbox
from bot.settings import Settings
from bot.site import compose
from tests.conftest import NOW
from tests.servers.ports import find_free_port

PASSWORD = "un-mot-de-passe-long"


def _open(services: Services) -> TestClient:
    app = FastAPI()
    app.include_router(build_people_router(services))
    return TestClient(app, headers={"accept-language": "en"})


def _close(services: Services) -> Services:
    return replace(services, settings=replace(services.settings, people_password=PASSWORD))


@pytest.fixture
def desk(services: Services) -> Iterator[TestClient]:
    """Somebody of the shop's, signed in to the demo."""
    with _open(services) as client:
        client.post("/people/sign-in", data={"name": "Léa"})
        yield client


@pytest.fixture
def asked(services: Services) -> int:
    """Somebody asked for a person, with words that want to be markup."""
    with services.store.write() as connection:
        made = open_conversation(connection, "web", "browser-1", now=NOW, salt="s" * 16, sender_id="s-1")
        handoff_id = add_handoff(
            connection, turn_key="k", reference="R-1", sender_id="s-1", customer_id=made.customer_id, channel="web",
            language="en", about="complaint", order_number="", email="", summary="<script>alert(1)</script>", now=NOW,
        )
    assert handoff_id
    return handoff_id


def _token(desk: TestClient) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', desk.get("/people").text)
    assert found
    return found[1]


def _act(desk: TestClient, asked: int, deed: str, **fields: str) -> int:
    data = {"form_token": _token(desk), **fields}
    return desk.post(f"/people/{asked}/{deed}", data=data, follow_redirects=False).status_code


@pytest.mark.parametrize("path", ["/people", "/people/list", "/people/1", "/people/1/talk"])
def test_shows_the_door_to_strangers(services: Services, asked: int, path: str) -> None:
    with _open(_close(services)) as stranger:
        answer = stranger.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/people/sign-in")
    assert answer.text == '{"detail":"See Other"}'


def test_lets_nobody_act_without_signing_in(services: Services, asked: int) -> None:
    with _open(_close(services)) as stranger:
        stranger.post(f"/people/{asked}/take", data={"form_token": "x"}, follow_redirects=False)
    assert _states(services) == ["waiting"]


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper()])
def test_opens_to_no_other_password(services: Services, password: str) -> None:
    with _open(_close(services)) as stranger:
        answer = stranger.post("/people/sign-in", data={"name": "Léa", "password": password})
        assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_opens_to_the_password(services: Services) -> None:
    with _open(_close(services)) as member:
        answer = member.post("/people/sign-in", data={"name": "Léa", "password": PASSWORD})
    assert answer.status_code == 200 and "Nobody is waiting" in answer.text


def test_stops_a_guesser(services: Services) -> None:
    with _open(_close(services)) as stranger:
        tries = [stranger.post("/people/sign-in", data={"name": "x", "password": "y"}).status_code
                 for _ in range(SIGN_INS + 1)]
    assert tries == [403] * SIGN_INS + [429]


def test_signs_everybody_out_with_a_new_password(services: Services) -> None:
    with _open(_close(services)) as member:
        member.post("/people/sign-in", data={"name": "Léa", "password": PASSWORD})
        cookies = dict(member.cookies)
    other = replace(services, settings=replace(services.settings, people_password="an-other-password"))
    with _open(other) as later:
        later.cookies.update(cookies)
        assert later.get("/people", follow_redirects=False).status_code == 303


def test_forgets_who_signed_in_after_a_working_day(services: Services, desk: TestClient) -> None:
    later = replace(services, clock=lambda: NOW + timedelta(hours=13))
    with _open(later) as tomorrow:
        tomorrow.cookies.update(dict(desk.cookies))
        assert tomorrow.get("/people", follow_redirects=False).status_code == 303


def test_refuses_a_form_that_is_not_ours(desk: TestClient, services: Services, asked: int) -> None:
    assert desk.post(f"/people/{asked}/take", data={"form_token": "0" * 64}).status_code == 403
    assert _states(services) == ["waiting"]


def test_refuses_a_form_without_end(desk: TestClient, asked: int) -> None:
    assert _act(desk, asked, "answer", text="x" * 40_000) == 413


def test_shows_words_as_words(desk: TestClient, asked: int) -> None:
    page = desk.get(f"/people/{asked}").text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_takes_answers_and_gives_back(desk: TestClient, services: Services, asked: int) -> None:
    assert _act(desk, asked, "take") == 303
    assert _states(services) == ["taken"]
    assert _act(desk, asked, "answer", text="It is found.", key="1") == 303
    assert "It is found." in desk.get(f"/people/{asked}/talk").text
    assert _act(desk, asked, "give-back") == 303
    assert _states(services) == ["ended"]


def test_says_who_has_it_already(desk: TestClient, services: Services, asked: int) -> None:
    with _open(services) as other:
        other.post("/people/sign-in", data={"name": "Marc"})
        _act(other, asked, "take")
    answer = desk.post(f"/people/{asked}/answer", data={"form_token": _token(desk), "text": "Hello"})
    assert "Somebody else has this conversation." in answer.text


def test_knows_nothing_of_other_numbers_and_deeds(desk: TestClient, asked: int) -> None:
    assert desk.get("/people/999").status_code == 404
    assert _act(desk, 999, "take") == 404
    assert _act(desk, asked, "burn") == 404
    assert desk.get("/people/static/pages.py").status_code == 404


def test_speaks_french(desk: TestClient) -> None:
    desk.post("/people/language", data={"form_token": _token(desk), "language": "fr"})
    assert "Personne n’attend." in desk.get("/people").text


def test_does_not_exist_without_a_password_in_production(settings: Settings) -> None:
    services = open_services(replace(settings, mode="production", smtp_demo_port=find_free_port()))
    with TestClient(compose(services)) as site:
        assert site.get("/people").status_code == 404


def _states(services: Services) -> list[str]:
    with services.store.read() as connection:
        return [row.state for row in list_handoffs(connection, ("waiting", "taken", "ended"))]


def test_shows_the_pictures_of_this_conversation_alone(desk: TestClient, asked: int, services: Services) -> None:
    ids = {}
    with services.store.write() as connection:
        for sender in ("s-1", "s-2"):
            ids[sender] = keep_picture(connection, sender_id=sender, content_type="image/png", content=b"png",
                                       width_px=1, height_px=1, now=NOW)
        sent = InboundMessage(MessageId("m-1"), "web", SenderId("s-1"), page={"picture": ids["s-1"]})
        receive(connection, sent, NOW)
    address = f"/people/{asked}/pictures/{ids['s-1']}"
    assert f'<img src="{address}"' in desk.get(f"/people/{asked}").text
    assert desk.get(address).content == b"png"
    assert desk.get(f"/people/{asked}/pictures/{ids['s-2']}").status_code == 404
    desk.cookies.clear()
    assert desk.get(address, follow_redirects=False).status_code == 303


@pytest.fixture
def whatsapp_desk(services: Services, httpserver: HTTPServer) -> Iterator[TestClient]:
    """The same, with WhatsApp."""
    there = replace(services.settings, graph_url=httpserver.url_for("/v25.0"), whatsapp_phone_number_id="555",
                    whatsapp_token="wa")
    with _open(replace(services, settings=there)) as client:
        client.post("/people/sign-in", data={"name": "Léa"})
        yield client


def _sent_file(services: Services, sender: str) -> int:
    media = {"id": "9", "kind": "document", "mime_type": "text/html", "name": "bill<b>.html"}
    with services.store.write() as connection:
        said = InboundMessage(MessageId(f"m-{sender}"), "whatsapp", SenderId(sender),
                              page={"media": media, "sent": "document: bill<b>.html"})
        receive(connection, said, NOW)
        return connection.scalar(sa.select(inbox.c.inbox_id).where(inbox.c.sender_id == sender)) or 0


def test_gives_a_file_of_this_conversation_alone_and_as_one_to_save(
    whatsapp_desk: TestClient, asked: int, services: Services, httpserver: HTTPServer
) -> None:
    ours, others = _sent_file(services, "s-1"), _sent_file(services, "s-2")
    httpserver.expect_request("/v25.0/9").respond_with_json({"url": httpserver.url_for("/file")})
    httpserver.expect_request("/file").respond_with_data(b"<script>", content_type="text/html")
    page, address = whatsapp_desk.get(f"/people/{asked}").text, f"/people/{asked}/files/{ours}"
    assert f'<a href="{address}" download>' in page and "bill&lt;b&gt;.html" in page
    answer = whatsapp_desk.get(address)
    assert (answer.content, answer.headers["content-type"]) == (b"<script>", "application/octet-stream")
    assert answer.headers["content-disposition"] == f'attachment; filename="{ours}.html"'
    assert "sandbox" in answer.headers["content-security-policy"]
    assert whatsapp_desk.get(f"/people/{asked}/files/{others}").status_code == 404
    whatsapp_desk.cookies.clear()
    assert whatsapp_desk.get(address, follow_redirects=False).status_code == 303


def test_a_photo_that_is_to_be_tried_on_is_nobodys_to_open(
    whatsapp_desk: TestClient, asked: int, services: Services, httpserver: HTTPServer
) -> None:
    ours = _sent_file(services, "s-1")
    httpserver.expect_request("/v25.0/9").respond_with_json({"url": httpserver.url_for("/file")})
    httpserver.expect_request("/file").respond_with_data(b"a photo")
    with services.store.write() as connection:
        keep_wish(connection, PhotoWish("s-1", "yes-1", {}, [], "en", NOW + WISH_LIFE, NOW))
    assert whatsapp_desk.get(f"/people/{asked}/files/{ours}").status_code == 404
    with services.store.write() as connection:  # the worker found that it is for no wish
        connection.execute(sa.update(inbox).values(state="done"))
    assert whatsapp_desk.get(f"/people/{asked}/files/{ours}").content == b"a photo"


@pytest.mark.parametrize(("status", "told"), [(404, 404), (401, 503), (500, 503)])
def test_says_that_a_file_is_gone_or_cannot_be_had_now(
    whatsapp_desk: TestClient, asked: int, services: Services, httpserver: HTTPServer, status: int, told: int
) -> None:
    ours = _sent_file(services, "s-1")
    httpserver.expect_request("/v25.0/9").respond_with_data("", status)
    assert whatsapp_desk.get(f"/people/{asked}/files/{ours}").status_code == told


@pytest.mark.parametrize(("channel", "hours", "is_closed"), [
    ("whatsapp", 23, False), ("whatsapp", 25, True), ("messenger", 25, False), ("messenger", 170, True),
    ("web", 999, False),
])
def test_says_where_no_answer_arrives_any_more(
    desk: TestClient, services: Services, channel: str, hours: int, is_closed: bool
) -> None:
    with services.store.write() as connection:
        made = open_conversation(connection, channel, "33612345678", now=NOW, salt="s" * 16, sender_id="s-9")
        note_inbound(connection, "s-9", now=NOW - timedelta(hours=hours))
        handoff_id = add_handoff(
            connection, turn_key="w", reference="R-9", sender_id="s-9", customer_id=made.customer_id, channel=channel,
            language="en", about="", order_number="", email="", summary="", now=NOW,
        )
    page = desk.get(f"/people/{handoff_id}").text
    assert ("takes no answer any more" in page) is is_closed
    assert ("no e-mail address is known" in page) is is_closed
