"""The charter's page: three agree before anything goes live, an objection has a reason, the trail has each step."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.channels.outbox import enqueue
from bot.charter.book import GUARDRAILS, Owner, Subject
from bot.charter.content import goal_subject, journey_subject
from bot.charter.drafts import make_draft, read_draft
from bot.charter.kept import AGREED, propose, read_owners, read_waiting
from bot.charter.waiting import read_waiting_journeys
from bot.console.api.rights import PATH as API
from bot.console.charter_watch import note_changes
from bot.console.conflicts import CONFLICTS, measure_conflicts, read_conflicts
from bot.console.trail import read_trail
from bot.contracts.messages import OutboundMessage
from bot.decision.guardrails import Caps
from bot.decision.pauses import pause_journey, read_pauses
from bot.decision.versions import dump_trigger
from bot.measure.goals import dump_goal
from bot.profile.events import Event, append_events
from bot.profile.store.tables import (
    charter_proposals,
    console_figures,
    customers,
    drafts,
    outbox,
    segment_members,
    waits,
)
from tests.conftest import NOW

PAGE = "/console/charter"


@pytest.fixture
def services(services: Services) -> Services:
    """Each part is one person's; the caps of the file are not agreed on yet."""
    assert services.charter
    each = {part: Owner(f"une-{part}", "") for part in ("it", "marketing", "cx")}
    shop = replace(services, charter=replace(services.charter, everything=each))
    note_changes(shop)
    looser = replace(shop, guardrails=replace(shop.guardrails, caps={"marketing": Caps(50, 50)}))
    note_changes(looser)
    return looser


def _waiting(services: Services) -> list[str]:
    with services.store.read() as connection:
        return [each.subject for each in read_waiting(connection)]


def _number(services: Services) -> str:
    with services.store.read() as connection:
        return str(read_waiting(connection)[0].id)


def _deeds(services: Services) -> list[tuple[str, str]]:
    with services.store.read() as connection:
        return [(each.person, each.deed) for each in read_trail(connection)]


def test_a_journey_that_was_never_agreed_on_does_not_run(services: Services, sign_in, open_browser) -> None:
    first, *_ = services.triggers
    shop = replace(services, triggers=(*services.triggers, replace(first, name="newcomer")))
    note_changes(shop)
    assert journey_subject("newcomer") in _waiting(services)
    browser = open_browser(shop)
    browser.client.cookies = sign_in("analyst").client.cookies
    rows = browser.client.get("/console/journeys?state=waits").text
    assert "/console/journeys/newcomer" in rows and rows.count('<th scope="row">') == 1
    assert '<span class="badge">waits for agreement</span>' in rows
    page = browser.client.get("/console/journeys/newcomer").text
    assert ">waits for agreement<" in page and ">runs<" not in page
    assert ">runs<" in browser.client.get(f"/console/journeys/{first.name}").text
    states = {each["name"]: each["state"] for each in browser.client.get(f"{API}/journeys").json()}
    assert states["newcomer"] == "waits" and states[first.name] == "runs"
    assert browser.client.get(f"{API}/journeys/newcomer").json()["state"] == "waits"


def test_nobody_answers_for_a_part_that_is_not_theirs(services: Services, sign_in) -> None:
    visitor, number = sign_in("admin"), _number(services)
    assert visitor.post(f"{PAGE}/answers", proposal=number, answer="agree").status_code == 403
    assert 'name="answer"' not in visitor.client.get(PAGE).text
    assert _waiting(services) == [GUARDRAILS]


def test_objects_to_nothing_without_a_sentence(services: Services, sign_in) -> None:
    answer = sign_in("it").post(f"{PAGE}/answers", proposal=_number(services), answer="object", reason=" x ")
    assert answer.status_code == 400 and "Please say why" in answer.text
    assert "objected" not in dict(_deeds(services)).values()


def test_goes_live_when_the_third_agrees(services: Services, sign_in) -> None:
    visitors = [sign_in(role) for role in ("it", "marketing", "cx")]
    number = _number(services)
    assert "50" in visitors[0].client.get(PAGE).text and "advertising · per day" in visitors[0].client.get(PAGE).text
    visitors[2].post(f"{PAGE}/answers", proposal=number, answer="object", reason="too <b>much</b>")
    assert "too &lt;b&gt;much&lt;/b&gt;" in visitors[0].client.get(PAGE).text
    for each in visitors[:2]:
        each.post(f"{PAGE}/answers", proposal=number, answer="agree")
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 6
    assert visitors[2].post(f"{PAGE}/answers", proposal=number, answer="agree").headers["location"] == PAGE
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 50
    assert visitors[2].post(f"{PAGE}/answers", proposal=number, answer="agree").status_code == 404
    assert _deeds(services) == [
        ("une-cx", "live"), ("une-marketing", "agreed"), ("une-it", "agreed"), ("une-cx", "objected"),
        ("charter", "proposed"), ("charter", "adopted"),
    ]


