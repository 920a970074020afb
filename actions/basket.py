"""The basket as a whole: look at it, take out, check out. Every price is read back from the shop."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from actions.asking import Handler, ask, button, close, tell
from actions.base import Reply, ShopAction, Turn
from actions.cart import read_quantity, say_discount, say_total
from actions.shelf import (
    catalogue_of,
    own_size,
    owner_of,
    product_name,
    remember,
)
from bot.commerce.types import Cart, CartLine, VariantRef
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.profile.state import ConversationState, OpenQuestion, Shown
from bot.recommend.traits import size_of
from bot.service.answers import Answer, find_ordinal, simplify
from bot.service.basket import (
    add_pieces,
    find_basket,
    find_lines,
    note_removed,
    problems_of,
    quantity_of,
)
from bot.service.references import find_colours, find_size
from bot.texts.catalogue import format_money

REMOVE = "request:remove_from_cart"
_EVERYTHING = frozenset({"vide", "vider", "videz", "tout", "empty", "everything", "clear", "all"})
_PROBLEMS = {"out_of_stock": "Sold out meanwhile", "pickup_only": "Only for collecting in a store"}


class ActionRemoveFromCart(ShopAction):
    """Take it out again."""

    intent: ClassVar[str] = "remove_from_cart"

    def reply(self, turn: Turn) -> Reply:
        """Take the line out that is meant; ask when it could be several."""
        cart = find_basket(turn.services.commerce, owner_of(turn))
        if cart is None or not cart.lines:
            return tell(turn, turn.say("Your basket is empty."))
        said = "" if turn.text.startswith("/") else simplify(turn.text)
        if _EVERYTHING & set(said.split()):
            return ask(turn, "Shall I empty your basket?", asked_by=REMOVE, expects="yes_no", context={"lines": ["*"]})
        lines = _lines_meant(turn, cart)
        if len(lines) == 1:
            quantity = read_quantity(turn) if turn.entity("quantity") else lines[0].quantity
            return _take_out(turn, cart, [(lines[0].variant_ref, quantity)])
        options = [(line.variant_ref, _line_title(turn, line)) for line in (lines or cart.lines)]
        return ask(turn, "Which one shall I take out?", asked_by=REMOVE, expects="choice", options=options)


def _lines_meant(turn: Turn, cart: Cart) -> tuple[CartLine, ...]:
    said = "" if turn.text.startswith("/") else turn.text
    words = catalogue_of(turn).words.get("colour", {})
    wished = find_colours(simplify(said), turn.entities, words) if said or turn.entity("colour") else ()
    colour = next((c for c in wished if any(line.options.get("colour") == c for line in cart.lines)), "")
    last = turn.state.last_product
    inside = last if last and any(line.product_ref == last.product_ref for line in cart.lines) else None
    ordinal = find_ordinal(turn.entity("ordinal") or said)
    tapped = turn.entity("variant")
    is_pointed = not (tapped or ordinal or colour)
    return find_lines(
        cart, said, variant_ref=tapped or (_inside_variant(cart, inside) if is_pointed else ""),
        product_ref=turn.entity("product") or (inside.product_ref if inside and is_pointed else ""),
        colour=colour, size=_line_size(turn, cart, find_size(simplify(said), turn.entities)), ordinal=ordinal,
    )


def _line_size(turn: Turn, cart: Cart, said: str) -> str:
    """A size as a line of the basket has it: another country's, where it is what a line's product converts it to."""
    products = (catalogue_of(turn).products[row] for line in cart.lines
                if (row := catalogue_of(turn).row_of.get(line.product_ref)) is not None)
    return next((own for each in products if said and (own := own_size(each, said)) != said), said)


def _inside_variant(cart: Cart, last: Shown | None) -> str:
    return last.variant_ref if last and quantity_of(cart, last.variant_ref) else ""


def _take_out(turn: Turn, cart: Cart, pieces: Sequence[tuple[str, int]]) -> Reply:
    owner, gone = owner_of(turn), []
    for ref, quantity in pieces:
        line = next((each for each in cart.lines if each.variant_ref == ref), None)
        gone += [_line_title(turn, line)] if line else []
        taken = -quantity
        cart = add_pieces(turn.services.store, turn.services.commerce, owner, cart, VariantRef(ref), taken, turn.now)
        if line is not None and (pieces_gone := line.quantity - quantity_of(cart, ref)) > 0:
            note_removed(turn.services.store, owner, cart, line, pieces_gone, turn.now)
    text = turn.say("Taken out: {products}.", products=", ".join(gone)) if gone else turn.say("Done.")
    return show_cart(turn, cart, text)


def _answer_remove(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    cart = find_basket(turn.services.commerce, owner_of(turn))
    if cart is None or answer.kind not in ("yes", "choice"):
        return tell(turn, turn.say("All right, I take nothing out."), state=close(turn.state))
    wanted = [line for line in cart.lines if answer.kind == "yes" or line.variant_ref == answer.option]
    return _take_out(turn, cart, [(line.variant_ref, line.quantity) for line in wanted])


def _say_empty(turn: Turn) -> Reply:
    buttons = (button(turn, "Suggest something", "recommend_products"),)
    return tell(turn, turn.say("Your basket is empty."), buttons=buttons)


class ActionViewCart(ShopAction):
    """What is in my basket?"""

    intent: ClassVar[str] = "view_cart"

    def reply(self, turn: Turn) -> Reply:
        """The basket as the shop has it now."""
        cart = find_basket(turn.services.commerce, owner_of(turn))
        if cart is None:
            return _say_empty(turn)
        return show_cart(turn, cart, is_over=False)


def show_cart(turn: Turn, cart: Cart, lead: str = "", *, is_over: bool = True) -> Reply:
    """The whole basket, with its total and what stands in the way of ordering it."""
    state = replace(close(turn.state) if is_over else turn.state, cart_ref=cart.ref)
    if not cart.lines:
        text = " ".join(part for part in (lead, turn.say("Your basket is empty.")) if part)
        return tell(turn, text, state=remember(state, ()))
    parts = (lead, turn.say("This is in your basket."), say_discount(turn, cart), say_total(turn, cart))
    text = " ".join(part for part in parts if part)
    message = OutboundMessage(
        text, language=turn.language, cards=tuple(_line_card(turn, line, cart) for line in cart.lines),
        quick_replies=_checkout_buttons(turn, cart),
    )
    shown = [_line_shown(turn, line) for line in cart.lines]
    return Reply((message,), _keep_pointing(turn.state, remember(state, shown)))


def _line_shown(turn: Turn, line: CartLine) -> Shown:
    return Shown(line.product_ref, _line_name(turn, line), line.variant_ref, dict(line.options))


def _keep_pointing(before: ConversationState, after: ConversationState) -> ConversationState:
    """What "it" means stays what it was while it is still in the list that is shown."""
    last = before.last_product
    is_inside = last is not None and any(item.product_ref == last.product_ref for item in after.last_shown)
    return replace(after, last_product=last) if is_inside else after


def _line_card(turn: Turn, line: CartLine, cart: Cart) -> Card:
    word = problems_of(cart).get(line.variant_ref, "")
    chosen = {
        kind: value for kind, value in line.options.items() if value and (kind != "size" or size_of(line.options))
    }
    labels = [catalogue_of(turn).label(kind, value, turn.language) for kind, value in chosen.items()]
    return Card(
        title=_line_name(turn, line),
        subtitle=", ".join(labels),
        image_url=line.image_url,
        url=line.url,
        price_text=f"{line.quantity} × {format_money(turn.language, line.unit_price_minor, cart.currency)}",
        note=turn.say(_PROBLEMS[word]) if word in _PROBLEMS else "",
        buttons=(button(turn, "Take out", "remove_from_cart", variant=line.variant_ref),),
    )


def _line_name(turn: Turn, line: CartLine) -> str:
    row = catalogue_of(turn).row_of.get(line.product_ref)
    return line.title if row is None else product_name(turn, catalogue_of(turn).products[row])


def _line_title(turn: Turn, line: CartLine) -> str:
    size = size_of(line.options)
    return f"{_line_name(turn, line)} ({size})" if size else _line_name(turn, line)


def _checkout_buttons(turn: Turn, cart: Cart) -> tuple[QuickReply, ...]:
    return (QuickReply(turn.say("Check out"), url=cart.checkout_url),) if cart.checkout_url else ()


class ActionCheckout(ShopAction):
    """I want to order."""

    intent: ClassVar[str] = "checkout"

    def reply(self, turn: Turn) -> Reply:
        """The way to the shop's checkout: payment is never typed into a chat."""
        cart = find_basket(turn.services.commerce, owner_of(turn))
        if cart is None or not cart.lines:
            return _say_empty(turn)
        problems = problems_of(cart)
        if "out_of_stock" in problems.values():
            return show_cart(turn, cart, turn.say("One item is sold out meanwhile: take it out before you order."))
        text = " ".join((say_total(turn, cart), turn.say("You finish the order on the shop's own page.")))
        state = replace(turn.state, cart_ref=cart.ref)
        return tell(turn, text, buttons=_checkout_buttons(turn, cart), state=state)


HANDLERS: dict[str, Handler] = {REMOVE: _answer_remove}
