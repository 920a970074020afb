"""Putting a product into the basket: which one, which size, is it there, and what it costs, read back from the shop."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from actions.asking import Handler, ask, button, close, plain, tell
from actions.base import Reply, ShopAction, Turn
from actions.consent import offer_consent
from actions.search import ActionSearchProducts
from actions.shelf import (
    Meant,
    catalogue_of,
    colour_meant,
    describe_options,
    describe_values,
    find_meant,
    own_size,
    owner_of,
    past_ref,
    product_name,
    product_or_none,
    remember_product,
    shown_of,
    style_of,
)
from actions.sizing import say_conversions
from bot.commerce.types import (
    Availability,
    Cart,
    Product,
    Variant,
    VariantRef,
)
from bot.contracts.messages import QuickReply, dump_payload
from bot.errors import InsufficientStock, NotFound
from bot.profile.state import OpenQuestion, Shown
from bot.recommend.size_tables import own_sizes
from bot.recommend.traits import size_of, variant_colour
from bot.service.answers import Answer, simplify
from bot.service.basket import (
    add_pieces,
    buyable_refs,
    choose_variant,
    note_added,
    open_basket,
    problems_of,
    quantity_of,
)
from bot.service.quantities import MOST, NUMBERS
from bot.service.references import find_colours, find_size
from bot.texts.catalogue import format_money

ADD = "request:add_to_cart"
_COUNTED = re.compile(
    r"\b(?:add|take|want|buy|order|ajoute[rz]?|mets|mettez|mettre|prends|prenez|prendrai|veux|voudrais|commande[rz]?)"
    r"(?:-moi|-m'en|-en| me)* (\d{1,2}|deux|two|trois|three|quatre|four|cinq|five|six|dix|ten)\b"
)
Chosen = Mapping[str, Any]


class ActionAddToCart(ShopAction):
    """Put it in my basket."""

    intent: ClassVar[str] = "add_to_cart"

    def reply(self, turn: Turn) -> Reply:
        """Add the product that is meant, or ask for the one thing that is not known."""
        turn = _without_nudge_question(turn)
        meant = find_meant(turn)
        if meant.product is None and turn.entity("product_type") and meant.reference.how != "names":
            return ActionSearchProducts().reply(turn)
        if meant.product is None:
            return _ask_which(turn, meant)
        return add_product(
            turn, meant.product, variant_ref=meant.variant.ref if meant.variant else "",
            colour=colour_meant(meant.product, meant), size=meant.reference.size, quantity=read_quantity(turn),
        )


def add_product(
    turn: Turn, product: Product, *, variant_ref: str = "", colour: str = "", size: str = "", quantity: int = 1
) -> Reply:
    """Put pieces of a product into the basket; asks for size or colour only where there is a choice. Writes."""
    found = turn.services.commerce.get_availability([v.ref for v in product.variants])
    stock = {each.variant_ref: each for each in found}
    buyable = buyable_refs(list(stock.values()))
    if variant_ref:
        variant = next(v for v in product.variants if v.ref == variant_ref)
        return _put_in(turn, product, variant, quantity, stock)
    between, size = own_sizes(product, size), own_size(product, size)
    if len(between) > 1:
        chosen = {"product_ref": product.ref, "colour": colour, "size": "", "quantity": quantity}
        before = " ".join(say_conversions(turn, [size], [product]))
        return _ask_choice(turn, product, "size", between, chosen, before)
    choice = choose_variant(product, colour=colour, size=size, buyable=buyable)
    if choice.variant is not None:
        return _put_in(turn, product, choice.variant, quantity, stock)
    if not choice.missing:
        return _say_not_made(turn, product, colour, size, quantity, buyable)
    if not buyable:
        return _say_sold_out(turn, product, product.variants[0], stock)
    chosen = {"product_ref": product.ref, "colour": colour, "size": size, "quantity": quantity}
    return _ask_choice(turn, product, choice.missing, choice.options, chosen)


def add_variant(turn: Turn, variant_ref: str, quantity: int = 1) -> Reply:
    """Put pieces of one variant into the basket, as a button or a yes to an offer asks. Writes."""
    try:
        product = turn.services.commerce.get_variant_product(VariantRef(variant_ref))
    except NotFound:
        return tell(turn, turn.say("This item is no longer sold."), state=close(turn.state))
    return add_product(turn, product, variant_ref=variant_ref, quantity=quantity)


def _put_in(
    turn: Turn, product: Product, variant: Variant, quantity: int, stock: Mapping[VariantRef, Availability]
) -> Reply:
    if variant.ref not in buyable_refs(list(stock.values())):
        return _say_sold_out(turn, product, variant, stock)
    owner = owner_of(turn)
    cart = open_basket(turn.services.commerce, owner)
    try:
        cart = add_pieces(turn.services.store, turn.services.commerce, owner, cart, variant.ref, quantity, turn.now)
    except InsufficientStock as error:
        return _say_too_few(turn, product, variant, cart, error.available)
    note_added(turn.services.store, owner, cart, variant, quantity, turn.now)
    state = remember_product(replace(close(turn.state), cart_ref=cart.ref), shown_of(turn, product, variant))
    text = _say_added(turn, product, variant, cart)
    buttons = (button(turn, "See my basket", "view_cart"), button(turn, "Check out", "checkout"))
    return offer_consent(turn, tell(turn, text, buttons=buttons, state=state), "marketing", "basket")


def _say_added(turn: Turn, product: Product, variant: Variant, cart: Cart) -> str:
    line = next(each for each in cart.lines if each.variant_ref == variant.ref)
    text = turn.say(
        "In your basket: {quantity} × {product}, {price} each.", quantity=line.quantity,
        product=_full_name(turn, product, variant),
        price=format_money(turn.language, line.unit_price_minor, cart.currency),
    )
    if problems_of(cart).get(variant.ref) == "pickup_only":
        text += " " + turn.say("For this quantity, only collecting in a store is possible.")
    return text + " " + say_total(turn, cart)


def say_total(turn: Turn, cart: Cart) -> str:
    """The basket's total in words, with the delivery where it is paid for."""
    total = format_money(turn.language, cart.totals.grand_minor, cart.currency)
    if cart.totals.shipping_minor:
        shipping = format_money(turn.language, cart.totals.shipping_minor, cart.currency)
        return turn.say("Total: {total}, delivery included ({shipping}).", total=total, shipping=shipping)
    return turn.say("Total: {total}.", total=total)


