"""Content in a browser: each page in both languages, on a desk in light and a phone in dark; by keyboard to a draft."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from bot.bootstrap import Services
from bot.charter.drafts import list_drafts
from bot.console.people import renew_demo_person
from bot.site import compose
from tests.browser.test_console import SIZES, require_whole, sign_in
from tests.conftest import NOW
from tests.console.test_content import fill_rivals, with_rival
from tests.content.pictures import write_picture
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
    browser: Browser, shop: Services, site: str, size: str, tmp_path: Path
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
        _walk_pictures(page, f"{language}-{size}", tmp_path)
        page.goto("/console/content")
        page.get_by_role("button", name=other).click()
    with shop.store.read() as connection:
        (draft,) = list_drafts(connection)
    assert draft.revision == 4
    assert [each for each in mishaps if "400" not in each] == []  # the file that is none
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


def _walk_pictures(page: Page, name: str, folder: Path) -> None:
    """From a file that is none to a picture, its next version, back, and a draft that shows it."""
    page.goto("/console/content/pictures")
    require_whole(page, f"content-pictures-{name}")
    form = page.locator("form[enctype]")
    _fill(form, folder / "a.png", b"<svg/>", picture="autumn")
    page.locator("[role=alert]").wait_for()
    require_whole(page, f"content-pictures-wrong-{name}")
    assert page.locator("input[name=alt_fr]").input_value() == "Un manteau"
    for number, kind in enumerate(("WEBP", "JPEG"), 1):
        size = (900, 600 + (20 if name.startswith("fr") else 10) + number)
        form = page.locator("form[enctype]")
        _fill(form, folder / "b.jpg", write_picture(kind, size), picture="autumn" if number == 1 else "")
        page.wait_for_url("**/console/content/pictures/autumn")
    page.locator("form[action$='/restore'] input[name=why]").first.fill("It was better")
    page.locator("form[action$='/restore'] button").first.press("Enter")
    page.wait_for_load_state()
    require_whole(page, f"content-picture-{name}")
    assert page.locator("img.shown").evaluate("each => each.naturalWidth") == 900
    page.locator("select[name=message]").select_option("cart_left:1")
    page.locator("form[action$='/draft'] input[name=why]").fill("People look at it")
    page.locator("form[action$='/draft'] button").press("Enter")
    page.wait_for_url("**/console/drafts/1*")
    page.goto("/console/content/pictures")
    require_whole(page, f"content-pictures-full-{name}")


def _fill(form: Locator, path: Path, data: bytes, *, picture: str) -> None:
    path.write_bytes(data)
    if picture:
        form.locator("input[name=name]").fill(picture)
    form.locator("input[name=file]").set_input_files(path)
    form.locator("input[name=alt_fr]").fill("Un manteau")
    form.locator("input[name=alt_en]").fill("A coat")
    form.locator("input[name=why]").fill("For autumn")
    form.locator("button").press("Enter")
