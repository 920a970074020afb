"""The pictures' pages and calls: upload, versions, back to an earlier one, and a draft in which a message shows it."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.channels.outbox import enqueue
from bot.charter.drafts import list_drafts, note_answer
from bot.charter.kept import AGREED, read_waiting, settle
from bot.console.charter_watch import note_changes
from bot.console.deeds import pictures as deeds
from bot.console.deeds.drafts import DraftMoved, find_wrong, propose_it
from bot.console.journey_form import read_fields, write_fields
from bot.console.people import Person, PersonId, find_person
from bot.console.trail import read_trail
from bot.content import pictures
from bot.content.picture_files import draw_anew
from bot.content.pictures import keep_picture, list_pictures
from bot.contracts.messages import OutboundMessage
from bot.decision.tables import read_table
from bot.errors import Conflict
from bot.profile.store.tables import outbox
from tests.conftest import NOW
from tests.content.pictures import keep, write_picture

PAGE = "/console/content/pictures"
FIELDS = {"name": "autumn", "alt_fr": "Un manteau", "alt_en": "A coat", "why": "for autumn"}


def upload(visitor: Any, data: bytes | None = None, **changes: str) -> Any:
    """What the form sends."""
    form = {**FIELDS, "form_token": visitor.token(), **changes}
    files = {"file": ("a.jpg", data, "image/jpeg")} if data is not None else {}
    return visitor.client.post(PAGE, data=form, files=files, follow_redirects=False)


def test_a_picture_is_kept_with_its_versions_and_who_did_it(services: Services, sign_in: Callable[..., Any]) -> None:
    visitor = sign_in("marketing")
    assert "There is no picture yet." in visitor.client.get(PAGE).text
    made = upload(visitor, write_picture())
    assert (made.status_code, made.headers["location"]) == (303, f"{PAGE}/autumn")
    assert upload(visitor, write_picture()).status_code == 409
    assert upload(visitor, write_picture("PNG"), why="sharper").status_code == 303
    html = visitor.client.get(f"{PAGE}/autumn").text
    assert 'picture = "autumn-2"' in html and html.count("Make it the newest again") == 1
    assert visitor.post(f"{PAGE}/autumn/restore", version="2", why="no change").status_code == 409
    assert visitor.post(f"{PAGE}/autumn/restore", version="7", why="no such").status_code == 404
    assert visitor.post(f"{PAGE}/autumn/restore", version="1", why="it was better").status_code == 303
    with services.store.read() as connection:
        first, second, third = reversed(list_pictures(connection))
        trail = [(each.deed, each.about, each.note) for each in read_trail(connection) if "picture" in each.deed]
    assert first.digest == third.digest != second.digest and third.made_by == "une-marketing"
    assert trail == [
        ("restored_picture", "picture:autumn-3", "it was better"), ("kept_picture", "picture:autumn-2", "sharper"),
        ("kept_picture", "picture:autumn-1", "for autumn"),
    ]
    assert "the picture autumn-3" in sign_in("admin").client.get("/console/audit").text
    assert visitor.client.get(f"{PAGE}/other").status_code == 404


@pytest.mark.parametrize(("data", "changes"), [
    (None, {}), (b"<svg/>", {}), (write_picture()[:90], {}), (write_picture(), {"name": "../x"}),
    (write_picture(), {"alt_en": ""}), (write_picture(), {"alt_fr": "x" * 301}), (write_picture(), {"why": ""}),
])
def test_says_what_is_wrong_and_keeps_what_was_typed(
    services: Services, sign_in: Callable[..., Any], data: bytes | None, changes: dict[str, str]
) -> None:
    answer = upload(sign_in("cx"), data, **{"alt_fr": "Un <b>manteau</b>", **changes})
    assert answer.status_code == 400 and 'role="alert"' in answer.text and "<b>manteau" not in answer.text
    with services.store.read() as connection:
        assert list_pictures(connection) == []


def test_is_uploaded_so_often_and_so_large(
    services: Services, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "UPLOADS", 1)
    visitor = sign_in("admin")
    assert upload(visitor, b"\xff\xd8\xff" * 2_000_000).status_code == 413
    assert upload(visitor, write_picture()).status_code == 303
    assert upload(visitor, write_picture("PNG")).status_code == 429
    assert upload(sign_in("analyst"), write_picture("PNG")).status_code == 403


def test_a_message_shows_it_once_a_draft_that_says_so_is_agreed_on(
    services: Services, sign_in: Callable[..., Any]
) -> None:
    note_changes(services)
    made, visitor = keep(services), sign_in("marketing")
    assert "shown by none" in visitor.client.get(PAGE).text
    shown = {"version": "1", "message": "cart_left:2", "why": "people look at it"}
    for wrong, status in (({"version": "4"}, 404), ({"message": "cart_left:99"}, 404), ({"message": "cart_left"}, 400),
                          ({"message": "nothing:0"}, 404), ({"why": ""}, 400)):
        assert visitor.post(f"{PAGE}/autumn/draft", **{**shown, **wrong}).status_code == status
    answer = visitor.post(f"{PAGE}/autumn/draft", **shown)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/drafts/1")
    assert visitor.post(f"{PAGE}/autumn/draft", **shown).status_code == 409  # the draft says so already
    assert visitor.post(f"{PAGE}/autumn/draft", **{**shown, "message": "cart_left:1"}).status_code == 303
    with services.store.read() as connection:
        (draft,) = list_drafts(connection)
    assert read_fields(write_fields(draft.body)) == draft.body  # the editor keeps it
    wrong = [{**each, "picture": "autumn-9"} if n == 1 else each for n, each in enumerate(draft.body["messages"])]
    found = find_wrong(services, "journey", "cart_left", {**draft.body, "messages": wrong})
    assert found and found.place == "messages.2.picture"
    pictures = [each.picture for each in read_table("cart_left", draft.body).messages]
    assert draft.revision == 2 and pictures[:3] == ["", "autumn-1", "autumn-1"]
    with services.store.write() as connection:
        person = find_person(connection, "une-marketing")
    assert person
    propose_it(services, person, draft.id, DraftMoved(revision=2))
    assert InForce(services).read().triggers[0].messages[2].picture == ""
    with services.store.write() as connection:
        for each in read_waiting(connection):
            settle(connection, each.id, AGREED, services.clock() + timedelta(seconds=1))
            note_answer(connection, each.id, "agreed", services.clock())
    assert InForce(services).read().triggers[0].messages[2].picture == "autumn-1"
    assert "shown by 2 messages" in visitor.client.get(PAGE).text
    journey = visitor.client.get("/console/content/journeys/cart_left").text
    assert f'src="{made.path}"' in journey and "A &#34;red&#34; coat on a bench" in journey


def test_says_where_a_file_names_a_picture_that_is_not_there(
    services: Services, open_browser: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    old = services.triggers[0]
    shows = replace(old, messages=(replace(old.messages[0], picture="winter-1"), *old.messages[1:]))
    visitor = open_browser(replace(services, triggers=(shows,), charter=None))
    visitor.client.cookies = sign_in("cx").client.cookies
    assert "no such picture: winter-1" in visitor.client.get("/console/content/journeys/cart_left").text


def test_the_api_says_the_same(services: Services, sign_in: Callable[..., Any]) -> None:
    visitor, base = sign_in("marketing"), "/console/api/v1/content/pictures"
    headers = {"X-Form-Token": visitor.token()}
    content = base64.b64encode(write_picture("PNG", size=(300, 200), compress_level=0)).decode()
    assert len(content) > 100_000
    made = visitor.client.post(base, json={**FIELDS, "content": content}, headers=headers)
    assert (made.status_code, made.json()["key"]) == (200, "autumn-1")
    assert visitor.client.post(base, json={**FIELDS, "content": "no base64!"}, headers=headers).status_code == 400
    (told,) = visitor.client.get(base).json()
    assert told == visitor.client.get(f"{base}/autumn").json() and told["versions"][0]["alts"]["en"] == "A coat"
    drafted = {"version": 1, "journey": "cart_left", "message": 2, "why": "to see"}
    answer = visitor.client.post(f"{base}/autumn/draft", json=drafted, headers=headers)
    assert answer.json() == {"draft": 1, "revision": 1}
    again = {"version": 1, "why": "to go back"}
    assert visitor.client.post(f"{base}/autumn/restore", json=again, headers=headers).status_code == 409
    assert visitor.client.get(f"{base}/other").status_code == 404


def test_a_version_that_nothing_uses_is_removed_and_its_number_stays_taken(
    services: Services, sign_in: Callable[..., Any]
) -> None:
    note_changes(services)
    visitor = sign_in("cx")
    for kind in ("JPEG", "PNG"):
        upload(visitor, write_picture(kind))
    path = deeds.look_at_picture(services, "autumn").versions[0].path
    assert services.pictures.find("autumn-2")
    shown = {"version": "2", "message": "cart_left:2", "why": "to see it"}
    number = visitor.post(f"{PAGE}/autumn/draft", **shown).headers["location"].rpartition("/")[2]
    refused = visitor.post(f"{PAGE}/autumn/remove", version="2", why="it is dull")
    assert refused.status_code == 409 and f"draft {number}" in refused.text
    assert visitor.post(f"/console/drafts/{number}/drop", revision="1").status_code == 303
    assert visitor.post(f"{PAGE}/autumn/remove", version="2", why="it is dull").headers["location"] == f"{PAGE}/autumn"
    assert services.pictures.find("autumn-2") is None
    with services.store.read() as connection:
        assert pictures.read_bytes(connection, path.rpartition("/")[2]) is None
        newest = read_trail(connection)[0]
    assert (newest.deed, newest.about) == ("removed_picture", "picture:autumn-2")
    assert visitor.post(f"{PAGE}/autumn/remove", version="2", why="it is dull").status_code == 404
    upload(visitor, write_picture("PNG"))
    assert [each.version for each in deeds.look_at_picture(services, "autumn").versions] == [3, 1]


def test_a_version_in_force_is_not_removed(services: Services) -> None:
    keep(services)
    first = services.triggers[0]
    message = replace(first.messages[0], picture="autumn-1")
    showing = replace(services, charter=None, triggers=(replace(first, messages=(message, *first.messages[1:])),))
    person = Person(PersonId(1), "demo", "admin", "", False, "en")
    with pytest.raises(Conflict, match=first.name):
        deeds.remove_picture(showing, person, "autumn", deeds.PictureRemoved(version=1, why="dull"))


def test_a_version_that_a_message_takes_along_is_not_removed_before_it_left(services: Services) -> None:
    keep(services)
    bare = replace(services, charter=None)
    person, asked = Person(PersonId(1), "demo", "admin", "", False, "en"), deeds.PictureRemoved(version=1, why="dull")
    path = deeds.look_at_picture(services, "autumn").versions[0].path
    with services.store.write() as connection:
        made = enqueue(connection, idempotency_key="x", kind="nudge", customer_id="c", sender_id="", channel="email",
                       address="a@example.org", purpose="marketing", nudge="gone", about="", not_before=NOW, now=NOW,
                       payload=OutboundMessage("Hello", image_url=f"https://shop.example{path}"))
    for state in ("pending", "sending"):
        _set_state(services, made, state)
        with pytest.raises(Conflict, match=f"message {made}"):
            deeds.remove_picture(bare, person, "autumn", asked)
    _set_state(services, made, "held")
    deeds.remove_picture(bare, person, "autumn", asked)
    assert services.pictures.find("autumn-1") is None


def _set_state(services: Services, message: int, state: str) -> None:
    with services.store.write() as connection:
        connection.execute(sa.update(outbox).where(outbox.c.outbox_id == message).values(state=state))


def test_two_uploads_of_one_name_at_once_are_a_conflict_and_no_error(services: Services) -> None:
    def be_quicker(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("INSERT INTO content_pictures") and not seen:
            seen.append(True)
            connection.exec_driver_sql(statement, parameters)

    seen: list[bool] = []
    drawn = draw_anew(write_picture())
    with services.store.write() as connection:
        sa.event.listen(connection, "before_cursor_execute", be_quicker)
        with pytest.raises(Conflict, match="same moment"):
            keep_picture(connection, "autumn", drawn, {"fr": "x", "en": "x"}, why="", by="", now=NOW)
