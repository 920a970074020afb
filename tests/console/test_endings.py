"""What ends: nothing before three agree, the choice for whoever is in it, what is needed stays, and it begins again."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.book import PARTS, Owner, PersonName, Subject
from bot.charter.content import dump_segment, parse_segment, segment_subject
from bot.charter.drafts import keep_draft, make_draft
from bot.charter.ending import end_subject, say_end
from bot.charter.kept import AGREED, WAITS, propose, read_ended, read_waiting
from bot.console.charter_watch import note_changes
from bot.console.deeds.drafts import DraftChecked, check
from bot.console.deeds.endings import EndingDecided, decide_ending
from bot.console.deeds.journeys import find_journey, look_at
from bot.console.needing import list_missing, list_needing
from bot.console.people import find_person
from bot.console.trail import read_trail
from bot.decision.versions import dump_trigger
from bot.decision.versions import find_journey as find_kept
from bot.errors import FixConfiguration, FixInput
from bot.nudges.announce import announce
from bot.nudges.schedule import decide_due
from bot.profile.segments.book import MAX_NAME, SegmentBook
from bot.profile.store.engine import Store
from bot.profile.store.tables import customers, waits
from tests.conftest import NOW

PAGE = "/console/charter"
CART = "journey:cart_left"


@pytest.fixture
def services(services: Services) -> Services:
    """Each part is one person's, everything agreed on as it is."""
    assert services.charter
    each = {part: Owner(PersonName(f"une-{part}"), PersonName("")) for part in ("it", "marketing", "cx")}
    shop = replace(services, charter=replace(services.charter, everything=each))
    note_changes(shop)
    return shop


@pytest.fixture
def decide(services: Services, sign_in):
    """Asks by the marketer, and lets the other two answer."""
    marketing, it, cx = (sign_in(role) for role in ("marketing", "it", "cx"))

    def decide_it(subject: str, **fields: str) -> None:
        asked = marketing.post(f"{PAGE}/endings", subject=subject, reason="It is over", **fields)
        assert asked.status_code == 303, asked.text
        with services.store.read() as connection:
            (waiting,) = read_waiting(connection)
        for each in (it, cx):
            said = each.post(f"{PAGE}/answers", proposal=str(waiting.id), answer="agree")
            assert said.status_code == 303, said.text

    return decide_it


def _wait(services: Services) -> None:
    facts = {"cart_ref": "c1", "event_id": 1, "first_due_at": NOW.isoformat(), "event_at": NOW.isoformat()}
    with services.store.write() as connection:
        connection.execute(sa.insert(customers).values(
            customer_id="a" * 32, root_id="a" * 32, is_holdout=False, created_at=NOW))
        connection.execute(sa.insert(waits).values(
            trigger="cart_left", customer_id="a" * 32, subject="cart:c1", facts=facts, due_at=NOW,
            state="waiting", step="", version="", created_at=NOW, updated_at=NOW,
        ))


def _names(services: Services) -> dict[str, bool]:
    return {each.name: each.is_ending for each in InForce(services).read().triggers}


def test_ends_nothing_before_the_three_agree(services: Services, sign_in) -> None:
    marketing = sign_in("marketing")
    assert marketing.post(f"{PAGE}/endings", subject=CART, state="ended", reason=" ").status_code == 400
    assert marketing.post(f"{PAGE}/endings", subject="guardrails", reason="no more").status_code == 400
    marketing.post(f"{PAGE}/endings", subject=CART, state="ended", under_way="stop", reason="too <b>pushy</b>")
    with services.store.read() as connection:
        (waiting,) = read_waiting(connection)
    assert [each.part for each in waiting.said] == ["marketing"] and waiting.subject == f"end:{CART}"
    assert _names(services)["cart_left"] is False
    note_changes(services)  # a look at the files takes nothing back that somebody asked for
    page = sign_in("analyst").client.get(PAGE).text
    assert "It ends at once" in page and "too &lt;b&gt;pushy&lt;/b&gt;" in page
    assert marketing.post(f"{PAGE}/take-back", proposal=str(waiting.id)).status_code == 303
    with services.store.read() as connection:
        assert read_waiting(connection) == []


