"""The widget on a page of another site than the bot's, as on a shop's own: no cookie of the bot's is kept there."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from benchmarks.try_on import PHOTOS
from benchmarks.try_on_browser import GLASSES
from bot.bootstrap import PROJECT
from bot.settings import Settings
from bot.storefront.session import widget_token
from bot.storefront.try_on_browser import PARTS, SCRIPT
from tests.browser.shopper import Shopper
from tests.conftest import miss
from tests.servers.ports import find_free_port
from tests.servers.shop_page import serve_shop_page
from tests.servers.try_on_site import ENTRY, TryOnSite, serve_try_on

pytestmark = pytest.mark.browser
PICTURE = PROJECT / "tests" / "fixtures" / "web" / "picture.jpg"
SOON_MS = 20_000


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens an address in a browser of its own, which must hold no cookie in the end."""
    with ExitStack() as stack:

        def make(url: str) -> Page:
            context = stack.enter_context(browser.new_context(locale="fr-FR"))
            page = context.new_page()
            page.goto(url)
            stack.callback(lambda: _require_no_cookie(page))
            return page

        yield make


def _require_no_cookie(page: Page) -> None:
    assert page.context.cookies() == []


def test_a_customer_speaks_french_there_and_comes_back_to_it(
    bot: str, bot_environment: dict[str, str], shop_port: int, open_page: Callable[[str], Page]
) -> None:
    settings = Settings.from_env(bot_environment)

    def sign_in() -> str:
        return widget_token(
            settings, datetime.now(UTC), ref="camille", email="camille.laurier@example.com", name="Camille"
        )

    with serve_shop_page(shop_port, bot, sign_in) as shop:
        shopper = Shopper(open_page(f"{shop}/fr"), "fr")
        shopper.open_chat()
        shopper.say("où est ma commande ?")
        shopper.sees("en retard")
        expect(shopper.ours.last.locator('[data-prevenant="timeline"]')).to_contain_text("MP204819")
        shopper.page.locator("input[type=file]").set_input_files(PICTURE)
        sent = shopper.panel.locator("[data-direction=in] img.picture")
        expect(sent).to_be_visible(timeout=SOON_MS)
        shopper.page.reload()
        expect(sent).to_be_visible(timeout=SOON_MS)
        assert sent.evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
        shopper.sees_anywhere("MP204819")
        shopper.say("recommande-moi quelque chose")
        expect(shopper.ours.last.locator('[data-prevenant="card"]').first).to_be_visible()
        shopper.require_no_errors()


def test_another_page_has_no_conversation(bot: str, open_page: Callable[[str], Page]) -> None:
    with serve_shop_page(find_free_port(), bot) as stranger:
        page = open_page(f"{stranger}/fr")
        page.locator("[data-prevenant=launcher]").click()
        expect(page.locator("[data-prevenant=panel] .banner")).to_contain_text("Connexion")
        page.wait_for_timeout(2_000)
        assert page.evaluate("localStorage.getItem('prevenant-session')") is None


# -- trying on --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def try_on_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TryOnSite, str]]:
    """The bot with try-on switched on, and the shop's page."""
    if not (PHOTOS / "requirements.stamp").is_file() or not (PARTS / SCRIPT).is_file():
        miss("what try-on runs with (scripts/setup.sh test)")
    port = find_free_port()
    with ExitStack() as stack:
        folder, origin = tmp_path_factory.mktemp("try-on"), f"http://127.0.0.1:{port}"
        site = stack.enter_context(serve_try_on(folder, shop_origins=origin))
        yield site, stack.enter_context(serve_shop_page(port, site.services.settings.public_url))


def test_what_is_tried_on_there_is_shown_in_the_chat(
    try_on_shop: tuple[TryOnSite, str], open_page: Callable[[str], Page]
) -> None:
    (site, shop), errors = try_on_shop, []
    page = open_page(f"{shop}/fr")
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.locator("[data-prevenant=launcher]").click()
    panel = page.locator("[data-prevenant=panel]")
    expect(panel.get_by_role("log")).to_be_visible(timeout=SOON_MS)
    site.show_link(GLASSES, "fr")
    panel.get_by_role("link", name=ENTRY).click()
    room = page.frame_locator("[data-prevenant=fitting] iframe")
    expect(room.locator("#ways")).to_be_visible(timeout=SOON_MS)  # its script listens
    room.locator("#photo").set_input_files(Path(PHOTOS / "astronaut.png"))
    room.locator("#show").click(timeout=SOON_MS)
    shown = panel.locator("prevenant-message").last
    expect(shown.locator("img")).to_have_attribute("src", re.compile("^blob:"), timeout=SOON_MS)
    expect(panel.locator("[data-prevenant=fitting]")).to_be_hidden()
    shown.get_by_role("button", name="Ajouter à mon panier").click()
    expect(panel.locator("prevenant-message").last).not_to_have_attribute("data-state", "waiting", timeout=SOON_MS)
    assert site.last_said().startswith('/add_to_cart{"product":')
    assert errors == []


def test_another_page_cannot_hold_the_page_for_trying_on(
    try_on_shop: tuple[TryOnSite, str], open_page: Callable[[str], Page]
) -> None:
    site, _ = try_on_shop
    said: list[ConsoleMessage] = []
    with serve_shop_page(find_free_port(), site.services.settings.public_url) as stranger:
        page = open_page(f"{stranger}/fr")
        page.on("console", lambda message: said.append(message))
        frame = "src => document.body.append(Object.assign(document.createElement('iframe'), { src }))"
        page.evaluate(frame, site.make_link(GLASSES, "fr"))
        page.wait_for_timeout(2_000)
        assert page.frame_locator("iframe").last.locator("#photo").count() == 0
        assert any("frame-ancestors" in each.text for each in said)
