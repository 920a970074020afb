"""The console in a browser: every page in both languages, on a desk in light and on a phone in dark, without mishap."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from bot.bootstrap import Services
from bot.console.charter_watch import note_changes
from bot.console.lists import LISTS
from bot.console.people import renew_demo_person
from bot.decision.pauses import pause_journey
from bot.site import compose
from tests.conftest import NOW
from tests.console.drafted import add_draft, add_version
from tests.console.past import fill_past, measured
from tests.console.test_assistant import keep_every_kind
from tests.console.test_customers import TALK, add_camille
from tests.console.test_data import bring_in
from tests.console.test_lookalikes import fill_alike
from tests.console.test_misunderstood import add_lines
from tests.console.test_results import count_all
from tests.console.test_tasks import add_tasks
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port

pytestmark = pytest.mark.browser
PATHS = (
    "/console", "/console/journeys", "/console/journeys/cart_left", "/console/journeys/new",
    "/console/journeys/cart_left/versions",
    "/console/journeys/new?kind=cart", "/console/journeys/win_back/edit", "/console/drafts", "/console/drafts/1",
    "/console/drafts/new/offer?name=maille15", "/console/content/offers", "/console/content/offers/maille15",
    "/console/charter/rules", "/console/drafts/new/pressure?name=pressure", "/console/drafts/new/goal?name=review",
    "/console/audit", "/console/charter",
    "/console/customers", "/console/customers/{customer}", "/console/customers/{customer}/now", "/console/segments",
    "/console/conversations", "/console/conversations/{talk}", "/console/misunderstood?language=fr",
    "/console/factor", "/console/tokens", "/console/data", "/console/data/crm?run=4",
    "/console/assistant",
    "/console/results", "/console/results/question?q=clicks+by+day", "/console/results/question?q=profit+by+channel",
    "/console/results/what-if?journey=cart_left&policy=best",
)
CLIENTS = "E-mail;Prénom;Montant\ncamille@example.org;Camille;12,50\npas une adresse;Léa;3,00\n"
SIZES = {"desk": (1280, 900, "light"), "phone": (390, 844, "dark")}


@pytest.fixture
def password(services: Services) -> str:
    """Of the demo's person; something is there to be seen."""
    with services.store.write() as connection:
        pause_journey(connection, "cart_left", reason="by_hand", by="Léa", now=NOW)
        made = renew_demo_person(connection, now=NOW)
    fill_past(measured(services))
    count_all(measured(services), weeks=2)
    bring_in(services)
    add_lines(services)
    keep_every_kind(services)
    note_changes(services)
    add_draft(services)
    add_version(services)
    return made


@pytest.fixture
def customer(services: Services) -> str:
    """Somebody who is known from two sides."""
    return add_camille(services)


@pytest.fixture
def site(services: Services) -> Iterator[str]:
    """The site alone, without the other processes."""
    port = find_free_port()
    url = f"http://localhost:{port}"
    ours = replace(services.settings, public_url=url, smtp_demo_port=find_free_port())
    with serving(compose(replace(services, settings=ours)), port):
        yield url


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_whole_in_both_languages(
    browser: Browser, site: str, password: str, customer: str, size: str
) -> None:
    width, height, scheme = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="fr-FR", base_url=site
    )
    page = context.new_page()
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(message.text))
    page.goto("/console")
    require_whole(page, f"door-{size}")
    page.get_by_label("Mot de passe").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    for language, other in (("fr", "English"), ("en", "Français")):
        for path in PATHS:
            page.goto(path.format(customer=customer, talk=TALK))
            assert page.locator("html").get_attribute("lang") == language
            require_whole(page, f"{path.partition('?')[0].strip('/').replace('/', '-')}-{language}-{size}")
        page.goto("/console/data")
        page.locator("input[type=file]").set_input_files(
            {"name": "clients.csv", "mimeType": "text/csv", "buffer": CLIENTS.encode()}
        )
        page.locator("form[action='/console/data/preview'] button").click()
        page.locator("td .badge.bad").wait_for()
        require_whole(page, f"console-data-preview-{language}-{size}")
        page.goto("/console/data")
        page.locator("form[action='/console/data/engine'] button").click()
        page.locator("#answers").wait_for()
        require_whole(page, f"console-data-engine-{language}-{size}")
        page.goto("/console/data")
        page.get_by_role("button", name=other).click()
    assert mishaps == []
    context.close()


@pytest.fixture
def tasks(services: Services, customer: str) -> None:
    """Somebody has something to decide: two profiles, a message that was given up, a journey that is to go on."""
    add_tasks(services, customer)


