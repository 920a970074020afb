"""Page x role: what the table says is what the paths do, and a path that the table does not know is closed."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from bot.bootstrap import Services
from bot.console.pages import build_console_router
from bot.console.roles import RIGHTS, ROLES, may
from tests.console.drafted import add_draft
from tests.console.records import JUMPER, add_records
from tests.console.test_customers import TALK, add_camille
from tests.console.test_data import bring_in
from tests.content.pictures import keep

NAMED = {
    "journey": "cart_left", "merge": 1, "talk": TALK, "token": 1, "silo": "crm", "draft": 1, "picture": "autumn",
    "record": JUMPER, "subject": "journey:cart_left", "offer": "maille15", "kind": "offer", "review": 1, "letter": 1,
}
_OPEN = {"GET /console/sign-in", "POST /console/sign-in", "GET /console/sign-in/code", "POST /console/sign-in/code",
         "GET /console/static/{name}"}


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """Of a shop with records of try-on."""
    return add_records(services, tmp_path / "records")


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
    bring_in(services)
    add_draft(services)
    keep(services)
    for page, allowed in RIGHTS.items():
        method, path = page.split(" ")
        filled = path.format(customer=customer, **NAMED)
        answer = visitor.client.request(method, filled, follow_redirects=False)
        is_let_in = method == "POST" or answer.status_code == 200
        if role in allowed:
            assert is_let_in, page
        else:
            assert (answer.status_code, answer.json()) == (403, {"detail": "your role does not open this page"}), page


@pytest.mark.parametrize("page", [each for each in RIGHTS if each.startswith("POST")])
def test_changes_nothing_without_the_forms_token(sign_in, page: str) -> None:
    visitor = sign_in("admin")
    path = page.split(" ")[1].format(customer="nobody", **NAMED)
    for token in ("", "0" * 64, "é"):
        assert visitor.client.post(path, data={"form_token": token, "language": "fr", "reason": "x"}).status_code == 403
    elsewhere = {"sec-fetch-site": "cross-site"}
    token = visitor.token()
    assert visitor.client.post(path, data={"form_token": token}, headers=elsewhere).status_code == 403
