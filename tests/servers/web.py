"""The web channel alone, served as in production by granian, in a thread: sockets, routes, the widget, one page."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from json import dumps

import requests
import socketio
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from granian.constants import Interfaces
from granian.server.embed import Server

from bot.channels.web.assets import build_widget_router
from bot.channels.web.origins import AnswerShopPages
from bot.channels.web.pictures import build_picture_routes
from bot.channels.web.receive import WebChannel
from bot.channels.web.routes import build_routes
from bot.contracts.messages import OutboundMessage
from bot.profile.store.engine import Store
from bot.settings import Settings
from tests.servers.asgi import serve
from tests.servers.ports import find_free_port

_CSP = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws:"


@dataclass
class WebSite:
    """A running web channel. `customer_token` is what the page's token address answers; None for a guest."""

    url: str
    settings: Settings
    store: Store
    customer_token: Callable[[], str] | None = None
    policy: str = _CSP
    style: str = ""  # of the page, in its head

    @property
    def internal(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.settings.internal_secret}"}

    def show(self, sender_id: str, outbox_id: int, message: OutboundMessage, kind: str = "reply") -> str:
        """Show a message through the worker's door; the id under which it is kept."""
        body = {"sender_id": sender_id, "outbox_id": outbox_id, "kind": kind, "message": message.to_json()}
        answer = requests.post(
            f"{self.url}/internal/web/messages", json={"messages": [body]}, headers=self.internal, timeout=5
        )
        answer.raise_for_status()
        (shown,) = answer.json()["shown"]
        return str(shown)

    def open_session(self) -> str:
        return str(requests.post(f"{self.url}/widget/session", timeout=5).json()["session"])


@contextmanager
def run_web_site(
    store: Store, settings: Settings, clock: Callable[[], datetime], port: int = 0
) -> Iterator[WebSite]:
    """Serve the web channel until the block ends."""
    port = port or find_free_port()
    url = f"http://127.0.0.1:{port}"
    site = WebSite(url, replace(settings, public_url=url, site_internal_url=url), store)
    channel = WebChannel(store, site.settings, clock)
    app = FastAPI()
    app.add_middleware(AnswerShopPages, origins=site.settings.shop_origin_list)
    app.include_router(build_routes(channel))
    app.include_router(build_picture_routes(channel))
    app.include_router(build_widget_router())
    _add_page(app, site)
    server = Server(
        socketio.ASGIApp(channel.sio, app), address="127.0.0.1", port=port, interface=Interfaces.ASGINL,
        log_enabled=False,
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=serve, args=(loop, server), daemon=True)
    thread.start()
    _wait_until_up(url)
    try:
        yield site
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server, channel), loop)
        thread.join(timeout=10)


async def _stop(server: Server, channel: WebChannel) -> None:
    """Takes no new connection, then closes those there are: granian waits for them."""
    server.stop()
    try:
        for _ in range(100):
            for socket in list(channel.sio.eio.sockets.values()):
                await socket.close(wait=False)
            await asyncio.sleep(0.05)
    finally:  # cancelled once the server has stopped
        await _leave_redis(channel)


async def _leave_redis(channel: WebChannel) -> None:
    if isinstance(shared := channel.sio.manager, socketio.AsyncRedisManager) and shared.connected:
        shared.thread.cancel()
        await shared.pubsub.aclose()
        await shared.redis.aclose()


def _add_page(app: FastAPI, site: WebSite) -> None:
    @app.get("/page")
    def give_page(request: Request, language: str = "en") -> HTMLResponse:
        page = escape(dumps({"url": "/page", "product_id": "P1", "cart_token": "from-the-page"}))
        html = (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>A page</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
            f'<body><main><h1>A page</h1><p>Some text, and <button type="button">a button</button>.</p></main>'
            f'<script src="/widget.js" data-token-url="/token" data-language="{language}" data-page="{page}" defer>'
            "</script></body></html>"
        )
        html = html.replace("</head>", f"{site.style and f'<style>{site.style}</style>'}</head>")
        return HTMLResponse(html, headers={"Content-Security-Policy": site.policy})

    @app.get("/token")
    def give_token() -> Response:
        if site.customer_token is None:
            return Response(status_code=204)
        return JSONResponse({"token": site.customer_token()})


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/page", timeout=1)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the web channel did not come up")
