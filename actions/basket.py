"""The basket as a whole: look at it, take out, check out. Every price is read back from the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import ClassVar

from actions.asking import Handler, ask, ask_once_more, button, close, tell
from actions.base import Reply, ShopAction, Turn
from actions.cart import say_discount, say_total
from actions.shelf import (
    catalogue_of,
    own_size,
    owner_of,
    product_name,
    remember,
)
from bot.commerce.types import Cart, CartLine, Product, VariantRef
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.profile.state import ConversationState, OpenQuestion, Shown
from bot.recommend.traits import size_of
from bot.service.answers import Answer, find_place
from bot.service.basket import (
    add_pieces,
    find_basket,
    name_lines,
    note_removed,
    point_at_lines,
    problems_of,
    quantity_of,
)
from bot.service.references import find_colours, find_size
from bot.service.taking_out import Removal, is_refused, names_all, read_removal, says_it
from bot.service.wishes import read_wish
from bot.texts.catalogue import format_money

REMOVE = "request:remove_from_cart"
_PROBLEMS = {"out_of_stock": "Sold out meanwhile", "pickup_only": "Only for collecting in a store"}


class ActionRemoveFromCart(ShopAction):
    """Take it out again."""

    intent: ClassVar[str] = "remove_from_cart"

    def reply(self, turn: Turn) -> Reply:
        """Take the line out that is meant; ask when it could be several, and before more than one goes."""
        cart = find_basket(turn.services.commerce, owner_of(turn))
        if cart is None or not cart.lines:
            return tell(turn, turn.say("Your basket is empty."))
        if is_refused(turn.text):
            return show_cart(turn, cart, turn.say("All right, I take nothing out."))
        names = [_line_name(turn, line) for line in cart.lines]
        removal = read_removal(turn.text, turn.entity("quantity"), lines=len(cart.lines), names=names)
        if removal.is_all:
            return _ask_leave(turn, cart, cart.lines)
        if missing := _kinds_missing(turn, cart, removal.but or removal.words):
            return show_cart(turn, cart, turn.say("Not in your basket: {kinds}.", kinds=", ".join(missing)))
        if removal.but:
            return _ask_rest(turn, cart, removal)
        lines = _lines_meant(turn, cart, removal)
        if len(lines) == 1:
            return _take_lines(turn, cart, lines, removal)
        return _ask_which(turn, lines or cart.lines, removal)


def _ask_rest(turn: Turn, cart: Cart, removal: Removal) -> Reply:
    """The question before all goes but what is named; which one is meant, where nothing in the basket is."""
    kept = _lines_kept(turn, cart, removal)
    if not kept:
        return _ask_which(turn, cart.lines, removal)
    rest = [line for line in cart.lines if line not in kept]
    if not rest:
        return show_cart(turn, cart, turn.say("There is nothing else in your basket."))
    return _ask_leave(turn, cart, rest)


def _lines_kept(turn: Turn, cart: Cart, removal: Removal) -> tuple[CartLine, ...]:
    """The lines that are to stay where all the rest goes; () where the words name none."""
    return cart.lines if names_all(removal.but, len(cart.lines)) else _lines_named(turn, cart, removal.but)


def _ask_leave(turn: Turn, cart: Cart, lines: Sequence[CartLine]) -> Reply:
    """The question before several lines go, or all."""
    if len(lines) == len(cart.lines):
        return ask(turn, "Shall I empty your basket?", asked_by=REMOVE, expects="yes_no", context={"lines": ["*"]})
    return ask(
        turn, "Shall I take out {products}?", asked_by=REMOVE, expects="yes_no",
        values={"products": ", ".join(_line_title(turn, line) for line in lines)},
        context={"lines": [line.variant_ref for line in lines]},
    )


def _ask_which(turn: Turn, lines: Sequence[CartLine], removal: Removal) -> Reply:
    options = [(line.variant_ref, _line_title(turn, line)) for line in lines]
    context = {"pieces": removal.pieces, "left": removal.left}
    return ask(turn, "Which one shall I take out?", asked_by=REMOVE, expects="choice", options=options, context=context)


def _lines_meant(turn: Turn, cart: Cart, removal: Removal) -> tuple[CartLine, ...]:
    """The lines of a tapped button, of the words, else of what was spoken of last: "it", whatever the reason."""
    if tapped := turn.entity("variant") or turn.entity("product"):
        return tuple(line for line in cart.lines if tapped in (line.variant_ref, line.product_ref))
    last = turn.state.last_product
    named = () if says_it(turn.text) else _lines_named(turn, cart, removal.words, turn.entities)
    return named or point_at_lines(
        cart, variant_ref=last.variant_ref if last else "", product_ref=last.product_ref if last else "",
        quantity=removal.before,
    )


def _lines_named(
    turn: Turn, cart: Cart, said: str, entities: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> tuple[CartLine, ...]:
    """The lines that words name: by place, name, kind, colour or size; () for none. `entities` are of these words.

    Where a kind is named, its place, colour or size is of that kind, and names nothing of another.
    """
    words = catalogue_of(turn).words
    types, colours = read_wish(said, {}, words).types, find_colours(said, entities, words.get("colour", {}))
    of_kind = {line.product_ref for line in cart.lines if _type_of(turn, line) in types}
    if types and not of_kind:
        called = turn.services.finder.find_named(said, types=types, shown=(), now=turn.now)
        return tuple(line for line in cart.lines if line.product_ref in {each.ref for each in called})
    place = find_place(said) or (0 if entities.get("quantity") else find_place(turn.entity("ordinal")))
    return name_lines(
        cart, said, product_refs=of_kind, ordinal=place,
        colour=next((c for c in colours if any(line.options.get("colour") == c for line in cart.lines)), ""),
        size=_line_size(turn, cart, find_size(said, entities)),
    )


def _kinds_missing(turn: Turn, cart: Cart, said: str) -> list[str]:
    """The kinds that words name, where no line is of any: what was spoken of last is not meant then."""
    catalogue = catalogue_of(turn)
    types = read_wish(said, {}, catalogue.words).types
    if not types or says_it(turn.text) or _lines_named(turn, cart, said):
        return []
    return [catalogue.label("product_type", each, turn.language) for each in types]


def _type_of(turn: Turn, line: CartLine) -> str:
    product = _product_of(turn, line)
    return product.product_type if product else ""


def _line_size(turn: Turn, cart: Cart, said: str) -> str:
    """A size as a line of the basket has it: another country's, where it is what a line's product converts it to."""
    products = (each for line in cart.lines if (each := _product_of(turn, line)) is not None)
    return next((own for each in products if said and (own := own_size(each, said)) != said), said)


def _product_of(turn: Turn, line: CartLine) -> Product | None:
    row = catalogue_of(turn).row_of.get(line.product_ref)
    return None if row is None else catalogue_of(turn).products[row]


def _take_lines(turn: Turn, cart: Cart, lines: Sequence[CartLine], removal: Removal) -> Reply:
    """The pieces of the lines out of the basket, and the basket. Writes. Lines that are gone already need nothing."""
    if not lines:
        return show_cart(turn, cart, turn.say("Done."))
    pieces = [(line.variant_ref, count) for line in lines if (count := removal.pieces_of(line.quantity))]
    if not pieces:
        return show_cart(turn, cart, turn.say("Your basket already holds {count}.", count=lines[0].quantity))
    return _take_out(turn, cart, pieces)


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
    """A yes to the lines that were named, or the one that is meant of several; a bare yes to those means none."""
    cart = find_basket(turn.services.commerce, owner_of(turn))
    if answer.kind == "no":
        return _take_nothing(turn)
    if cart is None:
        return tell(turn, turn.say("Your basket is empty."), state=close(turn.state))
    if refs := question.context.get("lines"):
        agreed = [line for line in cart.lines if refs == ["*"] or line.variant_ref in refs]
        return _take_lines(turn, cart, agreed, Removal()) if answer.kind == "yes" else ask_once_more(turn, question)
    return _answer_which(turn, cart, question, answer)


def _answer_which(turn: Turn, cart: Cart, question: OpenQuestion, answer: Answer) -> Reply:
    """Of the lines that were offered the one that is meant, all of them, or all but those that are to stay."""
    asked = {key for key, _ in question.options}
    offered = replace(cart, lines=tuple(line for line in cart.lines if line.variant_ref in asked))
    said = read_removal(answer.text, lines=len(offered.lines))
    before = Removal(pieces=int(question.context.get("pieces", 0)), left=int(question.context.get("left", 0)))
    if not offered.lines:
        return _take_lines(turn, cart, (), before)
    if said.is_all:
        return _ask_leave(turn, cart, offered.lines)
    if said.but:
        kept = _lines_kept(turn, offered, said)
        rest = [line for line in offered.lines if line not in kept]
        if kept and len(rest) != 1:
            return _ask_leave(turn, cart, rest) if rest else _take_nothing(turn)
        return _take_lines(turn, cart, rest, before) if kept else ask_once_more(turn, question)
    named = _lines_named(turn, offered, said.words) if said.pieces or said.left or answer.kind != "choice" else ()
    lines = named or tuple(line for line in offered.lines if line.variant_ref == answer.option)
    if len(lines) == 1 or (answer.option and not lines):
        return _take_lines(turn, cart, lines, said if said.pieces or said.left else before)
    return ask_once_more(turn, question)


def _take_nothing(turn: Turn) -> Reply:
    return tell(turn, turn.say("All right, I take nothing out."), state=close(turn.state))


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
