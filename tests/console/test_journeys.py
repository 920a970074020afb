"""Journeys in the console: drawn, stopped with a reason that is kept, tried on yesterday without sending anything."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console.deeds import journeys as deeds
from bot.console.flow import Node, draw_flow, list_nodes
from bot.console.journeys import mark_facts, select_waiting
from bot.console.trail import read_trail
from bot.console.words import Words
from bot.decision.pauses import read_pauses
from bot.profile.store.tables import outbox, waits
from tests.conftest import NOW

PAGE = "/console/journeys/cart_left"


@pytest.fixture
def services(services: Services) -> Services:
    """A shop without a charter; with one, letting a journey go on is in `test_charter`."""
    return replace(services, charter=None)


def _trail(services: Services) -> list[tuple[str, str, str]]:
    with services.store.read() as connection:
        return [(each.deed, each.about, each.note) for each in read_trail(connection)]


def test_counts_those_that_wait_by_the_index_of_what_is_live(services: Services) -> None:
    over = {"customer_id": "c", "facts": {}, "due_at": NOW, "state": "decided", "created_at": NOW, "updated_at": NOW}
    with services.store.write() as connection:
        if connection.dialect.name != "sqlite":
            pytest.skip("a small table of PostgreSQL is read whole")
        rows = [{**over, "trigger": f"j{n % 20}", "subject": str(n)} for n in range(2_000)]
        connection.execute(sa.insert(waits), rows)
        connection.exec_driver_sql("ANALYZE")  # without figures of the table it would choose well by chance
        query = select_waiting().compile(connection, compile_kwargs={"literal_binds": True})
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
    assert "ix_waits_due" in plan and "SCAN" not in plan, plan


def test_stops_nothing_without_a_reason(services: Services, sign_in) -> None:
    answer = sign_in("marketing").post(f"{PAGE}/pause", reason="  x ")
    assert answer.status_code == 400 and "Please say why" in answer.text
    with services.store.read() as connection:
        assert read_pauses(connection) == {}
    assert _trail(services) == []


def test_a_journey_rests_and_goes_on_with_reasons_in_the_trail(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    assert visitor.post(f"{PAGE}/pause", reason="too <b>pushy</b>").headers["location"] == PAGE
    with services.store.read() as connection:
        pause = read_pauses(connection)["cart_left"]
    assert (pause.paused_by, pause.reason, pause.details["why"]) == ("une-cx", "by_hand", "too <b>pushy</b>")
    assert "too &lt;b&gt;pushy&lt;/b&gt;" in visitor.client.get(PAGE).text
    visitor.post(f"{PAGE}/pause", reason="once more")  # changes nothing, and is kept nowhere
    visitor.post(f"{PAGE}/resume", reason="mended")
    with services.store.read() as connection:
        assert read_pauses(connection) == {}
    assert _trail(services) == [
        ("resumed", "journey:cart_left", "mended"), ("paused", "journey:cart_left", "too <b>pushy</b>"),
    ]


def test_every_journey_of_the_shop_has_its_page(services: Services, sign_in) -> None:
    visitor = sign_in("analyst")
    listed = visitor.client.get("/console/journeys").text
    for each in services.triggers:
        assert f'href="/console/journeys/{each.name}"' in listed
        html = visitor.client.get(f"/console/journeys/{each.name}").text
        assert html.count('lang="fr"') >= len(each.messages) and 'class="flow"' in html
    assert "/pause" not in html  # an analyst stops nothing


def test_knows_no_journey_that_the_shop_has_not(sign_in) -> None:
    visitor = sign_in("admin")
    assert visitor.client.get("/console/journeys/nothing").status_code == 404
    assert visitor.post("/console/journeys/nothing/pause", reason="why not").status_code == 404


def test_a_trial_sends_nothing_and_can_be_asked_for_so_often(
    services: Services, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "TRIALS", 1)
    visitor = sign_in("marketing")
    answer = visitor.post(f"{PAGE}/trial")
    assert answer.status_code == 200 and "would have been sent" in answer.text
    assert visitor.post(f"{PAGE}/trial").status_code == 429
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(outbox)) == 0
    assert _trail(services) == [("tried", "journey:cart_left", "")]


def test_a_campaign_has_no_day_to_be_tried_on(sign_in) -> None:
    assert sign_in("marketing").post("/console/journeys/winter_offers/trial").status_code == 400


def test_a_flow_tells_what_follows_what(services: Services) -> None:
    trigger = next(each for each in services.triggers if each.name == "cart_left")
    nodes = list_nodes(trigger, Words("en", "Europe/Paris"))
    assert [(each.kind, each.depth) for each in nodes] == [
        ("begins", 0), ("waits", 0), ("checks", 0), ("says", 0), ("waits", 1), ("says", 1),
    ]
    assert nodes[4] == Node("waits", "Then, after a silence", "3 days", 1)
    at_once = replace(trigger, wait_seconds=0.0, follow_ups=())
    assert [each.kind for each in list_nodes(at_once, Words("en", "UTC"))] == ["begins", "checks", "says"]


def test_no_word_of_a_journey_becomes_markup() -> None:
    drawn = draw_flow([Node("says", "<script>", '"><img src=x onerror=1>')], "</title><script>")
    assert "<script>" not in drawn and "<img" not in drawn
    assert mark_facts("<b>{product}</b> {a b}") == "&lt;b&gt;<mark>product</mark>&lt;/b&gt; {a b}"
