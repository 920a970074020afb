"""The guide: silent in a real shop, says what is next from the store, and plays an event only once it was agreed."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.drafts import Draft
from bot.console.charter_watch import note_changes
from bot.console.deeds import drafts as drafting
from bot.console.deeds.guide import COUNTS
from bot.console.guide import find_draft, list_people, look_at_guide
from bot.console.guide_occasions import OCCASIONS
from bot.console.past.state import note_past, read_past
from bot.console.people import Person, PersonId
from bot.console.trail import read_trail
from bot.decision.tables import read_table
from bot.decision.waits import run_triggers
from bot.nudges.schedule import decide_due
from bot.prepare import prepare_data
from bot.profile.store.tables import console_people, events, outbox
from tests.conftest import NOW

PAGE = "/console/guide"


@pytest.fixture
def services(services: Services) -> Services:
    """The demo as `make run` prepares it, its charter in force."""
    prepare_data(services)
    note_changes(services)
    return services


@pytest.fixture
def demo(services: Services, sign_in):
    """Whoever answers for all three parts."""
    visitor = sign_in("admin")
    with services.store.write() as connection:
        connection.execute(sa.update(console_people).values(name="demo"))
    return visitor


def _real(services: Services) -> Services:
    return replace(services, settings=replace(services.settings, mode="production"))


def _draft(services: Services) -> Draft:
    with services.store.read() as connection:
        found = find_draft(connection)
    assert found
    return found


def _begin(visitor, occasion: str = "first_look") -> None:
    assert visitor.post(f"{PAGE}/begin", occasion=occasion).headers["location"] == f"{PAGE}#words"


def _agree(services: Services, visitor) -> None:
    draft = _draft(services)
    answer = visitor.post(f"/console/drafts/{draft.id}/propose", revision=str(draft.revision), back="guide")
    assert answer.headers["location"] == f"{PAGE}#agree"
    number = str(_draft(services).proposal)
    answer = visitor.post("/console/charter/answers", proposal=number, answer="agree", back="guide")
    assert answer.headers["location"] == f"{PAGE}#live"


@pytest.mark.parametrize("deed", [("play", {"person": "camille"}), ("past", {"do": "fill"}), ("results", {})])
def test_does_nothing_of_the_sandbox_in_a_real_shop(services: Services, sign_in, open_browser, deed) -> None:
    visitor, real = sign_in("admin"), open_browser(_real(services))
    real.client.cookies = visitor.client.cookies
    _begin(visitor)
    html = real.client.get(PAGE).text
    assert "A real shop" in html and "See it live" not in html and "made-up past" not in html
    with services.store.read() as connection:
        before = connection.scalar(sa.select(sa.func.count()).select_from(events))
    assert real.post(f"{PAGE}/{deed[0]}", **deed[1]).status_code == 403
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == before
        assert read_past(connection).state == "none"


def test_a_real_shop_waits_as_people_need(services: Services, sign_in, open_browser) -> None:
    visitor, real = sign_in("admin"), open_browser(_real(services))
    real.client.cookies = visitor.client.cookies
    _begin(real)
    assert _draft(services).body["wait_seconds"] == 3_600


def test_plays_nothing_before_the_three_have_agreed(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    assert visitor.post(f"{PAGE}/play", person="camille").status_code == 409
    _begin(visitor)
    answer = visitor.post(f"{PAGE}/play", person="camille")
    assert answer.status_code == 403 and "cannot be done at this point" in answer.text
    assert all(each.deed != "played" for each in _trail(services))


@pytest.mark.parametrize("name", OCCASIONS)
def test_every_occasion_could_be_proposed_as_it_begins(services: Services, name: str) -> None:
    for is_sandbox in (True, False):
        table = OCCASIONS[name].table(is_sandbox=is_sandbox)
        assert drafting.find_wrong(services, "journey", name, table) is None
        trigger = read_table(name, table)
        assert trigger.begins_on(OCCASIONS[name].event, "web", OCCASIONS[name].said)


def test_the_store_says_what_is_next(services: Services, demo) -> None:
    client = demo.client
    assert _next(client) == "occasion" and "Your first journey: the guide" in client.get("/console").text
    _begin(demo)
    assert _next(client) == "words" and "Your first journey: the guide" not in client.get("/console").text
    _begin(demo)
    draft = _draft(services)
    fields = {"messages.1.case": "available", "messages.1.variant": "plain", "messages.1.fr": "Regardez {product}.",
              "messages.1.en": "Look at {product}.", "kind": "product", "purpose": "marketing", "on": "Product Viewed",
              "channels.email": "on", "wait_seconds": "5", "wait_seconds.unit": "1", "expires_seconds": "1",
              "expires_seconds.unit": "86400", "cooldown_seconds": "2", "cooldown_seconds.unit": "60"}
    answer = demo.post(f"/console/drafts/{draft.id}", do="save", back="guide", why="Words.",
                       revision=str(draft.revision), **fields)
    assert answer.headers["location"] == f"{PAGE}#trial"
    assert _next(client) == "trial"
    assert "Nothing of the kind happened yesterday" in demo.post(f"{PAGE}/trial").text
    assert _next(client) == "propose"
    _agree(services, demo)
    assert _next(client) == "live"


def test_a_part_agrees_for_itself_alone(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    _begin(visitor)
    draft = _draft(services)
    visitor.post(f"/console/drafts/{draft.id}/propose", revision=str(draft.revision), back="guide")
    html = visitor.client.get(PAGE).text
    assert "It waits for the others" in html and 'name="answer"' not in html


def test_what_is_played_goes_the_way_of_every_event(services: Services, demo) -> None:
    _begin(demo)
    _agree(services, demo)
    assert demo.post(f"{PAGE}/play", person="nobody").status_code == 400
    camille = list_people(services)[0]
    assert demo.post(f"{PAGE}/play", person=camille.id).headers["location"] == f"{PAGE}#live"
    assert "on its way to the engine" in demo.client.get(PAGE).text
    agreed = InForce(services).read()
    run_triggers(agreed, services.clock())
    assert "waits until" in demo.client.get(PAGE).text
    later = replace(agreed, clock=lambda: services.clock() + timedelta(seconds=6))
    decide_due(later, later.clock())
    assert "leaves now" in demo.client.get(PAGE).text
    with services.store.write() as connection:
        [row] = connection.execute(sa.select(outbox).where(outbox.c.nudge == "first_look")).all()
        assert row.channel == "email" and "{" not in row.payload["text"]
        connection.execute(sa.update(outbox).values(state="held", reason="no_consent"))
    assert "Nothing was said" in demo.client.get(PAGE).text
    with services.store.write() as connection:
        connection.execute(sa.update(outbox).values(state="sent", sent_at=services.clock()))
    assert "It arrived" in demo.client.get(PAGE).text and _next(demo.client) == "results"
    assert demo.post(f"{PAGE}/results").headers["location"] == "/console/results?days=7&journey=first_look"
    assert "Your first journey is live" in demo.client.get(PAGE).text
    demo_person = Person(PersonId(1), "demo", "admin", "", False, "en")
    assert look_at_guide(services, demo_person, NOW.date() + timedelta(days=1)).is_over
    assert any(each.deed == "played" and each.note == camille.first_name for each in _trail(services))


def test_says_why_nothing_was_said(services: Services, demo) -> None:
    _begin(demo)
    _agree(services, demo)
    margaux = next(each for each in list_people(services) if each.first_name == "Margaux")
    demo.post(f"{PAGE}/play", person=margaux.id)
    agreed = InForce(services).read()
    run_triggers(agreed, services.clock())
    decide_due(agreed, services.clock() + timedelta(seconds=6))
    html = demo.client.get(PAGE).text
    assert "Nothing was said" in html and _next(demo.client) == "live"


def test_counts_no_more_than_so_often(services: Services, demo, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    monkeypatch.setattr("bot.console.deeds.guide.count_results", counted.append)
    _begin(demo)
    for _ in range(COUNTS + 3):
        assert demo.post(f"{PAGE}/results").status_code == 303
    assert len(counted) == COUNTS


def test_asking_for_a_past_twice_is_asking_once(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    for _ in range(2):
        assert visitor.post(f"{PAGE}/past", do="fill").headers["location"] == PAGE
    assert [each.deed for each in _trail(services)].count("wanted_past") == 1
    assert "step 0 of 5" in visitor.client.get(PAGE).text
    with services.store.write() as connection:
        note_past(connection, "there")
    assert "made-up past of the demo" in visitor.client.get("/console/results").text
    visitor.post(f"{PAGE}/past", do="remove")
    assert "is being taken out" in visitor.client.get(PAGE).text


def test_the_api_says_the_same(services: Services, demo) -> None:
    token = {"X-Form-Token": demo.token()}
    api = "/console/api/v1/guide"
    found = demo.client.post(f"{api}/begin", json={"occasion": "first_thanks"}, headers=token).json()
    assert found["steps"]["words"] == "next" and found["journey"] == "first_thanks" and found["is_sandbox"]
    assert demo.client.post(f"{api}/play", json={"person": "camille"}, headers=token).status_code == 403
    assert demo.client.post(f"{api}/trial", headers=token).json()["begun"] == 0
    assert demo.client.post(f"{api}/past", json={"do": "fill"}, headers=token).json()["past"] == "wanted"


def _next(client) -> str:
    html = client.get(PAGE).text
    return html.partition('class="card step next" id="')[2].partition('"')[0]


def _trail(services: Services):
    with services.store.read() as connection:
        return read_trail(connection, limit=200)
