"""Coming in by a company's sign-in, against a provider that stands in for one, over real HTTP."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.bootstrap import Services
from bot.console.company import BACK_PATH, find_role
from bot.console.company_pages import GO_PATH
from bot.console.people import find_person
from bot.console.subjects import link_subject
from bot.console.tokens import PREFIX
from bot.console.trail import read_trail
from bot.errors import FixConfiguration
from bot.settings import Settings
from tests.conftest import NOW
from tests.console.conftest import PASSWORD, Visitor
from tests.console.test_api import client_of

Open = Callable[..., Visitor]
CLIENT, SECRET = "prevenant", "a-secret-of-the-client"


class Provider:
    """Signs whoever comes in as `claims` say, by code and PKCE. `spoil` changes what its id_token says."""

    def __init__(self, server: HTTPServer) -> None:
        self.issuer = server.url_for("/realm")
        self.key = ECKey.generate_key("P-256", {"kid": "one", "use": "sig"})
        self.claims = {"sub": "7f3", "preferred_username": "Ada Lovelace", "groups": ["staff", "shop-marketing"]}
        self.spoil: dict[str, object] = {}
        self.signs_with, self.algorithm = self.key, "ES256"
        self._codes: dict[str, dict[str, str]] = {}
        server.expect_request("/realm/.well-known/openid-configuration").respond_with_handler(self._describe)
        server.expect_request("/realm/keys").respond_with_json(KeySet([self.key]).as_dict(private=False))
        server.expect_request("/realm/authorize").respond_with_handler(self._authorize)
        server.expect_request("/realm/token", method="POST").respond_with_handler(self._exchange)

    def _describe(self, _request: Request) -> Response:
        return _json({"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
                      "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys"})

    def _authorize(self, request: Request) -> Response:
        asked = request.args
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split() and asked["client_id"] == CLIENT
        code = f"code-{len(self._codes)}"
        self._codes[code] = dict(asked)
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.issuer})
        return Response(status=302, headers={"Location": f"{asked['redirect_uri']}?{answer}"})

    def _exchange(self, request: Request) -> Response:
        asked = self._codes.pop(request.form["code"], None)  # each code once
        challenge = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        is_ours = request.authorization and (request.authorization.username, request.authorization.password) == (
            CLIENT, SECRET)
        if not (asked and is_ours and challenge.rstrip(b"=").decode() == asked["code_challenge"]):
            return _json({"error": "invalid_grant"}, 400)
        at = int(NOW.timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": at, "exp": at + 60, "nonce": asked["nonce"],
                  **self.claims, **self.spoil}
        token = jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.signs_with)
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": token})


def _json(said: dict[str, object], status: int = 200) -> Response:
    return Response(json.dumps(said), status, content_type="application/json")


@pytest.fixture
def provider(httpserver: HTTPServer) -> Provider:
    return Provider(httpserver)


@pytest.fixture
def shop(services: Services, provider: Provider) -> Services:
    """The services of a shop whose company has a sign-in."""
    return replace(services, settings=replace(
        services.settings, console_oidc_issuer=provider.issuer, console_oidc_client_id=CLIENT,
        console_oidc_client_secret=SECRET,
        console_oidc_groups="shop-admins=admin shop-marketing=marketing staff=analyst",
    ))


def go(visitor: Visitor) -> str:
    """To the provider's door and through it: the way back."""
    away = visitor.client.get(GO_PATH, follow_redirects=False)
    assert away.status_code == 303, away.text
    back = requests.get(away.headers["location"], allow_redirects=False, timeout=5).headers["location"]
    place = urlsplit(back)
    assert place.path == BACK_PATH
    return f"{place.path}?{place.query}"


def come(visitor: Visitor):
    return visitor.client.get(go(visitor), follow_redirects=False)


def test_has_no_such_door_unless_one_is_set_up(open_browser: Open) -> None:
    visitor = open_browser()
    assert visitor.client.get(GO_PATH).status_code == 404
    assert "company" not in visitor.client.get("/console/sign-in").text