def say_discount(turn: Turn, cart: Cart) -> str:
    """What the basket's codes take off, as the shop counts it, or that they take off nothing; "" without any."""
    codes = ", ".join(cart.offers)
    if cart.totals.discount_minor:
        saved = format_money(turn.language, cart.totals.discount_minor, cart.currency)
        return turn.say("{codes} takes {discount} off.", codes=codes, discount=saved) if codes else turn.say(
            "The shop takes {discount} off.", discount=saved)
    return turn.say("{codes} takes nothing off this.", codes=codes) if codes and cart.totals.shipping_minor else ""


def _say_sold_out(
    turn: Turn, product: Product, variant: Variant, stock: Mapping[VariantRef, Availability]
) -> Reply:
    """Nothing left of it: what else there is of the same thing, and the promise to keep it in mind."""
    buyable = buyable_refs(list(stock.values()))
    text = turn.say("{product} is sold out online.", product=_full_name(turn, product, variant))
    others = _alternatives(turn, product, variant, buyable)
    if others:
        text += " " + turn.say("There still is:")
    notify = button(turn, "Keep it in mind for me", "notify_me", variant=variant.ref)
    stores = button(turn, "In store?", "check_availability", variant=variant.ref)
    state = remember_product(close(turn.state), shown_of(turn, product, variant))
    return tell(turn, text, buttons=(*others, stores, notify), state=state)


def _say_too_few(turn: Turn, product: Product, variant: Variant, cart: Cart, available: int) -> Reply:
    inside = quantity_of(cart, variant.ref)
    left = max(available - inside, 0)
    name = _full_name(turn, product, variant)
    text = turn.say("Only {count} left of {product}. Nothing was added.", count=available, product=name)
    if inside:
        text += " " + turn.say("Your basket already holds {count}.", count=inside)
    payload = dump_payload("add_to_cart", variant=variant.ref, quantity=str(left))
    add = QuickReply(turn.say("Add {count}", count=left), payload)
    notify = button(turn, "Keep it in mind for me", "notify_me", variant=variant.ref)
    state = remember_product(replace(close(turn.state), cart_ref=cart.ref), shown_of(turn, product, variant))
    return tell(turn, text, buttons=(*((add,) if left else ()), notify), state=state)


def _alternatives(turn: Turn, product: Product, variant: Variant, buyable: frozenset[str]) -> tuple[QuickReply, ...]:
    """The same size in other colours first, then the same colour in other sizes."""
    size, colour = size_of(variant.options), variant_colour(product, variant)
    left = [v for v in product.variants if v.ref in buyable and v.ref != variant.ref]
    left.sort(key=lambda v: (size_of(v.options) != size, variant_colour(product, v) != colour))
    near = [v for v in left if size_of(v.options) == size or variant_colour(product, v) == colour][:4]
    return tuple(
        QuickReply(describe_options(turn, product, v), dump_payload("add_to_cart", variant=v.ref)) for v in near
    )


def _say_not_made(
    turn: Turn, product: Product, colour: str, size: str, quantity: int, buyable: frozenset[str]
) -> Reply:
    """The size does not exist in this product: say so, and ask for one that does."""
    sizes = [size_of(v.options) for v in product.variants if v.ref in buyable and _is_colour(product, v, colour)]
    text = turn.say("{product} does not come in {size}.", product=product_name(turn, product), size=size)
    if not sizes:
        return tell(turn, text, state=close(turn.state))
    chosen = {"product_ref": product.ref, "colour": colour, "size": "", "quantity": quantity}
    return _ask_choice(turn, product, "size", tuple(dict.fromkeys(sizes)), chosen, before=text)


