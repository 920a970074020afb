"""What was said of a proposed basket -> its new lines, where that needs the shop: colours, sizes, something more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from actions.base import Turn
from actions.collecting import collected_at
from actions.shelf import catalogue_of, own_size, product_name, shop_ref, style_of, with_wish
from bot.commerce.types import Product, ProductRef, VariantRef
from bot.errors import NotFound
from bot.recommend.traits import colours_of, size_of, variant_colour
from bot.service.basket import buyable_refs, choose_variant
from bot.service.proposal import Change, Item, Line, apply_simple, places_named

_MOST_LOOKED_AT = 12  # suggestions among which a colour or a brand is looked for


@dataclass(frozen=True)
class Heard:
    """The lines as they are now, and what could not be done, in the customer's language."""

    lines: tuple[Line, ...]
    is_changed: bool = False
    unclear: tuple[str, ...] = ()


def change_lines(
    turn: Turn, lines: Sequence[Line], changes: Sequence[Change], known: Mapping[ProductRef, Product],
    later: Sequence[Line],
) -> Heard:
    """The lines after every change that can be made; what cannot is said, and leaves its line as it was."""
    after = list(lines)
    more: list[Line] = []
    unclear: list[str] = []
    for change in changes:
        if change.kind in ("colour", "size"):
            for place in (each for each in change.places if after[each].product_ref in known):
                after[place], problem = _restyle(turn, after[place], known[after[place].product_ref], change)
                unclear += [problem] if problem else []
        elif change.kind == "add":
            line = _from_later(later, change, turn) or _find_more(turn, change)
            more += [line] if line else []
            unclear += [] if line else [_say_nothing_for(turn, change)]
        elif change.kind == "unknown":
            unclear.append(turn.say("I am not sure what “{said}” is about.", said=change.said))
    result = (*apply_simple(after, changes), *more)
    return Heard(result, is_changed=result != tuple(lines), unclear=tuple(unclear))


def _say_nothing_for(turn: Turn, change: Change) -> str:
    """That nothing was found to add, and where it was looked for."""
    if store := collected_at(turn, style_of(turn))[1]:
        return turn.say("I find nothing to collect at {store} for “{said}”.", store=store.name, said=change.said)
    return turn.say("I find nothing in stock for “{said}”.", said=change.said)


def find_product(turn: Turn, variant_ref: str) -> Product | None:
    """The product of a variant, None when it is no longer sold."""
    try:
        return turn.services.commerce.get_variant_product(VariantRef(variant_ref))
    except NotFound:
        return None


def _restyle(turn: Turn, line: Line, product: Product, change: Change) -> tuple[Line, str]:
    """The line in another colour or size, if it is made and in stock; else as it was, and a sentence saying why."""
    own = next((v for v in product.variants if v.ref == line.variant_ref), product.variants[0])
    colour = next((c for c in change.wish.colours if c in colours_of(product)), "")
    size = own_size(product, next(iter(change.wish.sizes), "")) or (size_of(own.options) if line.is_size_known else "")
    name = product_name(turn, product)
    if change.wish.colours and not colour:
        wished = catalogue_of(turn).label("colour", change.wish.colours[0], turn.language)
        return line, turn.say("{product} does not come in {size}.", product=name, size=wished)
    colour = colour or variant_colour(product, own)
    buyable = buyable_refs(turn.services.commerce.get_availability([v.ref for v in product.variants]))
    variant = choose_variant(product, colour=colour, size=size or size_of(own.options)).variant
    if variant is None:
        return line, turn.say("{product} does not come in {size}.", product=name, size=size)
    if variant.ref not in buyable:
        label = catalogue_of(turn).label("colour", colour, turn.language)
        options = ", ".join(part for part in (label, size_of(variant.options)) if part)
        return line, turn.say("{product} is sold out online.", product=f"{name} ({options})")
    is_known = line.is_size_known or bool(change.wish.sizes)
    return replace(line, variant_ref=variant.ref, is_size_known=is_known, note=""), ""


def _from_later(later: Sequence[Line], change: Change, turn: Turn) -> Line | None:
    """Something of the customer's own that was not proposed yet: of several of the type the one that is named."""
    catalogue = catalogue_of(turn)
    rows = ((line, catalogue.row_of.get(line.product_ref)) for line in later if not change.wish.colours)
    known = [(line, catalogue.products[row]) for line, row in rows if row is not None]
    typed = [(line, product) for line, product in known if product.product_type in change.wish.types]
    items = [Item(tuple(product.names.values()), product.product_type) for _, product in typed]
    return next((typed[place][0] for place in (*places_named(change.said, items), *range(len(typed)))), None)


def _find_more(turn: Turn, change: Change) -> Line | None:
    """The one thing that suits the customer best of what is wished for, in stock, in their size where it is known."""
    wish, (style, _) = change.wish, collected_at(turn, style_of(turn))
    wished = replace(with_wish(style, wish), sizes=wish.sizes or style.sizes)
    if not wish.types:
        return None
    found = turn.services.recommender.recommend(
        turn.conversation.customer_id, shop_ref(turn), style=wished, limit=_MOST_LOOKED_AT, language=turn.language,
        now=turn.now,
    )
    named = [each for each in found if not wish.brands or each.product.brand in wish.brands]
    in_colour = [each for each in named if variant_colour(each.product, each.variant) in wish.colours]
    best = next(iter(in_colour if wish.colours else named), None)
    if best is None:
        return None
    return Line(best.product.ref, best.variant.ref, change.quantity, best.is_size_known, best.reason_text)
