"""The journeys' editor in a browser: without script, and with it: the server's word while typing, and the flow."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.bootstrap import Services
from bot.console.charter_watch import note_changes
from bot.console.draft_pages import SCRIPT
from bot.console.people import renew_demo_person
from bot.site import compose
from tests.conftest import NOW
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port

pytestmark = pytest.mark.browser
EDIT = "/console/journeys/win_back/edit"
SIZES = {"desk": (1280, 900, "light", "fr-FR"), "phone": (390, 844, "dark", "en-GB")}


@pytest.fixture
def password(services: Services) -> str:
    """Of the demo's person, who answers for all three parts."""
    note_changes(services)
    with services.store.write() as connection:
        return renew_demo_person(connection, now=NOW)


@pytest.fixture
def site(services: Services) -> Iterator[str]:
    """The site alone."""
    port = find_free_port()
    ours = replace(services.settings, public_url=f"http://localhost:{port}", smtp_demo_port=find_free_port())
    with serving(compose(replace(services, settings=ours)), port):
        yield f"http://localhost:{port}"


def _enter(page: Page, password: str, language: str) -> None:
    page.goto("/console")
    page.locator("input[name=name]").fill("demo")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    if page.locator("html").get_attribute("lang") != language:
        page.locator("form[action='/console/language'] button").click()


def _require_whole(page: Page, name: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    if out := os.environ.get("OUT"):
        page.screenshot(path=Path(out) / f"{name}.png", full_page=True, caret="initial")  # hiding it is a style


def test_without_script_a_button_adds_and_another_saves(browser: Browser, site: str, password: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB", base_url=site)
    page = context.new_page()
    _enter(page, password, "en")
    page.goto(EDIT)
    page.get_by_role("button", name="Add a follow-up").click()
    expect(page.locator("[name='follow_ups.2.name']")).to_have_value("again_2")
    page.get_by_role("button", name="Remove the follow-up 2").click()
    page.locator("[name='messages.1.en']").fill("It has been a while! {weather}")
    page.locator("[name=why]").fill("Warmer words.")
    page.get_by_role("button", name="Check it").last.click()
    expect(page.locator(".wrong")).to_contain_text("uses {weather}")
    page.locator("[name='messages.1.en']").fill("It has been too long!")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Propose it").click()
    expect(page.locator("main .badge").first).to_have_text("proposed")
    context.close()


@pytest.mark.skipif(not SCRIPT.exists(), reason="the editor's script is not built: scripts/setup.sh")
@pytest.mark.parametrize("size", SIZES)
def test_with_script_it_is_checked_while_somebody_types(
    browser: Browser, site: str, password: str, size: str
) -> None:
    width, height, scheme, locale = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, base_url=site
    )
    page = context.new_page()
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(f"{message.text} {message.location}"))
    page.on("pageerror", lambda error: mishaps.append(str(error)))
    _enter(page, password, locale[:2])
    page.goto(EDIT)
    boxes = page.locator("#graph .box")
    expect(boxes).to_have_count(3)
    page.locator("[name='messages.1.fr']").fill("Cela fait bien longtemps !")
    expect(page.locator("#look-messages-1-fr")).to_contain_text("bien longtemps")
    page.locator("[name='messages.1.fr']").fill("Il fait {weather} chez vous")
    expect(page.locator("[name='messages.1.fr'] + .wrong")).to_contain_text("{weather}")
    _require_whole(page, f"editor-wrong-{size}")
    page.locator("[name='messages.1.fr']").fill("Cela fait longtemps.")
    expect(page.locator(".wrong")).to_have_count(0)
    follow = {"fr": "Ajouter une suite", "en": "Add a follow-up"}[locale[:2]]
    page.locator("#graph .box.says").nth(1).get_by_role("button", name=follow).focus()
    page.keyboard.press("Enter")
    expect(boxes).to_have_count(4)
    expect(page.locator("[name='follow_ups.2.name']")).to_be_focused()
    expect(page.locator("[name='messages.1.fr']")).to_have_value("Cela fait longtemps.")
    page.locator("#graph .box.begins .opens").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name='on']")).to_be_focused()
    _require_whole(page, f"editor-flow-{size}")
    assert mishaps == []
    context.close()


@pytest.mark.skipif(not SCRIPT.exists(), reason="the editor's script is not built: scripts/setup.sh")
@pytest.mark.parametrize("size", SIZES)
def test_a_fact_is_put_in_by_a_click_and_by_a_brace(browser: Browser, site: str, password: str, size: str) -> None:
    width, height, scheme, locale = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale, base_url=site
    )
    page = context.new_page()
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(f"{message.text} {message.location}"))
    page.on("pageerror", lambda error: mishaps.append(str(error)))
    _enter(page, password, locale[:2])
    page.goto("/console/journeys/cart_left/edit")
    text = page.locator("[name='messages.1.fr']")
    text.fill("Voici  !")
    for _ in range(2):
        text.press("ArrowLeft")
    page.locator("#facts-messages-1 .fact", has_text="{price}").focus()
    page.keyboard.press("Enter")
    expect(text).to_have_value("Voici {price} !")
    expect(text).to_be_focused()
    text.press("End")
    page.keyboard.type(" Et {")
    expect(page.locator(".offered li")).to_have_count(3)
    page.keyboard.type("p")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(text).to_have_value("Voici {price} ! Et {product}")
    looks = page.locator("#look-messages-1-fr .seen")
    expect(looks.first).to_contain_text("Pull en mérinos")
    expect(page.locator("#facts-messages-1 .fact").first).to_be_visible()
    for channel in ("sms", "whatsapp", "messenger", "email", "web"):
        page.locator(f"[name='messages.1.channels.{channel}']").check()
    expect(looks).to_have_count(5)
    text.press("End")
    page.keyboard.type(" {")
    expect(page.locator(".offered")).to_be_visible()
    _require_whole(page, f"editor-facts-{size}")
    page.keyboard.press("Escape")
    expect(page.locator(".offered")).to_have_count(0)
    assert mishaps == []
    context.close()
