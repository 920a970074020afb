"""What is refused is a page like the others: in the reader's language, with a title, and with a way on."""

import pytest

from bot.bootstrap import Services
from bot.console.sessions import COOKIE
from tests.console.test_customers import add_camille

_NAVIGATION, _OPEN = '<nav aria-label="', "/console/segments"
_REFUSED = {  # how it is asked for -> status, title
    "/console/customers/nobody": (404, "There is nothing here"),
    "/console/nothing/of/the/kind": (404, "There is nothing here"),
    "/console/segments/alike": (404, "There is nothing here"),  # that a form asks for, and nothing else
    "/console?days=abc": (422, "This was not understood"),
    "/console/lists/nothing": (404, "There is nothing here"),
    "/console/results/export?q=zzz": (400, "This was not understood"),
}
_IN_FRENCH = {
    "There is nothing here": "Il n’y a rien ici", "This was not understood": "Cela n’a pas été compris",
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", _REFUSED)
def test_a_page_that_does_not_open_says_so_in_the_frame_of_the_others(sign_in, path: str, language: str) -> None:
    status, title = _REFUSED[path]
    title = _IN_FRENCH[title] if language == "fr" else title
    answer = sign_in("admin", language=language).client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in answer.text and f"<title>{title} · " in answer.text
    assert _NAVIGATION in answer.text and f'<html lang="{language}">' in answer.text
    assert "script" not in answer.headers["content-security-policy"]


def test_a_role_is_told_in_french_which_page_it_does_not_open(sign_in) -> None:
    answer = sign_in("analyst", language="fr").client.get("/console/audit")
    assert answer.status_code == 403 and "<h1>Votre rôle n’ouvre pas cette page</h1>" in answer.text
    assert _NAVIGATION in answer.text and 'href="/console/audit"' not in answer.text


def test_a_form_of_another_session_says_that_it_is_too_old(sign_in) -> None:
    visitor = sign_in("admin", language="fr")
    answer = visitor.client.post(_OPEN, data={"form_token": "0" * 64, "rule": "seen in 7 days"})
    assert answer.status_code == 403 and "<h1>Ce formulaire est trop ancien</h1>" in answer.text
    assert 'name="back" value=""' in answer.text  # a change of language sends nothing again


def test_a_form_that_is_too_large_or_holds_too_much_is_refused_on_a_page(sign_in) -> None:
    visitor = sign_in("admin")
    token = visitor.token()
    large = visitor.client.post(_OPEN, data={"form_token": token, "rule": "x" * 9_000})
    assert large.status_code == 413 and "<h1>That is too much</h1>" in large.text
    many = visitor.client.post(_OPEN, data={"form_token": token, **{f"f{n}": "x" for n in range(20)}})
    assert many.status_code == 400 and "<h1>This was not understood</h1>" in many.text and "Maximum" not in many.text


@pytest.mark.parametrize("path", ["/console/customers/{customer}", "/console/misunderstood"])
def test_a_look_too_many_is_told_on_a_page(
    services: Services, sign_in, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.console.deeds.customers.LOOKS", 1)
    monkeypatch.setattr("bot.console.deeds.training.LOOKS", 1)
    visitor, path = sign_in("admin", language="fr"), path.format(customer=add_camille(services))
    assert visitor.client.get(path).status_code == 200
    answer = visitor.client.get(path)
    assert answer.status_code == 429 and "<h1>Assez d’essais pour l’instant</h1>" in answer.text
    assert _NAVIGATION in answer.text


@pytest.mark.parametrize(("accepts", "title"), [("en", "There is nothing here"), ("fr", "Il n’y a rien ici")])
def test_whoever_is_not_signed_in_is_told_without_the_navigation(open_browser, accepts: str, title: str) -> None:
    answer = open_browser().client.get("/console/nothing", headers={"accept-language": accepts})
    assert answer.status_code == 404 and f"<h1>{title}</h1>" in answer.text
    assert _NAVIGATION not in answer.text and 'href="/console/sign-in"' in answer.text


def test_a_part_that_a_script_asked_for_is_refused_by_a_sentence_alone(sign_in) -> None:
    answer = sign_in("admin").client.post(
        "/console/drafts/check", data={"form_token": "0" * 64}, headers={"hx-request": "true"})
    assert answer.status_code == 403 and answer.text.startswith('<p class="problem" role="alert">Go back')
    assert "<html" not in answer.text


def test_what_is_refused_shows_no_markup_of_the_address(sign_in) -> None:
    answer = sign_in("admin").client.get("/console/<script>alert(1)</script>?x=<script>")
    assert answer.status_code == 404 and "<script" not in answer.text


def test_whoever_is_signed_out_is_led_to_the_door_still(sign_in) -> None:
    visitor = sign_in("admin")
    visitor.client.cookies.delete(COOKIE)
    answer = visitor.client.post(_OPEN, data={"form_token": "x"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")


def test_a_stroke_behind_an_address_leads_to_the_page_without_it(sign_in) -> None:
    client = sign_in("admin").client
    assert client.get("/console/journeys/?sort=x", follow_redirects=False).headers["location"].endswith(
        "/console/journeys?sort=x")
    assert client.get("/console/").status_code == 200


def test_the_api_keeps_its_own_answer(sign_in) -> None:
    answer = sign_in("admin").client.get("/console/api/v1/nothing")
    assert answer.headers["content-type"] == "application/problem+json"
