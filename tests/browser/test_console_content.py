"""Content in a browser: each page in both languages, on a desk in light and a phone in dark; by keyboard to a draft."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from bot.bootstrap import Services
from bot.charter.drafts import list_drafts
from bot.console.people import renew_demo_person
from bot.site import compose
from tests.browser.test_console import SIZES, require_whole, sign_in
from tests.conftest import NOW
from tests.console.test_content import fill_rivals, with_rival
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port

pytestmark = pytest.mark.browser
CART = "/console/content/journeys/cart_left"


@pytest.fixture
def shop(services: Services) -> Services:
    """A shop in which one of two variants is liked more."""
    made = with_rival(services)
    fill_rivals(made, people=600)
    return made


@pytest.fixture
def site(shop: Services) -> Iterator[str]:
    """The site alone."""
    port = find_free_port()
    url = f"http://localhost:{port}"
    ours = replace(shop.settings, public_url=url, smtp_demo_port=find_free_port())
    with serving(compose(replace(shop, settings=ours)), port):
        yield url


@pytest.mark.parametrize("size", SIZES)
def test_every_page_of_content_is_whole_in_both_languages(
    browser: Browser, shop: Services, site: str, size: str
) -> None:
    with shop.store.write() as connection:
        password = renew_demo_person(connection, now=NOW)
    width, height, scheme = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="fr-FR", base_url=site
    )
    page = context.new_page()
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(message.text))
    sign_in(page, password)
    for language, other in (("fr", "English"), ("en", "Français")):
        _walk(page, f"{language}-{size}")
        page.goto("/console/content")
        page.get_by_role("button", name=other).click()
    with shop.store.read() as connection:
        (draft,) = list_drafts(connection)
    assert draft.revision == 2
    # What the draft’s own page says is tested with that page.
    assert [each for each in mishaps if "404" not in each] == []
    context.close()


def _walk(page: Page, name: str) -> None:
    """From the list to a draft, by the keyboard where something is changed."""
    page.goto("/console/content")
    require_whole(page, f"content-{name}")
    page.goto(CART)
    require_whole(page, f"content-journey-{name}")
    page.locator("form[action$='/propose'] button").nth(2).press("Enter")
    require_whole(page, f"content-proposals-{name}")
    form = page.locator("form[action$='/words']").first
    text = form.locator("textarea[name=text_fr]")
    good = text.input_value()
    text.fill("Vite ! Ton {product} <b>à -20 %</b>")
    form.locator("button").last.press("Enter")
    page.locator(".findings").first.wait_for()
    require_whole(page, f"content-findings-{name}")
    page.locator("textarea[name=text_fr]").fill(good)
    page.locator("button[formaction]").press("Enter")
    page.wait_for_url("**/console/drafts/1*")
    page.goto("/console/content/tone")
    page.locator("textarea[name=text]").fill("Cher client, ton panier ✨")
    page.locator("form[action$='/try'] button").press("Enter")
    page.locator(".findings").wait_for()
    require_whole(page, f"content-tone-{name}")
