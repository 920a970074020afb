"""What somebody does not want to be shown again, kept as events of theirs: exported and erased with them."""

from datetime import datetime

import sqlalchemy as sa

from bot.commerce.types import ProductRef
from bot.intake.dislikes import WANTED_AGAIN
from bot.intake.names import PRODUCT_DISLIKE_TAKEN_BACK, PRODUCT_DISLIKED
from bot.profile.events import Event, append_events, events_of
from bot.profile.identities import CustomerId
from bot.profile.store.engine import Store
from bot.recommend.interactions import product_refs

_MOST = 2_000  # of their words, the newest


def disliked_by(connection: sa.Connection, customer_id: str) -> tuple[ProductRef, ...]:
    """The products that the person does not want to see, the last said first.

    What they took back is not among them, nor what they wished, asked or put into the basket since: as nudges heed it.
    """
    if not customer_id:
        return ()
    last: dict[str, bool] = {}
    for event in events_of(connection, customer_id, names=(PRODUCT_DISLIKED, *WANTED_AGAIN), limit=_MOST):
        for ref in product_refs(event.properties):
            last.setdefault(ref, event.name == PRODUCT_DISLIKED)
    return tuple(ProductRef(ref) for ref, is_disliked in last.items() if is_disliked)


def note_dislike(
    store: Store, customer_id: str, product_ref: ProductRef, *, key: str, now: datetime, is_taken_back: bool = False
) -> None:
    """Keep that the customer does not want to see a product, or does again. Writes, once for each `key`."""
    said = Event(
        message_id=f"chat:{key}:disliked", customer_id=CustomerId(customer_id), silo="chat", type="track",
        name=PRODUCT_DISLIKE_TAKEN_BACK if is_taken_back else PRODUCT_DISLIKED, properties={"product_id": product_ref},
        occurred_at=now, received_at=now,
    )
    with store.write() as connection:
        append_events(connection, [said])
