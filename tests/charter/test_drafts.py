"""Drafts: nothing is in force before three agree, nobody writes over another, files and store know of each other."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.bootstrap import InForce, Services
from bot.charter.drafted import Beside, find_problem, print_draft, require_plain
from bot.charter.drafts import Draft, list_drafts
from bot.charter.kept import read_waiting
from bot.console.charter_watch import note_changes
from bot.console.deeds import drafts as deeds
from bot.console.deeds.charter import ChangeAnswered, answer_change
from bot.console.deeds.drafts import DraftChanged, DraftMade, DraftMoved
from bot.console.people import Person, PersonId
from bot.console.shop_journeys import list_shop_journeys
from bot.console.trail import read_trail
from bot.console.worth import measure_worth
from bot.decision.tables import read_table, write_table
from bot.decision.triggers import Trigger
from bot.errors import Conflict, FixInput
from tests.conftest import NOW

ALONE = Beside((), "EUR")
DEMO = Person(PersonId(1), "demo", "admin", "", False, "en")


@pytest.fixture
def services(services: Services) -> Services:
    """Everything is agreed on as it is; the clock goes on with each look."""
    note_changes(services)
    ticks = iter(range(1, 10_000))
    return replace(services, clock=lambda: NOW + timedelta(seconds=next(ticks)))


def _find(services: Services, name: str = "cart_left") -> Trigger | None:
    return next((each for each in InForce(services).read().triggers if each.name == name), None)


def _draft(services: Services, name: str = "cart_left", **changes: object) -> Draft:
    body = {**write_table(_find(services) or services.triggers[0]), **changes}
    return deeds.make(services, DEMO, DraftMade(kind="journey", name=name, body=body, why="It comes too early."))


def _propose(services: Services, draft: Draft) -> Draft:
    return deeds.propose_it(services, DEMO, draft.id, DraftMoved(revision=draft.revision))


def _answer(services: Services, answer: str = "agree") -> None:
    with services.store.read() as connection:
        waiting = read_waiting(connection)
    for each in waiting:
        asked = ChangeAnswered(proposal=each.id, answer=answer, reason="It is too long.")
        answer_change(services, DEMO, asked)


def _with_file(services: Services, trigger: Trigger) -> Services:
    others = [each for each in services.triggers if each.name != trigger.name]
    return replace(services, triggers=(*others, trigger))


def test_nothing_is_in_force_before_it_was_agreed_on(services: Services) -> None:
    draft = _draft(services, wait_seconds=3_600)
    assert _find(services).wait_seconds == 20
    proposed = _propose(services, draft)
    assert (proposed.state, _find(services).wait_seconds) == ("proposed", 20)
    _answer(services)
    assert _find(services).wait_seconds == 3_600
    assert deeds.look_at(services, draft.id).draft.state == "agreed"
    assert note_changes(services) == 0  # the file says what it said before: nobody is asked again
    with services.store.read() as connection:
        told = [each.deed for each in reversed(read_trail(connection)) if each.about == "journey:cart_left"]
    assert told == ["drafted", "proposed", "live"]


def test_a_new_journey_lives_in_the_store_until_a_file_takes_it_in(services: Services) -> None:
    _propose(services, _draft(services, "basket_at_noon"))
    _answer(services)
    assert _find(services, "basket_at_noon")
    assert "basket_at_noon" in {each.name for each in list_shop_journeys(services)}
    with services.store.read() as connection:
        assert "basket_at_noon" in measure_worth(connection, services)
    taken_in = _with_file(services, _find(services, "basket_at_noon"))
    assert note_changes(taken_in) == 1 and note_changes(taken_in) == 0
    assert _find(taken_in, "basket_at_noon")
    assert _find(services, "basket_at_noon") is None  # and taken out of it again, it has ended


def test_a_later_change_of_the_file_is_a_proposal_like_any_other(services: Services) -> None:
    _propose(services, _draft(services, wait_seconds=3_600))
    _answer(services)
    old = next(each for each in services.triggers if each.name == "cart_left")
    written = _with_file(services, read_table("cart_left", {**write_table(old), "wait_seconds": 60}))
    assert note_changes(written) == 1
    assert _find(written).wait_seconds == 3_600
    _answer(written)
    assert _find(written).wait_seconds == 60
    assert note_changes(written) == 0


def test_refuses_to_write_over_what_somebody_else_wrote(services: Services) -> None:
    draft = _draft(services)
    mine = DraftChanged(body={**draft.body, "wait_seconds": 30}, why="Sooner.", revision=draft.revision)
    assert deeds.change(services, DEMO, draft.id, mine).revision == 2
    with pytest.raises(Conflict, match="somebody else changed it"):
        deeds.change(services, DEMO, draft.id, mine)
    with pytest.raises(Conflict):
        deeds.drop(services, DEMO, draft.id, DraftMoved(revision=1))


def test_what_was_objected_to_may_be_changed_and_is_asked_about_no_more(services: Services) -> None:
    draft = _propose(services, _draft(services, wait_seconds=3_600))
    _answer(services, "object")
    seen = deeds.look_at(services, draft.id).draft
    assert seen.state == "objected"
    again = DraftChanged(body={**seen.body, "wait_seconds": 600}, why="Ten minutes, then.", revision=seen.revision)
    assert deeds.change(services, DEMO, draft.id, again).state == "draft"
    with services.store.read() as connection:
        assert read_waiting(connection) == []


def test_a_dropped_draft_leaves_nothing_behind_that_waits(services: Services) -> None:
    draft = _propose(services, _draft(services, wait_seconds=3_600))
    deeds.drop(services, DEMO, draft.id, DraftMoved(revision=draft.revision))
    with services.store.read() as connection:
        assert read_waiting(connection) == [] and list_drafts(connection) == []
    assert note_changes(services) == 0


def test_proposes_nothing_that_the_file_could_not_hold(services: Services) -> None:
    draft = _draft(services, audience="nobody_of_ours")
    assert "is no segment" in deeds.look_at(services, draft.id).problem.message
    with pytest.raises(FixInput):
        _propose(services, draft)


def test_proposes_nothing_new_twice_and_nothing_that_others_overtook(services: Services) -> None:
    with pytest.raises(FixInput, match="in force already"):
        _propose(services, _draft(services))
    first, second = _draft(services, wait_seconds=60), _draft(services, wait_seconds=90)
    _propose(services, first)
    with pytest.raises(Conflict, match="another change of it waits"):
        _propose(services, second)
    _answer(services)
    with pytest.raises(Conflict, match="something else was agreed on"):
        _propose(services, second)
    assert deeds.look_at(services, second.id).is_behind


def test_caps_and_quiet_hours_are_drafted_as_their_file_has_them(services: Services) -> None:
    body = {"caps": {"marketing": {"per_day": 2, "per_week": 5}}, "quiet_hours": {
        "marketing": {"begins": "20:00", "ends": "09:00"}}}
    draft = deeds.make(services, DEMO, DraftMade(kind="pressure", name="pressure", body=body, why="Too many."))
    _propose(services, draft)
    _answer(services)
    found = InForce(services).read().guardrails
    assert found.caps["marketing"].per_day == 2 and found.quiet_hours["marketing"].begins.hour == 20
    assert note_changes(services) == 0
    for wrong in ({"caps": [1]}, {"quiet_hours": "x"}, {"caps": {"marketing": 3}}, {"caps": {"advertising": {}}}):
        assert find_problem("pressure", "pressure", wrong, ALONE), wrong
    assert find_problem("pressure", "pressure", {"caps": {"marketing": {"per_day": -1}}}, ALONE).place == \
        "caps.marketing.per_day"
    assert print_draft("pressure", "pressure", body).startswith("[caps.marketing]")


def test_says_at_which_place_a_draft_is_wrong() -> None:
    problem = find_problem("journey", "x", {"kind": "cart", "channels": ["web"], "on": ["A"], "purpose": "fun"}, ALONE)
    assert problem.place == "purpose" and problem.message.startswith("is 'fun', must be one of")


@pytest.mark.parametrize("body", [
    {"a": None}, {"a": float("nan")}, {"a": 10**13}, {"a": "x" * 3_000}, {"a": "\ud800"}, {"a": "\x07"}, {"a\x00": 1},
    {"a": [[[[[[[1]]]]]]]}, {"a": list(range(5_000))}, [],
])
def test_keeps_nothing_that_no_file_could_hold(body: object) -> None:
    with pytest.raises(FixInput):
        require_plain(body)
