"""Look-alikes: silent where nothing is known, find what was planted, never by what tells too much; rules as drafts."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.drafts import list_drafts, make_draft
from bot.charter.kept import read_waiting
from bot.console.assistant.audience_reading import list_clauses
from bot.console.assistant.lookalike_reading import list_apart
from bot.console.assistant.lookalikes import find_likeness, list_ways
from bot.console.charter_watch import note_changes
from bot.console.deeds import lookalikes as deeds
from bot.console.deeds.charter import ChangeAnswered, answer_change
from bot.console.deeds.drafts import DraftMoved, propose_it
from bot.console.deeds.results import put_together
from bot.console.people import Person, PersonId, find_person
from bot.console.result_names import names_of
from bot.errors import NotFound
from bot.profile.identities import create_customers
from bot.profile.segments.book import Segment
from bot.profile.segments.lookalike import names_any
from bot.profile.segments.members import count_members, refresh_segments
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope
from bot.profile.store.tables import consents, events, segment_members
from bot.profile.store.upsert import insert_many
from tests.conftest import NOW

PAGE = "/console/segments"
SEGMENT = "regulars"


def fill_alike(services: Services, people: int = 900) -> None:
    """A third is in the segment; most of them asked for sizes, few others did. One in ten did not agree."""
    rng = np.random.default_rng(3)
    with services.store.write() as connection:
        ids = create_customers(connection, people, now=NOW - timedelta(days=40), salt="a salt of sixteen")
        inside = [n % 3 == 0 for n in range(people)]
        insert_many(connection, segment_members, [
            {"segment": SEGMENT, "customer_id": each, "entered_at": NOW, "left_at": None}
            for each, is_in in zip(ids, inside, strict=True) if is_in])
        insert_many(connection, consents, [
            {"customer_id": each, "purpose": "personalisation", "channel": "*", "state": "granted", "source": "t",
             "wording": "", "changed_at": NOW} for n, each in enumerate(ids) if n % 10])
        insert_many(connection, events, [
            {"message_id": f"{name}{n}", "customer_id": each, "silo": "web", "type": "track", "name": name,
             "properties": {}, "occurred_at": NOW - timedelta(days=2), "received_at": NOW}
            for n, (each, is_in) in enumerate(zip(ids, inside, strict=True))
            for name, chance in (("Size Asked", 0.7 if is_in else 0.15), ("Leaflet Read", 0.3))
            if rng.random() < chance])


def test_says_nothing_where_nobody_agreed(services: Services, sign_in) -> None:
    html = sign_in("analyst").post(f"{PAGE}/alike", segment=SEGMENT, size="100").text
    assert "The evidence is thin" in html and "Make a draft of it" not in html


def test_finds_no_likeness_where_chance_dealt() -> None:
    found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        holds, is_seed = rng.random((2_000, 20)) < 0.3, rng.random(2_000) < 0.3
        found += find_likeness(holds, is_seed, rng.random(2_000) < 0.5, 0.1) is not None
    assert found <= 1


def test_finds_what_was_planted_and_is_as_large_as_wanted() -> None:
    rng = np.random.default_rng(4)
    is_seed = rng.random(6_000) < 0.3
    holds = rng.random((6_000, 15)) < 0.2
    for clause in (3, 7):
        holds[:, clause] = rng.random(6_000) < np.where(is_seed, 0.6, 0.2)
    holds[:, 9] = rng.random(6_000) < np.where(is_seed, 0.1, 0.5)
    halves = rng.random(6_000) < 0.5
    small, large = (find_likeness(holds, is_seed, halves, wanted) for wanted in (0.02, 0.4))
    assert small and large
    assert {each.clause: each.holds for each in small.literals[:3]} == {3: True, 7: True, 9: False}
    assert small.outside < 0.05 < 0.25 < large.outside
    assert small.lift[1] > large.lift[2] and small.auc > 0.75


def test_the_rule_is_the_model_cut_at_a_score() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        weights = rng.random(4).tolist()
        cut = float(rng.random() * sum(weights))
        ways = list_ways(weights, cut)
        for bits in range(1, 16):
            true = {n for n in range(4) if bits >> n & 1}
            assert any(set(way) <= true for way in ways) == (sum(weights[n] for n in true) >= cut)


def test_tells_the_shape_and_the_lift_and_counts_only_who_agreed(services: Services, sign_in) -> None:
    fill_alike(services)
    person = sign_in("marketing")
    html = person.post(f"{PAGE}/alike", segment=SEGMENT, size="80").text
    assert "Size Asked" in html and "consents to personalisation on web" in html and "where chance gives 1" in html
    answer = ask(services, sign_in, 80)
    assert answer.looked_inside == 270 and answer.looked_outside == 540
    assert answer.found and answer.found.low > 2 and "Size Asked" in answer.found.traits[0]
    assert find_others(services, answer.found.rule) == answer.found.persons


def test_never_goes_by_what_tells_too_much(services: Services, sign_in) -> None:
    fill_alike(services)
    privacy = services.privacy
    hushed = replace(services, privacy=privacy.model_copy(update={
        "assistant": privacy.assistant.model_copy(update={"never": ["size asked"]})}))
    found = ask(hushed, sign_in, 80).found
    assert found is None or "Size Asked" not in found.rule
    asked = Segment("asked", "", services.segments.read("did 'Size Asked' in 7 days"))
    assert names_any(asked, ["size asked"]) and not names_any(asked, ["bought"])
    with services.store.read() as connection:
        clauses = list_clauses(connection, services.segments, None, [])
    apart = [each.rule for each in list_apart(clauses, asked)]
    assert any("Leaflet Read" in each for each in apart) and not any("Size Asked" in each for each in apart)


def test_refuses_who_tries_too_often_and_what_there_is_not(
    services: Services, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "SEARCHES", 1)
    visitor = sign_in("marketing")
    assert visitor.post(f"{PAGE}/alike", segment="nobody", size="80").status_code == 404
    assert visitor.post(f"{PAGE}/alike", segment=SEGMENT, size="3").status_code == 400
    assert visitor.post(f"{PAGE}/alike", segment=SEGMENT, size="80").status_code == 200
    assert visitor.post(f"{PAGE}/alike", segment=SEGMENT, size="80").status_code == 429


def test_a_rule_becomes_a_draft_by_whoever_may(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    assert "Make a draft of it" in visitor.post(PAGE, rule="seen in 7 days").text
    form = {"rule": "seen in 7 days", "name": "here_lately", "en": "Here <lately>", "fr": "Venus récemment",
            "why": "To greet them"}
    assert sign_in("analyst").post(f"{PAGE}/draft", **form).status_code == 403
    assert visitor.post(f"{PAGE}/draft", **{**form, "name": SEGMENT}).status_code == 400
    assert visitor.post(f"{PAGE}/draft", **{**form, "rule": "gekauft"}).status_code == 400
    assert visitor.post(f"{PAGE}/draft", **form).status_code == 303
    assert visitor.post(f"{PAGE}/draft", **form).status_code == 409
    with services.store.read() as connection:
        [draft] = list_drafts(connection, kind="segment")
    assert (draft.name, draft.body["rule"], draft.why) == ("here_lately", "seen in 7 days", "To greet them")
    html = visitor.client.get(PAGE).text
    assert "Here &lt;lately&gt;" in html and "<lately" not in html


def test_a_drafted_rule_has_members_once_the_three_agreed(services: Services) -> None:
    """As the worker keeps them: nobody before, those whom the rule finds after."""
    fill_alike(services)
    note_changes(services)
    demo = Person(PersonId(1), "demo", "admin", "", False, "en")
    made = deeds.draft_rule(services, demo, deeds.RuleDrafted(
        rule="did 'Size Asked' in 30 days", name="size_askers", en="Ask for sizes", fr="Demandent leur taille",
        why="To tell them of sizes"))
    assert _keep(services) == 0
    propose_it(services, demo, made.id, DraftMoved(revision=made.revision))
    assert _keep(services) == 0
    with services.store.read() as connection:
        [waiting] = [each for each in read_waiting(connection) if each.subject == "segment:size_askers"]
    answer_change(services, demo, ChangeAnswered(proposal=waiting.id, answer="agree", reason=""))
    assert _keep(services) > 200
    assert names_of(services)["segment"]["Demandent leur taille"] == "size_askers"
    assert put_together(services, "sent", "", {"segment": "size_askers"}, None, None).problem == ""
    with pytest.raises(NotFound):
        put_together(services, "sent", "", {"segment": "nobody"}, None, None)


def test_a_draft_that_names_nothing_is_listed_by_its_name(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        for name, body in (("bare", {}), ("odd", {"en": 3, "fr": []})):
            make_draft(connection, "segment", name, body, base="", why="Odd.", by="une-marketing", now=NOW)
    html = sign_in("marketing").client.get(PAGE).text
    assert ">bare<" in html and ">3<" in html


def _keep(services: Services) -> int:
    """What the worker's loop does when it is time again; how many are in it then."""
    book = InForce(services).read().segments
    refresh_segments(services.store, book, now=NOW)
    with services.store.read() as connection:
        return count_members(connection).get("size_askers", 0)


def ask(services: Services, sign_in, size: int) -> deeds.AlikeAnswer:
    """As a program would."""
    sign_in("cx")
    with services.store.read() as connection:
        person = find_person(connection, "une-cx")
    assert person
    return deeds.find_alike(services, person, deeds.AlikeAsked(segment=SEGMENT, size=size))


def find_others(services: Services, rule: str) -> int:
    """How many a rule finds, of those whom nobody put into the segment: here it is not its own rule that did."""
    members = sa.select(segment_members.c.customer_id)
    with services.store.read() as connection:
        tree = services.segments.read(rule)
        found = select_persons(tree, Scope(connection.dialect.name, services.segments.traits)).subquery()
        count = sa.select(sa.func.count()).where(found.c[0].not_in(members))
        return connection.scalar(count, values_for([tree], NOW)) or 0
