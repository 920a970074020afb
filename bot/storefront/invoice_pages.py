"""Invoices as pages of their own, to read, print or save: behind a link of some minutes, or behind the session."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from bot.bootstrap import Services
from bot.commerce.types import Invoice
from bot.errors import NotAllowed, NotFound, Unsupported
from bot.service.invoices import read_link
from bot.storefront.view import shown_word
from bot.texts.catalogue import format_full_date, format_money, format_percent, name_country, translate

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}
_TEMPLATES = Path(__file__).parent / "templates"


def build_invoice_router(services: Services) -> APIRouter:
    """`/invoices/<link>`, whatever engine is behind it. A false link, an old one and one of nothing look alike."""
    router = APIRouter(include_in_schema=False)

    @router.get("/invoices/{link}")
    def show(link: str) -> Response:
        try:
            ref, language = read_link(services.settings, link, services.clock())
            invoice = services.commerce.get_invoice(ref)
        except (NotAllowed, NotFound, Unsupported):
            return HTMLResponse(_render("no_invoice.html", "en"), 404, headers=_HEADERS)
        return answer_invoice(services, invoice, language)

    return router


def answer_invoice(services: Services, invoice: Invoice, language: str) -> Response:
    """The invoice as a page that needs nothing else."""
    words = services.commerce.vocabulary()
    page = render_invoice(invoice, language, services.settings.timezone, words)
    return HTMLResponse(page, headers=_HEADERS)


def render_invoice(
    invoice: Invoice, language: str, timezone: str, words: Mapping[str, Mapping[str, list[str]]]
) -> str:
    """The whole document in a language; `words` are the shop's names of colours and sizes."""
    return _render(
        "invoice.html", language, invoice=invoice,
        money=lambda minor: format_money(language, minor, invoice.currency),
        date=lambda moment: format_full_date(language, moment, timezone),
        country=lambda code: name_country(language, code),
        percent=lambda value: format_percent(language, value),
        options=lambda line: " · ".join(shown_word(words, kind, each, language) for kind, each in line.options.items()),
    )


def _render(template: str, language: str, **values: object) -> str:
    return _environment().get_template(template).render(**values, t=partial(translate, language), language=language)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