def test_whoever_is_in_a_journey_finishes_where_that_was_chosen(services: Services, decide) -> None:
    decide(CART, under_way="finish")
    shop = InForce(services).read()
    ending = find_kept(services.store, shop.triggers, "cart_left", "")
    assert ending and ending.is_ending and ending.version == find_journey(services, "cart_left").version
    assert not ending.begins_on(ending.on[0], ending.silo, {key: allowed[0] for key, allowed in ending.where.items()})
    _wait(services)
    decide_due(shop, NOW + timedelta(seconds=1))
    with services.store.read() as connection:
        assert connection.scalar(sa.select(waits.c.state)) != "cancelled"
        entries = [(each.deed, each.about) for each in read_trail(connection)]
    assert entries[:3] == [("live", f"end:{CART}"), ("agreed", f"end:{CART}"), ("agreed", f"end:{CART}")]


def test_a_journey_that_ends_at_once_takes_back_who_waits(services: Services, decide, sign_in) -> None:
    decide(CART, under_way="stop")
    shop = InForce(services).read()
    assert "cart_left" not in _names(services)
    _wait(services)
    decide_due(shop, NOW + timedelta(seconds=1))
    with services.store.read() as connection:
        assert connection.scalar(sa.select(waits.c.state)) == "cancelled"
    visitor = sign_in("admin")
    assert "Ended" in visitor.client.get("/console/journeys/cart_left").text
    assert ">ended<" in visitor.client.get("/console/journeys").text
    assert "What has ended" in visitor.client.get(PAGE).text


def test_an_ending_journey_is_launched_and_announced_no_more(services: Services, decide) -> None:
    decide("journey:navy_launch", under_way="finish")
    with pytest.raises(FixConfiguration, match="has ended"):
        announce(InForce(services).read(), "navy_launch", now=NOW)


def test_it_begins_again_as_it_was(services: Services, decide) -> None:
    before = InForce(services).read().triggers
    decide(CART, under_way="stop")
    decide(CART, state="running")
    assert InForce(services).read().triggers == before
    with services.store.read() as connection:
        assert read_ended(connection) == {}


def test_says_that_it_is_so_already(services: Services, decide, sign_in) -> None:
    decide("goal:order")
    assert "order" not in [each.key for each in InForce(services).read().goals.goals]
    visitor = sign_in("admin")
    answer = visitor.post(f"{PAGE}/endings", subject="goal:order", state="ended", under_way="stop", reason="again")
    assert answer.status_code == 400 and "It is so already" in answer.text
    assert look_at(services, find_journey(services, "cart_left")).ended is None


def test_an_offer_that_a_journey_names_stays(services: Services, decide, sign_in) -> None:
    visitor = sign_in("admin")
    page = visitor.client.get(f"{PAGE}/endings/offer:maille15").text
    assert "It is needed by" in page and "Winter offers" in page
    answer = visitor.post(f"{PAGE}/endings", subject="offer:maille15", reason="sold out")
    assert answer.status_code == 400 and "still needs it" in answer.text
    decide("journey:winter_offers", under_way="stop")
    decide("offer:maille15")
    assert "maille15" not in [each.name for each in InForce(services).read().offers]


def test_a_segment_ends_whoever_wrote_it_unless_it_is_needed(services: Services, decide, sign_in) -> None:
    content = {"rule": "seen in 30 days", "en": "Here lately", "fr": "Venus depuis peu", "events": False}
    with services.store.write() as connection:
        made = propose(connection, segment_subject("lately"), content, by="une-cx", reason="x", now=NOW, due_at=NOW,
                       state=AGREED)
        draft = make_draft(connection, "segment", "lately", content, base="", why="x", by="une-cx", now=NOW)
        keep_draft(connection, replace(draft, proposal=made, state="agreed"), "une-cx", NOW)
    assert "lately" in InForce(services).read().segments.segments
    admin = sign_in("admin")
    assert f"{PAGE}/endings/segment%3Alately" in admin.client.get("/console/segments").text
    decide("segment:lately")
    assert "lately" not in InForce(services).read().segments.segments
    before = InForce(services).read()
    needed = {name: list_needing(before, f"segment:{name}") for name in services.segments.segments}
    free = next(name for name, by in needed.items() if not by)
    decide(f"segment:{free}")
    assert [*InForce(services).read().segments.segments] == [each for each in before.segments.segments if each != free]
    used = next(name for name, by in needed.items() if by)
    assert admin.post(f"{PAGE}/endings", subject=f"segment:{used}", reason="no more").status_code == 400
    decide(f"segment:{free}", state="running")
    assert free in InForce(services).read().segments.segments