@pytest.mark.parametrize("size", SIZES)
def test_every_list_and_what_is_decided_there_is_whole(
    browser: Browser, site: str, password: str, customer: str, tasks: None, size: str
) -> None:
    width, height, scheme = SIZES[size]
    language = "fr" if size == "desk" else "en"
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="fr-FR", base_url=site
    )
    page = context.new_page()
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(message.text))
    sign_in(page, password)
    if language == "en":
        page.get_by_role("button", name="English").click()
    pages = (
        "/console/password", "/console/guide", "/console/customers/{customer}/merges/1",
        "/console/customers/{customer}/conversations", *(f"/console/lists/{each.name}" for each in LISTS),
    )
    for path in pages:
        page.goto(path.format(customer=customer))
        require_whole(page, f"{path.strip('/').replace('/', '-')}-{language}-{size}")
    for name in ("reviews", "letters"):
        page.goto(f"/console/lists/{name}")
        page.locator("form.deed button").first.click()
        page.wait_for_url(f"**/console/lists/{name}")
        require_whole(page, f"console-lists-{name}-decided-{language}-{size}")
    page.goto("/console/charter")
    require_whole(page, f"console-charter-asked-{language}-{size}")
    page.locator("form[action='/console/charter/take-back'] button").click()
    page.wait_for_url("**/console/charter")
    assert page.locator("form[action='/console/charter/take-back']").count() == 0
    require_whole(page, f"console-charter-taken-back-{language}-{size}")
    assert mishaps == []
    context.close()


@pytest.mark.parametrize("size", SIZES)
def test_a_second_factor_is_added_and_asked_for(browser: Browser, site: str, password: str, size: str) -> None:
    width, height, scheme = SIZES[size]
    locale = "fr-FR" if size == "desk" else "en-GB"
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, base_url=site
    )
    page = context.new_page()
    sign_in(page, password)
    if size == "phone":
        page.get_by_role("button", name="English").click()
    page.goto("/console/factor")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    secret = page.locator("section code").inner_text().replace(" ", "")
    require_whole(page, f"factor-confirm-{size}")
    page.locator("input[name=code]").fill(pyotp.TOTP(secret).at(NOW))
    page.keyboard.press("Enter")
    page.locator(".codes").wait_for()
    codes = page.locator(".codes code").all_inner_texts()
    require_whole(page, f"factor-codes-{size}")
    page.goto("/console/factor")
    require_whole(page, f"factor-has-{size}")
    page.locator("form[action='/console/sign-out'] button").click()
    sign_in(page, password)
    require_whole(page, f"factor-door-{size}")
    page.keyboard.type(codes[0])  # the field has the focus
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    page.goto("/console/tokens")
    page.locator("input[name=name]").fill("Caisse de Lyon")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.get_by_text("pvt_").wait_for()
    require_whole(page, f"tokens-made-{size}")
    context.close()


@pytest.mark.parametrize(("size", "language"), [("desk", "fr"), ("phone", "en")])
def test_lookalikes_become_a_draft_by_one_click(
    browser: Browser, site: str, services: Services, size: str, language: str
) -> None:
    fill_alike(services)
    with services.store.write() as connection:
        password = renew_demo_person(connection, now=NOW)
    width, height, scheme = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale=f"{language}-FR", base_url=site
    )
    page = context.new_page()
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(message.text))
    sign_in(page, password)
    if language == "en":
        page.get_by_role("button", name="English").click()
    page.goto("/console/segments")
    page.locator("select[name=segment]").select_option("regulars")
    page.locator("input[name=size]").fill("80")
    page.locator("form[action='/console/segments/alike'] button").click()
    page.locator("#found").wait_for()
    require_whole(page, f"console-segments-alike-{language}-{size}")
    page.locator("section[aria-labelledby=found] form button").click()
    page.locator("#drafts").wait_for()
    require_whole(page, f"console-segments-drafts-{language}-{size}")
    page.locator("select[name=segment]").select_option("big_spenders")
    page.locator("input[name=size]").fill("80")
    page.keyboard.press("Enter")
    page.locator("#found").wait_for()
    require_whole(page, f"console-segments-thin-{language}-{size}")
    page.locator("textarea[name=rule]").fill("seen in 7 days")
    page.locator("form[action='/console/segments'][method=post] button").click()
    page.locator("section[aria-labelledby=try] summary").click()
    require_whole(page, f"console-segments-rule-{language}-{size}")
    assert mishaps == []
    context.close()


def sign_in(page, password: str) -> None:
    """As the demo's person."""
    page.goto("/console/sign-in")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/console(/sign-in/code)?$"))


def require_whole(page, name: str) -> None:
    """Nothing that axe finds, nothing wider than the screen; a picture into OUT= where it is set."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if out := os.environ.get("OUT"):
        page.screenshot(path=Path(out) / f"{name}.png", full_page=True)
