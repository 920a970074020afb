"""The console's API: what programs may call, by which token, and that nothing changes without the right."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from bot.bootstrap import PROJECT, Services
from bot.charter.book import Owner, PersonName
from bot.console.api import admission
from bot.console.api.app import build_console_api
from bot.console.api.rights import OF_THE_DOOR, PAGE_OF, PATH, WRITES_BY, may_call
from bot.console.charter_watch import note_changes
from bot.console.people import find_person
from bot.console.roles import RIGHTS, ROLES, Role
from bot.console.tokens import PREFIX, TokenAsked, make_token, roles_for
from bot.console.trail import read_trail
from bot.decision.pauses import read_pauses
from bot.decision.tables import write_table
from bot.decision.triggers import load_triggers
from bot.profile.store.tables import console_people, console_sessions, console_tokens, metadata, rate_limits
from tests.conftest import NOW
from tests.console.conftest import PASSWORD, Visitor
from tests.console.drafted import add_draft
from tests.console.records import JUMPER
from tests.console.test_customers import TALK, add_camille
from tests.console.test_data import MAPPING
from tests.content.pictures import write_picture

Call = Callable[..., TestClient]
WHY = {"reason": "Too many answers"}
DRAFT = write_table(load_triggers(PROJECT / "data" / "shops" / "demo" / "triggers.toml")[1])
WORDS = {
    "text_fr": "Votre panier est encore là : {product}. Avec, {offered}, à {price}. Je l’ajoute à votre panier ?",
    "text_en": "Your basket is still here: {product}. With it, {offered}, at {price}. Shall I add it to your basket?",
}
BODIES: dict[str, dict[str, object]] = {
    "PUT /me/language": {"language": "fr"},
    "POST /journeys/{journey}/pause": WHY,
    "POST /journeys/{journey}/resume": WHY,
    "POST /charter/answers": {"proposal": 1, "answer": "agree"},
    "POST /reviews/{review}": {"answer": "refuse"},
    "POST /charter/take-back": {"proposal": 999},
    "POST /charter/owners": {"subject": "guardrails", "part": "it", "person": "demo"},
    "POST /charter/yields": {"first": "cart_left", "second": "win_back", "yields": "win_back", **WHY},
    "POST /charter/endings": {"subject": "journey:win_back", **WHY},
    "POST /customers/search": {"text": "camille"},
    "POST /customers/{customer}/merges/{merge}/undo": WHY,
    "POST /data/{silo}/replay": {"run": 1, "mapping": MAPPING},
    "POST /data/preview": {"name": "crm.csv", "content": "bWFpbCxzcGVuZAphQGV4YW1wbGUub3JnLDEK"},
    "POST /conversations/search": {"text": "secret"},
    "POST /misunderstood/training": {"language": "fr", "lines": [{"line": 1, "intent": "track_order"}]},
    "POST /drafts": {"kind": "journey", "name": "noon", "body": {"kind": "greeting"}, "why": "Try it."},
    "POST /drafts/check": {"kind": "journey", "name": "noon", "body": {"kind": "greeting"}},
    "PUT /drafts/{draft}": {"body": DRAFT, "why": "Try it.", "revision": 1},
    "POST /drafts/{draft}/propose": {"revision": 2},
    "POST /drafts/{draft}/take-back": {"revision": 3},
    "POST /drafts/{draft}/drop": {"revision": 4},
    "POST /content/pictures": {
        "name": "autumn", "alt_fr": "Un manteau", "alt_en": "A coat", "why": "Try it.",
        "content": base64.b64encode(write_picture()).decode(),
    },
    "POST /content/pictures/{picture}/restore": {"version": 9, "why": "Try it."},
    "POST /content/pictures/{picture}/remove": {"version": 9, "why": "Try it."},
    "POST /content/pictures/{picture}/draft": {"version": 1, "journey": "cart_left", "message": 0, "why": "Try it."},
    "POST /content/journeys/{journey}/propose": {"message": 0},
    "POST /content/journeys/{journey}/check": {"message": 0, **WORDS},
    "POST /content/journeys/{journey}/draft": {"message": 0, **WORDS, "why": "Try it."},
    "POST /content/tone": {"address": "vous", "why": "Try it."},
    "POST /content/tone/restore": {"version": 1, "why": "Try it."},
    "POST /content/tone/try": {"language": "fr", "text": "Bonjour"},
    "POST /assistant/dismiss": {"key": "nothing", "reason": "Not now"},
    "POST /assistant/draft": {"key": "nothing"},
    "POST /guide/begin": {"occasion": "first_look"},
    "POST /guide/play": {"person": "camille"},
    "POST /guide/past": {"do": "fill"},
    "PUT /try-on/{record}": {"version": "none", "points": {"bridge": [1, 2]}},
    "POST /segments/count": {"rule": "seen in 30 days"},
    "POST /segments/alike": {"segment": "regulars", "size": 100},
    "POST /segments/draft": {"rule": "seen in 7 days", "name": "here_lately", "en": "Here", "fr": "Venus",
                            "why": "To greet them"},
}
PARAMS = {
    "GET /segments/overlap": {"one": "buyers", "other": "buyers"},
    "GET /results/question": {"q": "orders by week"},
    "GET /results/what-if": {"journey": "cart_left", "policy": "even"},
}
_REFUSED = {  # what may be called, but not about a draft of a journey, or where the guide is not begun
    "POST /drafts/{draft}/held": (400,), "POST /guide/begin": (409,), "POST /guide/trial": (409,),
    "POST /letters/{letter}/again": (409,), "POST /guide/play": (409,), "POST /guide/past": (409,),
    "POST /guide/count": (409,),
}
_OURS = {rate_limits.name, console_sessions.name, console_tokens.name}  # being counted and noted is no change


def token_of(services: Services, name: str, role: Role, days: int = 30) -> str:
    """A new token of somebody's."""
    with services.store.write() as connection:
        person = find_person(connection, name)
        assert person
        asked = TokenAsked.model_validate({"name": "a till", "role": role, "days": days})
        return make_token(connection, person, asked, NOW)


