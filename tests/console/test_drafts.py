"""The drafts' pages: a journey is written in a form, checked by its file's parser, proposed, in force once agreed."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.bootstrap import PROJECT, InForce, Services
from bot.charter.book import Owner, Subject
from bot.charter.drafts import DraftId, read_draft
from bot.charter.kept import read_agreed, read_waiting
from bot.console.api.rights import PATH as API
from bot.console.charter_watch import note_changes
from bot.console.deeds import drafts as deeds
from bot.console.deeds.journey_goals import list_aims, make_aimed
from bot.console.journey_form import read_fields, write_fields
from bot.console.people import find_person
from bot.decision.tables import write_table
from bot.texts.catalogue import load_catalogue
from tests.conftest import NOW

EDIT, NEW = "/console/journeys/cart_left/edit", "/console/journeys/new"


@pytest.fixture
def services(services: Services) -> Services:
    """Everything is agreed on; marketing answers for all three parts; the clock goes on."""
    assert services.charter
    each = {part: Owner("une-marketing", "") for part in ("it", "marketing", "cx")}
    ticks = iter(range(1, 10_000))
    shop = replace(
        services, charter=replace(services.charter, everything=each), clock=lambda: NOW + timedelta(seconds=next(ticks))
    )
    note_changes(shop)
    return shop


def _fields(services: Services, name: str = "cart_left") -> dict[str, str]:
    return write_fields(write_table(next(each for each in InForce(services).read().triggers if each.name == name)))


def _begin(visitor, services: Services, **changes: str) -> str:
    """Saves a draft; gives its page."""
    fields = {**_fields(services), **changes}
    answer = visitor.post(NEW, of="cart_left", **fields, why="Later is better.", do="save")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def _revision(visitor, page: str) -> str:
    return re.search(r'name="revision" value="(\d+)"', visitor.client.get(page).text)[1]


def test_a_form_that_is_looked_at_keeps_nothing(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    assert "Begins on these events" in visitor.client.get(EDIT).text
    shown = visitor.post(NEW, of="cart_left", **_fields(services), do="add.follow_ups").text
    assert 'name="follow_ups.1.name"' in shown and 'value="20"' in shown
    assert "Nobody is drafting anything" in visitor.client.get("/console/drafts").text


def test_no_form_is_too_odd_to_be_answered(services: Services, sign_in) -> None:
    visitor, fields = sign_in("marketing"), _fields(services)
    assert visitor.post("/console/drafts/check", of="x" * 65, **fields).status_code == 400
    for deed in ("remove", "copy"):
        assert visitor.post(NEW, of="cart_left", **fields, do=f"{deed}.messages.{'9' * 5_000}").status_code == 200


def test_says_that_too_many_are_open(services: Services, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(deeds, "MOST_OPEN", 1)
    visitor = sign_in("marketing")
    _begin(visitor, services)
    answer = visitor.post(NEW, of="cart_left", **_fields(services), why="Later is better.", do="save")
    assert answer.status_code == 409 and "Too many drafts are open" in answer.text


def _goals(services: Services) -> dict[str, tuple[str, list[str]]]:
    return {each.name: (each.state, each.body["journeys"]) for each in deeds.list_open(services, "goal")}


def test_a_goal_that_is_ticked_is_drafted_beside_the_journey(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    form = visitor.client.get(EDIT).text
    assert re.search(r'name="goal.order" checked disabled', form) and 'name="goal.review">' in form
    assert "at most 20 per week" in form and "/console/charter/rules" in form
    page = _begin(visitor, services, **{"goals.told": "on", "goal.review": "on"})
    assert _goals(services) == {"review": ("draft", ["review", "parcel_delayed", "cart_left"])}
    assert 'name="goal.review" checked>' in visitor.client.get(page).text
    fields = {**_fields(services), "goals.told": "on", "revision": _revision(visitor, page), "why": "No more of it."}
    assert visitor.post(page, **fields, do="save").status_code == 303
    assert _goals(services)["review"][1] == ["review", "parcel_delayed"]


def test_a_journey_is_not_kept_where_its_goal_cannot_be(services: Services, sign_in, monkeypatch) -> None:
    monkeypatch.setattr(deeds, "MOST_OPEN", 1)
    visitor, fields = sign_in("marketing"), {**_fields(services), "goals.told": "on", "goal.review": "on"}
    answer = visitor.post(NEW, of="cart_left", **fields, why="Later is better.", do="save")
    assert answer.status_code == 409 and "Too many drafts are open" in answer.text
    assert deeds.list_open(services) == []
    page = _begin(visitor, services)
    saved = {**fields, "revision": _revision(visitor, page), "wait_seconds": "9"}
    answer = visitor.post(page, **saved, why="For reviews.", do="save")
    assert answer.status_code == 409 and "Too many drafts are open" in answer.text
    (journey,) = deeds.list_open(services)
    assert (journey.revision, journey.why) == (1, "Later is better.")


def test_a_goal_whose_name_no_draft_can_have_stays_as_its_file_has_it(services: Services, sign_in) -> None:
    sign_in("marketing")
    with services.store.read() as connection:
        person = find_person(connection, "une-marketing")
    odd = replace(services.goals.goals[0], key="newsletter-signup", journeys=())
    shop = replace(services, charter=None, goals=replace(services.goals, goals=(*services.goals.goals, odd)))
    (aim,) = (each for each in list_aims(shop, "noon") if each.key == odd.key)
    assert person and not aim.is_open
    asked = deeds.DraftMade(kind="journey", name="noon", body=read_fields(_fields(services)), why="At noon.")
    make_aimed(shop, person, asked, {odd.key, "review"})
    assert {(each.kind, each.name) for each in deeds.list_open(services)} == {("goal", "review"), ("journey", "noon")}


def test_a_form_that_says_nothing_of_goals_leaves_them(services: Services, sign_in) -> None:
    _begin(sign_in("marketing"), services)
    assert _goals(services) == {}


def test_a_goal_of_a_new_journey_is_proposed_once_the_journey_is(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    answer = visitor.post(NEW, name="noon", why="At noon.", do="save", **_fields(services), **{
        "goals.told": "on", "goal.review": "on"})
    journey = answer.headers["location"].partition("?")[0]
    (goal,) = deeds.list_open(services, "goal")
    assert deeds.look_at(services, goal.id).problem is not None
    assert visitor.post(f"{journey}/propose", revision=_revision(visitor, journey)).status_code == 303
    assert deeds.look_at(services, goal.id).problem is None


def test_a_draft_is_in_force_once_it_is_agreed_on(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    page = _begin(visitor, services, wait_seconds="2", **{"wait_seconds.unit": "3600"})
    shown = visitor.client.get(page).text
    assert "20 seconds" in shown and "2 hours" in shown and "[triggers.cart_left]" in shown
    assert visitor.post(f"{page}/propose", revision=_revision(visitor, page)).status_code == 303
    with services.store.read() as connection:
        number = read_waiting(connection)[0].id
    assert "2 hours" in visitor.client.get("/console/charter").text
    visitor.post("/console/charter/answers", proposal=str(number), answer="agree")
    assert next(each for each in InForce(services).read().triggers if each.name == "cart_left").wait_seconds == 7_200
    assert "agreed on" in visitor.client.get(page).text
    assert "2 hours" in visitor.client.get("/console/journeys/cart_left").text


def test_the_parser_is_heard_beside_the_field(services: Services, sign_in) -> None:
    visitor = sign_in("marketing", language="fr")
    fields = {**_fields(services), "messages.1.fr": "Et {weather} ?"}
    shown = visitor.post(NEW, of="cart_left", **fields, do="check").text
    assert 'href="#f-messages.1.fr"' in shown and shown.count("utilise {weather}, qui n’existe pas dans ce cas") == 2
    assert "Rien à y redire" in visitor.post(NEW, of="cart_left", **_fields(services), do="check").text
    page = _begin(visitor, services, channels="", **{"messages.1.fr": "Et {weather} ?"})
    assert "/propose" not in visitor.client.get(page).text
    assert visitor.post(f"{page}/propose", revision="1").status_code == 400


def test_a_new_journey_has_a_name_of_its_own(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    assert "A copy" in visitor.client.get("/console/journeys/new").text
    fields = _fields(services, "win_back")
    for name in ("win_back", "new", "Ä", ""):
        answer = visitor.post("/console/journeys/new", **fields, name=name, why="Try it.", do="save")
        assert answer.status_code == 400 and "A name has 2 to 48" in answer.text, name
    for start in ("kind=cart", "copy=win_back"):
        assert 'name="name"' in visitor.client.get(f"/console/journeys/new?{start}").text
    answer = visitor.post("/console/journeys/new", **fields, name="spring_back", why="Try it.", do="save")
    assert "it would be new" in visitor.client.get(answer.headers["location"]).text


def test_a_new_subject_is_shown_whole_where_it_is_agreed_on(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    fields = {**_fields(services, "win_back"), "messages.1.en": "We miss your coat"}
    saved = visitor.post(NEW, **fields, name="spring_back", why="Try it.", do="save")
    page = saved.headers["location"].partition("?")[0]
    assert visitor.post(f"{page}/propose", revision=_revision(visitor, page)).status_code == 303
    shown = visitor.client.get("/console/charter").text
    assert "We miss your coat" in shown and f'href="{page}"' in shown


def test_a_draft_that_is_agreed_on_last_does_not_undo_what_was_agreed_on_meanwhile(
    services: Services, sign_in
) -> None:
    visitor = sign_in("marketing")
    page = _begin(visitor, services, wait_seconds="2", **{"wait_seconds.unit": "60"})
    visitor.post(f"{page}/propose", revision=_revision(visitor, page))
    said = tuple(replace(each, wait_seconds=999) if each.name == "cart_left" else each for each in services.triggers)
    note_changes(replace(services, triggers=said))
    with services.store.read() as connection:
        drafted, filed = (str(each.id) for each in sorted(read_waiting(connection), key=lambda each: each.id))
    visitor.post("/console/charter/answers", proposal=filed, answer="agree")
    late = visitor.post("/console/charter/answers", proposal=drafted, answer="agree")
    assert late.status_code == 409 and "Take the draft back" in late.text
    with services.store.read() as connection:
        assert [str(each.id) for each in read_waiting(connection) if not each.said] == [drafted]
        agreed = read_agreed(connection)[Subject("journey:cart_left")]
    assert agreed["wait_seconds"] == 999
    visitor.post(f"{page}/take-back", revision=_revision(visitor, page))
    visitor.post(page, **_fields(services), why="Still later.", do="save", revision=_revision(visitor, page))
    assert visitor.post(f"{page}/propose", revision=_revision(visitor, page)).status_code == 303
    assert visitor.post("/console/charter/answers", proposal=_newest(services), answer="agree").status_code == 303


def _newest(services: Services) -> str:
    with services.store.read() as connection:
        return str(max(each.id for each in read_waiting(connection)))


def test_what_others_saved_meanwhile_is_not_written_over(services: Services, sign_in) -> None:
    visitor = sign_in("admin")
    page, fields = _begin(visitor, services), _fields(services)
    assert visitor.post(page, **fields, why="Mine.", do="save", revision="1").status_code == 303
    late = visitor.post(page, **{**fields, "messages.1.fr": "À moi"}, why="Mine too.", do="save", revision="1")
    assert late.status_code == 409 and "Somebody else changed it" in late.text and "À moi" in late.text
    assert visitor.post(f"{page}/drop", revision="2").status_code == 303
    assert "dropped" in visitor.client.get(page).text


def test_is_tried_on_yesterday_as_it_is_drafted(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    page = _begin(visitor, services)
    assert "would have been sent" in visitor.post(f"{page}/trial").text


@pytest.mark.parametrize("text", ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "{{7*7}}${7*7}"])
def test_what_was_typed_is_shown_as_text(services: Services, sign_in, text: str) -> None:
    visitor, fields = sign_in("admin"), _fields(services, "review")
    for field in fields:
        shown = visitor.post(NEW, of="cart_left", **{**fields, field: text}, do="check").text
        assert "<script>alert" not in shown and "<img src=x" not in shown and "7*749" not in shown, field
    page = _begin(visitor, services, **{"messages.1.fr": text, "on": text, "where.1.key": "a", "where.1.value": text})
    assert "<script>alert" not in visitor.client.get(page).text and "<img src=x" not in visitor.client.get(page).text


def test_what_cannot_be_kept_is_told(services: Services, sign_in) -> None:
    visitor, fields = sign_in("admin"), _fields(services)
    assert "in a few words" in visitor.post(NEW, of="cart_left", **fields, why="", do="save").text
    for text in ("x" * 2_500, "\x07", "a\u202eb"):
        answer = visitor.post(NEW, of="cart_left", **{**fields, "messages.1.fr": text}, why="Why not.", do="save")
        assert answer.status_code == 400 and "It cannot be kept" in answer.text


def test_a_program_drafts_as_a_page_does(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    headers = {"X-Form-Token": visitor.token()}
    call = visitor.client
    body = {"kind": "cart", "on": ["Product Added"], "purpose": "marketing", "channels": ["fax"]}
    asked = {"kind": "journey", "name": "noon", "body": body, "why": "Try it."}
    made = call.post(f"{API}/drafts", json=asked, headers=headers)
    assert made.json()["problem"]["place"] == "channels" and made.json()["is_new"]
    number = made.json()["draft"]
    moved = call.post(f"{API}/drafts/{number}/propose", json={"revision": 1}, headers=headers)
    assert moved.status_code == 400 and moved.json()["errors"][0]["field"] == "channels"
    table = write_table(next(each for each in services.triggers if each.name == "cart_left"))
    changed = call.put(f"{API}/drafts/{number}", json={"body": table, "why": "So.", "revision": 1}, headers=headers)
    assert changed.json()["problem"] is None and changed.json()["revision"] == 2
    long = {"kind": "journey", "name": "cart_left", "body": {**table, "on": ["Something Happened"] * 900}}
    assert call.post(f"{API}/drafts/check", json=long, headers=headers).status_code == 200
    for deed in ("propose", "take-back", "drop"):
        revision = call.get(f"{API}/drafts/{number}").json()["revision"]
        answer = call.post(f"{API}/drafts/{number}/{deed}", json={"revision": revision}, headers=headers)
        assert answer.status_code == 200, answer.text
    assert call.get(f"{API}/drafts").json() == []
    with services.store.read() as connection:
        assert read_draft(connection, DraftId(number)).state == "dropped"


def test_what_the_parser_says_exists_in_french() -> None:
    folder = PROJECT / "bot"
    files = ("toml_file.py", "decision/triggers.py", "decision/follow_ups.py", "decision/messages.py",
             "decision/guardrails.py", "content/tone.py", "content/offers.py", "measure/goals.py")
    text = "".join((folder / each).read_text() for each in files)
    failed = re.findall(r'\.fail\(\s*\w*(?:"\w+")?,\s*"((?:[^"\\]|\\.)+)"', text)
    drafted = "".join((folder / each).read_text() for each in ("charter/drafted.py", "console/deeds/drafts.py"))
    failed += re.findall(r"\.fail\([^,]+, '([^']+)'", text)
    said = failed + re.findall(r'sentence = "([^"]+)"', text)
    said += re.findall(r'(?:FixTable|Problem)\(.*, "([^"]+ [^"]+)"[,)]', drafted)
    assert len(said) > 15
    assert sorted(set(said) - set(load_catalogue("fr"))) == []
