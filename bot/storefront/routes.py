"""The demo shop as one router, what it serves from files, and what the site starts and stops for it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles

from bot.bootstrap import PROJECT, Services
from bot.errors import RetryLater
from bot.storefront.account_pages import build_account_pages
from bot.storefront.art_route import build_art
from bot.storefront.basket_pages import build_basket_pages
from bot.storefront.catalogue_pages import build_catalogue_pages
from bot.storefront.demo_pages import build_demo_pages
from bot.storefront.mailbox import Mailbox, open_smtp
from bot.storefront.view import View

STATIC = Path(__file__).parent / "static"
BUILD = PROJECT / "var" / "build"


def build_storefront(services: Services) -> APIRouter:
    """Every page of the shop, with `/demo` in the demo. Opens nothing until the first request."""
    view = View(services)
    router = APIRouter(include_in_schema=False)
    router.include_router(build_art(services.commerce))
    router.include_router(build_account_pages(view))
    router.include_router(build_basket_pages(view))
    router.include_router(build_catalogue_pages(view))
    if services.settings.is_demo:
        router.include_router(_demo_pages(view))
    router.add_api_route("/favicon.ico", _no_icon, methods=["GET"])
    return router


def add_storefront(app: FastAPI, services: Services) -> None:
    """Those pages on the app, and what it answers while the shop's engine does not."""
    view = View(services)
    app.include_router(build_storefront(services))
    app.add_exception_handler(RetryLater, lambda request, _error: view.resting(request))


def mount_static(app: FastAPI) -> None:
    """Serve the shop's own files under /static and what was bundled at set-up under /assets. Makes var/build."""
    BUILD.mkdir(parents=True, exist_ok=True)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.mount("/assets", StaticFiles(directory=BUILD), name="assets")


def open_mailbox(services: Services) -> Mailbox:
    """The demo's mailbox over the shop's database."""
    return Mailbox(services.settings.shop_database_url, services.clock)


def _demo_pages(view: View) -> APIRouter:
    """The demo's own pages; their mailbox is closed when the site stops."""
    mailbox = open_mailbox(view.services)

    @asynccontextmanager
    async def live(_app: object) -> AsyncIterator[None]:
        yield
        mailbox.close()

    router = APIRouter(lifespan=live)
    router.include_router(build_demo_pages(view, mailbox))
    return router


@contextmanager
def demo_mail_server(services: Services) -> Iterator[None]:
    """While this is open, mail to 127.0.0.1:`smtp_demo_port` is kept; does nothing outside the demo."""
    if not services.settings.is_demo:
        yield
        return
    mailbox = open_mailbox(services)
    server = open_smtp(mailbox, services.settings.smtp_demo_port)
    server.start()
    try:
        yield
    finally:
        server.stop()
        mailbox.close()


async def _no_icon() -> Response:
    return Response(status_code=204)
