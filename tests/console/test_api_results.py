"""The API of results: what the pages tell, by the same sums, with the same limits and the same trail."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from bot.bootstrap import Services
from bot.console.deeds import results
from bot.console.lift_figures import measure_lift
from bot.console.result_figures import count_results
from bot.console.trail import read_trail
from bot.profile.store.tables import console_figures, segment_members
from tests.conftest import NOW
from tests.console.drafted import agree_on_draft
from tests.console.test_api import client_of, token_of
from tests.measure.conftest import Ledger

LIFT = {"effect": [0.1, 0.02, 0.18], "verdict": "more", "nudged": 300, "held_out": 30}
FEW = {"effect": [0.5, 0.1, 0.9], "verdict": "more", "nudged": 5, "held_out": 4}
WEEK = {"since": "2026-11-18", "until": "2026-11-24"}


@pytest.fixture
def client(services: Services, add) -> TestClient:
    """A program of an analyst."""
    add("ada", "analyst")
    return client_of(services, token_of(services, "ada", "analyst"))


@pytest.fixture
def counted(services: Services) -> Services:
    """Twelve messages of a day and what followed, counted; a segment of twelve and one of nine."""
    ledger, people = Ledger(services.store, NOW), [f"p{n}" for n in range(12)]
    ledger.people(people)
    ledger.insert(segment_members, [
        {"segment": segment, "customer_id": each, "entered_at": NOW - timedelta(days=9), "left_at": None}
        for segment, some in (("regulars", people), ("big_spenders", people[:9])) for each in some
    ])
    ledger.send(people, days_ago=2, state="seen")
    ledger.happens(people[:6], "Email Link Clicked", days_ago=1.9)
    ledger.buy(people[:3], 5000, days_ago=1)
    count_results(services)
    return services


def test_tells_nothing_where_nothing_was_counted(client: TestClient) -> None:
    told = client.get("/results").json()
    assert told["counted_since"] is None and told["funnel"]["sent"] == 0
    assert client.get("/results/heat").json() == []
    assert client.get("/results/lift").json() == {
        "goal": "order", "measured_at": None, "journeys": [], "weeks": [], "channels": [], "segments": []}
    tried = client.get("/results/what-if", params={"journey": "cart_left", "policy": "best"}).json()
    assert (tried["verdict"], tried["difference"]) == ("early", None)


def test_tells_figures_the_funnel_and_hours(counted: Services, client: TestClient) -> None:
    told = client.get("/results", params={"days": 7}).json()
    orders = next(each for each in told["figures"] if each["measure"] == "orders")
    assert orders == {"measure": "orders", "unit": "count", **WEEK, "value": 3, "before": None}
    assert told["funnel"]["sent"] == 12 and told["funnel"]["clicked"] == 6
    assert client.get("/results", params={"days": 7, "journey": "winter_offers"}).json()["funnel"]["sent"] == 0
    assert client.get("/results/heat", params={"across": "channel"}).json() == [
        {"hour": 11, "key": "email", "sent": 12, "share": 0.5}]


def test_answers_in_words_and_in_parts_alike(counted: Services, client: TestClient) -> None:
    asked = client.get("/results/question", params={"q": "clicks by journey"}).json()
    parts = {"measure": "clicks", "by": "journey", "since": asked["since"], "until": asked["until"]}
    assert asked == client.get("/results/question", params=parts).json()
    assert [(each["key"], each["value"]) for each in asked["points"]] == [("cart_left", 6)]


def test_of_few_people_in_a_segment_nothing_is_told(counted: Services, client: TestClient) -> None:
    told = client.get("/results/question", params={"measure": "sent", "by": "segment", **WEEK}).json()["points"]
    assert {each["key"]: (each["value"], each["is_hidden"]) for each in told} == {
        "regulars": (12, False), "big_spenders": (None, True)}
    groups = {"order": {"channel": {"email": FEW}, "segment": {"regulars": LIFT, "big_spenders": FEW}}}
    measure_lift(counted)
    with counted.store.write() as connection:
        connection.execute(sa.update(console_figures).where(console_figures.c.name == "lift_groups")
                           .values(value=groups))
    told = client.get("/results/lift").json()
    few, regulars = sorted(told["segments"], key=lambda each: each["key"])
    assert (regulars["effect"], regulars["held_out"]) == (LIFT["effect"], 30)
    assert (few["effect"], few["nudged"], few["held_out"], few["is_hidden"]) == (None, 0, 0, True)
    assert told["channels"][0]["nudged"] == 5


def test_what_is_not_understood_is_named_and_what_is_not_there_is_refused(client: TestClient) -> None:
    told = client.get("/results/question", params={"q": "profit by shoe"}).json()
    assert (told["problem"], told["about"], told["points"]) == ("no measure", ["profit by shoe"], [])
    for path, status in {
        "/results/question": 400, "/results/question?measure=sent&since=0001-01-01&by=day": 400,
        "/results/question?measure=nothing": 404, "/results/question?measure=sent&journey=x": 404,
        "/results?channel=pigeon": 404, "/results/lift?goal=x": 404, "/results/export?q=profit": 400,
        "/results/what-if?journey=cart_left&policy=always:x": 404, "/results?days=8": 422,
    }.items():
        assert client.get(path).status_code == status, path


def test_knows_a_segment_that_was_drafted_and_agreed_on(services: Services, client: TestClient) -> None:
    path = "/results/question?measure=sent&segment=noon_people"
    assert client.get(path).status_code == 404
    segment = {"rule": "never seen", "fr": "Midi", "en": "Noon", "events": False}
    agree_on_draft(services, "segment", "noon_people", segment)
    assert client.get(path).status_code == 200


def test_a_csv_is_the_pages_and_leaves_a_line_in_the_trail(counted: Services, client: TestClient, sign_in) -> None:
    path = "/results/export?measure=sent&by=journey&since=2026-11-20&until=2026-11-24"
    given = client.get(path)
    assert given.headers["content-type"].startswith("text/csv") and "attachment" in given.headers["content-disposition"]
    assert given.text == sign_in("cx").client.get(f"/console{path}").text
    with counted.store.read() as connection:
        notes = [(each.deed, each.note) for each in read_trail(connection)[:2]]
    assert notes == [("exported", "sent by=journey 2026-11-20..2026-11-24")] * 2


def test_another_way_may_be_tried_so_often_by_page_and_call_together(
    services: Services, client: TestClient, monkeypatch
) -> None:
    monkeypatch.setattr(results, "TRIES", 1)
    path = "/results/what-if?journey=cart_left&policy=even"
    assert [client.get(path).status_code for _ in range(2)] == [200, 429]
    with services.store.read() as connection:
        assert [each.deed for each in read_trail(connection)] == ["tried_change", "token_made"]
