"""The widget in a real browser, before the web channel alone: what is said is shown, once, and does nothing else."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import jwt
import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocketRoute, expect

from bot.bootstrap import PROJECT
from bot.channels.inbox import claim_next, finish
from bot.contracts.messages import Card, OutboundMessage, QuickReply, Timeline, TimelineStep
from bot.profile.satisfaction import CONVERSATION_RATED
from bot.profile.store.engine import Store
from bot.profile.store.tables import conversations, events, inbox, messages, pictures, rate_limits
from bot.settings import Settings
from tests.conftest import miss
from tests.servers.ports import find_free_port
from tests.servers.web import WebSite, run_web_site

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "tests" / "fixtures" / "web"
HELLO = OutboundMessage("Hello", quick_replies=(QuickReply("Yes", "/affirm"), QuickReply("No", "/deny")))
TIMELINE = Timeline(
    "Order 1001", alert="One day late", carrier="Colissimo", tracking_number="8R123", tracking_url="https://c.example/8R",
    steps=(
        TimelineStep("Shipped", "2026-11-22T23:30:00+00:00", "From Lille", "done"),
        TimelineStep("Held up", "2026-11-23T10:00:00+00:00", "", "problem"),
        TimelineStep("Delivered", "2026-11-26T10:00:00+00:00", "", "upcoming"),
    ),
)
CARDS = tuple(
    Card(f"Coat {number}", "Wool", f"/coat-{number}.png", f"/products/{number}", "€89.00", "Because you like wool",
         (QuickReply("Add to basket", f'/add_to_cart{{"variant": "{number}"}}'),))
    for number in range(3)
)
ATTACKS = (
    "<img src=x onerror=window.broken=1>", "<script>window.broken=1</script>", "<svg/onload=window.broken=1>",
    "[tap](javascript:window.broken=1)", '![x](x" onerror="window.broken=1)', '"><img src=x onerror=window.broken=1>',
    "</prevenant-message><img src=x onerror=window.broken=1>", "javascript:window.broken=1",
    "<a href='javascript:window.broken=1'>tap</a>", "{{constructor.constructor('window.broken=1')()}}",
    "https://x.example/\"onmouseover=\"window.broken=1", "<iframe srcdoc='<script>parent.broken=1</script>'>",
    "<style>*{display:none}</style>", "data:text/html,<script>parent.broken=1</script>", "\u202etxt.exe", "&lt;b&gt;",
)


class Visit:
    """A page with the widget, and the conversation behind it."""

    def __init__(self, site: WebSite, page: Page, numbers: Iterator[int]) -> None:
        self.site, self.page, self.numbers = site, page, numbers
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: (self.errors.append(dialog.message), dialog.dismiss()))
        self.launcher, self.panel = (page.locator(f"[data-prevenant={name}]") for name in ("launcher", "panel"))
        self.rating = page.locator("[data-prevenant=rating]:not(.unseen)")
        self.box = self.panel.get_by_role("textbox")
        self.badge, self.bubble = (page.locator(f"[data-prevenant={name}]") for name in ("badge", "bubble"))

    def come(self, path: str = "/page") -> "Visit":
        with self.page.expect_websocket() as opening:
            self.page.goto(self.site.url + path)
        with opening.value.expect_event("framereceived", lambda frame: '"ready"' in str(frame)):
            pass
        return self

    def open(self) -> "Visit":
        self.launcher.click()
        expect(self.panel.get_by_role("log")).to_be_visible()
        return self

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def show(self, message: OutboundMessage, kind: str = "reply") -> None:
        self.site.show(self.sender, next(self.numbers), message, kind)

    @property
    def sender(self) -> str:
        newest = sa.select(conversations.c.sender_id).order_by(conversations.c.created_at.desc())
        with self.site.store.read() as connection:
            return str(connection.scalar(newest.where(conversations.c.channel == "web")))

    def messages(self, direction: str) -> Locator:
        return self.panel.locator(f"[data-direction={direction}]")


@pytest.fixture
def site(store: Store, settings: Settings) -> Iterator[WebSite]:
    if not (PROJECT / "var" / "build" / "widget.js").exists():
        miss("the widget's build (npm run build in bot/widget)")
    with run_web_site(store, settings, lambda: datetime.now(UTC)) as running:
        yield running


@pytest.fixture
def visit(site: WebSite, browser: Browser) -> Iterator[Callable[..., Visit]]:
    numbers = count(1)
    with ExitStack() as stack:

        def make(context: BrowserContext | None = None, where: WebSite = site, **how: object) -> Visit:
            if context is None:
                context = browser.new_context(timezone_id="Europe/Paris", **how)  # type: ignore[arg-type]
                stack.callback(context.close)
            made = Visit(where, context.new_page(), numbers)
            stack.callback(lambda: _require_peace(made))
            return made

        yield make


def _require_peace(visit: Visit) -> None:
    assert visit.errors == []


def kept(store: Store) -> list[str]:
    with store.read() as connection:
        rows = connection.execute(sa.select(inbox.c.payload).order_by(inbox.c.inbox_id))
        return [row.payload["text"] or row.payload["payload"] for row in rows]


# -- alone ----------------------------------------------------------------------------------------


def test_says_nothing_before_it_is_asked(visit: Callable[..., Visit]) -> None:
    shopper = visit().come()
    expect(shopper.panel).to_be_hidden()
    expect(shopper.badge).to_be_hidden()
    expect(shopper.bubble).to_be_hidden()
    assert "list-" not in " ".join(shopper.page.evaluate("performance.getEntriesByType('resource').map(e => e.name)"))
    shopper.open()
    expect(shopper.panel).to_contain_text("You are talking to an automated assistant.")


def test_leaves_the_page_as_it_was(visit: Callable[..., Visit]) -> None:
    shopper = visit()
    foreign: list[str] = []
    shopper.page.on("request", lambda sent: foreign.append(sent.url) if shopper.site.url not in sent.url else None)
    style = "JSON.stringify([getComputedStyle(document.querySelector('h1')).cssText, document.head.innerHTML])"
    shopper.page.route("**/widget.js", lambda route: route.abort())
    shopper.page.goto(shopper.site.url + "/page")
    before = shopper.page.evaluate(style)
    shopper.page.unroute("**/widget.js")
    shopper.come().open()
    assert shopper.page.evaluate(style) == before
    assert [url for url in foreign if not url.startswith(("ws:", "data:", "blob:"))] == []


# -- a conversation -------------------------------------------------------------------------------


def test_sends_and_shows_what_both_sides_say(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come().open()
    shopper.say("Where is it?")
    expect(shopper.messages("in")).to_contain_text("Where is it?")
    expect(shopper.page.locator("[data-prevenant=typing]")).to_be_visible()
    shopper.show(HELLO)
    expect(shopper.messages("out")).to_contain_text("Hello")
    with store.write() as connection:
        for row in claim_next(connection, lease_seconds=30, now=datetime.now(UTC), limit=10):
            finish(connection, row)
    expect(shopper.page.locator("[data-prevenant=typing]")).to_be_hidden()
    with store.read() as connection:
        payload = connection.execute(sa.select(inbox.c.payload)).scalar_one()
    assert payload["page"] == {"url": "/page", "product_id": "P1", "cart_token": "from-the-page"}


def test_offers_answers_until_the_conversation_moves_on(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come().open()
    shopper.show(HELLO)
    shopper.panel.get_by_role("button", name="Yes").click()
    expect(shopper.messages("in")).to_contain_text("Yes")
    expect(shopper.panel.get_by_role("button", name="No", exact=True)).to_be_disabled()
    expect(shopper.panel.get_by_role("button", name="Yes")).to_be_disabled()
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    assert kept(store) == ["/affirm"]
    shopper.come()
    expect(shopper.panel.get_by_role("button", name="No", exact=True)).to_be_disabled()


def test_opens_a_paper_in_a_new_tab_however_often(visit: Callable[..., Visit], site: WebSite) -> None:
    shopper = visit().come().open()
    shopper.say("Invoice?")
    paper, shop = QuickReply("Open the invoice", url=f"{site.url}/invoices/abc"), QuickReply("See", url="/products/0")
    shopper.show(OutboundMessage("Here it is.", quick_replies=(paper, shop)))
    link = shopper.panel.get_by_role("link", name="Open the invoice")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert shopper.panel.get_by_role("link", name="See").get_attribute("target") is None
    shopper.show(OutboundMessage("Anything else?"))
    for _ in range(2):
        with shopper.page.context.expect_page() as opening:
            link.click()
        assert opening.value.url.endswith("/invoices/abc")
        opening.value.close()
    assert shopper.page.url.endswith("/page")


def test_shows_cards_with_their_reasons(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come().open()
    shopper.show(OutboundMessage("Three coats", cards=CARDS))
    cards = shopper.panel.locator("[data-prevenant=card]")
    expect(cards).to_have_count(3)
    expect(cards.first).to_contain_text("€89.00")
    expect(cards.first).to_contain_text("Because you like wool")
    expect(cards.first.get_by_role("link")).to_have_attribute("href", "/products/0")
    cards.nth(1).get_by_role("button", name="Add to basket").click()
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    assert kept(store) == ['/add_to_cart{"variant": "1"}']


def test_tells_the_delay_first_and_the_readers_own_time(visit: Callable[..., Visit]) -> None:
    shopper = visit().come("/page?language=fr").open()
    shopper.show(OutboundMessage("", "fr", timeline=TIMELINE))
    timeline = shopper.panel.locator("[data-prevenant=timeline]")
    expect(timeline.locator("p").first).to_have_text("One day late")
    expect(timeline).to_contain_text("lun. 23 nov., 00:30")  # half past eleven in the evening in UTC
    expect(timeline).to_contain_text("jeu. 26 nov.")
    link = timeline.get_by_role("link", name="8R123")
    expect(link).to_have_attribute("href", "https://c.example/8R")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_tells_the_page_to_look_at_its_basket_after_an_answer(visit: Callable[..., Visit]) -> None:
    shopper = visit().come().open()
    shopper.page.evaluate(
        "window.told = [];"
        "window.addEventListener('prevenant:cart', event => window.told.push(event.detail.session.length > 20));"
    )
    shopper.show(OutboundMessage("It is in your basket."))
    shopper.show(OutboundMessage("Anything else?"))
    expect(shopper.messages("out")).to_have_count(2)
    shopper.page.wait_for_timeout(700)
    assert shopper.page.evaluate("window.told") == [True]


# -- nudges ---------------------------------------------------------------------------------------


def test_shows_a_nudge_beside_a_closed_panel_until_it_is_dismissed(visit: Callable[..., Visit]) -> None:
    shopper = visit().come()
    shopper.show(OutboundMessage("Your parcel is late"), "nudge")
    expect(shopper.bubble).to_contain_text("Your parcel is late")
    expect(shopper.badge).to_have_text("1")
    expect(shopper.launcher).to_have_accessible_name("Open the chat, 1 unread message")
    shopper.bubble.get_by_role("button", name="Dismiss").click()
    expect(shopper.bubble).to_be_hidden()
    shopper.come()
    expect(shopper.badge).to_have_text("1")
    expect(shopper.bubble).to_be_hidden()


def test_opens_the_conversation_from_a_nudge(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come()
    shopper.show(OutboundMessage("Your parcel is late"), "nudge")
    shopper.bubble.get_by_role("button", name="Your parcel is late").click()
    expect(shopper.messages("out")).to_contain_text("Your parcel is late")
    expect(shopper.badge).to_be_hidden()
    shopper.show(OutboundMessage("And now it is here"), "nudge")
    expect(shopper.messages("out").last).to_contain_text("And now it is here")
    expect(shopper.bubble).to_be_hidden()


def test_keeps_a_nudge_off_the_pages_buttons(visit: Callable[..., Visit]) -> None:
    shopper = visit().come()
    shopper.page.evaluate(
        "document.querySelector('main button').style = 'position:fixed;right:0;bottom:110px;width:400px;height:90px'"
    )
    shopper.show(OutboundMessage("Your parcel is late, by a day or two"), "nudge")
    expect(shopper.bubble).to_be_visible()
    mine, theirs = shopper.bubble.bounding_box(), shopper.page.locator("main button").bounding_box()
    assert mine is not None
    assert theirs is not None
    assert mine["y"] >= theirs["y"] + theirs["height"]


# -- how it was -----------------------------------------------------------------------------------

OVER = OutboundMessage("Goodbye, and see you soon!", asks_rating=True)


def _come_to_an_end(shopper: Visit, hello: str = "Hello") -> None:
    shopper.say(hello)
    expect(shopper.messages("in").last).to_have_attribute("data-state", "kept")
    shopper.show(OVER)
    expect(shopper.rating).to_be_visible()


def test_asks_nothing_while_the_conversation_goes_on(visit: Callable[..., Visit]) -> None:
    shopper = visit().come().open()
    ending = shopper.panel.get_by_role("button", name="End the conversation")
    expect(ending).to_be_hidden()
    shopper.say("Hello")
    shopper.show(HELLO)
    expect(shopper.messages("out")).to_be_visible()
    expect(shopper.rating).to_be_hidden()
    ending.click()
    expect(shopper.messages("in").last).to_contain_text("That is all, goodbye.")
    shopper.show(OVER)
    expect(shopper.rating).to_be_visible()
    expect(ending).to_be_hidden()
    shopper.say("One more thing")
    expect(shopper.rating).to_be_hidden()


def test_is_told_how_it_was_by_keyboard_once_a_day(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come().open()
    _come_to_an_end(shopper)
    expect(shopper.box).to_be_focused()  # it takes no focus
    expect(shopper.panel.get_by_role("radiogroup", name="How was it?").get_by_role("radio")).to_have_count(5)
    expect(shopper.rating.get_by_role("button", name="Send my rating")).to_be_disabled()
    shopper.rating.get_by_role("radio", name="Very bad").focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowRight", "Tab", "Tab"):
        shopper.page.keyboard.press(key)
    expect(shopper.rating.get_by_role("button", name="Send my rating")).to_be_focused()
    shopper.page.keyboard.press("Enter")
    expect(shopper.rating.get_by_role("status")).to_have_text("Thank you for telling us.")
    expect(shopper.box).to_be_focused()
    with store.read() as connection:
        assert connection.execute(sa.select(events.c.name, events.c.properties)).one() == (
            CONVERSATION_RATED, {"rating": 4, "channel": "web"}
        )
    shopper.say("Hello again")
    expect(shopper.rating).to_be_hidden()
    shopper.show(OVER)
    expect(shopper.messages("out")).to_have_count(2)
    expect(shopper.rating).to_be_hidden()
    shopper.come()
    expect(shopper.messages("out")).to_have_count(2)
    expect(shopper.rating).to_be_hidden()


def test_asks_after_a_reload_and_in_no_tab_once_it_is_skipped(visit: Callable[..., Visit], store: Store) -> None:
    one = visit().come().open()
    _come_to_an_end(one)
    one.come()
    expect(one.rating).to_be_visible()
    two = visit(one.page.context, one.site).come().open()
    expect(two.rating).to_be_visible()
    two.rating.get_by_role("button", name="Skip").click()
    expect(two.rating).to_be_hidden()
    expect(one.rating).to_be_hidden()
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "width"), [("fr", 390), ("en", 1280)])
def test_asks_how_it_was_without_an_axe_violation(
    visit: Callable[..., Visit], scheme: str, language: str, width: int, tmp_path: Path
) -> None:
    shopper = visit(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
    shopper.come(f"/page?language={language}").open()
    _come_to_an_end(shopper)
    shopper.page.screenshot(path=tmp_path / "asked.png")
    assert _violations(shopper.page) == []
    shopper.rating.get_by_role("radio").nth(3).check()
    assert _violations(shopper.page) == []
    shopper.page.screenshot(path=tmp_path / "chosen.png")
    shopper.rating.get_by_role("button").last.click()
    expect(shopper.rating.get_by_role("radiogroup")).to_be_hidden()
    assert _violations(shopper.page) == []


# -- pictures -------------------------------------------------------------------------------------


def _choose(shopper: Visit, name: str) -> None:
    with shopper.page.expect_file_chooser() as chooser:
        shopper.panel.get_by_role("button", name="Send a picture").click()
    chooser.value.set_files(PICTURES / name)


def test_sends_nothing_that_is_no_picture(visit: Callable[..., Visit], store: Store, tmp_path: Path) -> None:
    shopper = visit().come().open()
    (tmp_path / "page.jpg").write_text("<script>window.broken=1</script>")
    _choose(shopper, str(tmp_path / "page.jpg"))
    expect(shopper.panel).to_contain_text("Only pictures can be sent")
    expect(shopper.messages("in")).to_have_count(0)


@pytest.mark.parametrize("name", ["picture.jpg", "alpha.webp", "picture.png"])
def test_sends_a_picture_and_shows_it_after_a_reload(visit: Callable[..., Visit], store: Store, name: str) -> None:
    shopper = visit().come().open()
    _choose(shopper, name)
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    expect(shopper.messages("in")).to_have_count(1)
    shopper.come()
    shown = shopper.messages("in").get_by_role("img", name="Picture")
    expect(shown).to_be_visible()
    sides = shown.evaluate("async each => { await each.decode(); return [each.naturalWidth, each.naturalHeight] }")
    assert sides == [60, 40]
    with store.read() as connection:
        assert b"SECRET" not in connection.scalar(sa.select(pictures.c.content))


def test_sends_a_picture_again_when_it_did_not_arrive(visit: Callable[..., Visit], tmp_path: Path) -> None:
    shopper = visit(viewport={"width": 390, "height": 800}).come().open()
    shopper.page.route("**/widget/pictures", lambda route: route.abort())
    _choose(shopper, "picture.jpg")
    expect(shopper.messages("in")).to_contain_text("Could not be sent")
    assert _violations(shopper.page) == []
    shopper.page.screenshot(path=tmp_path / "failed.png")
    shopper.page.unroute("**/widget/pictures")
    shopper.panel.get_by_role("button", name="Send again").click()
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    expect(shopper.messages("in").get_by_role("img")).to_be_visible()
    shopper.page.wait_for_timeout(300)
    assert _violations(shopper.page) == []
    shopper.page.screenshot(path=tmp_path / "sent.png")


# -- nothing is lost ------------------------------------------------------------------------------


def test_shows_the_same_after_a_reload_and_in_a_second_tab(visit: Callable[..., Visit]) -> None:
    one = visit().come().open()
    one.say("Hello?")
    expect(one.messages("in")).to_have_attribute("data-state", "kept")
    one.show(OutboundMessage("Hello!"))
    expect(one.messages("out")).to_have_count(1)
    one.come()  # the panel stays open on the next page
    expect(one.messages("in")).to_contain_text("Hello?")
    expect(one.messages("out")).to_contain_text("Hello!")
    two = visit(one.page.context, one.site).come().open()
    expect(two.panel.locator("[data-position]")).to_have_count(2)
    two.say("From the other tab")
    expect(one.messages("in").last).to_contain_text("From the other tab")
    expect(two.messages("in")).to_have_count(2)
    expect(one.messages("in")).to_have_count(2)


def test_sends_what_was_said_while_the_server_was_dead(
    store: Store, settings: Settings, visit: Callable[..., Visit]
) -> None:
    port = find_free_port()
    with _running(store, port):
        shopper = visit(None, WebSite(f"http://127.0.0.1:{port}", settings, store)).come().open()
        shopper.say("Before")
        expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    expect(shopper.panel).to_contain_text("Connection lost.")
    shopper.say("While it was down")
    shopper.say("And again")
    expect(shopper.messages("in").nth(1)).to_contain_text("Waiting to be sent")
    with _running(store, port):
        expect(shopper.messages("in").nth(2)).to_have_attribute("data-state", "kept", timeout=20_000)
        expect(shopper.panel).not_to_contain_text("Connection lost.")
    assert kept(store) == ["Before", "While it was down", "And again"]


@contextmanager
def _running(store: Store, port: int) -> Iterator[None]:
    """A server that is killed at the end."""
    url = store.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.servers.web_process", url, str(port)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("is_taken", [False, True])
def test_sends_again_what_was_not_answered(visit: Callable[..., Visit], store: Store, is_taken: bool) -> None:
    shopper = visit()
    broken: list[str] = []

    def carry(line: WebSocketRoute) -> None:
        server = line.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            if '"say"' not in str(message) or broken:
                server.send(message)
                return
            broken.append("once")  # the line breaks just before the server has it, or just after
            if is_taken:
                server.send(message)
            line.close()

        line.on_message(pass_on)

    shopper.page.route_web_socket("**/socket.io/**", carry)
    shopper.page.goto(shopper.site.url + "/page")
    shopper.open()
    shopper.say("Once")
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept", timeout=15_000)
    expect(shopper.messages("in")).to_have_count(1)
    shopper.say("Twice")
    expect(shopper.messages("in").nth(1)).to_have_attribute("data-state", "kept")
    assert broken
    assert kept(store) == ["Once", "Twice"]


# -- who is signed in -----------------------------------------------------------------------------


def test_begins_anew_when_the_person_signs_out(visit: Callable[..., Visit], site: WebSite, store: Store) -> None:
    site.customer_token = lambda: _vouch(site.settings)
    shopper = visit().come().open()
    shopper.say("my secret")
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    with store.read() as connection:
        assert connection.scalar(sa.select(conversations.c.verified_ref)) == "camille"
    shopper.come()  # another page, another token
    expect(shopper.messages("in")).to_contain_text("my secret")
    site.customer_token = None
    shopper.page.reload()
    expect(shopper.panel).to_contain_text("Good to see you.")
    expect(shopper.messages("in")).to_have_count(0)
    shopper.say("somebody else")
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    assert kept(store) == ["my secret", "somebody else"]


def test_has_the_proof_renewed_before_it_runs_out(visit: Callable[..., Visit], site: WebSite, store: Store) -> None:
    site.customer_token = lambda: _vouch(site.settings, timedelta(seconds=61))  # a minute is the widget's margin
    shopper = visit().come()
    until = sa.select(conversations.c.verified_until)
    with store.read() as connection:
        first = connection.scalar(until)
    shopper.page.wait_for_timeout(4_000)
    with store.read() as connection:
        assert (connection.scalar(until) - first).total_seconds() >= 1
    expect(shopper.panel).to_be_hidden()


def _vouch(settings: Settings, life: timedelta = timedelta(minutes=5)) -> str:
    now = datetime.now(UTC)
    claims = {"sub": "camille", "iss": "prevenant-shop", "aud": "prevenant-widget", "jti": uuid4().hex, "iat": now,
              "exp": now + life}
    return jwt.encode(claims, settings.widget_secret, algorithm="HS256")


# -- what is said does nothing --------------------------------------------------------------------


def test_runs_and_opens_nothing_that_is_said(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come().open()
    for number, attack in enumerate(ATTACKS):
        shopper.say(attack)
        expect(shopper.messages("in")).to_have_count(2 * number + 1)
        is_real = attack.startswith("https:")  # which a tap would rightly open
        button = QuickReply(attack, "/greet", "" if is_real else attack)
        shopper.show(OutboundMessage(
            attack, image_url=attack, image_alt=attack, quick_replies=(button,),
            cards=(Card(attack, attack, attack, attack, attack, attack, (button,)),),
            timeline=Timeline(attack, (TimelineStep(attack, attack, attack),), attack, attack, attack, attack),
        ))
        expect(shopper.messages("out")).to_have_count(number + 1)
        shopper.panel.locator("[data-prevenant=card] button").last.click()
        expect(shopper.messages("in")).to_have_count(2 * number + 2)
        expect(shopper.messages("in").nth(2 * number)).to_contain_text(attack)
        expect(shopper.messages("out").last).to_contain_text(attack)
        _forget_limits(store)
    expect(shopper.panel).to_be_visible()
    assert shopper.page.evaluate("window.broken") is None
    assert shopper.page.url.endswith("/page")
    allowed = shopper.panel.locator("a").evaluate_all("links => links.map(each => each.protocol)")
    assert set(allowed) <= {"https:", "http:"}
    assert shopper.panel.locator("script, iframe, [onerror], [onload], [onmouseover]").count() == 0


def _forget_limits(store: Store) -> None:
    with store.write() as connection:
        connection.execute(sa.delete(rate_limits))


# -- everybody can use it -------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_has_no_axe_violation(visit: Callable[..., Visit], scheme: str, width: int) -> None:
    shopper = visit(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce").come()
    shopper.show(OutboundMessage("Your parcel is late"), "nudge")
    expect(shopper.bubble).to_be_visible()
    assert _violations(shopper.page) == []
    shopper.open()
    shopper.say("Hello, see https://a.example/b")
    shopper.show(OutboundMessage("Late", timeline=TIMELINE, quick_replies=HELLO.quick_replies))
    shopper.show(OutboundMessage("Coats", cards=CARDS, quick_replies=HELLO.quick_replies))
    expect(shopper.messages("out")).to_have_count(3)
    shopper.page.wait_for_timeout(300)
    assert _violations(shopper.page) == []


def _violations(page: Page) -> list[str]:
    page.emulate_media(reduced_motion="reduce")  # what is still fading in has its contrast at the end
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [f"{each['id']}: {node['html'][:160]} {node['failureSummary']}" for each in found for node in each["nodes"]]


def test_is_used_by_keyboard_alone(visit: Callable[..., Visit], store: Store) -> None:
    shopper = visit().come()
    shopper.launcher.focus()
    shopper.page.keyboard.press("Enter")
    expect(shopper.box).to_be_focused()
    shopper.page.keyboard.type("First line")
    shopper.page.keyboard.press("Shift+Enter")
    shopper.page.keyboard.type("second line")
    shopper.page.keyboard.press("Enter")
    expect(shopper.messages("in")).to_have_attribute("data-state", "kept")
    assert kept(store) == ["First line\nsecond line"]
    shopper.show(HELLO)
    expect(shopper.messages("out")).to_be_visible()
    shopper.page.keyboard.press("Shift+Tab")  # from the box back into the conversation: its last button
    expect(shopper.panel.get_by_role("button", name="No", exact=True)).to_be_focused()
    shopper.page.keyboard.press("Enter")
    expect(shopper.messages("in")).to_have_count(2)
    expect(shopper.box).to_be_focused()  # the button is no more
    shopper.page.keyboard.press("Escape")
    expect(shopper.panel).to_be_hidden()
    expect(shopper.launcher).to_be_focused()


def test_covers_a_phone_and_gives_it_back(visit: Callable[..., Visit]) -> None:
    shopper = visit(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True).come().open()
    expect(shopper.panel).to_have_css("inset", "0px")
    box = shopper.panel.bounding_box()
    assert box is not None
    assert (round(box["width"]), round(box["height"])) == (390, 800)
    expect(shopper.panel).to_have_attribute("aria-modal", "true")
    shopper.panel.get_by_role("button", name="Close the chat").click()
    expect(shopper.panel).to_be_hidden()
    assert shopper.page.evaluate("document.documentElement.style.overflow") == ""


# -- on another channel ---------------------------------------------------------------------------


def test_offers_no_other_channel_where_there_is_none(visit: Callable[..., Visit]) -> None:
    shopper = visit().come().open()
    expect(shopper.panel.locator("[data-prevenant=goon]")).to_be_hidden()


@pytest.mark.parametrize(("language", "label"), [("en", "Continue on WhatsApp"), ("fr", "Continuer sur WhatsApp")])
def test_goes_on_at_whatsapp_in_a_new_tab(
    store: Store, settings: Settings, visit: Callable[..., Visit], language: str, label: str
) -> None:
    offering = replace(settings, whatsapp_phone_number_id="1", whatsapp_number="+33198765432", messenger_page_id="777")
    with run_web_site(store, offering, lambda: datetime.now(UTC)) as running:
        shopper = visit(where=running)
        shopper.page.context.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp"))
        shopper.come(f"/page?language={language}").open()
        assert _violations(shopper.page) == []
        with shopper.page.context.expect_page() as opening:
            shopper.panel.get_by_role("button", name=label).click()
        opening.value.wait_for_url("https://wa.me/33198765432?text=*")
        assert opening.value.evaluate("window.opener") is None
        shopper.page.close()


# -- how it looks, on whose page ------------------------------------------------------------------

STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws:; img-src 'self' data: blob:; "
    "font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
LOUD_PAGE = """
    * { color: rgb(255, 0, 0) !important; font-size: 31px !important; border-radius: 0 !important; }
    html, body { text-transform: uppercase; letter-spacing: 9px; text-align: right; line-height: 3; font-style: italic;
                 word-spacing: 20px; text-indent: 40px; visibility: visible; cursor: crosshair; white-space: pre; }
    p, button, ul, li, textarea, h2 { display: none !important; background: rgb(255, 0, 0) !important; }
    aside { position: static !important; width: 10px !important; }
