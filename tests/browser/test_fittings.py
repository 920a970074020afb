"""Try-on's records in a browser: in both languages, points moved by mouse and by keys, and without script."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from bot.bootstrap import Services
from bot.console.people import renew_demo_person
from bot.site import compose
from bot.tryon.record import RecordName, read_record
from tests.browser.test_console import SIZES, require_whole, sign_in
from tests.conftest import NOW
from tests.console.records import GLASSES, JUMPER, LOST, add_records
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port

pytestmark = pytest.mark.browser
PATH = "/console/try-on"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
def password(services: Services) -> str:
    with services.store.write() as connection:
        made = renew_demo_person(connection, now=NOW)
    assert made
    return made


@pytest.fixture
def site(services: Services, folder: Path) -> Iterator[str]:
    """The site alone, of a shop with records."""
    port, with_records = find_free_port(), add_records(services, folder)
    url = f"http://localhost:{port}"
    ours = replace(with_records.settings, public_url=url, smtp_demo_port=find_free_port())
    with serving(compose(replace(services, settings=ours)), port):
        yield url


def _enter(
    browser: Browser, site: str, password: str, size: str, *, script: bool = True
) -> tuple[BrowserContext, Page]:
    width, height, scheme = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, locale="fr-FR", base_url=site,
        java_script_enabled=script,
    )
    page = context.new_page()
    sign_in(page, password)
    return context, page


@pytest.mark.parametrize("size", SIZES)
def test_its_pages_are_whole_in_both_languages(browser: Browser, site: str, password: str, size: str) -> None:
    context, page = _enter(browser, site, password, size)
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(message.text))
    for other in ("English", "Français"):
        for path in ("", f"/{JUMPER}", f"/{GLASSES}", f"/{LOST}"):
            page.goto(f"{PATH}{path}")
            language = page.locator("html").get_attribute("lang")
            require_whole(page, f"try-on{path.replace('/', '-').replace('.', '-')}-{language}-{size}")
        page.get_by_role("button", name=other).click()
    assert mishaps == []
    context.close()


def test_points_are_dragged_and_moved_by_keys_and_kept(
    browser: Browser, site: str, password: str, folder: Path
) -> None:
    context, page = _enter(browser, site, password, "desk")
    page.goto(f"{PATH}/{JUMPER}")
    scale = page.evaluate("document.querySelector('svg.points').getScreenCTM().a")
    grip = page.locator('[data-point="neck_left"] .pin').bounding_box()
    assert grip
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 10 * scale, y + 5 * scale, steps=3)
    page.mouse.up()
    page.locator('[data-point="hem_right"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert page.locator('[data-point="hem_right"]').get_attribute("aria-label") == "Ourlet, à droite: 286, 390"
    page.get_by_label("Il a des manches").uncheck()
    assert page.locator('[data-point^="cuff"]:visible').count() == 0
    page.get_by_label("Il a des manches").check()
    page.get_by_role("button", name="enregistrer").click()
    page.wait_for_url(f"**{PATH}?saved=1")
    record = read_record(folder, RecordName(JUMPER))
    assert record and record.checked
    assert record.points["neck_left"] == pytest.approx((150, 45), abs=0.6)
    assert record.points["hem_right"] == (286, 390)
    assert "cuff_outer_right" in record.points
    context.close()


def test_without_script_the_numbers_are_typed(browser: Browser, site: str, password: str, folder: Path) -> None:
    context, page = _enter(browser, site, password, "phone", script=False)
    page.goto(f"{PATH}/{JUMPER}")
    assert not page.get_by_label("Il a des manches").is_visible()
    page.locator("[name=x_armpit_left]").fill("118,5")
    page.locator("form.corrections button.button").click()
    page.wait_for_url(f"**{PATH}?saved=1")
    record = read_record(folder, RecordName(JUMPER))
    assert record and record.points["armpit_left"] == (118.5, 150)
    context.close()
