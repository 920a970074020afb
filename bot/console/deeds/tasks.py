"""The console's deeds: what a list asks for: say who is one person, send again. For pages and the API alike."""

from typing import Literal

from bot.bootstrap import Services
from bot.channels.outbox import replay
from bot.console.deeds.inputs import Asked
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.errors import Conflict
from bot.profile.link_reviews import accept_review, refuse_review


class ReviewDecided(Asked):
    """Whether two profiles are one person; no: nothing proposes or merges them again."""

    answer: Literal["accept", "refuse"]


def decide_review(services: Services, person: Person, review: int, asked: ReviewDecided) -> int | None:
    """Merge the two, or keep them apart; the merge, None where there is none. It may be undone on the customer's page.

    NotFound; Conflict when it is decided already; NotAllowed for two accounts of one shop. Writes.
    """
    now, about = services.clock(), f"review:{review}"
    with services.store.write() as connection:
        if asked.answer == "accept":
            merge = accept_review(connection, review, by=person.name, now=now)
            write_trail(connection, person.name, "joined", about=about, now=now)
            return merge
        refuse_review(connection, review, by=person.name, now=now)
        write_trail(connection, person.name, "kept_apart", about=about, now=now)
    return None


def send_again(services: Services, person: Person, letter: int) -> None:
    """Let a message that was given up leave again; a nudge passes every guardrail anew.

    Conflict for one that may have left, or is a code: it was forgotten; and for one that there is not. Writes.
    """
    now = services.clock()
    with services.store.write() as connection:
        if not replay(connection, outbox_ids=[letter], now=now):
            raise Conflict("it is not sent again: it waits already, may have left, or held a code that was forgotten")
        write_trail(connection, person.name, "sent_again", about=f"letter:{letter}", now=now)
