"""What somebody said no to is suggested again once they want it: by the same word as nudges go by."""

from datetime import datetime, timedelta

import pytest

from bot.intake.names import BACK_IN_STOCK_REQUESTED, PRODUCT_ADDED, PRODUCT_DISLIKED, PRODUCT_VIEWED, PRODUCT_WISHED
from bot.profile.events import Event, append_events
from bot.profile.store.engine import Store
from bot.recommend.dislikes import disliked_by


def say(store: Store, customer_id: str, now: datetime, *names: str) -> tuple[str, ...]:
    """What is disliked after these events about a coat, one a minute."""
    with store.write() as connection:
        for at, name in enumerate(names):
            when = now - timedelta(minutes=len(names) - at)
            append_events(connection, [
                Event(f"m{at}", customer_id, "web", "track", name, {"product_id": "a-coat"}, when, when)  # type: ignore[arg-type]  # a root
            ])
        return disliked_by(connection, customer_id)


@pytest.mark.parametrize("wanted", [PRODUCT_WISHED, BACK_IN_STOCK_REQUESTED, PRODUCT_ADDED])
def test_who_wants_it_again_dislikes_it_no_more(store, stranger, now, wanted):
    assert say(store, stranger, now, PRODUCT_DISLIKED, wanted) == ()


@pytest.mark.parametrize("said", [(PRODUCT_ADDED, PRODUCT_DISLIKED), (PRODUCT_DISLIKED, PRODUCT_VIEWED)])
def test_a_no_stands_that_came_later_and_one_that_was_only_looked_at_since(store, stranger, now, said):
    assert say(store, stranger, now, *said) == ("a-coat",)
