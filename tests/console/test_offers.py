"""Offers: drafted by a form, in force once agreed, told beside what the shop gives, silent where it gives another."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.bootstrap import InForce, Services
from bot.charter.content import journey_subject, offer_subject
from bot.charter.drafted import Beside, kind_of
from bot.charter.kept import propose, read_waiting
from bot.commerce.types import Offer
from bot.console.charter_watch import note_changes
from bot.console.deeds.charter import ChangeAnswered, answer_change
from bot.console.deeds.drafts import DraftMoved, find_wrong, list_open, propose_it
from bot.console.offer_truth import count_untrue, note_given_offers
from bot.console.people import Person, PersonId
from bot.content.offers import find_offer
from bot.decision.tables import write_table
from bot.decision.versions import dump_trigger
from bot.errors import Unavailable, Unsupported

PAGE, API = "/console/content/offers", "/console/api/v1/content/offers"
DEMO = Person(PersonId(1), "demo", "admin", "", False, "en")
FORM = {
    "code": "BIENVENUE10", "name.fr": "10 € offerts dès 60 €", "name.en": "€10 off from €60", "amount_off_minor": "10",
    "min_items_minor": "60,00", "journeys.*": "on", "why": "To greet them.", "do": "save",
}


class Shop:
    """A shop whose promotions are changed by a test; the rest is the demo's."""

    def __init__(self, services: Services) -> None:
        self.engine, self.found, self.error = services.commerce, services.commerce.list_offers(), None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    def list_offers(self, *, channel: str = "") -> list[Offer]:
        """What runs, or the error."""
        if self.error:
            raise self.error
        return self.found


def _agree(services: Services) -> None:
    with services.store.read() as connection:
        for each in read_waiting(connection):
            answer_change(services, DEMO, ChangeAnswered(proposal=each.id, answer="agree"))


def _propose(services: Services) -> None:
    (draft,) = list_open(services)
    propose_it(services, DEMO, draft.id, DraftMoved(revision=draft.revision))


def _count(services: Services) -> int:
    with services.store.read() as connection:
        return count_untrue(connection, services)


def test_warns_of_a_code_that_the_shop_does_not_know(services: Services, open_browser, sign_in) -> None:
    note_changes(services)
    shop = Shop(services)
    shop.found = [each for each in shop.found if each.code != "MAILLE15"]
    over = replace(services, commerce=shop)
    assert _count(over) == 0  # nobody asked yet
    note_given_offers(over)
    assert _count(over) == 1
    visitor = sign_in("marketing")
    html = visitor.client.get(PAGE).text
    assert "The shop does not know MAILLE15: no message about it leaves." in html
    assert "Offers that the shop does not give" in visitor.client.get("/console").text
    assert "MAILLE15" in visitor.client.get("/console/lists/offers").text
    told = visitor.client.get(API).json()
    assert {each["code"]: each["state"] for each in told["offers"]} == {"MAILLE15": "unknown", "LIVRAISON": "given"}


def test_says_what_the_shop_gives_otherwise(services: Services, sign_in) -> None:
    note_changes(services)
    shop = Shop(services)
    shop.found = [replace(each, percent_off=10) if each.code == "MAILLE15" else each for each in shop.found]
    note_given_offers(replace(services, commerce=shop))
    html = sign_in("analyst", language="fr").client.get(f"{PAGE}/maille15").text
    assert "annoncé 15, accordé 10" in html and "drafts/new" not in html


def test_keeps_what_was_said_while_the_shop_is_silent_and_knows_one_that_cannot_say(services: Services) -> None:
    note_changes(services)
    shop = Shop(services)
    over = replace(services, commerce=shop)
    shop.found = []
    note_given_offers(over)
    shop.error = Unavailable("away")
    note_given_offers(over)
    assert _count(over) == 2
    shop.error = Unsupported("list_offers")
    note_given_offers(over)
    assert _count(over) == 0


def test_is_in_force_once_the_three_agreed_and_keeps_its_versions(
    services: Services, sign_in: Callable[..., Any]
) -> None:
    note_changes(services)
    note_given_offers(services)
    visitor = sign_in("marketing")
    begun = visitor.client.get("/console/drafts/new/offer?code=BIENVENUE10").text
    assert 'value="BIENVENUE10"' in begun and 'value="60"' in begun  # as the shop has it
    wrong = visitor.post("/console/drafts/new/offer", **{**FORM, "name.fr": "20 € offerts", "do": "check"})
    assert wrong.status_code == 200 and "says 20 in fr" in wrong.text and 'aria-invalid="true"' in wrong.text
    assert visitor.post("/console/drafts/new/offer", **FORM).headers["location"] == "/console/drafts/1?saved=1"
    assert find_offer(InForce(services).read().offers, "BIENVENUE10") is None
    _propose(services)
    _agree(services)
    told = find_offer(InForce(services).read().offers, "bienvenue10")
    assert told and (told.name, told.amount_off_minor, told.min_items_minor) == ("bienvenue10", 1_000, 6_000)

    changed = {**FORM, "of": "bienvenue10", "ends": "2026-12-24"}
    assert visitor.post("/console/drafts/new/offer", **changed).status_code == 303
    _propose(services)
    _agree(services)
    html = visitor.client.get(f"{PAGE}/bienvenue10").text
    assert "2026-12-24" in html and html.count("Draft it again") == 1
    seen = visitor.client.get(f"{API}/bienvenue10").json()
    assert [each["is_in_force"] for each in seen["versions"]] == [True, False]
    assert "ends" not in seen["versions"][1]["body"] and seen["state"] == "given"
    older = seen["versions"][1]["version"]
    assert 'name="ends" value=""' in visitor.client.get(
        f"/console/drafts/new/offer?name=bienvenue10&version={older}").text
    assert visitor.client.get(f"{PAGE}/none").status_code == 404
    assert visitor.client.get("/console/drafts/new/offer?name=maille15&version=99999").status_code == 404
    assert visitor.client.get("/console/drafts/new/segment").status_code == 404


