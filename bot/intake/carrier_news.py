"""Stage B1: a carrier said something -> an event of silo "shop", as if the shop had said it."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from bot.carriers.parcels import News, mark_told, untold_news
from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import ShopEvent
from bot.intake.shop_changes import read_subjects, store_changes
from bot.profile.store.engine import Store

PAGE = 100


def tell_news(store: Store, commerce: CommerceEngine, clock: Callable[[], datetime], *, salt: str) -> int:
    """Tell the profile what carriers said since the last call; how many parcels' news there were.

    RetryLater when the shop does not answer: nothing is lost, the same news come up again. Writes.
    """
    with store.read() as connection:
        news = untold_news(connection, PAGE)
    if not news:
        return 0
    changes = [
        ShopEvent(
            id=_id_of(each),
            type="shipment.tracking_changed",
            at=each.updated_at,
            order_ref=each.order_ref,
        )
        for each in news
    ]
    read = read_subjects(commerce, changes)
    with store.write() as connection:
        store_changes(connection, changes, read, now=clock(), salt=salt)
        mark_told(connection, news)
    return len(news)


def _id_of(news: News) -> str:
    """The same news has the same one, however long the shop's own references are."""
    text = f"{news.tracking_number}\n{news.order_ref}\n{news.updated_at.isoformat()}"
    return f"carrier:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