def client_of(services: Services, token: str = "") -> TestClient:
    """What calls, by a token."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return TestClient(build_console_api(services), base_url="https://shop.example", headers=headers)


@pytest.fixture
def caller(services: Services, add) -> Call:
    """Makes a program that speaks for somebody of a role, by a token of that role or of another."""

    def make(role: Role, by: Role | None = None, over: Services = services) -> TestClient:
        add(f"une-{role}", role)
        return client_of(over, token_of(services, f"une-{role}", by or role))

    return make


def call(client: TestClient, name: str, customer: str = "0" * 32, **how):
    method, path = name.split(" ")
    known = {"journey": "cart_left", "talk": TALK, "silo": "crm", "draft": 1, "picture": "autumn", "record": JUMPER,
             "offer": "maille15", "review": 999, "letter": 999}
    filled = path.format(customer=customer, merge=1, **known)
    return client.request(method, filled, json=BODIES.get(name), params=PARAMS.get(name), **how)


def rows_of(services: Services) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is kept."""
    with services.store.read() as connection:
        return {name: sorted(map(str, connection.execute(sa.select(table))))
                for name, table in metadata.tables.items() if name not in _OURS}


def test_names_every_call_and_no_other(services: Services) -> None:
    document = build_console_api(services).openapi()
    calls = {f"{method.upper()} {path}" for path, each in document["paths"].items() for method in each}
    assert calls == set(PAGE_OF)
    assert set(PAGE_OF.values()) <= set(RIGHTS)


def test_whatever_a_page_writes_can_be_called() -> None:
    assert {each for each in RIGHTS if each.startswith("POST")} == {
        each for each in PAGE_OF.values() if each.startswith("POST")
    } | OF_THE_DOOR | set(WRITES_BY)
    assert all(RIGHTS[page] == RIGHTS[PAGE_OF[call]] for page, call in WRITES_BY.items())


