"""Promotions: which run, and taking one. Whoever takes one hears of no other about the same, on any channel."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from actions.asking import Handler, ask, button, close, tell
from actions.base import Reply, ShopAction, Turn
from actions.shelf import catalogue_of, owner_of
from bot.commerce.types import Offer
from bot.errors import NotAllowed, NotFound
from bot.nudges.withdraw import accept_offer
from bot.profile.state import OpenQuestion
from bot.service.answers import Answer
from bot.service.basket import open_basket
from bot.texts.catalogue import format_day, format_money

ASKED_BY = "request:ask_promotions"


class ActionAskPromotions(ShopAction):
    """Is anything on offer?"""

    intent: ClassVar[str] = "ask_promotions"

    def reply(self, turn: Turn) -> Reply:
        """The offers that run here; a code in the message is taken at once."""
        if code := _code_in(turn):
            return take(turn, code)
        offers = turn.services.commerce.list_offers(channel=turn.conversation.channel)
        if not offers:
            text = turn.say("There is no offer at the moment.")
            return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))
        text = "\n".join((turn.say("These offers run at the moment:"), *(describe(turn, offer) for offer in offers)))
        options = [(offer.code, offer.code) for offer in offers]
        return ask(
            turn, "{offers}\nWhich one shall I put on your basket?", asked_by=ASKED_BY, expects="choice",
            options=options, values={"offers": text},
        )


def describe(turn: Turn, offer: Offer) -> str:
    """An offer in one line: what, on what, until when, its code. Its name says from how much."""
    parts = [offer.names.get(turn.language) or next(iter(offer.names.values()), offer.code)]
    if offer.product_types:
        labels = [catalogue_of(turn).label("product_type", each, turn.language) for each in offer.product_types]
        parts.append(", ".join(labels))
    parts.append(turn.say("until {day}", day=format_day(turn.language, offer.ends_at, turn.timezone)))
    return f"• {' · '.join(parts)} ({offer.code})"


def take(turn: Turn, code: str) -> Reply:
    """Put an offer on the basket and withdraw every other message about it, before it is answered. Writes."""
    commerce, state = turn.services.commerce, close(turn.state)
    cart = open_basket(commerce, owner_of(turn))
    try:
        cart = commerce.apply_offer(cart.ref, code)
    except NotFound:
        return tell(turn, turn.say("I do not know the code {code}.", code=code), state=state)
    except NotAllowed as error:
        sentence = "The offer {code} is over." if error.reason == "offer_expired" else (
            "The offer {code} does not fit what is in your basket.")
        return tell(turn, turn.say(sentence, code=code), state=state)
    accept_offer(turn.services, turn.conversation.customer_id, f"offer:{code}")
    text = turn.say("Done: the offer {code} is on your basket.", code=code)
    if cart.totals.discount_minor:
        text += " " + turn.say(
            "You save {discount}. Total: {total}.",
            total=format_money(turn.language, cart.totals.grand_minor, cart.currency),
            discount=format_money(turn.language, cart.totals.discount_minor, cart.currency),
        )
    state = replace(state, cart_ref=cart.ref)
    return tell(turn, text, buttons=(button(turn, "See my basket", "view_cart"),), state=state)


def _code_in(turn: Turn) -> str:
    """The code of an offer that a button or the words name, of whatever channel it was made on."""
    said = {
        word.strip(".,;:!?«»\"'()").upper() for word in (turn.text.split() if not turn.text.startswith("/") else ())
    }
    said |= {value.upper() for value in turn.entities.get("option", ())}
    codes = _codes(turn.services.commerce.list_offers()) if said else ()
    return next((code for code in codes if code.upper() in said), "")


def _codes(offers: Sequence[Offer]) -> tuple[str, ...]:
    return tuple(offer.code for offer in offers)


def _answer_offer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    code = answer.option or (question.options[0][0] if answer.kind == "yes" and len(question.options) == 1 else "")
    if not code:
        return tell(turn, turn.say("All right, no offer for now."), state=close(turn.state))
    return take(turn, code)


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer_offer}
