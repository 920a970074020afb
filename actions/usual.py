"""My usual: a basket proposed from the customer's own rhythm, in the size and colour of last time."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from actions import identify
from actions.asking import Handler, Resume, button, close, plain, prepend, tell
from actions.base import Reply, ShopAction, Turn
from actions.collecting import collected_at, home_button
from actions.personalisation import ask_leave, keep_leave
from actions.proposal import USUAL, propose
from actions.shelf import (
    describe_options,
    owner_of,
    product_name,
    shop_ref,
    style_of,
)
from bot.commerce.types import Location
from bot.contracts.messages import QuickReply, dump_payload
from bot.profile.state import OpenQuestion
from bot.recommend.usual import Usual
from bot.service.answers import Answer
from bot.service.basket import find_basket, quantity_of
from bot.service.proposal import Line
from bot.texts.catalogue import format_date_as, format_money

LEAVE = "request:usual_leave"
_LEAVE = "For your usual basket I look at your past orders. May I? You can take it back at any time."
_MORE = "There is more: {products}. Name what you want, or ask for your usual again once this is in your basket."
_DAYS_A_WEEK, _DAYS_A_MONTH = 7, 30.4
_MOST_PROPOSED = 10  # lines at once: as many cards as every channel shows
_MOST_NAMED = 20


class ActionAddUsual(ShopAction):
    """Put in what I always take."""

    intent: ClassVar[str] = "add_usual"

    def reply(self, turn: Turn) -> Reply:
        """Show the whole of it, open to changes; one yes adds all of it. What is missing for that is asked for."""
        return begin(turn)


def begin(turn: Turn, _args: Mapping[str, Any] | None = None) -> Reply:
    """The usual basket; who somebody is and whether their past may be used are asked for first."""
    if shop_ref(turn) is None:
        lead = plain(turn, turn.say("Sign in first, so that I know what you usually take."))
        return prepend(identify.begin(turn, "add_usual", resume=begin), lead)
    if not turn.services.recommender.is_personal(turn.conversation.customer_id):
        return ask_leave(turn, _LEAVE, asked_by=LEAVE)
    return _propose(turn)


def _propose(turn: Turn) -> Reply:
    style, store = collected_at(turn, style_of(turn))
    found = turn.services.recommender.usual(
        shop_ref(turn), turn.now, customer_id=turn.conversation.customer_id, style=style
    )
    cart = find_basket(turn.services.commerce, owner_of(turn))
    inside = [each for each in found if cart and quantity_of(cart, each.variant.ref)]
    ready = [each for each in found if each.is_available and each not in inside]
    gone = [each for each in found if not each.is_available and each not in inside]
    due = [each for each in ready if each.is_due]
    parts, back = _say_rest(turn, inside, gone, store), (home_button(turn),) if store else ()
    if not ready:
        return _say_none(turn, parts, gone, back)
    proposed, more = (due or ready)[:_MOST_PROPOSED], (due or ready)[_MOST_PROPOSED:]
    lead, later = turn.say("This is what you usually take:"), [each for each in ready if due and not each.is_due]
    if due and later:
        lead = turn.say("This is due again, by your own rhythm:")
    elif not due:
        lead = turn.say("Nothing is due yet by your own rhythm. This is what you usually take:")
    if store:
        lead = turn.say("In stock to collect at {store}.", store=store.name) + " " + lead
    if more:
        parts.append(turn.say(_MORE, products=_say_names(turn, more)))
    if later:
        parts.append(turn.say("Not due yet, say so if you want it: {products}.", products=_say_names(turn, later)))
    return propose(
        turn, USUAL, [_line(turn, each) for each in proposed], lead="\n".join((lead, *parts)),
        buttons=(*_substitute_buttons(turn, gone), *back), later=[_line(turn, each) for each in (*more, *later)],
    )


def _say_names(turn: Turn, found: Sequence[Usual]) -> str:
    """What it is, each product once; beyond twenty how many more there are."""
    names = list(dict.fromkeys(product_name(turn, each.product) for each in found))
    rest = [f"+ {len(names) - _MOST_NAMED}"] if len(names) > _MOST_NAMED else []
    return ", ".join((*names[:_MOST_NAMED], *rest))


def _say_none(
    turn: Turn, parts: Sequence[str], gone: Sequence[Usual], back: Sequence[QuickReply]
) -> Reply:
    text = "\n".join(parts) or turn.say("I see nothing yet that you buy again and again.")
    buttons = [
        QuickReply(title, dump_payload("add_to_cart", variant=each.substitute.variant.ref, quantity=str(each.quantity)))
        for each in gone if each.substitute for title in (_title(turn, each),)
    ]
    return tell(turn, text, buttons=(*buttons, button(turn, "Suggest something", "recommend_products"), *back))


def _say_rest(turn: Turn, inside: Sequence[Usual], gone: Sequence[Usual], store: Location | None) -> list[str]:
    """What is in the basket already, and what cannot be had with what comes closest to it, if anything does."""
    names = ", ".join(product_name(turn, each.product) for each in inside)
    parts = [turn.say("In your basket already: {products}.", products=names)] if inside else []
    return parts + [_say_gone(turn, each, store) for each in gone]


def _say_gone(turn: Turn, usual: Usual, store: Location | None) -> str:
    """That something cannot be had, or not in the store that is collected from, and what comes closest to it."""
    values = {"product": _name(turn, usual), "store": store.name if store and usual.is_elsewhere else ""}
    if usual.substitute is None:
        text = "Not at {store}, and I find nothing there that comes close: {product}." if values["store"] else (
            "Out of stock, and I find nothing that comes close: {product}.") if usual.is_sold else (
            "No longer sold, and I find nothing that comes close: {product}.")
        return turn.say(text, **values)
    other = usual.substitute.variant
    text = "Not at {store}: {product}. The closest there: {substitute}, {price}." if values["store"] else (
        "Out of stock: {product}. The closest: {substitute}, {price}.") if usual.is_sold else (
        "No longer sold: {product}. The closest: {substitute}, {price}.")
    price = format_money(turn.language, other.price_minor, other.currency)
    return turn.say(text, **values, price=price, substitute=_substitute_name(turn, usual))


def _substitute_buttons(turn: Turn, gone: Sequence[Usual]) -> list[QuickReply]:
    return [
        QuickReply(_title(turn, each), dump_payload("affirm", option=f"take:{other.variant.ref}*{each.quantity}"))
        for each in gone if (other := each.substitute)
    ]


def _title(turn: Turn, usual: Usual) -> str:
    return turn.say("Take {substitute}", substitute=_substitute_name(turn, usual))


def _line(turn: Turn, usual: Usual) -> Line:
    return Line(usual.product.ref, usual.variant.ref, usual.quantity, note=_say_rhythm(turn, usual))


def _say_rhythm(turn: Turn, usual: Usual) -> str:
    """When it was bought last, and how often, where two times say so."""
    day = format_date_as(turn.language, "d MMMM", usual.last_bought_at.date())
    if usual.times < 2:
        return turn.say("Last bought on {day}", day=day)
    return turn.say("Last bought on {day}, {often}", day=day, often=_say_often(turn, usual.lasts_days))


def _say_often(turn: Turn, days: float) -> str:
    weeks, months = round(days / _DAYS_A_WEEK), round(days / _DAYS_A_MONTH)
    if weeks < 2:
        return turn.say("about every {count} days", count=max(round(days), 1))
    return turn.say("about every {count} weeks", count=weeks) if months < 3 else turn.say(
        "about every {count} months", count=months)


def _name(turn: Turn, usual: Usual) -> str:
    options = describe_options(turn, usual.product, usual.variant)
    return f"{product_name(turn, usual.product)} ({options})" if options else product_name(turn, usual.product)


def _substitute_name(turn: Turn, usual: Usual) -> str:
    if usual.substitute is None:
        return ""
    options = describe_options(turn, usual.substitute.product, usual.substitute.variant)
    return ", ".join(part for part in (product_name(turn, usual.substitute.product), options) if part)


def _answer_leave(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """With leave the basket, without it the way on that needs none."""
    turn = keep_leave(turn, question, answer)
    if answer.kind == "yes":
        return _propose(turn)
    text = turn.say("All right, I leave your past out of it.") + " " + turn.say("Tell me what you need, and I find it.")
    return tell(turn, text, state=close(turn.state))


HANDLERS: dict[str, Handler] = {LEAVE: _answer_leave}
RESUMES: dict[str, Resume] = {"add_usual": begin}
