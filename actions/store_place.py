"""Where something is to be in stock: the stores that a message names, else those of the search that it goes on with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from actions.base import Turn
from actions.following import LIFETIME
from actions.found_cards import count_in
from actions.shelf import catalogue_of
from bot.commerce.folding import fold
from bot.commerce.types import Availability, Location
from bot.service.basket import buyable_refs
from bot.service.store_asked import StoreAsked, read_store, says_anywhere, speaks_of_store


def store_asked(turn: Turn) -> StoreAsked:
    """The stores that a message wants something in, and its other words. Reads them only where it speaks of one."""
    text = _sentence(turn)
    if not speaks_of_store(text):
        return StoreAsked(text)
    names = catalogue_of(turn).words.get("colour", {}).values()
    colours = frozenset(fold(name) for each in names for name in each)
    stores = turn.services.commerce.list_pickup_locations()
    return read_store(text, stores, city=turn.entity("city"), colours=colours)


def or_before(turn: Turn, place: StoreAsked) -> StoreAsked:
    """With the stores of the search before, where a message names none itself and does not want it from anywhere."""
    search = turn.state.search
    refs = frozenset(search.get("stores", ()))
    if place.stores or place.unknown or not refs or says_anywhere(place.rest):
        return place
    if turn.now - datetime.fromisoformat(search["at"]) > LIFETIME:
        return place
    stores = turn.services.commerce.list_pickup_locations()
    return replace(place, stores=tuple(each for each in stores if each.ref in refs))


def with_stores(search: Mapping[str, Any], place: StoreAsked, now: datetime) -> dict[str, Any]:
    """What is remembered of a search, with the stores it was for."""
    if not place.stores:
        return dict(search)
    return {"said": [], **search, "at": now.isoformat(), "stores": [each.ref for each in place.stores]}


def pick_buyable(stock: Sequence[Availability], stores: Sequence[Location]) -> frozenset[str]:
    """The variants that can be bought online; with stores those that lie in one now: told no number, none does."""
    if not stores:
        return buyable_refs(stock)
    return frozenset(each.variant_ref for each in stock if any(count_in(each, store) for store in stores))


def tells_stores(turn: Turn) -> bool:
    """Whether this shop says how much of a thing each store has: without, nothing can be promised of one."""
    return "per_location_stock" in turn.services.commerce.capabilities()


def say_where(turn: Turn, stores: Sequence[Location]) -> str:
    """In which stores it lies."""
    if len({each.address.city for each in stores}) > 1:
        return turn.say("In stock in a store right now:")
    return turn.say("In stock right now in {store}:", store=", ".join(each.name for each in stores))


def say_missing_store(turn: Turn, place: StoreAsked, *, is_more: bool = False, first: int = 0) -> str:
    """That the stores asked for have none of it, or that there is no such store; "" where none was asked for.

    `is_more`: none beside what was shown before. `first`: how many of what fits were looked at, where more do.
    """
    if place.unknown:
        stores = ", ".join(each.name for each in turn.services.commerce.list_pickup_locations())
        none = turn.say("We have no store in {city}.", city=place.unknown)
        return f"{none} {turn.say('Our stores: {stores}.', stores=stores)}" if stores else none
    if not place.stores:
        return ""
    if not tells_stores(turn):
        return turn.say("I cannot see from here what each store has.")
    names = ", ".join(each.name for each in place.stores)
    if first:
        return turn.say("Of the first {count} that fit, none is there right now: {store}.", count=first, store=names)
    if is_more:
        return turn.say("No more of it is there right now: {store}.", store=names)
    if len({each.address.city for each in place.stores}) > 1:
        return turn.say("None of our stores has it right now.")
    return turn.say("None of it is in {store} right now.", store=names)


def _sentence(turn: Turn) -> str:
    """What was typed; what a button stands for otherwise."""
    if not turn.text.startswith("/"):
        return turn.text
    return " ".join(value.replace("_", " ") for values in turn.entities.values() for value in values)
