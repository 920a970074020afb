"""Looking for something: the shop's own words out of a sentence, and an honest word when nothing fits."""

from collections.abc import Sequence
from typing import ClassVar

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.shelf import (
    product_card,
    remember,
    shop_ref,
    shown_of,
    style_of,
    wish_of,
)
from bot.commerce.types import Product, Variant
from bot.contracts.messages import OutboundMessage
from bot.recommend.traits import size_of, sizes_of, variant_colour
from bot.service.basket import buyable_refs
from bot.service.wishes import Wish

_SHOWN = 6
_GIVEN_UP = {
    "text": "Nothing fits every word. The closest:",
    "brands": "Nothing of that brand fits. The closest:",
    "occasions": "Nothing is made for just that occasion. The closest:",
    "price_max_minor": "Nothing fits at that price. The closest:",
    "colours": "Nothing fits in that colour. The closest:",
    "sizes": "Nothing is left in that size. The closest:",
    "several": "Nothing fits all of it. The closest:",
}


class ActionSearchProducts(ShopAction):
    """I am looking for a navy coat under 200 euros."""

    intent: ClassVar[str] = "search_products"

    def reply(self, turn: Turn) -> Reply:
        """What fits; else the closest, saying what was given up; else that there is nothing."""
        wish = wish_of(turn)
        if wish.is_empty:
            text = turn.say("What are you looking for? A type, a colour, a size, a price: whatever you know.")
            return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))
        if found := find_products(turn, wish):
            return show_found(turn, turn.say("Here is what I found:"), wish, found)
        for given_up, weaker in wish.relaxed():
            if found := find_products(turn, weaker):
                return show_found(turn, turn.say(_GIVEN_UP[given_up]), wish, found)
        text = turn.say("We have nothing like that, I am afraid.")
        return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))


def find_products(turn: Turn, wish: Wish) -> list[Product]:
    """What the shop finds for a wish, in stock as of its last count."""
    page = turn.services.commerce.search_products(
        wish.text, filters=wish.filters(), limit=_SHOWN, language=turn.language
    )
    return list(page.items)


def show_found(turn: Turn, lead: str, wish: Wish, found: Sequence[Product]) -> Reply:
    """Products as cards, each in the colour and size that was asked for, with live stock."""
    refs = [variant.ref for product in found for variant in product.variants]
    buyable = buyable_refs(turn.services.commerce.get_availability(refs))
    picked = [(p, _pick(turn, p, wish, buyable)) for p in found]
    ready = [(product, *variant) for product, variant in picked if variant is not None]
    if not ready:
        return tell(turn, turn.say("What I found has just sold out."))
    cards = tuple(product_card(turn, p, v, is_size_known=known) for p, v, known in ready)
    shown = [shown_of(turn, p, v, is_size_known=known) for p, v, known in ready]
    return Reply((OutboundMessage(lead, language=turn.language, cards=cards),), remember(turn.state, shown))


def _pick(turn: Turn, product: Product, wish: Wish, buyable: frozenset[str]) -> tuple[Variant, bool] | None:
    """The variant to show, and whether its size is the customer's."""
    size = next((own for own in sizes_of(product) if own in wish.sizes), "") or turn.services.recommender.size_for(
        product, shop_ref(turn), stated=style_of(turn).sizes, now=turn.now)
    left = [v for v in product.variants if v.ref in buyable]
    if wish.price_max_minor:
        left = [v for v in left if v.price_minor <= wish.price_max_minor] or left
    colours = wish.colours
    left.sort(key=lambda v: (bool(colours) and variant_colour(product, v) not in colours, size_of(v.options) != size))
    if not left:
        return None
    return left[0], not sizes_of(product) or (bool(size) and size_of(left[0].options) == size)

