"""Stage A0: which pages of other origins hear what the widget asks. The shop's own alone.

No cookie crosses: browsers refuse those of third parties. The session lies with the shop's page, and each call says it.
"""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/widget/"
_HEADERS = ("Authorization", "Content-Type", "X-Message-Id")  # which a page must ask leave for
_SECONDS = 86_400  # that a browser remembers the leave


class AnswerShopPages:
    """Middleware: the calls under PREFIX and the widget's parts are heard by pages of these origins, too."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._widget = CORSMiddleware(
            app, allow_origins=origins, allow_methods=("GET", "POST"), allow_headers=_HEADERS, max_age=_SECONDS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on."""
        is_widgets = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._widget if is_widgets else self._app)(scope, receive, send)
