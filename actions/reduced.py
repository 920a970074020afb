"""What is reduced at the moment: for whom it suits, in their size, in stock at the prices of now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from actions.base import Reply, Turn
from actions.collecting import collected_at, home_button
from actions.shelf import catalogue_of, past_ref, product_card, remember, shown_of, style_of, wish_of, with_wish
from bot.commerce.types import Location, Product, ProductRef, Variant
from bot.contracts.messages import OutboundMessage
from bot.recommend.choices import Choose
from bot.recommend.rules import is_buyable
from bot.recommend.stock import MOST_LOOKED_AT, portions
from bot.recommend.style import Style
from bot.service.basket import buyable_refs
from bot.service.for_whom import is_for_other

_MOST_SHOWN = 4
_Found = tuple[Product, Variant, bool]  # is_size_known


@dataclass(frozen=True)
class _Asked:
    """What of the reduced suits whom; of what a store has, None for none."""

    choose: Choose
    store: Location | None = None


def show_reduced(turn: Turn) -> tuple[Reply | None, str]:
    """What of the types asked for, or of all, costs less than it did; None where nothing does.

    And what is said then where no code runs, either: how far what is reduced was looked through, "" for nothing.
    """
    asked, reduced = _asked(turn), _reduced(turn)
    suiting = [each.ref for each in reduced if any(map(_is_reduced, asked.choose(each).variants))]
    found: list[_Found] = []
    for some in portions(suiting):
        found += _left(turn, asked, some)
        if len(found) >= _MOST_SHOWN:
            break
    return (_show(turn, asked, found[:_MOST_SHOWN]), "") if found else (None, _say_none(turn, reduced, suiting))


def _asked(turn: Turn) -> _Asked:
    """By what this message and the customer said; a budget of before, which is for suggestions, hides no reduction."""
    stated = style_of(turn)
    if is_for_other(turn.text):
        stated = Style(store=stated.store, is_for_other=True)
    wish = wish_of(turn)
    style, store = collected_at(turn, replace(with_wish(stated, wish), price_max_minor=wish.price_max_minor))
    customer_id, past = turn.conversation.customer_id, past_ref(turn)
    return _Asked(turn.services.recommender.chooser(customer_id, past, style=style, now=turn.now), store)


def _reduced(turn: Turn) -> list[Product]:
    """What of the types asked for, or of all, costs less than it did, by the last minute's prices."""
    catalogue, types = catalogue_of(turn), wish_of(turn).types
    return [
        product for product in catalogue.presented(catalogue.products)
        if (not types or product.product_type in types) and any(map(_is_reduced, product.variants))
    ]


def _left(turn: Turn, asked: _Asked, refs: Sequence[ProductRef]) -> list[_Found]:
    """Those of them that still are, by the prices of now, and in stock, each with its first such variant."""
    found = [(product, asked.choose(product)) for product in turn.services.commerce.get_products(refs)]
    variants = [(p, v, choice.is_size_known) for p, choice in found for v in choice.variants if _is_reduced(v)]
    stock = turn.services.commerce.get_availability([variant.ref for _, variant, _ in variants])
    buyable = buyable_refs([each for each in stock if not asked.store or is_buyable(each, asked.store.ref)])
    left = {each[0].ref: each for each in reversed(variants) if each[1].ref in buyable}
    return list(left.values())[::-1]


def _show(turn: Turn, asked: _Asked, found: Sequence[_Found]) -> Reply:
    """The cards; of which store, where they are."""
    lead, back = turn.say("Reduced at the moment:"), (home_button(turn),) if asked.store else ()
    if asked.store:
        lead = turn.say("In stock to collect at {store}.", store=asked.store.name) + " " + lead
    cards = tuple(product_card(turn, product, variant, is_size_known=known) for product, variant, known in found)
    shown = [shown_of(turn, product, variant, is_size_known=known) for product, variant, known in found]
    message = OutboundMessage(lead, language=turn.language, cards=cards, quick_replies=back)
    return Reply((message,), remember(turn.state, shown))


def _say_none(turn: Turn, reduced: Sequence[Product], suiting: Sequence[ProductRef]) -> str:
    if len(suiting) > MOST_LOOKED_AT:
        sentence = "There is no code at the moment, and the first {count} reduced products are sold out."
        return turn.say(sentence, count=MOST_LOOKED_AT)
    sentence = "There is no code at the moment, and of what is reduced I find nothing for you in stock."
    return turn.say(sentence) if reduced else ""


def _is_reduced(variant: Variant) -> bool:
    return bool(variant.compare_at_minor and variant.compare_at_minor > variant.price_minor)