def test_comes_in_with_the_role_of_the_first_group_and_without_a_password(shop: Services, open_browser: Open) -> None:
    visitor = open_browser(shop)
    assert "company account" in visitor.client.get("/console/sign-in").text
    assert come(visitor).headers["location"] == "/console"
    assert "Ada Lovelace".casefold() in visitor.client.get("/console").text
    with shop.store.read() as connection:
        person = find_person(connection, "ada lovelace")
        deeds = [each.deed for each in read_trail(connection)]
    assert person and (person.role, person.has_password) == ("marketing", False)
    assert deeds == ["signed_in", "added"]
    assert open_browser(shop).enter("ada lovelace", "").status_code == 403


def test_the_groups_of_now_count_at_each_sign_in(shop: Services, open_browser: Open, provider: Provider) -> None:
    come(open_browser(shop))
    provider.claims |= {"groups": ["staff"], "preferred_username": "another name"}
    come(open_browser(shop))
    with shop.store.read() as connection:
        assert find_person(connection, "another name") is None
        person = find_person(connection, "ada lovelace")
    assert person and person.role == "analyst"


def test_whoever_is_in_no_group_stays_outside(shop: Services, open_browser: Open, provider: Provider) -> None:
    provider.claims["groups"] = ["visitors"]
    answer = come(open_browser(shop))
    assert answer.status_code == 403 and "no group" in answer.text
    with shop.store.read() as connection:
        assert find_person(connection, "ada lovelace") is None


def test_whoever_leaves_the_groups_is_signed_out_with_their_programs(
    shop: Services, open_browser: Open, provider: Provider
) -> None:
    visitor = open_browser(shop)
    come(visitor)
    fields = {"name": "till", "role": "marketing"}
    assert visitor.post("/console/tokens", **fields, days="90").status_code == 400  # theirs end soon
    page = visitor.post("/console/tokens", **fields, days="30").text
    program = client_of(shop, page[page.index(PREFIX):].partition("<")[0])
    assert program.get("/me").status_code == 200
    provider.claims["groups"] = ["visitors"]
    come(open_browser(shop))
    assert visitor.client.get("/console", follow_redirects=False).status_code == 303
    assert program.get("/me").status_code == 401


def test_an_id_token_may_be_for_others_too(shop: Services, open_browser: Open, provider: Provider) -> None:
    provider.spoil = {"aud": ["another", CLIENT], "azp": CLIENT}
    assert come(open_browser(shop)).status_code == 303


@pytest.mark.parametrize("spoil", [
    {"nonce": "another"}, {"aud": "another"}, {"iss": "https://another.example"}, {"sub": ""}, {"azp": "another"},
    {"sub": "7\0"}, {"exp": int(NOW.timestamp()) - 3_600}, {"exp": None},
])
def test_believes_no_id_token_that_is_not_for_this_sign_in(
    shop: Services, open_browser: Open, provider: Provider, spoil: dict[str, object]
) -> None:
    provider.spoil = spoil
    visitor = open_browser(shop)
    assert come(visitor).status_code == 403
    assert visitor.client.get("/console", follow_redirects=False).status_code == 303


def test_believes_no_id_token_of_another_key(shop: Services, open_browser: Open, provider: Provider) -> None:
    provider.signs_with = ECKey.generate_key("P-256", {"kid": "one"})
    assert come(open_browser(shop)).status_code == 403


def test_an_answer_opens_once_in_the_browser_that_asked_and_for_ten_minutes(
    shop: Services, open_browser: Open
) -> None:
    visitor, thief = open_browser(shop), open_browser(shop)
    back = go(visitor)
    assert thief.client.get(back, follow_redirects=False).status_code == 403
    go(thief)
    assert thief.client.get(back, follow_redirects=False).status_code == 403  # another's state
    moment: list[datetime] = [NOW]
    late = open_browser(replace(shop, clock=lambda: moment[0]))
    late_back = go(late)
    moment[0] += timedelta(minutes=11)
    assert late.client.get(late_back, follow_redirects=False).status_code == 403
    assert visitor.client.get(back, follow_redirects=False).status_code == 303
    assert visitor.client.get(back, follow_redirects=False).status_code == 403


