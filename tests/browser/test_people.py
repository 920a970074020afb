"""A shopper and somebody of the shop's, each before a browser: asked for, taken, answered, given back."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.shopper import Shopper
from tests.browser.test_stories import arrive, words

pytestmark = pytest.mark.browser
Open = Callable[..., Shopper]


def _sign_in(browser: Browser, bot: str, language: str) -> Page:
    page = browser.new_context(locale={"fr": "fr-FR", "en": "en-GB"}[language], base_url=bot).new_page()
    page.goto("/people")
    _require_accessible(page)
    page.get_by_role("button", name=words(language, "Entrer", "Come in")).click()
    return page


def _require_accessible(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_a_person_answers_from_the_inbox_while_the_bot_is_silent(
    open_shopper: Open, browser: Browser, bot: str, language: str
) -> None:
    shopper = arrive(open_shopper, language, words(language, "camille", "oliver"))
    shopper.say(words(language, "je veux parler à quelqu'un", "I want to talk to a person"))
    person = _sign_in(browser, bot, language)
    name = words(language, "Camille", "Oliver")
    person.locator("nav a", has_text=name).first.click()
    expect(person.locator(".summary")).to_contain_text(name)
    _require_accessible(person)
    person.locator("textarea").fill(words(language, "Bonjour, je regarde.", "Hello, let me look."))
    person.locator("textarea").press("Control+Enter")
    shopper.sees_anywhere(words(language, "Bonjour, je regarde.", "Hello, let me look."))
    expect(shopper.panel.locator(".author")).to_contain_text("Léa")
    before = shopper.ours.count()
    shopper.panel.get_by_role("textbox").first.fill(words(language, "où est ma commande ?", "where is my order?"))
    shopper.page.keyboard.press("Enter")
    expect(person.locator(".said .customer").last).to_contain_text(words(language, "où est ma", "where is my"))
    shopper.page.wait_for_timeout(1500)
    assert shopper.ours.count() == before
    person.get_by_role("button", name=words(language, "Rendre au bot", "Give it back to the bot")).click()
    shopper.sees_anywhere(words(language, "m’a rendu la conversation", "given the conversation back"))
    shopper.say(words(language, "bonjour", "hello"))