def _propose(services: Services, subject: str, content: dict, state: str = WAITS) -> int:
    with services.store.write() as connection:
        return propose(connection, Subject(subject), content, by="ada", reason="x", now=NOW, due_at=NOW, state=state)


def _answer(sign_in, role: str, proposal: int):
    return sign_in(role).post(f"{PAGE}/answers", proposal=str(proposal), answer="agree")


def _journey_for(services: Services, **changes) -> dict:
    return dump_trigger(replace(find_journey(services, "cart_left"), **changes))


def _free_segment(services: Services) -> str:
    shop = InForce(services).read()
    return next(name for name in shop.segments.segments if not list_needing(shop, f"segment:{name}"))


def test_a_journey_does_not_begin_again_without_the_offer_that_it_names(services: Services, decide, sign_in) -> None:
    decide("journey:winter_offers", under_way="stop")
    decide("offer:maille15")
    admin = sign_in("admin")
    fields = {"subject": "journey:winter_offers", "state": "running", "reason": "cold again"}
    answer = admin.post(f"{PAGE}/endings", **fields)
    assert answer.status_code == 400 and "only once this is in force: the offer maille15" in answer.text
    decide("offer:maille15", state="running")
    decide("journey:winter_offers", state="running")
    assert "winter_offers" in _names(services)


def test_a_journey_that_waits_does_not_go_live_once_its_segment_has_ended(services: Services, sign_in) -> None:
    segment = _free_segment(services)
    _propose(services, end_subject(f"segment:{segment}"), say_end(f"segment:{segment}", "stop"), state=AGREED)
    waiting = _propose(services, CART, _journey_for(services, audience=segment))
    before = InForce(services).read().triggers
    assert [_answer(sign_in, each, waiting).status_code for each in ("it", "marketing")] == [303, 303]
    refused = _answer(sign_in, "cx", waiting)
    assert refused.status_code == 400 and "It needs what is not in force" in refused.text
    page = sign_in("analyst").client.get(PAGE).text
    assert f"It can go live only once this is in force: the segment {segment}." in page
    assert InForce(services).read().triggers == before


def test_a_segment_that_a_journey_waits_to_speak_to_stays(services: Services, sign_in) -> None:
    segment = _free_segment(services)
    _propose(services, CART, _journey_for(services, audience=segment))
    admin = sign_in("admin")
    assert "It is needed by" in admin.client.get(f"{PAGE}/endings/segment%3A{segment}").text
    assert admin.post(f"{PAGE}/endings", subject=f"segment:{segment}", reason="no more").status_code == 400


def test_a_segment_is_agreed_on_behind_what_its_rule_goes_by(services: Services, sign_in) -> None:
    content = {"rule": "in segment 'loyals'", "en": "x", "fr": "x", "events": False}
    loyal = {"rule": "bought at least 3 times in 365 days", "en": "Loyals", "fr": "Les loyaux", "events": False}
    above = replace(services, segments=SegmentBook({
        **services.segments.segments, "loyals": parse_segment("loyals", loyal, SegmentBook()),
    }, services.segments.traits))
    waiting, first = _propose(services, "segment:regulars", content), _propose(services, "segment:loyals", loyal)
    visitors = [sign_in(each) for each in ("it", "marketing", "cx")]

    def agree(proposal: int) -> list[int]:
        said = [each.post(f"{PAGE}/answers", proposal=str(proposal), answer="agree") for each in visitors]
        return [each.status_code for each in said]

    assert agree(waiting) == [303, 303, 400]
    assert InForce(above).read().segments.segments["lapsing_regulars"].tree  # nothing fell out meanwhile
    assert agree(first) == [303, 303, 303]
    assert list_missing(InForce(above).read(), {}, segment_subject("regulars"), content) == []


def test_a_segment_goes_by_none_that_goes_by_it(services: Services, sign_in) -> None:
    waiting = _propose(services, "segment:regulars", {
        **dump_segment(services.segments.segments["regulars"]), "rule": "in segment 'lapsing_regulars'"})
    assert [_answer(sign_in, each, waiting).status_code for each in ("it", "marketing", "cx")] == [303, 303, 400]