def test_nobody_calls_without_saying_who_they_are(services: Services) -> None:
    before = rows_of(services)
    for token in ("", "x", PREFIX, f"{PREFIX}nobody", "é"):
        client = client_of(services)
        for name in PAGE_OF:
            headers = {"authorization": f"Bearer {token}".encode()} if token else {}
            answer = call(client, name, headers=headers)
            assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized"), name
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")
    assert rows_of(services) == before


@pytest.mark.parametrize("role", ROLES)
def test_each_role_calls_what_its_pages_do_and_changes_nothing_else(
    services: Services, caller: Call, role: Role
) -> None:
    client, customer = caller(role), add_camille(services)
    add_draft(services)
    before = rows_of(services)
    for name in PAGE_OF:
        if not may_call(role, name):
            answer = call(client, name, customer)
            assert (answer.status_code, answer.json()["detail"]) == (403, "your role does not open this call"), name
    assert rows_of(services) == before
    for name in PAGE_OF:
        if may_call(role, name):
            answer = call(client, name, customer)
            known = {200, 403, 404, *_REFUSED.get(name, ())}
            assert answer.status_code in known and "your role" not in answer.text, name


def test_does_what_the_page_does_with_the_same_trail(services: Services, caller: Call) -> None:
    client = caller("marketing")
    assert client.post("/journeys/cart_left/pause", json=WHY).json() == {"state": "resting"}
    with services.store.read() as connection:
        assert read_pauses(connection)["cart_left"].details == {"why": WHY["reason"]}
        entry = read_trail(connection)[0]
    assert (entry.person, entry.deed, entry.about, entry.note) == (
        "une-marketing", "paused", "journey:cart_left", WHY["reason"])
    assert client.get("/journeys/cart_left").json()["rest"]["why"] == WHY["reason"]


def test_decides_who_yields_and_shows_it_once_it_is_in_force(services: Services, caller: Call) -> None:
    assert services.charter
    ours = dict.fromkeys(("it", "marketing", "cx"), Owner(PersonName("une-cx"), PersonName("")))
    shop = replace(services, charter=replace(services.charter, everything=ours))
    note_changes(shop)
    asked = {"first": "win_back", "second": "cart_left", "yields": "win_back", **WHY}
    waiting = caller("marketing", over=shop).post("/charter/yields", json=asked).json()
    (change,) = waiting["changes"]
    assert (change["subject"], change["yields"]) == ("yield:cart_left:win_back", "win_back")
    assert [(each["first"], each["decided"], each["asked"]["yields"]) for each in waiting["conflicts"]] == [
        ("cart_left", None, "win_back")]
    client = caller("cx", over=shop)
    answer = {"proposal": change["proposal"], "answer": "agree"}
    agreed = client.post("/charter/answers", json=answer).json()
    assert agreed["changes"] == [] and agreed["conflicts"][0]["decided"]["yields"] == "win_back"
    assert client.get("/journeys/win_back").json()["yields_to"] == ["cart_left"]
    assert client.get("/journeys/cart_left").json()["before"] == ["win_back"]
    again = client.post("/charter/yields", json=asked)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (400, "yields")


def test_a_refusal_names_the_field(services: Services, caller: Call) -> None:
    client = caller("admin")
    said = {
        "/journeys/cart_left/pause": ({"reason": " a "}, 422, "reason"),
        "/journeys/cart_left/resume": ({**WHY, "by": "x"}, 422, "by"),
        "/charter/yields": ({"first": "x", "second": "y", "yields": "x", **WHY}, 400, "first"),
        "/charter/answers": ({"proposal": 1, "answer": "object"}, 400, "reason"),
        "/charter/owners": ({"subject": "x", "part": "it", "person": "a"}, 400, "subject"),
    }
    for path, (body, status, field) in said.items():
        answer = client.post(path, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), path
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_no_database_looks_for_is_no_mishap(caller: Call, sign_in) -> None:
    places = (caller("it"), "/audit"), (sign_in("admin").client, "/console/audit")
    for client, path in places:
        for query in ("person=%00", "before=99999999999999999999", "before=-1"):
            assert client.get(f"{path}?{query}").status_code == 422, query


