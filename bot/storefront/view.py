"""What every page of the demo shop shares: who visits, in which language, and how a page is answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.bootstrap import Services
from bot.commerce.types import Cart, CartRef, ShopCustomer
from bot.contracts.messages import LANGUAGES, Language
from bot.errors import NotFound
from bot.profile.identities import find_customer
from bot.profile.state import read_state
from bot.recommend.style import Style
from bot.storefront.session import (
    COOKIE,
    Session,
    cart_token,
    form_token,
    is_form_token,
    keep_session,
    new_session,
    read_session,
)
from bot.texts.catalogue import (
    format_clock,
    format_day,
    format_moment,
    format_money,
    translate,
)

FOLDER = Path(__file__).parent
ANONYMOUS_ID = "ajs_anonymous_id"  # the analytics client's cookie
_MOST_FORM_BYTES = 64_000
SECURITY_HEADERS = {
    # The chat component styles itself from inside its shadow root: styles alone may be inline.
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self' ws: wss:; font-src 'self' data:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Visit:
    """One request: the browser's session, its language, its form if it sent one, and the moment."""

    session: Session
    language: Language
    now: datetime
    path: str
    form: Mapping[str, str]
    anonymous_id: str = ""
    is_forgotten: bool = False  # the account that was signed in is gone: the browser forgets it too

    def say(self, sentence: str, **values: object) -> str:
        """The sentence in the visitor's language."""
        return translate(self.language, sentence, **values)

    def with_session(self, **changes: Any) -> "Visit":
        """The visit with a changed session."""
        return replace(self, session=replace(self.session, **changes))

    def with_event(self, name: str, /, **properties: Any) -> "Visit":
        """The visit with one more event for the next page to tell."""
        return replace(self, session=self.session.with_event(name, **properties))


@cache
def _environment() -> Environment:
    """One of the process: compiling a page costs more than filling it."""
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )


