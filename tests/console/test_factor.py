"""The second factor: added by a first code, asked at the door, used once, gone by password and code or by a command."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pyotp
import pytest
import sqlalchemy as sa

from bot.bootstrap import Services
from bot.console import factors
from bot.console.entrance import HALF_COOKIE, HALF_LIFE
from bot.console.factors import STEP_SECONDS, find_step
from bot.console.people import Person, find_person, get_person
from bot.console.sealing import seal, unseal
from bot.console.trail import read_trail
from bot.profile.store.tables import console_factors, console_recovery_codes
from tests.conftest import NOW
from tests.console.conftest import PASSWORD, Visitor

Open = Callable[..., Visitor]
STEP = timedelta(seconds=STEP_SECONDS)
CODE_PATH = "/console/sign-in/code"


class Phone:
    """What shows the codes, and the moment it shows them at."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)

    def code(self, at: datetime = NOW) -> str:
        return self.totp.at(at)


@pytest.fixture
def clocked(services: Services) -> tuple[Services, list[datetime]]:
    """The services by a clock that a test moves on."""
    moment = [NOW]
    return replace(services, clock=lambda: moment[0]), moment


@pytest.fixture
def ada(clocked, open_browser: Open, add) -> tuple[Visitor, Phone, list[str]]:
    """Somebody with a second factor, signed in; her phone; her codes on paper."""
    add("ada", "marketing")
    visitor = open_browser(clocked[0])
    visitor.enter("ada")
    phone = Phone(begin(visitor))
    codes = re.findall(r"<li><code>([\w-]+)</code>", visitor.post("/console/factor/confirm", code=phone.code()).text)
    return visitor, phone, codes


def begin(visitor: Visitor) -> str:
    """The secret that the page shows."""
    page = visitor.post("/console/factor/begin", password=PASSWORD).text
    assert '<svg' in page and 'class="qr"' in page
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def enter(visitor: Visitor, code: str):
    """Through both doors."""
    assert visitor.enter("ada").headers["location"] == CODE_PATH
    return type_code(visitor, code)


def type_code(visitor: Visitor, code: str):
    data = {"form_token": visitor.token(CODE_PATH), "code": code}
    return visitor.client.post(CODE_PATH, data=data, follow_redirects=False)


def deeds(services: Services) -> list[tuple[str, str]]:
    with services.store.read() as connection:
        return [(each.deed, each.note) for each in read_trail(connection)]


def person_of(services: Services) -> Person:
    with services.store.read() as connection:
        person = find_person(connection, "ada")
    assert person
    return person


def test_asks_for_nothing_before_a_first_code_was_typed(services: Services, open_browser: Open, add) -> None:
    add("ada", "it")
    visitor = open_browser()
    visitor.enter("ada")
    begin(visitor)
    assert visitor.post("/console/factor/confirm", code="000000").status_code == 403
    assert open_browser().enter("ada").headers["location"] == "/console"
    assert not person_of(services).has_factor


def test_asks_for_the_code_once_there_is_one_and_says_so_in_the_trail(clocked, open_browser: Open, ada) -> None:
    (over, moment), (_, phone, codes) = clocked, ada
    assert len(set(codes)) == 10
    moment[0] += STEP
    visitor = open_browser(over)
    visitor.enter("ada")
    assert visitor.client.get("/console", follow_redirects=False).status_code == 303
    assert type_code(visitor, phone.code(moment[0])).headers["location"] == "/console"
    assert visitor.client.get("/console").status_code == 200
    assert deeds(over)[:2] == [("signed_in", ""), ("factor_on", "")]


def test_whoever_was_signed_in_by_the_password_alone_is_so_no_longer(clocked, open_browser: Open, add) -> None:
    add("ada", "it")
    visitor, thief = open_browser(clocked[0]), open_browser(clocked[0])
    visitor.enter("ada")
    thief.enter("ada")
    visitor.post("/console/factor/confirm", code=Phone(begin(visitor)).code())
    assert thief.client.get("/console", follow_redirects=False).status_code == 303
    assert visitor.client.get("/console").status_code == 200


def test_a_code_opens_once(clocked, open_browser: Open, ada) -> None:
    (over, moment), (_, phone, _codes) = clocked, ada
    assert enter(open_browser(over), phone.code()).status_code == 403  # it confirmed the factor
    moment[0] += STEP
    code = phone.code(moment[0])
    assert enter(open_browser(over), code).status_code == 303
    assert enter(open_browser(over), code).status_code == 403
    assert enter(open_browser(over), phone.code(moment[0] - STEP)).status_code == 403
    assert deeds(over)[0] == ("code_refused", "")