def _make_late(services: Services) -> None:
    with services.store.write() as connection:
        connection.execute(sa.update(charter_proposals).values(due_at=NOW))


def _with_delegate(services: Services) -> Services:
    """Whose owner for customers' experience has the admin stand in for them."""
    assert services.charter
    each = {**services.charter.everything, "cx": Owner("une-cx", "une-admin")}
    return replace(services, charter=replace(services.charter, everything=each))


def _visit(open_browser, services: Services, somebody):
    """Somebody who is signed in, before another console."""
    browser = open_browser(services)
    browser.client.cookies = somebody.client.cookies
    return browser


def test_waiting_for_the_deadline_overrules_nobodys_no(services: Services, sign_in, open_browser) -> None:
    number = _number(services)
    it, marketing, cx, admin = (sign_in(role) for role in ("it", "marketing", "cx", "admin"))
    for each in (it, marketing):
        each.post(f"{PAGE}/answers", proposal=number, answer="agree")
    cx.post(f"{PAGE}/answers", proposal=number, answer="object", reason="too much")
    _make_late(services)
    late = _with_delegate(services)
    delegate = _visit(open_browser, late, admin)
    assert 'name="answer"' not in delegate.client.get(PAGE).text
    assert delegate.post(f"{PAGE}/answers", proposal=number, answer="agree").status_code == 403
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 6
    owner = _visit(open_browser, late, cx)
    assert owner.post(f"{PAGE}/answers", proposal=number, answer="agree").status_code == 303
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 50


def test_a_delegate_stands_in_for_silence(services: Services, sign_in, open_browser) -> None:
    number = _number(services)
    for role in ("it", "marketing"):
        sign_in(role).post(f"{PAGE}/answers", proposal=number, answer="agree")
    _make_late(services)
    delegate = _visit(open_browser, _with_delegate(services), sign_in("admin"))
    assert delegate.post(f"{PAGE}/answers", proposal=number, answer="agree").status_code == 303
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 50


def test_who_is_replaced_has_said_nothing(services: Services, sign_in) -> None:
    number = _number(services)
    it, marketing, cx, admin = (sign_in(role) for role in ("it", "marketing", "cx", "admin"))
    for each in (it, marketing):
        each.post(f"{PAGE}/answers", proposal=number, answer="agree")
    admin.post(f"{PAGE}/owners", subject="guardrails", part="it", person="une-admin", delegate="")
    cx.post(f"{PAGE}/answers", proposal=number, answer="agree")
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 6
    page = cx.client.get(PAGE).text
    assert page.count(">agrees<") == 2 and page.count(">has not answered<") == 1
    rows = cx.client.get("/console/lists/charter").text
    assert "IT: data and load" in rows and "Marketing: message and goal" not in rows
    admin.post(f"{PAGE}/answers", proposal=number, answer="agree")
    assert InForce(services).read().guardrails.caps["marketing"].per_day == 50


def test_a_draft_is_objected_to_by_nobody_who_answers_for_it_no_more(services: Services, sign_in) -> None:
    sign_in("cx").post(f"{PAGE}/answers", proposal=_number(services), answer="object", reason="too much")
    with services.store.write() as connection:
        proposal = read_waiting(connection)[0]
        draft = make_draft(connection, "pressure", "", {}, base="", why="", by="ada", now=NOW)
        connection.execute(sa.update(drafts).values(proposal_id=proposal.id, state="objected"))
    sign_in("admin").post(f"{PAGE}/owners", subject="guardrails", part="cx", person="une-admin", delegate="")
    with services.store.read() as connection:
        assert read_draft(connection, draft.id).state == "proposed"