def test_a_drafted_segment_goes_by_what_is_in_force_alone(services: Services) -> None:
    ended = _free_segment(services)
    body = {"rule": f"in segment '{ended}'", "en": "x", "fr": "x"}
    assert check(services, DraftChecked(kind="segment", name="at_noon", body=body)) is None
    _propose(services, end_subject(f"segment:{ended}"), say_end(f"segment:{ended}", "stop"), AGREED)
    found = check(services, DraftChecked(kind="segment", name="at_noon", body=body))
    assert found and f"there is no segment '{ended}'" in found.message
    mine = check(services, DraftChecked(kind="segment", name=ended, body={**body, "rule": "seen in 7 days"}))
    assert mine and mine.place == "name"  # the file has it, though it is not in force


@pytest.mark.parametrize(("on", "needing"), [(("Segment Entered",), ["cart_left"]), (("Cart Viewed",), [])])
def test_a_segment_by_whose_coming_a_journey_begins_is_needed(services: Services, on, needing) -> None:
    begun = replace(find_journey(services, "cart_left"), on=on, where={"segment": ("big_spenders",)}, audience="")
    shop = replace(services, triggers=(begun,))
    assert list_needing(shop, "segment:big_spenders") == needing


def test_one_person_in_two_tabs_ends_no_last_goal(services: Services, add, monkeypatch) -> None:
    """The second is checked once the first is done: what was looked at before the lock is old."""
    assert services.charter
    alone = Owner(PersonName("une-admin"), PersonName(""))
    shop = replace(services, charter=replace(services.charter, everything=dict.fromkeys(PARTS, alone), owners={}))
    add("une-admin", "admin")
    with shop.store.read() as connection:
        person = find_person(connection, "une-admin")
    assert person
    last, other, *more = [each.key for each in InForce(shop).read().goals.goals]
    for each in more:
        decide_ending(shop, person, EndingDecided(subject=f"goal:{each}", reason="over"))
    write = Store.write

    def end_the_other_first(store: Store):
        """Whoever comes to write before."""
        monkeypatch.setattr(Store, "write", write)
        decide_ending(shop, person, EndingDecided(subject=f"goal:{other}", reason="over"))
        return write(store)

    monkeypatch.setattr(Store, "write", end_the_other_first)
    with pytest.raises(FixInput, match="under_way"):
        decide_ending(shop, person, EndingDecided(subject=f"goal:{last}", reason="over"))
    assert [each.key for each in InForce(shop).read().goals.goals] == [last]


def test_a_segment_of_the_longest_name_ends_and_has_an_owner(services: Services, sign_in) -> None:
    name = "n" * MAX_NAME
    content = {"rule": "seen in 30 days", "en": "Here lately", "fr": "Venus depuis peu", "events": False}
    made = _propose(services, segment_subject(name), content, AGREED)
    with services.store.write() as connection:
        draft = make_draft(connection, "segment", name, content, base="", why="x", by="une-cx", now=NOW)
        keep_draft(connection, replace(draft, proposal=made, state="agreed"), "une-cx", NOW)
    admin = sign_in("admin")
    subject = segment_subject(name)
    owned = admin.post(f"{PAGE}/owners", subject=subject, part="cx", person="une-admin", delegate="")
    assert owned.status_code == 303, owned.text
    assert subject in admin.client.get(f"{PAGE}/endings/{subject}").text
    assert admin.post(f"{PAGE}/endings", subject=subject, reason="no more").status_code == 303
    with services.store.read() as connection:
        assert [each.subject for each in read_waiting(connection)] == [f"end:{subject}"]


def test_the_last_goal_stays(services: Services, decide, sign_in) -> None:
    first, *others = InForce(services).read().goals.goals
    for each in others:
        decide(f"goal:{each.key}")
    visitor = sign_in("admin")
    assert "The last goal stays" in visitor.client.get(f"{PAGE}/endings/goal:{first.key}").text
    assert visitor.post(f"{PAGE}/endings", subject=f"goal:{first.key}", reason="all").status_code == 400
    assert visitor.client.get("/console").status_code == 200