def test_a_new_one_takes_no_others_place(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    new = {key: value for key, value in FORM.items() if key != "of"}
    assert visitor.post("/console/drafts/new/offer", **{**new, "code": "LIVRAISON-9"}).status_code == 303
    for code in ("livraison_9", "MAILLE15", "", "-"):  # drafted, in force, none
        wrong = visitor.post("/console/drafts/new/offer", **{**new, "code": code})
        assert wrong.status_code == 400 and 'id="w-code"' in wrong.text
    for much in ("1e400", "1e999999", "9" * 190):
        wrong = visitor.post("/console/drafts/new/offer", **{**new, "amount_off_minor": much, "do": "check"})
        assert wrong.status_code == 200 and 'id="w-amount_off_minor"' in wrong.text


def test_a_draft_is_changed_by_its_form_and_names_what_is_wrong(services: Services, sign_in) -> None:
    note_changes(services)
    visitor = sign_in("cx")
    twice = {**FORM, "code": "livraison", "name.fr": "Offerte", "name.en": "Free", "amount_off_minor": "a lot"}
    assert visitor.post("/console/drafts/new/offer", **twice, of="livraison").status_code == 303
    html = visitor.client.get("/console/drafts/1").text
    assert 'value="a lot"' in html and "must be a number, 0 or more" in html
    twice |= {"amount_off_minor": "", "revision": "1", "code": "LIVRAISON2"}
    assert visitor.post("/console/drafts/1", **twice).headers["location"] == "/console/drafts/1?saved=1"
    assert "The file’s parser" not in visitor.client.get("/console/drafts/1").text
    assert visitor.post("/console/drafts/1", **twice).status_code == 409  # read at another revision


def test_what_is_told_of_one_code_is_told_once_and_for_its_journeys(services: Services) -> None:
    note_changes(services)
    again = {"code": "maille15", "name": {"fr": "Maille", "en": "Knitwear"}}
    problem = find_wrong(services, "offer", "again", again)
    assert problem and (problem.place, problem.message) == ("code", "is told of by another offer")
    # Two that wait are looked at beside each other, an offer and a journey too.
    waits = {**again, "code": "PRINTEMPS", "journeys": ["cart_left"]}
    campaign = next(each for each in services.triggers if each.steps)
    late = replace(campaign, name="in_spring", steps=(replace(campaign.steps[0], offer="ETE26"),))
    now = services.clock()
    with services.store.write() as connection:
        content = kind_of("offer").read("spring", waits, Beside((), "EUR"))
        propose(connection, offer_subject("spring"), content, by="ada", reason="", now=now, due_at=now)
        propose(connection, journey_subject("in_spring"), dump_trigger(late), by="ada", reason="", now=now, due_at=now)
    problem = find_wrong(services, "offer", "again", {**again, "code": "printemps"})
    assert problem and (problem.place, problem.message) == (
        "code", "is told of by another offer, which waits for agreement")
    problem = find_wrong(services, "offer", "summer", {**again, "code": "ETE26", "journeys": ["cart_left"]})
    assert problem and problem.message == "leaves out in_spring, which waits for agreement and names its code"
    table = json.loads(json.dumps(write_table(campaign)).replace(campaign.codes[0], "PRINTEMPS"))
    problem = find_wrong(services, "journey", campaign.name, table)
    assert problem and problem.message == "is told of in other journeys alone by an offer that waits"
    problem = find_wrong(services, "offer", "again", {**again, "code": "NEW", "journeys": ["none"]})
    assert problem and problem.place == "journeys"


def test_leaves_out_no_journey_in_force_that_names_its_code(services: Services) -> None:
    note_changes(services)
    narrowed = {"code": "maille15", "name": {"fr": "Maille", "en": "Knitwear"}, "journeys": ["cart_left"]}
    problem = find_wrong(services, "offer", "maille15", narrowed)
    assert problem and (problem.place, problem.values) == ("journeys", {"journey": "winter_offers"})
    assert find_wrong(services, "offer", "maille15", {**narrowed, "journeys": ["cart_left", "winter_offers"]}) is None
