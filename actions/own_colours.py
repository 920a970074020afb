"""The very product in view, in another colour: "the same in red", "in another colour"."""

from collections.abc import Collection, Sequence

from actions.asking import tell
from actions.base import Reply, Turn
from actions.found_cards import show_found
from actions.shelf import describe_values, find_meant, product_name
from actions.store_place import pick_buyable, with_stores
from bot.commerce.types import Product, Variant
from bot.contracts.messages import QuickReply, dump_payload
from bot.finding.asked import Asked
from bot.finding.reading import says_other_colour, says_same
from bot.recommend.traits import colour_of, colours_of, size_of, sizes_of, variant_colour
from bot.service.basket import buyable_refs
from bot.service.store_asked import StoreAsked

_MOST_ASKED = 6  # of several that may be meant


def tell_own_colours(turn: Turn, place: StoreAsked, missing: str) -> Reply | None:
    """The product in view itself, in the colour asked for; None where it is not meant, or does not come in it.

    What lies in the stores asked for; where none have it, what is online, after `missing`, which says so.
    """
    said = place.rest
    is_other = says_other_colour(said)
    asked = turn.services.finder.read(said, language=turn.language, now=turn.now)
    if not _asks_no_more(asked) or not (is_other or says_same(said) and asked.of("colour")):
        return None
    meant = find_meant(turn)
    if meant.product is None:
        return _ask_which(turn) if is_other and turn.state.last_shown else None
    seen = variant_colour(meant.product, meant.variant) if meant.variant else _seen_colour(turn, meant.product.ref)
    wanted = [c for c in colours_of(meant.product) if (c != seen if is_other else c in asked.of("colour"))]
    size = meant.reference.size
    stock = turn.services.commerce.get_availability([v.ref for v in meant.product.variants])
    here = _first_in(meant.product, wanted, size, pick_buyable(stock, place.stores))
    if firsts := here or _first_in(meant.product, wanted, size, buyable_refs(stock)):
        ready = [(meant.product, each, bool(size) or not sizes_of(meant.product)) for each in firsts]
        before = "" if here and place.stores else missing
        lead = f"{before} {turn.say('The very same, in:')}".strip()
        return show_found(turn, lead, ready, asked, place.stores, with_stores({}, place, turn.now))
    if not is_other:
        return None
    none = turn.say("It comes in no other colour that is in stock in {size}.", size=size) if size else ""
    return tell(turn, none or turn.say("It comes in no other colour that is in stock."))


def _asks_no_more(asked: Asked) -> bool:
    """Whether nothing but a colour and a size is asked for, so that the very product may answer it."""
    is_more = asked.has_price or asked.is_cheap or asked.is_superlative or asked.is_on_sale or asked.is_warm
    return not is_more and {each.kind for each in asked.demands} <= {"colour", "size"}


def _buyable(turn: Turn, product: Product) -> list[Variant]:
    """The variants that can be sent home now."""
    buyable = buyable_refs(turn.services.commerce.get_availability([each.ref for each in product.variants]))
    return [each for each in product.variants if each.ref in buyable]


def _first_in(product: Product, colours: Sequence[str], size: str, buyable: frozenset[str]) -> list[Variant]:
    """Of each colour the first variant that can be bought, in the size if one was said."""
    left = [v for v in product.variants if v.ref in buyable and (not size or size_of(v.options) in ("", size))]
    return [v for c in colours if (v := next((v for v in left if variant_colour(product, v) == c), None))]


def _seen_colour(turn: Turn, ref: str) -> str:
    """In which colour a product was shown, "" for none."""
    shown = (*([turn.state.last_product] if turn.state.last_product else []), *turn.state.last_shown)
    return next((colour_of(each.options) for each in shown if each.product_ref == ref), "")


def _ask_which(turn: Turn) -> Reply:
    """Of several that are shown, which one is meant."""
    buttons = tuple(
        QuickReply(each.title, dump_payload("product_details", product=each.product_ref))
        for each in turn.state.last_shown[:_MOST_ASKED]
    )
    return tell(turn, turn.say("Which of them do you mean?"), buttons=buttons)


def say_not_in(turn: Turn, said: str) -> str:
    """That the very product does not come in the colour asked for, or is sold out in it, or in it in that size.

    "" where it is not meant, or more than a colour and a size is asked for: others may answer that.
    """
    asked = turn.services.finder.read(said, language=turn.language, now=turn.now)
    wanted = {*asked.of("colour")} if says_same(said) and _asks_no_more(asked) else set()
    meant = find_meant(turn) if wanted else None
    if meant is None or meant.product is None:
        return ""
    own = colours_of(meant.product)
    if wanted & {*own}:
        return _say_sold_out(turn, meant.product, wanted, meant.reference.size)
    name, colours = product_name(turn, meant.product), ", ".join(x for _, x in describe_values(turn, "colour", own))
    return turn.say("{product} comes in: {colours}.", product=name, colours=colours) if colours else ""


def _say_sold_out(turn: Turn, product: Product, colours: Collection[str], size: str) -> str:
    """What is not left of a product in one of the colours: all of it, or the size alone; "" where it is left."""
    made = [each for each in product.variants if variant_colour(product, each) in colours]
    in_size = [each for each in made if not size or size_of(each.options) in ("", size)]
    left, name = _buyable(turn, product), product_name(turn, product)
    if not in_size:
        return turn.say("{product} does not come in {size}.", product=name, size=size)
    if any(each in left for each in in_size):
        return ""
    if any(each in left for each in made):
        return turn.say("{product} is sold out in that colour in {size}.", product=name, size=size)
    return turn.say("{product} is sold out in that colour.", product=name)
