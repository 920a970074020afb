"""What a shopper does in a browser: goes to a page, signs in, opens the chat, says and taps things, reads."""

import re
from dataclasses import dataclass, field
from uuid import uuid4

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

_ANSWER_MS = 20_000
_IGNORED = re.compile(r"favicon|ERR_NETWORK_CHANGED|status of 4\d\d")


@dataclass
class Shopper:
    """One browser before the shop."""

    page: Page
    language: str
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}") or dialog.dismiss())

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _IGNORED.search(message.text):
            self.errors.append(message.text)

    def require_no_errors(self) -> None:
        assert self.errors == []

    # -- the shop ---------------------------------------------------------------------------------

    def visit(self, path: str = "/") -> None:
        self.page.goto(path)

    def sign_in(self, ref: str) -> None:
        self.visit("/sign-in")
        self.page.locator(f"form:has(input[name=customer][value='{ref}']) button").click()
        expect(self.page.locator("header a[href='/account']")).to_be_visible(timeout=20_000)

    def add_to_basket(self, product: str, variant: str) -> None:
        """On the product's page, as anybody would."""
        self.visit(f"/products/{product}")
        choice = self.page.locator(f"input[name=variant][value='{variant}']")
        if choice.count():
            choice.check(force=True)
        self.page.locator("main form[action='/cart/lines'] button[type=submit]").first.click()
        expect(self.page.locator("[data-cart-count]").first).to_be_visible()

    def act_backstage(self, action: str, **fields: str) -> None:
        """A button of the demo's back office, pressed in another tab."""
        page = self.page.context.new_page()
        page.goto("/demo/backoffice")
        form = page.locator(f"form[action='/demo/backoffice/{action}']")
        for name, value in fields.items():
            form.locator(f"[name={name}]").select_option(value)
        form.locator("button").click()
        page.locator("[role=status]").first.wait_for()
        page.close()

    def open_mailbox(self) -> Page:
        """The demo's mailbox in another tab; it is as new as its last reload."""
        page = self.page.context.new_page()
        page.goto("/demo/mailbox")
        return page

    def read_mailbox(self) -> str:
        page = self.open_mailbox()
        text = page.locator("main").inner_text()
        page.close()
        return text

    def newest_code(self, recipient: str) -> str:
        """The code of the newest letter to somebody."""
        found = re.search(rf"{re.escape(recipient)}.*?\b(\d{{6}})\b", self.read_mailbox(), re.DOTALL)
        assert found, "no code arrived"
        return found.group(1)

    # -- the chat ---------------------------------------------------------------------------------

    @property
    def panel(self) -> Locator:
        return self.page.locator('[data-prevenant="panel"]')

    @property
    def ours(self) -> Locator:
        """What the bot said, the oldest first."""
        return self.panel.locator('[data-direction="out"]')

    def open_chat(self) -> None:
        self.page.locator('[data-prevenant="launcher"]').click()
        expect(self.panel).to_be_visible()

    def say(self, text: str) -> None:
        """Type it, send it, and wait for an answer to what was said just now."""
        before = self.ours.count()
        box = self.panel.get_by_role("textbox").first
        box.click()
        box.fill("")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self._wait_beyond(before)

    def tap(self, title: str | re.Pattern[str]) -> None:
        """Tap the newest button of that name."""
        before = self.ours.count()
        self.panel.get_by_role("button", name=title).last.click()
        self._wait_beyond(before)

    def sees(self, text: str | re.Pattern[str], *, within_seconds: float = 10) -> None:
        """The newest message holds the text."""
        expect(self.ours.last).to_contain_text(text, timeout=within_seconds * 1000)

    def sees_anywhere(self, text: str | re.Pattern[str], *, within_seconds: float = 10) -> None:
        """Some message of the conversation holds the text."""
        expect(self.ours.filter(has_text=text).last).to_be_visible(timeout=within_seconds * 1000)

    def picture(self, name: str, folder: str) -> None:
        self.page.screenshot(path=f"{folder}/{name}-{self.language}-{uuid4().hex[:4]}.png")

    def _wait_beyond(self, count: int) -> None:
        expect(self.ours.nth(count)).to_be_visible(timeout=_ANSWER_MS)
        self.page.wait_for_timeout(400)  # a turn's further messages follow at once
