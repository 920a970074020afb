"""Looking for something: a sentence as it was said, and an honest word when nothing fits."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.collecting import EVERYWHERE, or_chosen, tell_everywhere
from actions.following import Following, read_following
from actions.found_cards import Ready, show_found
from actions.own_colours import say_not_in, tell_own_colours
from actions.shelf import (
    currency_of,
    past_ref,
    style_of,
)
from actions.sizing import say_conversions
from actions.store_place import or_before, pick_buyable, say_missing_store, say_where, store_asked, with_stores
from bot.commerce.types import Location, Product, Variant
from bot.finding.asked import Asked
from bot.finding.finder import Found
from bot.recommend.size_tables import is_foreign, own_sizes
from bot.recommend.stock import MOST_LOOKED_AT, StockOnce, portions
from bot.recommend.traits import size_of, sizes_of, variant_colour, words_of
from bot.service.store_asked import StoreAsked
from bot.texts.catalogue import format_money

_SHOWN = 6
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
_ALL_SHOWN = "You have seen all that fits and is in stock. What comes closest:"


class ActionSearchProducts(ShopAction):
    """I am looking for a navy coat under 200 euros."""

    intent: ClassVar[str] = "search_products"

    def reply(self, turn: Turn) -> Reply:
        """What fits; else the closest, saying what was given up; else that there is nothing."""
        return search(turn)


def search(turn: Turn) -> Reply:
    """What fits a message; else the closest, saying what was given up; else that there is nothing.

    Where somebody collects from a store, what that one has; a tap looks everywhere.
    """
    if turn.entity("option") == EVERYWHERE:
        turn = _said_before(turn)
        return _search(turn, store_asked(turn), store_asked(turn))
    named = store_asked(turn)
    return _search(turn, or_chosen(turn, named), or_chosen(turn, or_before(turn, named)))


def _said_before(turn: Turn) -> Turn:
    """The turn in which the search was said that a button repeats."""
    *earlier, said = turn.state.search.get("said") or [""]
    kept = {key: value for key, value in turn.state.search.items() if key != "stores"}
    return replace(turn, text=said, entities={}, state=replace(turn.state, search={**kept, "said": earlier}))


def _search(turn: Turn, named: StoreAsked, place: StoreAsked) -> Reply:
    """`place`: with the stores of the search before, which the message may go on with."""
    if same := tell_own_colours(turn, place, say_missing_store(turn, place)):
        return same
    found, following = find_products(turn, place)
    place = place if following.before or following.like else named
    goes_on = with_stores(following.to_search(place.rest, turn.now), place, turn.now)
    if not found.asked.says_anything:
        text = turn.say("What are you looking for? A type, a colour, a size, a price: whatever you know.")
        return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))
    stores, stock = place.stores, StockOnce(turn.services.commerce)
    if stores and (ready := _in_stock(turn, stock, found.fitting, found.asked, _SHOWN, stores=stores)):
        lead = _lead(turn, found, ready, say_where(turn, stores))
        return tell_everywhere(turn, show_found(turn, lead, ready, found.asked, stores, goes_on), place)
    missing = say_missing_store(turn, place, is_more=bool(following.leave_out), first=_first(found))
    before = " ".join(part for part in (missing, say_not_in(turn, place.rest)) if part)
    if ready := _in_stock(turn, stock, found.fitting, found.asked, _SHOWN):
        here = turn.say("Here is what I found online:" if missing else "Here is what I found:")
        return show_found(turn, _lead(turn, found, ready, here, before), ready, found.asked, search=goes_on)
    if found.has_closest and (ready := _closest(turn, stock, found, stores)):
        is_all = bool(following.leave_out) and not found.given_up
        word = _say_first(turn, found) or (
            turn.say(_ALL_SHOWN) if is_all else _say_sizes(turn, found, ready) or turn.say(_honest_word(found)))
        said = (before, *say_currency(turn, found.asked), word)
        return show_found(turn, " ".join(part for part in said if part), ready, found.asked, stores, goes_on)
    text = f"{before} {turn.say('We have nothing like that, I am afraid.')}".strip()
    return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))


def _lead(turn: Turn, found: Found, ready: Sequence[Ready], here: str, before: str = "") -> str:
    """What is to be said over what fits."""
    conversions = say_conversions(turn, found.asked.of("size"), [product for product, _, _ in ready])
    claims = _say_claims(turn, found.asked)
    return " ".join(part for part in (before, *say_currency(turn, found.asked), *claims, *conversions, here) if part)


def say_currency(turn: Turn, asked: Asked) -> list[str]:
    """That a limit in another currency was taken in the shop's, [] for none: nothing is converted by guess."""
    if not asked.is_other_currency:
        return []
    currency = currency_of(turn)
    amount = format_money(turn.language, asked.price_max_minor or asked.price_min_minor, currency)
    return [turn.say("Our prices are in {currency}; I took your limit as {amount}.", currency=currency, amount=amount)]


def find_products(turn: Turn, place: StoreAsked) -> tuple[Found, Following]:
    """What the shop has for this message, whatever its stock, and what the message goes on with."""
    following = read_following(turn, place.rest)
    found = turn.services.finder.find(
        place.rest, language=turn.language, shown=following.like, before=following.before,
        below_minor=following.below_minor, limit=MOST_LOOKED_AT + len(following.leave_out), now=turn.now,
    )
    return _left(found, following.leave_out), following


