"""A page asks what to show: the same guardrails, kept with its probability, counted in the caps once it is shown."""

import base64
import statistics
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.bootstrap import open_services
from bot.decision.guardrails import Caps
from bot.errors import Unavailable
from bot.nudges.placement_calls import PATH, build_placement_router
from bot.nudges.withdraw import accept_offer
from bot.profile.consent import record_consent
from bot.profile.customers import resolve_identity
from bot.profile.store.tables import customers
from bot.settings import Settings
from bot.site import compose
from tests.nudges.test_occasions import put_in_segment
from tests.nudges.world import SALT, World

KEYS = {"write_key": "page-" + "k" * 20, "server_write_key": "server-" + "k" * 20, "widget_secret": "w" * 32}
JOURNEY = "winter_offers"


class Page:
    """The shop's page, its server, and the site that both call."""

    def __init__(self, world: World, **options: Any) -> None:
        self.world = world
        world.settings = replace(world.settings, **KEYS)
        app = FastAPI()
        app.include_router(build_placement_router(world, **options))
        self.client = TestClient(app)

    def __enter__(self) -> "Page":
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.close()

    def ask(self, path: str = "", *, key: str = KEYS["write_key"], **body: Any) -> Any:
        basic = base64.b64encode(f"{key}:".encode()).decode()
        body = {"journeys": [JOURNEY], **body}
        return self.client.post(f"{PATH}{path}", json=body, headers={"Authorization": f"Basic {basic}"})

    def token(self, ref: str, seconds: float = 300) -> str:
        return jwt.encode({"sub": ref, "exp": time.time() + seconds}, KEYS["widget_secret"], "HS256")


@pytest.fixture
def page(world: World) -> Iterator[Page]:
    world.promote()
    with Page(world) as made:
        yield made


def _visitor(world: World, anonymous_id: str = "browser-1", *, allows: bool = True) -> str:
    with world.store.write() as connection:
        person = resolve_identity(connection, "anonymous_id", anonymous_id, source="web", is_verified=False,
                                  now=world.now, salt=SALT)
        if allows:
            record_consent(connection, person, purpose="marketing", channel="web", state="granted", source="test",
                           wording="", now=world.now)
    _let_in(world)
    return person


def _let_in(world: World) -> None:
    """Nobody in the holdout."""
    with world.store.write() as connection:
        connection.execute(sa.update(customers).values(is_holdout=False))


def test_shows_nothing_to_somebody_who_was_not_asked(page: Page) -> None:
    _visitor(page.world, allows=False)
    answer = page.ask(anonymousId="browser-1")
    assert answer.status_code == 200 and answer.json() == {"decision": None, "chosen": None}
    assert [each["held"] for each in page.world.decided()[0].candidates] == [["consent_unknown"]]


def test_shows_nothing_to_somebody_whom_nobody_knows(page: Page) -> None:
    assert page.ask(anonymousId="nobody").json() == {"decision": None, "chosen": None}
    assert page.world.decided() == []


def test_chooses_with_its_probability_and_reserves_nothing_yet(page: Page) -> None:
    _visitor(page.world)
    answer = page.ask(anonymousId="browser-1").json()
    assert answer["chosen"]["offer"] == "MAILLE15" and "MAILLE15" in answer["chosen"]["message"]["text"]
    (kept,) = page.world.decided()
    assert (kept.decision_id, kept.probability, kept.chosen) == (answer["decision"], 1.0, "web:banner")
    assert answer["probability"] == 1.0 and page.world.rows() == []


def test_counts_in_the_caps_once_it_is_shown(page: Page) -> None:
    page.world.guardrails = replace(page.world.guardrails, caps={"marketing": Caps(per_day=1)})
    person = _visitor(page.world)
    first, second = (page.ask(anonymousId="browser-1").json() for _ in range(2))
    assert page.ask(f"/{first['decision']}/shown", anonymousId="browser-1").json() == {"shown": True}
    assert page.ask(f"/{first['decision']}/shown", anonymousId="browser-1").json() == {"shown": True}
    late = page.ask(f"/{second['decision']}/shown", anonymousId="browser-1")
    assert late.status_code == 409 and late.json()["shown"] is False
    (row,) = page.world.rows()
    assert (row.customer_id, row.state, row.sent_at, row.channel) == (person, "seen", page.world.now, "web")
    assert page.ask(anonymousId="browser-1").json()["chosen"] is None
    assert page.world.dispatch() == []


