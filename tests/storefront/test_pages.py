"""The demo shop's pages, over a seeded shop and a migrated store."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.bootstrap import PROJECT, Services
from bot.channels.web.tokens import make_session, read_session
from bot.commerce.types import CustomerRef, ProductRef, VariantRef
from bot.errors import NotAllowed, PrevenantError, Unavailable, UnknownFate
from bot.profile.conversations import open_conversation, verify_conversation
from bot.profile.identities import find_customer
from bot.profile.state import read_state, write_state
from bot.storefront.routes import add_storefront
from bot.texts.catalogue import load_catalogue

VARIANT = "pull-marin-capitainerie--navy--m"
PAGES = ("/", "/products", "/products?q=robe", "/products/pull-marin-capitainerie", "/cart", "/sign-in", "/stores",
         "/demo/mailbox", "/demo/backoffice", "/offers/MAILLE15/accept")


@pytest.fixture
def shop(services: Services) -> Iterator[TestClient]:
    with _open(services) as client:
        yield client


def _open(services: Services) -> TestClient:
    app = FastAPI()
    add_storefront(app, services)
    return TestClient(app, headers={"accept-language": "en"})


def _token(shop: TestClient) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', shop.get("/sign-in").text)
    assert found
    return found[1]


def _sign_in(shop: TestClient, who: str = "camille") -> None:
    answer = shop.post("/sign-in", data={"customer": who, "form_token": _token(shop)})
    assert answer.status_code == 200


def _add(shop: TestClient) -> None:
    shop.post("/cart/lines", data={"variant": VARIANT, "quantity": "1", "form_token": _token(shop)})


def test_refuses_a_form_without_its_token(shop: TestClient) -> None:
    assert shop.post("/sign-in", data={"customer": "camille"}).status_code == 403


@pytest.mark.parametrize(("language", "sentence"), [("en", "slow to answer"), ("fr", "met du temps à répondre")])
def test_a_shop_that_does_not_answer_is_said_to(
    shop: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str
) -> None:
    def rests(*_: object, **__: object) -> None:
        raise Unavailable("the shop does not answer")

    monkeypatch.setattr(services.commerce, "get_products", rests)
    answer = shop.get("/", headers={"accept-language": language})
    assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
    assert sentence in answer.text and '<a class="button" href="/">' in answer.text
    assert "set-cookie" not in answer.headers


def test_a_person_whose_account_is_closed_is_a_guest_on_the_next_page(shop: TestClient, services: Services) -> None:
    _sign_in(shop)
    _add(shop)
    shop.cookies.set("ajs_anonymous_id", "browser-1")
    assert "Camille" in shop.get("/account").text
    services.commerce.close_account(CustomerRef("camille"), idempotency_key="closed")
    page = shop.get("/")
    assert page.status_code == 200 and "Camille" not in page.text and "/sign-in" in page.text
    assert page.headers["clear-site-data"] == '"storage"'
    assert 'ajs_anonymous_id=""' in page.headers["set-cookie"]
    again = shop.get("/cart")
    assert again.status_code == 200 and "clear-site-data" not in again.headers
    assert shop.get("/account/widget-token").status_code == 204


def test_a_form_of_a_closed_account_is_a_guests(shop: TestClient, services: Services) -> None:
    _sign_in(shop)
    token = _token(shop)
    services.commerce.close_account(CustomerRef("camille"), idempotency_key="closed")
    answer = shop.post("/cart/lines", data={"variant": VARIANT, "quantity": "1", "form_token": token})
    assert answer.status_code == 200 and "Camille" not in answer.text


def test_a_script_of_the_page_before_does_not_undo_a_sign_in(shop: TestClient) -> None:
    shop.get("/sign-in")
    late = [shop.get(path) for path in ("/cart.json", "/account/widget-token")]
    assert [answer.headers.get("set-cookie") for answer in late] == [None, None]


def test_shows_no_order_to_a_guest_or_to_somebody_else(shop: TestClient, services: Services) -> None:
    order = services.commerce.list_orders("camille").items[0]  # type: ignore[arg-type]  # a plain id reads better here
    answer = shop.get(f"/orders/{order.number}", follow_redirects=False)
    assert (answer.status_code, answer.text) == (303, "")
    people = [each["ref"] for each in services.commerce.list_demo_customers()]  # type: ignore[attr-defined]  # the demo's
    _sign_in(shop, next(each for each in people if each != "camille"))
    assert shop.get(f"/orders/{order.number}").status_code == 404


def test_gives_no_widget_token_to_a_guest(shop: TestClient) -> None:
    assert shop.get("/account/widget-token").status_code == 204


def test_leads_nowhere_else_after_switching_language(shop: TestClient) -> None:
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = shop.get("/language/fr", params={"to": elsewhere}, follow_redirects=False)
        assert answer.headers["location"] == "/"


def test_closes_the_demo_pages_in_production(services: Services) -> None:
    closed = _open(replace(services, settings=replace(services.settings, mode="production")))
    assert [closed.get(path).status_code for path in ("/demo/mailbox", "/demo/backoffice", "/sign-in")] == [404] * 3
    assert closed.post("/demo/sms", json={"to": "+33600000000", "text": "x"}).status_code == 404


def test_takes_no_text_message_without_the_key(shop: TestClient) -> None:
    assert shop.post("/demo/sms", json={"to": "+33600000000", "text": "x"}).status_code == 401


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_shows_every_page_in_both_languages(shop: TestClient, path: str, language: str) -> None:
    shop.get(f"/language/{language}")
    answer = shop.get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_escapes_what_was_searched(shop: TestClient) -> None:
    assert "<script>alert" not in shop.get("/products", params={"q": "<script>alert(1)</script>"}).text


def test_session_cookie_is_http_only_and_lax(shop: TestClient) -> None:
    cookie = shop.get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_vouches_for_the_signed_in_customer_for_five_minutes(shop: TestClient, services: Services) -> None:
    _sign_in(shop)
    body = shop.get("/account/widget-token").json()
    secret = services.settings.widget_secret
    stands_still = {"verify_exp": False, "verify_iat": False}  # the test's clock, not the library's
    claims = jwt.decode(body["token"], secret, ["HS256"], audience="prevenant-widget", options=stands_still)
    assert claims["sub"] == "camille"
    assert claims["exp"] - claims["iat"] == 300


def test_shows_account_and_orders_when_signed_in(shop: TestClient, services: Services) -> None:
    _sign_in(shop)
    assert shop.get("/account").status_code == 200
    for order in services.commerce.list_orders("camille").items:  # type: ignore[arg-type]  # a plain id reads better here
        assert order.number in shop.get(f"/orders/{order.number}").text


def test_brings_the_guests_basket_along_at_sign_in(shop: TestClient) -> None:
    _add(shop)
    assert shop.get("/cart.json").json()["count"] == 1
    _sign_in(shop)
    assert VARIANT in [line["variant_id"] for line in shop.get("/cart.json").json()["lines"]]


def _checkout_form(shop: TestClient) -> dict[str, str]:
    return {
        "form_token": _token(shop), "attempt": "1", "delivery": "ship", "payment": "card", "email": "a@example.com",
        "first_name": "A", "last_name": "B", "line1": "1 rue X", "postcode": "75001", "city": "Paris",
    }


def test_places_a_guests_order_once(shop: TestClient) -> None:
    _add(shop)
    page = shop.get("/checkout")
    assert page.status_code == 200
    assert "Thank you" in shop.post("/checkout", data=_checkout_form(shop)).text
    assert shop.get("/cart.json").json()["count"] == 0


@pytest.mark.parametrize(("error", "told"), [
    (UnknownFate("no answer"), "has not confirmed your order"),
    (NotAllowed("payment_not_offered"), "does not take this way to pay"),
    (NotAllowed("no_pickup"), "cannot be picked up in this store"),
])
def test_tells_why_nothing_was_ordered(
    shop: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch, error: PrevenantError, told: str
) -> None:
    _add(shop)
    form = _checkout_form(shop)

    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(services.commerce, "place_order", fail)
        page = shop.post("/checkout", data=form)
    assert page.status_code == 400 and told in page.text
    is_same_try = f'name="attempt" value="{form["attempt"]}"' in page.text
    assert is_same_try == isinstance(error, UnknownFate)
    assert "Thank you" in shop.post("/checkout", data=form).text


def test_keeps_a_text_message_that_arrived(shop: TestClient, services: Services) -> None:
    key = {"authorization": f"Bearer {services.settings.internal_secret}"}
    assert shop.post("/demo/sms", json={"to": "+33600000000", "text": "Bonjour"}, headers=key).status_code == 202
    assert "Bonjour" in shop.get("/demo/mailbox").text


def test_delays_a_parcel_from_the_back_office(shop: TestClient) -> None:
    page = shop.get("/demo/backoffice").text
    order = re.search(r'<option value="(ord_\w+)"', page)
    assert order
    answer = shop.post("/demo/backoffice/delay", data={"order": order[1], "form_token": _token(shop)})
    assert "is now late" in answer.text


def test_lets_a_return_arrive_from_the_back_office(shop: TestClient, services: Services) -> None:
    assert 'action="/demo/backoffice/receive"' not in shop.get("/demo/backoffice").text
    order = next(each for each in services.commerce.list_orders(CustomerRef("camille")).items if each.editable.returns)
    pieces = {next(line.id for line in order.lines if line.delivered > line.returned): 1}
    services.commerce.request_return(order.ref, pieces, refund_to=order.payments[0].method_id, reason="",
                                     idempotency_key="back", if_version=order.version)
    assert order.number in shop.get("/demo/backoffice").text.split("/demo/backoffice/receive")[1].split("</form>")[0]
    answer = shop.post("/demo/backoffice/receive", data={"order": order.ref, "form_token": _token(shop)})
    assert "has arrived" in answer.text and "/demo/backoffice/receive" not in answer.text


def test_draws_every_type_and_keeps_pictures_for_good(shop: TestClient, services: Services) -> None:
    for kind in services.commerce.vocabulary()["product_type"]:
        product = services.commerce.search_products("", filters={"product_type": kind}, limit=1).items[0]
        answer = shop.get(product.image_url.removeprefix(services.settings.public_url))
        assert answer.text.startswith("<svg")
        assert "immutable" in answer.headers["cache-control"]


def test_every_sentence_of_the_pages_is_translated() -> None:
    folder = PROJECT / "bot" / "storefront"
    texts = "".join(path.read_text() for path in [*folder.glob("templates/*.html"), *folder.glob("*_pages.py")])
    said = set(re.findall(r"\b(?:t|say)\(\s*\"([^\"]+)\"", texts)) | set(re.findall(r"\bt\('([^']+)'", texts))
    assert sorted(said - set(load_catalogue("fr"))) == []


def test_takes_over_what_a_guest_picked_in_the_chat_and_nobody_elses(shop: TestClient, services: Services) -> None:
    now = services.clock()
    cart = services.commerce.open_cart(None, idempotency_key="chat")
    services.commerce.set_line(cart.ref, VariantRef(VARIANT), 1)
    session = make_session(services.settings, now)
    address = read_session(services.settings, session, now)
    with services.store.write() as connection:
        opened = open_conversation(connection, "web", address, now=now, salt="salt" * 8)
        state = read_state(connection, opened.customer_id)
        write_state(connection, opened.customer_id, replace(state, cart_ref=cart.ref), now)
    assert shop.get("/cart.json", headers={"X-Prevenant-Session": session + "x"}).json()["count"] == 0
    assert shop.get("/cart.json", headers={"X-Prevenant-Session": session}).json()["count"] == 1
    assert shop.get("/cart.json").json()["count"] == 1
    services.commerce.attach_customer(cart.ref, CustomerRef("camille"))
    assert _open(services).get("/cart.json", headers={"X-Prevenant-Session": session}).json()["count"] == 0


def test_the_search_box_understands_a_sentence(shop: TestClient) -> None:
    page = shop.get("/products", params={"q": "warm but not wool, under 100"}).text
    assert "polaire-neve" in page
    assert "pull-marin-capitainerie" not in page


def test_the_search_box_says_when_these_are_only_the_closest(shop: TestClient) -> None:
    assert "Nothing fits all of that. The closest:" in shop.get("/products", params={"q": "yellow coat"}).text
    assert "Nothing fits all of that. Take" in shop.get("/products", params={"q": "a washing machine"}).text
    assert shop.get("/products", params={"q": "coat", "cursor": "abc"}).status_code == 404


def test_suggests_with_a_reason_and_only_what_is_in_stock(shop: TestClient, services: Services) -> None:
    html = shop.get("/products/pull-marin-capitainerie").text
    shown = re.findall(r'card-link" href="/products/([\w-]+)\?colour=', html.split("You may like these too")[1])
    assert len(shown) == 4 and "pull-marin-capitainerie" not in shown
    assert html.count("card-why") == 4
    merchant = services.commerce.merchant
    for variant in services.commerce.get_product(ProductRef(shown[0])).variants:
        for place in ("web", *(each.ref for each in services.commerce.list_pickup_locations())):
            merchant.set_stock(variant.ref, place, 0)
    again = shop.get("/products/pull-marin-capitainerie").text.split("You may like these too")[1]
    assert shown[0] not in again


def test_the_home_page_keeps_to_what_was_said_in_the_chat(shop: TestClient, services: Services) -> None:
    _sign_in(shop)
    limit, worn, now, salt = 6_000, "wool", services.clock(), services.settings.holdout_salt
    with services.store.write() as connection:
        open_conversation(connection, "web", "browser", now=now, salt=salt, sender_id="s-1")
        verify_conversation(
            connection, "s-1", customer_ref="camille", by="token", until=now + timedelta(hours=1), now=now, salt=salt
        )
        person = find_customer(connection, "customer_id", "camille")
        assert person
        state = read_state(connection, person)
        said = {"avoid_materials": [worn], "price_max_minor": limit, "types": ["dress"], "store": "paris"}
        write_state(connection, person, replace(state, style=said), now)
    page = shop.get("/").text.split("<h2>Chosen")[1]
    refs = re.findall(r'card-link" href="/products/([\w-]+)', page)
    shown = services.commerce.get_products([ProductRef(ref) for ref in refs])
    assert len(shown) >= 4
    assert all(min(v.price_minor for v in each.variants) <= limit for each in shown)
    assert not any(worn in str(each.attributes.get("material")) for each in shown)
    assert {each.product_type for each in shown} != {"dress"}
