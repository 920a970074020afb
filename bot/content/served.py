"""The shop's pictures, for whoever a message of ours shows them to: mail programs, chat apps, the widget."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from bot.content.pictures import PREFIX, read_bytes
from bot.profile.store.engine import Store

_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",  # the address is made of the bytes
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def build_content_router(store: Store) -> APIRouter:
    """`/content/pictures/<address>`: a picture, or 404."""
    router = APIRouter(include_in_schema=False)

    @router.api_route(f"{PREFIX}/{{address}}", methods=["GET", "HEAD"])
    def give_picture(address: str) -> Response:
        with store.read() as connection:
            found = read_bytes(connection, address)
        if found is None:
            raise HTTPException(404)
        kind, content = found
        return Response(content, media_type=kind, headers=_HEADERS)

    return router
