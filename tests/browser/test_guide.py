"""The guide followed by its own instructions: from an empty demo to a letter that arrived, by the real worker."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from bot.bootstrap import open_services
from bot.console.draft_pages import SCRIPT
from bot.console.people import renew_demo_person
from bot.prepare import prepare_data
from bot.processes import list_processes, wait_until_ready
from bot.settings import Settings
from tests.browser.conftest import make_environment, running
from tests.browser.test_console import require_whole

pytestmark = pytest.mark.browser
MOST_CLICKS, MOST_SECONDS = 12, 15 * 60
WAIT_MS = 420_000  # for what the worker does; a machine may be busy
SIZES = {"phone": (390, 844, "dark"), "desk": (1280, 900, "light")}
FR = "Vous avez regardé {product}, à {price}. On vous le met de côté ?"
EN = "You looked at {product}, at {price}. Shall we put it aside for you?"


@pytest.fixture
def demo(tmp_path_factory: pytest.TempPathFactory, noon_zone: str) -> Iterator[tuple[str, str]]:
    """A new demo without Rasa, which no journey needs: its address, and the demo person's password."""
    environ = make_environment(tmp_path_factory.mktemp("guide"), noon_zone)
    settings, logs = Settings.from_env(environ), tmp_path_factory.mktemp("logs")
    services = open_services(settings)
    prepare_data(services)
    with services.store.write() as connection:
        password = renew_demo_person(connection, now=services.clock())
    services.close()
    with ExitStack() as stack:
        for process in (each for each in list_processes(settings, environ) if each.name in ("site", "worker")):
            started = stack.enter_context(running(process, logs))
            is_ready = wait_until_ready(process, 180, is_over=lambda started=started: started.poll() is not None)
            assert is_ready, (logs / f"{process.name}.log").read_text()[-3000:]
        yield settings.public_url, password


class Hand:
    """A hand on a mouse that counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks = page, 0

    def click(self, what: Locator) -> None:
        what.click()
        self.clicks += 1

    def look(self, name: str) -> None:
        """Whole on a phone in the dark and on a desk in the light; the page is left on the desk."""
        for size, (width, height, scheme) in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.emulate_media(color_scheme=scheme)
            require_whole(self.page, f"guide-{name}-{size}")


def test_leads_from_an_empty_demo_to_a_letter_that_arrived(browser: Browser, demo: tuple[str, str]) -> None:
    url, password = demo
    context = browser.new_context(locale="fr-FR", base_url=url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    mishaps: list[str] = []
    page.on("console", lambda message: mishaps.append(message.text))
    began, hand = time.monotonic(), Hand(page)
    page.goto("/console/sign-in")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    hand.look("today")
    hand.click(page.get_by_role("link", name=re.compile("premier parcours.*le guide")))
    hand.look("begin")
    hand.click(page.get_by_role("button", name="Remplir d’un passé inventé"))
    seen = []
    while (step := _next_step(page)) not in seen:
        seen.append(step)
        if step == "words":
            _write(page)
        if step == "trial":  # the past has been filling meanwhile: what customers did is there from its third step on
            _wait(page, "#past", re.compile(r"étape [3-5] sur|Six semaines de personnes"))
        if step in ("words", "agree"):
            hand.look(step)
        hand.click(page.locator(f"#{step} .button:not(.ghost)"))
        if step == "trial":
            expect(page.locator("#trial .figures")).to_be_visible()
            assert page.locator("#trial .bubble").count(), "a dry run with real examples"
            hand.look("tried")
        if step == "live":
            _wait(page, "#live", re.compile("Il est arrivé"))
            expect(page.locator("#live .arrived")).to_contain_text("On vous le met de côté ?")
            hand.look("arrived")
        if step == "results":
            break
    assert seen == ["occasion", "words", "trial", "propose", "agree", "live", "results"]
    page.wait_for_url("**/console/results**")
    expect(page.locator("main")).to_contain_text("Premier parcours : un produit regardé")
    hand.look("results")
    assert hand.clicks <= MOST_CLICKS, hand.clicks
    assert time.monotonic() - began < MOST_SECONDS
    print(f"{hand.clicks} clicks, {time.monotonic() - began:.0f} s")
    page.goto("/console/guide")
    expect(page.locator("#results")).to_contain_text("Votre premier parcours est en vigueur")
    hand.look("over")
    page.goto("/console")
    hand.look("after")
    assert mishaps == []
    context.close()


def _next_step(page: Page) -> str:
    found = page.locator(".step.next")
    expect(found).to_have_count(1)
    return found.get_attribute("id") or ""


def _write(page: Page) -> None:
    page.locator("[name='messages.1.fr']").fill(FR)
    page.locator("[name='messages.1.en']").fill(EN)
    if SCRIPT.exists():
        expect(page.locator("#look-messages-1-fr")).to_contain_text("On vous le met de côté ?")


def _wait(page: Page, place: str, text: re.Pattern[str]) -> None:
    """For what the page shows by itself; without its script, by looking again."""
    if SCRIPT.exists():
        expect(page.locator(place)).to_contain_text(text, timeout=WAIT_MS)
        return
    ends = time.monotonic() + WAIT_MS / 1_000
    while not text.search(page.locator(place).inner_text()):
        assert time.monotonic() < ends, text
        page.wait_for_timeout(1_000)
        page.goto("/console/guide")


