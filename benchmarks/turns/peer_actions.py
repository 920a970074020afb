"""The peer's action server: a sentence for whatever action is asked for, at once. `python -m ... PORT`."""

import sys

from aiohttp import web


async def run_action(request: web.Request) -> web.Response:
    """What rasa-sdk would answer for an action with one utterance; nothing is looked up, which favours the peer."""
    asked = await request.json()
    said = f"{asked['next_action']}: here is what you asked for, with a number or two: 4990, 12345."
    return web.json_response({"events": [], "responses": [{"text": said}]})


async def tell_health(_request: web.Request) -> web.Response:
    """As rasa-sdk's."""
    return web.json_response({"status": "ok"})


def main() -> None:
    """Serve until SIGTERM."""
    app = web.Application()
    app.router.add_post("/webhook", run_action)
    app.router.add_get("/health", tell_health)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
