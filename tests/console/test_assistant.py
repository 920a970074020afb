"""The assistant: silent where little is known, finds what was planted, and comes back only with other evidence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.charter.book import Subject
from bot.charter.content import agree_segments, dump_segment, segment_subject
from bot.charter.drafted import Beside, find_problem
from bot.charter.drafts import list_drafts
from bot.console.assistant.audience_reading import list_clauses, read_sample
from bot.console.assistant.audiences import find_audiences
from bot.console.assistant.drafting import list_wanted
from bot.console.assistant.kept import keep_found, read_proposals
from bot.console.assistant.proposal import Effect, Proposal, dump_proposal, has_changed, parse_proposal
from bot.console.assistant.proposing import look, propose_if_due
from bot.console.assistant.unaddressed import Numbers, find_unaddressed
from bot.console.silos import guess_for, list_runs
from bot.console.trail import read_trail
from bot.intake.importers.mapping import parse_mapping
from bot.intake.importers.running import run_import
from bot.intake.silos.csv_file import CsvFile
from bot.measure.goals import ORDERS
from bot.profile.purchases import is_refund
from bot.profile.store.tables import identities, purchases
from tests.conftest import NOW
from tests.console.past import fill_past, measured
from tests.console.test_data import MAPPING, bring_in

PAGE = "/console/assistant"
FOUND = Proposal(
    "audience", "did 'Product Viewed' in 30 days", "order", 900, Effect(0.06, 0.02, 0.1, "share"),
    Effect(40.0, -3.0, 83.0, "conversions"), {"persons": 1800, "reachable": 700},
    {"rate_inside": 0.1, "rate_outside": 0.04, "outside": 9000, "window_days": 7.0},
)


def test_proposes_nothing_to_an_empty_shop(services: Services, sign_in) -> None:
    assert look(services) == []
    html = sign_in("analyst").client.get(PAGE).text
    assert "Nothing is proposed" in html and "twenty refused rows" in html


def test_finds_no_audience_where_nothing_matters() -> None:
    rng = np.random.default_rng(5)
    holds, reached = rng.random((6_000, 20)) < 0.2, (rng.random(6_000) < 0.05).astype(float)
    assert find_audiences(holds, reached, rng.random(6_000) < 0.5) == []


def test_finds_the_audience_that_was_planted_and_its_interval_holds_the_truth() -> None:
    rng = np.random.default_rng(5)
    holds = rng.random((20_000, 20)) < 0.1
    reached = (rng.random(20_000) < np.where(holds[:, 3], 0.12, 0.04)).astype(float)
    [found, *_] = find_audiences(holds, reached, rng.random(20_000) < 0.5)
    assert found.clauses == (3,) and found.found.low <= 0.08 <= found.found.high


def test_a_pair_is_told_only_where_both_clauses_count() -> None:
    rng = np.random.default_rng(2)
    holds = rng.random((30_000, 10)) < 0.3
    both = holds[:, 0] & holds[:, 1]
    reached = (rng.random(30_000) < np.where(both, 0.2, 0.05)).astype(float)
    assert set(find_audiences(holds, reached, rng.random(30_000) < 0.5)[0].clauses) == {0, 1}


def test_clauses_go_by_deeds_as_they_stood_and_by_nothing_sensitive(services: Services) -> None:
    fill_past(services, people=200)
    goal = services.goals.goals[0]
    with services.store.read() as connection:
        all_of_them = list_clauses(connection, services.segments, goal, [])
        clauses = list_clauses(connection, services.segments, goal, ["EMAIL LINK CLICKED"])
        sample = read_sample(connection, services.segments, goal, clauses, NOW, np.random.default_rng(1), "EUR")
    assert any("Email Link Clicked" in each.rule for each in all_of_them)
    assert not any("Email Link Clicked" in each.rule or "trait" in each.rule for each in clauses)
    assert not any("Order Completed" in each.rule for each in clauses)
    assert sample.population == 200 and 0 < sample.reached.sum() < 200
    bought = sample.holds[:, [each.rule for each in clauses].index("bought in 30 days")]
    assert 0 < bought.sum() < 200  # before the window, not in it


@pytest.mark.parametrize(("changes", "counts"), [
    ({"currency": "USD"}, False),
    ({"quantity": 0, "amount_minor": 0}, False),  # cancelled
    ({"quantity": 0, "amount_minor": 4_990}, True),  # known by its total alone
    ({"currency": ""}, True),
])
def test_orders_reach_a_goal_as_they_are_measured(services: Services, changes: dict[str, Any], counts: bool) -> None:
    fill_past(services, people=50)
    goal = next(each for each in services.goals.goals if each.counts == ORDERS)
    with services.store.write() as connection:
        connection.execute(sa.delete(purchases).where(is_refund()))
        connection.execute(sa.update(purchases).values(currency="EUR"))
        before = read_sample(connection, services.segments, goal, [], NOW, np.random.default_rng(1), "EUR")
        connection.execute(sa.update(purchases).values(**changes))
        after = read_sample(connection, services.segments, goal, [], NOW, np.random.default_rng(1), "EUR")
    assert before.reached.any() and after.reached.tolist() == [each if counts else 0 for each in before.reached]


def test_nobody_unhappy_and_nobody_addressed_is_an_audience(services: Services) -> None:
    segments = services.segments.segments
    numbers = {name: Numbers(1_000, 100, 20) for name in segments}
    found = {each.segment for each in find_unaddressed(segments, services.triggers, numbers)}
    assert found == {"regulars", "big_spenders"}
    few = {name: Numbers(1_000, 3, 0) for name in segments}
    assert find_unaddressed(segments, services.triggers, few) == []
    assert find_unaddressed(segments, (), numbers) == []


def test_what_was_answered_comes_back_with_other_evidence_only() -> None:
    same = replace(FOUND, rests_on=1_000, evidence=Effect(0.05, 0.01, 0.09, "share"))
    assert not has_changed(FOUND, same)
    assert has_changed(FOUND, replace(FOUND, rests_on=1_800))
    assert has_changed(FOUND, replace(FOUND, evidence=Effect(0.12, 0.08, 0.16, "share")))
    assert parse_proposal(dump_proposal(FOUND)) == FOUND


def test_is_dismissed_with_a_reason_and_does_not_return(services: Services, sign_in) -> None:
    _keep(services, FOUND)
    visitor = sign_in("marketing")
    html = visitor.client.get(PAGE).text
    assert "+6.0 points apart (+2.0 to +10.0)" in html and "+40 (−3 to +83)" in html and "only a holdout shows" in html
    assert "0.3" not in html
    assert visitor.post(f"{PAGE}/dismiss", key=FOUND.key, reason="x").status_code == 400
    assert visitor.post(f"{PAGE}/dismiss", key="nothing", reason="not now").status_code == 404
    assert sign_in("analyst").post(f"{PAGE}/dismiss", key=FOUND.key, reason="not now").status_code == 403
    visitor.post(f"{PAGE}/dismiss", key=FOUND.key, reason="<b>not</b> now")
    assert "&lt;b&gt;not&lt;/b&gt; now" in visitor.client.get(PAGE).text
    with services.store.read() as connection:
        assert read_trail(connection)[0].deed == "dismissed"
    _keep(services, FOUND)
    assert _states(services) == ["dismissed"]
    _keep(services, replace(FOUND, rests_on=5_000))
    assert _states(services) == ["open"]


def test_what_is_found_no_more_is_gone(services: Services) -> None:
    _keep(services, FOUND)
    with services.store.write() as connection:
        keep_found(connection, [], NOW)
    assert _states(services) == ["gone"]


def test_a_mapping_that_would_take_refused_rows_is_tried_and_a_late_silo_told(services: Services) -> None:
    bring_in(services)
    late = replace(services, clock=lambda: NOW + timedelta(days=90))
    kinds = {each.kind: each for each in look(late)}
    assert "late" in kinds


def test_a_mapping_is_proposed_by_what_it_would_take_and_takes_it(services: Services, sign_in, tmp_path) -> None:
    """Refused for a decimal comma that the mapping did not know of; the guess knows, and trying again uses the rows."""
    path = tmp_path / "clients.csv"
    path.write_text("email,spend\n" + "".join(f'"p{n}@example.org","{n},5"\n' for n in range(30)), encoding="utf-8")
    strict = parse_mapping(MAPPING.replace('"mail"', '"email"'), "clients.toml")
    run_import(services.store, CsvFile(path), strict, "clients", now=NOW, salt="a salt of sixteen")
    [found] = [each for each in look(services) if each.kind == "mapping"]
    assert (found.trial, found.told["refused"]) == ({"tried": 30, "used": 30}, 30)
    with services.store.read() as connection:
        [run] = list_runs(connection, "clients")
        guessed, _ = guess_for(connection, run, 500)
    page = "/console/data/clients/replay"
    assert sign_in("it").post(page, run=str(run.run_id), mapping=guessed).status_code in (200, 303)
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(identities)) == 30
    assert [each for each in look(services) if each.kind == "mapping"] == []


def test_looks_once_a_day_and_acts_never(services: Services) -> None:
    fill_past(services, people=1_200)
    shop = measured(services)
    first = propose_if_due(shop)
    assert first == len(_states(services)) and propose_if_due(shop) == 0
    later = replace(shop, clock=lambda: NOW + timedelta(days=1))
    propose_if_due(later)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_has_its_card(services: Services, sign_in, language: str) -> None:
    keep_every_kind(services)
    html = sign_in("cx", language=language).client.get(PAGE).text
    assert html.count("<article") == 7 and "no &lt;time&gt;" in html
    assert ("Pas encore de preuve" if language == "fr" else "No evidence yet") in html


def keep_every_kind(services: Services) -> None:
    """One of each, as they are found."""
    gain = Effect(0.1, 0.02, 0.18, "reward")
    journey = {"journey": "cart_left", "now": 0.2}
    _keep(
        services, FOUND, replace(FOUND, subject="seen in 7 days", expected=None),
        Proposal("journey", "regulars", "order", 500, trial={"came_in_week": 12, "reachable": 80}, told={
            "source": "win_back", "persons": 500, "came_in_month": 50, "came_in_week": 12}),
        Proposal("channel", "cart_left:never:web", "order", 800, gain, gain, {"decisions": 800, "people": 700},
                 {**journey, "policy": "never:web"}),
        Proposal("hour", "cart_left:part:evening", "order", 800, gain, gain, {"decisions": 800, "people": 700},
                 {**journey, "policy": "part:evening"}),
        Proposal("mapping", "crm:clients", "", 300, trial={"tried": 300, "used": 280}, told={
            "silo": "crm", "records": "clients", "run": 1, "refused": 300, "rows": 900, "reasons": {"no <time>": 300}}),
        Proposal("late", "crm", "", 10, told={
            "last_at": NOW.isoformat(), "usual_seconds": 86_400, "late_by_seconds": 90_000}),
    )


def _keep(services: Services, *found: Proposal) -> None:
    with services.store.write() as connection:
        keep_found(connection, found, NOW)


def _states(services: Services) -> list[str]:
    with services.store.read() as connection:
        return [each.state for each in read_proposals(connection)]


def test_a_proposal_becomes_drafts_that_their_files_could_hold(services: Services, sign_in) -> None:
    gain = Effect(0.1, 0.02, 0.18, "reward")
    told = {"journey": "cart_left", "now": 0.2}
    found = [
        FOUND,
        Proposal("journey", "regulars", "order", 500, trial={"came_in_week": 12, "reachable": 80}, told={
            "source": "welcome_back", "persons": 500, "came_in_month": 50, "came_in_week": 12}),
        *(Proposal("channel", f"cart_left:{each}", "order", 800, gain, gain, {"decisions": 800, "people": 700},
                   {**told, "policy": each}) for each in ("even", "best", "never:web")),
        Proposal("hour", "cart_left:part:evening", "order", 800, gain, gain, {"decisions": 800, "people": 700},
                 {**told, "policy": "part:evening"}),
    ]
    for each in found:
        for wanted in list_wanted(each, services.triggers, {}):
            beside = Beside(services.segments.segments, "EUR")
            assert find_problem(wanted.kind, wanted.name, wanted.body, beside) is None, wanted
    _keep(services, *found)
    visitor = sign_in("marketing")
    for each in found[:3]:
        assert visitor.post(f"{PAGE}/draft", key=each.key).status_code == 303
    assert visitor.post(f"{PAGE}/draft", key=FOUND.key).status_code == 303  # twice is once
    assert "Another draft of it is open" in visitor.post(f"{PAGE}/draft", key=found[-1].key).text
    with services.store.read() as connection:
        drafted = {(each.kind, each.name) for each in list_drafts(connection)}
    assert drafted == {("segment", f"audience_{FOUND.key[:8]}"), ("segment", "into_regulars"),
                       ("journey", "greet_regulars"), ("journey", "cart_left")}
    assert sorted(_states(services)) == ["drafted"] * 3 + ["open"] * 3


def test_a_repair_is_no_draft(services: Services, sign_in) -> None:
    late = Proposal("late", "crm", "", 10, told={"last_at": NOW.isoformat(), "usual_seconds": 1, "late_by_seconds": 1})
    _keep(services, late)
    assert sign_in("it").post(f"{PAGE}/draft", key=late.key).status_code == 400


def test_a_drafted_segment_is_in_force_once_the_three_agreed(services: Services) -> None:
    body = {"rule": "seen in 7 days", "en": "Here lately", "fr": "Venus récemment", "events": False}
    agreed = {Subject("segment:here"): body, Subject("segment:both"): {**body, "rule": "in segment 'here'"},
              Subject("segment:odd"): {**body, "rule": "in segment 'gone'"}}
    of_file = {segment_subject(name): dump_segment(each) for name, each in services.segments.segments.items()}
    book = agree_segments({**agreed, **of_file}, services.segments, agreed.keys())
    assert list(book.segments) == [*services.segments.segments, "here", "both"]
    assert book.segments["regulars"] is services.segments.segments["regulars"]
    beside = Beside(services.segments.segments, "EUR")
    assert find_problem("segment", "regulars", body, beside)
    assert find_problem("segment", "here", {**body, "rule": "gekauft"}, beside)


def test_what_rests_on_a_segment_or_journey_that_is_there_no_more_is_not_drafted(services: Services, sign_in) -> None:
    gone = Proposal("channel", "old:even", "order", 800, Effect(0.1, 0.02, 0.18, "reward"), None,
                    {"decisions": 800, "people": 700}, {"journey": "old", "policy": "even", "now": 0.2})
    lost = replace(FOUND, subject="in segment nowhere")
    _keep(services, gone, lost)
    visitor = sign_in("marketing")
    html = visitor.client.get(PAGE).text
    assert html.count("It cannot be drafted any more") == 2 and "Make a draft of it" not in html
    for each in (gone, lost):
        assert visitor.post(f"{PAGE}/draft", key=each.key).status_code == 400
    assert _states(services) == ["open", "open"]