def test_a_code_on_paper_opens_once_however_it_is_typed(clocked, open_browser: Open, ada) -> None:
    (over, _), (_, _, codes) = clocked, ada
    typed = codes[0].upper().replace("-", " ")
    assert enter(open_browser(over), typed).status_code == 303
    assert enter(open_browser(over), codes[0]).status_code == 403
    assert deeds(over)[1] == ("recovered", "")
    with over.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(console_recovery_codes)) == 9


def test_there_are_so_many_tries(clocked, open_browser: Open, ada, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factors, "TRIES", 1)
    (over, moment), (_, phone, _codes) = clocked, ada
    moment[0] += STEP
    assert enter(open_browser(over), "000000").status_code == 403
    assert enter(open_browser(over), phone.code(moment[0])).status_code == 429


def test_the_password_is_forgotten_after_five_minutes(clocked, open_browser: Open, ada) -> None:
    over, moment = clocked
    visitor = open_browser(over)
    visitor.enter("ada")
    moment[0] += HALF_LIFE + STEP
    page = visitor.client.get(CODE_PATH, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/console/sign-in")


@pytest.mark.parametrize("brought", ["", "x", "gAAAAAB"])
def test_nobody_comes_to_the_code_without_the_password(open_browser: Open, brought: str) -> None:
    visitor = open_browser()
    visitor.client.cookies.set(HALF_COOKIE, brought, path="/console")
    assert visitor.client.get(CODE_PATH, follow_redirects=False).status_code == 303


def test_is_removed_by_password_and_code_alone(clocked, open_browser: Open, ada) -> None:
    (over, moment), (visitor, phone, codes) = clocked, ada
    moment[0] += STEP
    remove = "/console/factor/remove"
    assert visitor.post(remove, password="another-one-1", code=codes[0]).status_code == 403
    assert visitor.post(remove, password=PASSWORD, code="000000").status_code == 403
    assert person_of(over).has_factor
    assert visitor.post(remove, password=PASSWORD, code=phone.code(moment[0])).status_code == 303
    assert open_browser(over).enter("ada").headers["location"] == "/console"
    assert deeds(over)[1] == ("factor_off", "")


def test_a_second_one_does_not_replace_the_first_in_silence(clocked, ada) -> None:
    visitor, _, codes = ada
    assert visitor.post("/console/factor/begin", password=PASSWORD).status_code == 409
    assert visitor.post("/console/factor/confirm", code=codes[0]).status_code == 409
    assert person_of(clocked[0]).has_factor


def test_adding_one_asks_for_the_password_again(open_browser: Open, add, services: Services) -> None:
    add("ada", "it")
    visitor = open_browser()
    visitor.enter("ada")
    assert visitor.post("/console/factor/begin", password="not-this-one-1").status_code == 403
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(console_factors)) == 0


def test_the_store_holds_neither_secret_nor_codes(clocked, ada) -> None:
    _, phone, codes = ada
    with clocked[0].store.read() as connection:
        sealed = connection.scalar(sa.select(console_factors.c.sealed)) or ""
        hashes = list(connection.scalars(sa.select(console_recovery_codes.c.code_hash)))
    assert phone.totp.secret not in sealed
    assert not any(code.replace("-", "") in each for code in codes for each in hashes)


def test_opens_its_own_page_alone_where_the_shop_asks_for_one(services: Services, open_browser: Open, add) -> None:
    add("ada", "it")
    strict = replace(services, settings=replace(services.settings, console_require_totp=1))
    visitor = open_browser(strict)
    visitor.enter("ada")
    for path in ("/console", "/console/journeys"):
        assert visitor.client.get(path, follow_redirects=False).headers["location"] == "/console/factor"
    visitor.post("/console/factor/confirm", code=Phone(begin(visitor)).code())
    assert visitor.client.get("/console").status_code == 200


def test_is_sealed_for_one_purpose_by_the_newest_secret_and_opened_by_each(services: Services) -> None:
    old = replace(services.settings, console_secrets="an-old-secret-of-ours")
    both = replace(old, console_secrets="a-new-secret-of-ours,an-old-secret-of-ours")
    sealed = seal("x", "factor:1", old, NOW)
    assert unseal(sealed, "factor:1", both) == "x"
    assert unseal(sealed, "factor:2", both) is None
    assert unseal(sealed, "factor:1", services.settings) is None
    assert unseal(sealed, "factor:1", both, since=NOW + STEP) is None


def test_codes_are_rfc_6238s(services: Services) -> None:
    """The vectors of its appendix B, six digits of the eight, SHA-1."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, NOW.tzinfo)
        assert find_step(secret, code, at) == seconds // STEP_SECONDS
        assert find_step(secret, code, at + 3 * STEP) == 0


def test_a_person_without_a_row_has_none(services: Services, add) -> None:
    add("ada", "it")
    with services.store.read() as connection:
        person = get_person(connection, person_of(services).id)
    assert person and not person.has_factor and person.has_password
