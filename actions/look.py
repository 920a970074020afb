"""What goes with it: a look around a product, a reason for each piece, added whole at one tap or piece by piece."""

from dataclasses import replace
from typing import ClassVar

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.proposal import LOOK, propose
from actions.shelf import find_meant, owner_of, product_name, shop_ref, style_of, wish_of
from bot.commerce.types import Product, ProductRef
from bot.recommend.traits import variant_colour
from bot.service.basket import find_basket
from bot.service.proposal import Line


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
        return complete(turn, meant.product, colour)


def complete(turn: Turn, product: Product, colour: str) -> Reply:
    """The look as a proposal; what the basket holds already is left out of it."""
    occasions = wish_of(turn).occasions
    cart = find_basket(turn.services.commerce, owner_of(turn))
    look = turn.services.recommender.complete_look(
        product, shop_ref(turn), customer_id=turn.conversation.customer_id, colour=colour,
        style=replace(style_of(turn), types=(), occasions=occasions), language=turn.language, now=turn.now,
        leave_out=[ProductRef(line.product_ref) for line in cart.lines] if cart else (),
    )
    name = product_name(turn, product)
    if not look:
        return tell(turn, turn.say("I find nothing in stock that goes with {product}.", product=name))
    lines = [Line(r.product.ref, r.variant.ref, 1, r.is_size_known, r.reason_text) for r in look]
    return propose(turn, LOOK, lines, lead=turn.say("A look around {product}:", product=name), is_first=False)