def test_a_call_takes_a_file_as_large_as_the_page_does(caller: Call) -> None:
    rows = "mail,spend\n" + "a@example.org,1\n" * 20_000
    asked = {"name": "crm.csv", "content": base64.b64encode(rows.encode()).decode()}
    assert len(caller("it").post("/data/preview", json=asked).json()["rows"]) == 5


def test_no_path_takes_a_nul_to_the_database(services: Services, caller: Call, sign_in) -> None:
    """PostgreSQL refuses it; SQLite does not, so what is asked of it is looked at."""
    asked: list[object] = []
    sa.event.listen(services.store.engine, "before_cursor_execute", lambda *args: asked.append(args[3]))
    callers, reader = [caller(role) for role in ("it", "cx")], sign_in("admin").client
    places = [(each, call) for each in callers for call in PAGE_OF if call not in OF_THE_DOOR]
    places += [(reader, page) for page in RIGHTS]
    for client, place in places:
        method, _, path = place.partition(" ")
        if method == "GET" and "{" in path:
            answer = client.get(re.sub(r"\{\w+\}", "%00", path))
            assert answer.status_code in (403, 404, 422), place
            assert "\\x00" not in repr(asked), place
    for asks in ("segments?one=%00&other=%00", "journeys/cart_left/versions?one=%00&other=%00", "content?text=%00"):
        assert reader.get(f"/console/{asks}").status_code < 500 and "\\x00" not in repr(asked), asks


def test_a_look_at_the_trail_is_kept_alike_by_page_and_api(services: Services, caller: Call, sign_in) -> None:
    for client, path in ((caller("it"), "/audit"), (sign_in("admin").client, "/console/audit")):
        for query in ("deed=paused", "deed=paused&before=9223372036854775807", "deed=paused&before=1&sort=when"):
            assert client.get(f"{path}?person=lea&{query}").status_code == 200
    with services.store.read() as connection:
        looks = [(each.person, each.note) for each in read_trail(connection) if each.deed == "looked"]
    assert looks == [("une-admin", "lea paused")] * 3 + [("une-it", "lea paused")] * 3


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nothing", 404), ("DELETE", "/journeys", 405), ("GET", "/journeys/none", 404),
    ("POST", "/journeys/winter_offers/trial", 400),
])
def test_what_is_not_there_is_a_problem_too(caller: Call, method: str, path: str, status: int) -> None:
    answer = caller("admin").request(method, path)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_a_token_is_shown_once_and_kept_hashed(services: Services, sign_in) -> None:
    visitor: Visitor = sign_in("it")
    fields = {"name": "the till", "role": "analyst", "days": "30"}
    assert visitor.post("/console/tokens", **fields, password="not-this-one-1").status_code == 403
    page = visitor.post("/console/tokens", **fields, password=PASSWORD).text
    token = page[page.index(PREFIX):].partition("<")[0]
    assert token not in visitor.client.get("/console/tokens").text
    with services.store.read() as connection:
        assert token not in str(connection.execute(sa.select(console_tokens)).all())
        assert read_trail(connection)[0].note == "the till (analyst)"
    assert client_of(services, token).get("/me").json() == {"name": "une-it", "role": "analyst", "language": "en"}
    assert "Revoke the till" in visitor.client.get("/console/tokens").text
    visitor.post("/console/tokens/1/revoke")
    assert client_of(services, token).get("/me").status_code == 401


def test_nobody_makes_a_token_that_may_more_than_they(services: Services, sign_in) -> None:
    visitor = sign_in("marketing")
    fields = {"name": "x", "days": "30", "password": PASSWORD}
    for role in ("admin", "it", "cx", "king"):
        assert visitor.post("/console/tokens", role=role, **fields).status_code == 400
    assert visitor.post("/console/tokens", role="analyst", **{**fields, "days": "9999"}).status_code == 400


