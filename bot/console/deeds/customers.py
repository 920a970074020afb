"""The console's deeds: find a customer, look at one, part two who were merged. For pages and the API alike.

Each search and each look is kept in the trail before anything is shown: who looked at whom.
"""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from bot.bootstrap import InForce, Services
from bot.console.customer import Merged, find_root, read_merge
from bot.console.customer_search import MOST_AFTER, MOST_TYPED, Found, find_by_order, find_people, tidy_search
from bot.console.deeds.inputs import Asked, Text, Why
from bot.console.masking import sees_whole
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.errors import FixInput, NotFound, RateLimited
from bot.nudges.now import WouldSay, consider_now
from bot.profile.audit import write_audit
from bot.profile.customers import CustomerId, unmerge
from bot.profile.rate_limits import take

SEARCHES, LOOKS, WINDOW_SECONDS = 30, 200, 300  # of one person of the shop's
_SEED = 1  # the same moment gives the same answer


class Searched(Asked):
    """An address, a phone number, an account, a card, our own number, or the shop's reference of an order."""

    text: Annotated[str, Field(max_length=MOST_TYPED)]
    after: Annotated[
        Text, Field(max_length=MOST_AFTER, description="As the last page told it; it counts as another search.")] = ""


def search(services: Services, person: Person, asked: Searched) -> tuple[Sequence[Found], str]:
    """Who it may be, and where the next page goes on.

    That somebody searched is kept, and whom they were shown; never what was typed.
    FixInput for what is too short, RateLimited after so many. Writes.
    """
    text, now = tidy_search(asked.text), services.clock()
    if not text:
        raise FixInput("text", "must have at least three characters")
    _take(services, person, "search", SEARCHES)
    with services.store.read() as connection:
        found, end = find_people(connection, text, by_beginning=sees_whole(person.role), after=asked.after)
        if not found and not asked.after:
            found = find_by_order(connection, services.commerce, text)
    with services.store.write() as connection:
        if not found:
            write_trail(connection, person.name, "searched", about="nobody", now=now)
        for each in found:
            about = f"customer:{each.customer_id}"
            write_trail(connection, person.name, "found", about=about, note=each.kind, now=now)
    return found, end


def look(services: Services, person: Person, customer: str, deed: str) -> CustomerId:
    """The person that somebody is about to look at. NotFound for nobody, RateLimited for too many. Writes."""
    _take(services, person, "look", LOOKS)
    root = _find(services, customer)
    with services.store.write() as connection:
        write_trail(connection, person.name, deed, about=f"customer:{root}", now=services.clock())
    return root


def consider(services: Services, root: CustomerId) -> list[WouldSay]:
    """What each journey would say to them at this moment. Nothing is kept, nothing is sent."""
    return consider_now(InForce(services).read(), root, np.random.default_rng(_SEED))


def find_merge(services: Services, root: CustomerId, merge_id: int) -> Merged:
    """A merge of this person that holds; NotFound for any other."""
    with services.store.read() as connection:
        merge = read_merge(connection, root, merge_id)
    if merge is None:
        raise NotFound("no such merge holds")
    return merge


def part(services: Services, person: Person, customer: str, merge_id: int, asked: Why) -> Merged:
    """Undo a merge, in one transaction with the trail and the customer's own audit. NotFound as above. Writes."""
    root, now = _find(services, customer), services.clock()
    with services.store.write() as connection:
        merge = read_merge(connection, root, merge_id)
        if merge is None:
            raise NotFound("no such merge holds")
        unmerge(connection, merge_id, now=now)
        write_audit(connection, customer_id=merge.left_id, action="unmerged", now=now,
                    object_ref=f"customer:{merge.right_id}", idempotency_key=f"unmerge:{merge_id}")
        for each in (merge.left_id, merge.right_id):
            write_trail(connection, person.name, "parted", about=f"customer:{each}", note=asked.reason, now=now)
    return merge


def find(services: Services, customer: str, merge_id: int) -> tuple[CustomerId, Merged]:
    """A person and a merge of theirs that holds; nobody has looked at them by this alone."""
    root = _find(services, customer)
    return root, find_merge(services, root, merge_id)


def _find(services: Services, customer: str) -> CustomerId:
    with services.store.read() as connection:
        root = find_root(connection, customer)
    if root is None:
        raise NotFound("there is no such customer")
    return root


def _take(services: Services, person: Person, what: str, limit: int) -> None:
    now, key = services.clock(), f"console:{what}:{person.name}"
    with services.store.write() as connection:
        if not take(connection, key, limit=limit, window_seconds=WINDOW_SECONDS, now=now):
            raise RateLimited("asked often enough for now", WINDOW_SECONDS)
