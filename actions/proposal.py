"""A basket that is proposed before anything is added: shown whole, changed by talking, added at one yes.

The usual basket and a whole look are proposals. The half-done one is the open question of the person's state.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final, Literal

from actions.asking import ask, button, close, plain, tell
from actions.base import Reply, Turn
from actions.basket import show_cart
from actions.cart import say_discount, say_total
from actions.proposal_changes import Heard, change_lines, find_product
from actions.shelf import (
    catalogue_of,
    currency_of,
    describe_options,
    describe_values,
    own_size,
    owner_of,
    product_card,
    product_name,
    remember,
    shop_ref,
    shown_of,
)
from bot.commerce.spoken_prices import minor_per_unit
from bot.commerce.types import Cart, Product, ProductRef, Variant, VariantRef
from bot.contracts.messages import Card, OutboundMessage, QuickReply, dump_payload
from bot.errors import Conflict, InsufficientStock, NotFound, RetryLater, UnknownFate
from bot.profile.state import OpenQuestion
from bot.recommend.traits import size_of, size_system, sizes_of, variant_colour
from bot.service.answers import Answer, simplify
from bot.service.basket import (
    add_pieces,
    buyable_refs,
    choose_variant,
    find_basket,
    note_added,
    open_basket,
    problems_of,
    quantity_of,
)
from bot.service.partly import says_partly
from bot.service.proposal import Item, Line, lines_from, merge_lines, name_whole, read_changes
from bot.service.references import find_size
from bot.service.trial import Trial, pieces_of, try_basket
from bot.texts.catalogue import format_money

USUAL: Final = "request:add_usual"
LOOK: Final = "look:add"
Kind = Literal["request:add_usual", "look:add"]
Known = Mapping[ProductRef, Product]
_TAKES_ALL = re.compile(
    r"\b(?:add|take|ajoute[zr]?|prends|mets|mettez)\b.*\b(?:all|everything|whole|tout|toute|tous|ensemble)\b"
)
_QUESTIONS: Mapping[str, str] = {
    USUAL: "{total} in all. Shall I add everything?",
    LOOK: "{total} for all of it. Shall I add the whole look, or only one thing?",
}
_SHORTAGES = {"pickup_only": "Only for collecting in a store", "out_of_stock": "Sold out meanwhile"}
_HINT = "Tell me what to change: “without the second one”, “two of the first”, “the first in blue”, “add socks”."


@dataclass(frozen=True)
class Priced:
    """A proposal as the shop would sell it now: what is left of its lines, what each of them is, the trial basket."""

    lines: tuple[Line, ...]
    sold: tuple[tuple[Product, Variant], ...]
    trial: Trial
    basket: Cart | None
    gone: tuple[str, ...] = field(default=())  # names of what the shop has no more of
    unsold: tuple[str, ...] = field(default=())  # names of what it sells no longer


def propose(
    turn: Turn, kind: Kind, lines: Sequence[Line], *, lead: str, buttons: Sequence[QuickReply] = (),
    later: Sequence[Line] = (), is_first: bool = True,
) -> Reply:
    """Show the whole of it with the shop's prices and ask for one yes. `later` is what could be added by a word."""
    priced = price(turn, lines)
    if not priced.lines:
        return tell(turn, " ".join(part for part in (_say_missing(turn, priced), turn.say(
            "Nothing is left of it, so there is nothing to add.")) if part), state=close(turn.state))
    said = [lead, _say_missing(turn, priced), *_say_costs(turn, priced), turn.say(_HINT) if is_first else ""]
    message = OutboundMessage(
        "\n".join(part for part in said if part), language=turn.language, cards=_cards(turn, kind, priced),
        quick_replies=tuple(buttons),
    )
    shown = [
        shown_of(turn, product, variant, is_size_known=line.is_size_known)
        for line, (product, variant) in zip(priced.lines, priced.sold, strict=True)
    ]
    prices = {variant.ref: variant.price_minor for _, variant in priced.sold}
    context = {"lines": _data(priced.lines), "later": _data(later), "prices": prices}
    total = _total(priced)
    reply = ask(
        turn, _QUESTIONS[kind], asked_by=kind, expects="basket", context=context, before=(message,),
        values={"total": format_money(turn.language, total, priced.trial.cart.currency)},
        state=remember(turn.state, shown),
    )
    return _with_one_tap(turn, reply) if kind == LOOK else reply