class View:
    """Answers pages: templates, language, session cookie, security headers."""

    def __init__(self, services: Services) -> None:
        """Reads the templates' folder; opens nothing else."""
        self.services = services
        self.settings = services.settings

    async def visit(self, request: Request) -> Visit:
        """The visit behind a request. 403 for a form that is not ours, 413 for one that is too long."""
        session = read_session(request.cookies.get(COOKIE, ""), self.settings)
        form = await self._read_form(request, session) if request.method == "POST" else {}
        is_forgotten = await run_in_threadpool(self._is_gone, session)
        if is_forgotten:
            session = renew(replace(session, customer_ref=None, cart_ref=None, notice="", events=()))
        return Visit(
            session=session, language=_language(request, session), now=self.services.clock(), form=form,
            path=_path(request),
            anonymous_id=request.cookies.get(ANONYMOUS_ID, "")[:128], is_forgotten=is_forgotten,
        )

    def _is_gone(self, session: Session) -> bool:
        """Whether the account that the session is signed in to was closed."""
        if session.customer_ref is None:
            return False
        try:
            self.services.commerce.get_customer(session.customer_ref)
        except NotFound:
            return True
        return False

    async def _read_form(self, request: Request, session: Session) -> dict[str, str]:
        if int(request.headers.get("content-length") or _MOST_FORM_BYTES + 1) > _MOST_FORM_BYTES:
            raise HTTPException(413)
        sent = await request.form(max_files=0, max_fields=60)
        form = {name: str(value)[:500] for name, value in sent.items()}
        if not is_form_token(form.get("form_token", ""), session, self.settings):
            raise HTTPException(403, "this form is too old: go back, reload the page and try again")
        return form

    def customer(self, visit: Visit) -> ShopCustomer | None:
        """Who is signed in; None for a guest."""
        if visit.session.customer_ref is None:
            return None
        try:
            return self.services.commerce.get_customer(visit.session.customer_ref)
        except NotFound:
            return None

    def cart(self, visit: Visit) -> Cart | None:
        """The basket as it is now; None while there is none."""
        commerce, session = self.services.commerce, visit.session
        if session.customer_ref is not None:
            try:
                return commerce.open_cart(session.customer_ref, idempotency_key=f"page:{session.id}")
            except NotFound:
                return None
        return self._guest_cart(session.cart_ref) if session.cart_ref else None

    def _guest_cart(self, ref: CartRef) -> Cart | None:
        try:
            cart = self.services.commerce.get_cart(ref)
        except NotFound:
            return None
        return cart if cart.customer_ref is None else None  # given to a customer meanwhile, who has to sign in

    def person(self, visit: Visit) -> str | None:
        """The profile of whoever visits, if there is one: the signed-in customer's, else the browser's."""
        with self.services.store.read() as connection:
            if visit.session.customer_ref:
                return find_customer(connection, "customer_id", visit.session.customer_ref)
            return find_customer(connection, "anonymous_id", visit.anonymous_id) if visit.anonymous_id else None

    def style(self, person: str) -> Style:
        """What they said they like in the chat, for a page to keep to; an empty one for nobody known."""
        with self.services.store.read() as connection:
            return Style.from_data(read_state(connection, person).style).anywhere() if person else Style()

    def page(self, visit: Visit, template: str, *, name: str, status: int = 200, category: str = "Shop",
             subject: Mapping[str, Any] | None = None, **values: Any) -> HTMLResponse:
        """A whole page. `subject` is what the customer looks at, for the chat; waiting events leave with it."""
        cart = self.cart(visit)
        customer = self.customer(visit)
        if cart is None and visit.session.customer_ref is None and visit.session.cart_ref is None:
            token = ""
        else:
            token = cart_token(self.settings, visit.now, cart.ref) if cart else ""
        chat = {**(subject or {}), "url": visit.path, "cart_token": token}
        shop = {
            "writeKey": self.settings.write_key, "isSignedIn": customer is not None,
            "customerRef": customer.ref if customer else "", "events": list(visit.session.events),
            "pageName": name, "pageCategory": category, "cartToken": token,
            "cartVersion": cart.version if cart else "",
        }
        html = _environment().get_template(template).render(
            **values, **self._common(visit), cart=cart, customer=customer, page_name=name,
            shop_json=json.dumps(shop, ensure_ascii=False), chat_json=json.dumps(chat, ensure_ascii=False),
            cart_count=sum(line.quantity for line in cart.lines) if cart else 0, notice=visit.session.notice,
        )
        return self._finish(HTMLResponse(html, status), replace(visit, session=replace(
            visit.session, events=(), notice="")))

    def resting(self, request: Request) -> HTMLResponse:
        """503 for a page whose shop does not answer now. Asks the shop nothing, and leaves the session as it is."""
        language = _language(request, read_session(request.cookies.get(COOKIE, ""), self.settings))
        came_from = request.headers.get("referer", "").removeprefix(self.settings.public_url.rstrip("/"))
        path = _path(request) if request.method == "GET" else local_path(came_from)
        html = _environment().get_template("resting.html").render(
            t=lambda sentence: translate(language, sentence), language=language, path=path)
        return _with_security(HTMLResponse(html, 503, headers={"Retry-After": "5"}))

    def _common(self, visit: Visit) -> dict[str, Any]:
        language, zone = visit.language, self.settings.timezone
        vocabulary = self.services.commerce.vocabulary()
        return {
            "t": visit.say, "language": language, "languages": LANGUAGES, "visit": visit,
            "form_token": form_token(visit.session, self.settings), "is_demo": self.settings.is_demo,
            "money": lambda minor, currency="EUR": format_money(language, minor, currency),
            "day": lambda moment: format_day(language, moment, zone),
            "moment": lambda moment: format_moment(language, moment, zone),
            "clock": lambda moment: format_clock(language, moment, zone),
            "word": lambda kind, value: shown_word(vocabulary, kind, value, language),
            "local": lambda url: url.removeprefix(self.settings.public_url.rstrip("/")),
        }

    def go(self, visit: Visit, to: str, notice: str = "") -> Response:
        """Send the browser on within the shop, with a notice for the next page."""
        kept = visit.with_session(notice=notice) if notice else visit
        return self._finish(RedirectResponse(local_path(to), 303), kept)

    def json(self, visit: Visit, body: Any, status: int = 200, *, keep: bool = False) -> Response:
        """An answer for the page's scripts; 204 has no body.

        The session goes along only on `keep`: a script's answer that is still on its way while the customer signs in
        would put the guest's session back.
        """
        content = b"" if status == 204 else json.dumps(body, ensure_ascii=False).encode()
        answer = _with_security(Response(content, status, media_type="application/json"))
        if keep:
            keep_session(answer, visit.session, self.settings, visit.now)
        return answer

    def _finish[Answer: Response](self, response: Answer, visit: Visit) -> Answer:
        keep_session(response, visit.session, self.settings, visit.now)
        if visit.is_forgotten:  # what the chat and the analytics client kept there would lead back to the person
            response.delete_cookie(ANONYMOUS_ID, path="/")
            response.headers["Clear-Site-Data"] = '"storage"'
        return _with_security(response)


def _with_security[Answer: Response](response: Answer) -> Answer:
    for name, value in SECURITY_HEADERS.items():
        response.headers[name] = value
    return response


def _path(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def local_path(to: str) -> str:
    """A path of this shop, or the home page for anything that would lead elsewhere."""
    is_local = to.startswith("/") and not to.startswith(("//", "/\\")) and all(ord(sign) > 31 for sign in to)
    return to if is_local else "/"


def renew(session: Session) -> Session:
    """The session under a new id, so that nobody who knew the old one shares it."""
    return replace(session, id=new_session().id)


def shown_word(vocabulary: Mapping[str, Mapping[str, list[str]]], kind: str, value: str, language: str) -> str:
    """A catalogue word as it is shown: the first English name, the second the French; else the word itself."""
    names = vocabulary.get(kind, {}).get(value, [])
    place = 1 if language == "fr" else 0
    return names[place] if len(names) > place else value.replace("_", " ")


def _language(request: Request, session: Session) -> Language:
    asked = request.query_params.get("lang", "") or session.language or ""
    for language in LANGUAGES:
        if asked == language:
            return language
    wanted = request.headers.get("accept-language", "").lower()
    return "en" if wanted.startswith("en") else "fr"