"""
SCREENSHOTS = PROJECT / "var" / "screenshots"


def _style(found: Locator, *names: str) -> list[str]:
    """Read at one moment; an element that is being replaced just then has no style, and is looked for again."""
    read = "(each, names) => each.isConnected && names.map(name => getComputedStyle(each).getPropertyValue(name))"
    while not (told := found.evaluate(read, list(names))):
        pass
    return list(told)


def test_breaks_no_strict_policy(visit: Callable[..., Visit], site: WebSite) -> None:
    """Neither inline styles nor inline scripts, nor an address that is not the shop's; nothing is refused."""
    site.policy = STRICT_POLICY
    shopper = visit()
    shopper.page.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation', "
        "each => window.refused.push(`${each.violatedDirective} ${each.blockedURI} ${each.sample}`))"
    )
    shopper.come()
    shopper.show(OutboundMessage("Your parcel is late"), "nudge")
    expect(shopper.bubble).to_be_visible()
    shopper.open()
    shopper.say("Hello")
    shopper.show(OutboundMessage("Late", timeline=TIMELINE, quick_replies=HELLO.quick_replies))
    shopper.show(OutboundMessage("Coats", cards=CARDS))
    expect(shopper.messages("out")).to_have_count(3)
    shopper.panel.locator("input[type=file]").set_input_files(PICTURES / "picture.jpg")
    expect(shopper.messages("in")).to_have_count(2)
    assert shopper.page.evaluate("window.refused") == []
    assert _style(shopper.messages("in").first.locator(".text"), "color") == ["rgb(253, 248, 240)"]  # and it is dressed


