"""Looking for something: a sentence as it was said, and an honest word when nothing fits."""

from collections.abc import Callable, Sequence
from itertools import batched
from typing import ClassVar

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.shelf import (
    catalogue_of,
    find_meant,
    past_ref,
    product_card,
    remember,
    shown_of,
    style_of,
)
from actions.sizing import say_conversions
from bot.commerce.types import Product, Variant
from bot.contracts.messages import OutboundMessage
from bot.finding.asked import Asked
from bot.finding.finder import Found
from bot.finding.reading import says_like
from bot.recommend.size_tables import is_foreign, own_sizes
from bot.recommend.traits import size_of, sizes_of, variant_colour, words_of
from bot.service.basket import buyable_refs
from bot.service.stated import tell_known

_SHOWN = 6
_AT_ONCE = 12  # products whose stock is asked for in one call
_CLOSEST = 3  # of what does not fit; more would be a list of what nobody asked for
_GIVEN_UP = {
    "product_type": "We do not sell that. What comes closest:",
    "text": "Nothing fits every word. The closest:",
    "brand": "Nothing of that brand fits. The closest:",
    "occasion": "Nothing is made for just that occasion. The closest:",
    "price": "Nothing fits at that price. The closest:",
    "colour": "Nothing fits in that colour. The closest:",
    "size": "Nothing is left in that size. The closest:",
    "material": "Nothing fits in that material. The closest:",
    "gender": "Nothing is cut for them. The closest:",
    "origin": "Nothing that fits is made there. The closest:",
    "repair": "The shop states of nothing that fits that it can be repaired. The closest:",
    "recycling": "The shop states of nothing that fits how it is recycled. The closest:",
    "impact": "The shop states of nothing that fits what its impact is. The closest:",
    "care": "Nothing that fits is cared for that way. The closest:",
    "warmth": "Nothing warmer fits. The closest:",
    "sale": "Nothing of it is reduced. The closest:",
}
_SEVERAL = "Nothing fits all of it. The closest:"


class ActionSearchProducts(ShopAction):
    """I am looking for a navy coat under 200 euros."""

    intent: ClassVar[str] = "search_products"

    def reply(self, turn: Turn) -> Reply:
        """What fits; else the closest, saying what was given up; else that there is nothing."""
        return search(turn)


def search(turn: Turn) -> Reply:
    """What fits a message; else the closest, saying what was given up; else that there is nothing."""
    found = find_products(turn)
    if not found.asked.says_anything:
        text = turn.say("What are you looking for? A type, a colour, a size, a price: whatever you know.")
        return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))
    if ready := _in_stock(turn, found.fitting, found.asked, _SHOWN):
        products = [product for product, _, _ in ready]
        lead = (*say_conversions(turn, found.asked.of("size"), products), turn.say("Here is what I found:"))
        return show_found(turn, " ".join((*_say_claims(turn, found.asked), *lead)), ready, found.asked.stands_for)
    if found.has_closest and (ready := _closest(turn, found)):
        return show_found(turn, turn.say(_honest_word(found)), ready, found.asked.stands_for)
    text = turn.say("We have nothing like that, I am afraid.")
    return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))


Ready = tuple[Product, Variant, bool]


def find_products(turn: Turn) -> Found:
    """What the shop has for this message, whatever its stock; "like this" means what the conversation is about."""
    return turn.services.finder.find(
        _sentence(turn), language=turn.language, shown=_on_screen(turn), limit=4 * _AT_ONCE, now=turn.now
    )


def show_fitting(turn: Turn, lead: str) -> Reply | None:
    """What fits this message, with live stock; None when nothing does."""
    found = find_products(turn)
    ready = _in_stock(turn, found.fitting, found.asked, _SHOWN) if found.asked.demands else []
    return show_found(turn, lead, ready, found.asked.stands_for) if ready else None


def show_found(turn: Turn, lead: str, ready: Sequence[Ready], topics: Sequence[str] = ()) -> Reply:
    """Products as cards, each with what it states of `topics`; and what "the second one" means from here on."""
    cards = tuple(
        product_card(turn, p, v, note=_stated(turn, p, topics), is_size_known=known) for p, v, known in ready
    )
    shown = [shown_of(turn, p, v, is_size_known=known) for p, v, known in ready]
    return Reply((OutboundMessage(lead, language=turn.language, cards=cards),), remember(turn.state, shown))


def _stated(turn: Turn, product: Product, topics: Sequence[str]) -> str:
    """What a product states of the topics, in the shop's words; "" for nothing."""
    return " ".join(tell_known(product, topics, catalogue_of(turn).words, turn.language))


def _say_claims(turn: Turn, asked: Asked) -> list[str]:
    """How far a claim can be judged that no attribute states as such."""
    is_vegan = any(each.claim == "vegan" for each in asked.demands)
    sentence = "By the material that the shop states; of trims and glues it says nothing."
    return [turn.say(sentence)] if is_vegan else []


