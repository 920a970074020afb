"""What ends: nothing before three agree, the choice for whoever is in it, what is needed stays, and it begins again."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.book import Owner, PersonName
from bot.charter.content import segment_subject
from bot.charter.drafts import keep_draft, make_draft
from bot.charter.kept import AGREED, propose, read_ended, read_waiting
from bot.console.charter_watch import note_changes
from bot.console.deeds.journeys import find_journey, look_at
from bot.console.needing import list_needing
from bot.console.trail import read_trail
from bot.decision.versions import find_journey as find_kept
from bot.errors import FixConfiguration
from bot.nudges.announce import announce
from bot.nudges.schedule import decide_due
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


def test_the_last_goal_stays(services: Services, decide, sign_in) -> None:
    first, *others = InForce(services).read().goals.goals
    for each in others:
        decide(f"goal:{each.key}")
    visitor = sign_in("admin")
    assert "The last goal stays" in visitor.client.get(f"{PAGE}/endings/goal:{first.key}").text
    assert visitor.post(f"{PAGE}/endings", subject=f"goal:{first.key}", reason="all").status_code == 400
    assert visitor.client.get("/console").status_code == 200