def _left(found: Found, leave_out: frozenset[str]) -> Found:
    """What was found without what was shown already."""
    if not leave_out:
        return found
    fitting = sum(product.ref not in leave_out for product in found.fitting)
    return replace(found, products=tuple(each for each in found.products if each.ref not in leave_out), fits=fitting)


def show_fitting(turn: Turn, lead: str) -> Reply | None:
    """What fits this message, with live stock, in the store that it names; None when nothing does."""
    place = or_chosen(turn, store_asked(turn))
    found, _ = find_products(turn, place)
    if not found.asked.demands:
        return None
    stock = StockOnce(turn.services.commerce)
    if place.stores and (ready := _in_stock(turn, stock, found.fitting, found.asked, _SHOWN, stores=place.stores)):
        return show_found(turn, f"{say_where(turn, place.stores)} {lead}", ready, found.asked, place.stores)
    if ready := _in_stock(turn, stock, found.fitting, found.asked, _SHOWN):
        missing = say_missing_store(turn, place, first=_first(found))
        return show_found(turn, f"{missing} {lead}".strip(), ready, found.asked)
    return None


def _first(found: Found) -> int:
    """How many of what fits are looked at, where more do; 0 where all are."""
    return len(found.fitting) if found.is_cut else 0


def _say_first(turn: Turn, found: Found) -> str:
    """That what was looked at is out of stock, where not all that fits was; "" where all was."""
    count = _first(found)
    sentence = "Of the first {count} that fit, none can be had as you asked. The closest:"
    return turn.say(sentence, count=count) if count else ""


def _say_claims(turn: Turn, asked: Asked) -> list[str]:
    """How far a claim can be judged that no attribute states as such."""
    is_vegan = any(each.claim == "vegan" for each in asked.demands)
    sentence = "By the material that the shop states; of trims and glues it says nothing."
    return [turn.say(sentence)] if is_vegan else []


def _honest_word(found: Found) -> str:
    """What was given up; stock alone, where all else fits."""
    if found.given_up == ("size",) and any(map(is_foreign, found.asked.of("size"))):
        return "Nothing that fits comes in that size, as far as the usual tables tell it. The closest:"
    if found.fits:
        return _say_sold_out(found.asked)
    if found.asked.is_cheap and "price" in found.given_up and {*found.given_up} <= {"price", "product_type"}:
        return "Nothing like it costs less. The closest:"
    return _GIVEN_UP.get(found.given_up[0], _SEVERAL) if len(found.given_up) == 1 else _SEVERAL


def _say_sizes(turn: Turn, found: Found, ready: Sequence[Ready]) -> str:
    """Which sizes there are, where a size was all that was missed and no such product is made in it; "" else."""
    said = found.asked.of("size")
    if found.fits or found.given_up != ("size",) or any(map(is_foreign, said)):
        return ""
    sizes = ", ".join(dict.fromkeys(size for product, _, _ in ready for size in sizes_of(product)))
    sentence = "Nothing that fits is made in {size}; these come in {sizes}. The closest:"
    return turn.say(sentence, size=", ".join(said), sizes=sizes) if sizes else ""


def _say_sold_out(asked: Asked) -> str:
    """What is left of things that the shop has: nothing in the size; nothing of all that was asked for of a variant."""
    if not asked.of("size"):
        return "What fits has just sold out. The closest:"
    return _SEVERAL if asked.of("colour") or asked.has_price else _GIVEN_UP["size"]


def _closest(turn: Turn, stock: StockOnce, found: Found, stores: Sequence[Location]) -> list[Ready]:
    """What comes near and can be bought: whatever was asked for may be missing, what was said no to never comes.

    What lies in one of the stores, if anything does.
    """
    allowed = [product for product in found.products if not _is_refused(product, found.asked)]
    asked = found.asked.without("size")
    here = _in_stock(turn, stock, allowed, asked, _CLOSEST, is_strict=False, stores=stores) if stores else []
    return here or _in_stock(turn, stock, allowed, asked, _CLOSEST, is_strict=False)


def _is_refused(product: Product, asked: Asked) -> bool:
    """Whether the whole product is what was said no to; of colours each variant has its own."""
    refused = (each for each in asked.demands if each.is_avoided and each.kind != "colour")
    return any(
        {product.product_type} & {*each.values} if each.kind == "product_type"
        else {product.brand} & {*each.values} if each.kind == "brand"
        else words_of(product, each.kind) & {*each.values, *each.near} for each in refused
    )


def _in_stock(
    turn: Turn, stock: StockOnce, products: Sequence[Product], asked: Asked, limit: int, *, is_strict: bool = True,
    stores: Sequence[Location] = (),
) -> list[Ready]:
    """The first products that can be bought now in what was asked for, each with the variant to show.

    With `stores`, what lies in one of them.
    """
    ready: list[Ready] = []
    own_size = _size_reader(turn, asked)
    for some in portions(products):
        buyable = pick_buyable(stock.of(some), stores)
        picked = ((product, _pick(product, asked, buyable, own_size, is_strict=is_strict)) for product in some)
        ready += [(product, *variant) for product, variant in picked if variant is not None]
        if len(ready) >= limit:
            break
    return ready[:limit]


def _size_reader(turn: Turn, asked: Asked) -> Callable[[Product], str]:
    """What tells the size of whom it is for in a product: the customer's own, nobody's where it is somebody else."""
    if asked.is_for_other:
        return lambda _: ""
    return turn.services.recommender.size_reader(past_ref(turn), style=style_of(turn), now=turn.now)


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
