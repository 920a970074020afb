"""Page x role: what the table says is what the paths do, and a path that the table does not know is closed."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from bot.bootstrap import Services
from bot.console.pages import build_console_router
from bot.console.roles import RIGHTS, ROLES, may
from tests.console.conftest import PASSWORD
from tests.console.drafted import add_draft
from tests.console.records import JUMPER, add_records
from tests.console.test_customers import TALK, add_camille
from tests.console.test_data import MAPPING, bring_in
from tests.content.pictures import keep, write_picture

NAMED = {
    "journey": "cart_left", "merge": 1, "talk": TALK, "token": 1, "silo": "crm", "draft": 1, "picture": "autumn",
    "record": JUMPER, "subject": "journey:cart_left", "offer": "maille15", "kind": "offer", "review": 1, "letter": 1,
}
_CLOSED = re.compile("<h1>(Your role does not open this page|Votre rôle n’ouvre pas cette page)</h1>")
_TOO_OLD = re.compile("<h1>(This form is too old|Ce formulaire est trop ancien)</h1>")
_LAST = ("POST /console/password", "POST /console/sign-out")  # behind each of them a form is too old
WHY = {"reason": "Too many answers", "why": "To try it."}
# What a form of the page holds; none: nothing but its token.
_PICTURE = "/console/content/pictures"
_WORDS = {"message": "0", "text_fr": "Bonjour", "text_en": "Hello", "by": "patterns", **WHY}
FORMS: dict[str, dict[str, str]] = {
    "POST /console/language": {"language": "fr", "back": "/console"},
    "POST /console/password": {"former": PASSWORD, "password": "a-new-phrase-9"},
    "POST /console/factor/begin": {"password": PASSWORD},
    "POST /console/factor/confirm": {"code": "000000"},
    "POST /console/factor/remove": {"password": PASSWORD, "code": "000000"},
    "POST /console/tokens": {"name": "a till", "role": "analyst", "days": "30", "password": PASSWORD},
    "POST /console/lists/reviews/{review}": {"answer": "refuse"},
    "POST /console/lists/letters/{letter}": {"answer": "again"},
    "POST /console/data/{silo}/replay": {"run": "1", "mapping": MAPPING},
    "POST /console/journeys/{journey}/pause": WHY,
    "POST /console/journeys/{journey}/resume": WHY,
    "POST /console/content/journeys/{journey}/propose": _WORDS,
    "POST /console/content/journeys/{journey}/words": _WORDS,
    "POST /console/content/journeys/{journey}/draft": _WORDS,
    f"POST {_PICTURE}": {"name": "winter", "alt_fr": "Un manteau", "alt_en": "A coat", **WHY},
    f"POST {_PICTURE}/{{picture}}/restore": {"version": "1", **WHY},
    f"POST {_PICTURE}/{{picture}}/draft": {"version": "1", "message": "cart_left:0", **WHY},
    f"POST {_PICTURE}/{{picture}}/remove": {"version": "9", **WHY},
    "POST /console/content/tone": {"address": "vous", **WHY},
    "POST /console/content/tone/restore": {"version": "9", **WHY},
    "POST /console/content/tone/try": {"language": "fr", "text": "Bonjour"},
    "POST /console/guide/begin": {"occasion": "first_look"},
    "POST /console/guide/play": {"person": "camille"},
    "POST /console/guide/past": {"do": "fill"},
    "POST /console/drafts/{draft}/propose": {"revision": "1"},
    "POST /console/drafts/{draft}/take-back": {"revision": "2"},
    "POST /console/drafts/{draft}/drop": {"revision": "3"},
    "POST /console/charter/answers": {"proposal": "999", "answer": "agree"},
    "POST /console/charter/take-back": {"proposal": "999"},
    "POST /console/charter/owners": {"subject": "guardrails", "part": "it", "person": "demo"},
    "POST /console/charter/endings": {"subject": "journey:win_back", "state": "ended", "under_way": "finish", **WHY},
    "POST /console/charter/yields": {"first": "cart_left", "second": "win_back", "yields": "win_back", **WHY},
    "POST /console/customers": {"text": "camille@example.org"},
    "POST /console/customers/{customer}/merges/{merge}": WHY,
    "POST /console/conversations": {"text": "colis"},
    "POST /console/misunderstood": {"language": "fr", "line_1": "on", "intent_1": "track_order"},
    "POST /console/assistant/dismiss": {"key": "nothing", **WHY},
    "POST /console/assistant/draft": {"key": "nothing"},
    "POST /console/segments": {"rule": "seen in 7 days"},
    "POST /console/segments/alike": {"segment": "regulars", "size": "100"},
    "POST /console/segments/draft": {
        "rule": "seen in 7 days", "name": "here_lately", "en": "Here", "fr": "Venus", **WHY,
    },
}
FILES = {
    "POST /console/data/preview": ("crm.csv", b"mail,spend\na@example.org,12\n", "text/csv"),
    f"POST {_PICTURE}": ("coat.png", write_picture(), "image/png"),
}
_DONE = (200, 303)
# Whoever may ask does not get everything: a wrong code, what is not there, is so already, or nobody began.
ANSWERS: dict[str, tuple[int, ...]] = {
    "POST /console/factor/confirm": (403,), "POST /console/factor/remove": (403,),
    "POST /console/lists/reviews/{review}": (404,), "POST /console/lists/letters/{letter}": (409,),
    "POST /console/try-on/{record}": (409,),
    "POST /console/content/journeys/{journey}/draft": (400,),
    f"POST {_PICTURE}/{{picture}}/restore": (409,), f"POST {_PICTURE}/{{picture}}/remove": (404,),
    "POST /console/content/tone/restore": (404,),
    "POST /console/guide/trial": (*_DONE, 409), "POST /console/guide/results": (*_DONE, 409),
    "POST /console/guide/play": (403, 409),
    "POST /console/charter/answers": (404,), "POST /console/charter/take-back": (404,),
    "POST /console/misunderstood": (404,),
    "POST /console/assistant/dismiss": (404,), "POST /console/assistant/draft": (404,),
}
_OPEN = {"GET /console/sign-in", "POST /console/sign-in", "GET /console/sign-in/code", "POST /console/sign-in/code",
         "GET /console/static/{name}", "GET /console/{rest:path}"}


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """Of a shop with records of try-on."""
    return add_records(services, tmp_path / "records")


def prepare(services: Services) -> None:
    """Something is there on every page."""
    bring_in(services)
    add_draft(services)
    keep(services)


def _fill(page: str, customer: str) -> str:
    return page.split(" ")[1].format(customer=customer, **NAMED)


def _paths(services: Services) -> set[str]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(build_console_router(services))
    return set(_walk(app.routes))


def _walk(routes):
    for each in routes:
        if isinstance(each, APIRoute):
            yield from (f"{method} {each.path}" for method in each.methods)
        else:
            yield from _walk(each.original_router.routes)


def test_opens_nothing_that_the_table_does_not_name() -> None:
    assert not any(may(role, "GET /console/anything") for role in ROLES)


def test_the_table_names_every_path_and_no_other(services: Services) -> None:
    assert _paths(services) - _OPEN == set(RIGHTS)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_its_pages_and_no_other(services: Services, sign_in, role: str) -> None:
    visitor, customer = sign_in(role), add_camille(services)
    prepare(services)
    for page in (each for each in RIGHTS if each.startswith("GET")):
        answer = visitor.client.get(_fill(page, customer), follow_redirects=False)
        if role in RIGHTS[page]:
            assert answer.status_code == 200, page
        else:
            assert answer.status_code == 403 and _CLOSED.search(answer.text), page


@pytest.mark.parametrize("role", ROLES)
def test_each_role_does_what_it_may_and_nothing_else(services: Services, sign_in, role: str) -> None:
    visitor, customer = sign_in(role), add_camille(services)
    prepare(services)
    token, found = visitor.token(), {}
    pages = (each for each in RIGHTS if each.startswith("POST") and each not in _LAST)
    for page in (*pages, *_LAST):
        files = {"file": FILES[page]} if page in FILES else None
        sent = {"form_token": visitor.token() if page in _LAST else token, **FORMS.get(page, {})}
        answer = visitor.client.post(_fill(page, customer), data=sent, files=files, follow_redirects=False)
        if role in RIGHTS[page]:
            assert not _CLOSED.search(answer.text) and not _TOO_OLD.search(answer.text), page
            found[page] = answer.status_code
        else:
            assert answer.status_code == 403 and _CLOSED.search(answer.text), page
    assert {page: status for page, status in found.items() if status not in ANSWERS.get(page, _DONE)} == {}


@pytest.mark.parametrize("page", [each for each in RIGHTS if each.startswith("POST")])
def test_changes_nothing_without_the_forms_token(sign_in, page: str) -> None:
    visitor = sign_in("admin")
    path = page.split(" ")[1].format(customer="nobody", **NAMED)
    for token in ("", "0" * 64, "é"):
        assert visitor.client.post(path, data={"form_token": token, "language": "fr", "reason": "x"}).status_code == 403
    elsewhere = {"sec-fetch-site": "cross-site"}
    token = visitor.token()
    assert visitor.client.post(path, data={"form_token": token}, headers=elsewhere).status_code == 403
