"""Serves the drawn product pictures, each drawn once and kept by browsers for good."""

from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import Response

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import ProductRef
from bot.errors import NotFound
from bot.storefront.art.draw import draw

_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def build_art(commerce: CommerceEngine) -> APIRouter:
    """`/art/<slug>/<colour>.svg`; 404 for a product that is not sold."""
    router = APIRouter()

    @lru_cache(maxsize=1_500)
    def picture(slug: str, colour: str) -> str:
        return draw(commerce.get_product(ProductRef(slug)), colour)

    @router.get("/art/{slug}/{colour}.svg")
    def show(slug: str, colour: str) -> Response:
        try:
            return Response(picture(slug, colour), media_type="image/svg+xml", headers=_HEADERS)
        except NotFound:
            return Response(status_code=404)

    return router