def _sentence(turn: Turn) -> str:
    """What was typed; what a button stands for otherwise."""
    if not turn.text.startswith("/"):
        return turn.text
    return " ".join(value.replace("_", " ") for values in turn.entities.values() for value in values)


def _on_screen(turn: Turn) -> str:
    """The product that "something like this" is about; looked for only where something is said to be like another."""
    if not says_like(turn.text):
        return ""
    if (meant := find_meant(turn)).product is not None:
        return meant.product.ref
    return turn.state.last_shown[0].product_ref if turn.state.last_shown else ""


def _honest_word(found: Found) -> str:
    """What was given up; stock alone, where all else fits."""
    if found.given_up == ("size",) and any(map(is_foreign, found.asked.of("size"))):
        return "Nothing that fits comes in that size, as far as the usual tables tell it. The closest:"
    if found.fits:
        return _say_sold_out(found.asked)
    return _GIVEN_UP.get(found.given_up[0], _SEVERAL) if len(found.given_up) == 1 else _SEVERAL


def _say_sold_out(asked: Asked) -> str:
    """What is left of things that the shop has: nothing in the size; nothing of all that was asked for of a variant."""
    if not asked.of("size"):
        return "What fits has just sold out. The closest:"
    return _SEVERAL if asked.of("colour") or asked.has_price else _GIVEN_UP["size"]


def _closest(turn: Turn, found: Found) -> list[Ready]:
    """What comes near and can be bought: whatever was asked for may be missing, what was said no to never comes."""
    allowed = [product for product in found.products if not _is_refused(product, found.asked)]
    return _in_stock(turn, allowed, found.asked.without("size"), _CLOSEST, is_strict=False)


def _is_refused(product: Product, asked: Asked) -> bool:
    """Whether the whole product is what was said no to; of colours each variant has its own."""
    refused = (each for each in asked.demands if each.is_avoided and each.kind != "colour")
    return any(
        {product.product_type} & {*each.values} if each.kind == "product_type"
        else {product.brand} & {*each.values} if each.kind == "brand"
        else words_of(product, each.kind) & {*each.values, *each.near} for each in refused
    )


def _in_stock(
    turn: Turn, products: Sequence[Product], asked: Asked, limit: int, *, is_strict: bool = True
) -> list[Ready]:
    """The first products that can be bought now in what was asked for, each with the variant to show."""
    ready: list[Ready] = []
    own_size = turn.services.recommender.size_reader(past_ref(turn), stated=style_of(turn).sizes, now=turn.now)
    for chunk in batched(products, _AT_ONCE):
        refs = [variant.ref for product in chunk for variant in product.variants]
        buyable = buyable_refs(turn.services.commerce.get_availability(refs))
        picked = ((product, _pick(product, asked, buyable, own_size, is_strict=is_strict)) for product in chunk)
        ready += [(product, *variant) for product, variant in picked if variant is not None]
        if len(ready) >= limit:
            break
    return ready[:limit]


def _pick(
    product: Product, asked: Asked, buyable: frozenset[str], own_size: Callable[[Product], str], *, is_strict: bool
) -> tuple[Variant, bool] | None:
    """The variant to show, and whether its size is the customer's; None when none of what was asked for is left.

    Unless `is_strict`, another colour or price will do; a colour that was said no to never does.
    """
    wanted = asked.of("size")
    sizes = tuple(dict.fromkeys(own for said in wanted for own in own_sizes(product, said)))
    if wanted and sizes_of(product) and not sizes:
        return None
    size = sizes[0] if len(sizes) == 1 else own_size(product)
    left = [v for v in product.variants if v.ref in buyable and (not wanted or size_of(v.options) in ("", *sizes))]
    left = [v for v in left if variant_colour(product, v) not in asked.avoided("colour")]
    left.sort(key=lambda v: (
        not _answers(product, v, asked), variant_colour(product, v) not in asked.of("colour"),
        size_of(v.options) != size,
    ))
    if is_strict:
        left = [v for v in left if _answers(product, v, asked)]
    if not left:
        return None
    return left[0], not sizes_of(product) or (bool(size) and size_of(left[0].options) == size)


def _answers(product: Product, variant: Variant, asked: Asked) -> bool:
    """Whether a variant is of a colour that was asked for, or near to it, and costs no more than was said."""
    colours = {value for each in asked.demands if each.kind == "colour" and not each.is_avoided
               for value in (*each.values, *each.near)}  # fmt: skip
    is_coloured = not colours or variant_colour(product, variant) in ("", *colours)
    return is_coloured and (not asked.price_max_minor or variant.price_minor <= asked.price_max_minor)
