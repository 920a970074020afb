"""Goals, caps and quiet hours: drafted by a form, never below the law, in force once agreed, tried on last week."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.drafts import DraftId, make_draft, read_draft
from bot.console.charter_watch import note_changes
from bot.console.deeds import drafts as deeds
from bot.console.deeds.drafts import DraftMade, find_wrong, make
from bot.console.people import find_person
from bot.console.pressure_trial import hold_by_caps, try_caps
from bot.console.shop_goals import goals_in_force
from bot.decision.guardrails import Caps
from bot.decision.quiet_hours import LawfulQuiet, QuietHours, covers
from bot.profile.store.tables import customers, outbox
from tests.conftest import NOW
from tests.console.drafted import table_of
from tests.console.test_offers import DEMO, _agree, _propose

PAGE = "/console/charter/rules"
CAPS = {
    "caps.marketing.per_day": "2", "caps.marketing.per_week": "3", "quiet_hours.marketing.begins": "20:00",
    "quiet_hours.marketing.ends": "09:00", "quiet_channels.web": "hold", "quiet_channels.email": "free",
    "quiet_channels.sms": "hold", "quiet_channels.whatsapp": "hold", "quiet_channels.messenger": "hold",
    "why": "We tire people.", "do": "save", "of": "pressure",
}
GOAL = {
    "name.fr": "avis", "name.en": "review", "owner": "Léa", "counts": "Product Reviewed", "value_minor": "2,50",
    "window_days": "14", "history_days": "90", "journeys.*": "on", "why": "It is worth more.", "do": "save",
    "of": "review",
}


@pytest.mark.parametrize(("begins", "ends", "is_enough"), [
    (None, None, False), (time(23), time(8), False), (time(22), time(7, 59), False), (time(22), time(8), True),
    (time(20), time(9), True), (time(0), time(0), False), (time(21), time(20, 59), True), (time(8), time(22), False),
])
def test_is_as_quiet_as_the_law_asks_or_more(begins: time | None, ends: time | None, is_enough: bool) -> None:
    hours = QuietHours(begins, ends) if begins is not None and ends is not None else None
    assert covers(hours, QuietHours(time(22), time(8))) is is_enough


def test_nobody_drafts_less_quiet_than_the_law_asks(services: Services, sign_in) -> None:
    body = {"quiet_hours": {"marketing": {"begins": "23:00", "ends": "08:00"}}}
    problem = find_wrong(services, "pressure", "pressure", body)
    assert problem and problem.place == "quiet_hours.marketing.begins"
    free = {"quiet_hours": {"marketing": {"begins": "21:00", "ends": "08:00"}}, "quiet_channels": {"sms": "free"}}
    problem = find_wrong(services, "pressure", "pressure", free)
    assert problem and problem.place == "quiet_channels.sms"
    asked = {**CAPS, "quiet_hours.marketing.begins": "23:30", "do": "check"}
    html = sign_in("cx").post("/console/drafts/new/pressure", **asked).text
    assert "must be quiet from 22:00 to 08:00 at least, as the law asks" in html and 'value="23:30"' in html


def test_what_was_agreed_on_before_the_law_asked_for_more_is_not_in_force(services: Services) -> None:
    note_changes(services)
    law = LawfulQuiet(QuietHours(time(20), time(10)), ("sms",))
    strict = {"marketing": QuietHours(time(20), time(10))}
    stricter = replace(services, guardrails=replace(services.guardrails, lawful_quiet=law, quiet_hours=strict))
    assert InForce(stricter).read().guardrails.quiet_hours == strict


def test_other_caps_are_in_force_once_agreed_and_can_be_drafted_again(services: Services, sign_in) -> None:
    note_changes(services)
    visitor = sign_in("cx")
    assert 'value="21:00"' in visitor.client.get("/console/drafts/new/pressure?name=pressure").text
    assert visitor.post("/console/drafts/new/pressure", **CAPS).headers["location"] == "/console/drafts/1?saved=1"
    _propose(services)
    _agree(services)
    found = InForce(services).read().guardrails
    assert found.caps["marketing"] == Caps(2, 3) and found.quiet_hours["marketing"] == QuietHours(time(20), time(9))
    html = visitor.client.get(PAGE).text
    assert "at most 2 per day" in html and html.count("Draft it again") == 1
    told = visitor.client.get("/console/api/v1/charter/rules").json()
    assert told["pressure"]["caps"]["marketing"] == {"per_day": 2, "per_week": 3}
    assert [each["is_in_force"] for each in told["pressure_versions"]] == [True, False]
    assert told["lawful_quiet"] == {"begins": "22:00", "ends": "08:00", "channels": ["sms"]}
    france, = told["laws"]
    assert (france["country"], france["begins"], france["sundays"]) == ("FR", "20:00", True)
    assert "What the law asks in France" in html and "quiet on 11 public holidays" in html
    before = told["pressure_versions"][1]
    again = visitor.client.get(f"/console/drafts/new/pressure?name=pressure&version={before['version']}").text
    assert 'value="21:00"' in again and before["body"]["caps"]["marketing"]["per_day"] == 6


def test_another_goal_counts_once_it_is_agreed(services: Services, sign_in) -> None:
    note_changes(services)
    visitor = sign_in("marketing")
    orders = {"value_minor": "", "margin_percent": "40", "do": "check"}
    wrong = visitor.post("/console/drafts/new/goal", **{**GOAL, **orders})
    assert "does not go with counts" in wrong.text and 'id="w-margin_percent"' in wrong.text
    assert visitor.post("/console/drafts/new/goal", **GOAL).status_code == 303
    _propose(services)
    assert next(each for each in goals_in_force(services).goals if each.key == "review").value_minor == 150
    for page in ("/console/drafts/1", "/console/charter"):
        assert "<td>€1.50</td><td>€2.50</td>" in visitor.client.get(page).text
    _agree(services)
    found = next(each for each in goals_in_force(services).goals if each.key == "review")
    assert (found.value_minor, found.owner, found.history) == (250, "Léa", timedelta(days=90))
    assert [each.key for each in goals_in_force(services).goals] == ["order", "review"]
    assert "answered for by Léa" in visitor.client.get("/console").text


def test_a_goal_is_told_as_it_is_and_not_rounded(services: Services, sign_in) -> None:
    note_changes(services)
    visitor = sign_in("marketing")
    asked = {key: value for key, value in GOAL.items() if key not in ("of", "value_minor")}
    half = {"counts": "orders", "margin_percent": "12,5", "window_days": "0,5", "name": "half"}
    assert visitor.post("/console/drafts/new/goal", **{**asked, **half}).status_code == 303
    _propose(services)
    _agree(services)
    html = visitor.client.get(PAGE).text
    assert "12.5 % of what was paid" in html and "<dd>0.5</dd>" in html


def test_a_new_goal_is_given_a_name_and_comes_behind_the_others(services: Services, sign_in) -> None:
    note_changes(services)
    visitor = sign_in("marketing")
    asked = {key: value for key, value in GOAL.items() if key != "of"}
    assert visitor.post("/console/drafts/new/goal", **asked, name="Not So").status_code == 400
    assert visitor.post("/console/drafts/new/goal", **asked, name="liking").status_code == 303
    _propose(services)
    _agree(services)
    assert [each.key for each in goals_in_force(services).goals] == ["order", "review", "liking"]


@pytest.mark.parametrize(("hours", "caps", "held"), [
    ((), Caps(1, 1), (0, 0)), ((0, 1, 2), Caps(), (0, 0)), ((0, 1, 2), Caps(2, 0), (1, 0)),
    ((0, 24, 48), Caps(1, 2), (0, 1)), ((0, 1, 25, 26), Caps(1, 0), (2, 0)),
    ((-30, 0, 1), Caps(2, 2), (0, 1)),  # what left before stands, and counts
])
def test_what_is_held_leaves_room_for_the_next(hours: tuple[int, ...], caps: Caps, held: tuple[int, int]) -> None:
    assert hold_by_caps((NOW + timedelta(hours=each) for each in hours), caps, NOW) == held


def _send(services: Services, person: str, root: str, at: datetime, purpose: str = "marketing") -> None:
    with services.store.write() as connection:
        if not connection.scalar(sa.select(customers.c.customer_id).where(customers.c.customer_id == person)):
            connection.execute(sa.insert(customers).values(
                customer_id=person, root_id=root, is_holdout=False, created_at=at))
        connection.execute(sa.insert(outbox).values(
            idempotency_key=f"{person}{at}", kind="nudge", customer_id=person, channel="email", address="x",
            purpose=purpose, nudge="cart_left", facts={}, payload={}, state="sent", not_before=at, created_at=at,
            sent_at=at))


def test_caps_are_tried_on_what_left_last_week_to_the_merged_person(services: Services, sign_in) -> None:
    note_changes(services)
    one, part = "a" * 32, "b" * 32
    for person, days in ((one, 3), (part, 2.9), (one, 2.8), (one, 1), (one, 20)):
        _send(services, person, one, NOW - timedelta(days=days))
    _send(services, "c" * 32, "c" * 32, NOW - timedelta(days=1), "service")
    with services.store.read() as connection:
        found = try_caps(connection, services, {"marketing": Caps(2, 0), "service": Caps()})
    assert (found.by_purpose["marketing"].sent, found.by_purpose["marketing"].day) == (4, 1)
    assert (found.by_purpose["service"].sent, found.by_purpose["service"].day) == (1, 0)

    body: dict[str, Any] = {"caps": {"marketing": {"per_day": 1}}, "quiet_hours": {"marketing": {
        "begins": "21:00", "ends": "08:00"}}}
    make(services, DEMO, DraftMade(kind="pressure", name="pressure", body=body, why="Less."))
    visitor = sign_in("cx")
    html = visitor.post("/console/drafts/1/trial").text
    assert "2 of 4 messages: 2 by the day’s cap, 0 by the week’s" in html
    headers = {"x-form-token": visitor.token()}
    told = visitor.client.post("/console/api/v1/drafts/1/held", headers=headers).json()
    assert told["by_purpose"]["marketing"] == {"sent": 4, "day": 2, "week": 0}


def test_a_goals_form_keeps_a_journey_that_is_only_drafted_and_says_that_nothing_is_ticked(
    services: Services, sign_in
) -> None:
    journey = {**table_of(services), "wait_seconds": 7_200}
    with services.store.write() as connection:
        make_draft(connection, "journey", "spring_back", journey, base="", why="New.", by="Léa", now=NOW)
        make_draft(connection, "goal", "review", {"journeys": ["cart_left", "spring_back"]}, base="", why="So.",
                   by="Léa", now=NOW)
    visitor = sign_in("marketing")
    html = visitor.client.get("/console/drafts/2").text
    assert re.search(r'name="journeys.spring_back"[^>]* checked', html)
    fields = {key: value for key, value in GOAL.items() if key not in ("journeys.*", "of")}
    ticked = {"journeys.cart_left": "on", "journeys.spring_back": "on"}
    assert visitor.post("/console/drafts/2", **fields, **ticked, revision="1").status_code == 303
    assert visitor.post("/console/drafts/2", **fields, revision="2").status_code == 303
    with services.store.read() as connection:
        assert read_draft(connection, DraftId(2)).body["journeys"] == []


@pytest.mark.parametrize(("is_compared", "base"), [(True, "now"), (False, "before")])
def test_a_draft_stays_stale_until_somebody_compared_it(
    services: Services, sign_in, monkeypatch, is_compared: bool, base: str
) -> None:
    sign_in("marketing")
    with services.store.write() as connection:
        draft = make_draft(connection, "goal", "review", {"journeys": ["cart_left"]}, base="before", why="So.",
                           by="Léa", now=NOW)
        person = find_person(connection, "une-marketing")
    assert person
    monkeypatch.setattr(deeds, "name_in_force", lambda *_: "now")
    asked = deeds.DraftChanged(body=dict(draft.body), why="Again.", revision=1)
    assert deeds.change(services, person, draft.id, asked, is_compared=is_compared).base == base