def test_takes_the_shops_colours_and_type(visit: Callable[..., Visit], site: WebSite) -> None:
    site.style = """:root {
        --prevenant-accent: rgb(0, 90, 60); --prevenant-on-accent: rgb(250, 250, 250); --prevenant-ink: rgb(1, 2, 3);
        --prevenant-card: rgb(240, 255, 240); --prevenant-sans: "Courier New", monospace;
    }"""
    shopper = visit(color_scheme="light").come().open()
    shopper.say("Hello")
    shopper.show(OutboundMessage("Good morning"))
    mine, ours = (shopper.messages(each).last.locator(".text") for each in ("in", "out"))
    expect(ours).to_be_visible()
    assert _style(mine, "background-color", "color") == ["rgb(0, 90, 60)", "rgb(250, 250, 250)"]
    assert _style(ours, "background-color", "color") == ["rgb(240, 255, 240)", "rgb(1, 2, 3)"]
    assert "Courier New" in _style(ours, "font-family")[0]
    shopper.page.mouse.move(0, 0)
    expect(shopper.launcher).to_have_css("background-color", "rgb(0, 90, 60)")
    shopper.launcher.hover()
    expect(shopper.launcher).to_have_css("background-color", "color(srgb 0 0.282353 0.188235)")  # mixed from it