def test_shows_no_more_of_what_was_accepted_since(page: Page) -> None:
    person = _visitor(page.world)
    decision = page.ask(anonymousId="browser-1").json()["decision"]
    accept_offer(page.world, person, "offer:MAILLE15")
    assert page.ask(f"/{decision}/shown", anonymousId="browser-1").status_code == 409


def test_shows_nothing_of_what_somebody_said_no_to(page: Page) -> None:
    person = _visitor(page.world)
    put_in_segment(page.world, person, "just_looking")
    asked = {"anonymousId": "browser-1", "journeys": ["browse_left"], "refs": {"product_ref": "coat"}}
    decision = page.ask(**asked).json()["decision"]
    assert decision
    page.world.happens(person, "Product Disliked", silo="chat", product_id="coat")
    assert page.ask(**asked).json()["chosen"] is None
    assert page.ask(f"/{decision}/shown", anonymousId="browser-1", refs={"product_ref": "coat"}).status_code == 409


def test_shows_no_more_of_an_offer_that_ended_since(page: Page) -> None:
    _visitor(page.world)
    decision = page.ask(anonymousId="browser-1").json()["decision"]
    page.world.commerce.offers = ()
    assert page.ask(f"/{decision}/shown", anonymousId="browser-1").status_code == 409


def test_tells_why_to_the_person_and_to_the_shop_and_to_nobody_else(page: Page) -> None:
    world = page.world
    world.person("ada", allows=("web",), purposes=("service",), is_holdout=True)
    _visitor(world)
    assert "considered" not in page.ask(anonymousId="browser-1").json()
    for who in ({"token": page.token("ada")}, {"userId": "ada", "key": KEYS["server_write_key"]}):
        (first, *_rest) = page.ask(language="fr", **who).json()["considered"]
        assert first["journey"] == "winter_offers:MAILLE15" and first["name"] == "web:banner"
        assert first["held"] == ["consent_unknown"] and first["why"][0].startswith("Nous ne vous avons")


@pytest.mark.parametrize(("language", "spoken", "said"), [
    ("en", "en", "The offer with the code"), ("en-GB", "en", "The offer with the code"),
    ("fr", "fr", "L’offre avec le code"), ("eo", "fr", "L’offre avec le code"),
])
def test_speaks_the_language_of_the_page_and_keeps_it_as_it_was_shown(
    page: Page, language: str, spoken: str, said: str
) -> None:
    page.world.guardrails = replace(page.world.guardrails, language="fr")
    _visitor(page.world)
    answer = page.ask(anonymousId="browser-1", language=language).json()
    message = answer["chosen"]["message"]
    assert message["text"].startswith(said) and message["language"] == spoken
    shown = page.ask(f"/{answer['decision']}/shown", anonymousId="browser-1", language=language)
    assert shown.json() == {"shown": True}
    assert [row.payload["text"] for row in page.world.rows()] == [message["text"]]


def test_is_not_shown_where_the_journey_has_no_such_words_any_more(page: Page) -> None:
    world = page.world
    _visitor(world)
    decision = page.ask(anonymousId="browser-1").json()["decision"]
    world.triggers = tuple(
        replace(each, messages=tuple(one for one in each.messages if "web" not in one.channels))
        for each in world.triggers)
    answer = page.ask(f"/{decision}/shown", userId="", anonymousId="browser-1", key=KEYS["server_write_key"])
    assert answer.status_code == 409 and answer.json()["held"] == ["no_words"]
    assert world.rows() == []


def test_keeps_what_it_drew_where_the_picture_for_it_is_gone(page: Page) -> None:
    """Else the draw would be made again, and the kept probabilities of the rest would be untrue."""
    world = page.world
    world.triggers = tuple(
        replace(each, messages=tuple(replace(one, picture="gone") for one in each.messages))
        for each in world.triggers if each.name == JOURNEY)
    _visitor(world)
    assert page.ask(anonymousId="browser-1").json() == {"decision": None, "chosen": None}
    assert {each.chosen for each in world.decided()} == {"web:banner"}