def test_nobody_revokes_anothers_token(services: Services, sign_in, add) -> None:
    add("ada", "admin")
    token = token_of(services, "ada", "admin")
    assert sign_in("it").post("/console/tokens/1/revoke").status_code == 404
    assert client_of(services, token).get("/me").status_code == 200


def test_a_token_ends(services: Services, add) -> None:
    add("ada", "admin")
    token = token_of(services, "ada", "admin")
    later = replace(services, clock=lambda: NOW + timedelta(days=30))
    assert client_of(later, token).get("/me").status_code == 401


def test_a_token_falls_with_the_role_of_whoever_made_it(services: Services, add) -> None:
    add("ada", "admin")
    token, less = token_of(services, "ada", "cx"), token_of(services, "ada", "analyst")
    with services.store.write() as connection:
        connection.execute(sa.update(console_people).values(role="it"))
    assert client_of(services, token).get("/me").status_code == 401
    assert client_of(services, less).get("/me").json()["role"] == "analyst"
    # An analyst may try a journey, somebody of IT may not: the token of both may not.
    assert client_of(services, less).post("/journeys/cart_left/trial").status_code == 403
    assert roles_for("it") == ("it", "analyst") and roles_for("admin") == ROLES


def test_says_when_a_token_was_used_last(services: Services, add) -> None:
    add("ada", "admin")
    client_of(services, token_of(services, "ada", "admin")).get("/me")
    with services.store.read() as connection:
        assert connection.scalar(sa.select(console_tokens.c.used_at)) == NOW


def test_data_are_masked_for_the_tokens_role(services: Services, caller: Call) -> None:
    customer, path = add_camille(services), "/customers/search"
    whole = caller("admin")
    masked = client_of(services, token_of(services, "une-admin", "marketing"))
    email = "camille@example.com"
    shown = [each.get(f"/customers/{customer}").text for each in (whole, masked)]
    assert "camille" in shown[0].casefold() and "camille" not in shown[1].casefold(), shown[1]
    assert masked.post(path, json={"text": email}).status_code == 200
    with services.store.read() as connection:
        assert [each.deed for each in read_trail(connection) if each.deed == "saw"] == ["saw", "saw"]


def test_a_browser_sends_its_forms_token_with_what_changes_something(services: Services, sign_in) -> None:
    visitor = sign_in("cx")
    path = f"{PATH}/journeys/cart_left/pause"
    assert visitor.client.get(f"{PATH}/me").json()["name"] == "une-cx"
    assert visitor.client.post(path, json=WHY).status_code == 403
    headers = {"x-form-token": visitor.token()}
    assert visitor.client.post(path, json=WHY, headers={**headers, "sec-fetch-site": "cross-site"}).status_code == 403
    assert visitor.client.post(path, json=WHY, headers=headers).status_code == 200


def test_whoever_must_choose_a_password_or_add_a_factor_calls_nothing_before(services: Services, add) -> None:
    add("ada", "admin", must_change=True)
    token = token_of(services, "ada", "admin")
    assert "password" in client_of(services, token).get("/me").json()["detail"]
    with services.store.write() as connection:
        connection.execute(sa.update(console_people).values(must_change=False))
    strict = replace(services, settings=replace(services.settings, console_require_totp=1))
    assert "second factor" in client_of(strict, token).get("/me").json()["detail"]


def test_calls_are_counted_and_bodies_are_small(services: Services, caller: Call, monkeypatch) -> None:
    client = caller("admin")
    assert client.post("/segments/count", content=b"x" * 20_000).status_code == 413
    assert client.post("/segments/count", content=iter([b"x"])).status_code == 413
    monkeypatch.setattr(admission, "CALLS", 3)
    assert [client.get("/me").status_code for _ in range(2)] == [200, 429]
    assert client.get("/me").headers["retry-after"] == "300"