def test_follows_a_shop_that_changes_its_colours_at_night(visit: Callable[..., Visit], site: WebSite) -> None:
    site.style = ":root { --prevenant-accent: rgb(0, 90, 60); --prevenant-dark-accent: rgb(10, 120, 80); }"
    shopper = visit(color_scheme="dark").come()
    expect(shopper.launcher).to_have_css("background-color", "rgb(10, 120, 80)")
    shopper.page.emulate_media(color_scheme="light")
    expect(shopper.launcher).to_have_css("background-color", "rgb(0, 90, 60)")


@pytest.mark.parametrize("accent", ["#005a3c", "#1d4ed8", "#b45309", "#111111"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_can_be_read_in_the_colour_of_any_shop(
    visit: Callable[..., Visit], site: WebSite, accent: str, scheme: str
) -> None:
    """A shop sets its accent and nothing else: nothing of ours is left, and axe finds enough contrast."""
    site.style = f":root {{ --prevenant-accent: {accent}; }}"
    shopper = visit(color_scheme=scheme, reduced_motion="reduce").come().open()
    shopper.say("Hello, see https://a.example/b")
    shopper.show(OutboundMessage("Late", timeline=TIMELINE, quick_replies=HELLO.quick_replies))
    expect(shopper.messages("out")).to_have_count(1)
    shopper.page.wait_for_timeout(200)
    assert _violations(shopper.page) == []
    assert _style(shopper.messages("in").last.locator(".text"), "background-color") != ["rgb(109, 34, 51)"]


def test_lets_no_style_of_the_page_in(visit: Callable[..., Visit], site: WebSite) -> None:
    """Whatever a page does to every element of its own, the widget looks as on a page without a style."""
    looks = ("color", "font-size", "text-transform", "letter-spacing", "text-align", "line-height", "font-style",
             "word-spacing", "text-indent", "display", "background-color", "border-radius", "cursor", "white-space")
    seen = []
    for site.style in ("", LOUD_PAGE):
        shopper = visit(viewport={"width": 1280, "height": 800}).come().open()
        shopper.say("Hello")
        shopper.show(OutboundMessage("Late", timeline=TIMELINE, quick_replies=HELLO.quick_replies))
        expect(shopper.messages("out").last).to_be_visible()
        mine, ours = (shopper.messages(each).last for each in ("in", "out"))
        parts = (mine.locator(".text"), ours.locator(".text"), ours.get_by_role("button", name="Yes"),
                 ours.locator(".step-title").first, shopper.box, shopper.launcher)
        seen.append([_style(each, *looks) for each in parts])
        box = shopper.panel.bounding_box()
        seen[-1].append([str(round(box[each])) for each in ("width", "height")] if box else [])
    assert seen[0] == seen[1]


def test_parts_the_days(visit: Callable[..., Visit], site: WebSite, store: Store) -> None:
    shopper = visit().come().open()
    shopper.say("Hello")
    expect(shopper.messages("in")).to_have_count(1)
    for number, days in enumerate((9, 9, 1, 0)):
        with store.write() as connection:
            connection.execute(sa.insert(messages).values(
                sender_id=shopper.sender, message_id=f"old-{number}", direction="out",
                payload=OutboundMessage(f"Said {days} days ago").to_json(),
                at=datetime.now(UTC) - timedelta(days=days, seconds=-number),
            ))
    with store.write() as connection:  # the oldest first, as they were said
        first = sa.select(sa.func.max(messages.c.position)).scalar_subquery()
        connection.execute(sa.update(messages).where(messages.c.direction == "in").values(position=first + 1))
    shopper.come()
    days = shopper.panel.locator(".day")
    expect(days).to_have_count(3)
    said = [each.strip() for each in days.all_inner_texts()]
    assert said[1:] == ["Yesterday", "Today"] and len(set(said)) == 3
    order = shopper.panel.locator(".day, prevenant-message .text").all_inner_texts()
    assert [each.strip() for each in order].index("Yesterday") == 3  # a day, two messages, then the next day


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [("phone", 390, 844), ("desktop", 1280, 800)])
def test_is_drawn_for_somebody_to_look_at(
    visit: Callable[..., Visit], name: str, width: int, height: int, scheme: str
) -> None:
    """Pictures of what a shopper sees, kept in var/screenshots; checked is that nothing runs over an edge."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    shopper = visit(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce").come()
    late = OutboundMessage("Your parcel is running late: Colissimo now expects to deliver it on Thursday.")
    shopper.show(late, "nudge")
    expect(shopper.bubble).to_be_visible()
    shopper.page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-closed.png")
    shopper.open()
    shopper.say("Where is my parcel?")
    expect(shopper.messages("in")).to_have_count(1)
    shopper.show(OutboundMessage("It is on its way.", timeline=TIMELINE, quick_replies=HELLO.quick_replies))
    expect(shopper.messages("out")).to_have_count(2)
    shopper.page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-order.png")
    shopper.say("And something warm?")
    expect(shopper.messages("in")).to_have_count(2)
    cards = tuple(replace(each, image_url="") for each in CARDS)
    shopper.show(OutboundMessage("Here is what goes with your coat.", cards=cards, quick_replies=HELLO.quick_replies))
    expect(shopper.messages("out")).to_have_count(3)
    shopper.page.wait_for_timeout(200)
    shopper.page.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-cards.png")
    assert shopper.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for each in shopper.panel.locator(".text, .timeline, .reply").all():
        assert each.evaluate("each => each.scrollWidth <= each.clientWidth + 1")