@pytest.mark.parametrize("number", [2**63, -1, 10**40])
def test_knows_no_decision_of_a_number_that_no_database_has(page: Page, number: int) -> None:
    _visitor(page.world)
    assert page.ask(f"/{number}/shown", anonymousId="browser-1").status_code == 404


def test_asks_for_the_refs_again_when_a_product_is_shown(page: Page) -> None:
    put_in_segment(page.world, _visitor(page.world), "just_looking")
    asked = {"anonymousId": "browser-1", "journeys": ["browse_left"]}
    decision = page.ask(**asked, refs={"product_ref": "coat"}).json()["decision"]
    answer = page.ask(f"/{decision}/shown", **asked)
    assert (answer.status_code, answer.json()["field"]) == (400, "refs")
    assert page.ask(f"/{decision}/shown", **asked, refs={"product_ref": "coat"}).json() == {"shown": True}


def test_believes_no_page_who_somebody_is(page: Page) -> None:
    page.world.person("ada", allows=("web",))
    assert page.ask(userId="ada").status_code == 400  # it proves nothing, and nobody else was named
    assert page.ask(token=page.token("ada", -1)).status_code == 401
    assert page.ask(token="false").status_code == 401


@pytest.mark.parametrize("key", ["", "wrong", KEYS["write_key"] + "x"])
def test_refuses_a_wrong_key(page: Page, key: str) -> None:
    assert page.ask(key=key, anonymousId="browser-1").status_code == 401


def test_confirms_nobody_elses_decision(page: Page) -> None:
    _visitor(page.world)
    _visitor(page.world, "browser-2")
    decision = page.ask(anonymousId="browser-1").json()["decision"]
    assert page.ask(f"/{decision}/shown", anonymousId="browser-2").status_code == 404
    page.world.later(timedelta(hours=2).total_seconds())
    assert page.ask(f"/{decision}/shown", anonymousId="browser-1").status_code == 404


@pytest.mark.parametrize(("field", "body"), [
    ("journeys", {"journeys": []}), ("journeys", {"journeys": "winter_offers"}), ("journeys", {"journeys": ["none"]}),
    ("journeys", {"journeys": ["parcel_late"]}), ("journeys", {"journeys": ["cart_left"]}),
    ("journeys", {"journeys": [f"j{n}" for n in range(30)]}), ("refs", {"refs": {"product_ref": 3}}),
    ("refs", {"journeys": ["browse_left"]}), ("anonymousId", {"anonymousId": ""}), ("anonymousId", {"anonymousId": 3}),
])
def test_names_the_field_that_is_wrong(page: Page, field: str, body: dict[str, Any]) -> None:
    _visitor(page.world)
    answer = page.ask(**{"anonymousId": "browser-1", **body})
    assert answer.status_code == 400 and answer.json()["field"] == field


def test_takes_so_many_calls_of_one_address(world: World) -> None:
    world.promote()
    with Page(world, page_calls_a_minute=2) as page:
        _visitor(world)
        codes = [page.ask(anonymousId="browser-1").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        world.later(61)
        assert page.ask(anonymousId="browser-1").status_code == 200


def test_says_when_the_shop_does_not_answer(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_options: Any) -> Any:
        raise Unavailable("down")

    _visitor(page.world)
    monkeypatch.setattr(page.world.commerce, "list_offers", fail)
    answer = page.ask(anonymousId="browser-1")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "1"


def test_refuses_a_long_body(page: Page) -> None:
    assert page.ask(anonymousId="x" * 20_000).status_code == 413


def test_pages_of_other_origins_may_ask(page: Page) -> None:
    answer = page.client.options(PATH)
    assert answer.status_code == 204 and answer.headers["access-control-allow-origin"] == "*"


def test_answers_within_200_ms(page: Page) -> None:
    _visitor(page.world)
    p95s = []
    for _ in range(3):  # the best of three rounds: others work on this machine too
        took = []
        for _ in range(30):
            began = time.perf_counter()
            assert page.ask(anonymousId="browser-1").status_code == 200
            took.append(time.perf_counter() - began)
        p95s.append(statistics.quantiles(took, n=20)[-1])
    assert min(p95s) < 0.2


def test_is_served_by_the_site(settings: Settings) -> None:
    services = open_services(settings)
    with TestClient(compose(services)) as client:  # type: ignore[arg-type]
        assert client.post(PATH, json={}).status_code == 401
