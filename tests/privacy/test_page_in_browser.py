"""The page of one's data in a browser: readable by everybody, on a phone and a desk, by day and by night."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from bot.bootstrap import Services
from bot.privacy.export import export_person
from bot.privacy.page import render_page
from tests.browser.conftest import browser_path, browser_type_launch_args  # noqa: F401  # fixtures
from tests.privacy.people import ZELDA, settle

pytestmark = pytest.mark.browser


@pytest.fixture
def root(services: Services) -> str:
    return settle(services, ZELDA)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_has_no_axe_violation_and_never_scrolls_sideways(
    services: Services, root: str, browser: Browser, language: str, tmp_path: Path
) -> None:
    copy = export_person(services, root, language=language)
    path = tmp_path / "page.html"
    path.write_text(render_page(copy, language=language, timezone="Europe/Paris"))
    for scheme in ("light", "dark"):
        for width in (320, 390, 1280):
            context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(path.as_uri())
            page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
            if folder := os.environ.get("OUT"):
                page.screenshot(path=f"{folder}/copy-{language}-{scheme}-{width}.png", full_page=True)
            found = Axe().run(page).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == [], (scheme, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (scheme, width)
            context.close()
