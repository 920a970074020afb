"""Which products a list shows: the shop's filters, and a sentence that finds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.bootstrap import Services
from bot.commerce.types import Product
from bot.errors import FixInput

PAGE_SIZE = 24
_MOST_FOUND = 10 * PAGE_SIZE
_CLOSEST = 8
_WHOLE_SHOP = 10_000


@dataclass(frozen=True)
class Listed:
    """One page of products; `fits` False: these are only the closest to what was asked for."""

    products: tuple[Product, ...]
    cursor: str = ""
    fits: bool = True


def list_page(
    services: Services, query: str, filters: Mapping[str, Any], *, cursor: str, language: str, now: datetime
) -> Listed:
    """A page of what fits a sentence and the filters, of the closest where nothing does. FixInput: a false cursor."""
    commerce = services.commerce
    if not query:
        page = commerce.search_products("", filters=filters, limit=PAGE_SIZE, cursor=cursor, language=language)
        return Listed(services.recommender.catalogue(now).presented(page.items), page.cursor)
    if cursor and not cursor.isdecimal():
        raise FixInput("cursor", "this is no place in a list")
    found = services.finder.find(query, language=language, limit=_MOST_FOUND, now=now)
    products = found.fitting if found.fits else found.products[:_CLOSEST] if found.has_closest else ()
    if filters:
        allowed = {each.ref for each in commerce.search_products("", filters=filters, limit=_WHOLE_SHOP).items}
        products = tuple(each for each in products if each.ref in allowed)
    start = int(cursor or 0)
    end = start + PAGE_SIZE
    return Listed(products[start:end], str(end) if len(products) > end else "", fits=found.fits > 0)
