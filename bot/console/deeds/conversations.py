"""The console's deeds: find, read, take over and give back a conversation. For pages and the API alike.

Each look at what was said is kept in the trail before anything is shown, as on customers' pages.
"""

import hashlib
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from bot.bootstrap import Services
from bot.console.conversations import Talk, find_said, read_talk
from bot.console.deeds.customers import SEARCHES, WINDOW_SECONDS, look
from bot.console.deeds.inputs import Asked, Text
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.errors import Conflict, NotFound, RateLimited
from bot.handoff.answering import give_back as give
from bot.handoff.answering import require_handoff, take
from bot.profile.conversations import get_conversation
from bot.profile.handoffs import TAKEN_OVER, add_handoff
from bot.profile.rate_limits import take as take_turn
from bot.service.transcript import Said, read_transcript

LEAST_WORDS, MOST_WORDS, SPOKEN = 3, 80, 100


class WordsSought(Asked):
    """Words that a customer wrote, whatever their case and accents."""

    text: Annotated[Text, Field(min_length=LEAST_WORDS, max_length=MOST_WORDS)]


def search(services: Services, person: Person, asked: WordsSought) -> Sequence[Talk]:
    """In all messages that customers wrote. Kept in the trail without the words. RateLimited after so many. Writes."""
    now, key = services.clock(), f"console:words:{person.name}"
    with services.store.write() as connection:
        if not take_turn(connection, key, limit=SEARCHES, window_seconds=WINDOW_SECONDS, now=now):
            raise RateLimited("asked often enough for now", WINDOW_SECONDS)
        write_trail(connection, person.name, "searched_words", now=now)
    with services.store.read() as connection:
        return find_said(connection, asked.text, now)


def read(services: Services, person: Person, sender_id: str) -> tuple[Talk, str, Sequence[Said]]:
    """A conversation, whose it is and its last words. NotFound for none, RateLimited for too many looks. Writes."""
    with services.store.read() as connection:
        owner = get_conversation(connection, sender_id)
    if owner is None:
        raise NotFound("there is no such conversation")
    root = look(services, person, owner.customer_id, "read")
    with services.store.read() as connection:
        talk = read_talk(connection, sender_id, services.clock())
        if talk is None:
            raise NotFound("nothing was said in this conversation")
        return talk, root, read_transcript(connection, sender_id, limit=SPOKEN)


def take_over(services: Services, person: Person, sender_id: str) -> None:
    """The bot is silent and the person answers from the inbox; the customer is told who it is.

    Conflict when somebody else has the conversation. NotFound for none. Writes.
    """
    now = services.clock()
    with services.store.write() as connection:
        talk, owner = read_talk(connection, sender_id, now), get_conversation(connection, sender_id)
        if talk is None or owner is None:
            raise NotFound("there is no such conversation")
        key = f"console:{sender_id}:{now.timestamp()}"
        handoff_id = talk.handoff_id or add_handoff(
            connection, turn_key=key, reference=f"P-{hashlib.sha256(key.encode()).hexdigest()[:6].upper()}",
            sender_id=sender_id, customer_id=owner.customer_id, channel=talk.channel, language=talk.language or "fr",
            about=TAKEN_OVER, order_number="", email="", summary="", now=now,
        )
        if not handoff_id:
            raise Conflict("somebody was quicker: load the page again")
        take(connection, require_handoff(connection, handoff_id), person.name, now)
        write_trail(connection, person.name, "took", about=f"customer:{owner.customer_id}", now=now)


def give_back(services: Services, person: Person, sender_id: str) -> None:
    """The bot speaks again. NotFound where nobody asked for a person and nobody has it. Writes."""
    now = services.clock()
    with services.store.write() as connection:
        talk, owner = read_talk(connection, sender_id, now), get_conversation(connection, sender_id)
        if talk is None or owner is None or not talk.handoff_id:
            raise NotFound("no person has this conversation")
        give(connection, require_handoff(connection, talk.handoff_id), person.name, now)
        write_trail(connection, person.name, "gave_back", about=f"customer:{owner.customer_id}", now=now)