def test_costs_and_alarms_are_told_in_words(services: Services, sign_in) -> None:
    first, *others = services.goals.lines
    goals = replace(services.goals, costs_per_thousand_minor={**services.goals.costs_per_thousand_minor, "sms": 1},
                    lines=(replace(first, at_most=0.5), *others))
    note_changes(replace(services, goals=goals))
    page = sign_in("cx", language="fr").client.get(PAGE).text
    assert "Coûts et alertes" in page and "Mille messages · SMS" in page and "0,01\xa0€" in page
    assert "Alerte · personnes qui ont dit non · part des personnes touchées, au plus" in page
    assert "?deed=rule" in page and "traits.toml" in page


def test_today_shows_what_waits(services: Services, sign_in) -> None:
    visitor = sign_in("analyst")
    assert "Changes that wait for agreement" in visitor.client.get("/console").text
    assert "Caps and quiet hours" in visitor.client.get("/console/lists/charter").text


def test_a_paused_journey_goes_on_when_the_three_have_agreed(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        pause_journey(connection, "cart_left", reason="by_hand", by="léa", now=NOW)
    visitors = [sign_in(role) for role in ("marketing", "cx")]
    it = sign_in("it")
    resume = "/console/journeys/cart_left/resume"
    for each in visitors:
        each.post(resume, reason="mended")  # the second asks for what is asked already
    assert _waiting(services) == [GUARDRAILS, "resume:cart_left"]
    with services.store.read() as connection:
        number = str(read_waiting(connection)[1].id)
    for each in (it, visitors[1]):
        with services.store.read() as connection:
            assert "cart_left" in read_pauses(connection)
        assert each.post(f"{PAGE}/answers", proposal=number, answer="agree").status_code == 303
    with services.store.read() as connection:
        assert read_pauses(connection) == {}


def test_that_a_journey_goes_on_is_taken_back(services: Services, sign_in) -> None:
    with services.store.write() as connection:
        pause_journey(connection, "cart_left", reason="by_hand", by="léa", now=NOW)
    marketing, cx, it = (sign_in(role) for role in ("marketing", "cx", "it"))
    marketing.post("/console/journeys/cart_left/resume", reason="mended")
    with services.store.read() as connection:
        caps, resume = (str(each.id) for each in read_waiting(connection))
    assert f"{PAGE}/take-back" not in it.client.get(PAGE).text
    assert cx.client.get(PAGE).text.count(f'action="{PAGE}/take-back"') == 1
    assert it.post(f"{PAGE}/take-back", proposal=resume).status_code == 403
    assert cx.post(f"{PAGE}/take-back", proposal=caps).status_code == 400
    assert cx.post(f"{PAGE}/take-back", proposal=resume).headers["location"] == PAGE
    assert cx.post(f"{PAGE}/take-back", proposal=resume).status_code == 404
    assert _waiting(services) == [GUARDRAILS] and _deeds(services)[0] == ("une-cx", "withdrawn")
    with services.store.read() as connection:
        assert "cart_left" in read_pauses(connection)
    marketing.post("/console/journeys/cart_left/resume", reason="mended now")
    assert _waiting(services) == [GUARDRAILS, "resume:cart_left"]


def test_somebody_else_answers_once_an_admin_says_so(services: Services, sign_in) -> None:
    visitor = sign_in("admin")
    visitor.post(f"{PAGE}/owners", subject="guardrails", part="cx", person="Une-ADMIN", delegate="")
    with services.store.read() as connection:
        assert read_owners(connection) == {(GUARDRAILS, "cx"): Owner("une-admin", "")}
    assert 'name="answer"' in visitor.client.get(PAGE).text
    for wrong in ({"subject": "journey:nothing"}, {"part": "sales"}, {"person": " "}, {"delegate": "x" * 65}):
        sent = {"subject": "guardrails", "part": "cx", "person": "ada", **wrong}
        assert visitor.post(f"{PAGE}/owners", **sent).status_code == 400


@pytest.mark.parametrize("subject", ["everything", "segment:regulars"])
def test_owners_of_segments_and_of_everything_can_be_changed(services: Services, sign_in, subject: str) -> None:
    visitor = sign_in("admin")
    assert f'<option value="{subject}">' in visitor.client.get(PAGE).text
    visitor.post(f"{PAGE}/owners", subject=subject, part="cx", person="une-admin", delegate="")
    told = visitor.client.get("/console/api/v1/charter").json()["subjects"]
    owners = {each["subject"]: each["owners"]["cx"]["person"] for each in told}
    assert owners[subject] == "une-admin"
    everywhere = "une-admin" if subject == "everything" else "une-cx"
    assert owners["guardrails"] == owners["journey:cart_left"] == everywhere


def test_nobody_answers_who_could_not(services: Services, sign_in) -> None:
    visitor = sign_in("admin")
    sign_in("analyst"), sign_in("cx")
    for field in ("person", "delegate"):
        for name in ("nobody-at-all", "une-analyst"):
            sent = {"subject": "guardrails", "part": "cx", "person": "une-cx", "delegate": "", field: name}
            answer = visitor.post(f"{PAGE}/owners", **sent)
            assert answer.status_code == 400 and "whose role may answer" in answer.text, (field, name)
    with services.store.read() as connection:
        assert read_owners(connection) == {}
    # Whom the file names need not have signed in yet.
    sent = {"subject": "guardrails", "part": "cx", "person": "une-marketing", "delegate": "une-cx"}
    assert visitor.post(f"{PAGE}/owners", **sent).status_code == 303


def test_who_yields_goes_live_when_the_third_agrees(services: Services, sign_in) -> None:
    visitors = {role: sign_in(role) for role in ("it", "marketing", "cx")}
    sent = {"first": "winter_offers", "second": "cart_left", "yields": "winter_offers", "reason": "the <b>basket</b>"}
    for wrong in ({"yields": "parcel_stuck"}, {"reason": ""}, {"first": "parcel_stuck"}):
        assert visitors["marketing"].post(f"{PAGE}/yields", **{**sent, **wrong}).status_code == 400
    assert visitors["marketing"].post(f"{PAGE}/yields", **sent).headers["location"] == PAGE
    assert _deeds(services)[:2] == [("une-marketing", "agreed"), ("une-marketing", "proposed")]
    assert _waiting(services) == [GUARDRAILS, "yield:cart_left:winter_offers"]
    page = visitors["cx"].client.get(PAGE).text
    assert "“Winter offers” yields to “A basket left behind”" in page and "waits for agreement" in page
    assert "the &lt;b&gt;basket&lt;/b&gt;" in page
    with services.store.read() as connection:
        number = str(read_waiting(connection)[1].id)
    for role in ("it", "cx"):
        assert InForce(services).read().guardrails.yields == {}
        visitors[role].post(f"{PAGE}/answers", proposal=number, answer="agree")
    assert InForce(services).read().guardrails.yields == {"winter_offers": ("cart_left",)}
    assert "Yields to “A basket left behind”" in visitors["it"].client.get("/console/journeys/winter_offers").text
    assert "Goes before “Winter offers”" in visitors["it"].client.get("/console/journeys/cart_left").text
    again = visitors["it"].post(f"{PAGE}/yields", **sent)
    assert again.status_code == 400 and "would close a circle" in again.text


def test_the_page_says_in_french_who_yields(services: Services, sign_in) -> None:
    visitor = sign_in("marketing", language="fr")
    visitor.post(f"{PAGE}/yields", first="cart_left", second="birthday", yields="birthday", reason="le panier d’abord")
    page = visitor.client.get(PAGE).text
    assert all(each in page for each in ("cède à", "attend un accord", "les deux parlent"))


def test_two_journeys_that_want_the_same_people_are_a_conflict(services: Services) -> None:
    """What was only decided is none; nor is news of orders, what came to nothing, or what was said eight days ago."""
    def wait(person: str, trigger: str, days: float, state: str = "waiting") -> dict[str, object]:
        return {"trigger": trigger, "customer_id": person, "subject": "", "facts": {}, "state": state, "step": "",
                "version": "", "due_at": NOW + timedelta(days=days), "created_at": NOW, "updated_at": NOW}

    people = [("a", "a"), ("a2", "a"), ("b", "b"), ("c", "c"), ("d", "d")]
    with services.store.write() as connection:
        connection.execute(sa.insert(customers), [
            {"customer_id": each, "root_id": root, "is_holdout": False, "created_at": NOW} for each, root in people
        ])
        for number, (person, nudge, days, state) in enumerate([
            ("a", "winter_offers:MAILLE15", -3, "sent"), ("b", "winter_offers:MAILLE15", -3, "held"),
            ("c", "winter_offers:MAILLE15", -8, "sent"), ("d", "birthday", 2, "pending"),
            ("a", "parcel_stuck", 0, "sent"),
        ]):
            at = NOW + timedelta(days=days)
            made = enqueue(connection, idempotency_key=str(number), kind="nudge", customer_id=person, sender_id="",
                           channel="email", address="x", purpose="service" if nudge == "parcel_stuck" else "marketing",
                           payload=OutboundMessage(""), nudge=nudge, about="", not_before=at, now=at)
            connection.execute(sa.update(outbox).where(outbox.c.outbox_id == made).values(
                state=state, sent_at=at if state == "sent" else None))
        connection.execute(sa.insert(waits), [
            wait("a2", "cart_left", 1), wait("b", "cart_left", 1), wait("c", "cart_left", 1),
            wait("d", "cart_left", 8), wait("d", "review", 6, "following"), wait("a", "review", 1, "cancelled"),
        ])
        found = measure_conflicts(connection, services.triggers, NOW)
        assert found == {"pairs": [["birthday", "review", 1], ["cart_left", "winter_offers", 1]]}
        connection.execute(sa.insert(console_figures).values(name=CONFLICTS, value=found, counted_at=NOW))
        assert [(each.first, each.people, each.decided, each.asked) for each in read_conflicts(connection)] == [
            ("birthday", None, None, None), ("cart_left", None, None, None),  # of fewer than ten nothing is told
        ]
        pause_journey(connection, "cart_left", reason="by_hand", by="test", now=NOW)
        assert measure_conflicts(connection, services.triggers, NOW) == {"pairs": [["birthday", "review", 1]]}


def test_what_waits_for_agreement_is_a_conflict_before_it_speaks(services: Services, sign_in) -> None:
    """Two drafts that want the same people, and one beside what is in force; who yields is decided before either is."""
    cart = next(each for each in services.triggers if each.name == "cart_left")
    noon = replace(cart, name="at_noon", audience="regulars", where={"shelf": ("knitwear",)})
    campaign = next(each for each in services.triggers if each.steps)
    spring = replace(campaign, name="in_spring", audience="regulars")
    people = [f"p{n:02}" for n in range(12)]
    at = NOW - timedelta(days=3)

    def added(name: str, days: float = 3, silo: str = "web", shelf: str = "knitwear") -> Event:
        when = NOW - timedelta(days=days)
        return Event(f"m-{name}-{days}", name, silo, "track", cart.on[0], {"shelf": shelf}, when, when)

    with services.store.write() as connection:
        connection.execute(sa.insert(customers), [
            {"customer_id": each, "root_id": each, "is_holdout": False, "created_at": NOW}
            for each in (*people, "old", "coat", "alone")
        ])
        connection.execute(sa.insert(segment_members), [
            {"segment": "regulars", "customer_id": each, "entered_at": at, "left_at": None}
            for each in (*people, "old", "coat")
        ])
        silo = noon.silo or "web"
        append_events(connection, [
            *(added(each, silo=silo) for each in people), added("old", 8, silo), added("coat", 3, silo, "coats"),
            added("alone", silo=silo),
        ])
        for each in (noon, spring):
            propose(connection, journey_subject(each.name), dump_trigger(each), by="ada", reason="", now=NOW,
                    due_at=NOW + timedelta(days=3))
        found = measure_conflicts(connection, services.triggers, NOW, read_waiting_journeys(connection))
        assert found == {"pairs": [["at_noon", "in_spring", 12]]}
        assert measure_conflicts(connection, services.triggers, NOW) == {"pairs": []}
        connection.execute(sa.insert(console_figures).values(name=CONFLICTS, value=found, counted_at=NOW))
    visitor = sign_in("marketing")
    html = visitor.client.get(PAGE).text
    assert "Both want 12 people." in html and "what waits for agreement is counted by whom" in html
    sent = {"first": "at_noon", "second": "in_spring", "yields": "in_spring", "reason": "noon first"}
    assert visitor.post(f"{PAGE}/yields", **sent).status_code == 303
    assert "yield:at_noon:in_spring" in _waiting(services)
    told = visitor.client.get("/console/api/v1/charter").json()["conflicts"]
    assert [(each["people"], each["waiting"], each["asked"]["yields"]) for each in told] == [
        (12, ["at_noon", "in_spring"], "in_spring"),
    ]
    assert visitor.post(f"{PAGE}/yields", **{**sent, "first": "nowhere"}).status_code == 400


def test_goals_are_called_by_their_names_in_the_readers_language(services: Services, sign_in) -> None:
    content = {**dump_goal(services.goals.goals[0]), "names": {"fr": "retour <b>en boutique</b>", "en": "visit"}}
    with services.store.write() as connection:
        propose(connection, goal_subject("visits"), content, by="ada", reason="", now=NOW, due_at=NOW)
    visitor = sign_in("admin", language="fr")
    page = visitor.client.get(PAGE).text
    assert "Commande <" in page and "Avis <" in page and "Order <" not in page and "Review <" not in page
    assert "Retour &lt;b&gt;en boutique&lt;/b&gt;" in page  # one that waits has no other name yet
    assert "Retour &lt;b&gt;" in visitor.client.get("/console/lists/charter").text.replace("retour", "Retour")
    assert "Commande" in visitor.client.get(f"{PAGE}/endings/goal%3Aorder").text


@pytest.mark.parametrize(("value", "where"), [
    (5, "5"), (2.5, "2.5"), (True, "True"), (False, "False"), ("5", "5"), ("true", "true"), (None, "None"), ("", ""),
    (..., ""), (5, "6"), ("true", "True"), (True, "1"), (True, "true"), (..., "None"),
])
def test_a_journey_that_waits_wants_whom_it_would_begin_with(services: Services, value: object, where: str) -> None:
    """By the same reading of what an event says as when it begins; `...`: it does not say it."""
    first = next(each for each in services.triggers if each.purpose == "marketing" and not each.steps)
    told, silo = {} if value is ... else {"stars": value}, first.silo or "shop"
    wanting = [replace(first, name=name, where={"stars": (where,)}, audience="") for name in ("one", "two")]
    with services.store.write() as connection:
        connection.execute(sa.insert(customers).values(
            customer_id="a" * 32, root_id="a" * 32, is_holdout=False, created_at=NOW))
        append_events(connection, [Event(
            message_id="m", customer_id="a" * 32, silo=silo, type="track", name=first.on[0], properties=told,
            occurred_at=NOW, received_at=NOW,
        )])
        found = measure_conflicts(connection, (), NOW, wanting)
    assert bool(found["pairs"]) is wanting[0].begins_on(first.on[0], silo, told)


def _cart_as(services: Services, name: str) -> Services:
    first = next(each for each in services.triggers if each.name == "cart_left")
    return replace(services, triggers=(*services.triggers, replace(first, name=name)))


def test_who_yields_to_a_journey_that_is_withdrawn_waits_no_more(services: Services, sign_in, open_browser) -> None:
    shop = _cart_as(services, "newcomer")
    note_changes(shop)
    browser = open_browser(shop)
    browser.client.cookies = sign_in("marketing").client.cookies
    sent = {"first": "newcomer", "second": "cart_left", "yields": "newcomer", "reason": "the basket first"}
    assert browser.post(f"{PAGE}/yields", **sent).status_code == 303
    assert "yield:cart_left:newcomer" in _waiting(services)
    note_changes(services)  # the file has it no more
    assert _waiting(services) == [GUARDRAILS]


def test_neither_takes_back_what_was_said_of_a_journey_that_is_gone(services: Services, sign_in) -> None:
    now, subject = services.clock(), Subject("yield:cart_left:gone")
    with services.store.write() as connection:
        propose(connection, subject, {"yields": "gone"}, by="ada", reason="x", now=now, due_at=now)
    visitor = sign_in("marketing")
    sent = {"first": "cart_left", "second": "gone", "yields": "gone", "reason": "it is gone"}
    assert visitor.post(f"{PAGE}/yields", **{**sent, "yields": "cart_left"}).status_code == 400
    assert visitor.post(f"{PAGE}/yields", **{**sent, "second": "nowhere", "yields": ""}).status_code == 400
    assert visitor.post(f"{PAGE}/yields", **{**sent, "yields": ""}).status_code == 303
    assert _waiting(services) == [GUARDRAILS]
    with services.store.write() as connection:
        propose(connection, subject, {"yields": "gone"}, by="ada", reason="x", now=now, due_at=now, state=AGREED)
    assert visitor.post(f"{PAGE}/yields", **{**sent, "yields": ""}).status_code == 303
    assert subject in _waiting(services)  # what was agreed on ends by agreement


def test_a_shop_without_a_charter_is_told_how_to_begin(services: Services, sign_in, open_browser) -> None:
    visitor = sign_in("admin")
    bare = open_browser(replace(services, charter=None))
    bare.client.cookies.update(visitor.client.cookies)
    assert "no charter yet" in bare.client.get(PAGE).text
