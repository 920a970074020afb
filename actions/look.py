"""What goes with it: a look around a product, a reason for each piece, added whole at one tap or piece by piece."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.collecting import collected_at, home_button
from actions.proposal import LOOK, propose
from actions.shelf import find_meant, owner_of, past_ref, product_name, shop_ref, style_of, wish_of
from bot.commerce.types import Location, Product, ProductRef, Variant
from bot.recommend.rules import is_buyable
from bot.recommend.traits import colours_of, size_of, sizes_of, variant_colour
from bot.service.basket import buyable_refs, find_basket
from bot.service.proposal import Line

_LEADS = {
    "added": "A look around {product}:",
    "had": "A look around {product}, which you have already:",
    "other_left": "A look around {product}, which is out of stock in the size and colour meant:",
    "elsewhere": "A look around {product}, which this store does not have right now:",
    "sold_out": "A look around {product}, which is out of stock right now:",
}


@dataclass(frozen=True)
class _Anchor:
    """The product that a look is built around: whether it is added, as which variant, or why not."""

    kind: Literal["added", "had", "other_left", "elsewhere", "sold_out"]
    variant: Variant | None = None
    is_size_known: bool = False


class ActionCompleteLook(ShopAction):
    """What goes with it?"""

    intent: ClassVar[str] = "complete_look"

    def reply(self, turn: Turn) -> Reply:
        """One thing for each other place of the outfit around the product that is meant."""
        meant = find_meant(turn)
        if meant.product is None:
            text = turn.say("Which product shall I build the look around?")
            return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))
        colour = variant_colour(meant.product, meant.variant) if meant.variant else meant.reference.colour
        return complete(turn, meant.product, colour, meant.variant)


def complete(turn: Turn, product: Product, colour: str, variant: Variant | None = None) -> Reply:
    """The look as a proposal: what it is built around, unless they have that, then a piece for each other place.

    What the basket holds already is left out. `variant` is the one that was chosen, where one was. Who collects in a
    store is shown what it has.
    """
    style, store = collected_at(turn, replace(style_of(turn), types=(), occasions=wish_of(turn).occasions))
    cart = find_basket(turn.services.commerce, owner_of(turn))
    inside = [ProductRef(line.product_ref) for line in cart.lines] if cart else []
    anchor = _find_anchor(turn, product, colour, variant, inside, store)
    look = turn.services.recommender.complete_look(
        product, shop_ref(turn), customer_id=turn.conversation.customer_id,
        colour=colour or (variant_colour(product, anchor.variant) if anchor.variant else ""),
        style=style, language=turn.language, now=turn.now, leave_out=inside,
    )
    name = product_name(turn, product)
    back = (home_button(turn),) if store else ()
    if not look:
        text = turn.say("I find nothing in stock that goes with {product}.", product=name)
        if store:
            text = turn.say("I find nothing to collect at {store} that goes with {product}.", product=name,
                            store=store.name)
        return tell(turn, text, buttons=back)
    lines = [Line(r.product.ref, r.variant.ref, 1, r.is_size_known, r.reason_text) for r in look]
    if anchor.variant:
        note = turn.say("The look is built around it")
        lines.insert(0, Line(product.ref, anchor.variant.ref, 1, anchor.is_size_known, note))
    lead = turn.say(_LEADS[anchor.kind], product=name)
    if store:
        lead = turn.say("In stock to collect at {store}.", store=store.name) + " " + lead
    return propose(turn, LOOK, lines, lead=lead, buttons=back, is_first=False)


def _find_anchor(
    turn: Turn, product: Product, colour: str, chosen: Variant | None, inside: Sequence[ProductRef],
    store: Location | None,
) -> _Anchor:
    """What is added of the product itself: nothing where they have it, or none that suits them is left."""
    if product.ref in inside or turn.services.recommender.owns(product.ref, shop_ref(turn), turn.now):
        return _Anchor("had")
    stock = turn.services.commerce.get_availability([v.ref for v in product.variants])
    buyable = buyable_refs(stock)
    here = {each.variant_ref for each in stock if is_buyable(each, store.ref)} if store else buyable
    colour = colour if colour in colours_of(product) else ""  # of the other pieces, then
    size = "" if chosen else turn.services.recommender.size_for(
        product, past_ref(turn), style=style_of(turn), now=turn.now)
    left = [
        v for v in ([chosen] if chosen else product.variants) if v.ref in buyable
        and (not colour or variant_colour(product, v) == colour) and (not size or size_of(v.options) == size)
    ]
    found = next((v for v in left if v.ref in here), None)
    if found is None:
        return _Anchor("elsewhere" if left else "other_left" if buyable else "sold_out")
    return _Anchor("added", found, is_size_known=bool(chosen or size) or not sizes_of(product))