def test_an_answer_of_another_provider_is_refused(shop: Services, open_browser: Open) -> None:
    visitor = open_browser(shop)
    place = urlsplit(go(visitor))
    answer = dict(parse_qsl(place.query)) | {"iss": "https://another.example"}
    assert visitor.client.get(f"{BACK_PATH}?{urlencode(answer)}", follow_redirects=False).status_code == 403


def test_says_when_the_provider_is_silent(shop: Services, open_browser: Open, httpserver: HTTPServer) -> None:
    httpserver.clear()
    answer = open_browser(shop).client.get(GO_PATH)
    assert answer.status_code == 502 and "does not answer" in answer.text


def test_a_name_that_is_chosen_there_opens_nobodys_account_here(shop: Services, open_browser: Open, add) -> None:
    add("ada lovelace", "admin")
    answer = come(open_browser(shop))
    assert answer.status_code == 409 and "link the two" in answer.text
    with shop.store.write() as connection:
        link_subject(connection, "Ada Lovelace", shop.settings.console_oidc_issuer, "7f3")
    assert come(open_browser(shop)).status_code == 303
    with shop.store.read() as connection:
        person = find_person(connection, "ada lovelace")
    assert person and (person.role, person.has_password) == ("marketing", True)


def test_passwords_open_nothing_where_they_are_switched_off(shop: Services, open_browser: Open, add) -> None:
    add("bob", "admin")
    strict = replace(shop, settings=replace(shop.settings, console_local_sign_in=0, console_require_totp=1))
    visitor = open_browser(strict)
    assert 'name="password"' not in visitor.client.get("/console/sign-in").text
    form = {"form_token": open_browser(shop).token("/console/sign-in"), "name": "bob", "password": PASSWORD}
    assert visitor.client.post("/console/sign-in", data=form).status_code == 403
    assert come(visitor).status_code == 303
    assert visitor.client.get("/console").status_code == 200  # whose second factor is the provider's affair


def test_the_way_there_carries_what_the_way_back_needs(shop: Services, open_browser: Open) -> None:
    asked = parse_qs(urlsplit(
        open_browser(shop).client.get(GO_PATH, follow_redirects=False).headers["location"]).query)
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["redirect_uri"] == [f"{shop.settings.public_url}{BACK_PATH}"]
    assert "code_verifier" not in asked


@pytest.mark.parametrize(("groups", "role"), [
    (["staff", "shop-it"], "it"), ("staff", "analyst"), (["x"], None), (None, None), ({"staff": 1}, None),
])
def test_finds_the_role_of_the_first_group_that_fits(groups: object, role: str | None) -> None:
    assert find_role(groups, {"shop-it": "it", "staff": "analyst"}) == role


@pytest.mark.parametrize("wrong", [
    {"console_local_sign_in": "0"}, {"console_local_sign_in": "2"}, {"console_oidc_issuer": "https://x.example"},
    {"console_oidc_issuer": "https://x.example", "console_oidc_client_id": "x"},
    {"console_oidc_issuer": "https://x.example", "console_oidc_client_id": "x", "console_oidc_groups": "a=king"},
    {"console_require_totp": "2"}, {"console_secrets": "short"},
])
def test_refuses_settings_that_do_not_hold_together(settings: Settings, wrong: dict[str, str]) -> None:
    secrets = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
    environ = {f"PREVENANT_{each.upper()}": getattr(settings, each) for each in secrets}
    with pytest.raises(FixConfiguration, match="PREVENANT_CONSOLE"):
        Settings.from_env(environ | {f"PREVENANT_{name.upper()}": value for name, value in wrong.items()})
