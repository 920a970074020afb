"""A shop's own page on another origin, with the widget on it and a policy that lets nothing in but the widget."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

from tests.servers.asgi import serving

TOKEN_PATH = "/account/widget-token"


@contextmanager
def serve_shop_page(port: int, bot_url: str, sign_in: Callable[[], str] | None = None) -> Iterator[str]:
    """Its address on 127.0.0.1, another site than localhost; `sign_in` gives the shop's word on who is there."""
    app = FastAPI()
    socket = bot_url.replace("http", "ws", 1)
    policy = (  # as docs/running.md has it
        f"default-src 'none'; script-src {bot_url}; connect-src 'self' {bot_url} {socket}; "
        f"img-src blob: data: {bot_url}; frame-src {bot_url}"
    )

    @app.get("/{language}")
    def give_page(language: str) -> HTMLResponse:
        page = (
            f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Shop</title></head><body>'
            f'<main><h1>Shop</h1></main><script src="{bot_url}/widget.js" data-token-url="{TOKEN_PATH}" '
            f'data-language="{language}" defer></script></body></html>'
        )
        return HTMLResponse(page, headers={"Content-Security-Policy": policy})

    @app.get(TOKEN_PATH)
    def give_token() -> Response:
        return JSONResponse({"token": sign_in()}) if sign_in else Response(status_code=204)

    with serving(app, port):
        yield f"http://127.0.0.1:{port}"