def price(turn: Turn, lines: Sequence[Line]) -> Priced:
    """The lines at the prices of now, on a trial basket beside what is in the customer's. What is gone is named."""
    known = {each.ref: each for each in turn.services.commerce.get_products([line.product_ref for line in lines])}
    merged = merge_lines(lines)
    found = [(line, *sold) for line in merged if (sold := _sold(known, line))]
    unsold = tuple(_name(turn, line, known) for line in merged if not _sold(known, line))
    basket = find_basket(turn.services.commerce, owner_of(turn))
    inside = pieces_of(basket)
    wanted = {line.variant_ref: line.quantity + inside.get(line.variant_ref, 0) for line, _, _ in found}
    codes = basket.offers if basket else ()
    trial = try_basket(turn.services.commerce, {**inside, **wanted}, codes=codes, key=turn.key)
    left = {ref: count - inside.get(ref, 0) for ref, count in trial.short.items() if ref in wanted}
    if not left:
        sold_lines = tuple(line for line, _, _ in found)
        return Priced(sold_lines, tuple((p, v) for _, p, v in found), trial, basket, unsold=unsold)
    kept = [replace(line, quantity=left.get(line.variant_ref, line.quantity)) for line, _, _ in found]
    gone = [_full_name(turn, p, v) for line, p, v in found if left.get(line.variant_ref, 1) <= 0]
    again = price(turn, [line for line in kept if line.quantity > 0])
    return replace(again, gone=(*gone, *again.gone), unsold=unsold)


def _says_all(text: str, lines: Sequence[Line]) -> bool:
    return bool(_TAKES_ALL.search(name_whole(simplify(text), len(lines))))