def _is_colour(product: Product, variant: Variant, colour: str) -> bool:
    return not colour or variant_colour(product, variant) == colour


def _ask_choice(
    turn: Turn, product: Product, missing: str, options: Sequence[str], chosen: Chosen, before: str = ""
) -> Reply:
    """Ask for the size or the colour, the customer's usual size first."""
    is_size = missing == "size"
    if is_size:
        options = _usual_size_first(turn, product, options)
    sentence = "Which size of {product}?" if is_size else "Which colour of {product}?"
    state = replace(turn.state, last_product=shown_of(turn, product, None))
    return ask(
        turn, sentence, asked_by=ADD, expects="size" if is_size else "choice",
        options=describe_values(turn, missing, options), values={"product": product_name(turn, product)},
        context={**chosen, "asks": missing}, before=(plain(turn, before),) if before else (), state=state,
    )


def _usual_size_first(turn: Turn, product: Product, options: Sequence[str]) -> list[str]:
    usual = turn.services.recommender.size_for(product, past_ref(turn), style=style_of(turn), now=turn.now)
    return sorted(options, key=lambda size: size != usual)


def _ask_which(turn: Turn, meant: Meant) -> Reply:
    shown = meant.reference.candidates or turn.state.last_shown
    if not shown:
        text = turn.say("Which product do you mean? Tell me what you are looking for, and I will show you.")
        return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))
    options = [(item.variant_ref or item.product_ref, _shown_title(turn, item)) for item in shown[:6]]
    reference = meant.reference
    context = {"asks": "product", "colour": reference.colour, "size": reference.size, "quantity": read_quantity(turn)}
    return ask(turn, "Which one shall I add?", asked_by=ADD, expects="choice", options=options, context=context)


def _shown_title(turn: Turn, item: Shown) -> str:
    labels = [catalogue_of(turn).label(kind, value, turn.language) for kind, value in item.options.items() if value]
    return ", ".join((item.title, *labels)) if item.variant_ref else item.title


def _answer_add(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """The size, colour or product that was missing."""
    chosen = dict(question.context)
    said = _read_choice(turn, chosen["asks"], answer)
    if answer.kind == "no" or not said:
        return tell(turn, turn.say("All right, I add nothing."), state=close(turn.state))
    turn = replace(turn, state=close(turn.state))
    quantity = int(chosen.get("quantity") or 1)
    if chosen["asks"] == "product":
        return _add_chosen(turn, said, chosen, quantity)
    product = product_or_none(turn, chosen["product_ref"])
    if product is None:
        return tell(turn, turn.say("This item is no longer sold."), state=turn.state)
    picked = {**{key: chosen.get(key, "") for key in ("colour", "size")}, chosen["asks"]: said}
    return add_product(turn, product, quantity=quantity, **picked)


def _read_choice(turn: Turn, asks: str, answer: Answer) -> str:
    if answer.option or asks == "product":
        return answer.option
    said = simplify(answer.text)
    if asks == "size":
        return find_size(said, answer.entities) or answer.text.strip()
    return next(iter(find_colours(said, answer.entities, catalogue_of(turn).words.get("colour", {}))), "")


def _add_chosen(turn: Turn, ref: str, chosen: Chosen, quantity: int) -> Reply:
    if ref in catalogue_of(turn).row_of_variant:
        return add_variant(turn, ref, quantity)
    product = product_or_none(turn, ref)
    if product is None:
        return tell(turn, turn.say("This item is no longer sold."), state=turn.state)
    return add_product(turn, product, colour=chosen["colour"], size=chosen["size"], quantity=quantity)


def read_quantity(turn: Turn) -> int:
    """How many pieces the message names; 1 when it names none."""
    said = "" if turn.text.startswith("/") else simplify(turn.text)
    counted = _COUNTED.search(said)
    for value in (*turn.entities.get("quantity", ()), counted.group(1) if counted else ""):
        word = simplify(value).split()[0] if value.strip() else ""
        number = int(word) if word.isdigit() else NUMBERS.get(word, 0)
        if 0 < number <= MOST:
            return number
    return 1


def _without_nudge_question(turn: Turn) -> Turn:
    """Adding something answers whatever a nudge asked about the basket."""
    question = turn.state.open_question
    if question and question.asked_by.startswith(("nudge:", ADD)):
        return replace(turn, state=replace(turn.state, open_question=None))
    return turn


def _full_name(turn: Turn, product: Product, variant: Variant) -> str:
    options = describe_options(turn, product, variant)
    return f"{product_name(turn, product)} ({options})" if options else product_name(turn, product)


HANDLERS: dict[str, Handler] = {ADD: _answer_add}
