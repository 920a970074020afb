"""A draft of a journey, for tests that look at it."""

from bot.bootstrap import Services
from bot.charter.drafts import DraftId, make_draft
from bot.decision.tables import write_table


def table_of(services: Services, name: str = "cart_left") -> dict:
    """A journey's table, with a longer wait than it has."""
    return {**write_table(next(each for each in services.triggers if each.name == name)), "wait_seconds": 3_600}


def add_draft(services: Services) -> DraftId:
    """Somebody wants baskets left behind to wait longer."""
    with services.store.write() as connection:
        return make_draft(
            connection, "journey", "cart_left", table_of(services), base="", why="Later is better.", by="Léa",
            now=services.clock(),
        ).id
