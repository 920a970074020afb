"""Schemathesis reads the API's document and calls everything in it, rightly and wrongly; answers are as it says.

A few examples each and always the same ones; `make fuzz-api EXAMPLES=300` takes others, and more.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from bot.bootstrap import Services
from bot.console.api import admission
from bot.console.api.app import build_console_api
from bot.console.api.rights import may_call
from bot.console.deeds import customers, data, journeys, lookalikes, pictures, previews, results, segments
from bot.console.roles import ROLES
from tests.console.drafted import add_draft
from tests.console.records import JUMPER, add_records
from tests.console.test_api import rows_of, token_of
from tests.console.test_customers import TALK, add_camille

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
_HOW = settings(
    max_examples=EXAMPLES or 2, deadline=None, database=None, derandomize=not EXAMPLES, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What fits the document may still be a rule that nobody understands: 400 says so. Who may call is asked below.
_BESIDE = [positive_data_acceptance, ignored_auth]
_REFUSED = ["400", "401", "403", "404", "405", "409", "413", "415", "422", "429"]  # 413 is not among its own
Mode = schemathesis.GenerationMode


@pytest.fixture(autouse=True)
def without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have tests of their own."""
    for module, names in ((admission, ["CALLS"]), (customers, ["SEARCHES", "LOOKS"]), (journeys, ["TRIALS"]),
                          (segments, ["TRIES"]), (results, ["TRIES"]), (lookalikes, ["SEARCHES"]),
                          (data, ["REPLAYS", "CHECKS"]),
                          (previews, ["PREVIEWS"]), (pictures, ["UPLOADS"])):
        for name in names:
            monkeypatch.setattr(module, name, 1_000_000)


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """Of a shop with records of try-on."""
    return add_records(services, tmp_path / "records")


@pytest.fixture
def document(services: Services) -> schemathesis.BaseSchema:
    """What the API says of itself."""
    config = SchemathesisConfig.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": _REFUSED}}})
    return schemathesis.openapi.from_asgi("/openapi.json", build_console_api(services), config=config)


def operations(document: schemathesis.BaseSchema) -> list[schemathesis.APIOperation]:
    return [each.ok() for each in document.get_all_operations()]


def play(each: schemathesis.APIOperation, mode: Mode, do: Callable[[schemathesis.Case], None], **known) -> None:
    """Some calls of an operation; `known`: names in its path that are somebody's."""
    mine = {name: value for name, value in known.items() if f"{{{name}}}" in each.path}

    def try_one(case: schemathesis.Case) -> None:
        do(case)

    _HOW(given(each.as_strategy(generation_mode=mode, path_parameters=mine or None))(try_one))()


@pytest.mark.parametrize("mode", [Mode.POSITIVE, Mode.NEGATIVE])
def test_answers_as_the_document_says(services: Services, document, add, mode: Mode) -> None:
    add("ada", "admin")
    headers = {"Authorization": f"Bearer {token_of(services, 'ada', 'admin')}"}
    real = {"customer": add_camille(services), "journey": "cart_left", "merge": 1, "silo": "crm", "talk": TALK,
            "draft": add_draft(services), "record": JUMPER}
    for each in operations(document):
        if mode is Mode.POSITIVE:
            play(each, mode, partial(_answers, headers), **real)
        if EXAMPLES or (mode is Mode.NEGATIVE and (each.body or each.query or each.path_parameters)):
            play(each, mode, partial(_answers, headers))


def test_nothing_is_written_without_the_right(services: Services, document, add) -> None:
    """Whatever is sent: no token, one that is wrong, one of each role that may not."""
    for role in ROLES:
        add(f"une-{role}", role)
    tokens = {role: token_of(services, f"une-{role}", role) for role in ROLES}
    add_camille(services)
    before = rows_of(services)
    for each in operations(document):
        if each.method != "get":
            barred = [tokens[role] for role in ROLES if not may_call(role, f"{each.method.upper()} {each.path}")]
            play(each, Mode.POSITIVE, partial(_refuses, barred))
    assert rows_of(services) == before


def _answers(headers: dict[str, str], case: schemathesis.Case) -> None:
    case.call_and_validate(headers=headers, excluded_checks=_BESIDE)


def _refuses(barred: list[str], case: schemathesis.Case) -> None:
    for token, status in (("", 401), ("pvt_guess", 401), *((each, 403) for each in barred)):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert case.call(headers=headers).status_code == status
