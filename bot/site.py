"""The process `site`: the only public face. Composes the routers; granian or any ASGI server serves it."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import socketio
from fastapi import FastAPI
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.bootstrap import InForce, Services, open_services
from bot.carriers.webhook import build_carrier_router
from bot.channels.email.receive import build_unsubscribe_router
from bot.channels.email.returned import build_returned_router
from bot.channels.follow_link import build_link_router
from bot.channels.messenger.receive import build_messenger_router
from bot.channels.sms.receive import build_sms_router
from bot.channels.web.assets import build_widget_router
from bot.channels.web.origins import AnswerShopPages
from bot.channels.web.routes import build_socket_app
from bot.channels.whatsapp.receive import build_whatsapp_router
from bot.console.api.app import build_console_api
from bot.console.api.rights import PATH as CONSOLE_API
from bot.console.pages import build_console_router
from bot.content.served import build_content_router
from bot.cores import leave_no_core
from bot.garbage import freeze_what_stays
from bot.handoff.mirror import open_desk
from bot.handoff.pages import build_people_router
from bot.handoff.webhook import build_desk_router
from bot.intake.collector import PREFIX, build_collector
from bot.intake.shop_webhook import build_shop_router
from bot.logs import set_up_logs
from bot.nudges.placement_calls import build_placement_router
from bot.privacy.pages import build_privacy_router
from bot.settings import Settings
from bot.storefront.invoice_pages import build_invoice_router
from bot.storefront.routes import add_storefront, demo_mail_server, mount_static
from bot.storefront.try_on_browser import build_browser_router
from bot.storefront.try_on_pages import build_try_on_router

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    ),
}


def create_app() -> ASGIApp:
    """The whole site from the environment's settings; FixConfiguration says which setting is wrong."""
    settings = Settings.from_env(os.environ)
    set_up_logs(settings.log_level)
    leave_no_core()
    site = compose(open_services(settings))
    freeze_what_stays()
    return site


def compose(services: Services) -> ASGIApp:
    """Every router over one set of services. Opens nothing before the server starts."""
    settings = services.settings
    sockets, web_router = build_socket_app(services.store, settings, services.clock)
    app = FastAPI(title="Prévenant", lifespan=_lifespan(services), docs_url=None, redoc_url=None)
    app.add_middleware(_AddHeaders)
    app.add_middleware(AnswerShopPages, origins=settings.shop_origin_list)
    app.include_router(web_router)
    app.include_router(build_widget_router())
    app.include_router(build_unsubscribe_router(services.store, settings, services.clock))
    app.include_router(build_link_router(services.store, settings, services.clock))
    if settings.twilio_account_sid:
        app.include_router(build_sms_router(services.store, settings, services.clock))
    if settings.bounce_secret:
        app.include_router(build_returned_router(services.store, settings, services.clock))
    if settings.whatsapp_phone_number_id:
        app.include_router(build_whatsapp_router(services.store, settings, services.clock))
    if settings.messenger_page_id:
        app.include_router(build_messenger_router(services.store, settings, services.clock))
    app.include_router(build_content_router(services.store))
    app.include_router(build_placement_router(services, in_force=InForce(services).read))
    app.include_router(build_privacy_router(services, in_force=InForce(services).read))
    app.include_router(build_invoice_router(services))
    app.mount(CONSOLE_API, build_console_api(services))
    app.include_router(build_console_router(services))
    if settings.people_url:
        app.include_router(build_people_router(services))
    if desk := open_desk(settings):
        app.include_router(build_desk_router(services.store, desk, services.clock))
    if settings.try_on_url:
        app.include_router(build_try_on_router(services))
        app.include_router(build_browser_router(services))
    if settings.engine_webhook_secret:
        app.include_router(build_shop_router(services.store, services.commerce, services.clock))
    if services.carrier:
        app.include_router(build_carrier_router(services.store, services.carrier, services.clock))
    app.add_api_route("/health", _tell_health, methods=["GET"], include_in_schema=False)
    if settings.is_demo:
        mount_static(app)
        add_storefront(app, services)
    return _believe_proxies(settings, _CollectFirst(build_collector(services), socketio.ASGIApp(sockets, app)))


def _believe_proxies(settings: Settings, site: ASGIApp) -> ASGIApp:
    """The site, to which a request is of the address that a trusted proxy says: limits are kept by address.

    Whoever is not named there is nobody's proxy, whatever they send.
    """
    wrapped: ASGIApp = wrap_asgi_with_proxy_headers(site, list(settings.trusted_proxy_list))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await wrapped(scope, receive, send)  # by itself it is no coroutine function, and taken for an older protocol

    return answer


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        with demo_mail_server(services):
            yield
        services.close()

    return live


class _CollectFirst:
    """Hands the analytics clients' many calls to the collector, past all that only pages need."""

    def __init__(self, collector: ASGIApp, site: ASGIApp) -> None:
        self._collector, self._site = collector, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_call = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._collector if is_call else self._site)(scope, receive, send)


class _AddHeaders:
    """The headers of every answer. Bare ASGI: the usual kind of middleware starts a task for each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


async def _tell_health() -> dict[str, str]:
    return {"status": "ok"}
