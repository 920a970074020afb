"""Products that were found as cards: what each states of what was asked, and where it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.base import Reply, Turn
from actions.shelf import catalogue_of, product_card, remember, shown_of
from bot.commerce.types import Availability, Location, Product, Variant
from bot.contracts.messages import Card, OutboundMessage
from bot.finding.asked import Asked
from bot.recommend.traits import size_of, variant_colour
from bot.service.basket import buyable_refs
from bot.service.stated import tell_known

Ready = tuple[Product, Variant, bool]  # with the variant to show, and whether its size is the customer's


def show_found(
    turn: Turn, lead: str, ready: Sequence[Ready], asked: Asked, stores: Sequence[Location] = (),
    search: Mapping[str, Any] | None = None,
) -> Reply:
    """Products as cards, each with what it states of what was asked and where it lies; what "the second one" means."""
    stock = _stock_of(turn, ready) if stores else {}
    cards = tuple(_card(turn, each, asked, stock, stores) for each in ready)
    shown = [shown_of(turn, p, v, is_size_known=known) for p, v, known in ready]
    return Reply((OutboundMessage(lead, language=turn.language, cards=cards),), remember(turn.state, shown, search))


def _card(
    turn: Turn, ready: Ready, asked: Asked, stock: Mapping[str, Availability], stores: Sequence[Location]
) -> Card:
    """A card; what lies in a store alone cannot be added to a basket that is sent home."""
    product, variant, is_size_known = ready
    lies = [line for store in stores if (line := _say_stock(turn, ready, store, stock))]
    note = " · ".join(part for part in (*lies, _stated(turn, product, asked.stands_for)) if part)
    card = product_card(turn, product, variant, note=note, is_size_known=is_size_known)
    is_online = not stores or variant.ref in buyable_refs([stock[variant.ref]])
    return card if is_online else replace(card, buttons=card.buttons[1:])


def _stock_of(turn: Turn, ready: Sequence[Ready]) -> dict[str, Availability]:
    refs = [each.ref for product, variant, _ in ready for each in _in_that_colour(product, variant)]
    return {each.variant_ref: each for each in turn.services.commerce.get_availability(refs)}


def _in_that_colour(product: Product, variant: Variant) -> list[Variant]:
    return [each for each in product.variants if variant_colour(product, each) == variant_colour(product, variant)]


def _say_stock(turn: Turn, ready: Ready, store: Location, stock: Mapping[str, Availability]) -> str:
    """How many lie in a store; in which sizes, where no size is meant yet; "" for none."""
    product, variant, is_size_known = ready
    if is_size_known:
        count = count_in(stock[variant.ref], store)
        return turn.say("{store}: {count} in store", store=store.name, count=count) if count else ""
    left = [size_of(each.options) for each in _in_that_colour(product, variant) if count_in(stock[each.ref], store)]
    return turn.say("{store}: {sizes}", store=store.name, sizes=", ".join(left)) if left else ""


def count_in(stock: Availability, store: Location) -> int:
    """How many of a variant lie in a store; 0 where that is not told."""
    return sum(place.quantity or 0 for place in stock.locations if place.location_ref == store.ref)


def _stated(turn: Turn, product: Product, topics: Sequence[str]) -> str:
    """What a product states of the topics, in the shop's words; "" for nothing."""
    return " ".join(tell_known(product, topics, catalogue_of(turn).words, turn.language))