def hear(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply | None:
    """What somebody says of a proposal: a change, a size, a yes, a no; None when it is about something else."""
    kind: Kind = LOOK if question.asked_by == LOOK else USUAL
    lines, later = lines_from(question.context["lines"]), lines_from(question.context.get("later", ()))
    tapped = answer.entity("option")
    if tapped.startswith(("drop:", "take:")):
        return _show_again(turn, kind, _tapped(turn, lines, tapped), later)
    if question.context.get("asks") == "size":
        return _take_size(turn, kind, question, answer)
    heard = _listen(turn, lines, later)
    if heard.is_changed:
        return _show_again(turn, kind, heard, later)
    if answer.kind in ("no", "cancel"):
        return tell(turn, turn.say("All right, I add nothing."), state=close(turn.state))
    is_partly = not answer.option and says_partly(answer.text)
    takes_all = tapped == "all" or _says_all(answer.text, lines) and not is_partly
    if heard.unclear and not takes_all:
        return _show_again(turn, kind, heard, later)
    if not takes_all and answer.kind != "yes":
        return None
    return _ask_which(turn, kind, lines, later) if is_partly else add_all(turn, kind, question, lines)


def add_all(turn: Turn, kind: Kind, question: OpenQuestion, lines: Sequence[Line]) -> Reply:
    """Every line into the basket as one act, sizes nobody knows asked for first; what was not added is said. Writes.

    Two answers to one question, from two channels say, add once: the question is the key, not the message.
    """
    unsized = next((place for place, line in enumerate(lines) if not line.is_size_known), None)
    if unsized is not None:
        return _ask_size(turn, kind, question, lines, unsized)
    commerce, store = turn.services.commerce, turn.services.store
    known = {each.ref: each for each in commerce.get_products([line.product_ref for line in lines])}
    if dearer := _say_dearer(turn, question, lines, known):  # the yes was to another price
        later = lines_from(question.context.get("later", ()))
        return propose(turn, kind, lines, lead=dearer, later=later, is_first=False)
    owner = replace(owner_of(turn), message_id=_key(turn, question))
    cart = open_basket(commerce, owner)
    lines = tuple(replace(line, target=line.target or _target(kind, line, cart)) for line in lines)
    short: list[tuple[Line, int]] = []
    unsold = [_name(turn, line, known) for line in lines if not _sold(known, line)]
    for place, line in enumerate(lines):
        sold = _sold(known, line)
        pieces = line.target - quantity_of(cart, line.variant_ref)
        if sold and pieces > 0:
            try:
                cart = add_pieces(store, commerce, owner, cart, line.variant_ref, pieces, turn.now)
                note_added(store, owner, cart, sold[1], pieces, turn.now)
            except InsufficientStock as error:
                short.append((line, error.available))
            except NotFound:
                short.append((line, 0))
            except (Conflict, RetryLater, UnknownFate):
                return _stopped(turn, kind, question, cart, lines[place:], known)
    told = [turn.say("Not added, no longer sold: {products}.", products=", ".join(unsold))] if unsold else []
    told += [_say_short(turn, short, known)] if short else []
    return show_cart(turn, cart, " ".join(told) or turn.say("Done."))


def _key(turn: Turn, question: OpenQuestion) -> str:
    """One for each time that something was proposed to somebody, who stays the same when two of theirs are merged."""
    whose = shop_ref(turn) or turn.conversation.customer_id
    told = f"{whose}:{question.asked_by}:{question.asked_at}"
    return sha256(told.encode()).hexdigest()[:32]


def say_gone(turn: Turn, names: Sequence[str]) -> str:
    """That something is out of stock, "" when nothing is."""
    return turn.say("(Out of stock right now: {products}.)", products=", ".join(names)) if names else ""


def _say_missing(turn: Turn, priced: Priced) -> str:
    """What is out of stock, and what is sold no longer; "" for neither."""
    unsold = turn.say("(No longer sold: {products}.)", products=", ".join(priced.unsold)) if priced.unsold else ""
    return " ".join(part for part in (say_gone(turn, priced.gone), unsold) if part)


def _say_dearer(turn: Turn, question: OpenQuestion, lines: Sequence[Line], known: Known) -> str:
    """What costs another price than it was proposed at, with both; "" where nothing does."""
    before = question.context.get("prices", {})
    changed = [
        turn.say(
            "{product} is {price} now, it was shown at {before}.", product=_full_name(turn, *sold),
            price=format_money(turn.language, sold[1].price_minor, sold[1].currency),
            before=format_money(turn.language, before[sold[1].ref], sold[1].currency),
        )
        for line in lines
        if (sold := _sold(known, line)) and before.get(sold[1].ref, sold[1].price_minor) != sold[1].price_minor
    ]
    return " ".join(changed)


def _target(kind: Kind, line: Line, cart: Cart) -> int:
    """How many the basket shall hold in the end: a look wants one of each, the usual comes on top of what is there."""
    inside = quantity_of(cart, line.variant_ref)
    return max(inside, line.quantity) if kind == LOOK else inside + line.quantity


def _agreed(question: OpenQuestion) -> dict[str, Any]:
    """What a question on the way to adding keeps of the proposal: the prices that were shown, what could be added."""
    return {"later": question.context.get("later", []), "prices": question.context.get("prices", {})}


def _stopped(
    turn: Turn, kind: Kind, question: OpenQuestion, cart: Cart, rest: Sequence[Line], known: Known
) -> Reply:
    """The shop went silent half way: what is in as far as it says, and the rest tried again at a yes.

    The rest keeps how many the basket shall hold, so what did arrive is not put in twice.
    """
    names = ", ".join(_name(turn, line, known) for line in rest)
    text = turn.say("The shop stopped answering half way. Not confirmed: {products}.", products=names)
    total = format_money(turn.language, cart.totals.grand_minor, cart.currency)
    return ask(
        turn, "Your basket came to {total} before that. Shall I try the rest again?", asked_by=kind, expects="basket",
        values={"total": total}, context={**_agreed(question), "lines": _data(rest)}, before=(plain(turn, text),),
        state=replace(turn.state, cart_ref=cart.ref),
    )


def _say_short(turn: Turn, short: Sequence[tuple[Line, int]], known: Known) -> str:
    parts = [
        turn.say("{product} ({count} left)", product=_name(turn, line, known), count=left) if left
        else _name(turn, line, known)
        for line, left in short
    ]
    return turn.say("Not added, too few in stock: {products}. The rest is in.", products=", ".join(parts))


def _listen(turn: Turn, lines: Sequence[Line], later: Sequence[Line]) -> Heard:
    refs = [line.product_ref for line in (*lines, *later)]
    known = {each.ref: each for each in turn.services.commerce.get_products(refs)}
    items, beside = ([_item(turn, known, line) for line in some] for some in (lines, later))
    changes = read_changes(
        turn.text, turn.entities, items, catalogue_of(turn).words, minor_per_unit=minor_per_unit(currency_of(turn)),
        beside=beside,
    )
    return change_lines(turn, lines, changes, known, later)


def _item(turn: Turn, known: Known, line: Line) -> Item:
    """What a line may be called; one that is sold no longer goes by the name that it was shown with."""
    product = known.get(line.product_ref)
    if product is None:
        return Item((_name(turn, line, known),), "", quantity=line.quantity)
    variant = next((v for v in product.variants if v.ref == line.variant_ref), None)
    colour = variant_colour(product, variant) if variant else ""
    return Item(tuple(product.names.values()), product.product_type, colour, line.quantity)


def _tapped(turn: Turn, lines: Sequence[Line], option: str) -> Heard:
    """A line left out by a button, or put in the place of one that is out of stock."""
    verb, _, ref = option.partition(":")
    if verb == "drop":
        return Heard(tuple(line for line in lines if line.variant_ref != ref), is_changed=True)
    ref, _, pieces = ref.partition("*")
    product = find_product(turn, ref)
    if product is None:
        return Heard(tuple(lines), unclear=(turn.say("This item is no longer sold."),))
    return Heard((*lines, Line(product.ref, VariantRef(ref), int(pieces or 1))), is_changed=True)


def _ask_which(turn: Turn, kind: Kind, lines: Sequence[Line], later: Sequence[Line]) -> Reply:
    """A yes to a part of it that was not understood: nothing is added."""
    unclear = turn.say("I am not sure what “{said}” is about.", said=turn.text)
    return _show_again(turn, kind, Heard(tuple(lines), unclear=(unclear,)), later)


def _show_again(turn: Turn, kind: Kind, heard: Heard, later: Sequence[Line]) -> Reply:
    if not heard.lines:
        return tell(turn, turn.say("Nothing is left of it, so there is nothing to add."), state=close(turn.state))
    lead = " ".join(heard.unclear) or turn.say("Like this, then:")
    return propose(turn, kind, heard.lines, lead=lead, later=later, is_first=False)


def _ask_size(
    turn: Turn, kind: Kind, question: OpenQuestion, lines: Sequence[Line], place: int, before: str = ""
) -> Reply:
    """The one size that nobody knows yet, among those in stock."""
    line = lines[place]
    product = turn.services.commerce.get_variant_product(line.variant_ref)
    buyable = buyable_refs(turn.services.commerce.get_availability([v.ref for v in product.variants]))
    colour = _colour(product, line)
    sizes = [size_of(v.options) for v in product.variants if v.ref in buyable and variant_colour(product, v) == colour]
    return ask(
        turn, "Which size of {product}?", asked_by=kind, expects="size",
        options=describe_values(turn, "size", dict.fromkeys(sizes)), values={"product": product_name(turn, product)},
        context={**_agreed(question), "lines": _data(lines), "asks": "size", "place": place},
        before=(plain(turn, before),) if before else (),
    )


def _take_size(turn: Turn, kind: Kind, question: OpenQuestion, answer: Answer) -> Reply:
    """The size of a line; the same one holds for whatever else is sized alike, so it is asked for once."""
    lines, place = lines_from(question.context["lines"]), int(question.context["place"])
    if answer.kind in ("no", "cancel"):
        return tell(turn, turn.say("All right, I add nothing."), state=close(turn.state))
    said = answer.option or find_size(simplify(answer.text), answer.entities) or answer.text.strip()
    first = turn.services.commerce.get_variant_product(lines[place].variant_ref)
    said = own_size(first, said)
    if simplify(said) not in {simplify(size) for size in sizes_of(first)}:
        text = turn.say("{product} does not come in {size}.", product=product_name(turn, first), size=said)
        return _ask_size(turn, kind, question, lines, place, text)
    sized = [_sized(turn, line, said, size_system(first), is_asked=n == place) for n, line in enumerate(lines)]
    return add_all(turn, kind, _priced_as_shown(question, lines, sized), sized)


def _priced_as_shown(question: OpenQuestion, lines: Sequence[Line], sized: Sequence[Line]) -> OpenQuestion:
    """The question with what each line was shown at held against the size that was chosen since."""
    prices = question.context.get("prices", {})
    chosen = {
        after.variant_ref: prices[before.variant_ref] for before, after in zip(lines, sized, strict=True)
        if before.variant_ref in prices
    }
    return replace(question, context={**question.context, "prices": {**prices, **chosen}})


def _sized(turn: Turn, line: Line, size: str, system: str, *, is_asked: bool) -> Line:
    if line.is_size_known:
        return line
    product = turn.services.commerce.get_variant_product(line.variant_ref)
    variant = choose_variant(product, colour=_colour(product, line), size=size).variant
    if size_system(product) != system or variant is None:
        return line
    stock = buyable_refs(turn.services.commerce.get_availability([variant.ref]))
    return replace(line, variant_ref=variant.ref, is_size_known=True) if is_asked or variant.ref in stock else line


def _colour(product: Product, line: Line) -> str:
    return next((variant_colour(product, v) for v in product.variants if v.ref == line.variant_ref), "")


def _say_costs(turn: Turn, priced: Priced) -> list[str]:
    """What offers take off and what the basket would come to, where that is not the sum of the lines."""
    cart = priced.trial.cart
    costs = [say_discount(turn, cart)]
    if priced.basket and priced.basket.lines:
        costs.append(turn.say("With what is in your basket already:") + " " + say_total(turn, cart))
    elif cart.totals.shipping_minor:
        shipping = format_money(turn.language, cart.totals.shipping_minor, cart.currency)
        costs.append(turn.say("Delivery is in it: {shipping}.", shipping=shipping))
    return costs


def _total(priced: Priced) -> int:
    """What is asked to be added: with offers and delivery where it is the whole basket, else the lines alone."""
    if priced.basket and priced.basket.lines:
        return priced.trial.cost_minor({line.variant_ref: line.quantity for line in priced.lines})
    return priced.trial.cart.totals.grand_minor


def _cards(turn: Turn, kind: Kind, priced: Priced) -> tuple[Card, ...]:
    problems = problems_of(priced.trial.cart)
    return tuple(
        _card(turn, kind, line, product, variant, problems.get(line.variant_ref, ""))
        for line, (product, variant) in zip(priced.lines, priced.sold, strict=True)
    )


def _card(turn: Turn, kind: Kind, line: Line, product: Product, variant: Variant, problem: str) -> Card:
    note = turn.say(_SHORTAGES[problem]) if problem in _SHORTAGES else line.note
    card = product_card(turn, product, variant, note=note, is_size_known=line.is_size_known)
    out = QuickReply(turn.say("Leave out"), dump_payload("affirm", option=f"drop:{line.variant_ref}"))
    if kind == LOOK:
        return replace(card, buttons=(card.buttons[0], out))
    each = format_money(turn.language, variant.price_minor, variant.currency)
    see = card.buttons[1]  # first: on a phone the first button is the whole card's, and that must take nothing away
    return replace(card, price_text=f"{line.quantity} × {each}", buttons=(see, out))


def _with_one_tap(turn: Turn, reply: Reply) -> Reply:
    """The look's question with its one tap, in the place of a bare yes and no."""
    buttons = (
        QuickReply(turn.say("Add the whole look"), dump_payload("affirm", option="all")),
        button(turn, "No", "deny"),
    )
    return replace(reply, messages=(*reply.messages[:-1], replace(reply.messages[-1], quick_replies=buttons)))


def _sold(known: Known, line: Line) -> tuple[Product, Variant] | None:
    """The product and variant of a line, None when the shop sells it no longer."""
    product = known.get(line.product_ref)
    variant = next((v for v in product.variants if v.ref == line.variant_ref), None) if product else None
    return (product, variant) if product and variant else None


def _name(turn: Turn, line: Line, known: Known) -> str:
    sold = _sold(known, line)
    titles = {each.product_ref: each.title for each in turn.state.last_shown}
    return _full_name(turn, *sold) if sold else titles.get(line.product_ref, line.product_ref)


def _full_name(turn: Turn, product: Product, variant: Variant) -> str:
    options = describe_options(turn, product, variant)
    return f"{product_name(turn, product)} ({options})" if options else product_name(turn, product)


def _data(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [line.to_data() for line in lines]
