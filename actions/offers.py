"""Promotions: which run, what they do for this basket, and taking one. What is saved is the shop's word, never ours.

Whoever takes one hears of no other about the same, on any channel.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from actions.asking import Handler, ask, button, close, prepend, tell
from actions.base import Reply, ShopAction, Turn
from actions.cart import say_discount, say_total
from actions.reduced import show_reduced
from actions.shelf import catalogue_of, currency_of, owner_of, wish_of
from bot.commerce.types import Cart, Offer
from bot.contracts.messages import QuickReply, dump_payload
from bot.errors import NotAllowed, NotFound
from bot.nudges.withdraw import accept_offer
from bot.profile.state import ConversationState, OpenQuestion
from bot.service.answers import Answer, simplify
from bot.service.basket import find_basket, open_basket
from bot.service.trial import pieces_of, try_basket
from bot.texts.catalogue import format_day, format_money

ASKED_BY, TRIED = "request:ask_promotions", "request:use_offer"
_MOST_CODES = 3  # buttons that every channel shows
_MOST_TRIED = 4  # offers tried on a basket in one turn: each is a few calls of the shop
_ONLY_ASKS = re.compile(
    r"\?|\b(?:works?|valid|would|save|saving|how much|marche|fonctionne|valable|combien|economi\w*|gagne\w*|"
    r"est-ce que)\b"
)
_CODE_NAMED = re.compile(r"\b(?:code|coupon|voucher|bon)\s+[«\"“']?\s*([A-Z0-9][A-Za-z0-9_-]{3,})", re.IGNORECASE)

_CODE_ALONE = re.compile(r"\b([A-Z]{3,}[0-9]{1,4})\b")  # "BIENVENUE10 ?"


@dataclass(frozen=True)
class Tried:
    """An offer on a copy of the basket: what it takes off in minor units, delivery included; or why it does not."""

    offer: Offer
    saves_minor: int = 0
    total_minor: int = 0
    refused: str = ""


class ActionAskPromotions(ShopAction):
    """Is anything on offer? Does this code work on my basket?"""

    intent: ClassVar[str] = "ask_promotions"

    def reply(self, turn: Turn) -> Reply:
        """The offers that run here with what each does for this basket; a code that is asked about is tried first."""
        offers = turn.services.commerce.list_offers()
        if offer := _offer_in(turn, offers):
            is_asked = _ONLY_ASKS.search(simplify_kept(turn.text)) or _is_dearer_rival(turn, offer)
            return check(turn, offer) if is_asked else take(turn, offer.code)
        if unknown := _unknown_code(turn):
            return take(turn, unknown)
        return _list(turn, turn.services.commerce.list_offers(channel=turn.conversation.channel))


def simplify_kept(text: str) -> str:
    """Simplified words with the question mark kept; "" for a button."""
    return "" if text.startswith("/") else simplify(text) + ("?" if "?" in text else "")


def check(turn: Turn, offer: Offer) -> Reply:
    """What a code would do for the basket as it is, before it is put on; it is put on at a yes."""
    basket = find_basket(turn.services.commerce, owner_of(turn))
    line = describe(turn, offer)
    if basket is None or not basket.lines:
        text = turn.say("Your basket is empty, so it takes nothing off yet. {offer}", offer=line)
        return _ask_use(turn, text, offer)
    if offer.code in basket.offers:
        parts = (turn.say("{code} is on your basket already.", code=offer.code), say_discount(turn, basket),
                 say_total(turn, basket))
        return tell(turn, " ".join(part for part in parts if part))
    tried = try_offer(turn, offer, basket)
    if tried.refused or tried.saves_minor <= 0:
        return tell(turn, f"{explain(turn, offer, basket, tried.refused)}\n{line}", buttons=_see_basket(turn))
    text = turn.say(
        "Yes: with {code} your basket comes to {total}, {saved} less.", code=offer.code,
        total=format_money(turn.language, tried.total_minor, basket.currency),
        saved=format_money(turn.language, tried.saves_minor, basket.currency),
    )
    return _ask_use(turn, f"{text}\n{line}", offer)


def _is_dearer_rival(turn: Turn, offer: Offer) -> bool:
    """Whether it would take the place of a code that takes off more: that is said and asked before it is done."""
    basket = find_basket(turn.services.commerce, owner_of(turn))
    if basket is None or not basket.lines or offer.code in basket.offers or not _rivals(turn, basket, offer):
        return False
    return try_offer(turn, offer, basket).saves_minor <= 0


def _rivals(turn: Turn, basket: Cart, offer: Offer) -> list[str]:
    """The codes on a basket that are of the same campaign: one of them at a time."""
    return [each.code for each in _running(turn) if each.code in basket.offers and each.about == offer.about]


def try_offer(turn: Turn, offer: Offer, basket: Cart) -> Tried:
    """The shop's own count for an offer on a trial basket with the same pieces and codes; the basket stays as it is."""
    trial = try_basket(
        turn.services.commerce, pieces_of(basket), codes=(*basket.offers, offer.code), key=f"{turn.key}:{offer.code}"
    )
    if reason := trial.refused.get(offer.code):
        return Tried(offer, refused=reason)
    total = trial.cart.totals.grand_minor
    return Tried(offer, basket.totals.grand_minor - total, total)


def describe(turn: Turn, offer: Offer) -> str:
    """An offer in one line: what, from how much, on what, until when, its code."""
    name = offer.names.get(turn.language) or next(iter(offer.names.values()), offer.code)
    parts = [name]
    if offer.min_items_minor:
        least = format_money(turn.language, offer.min_items_minor, currency_of(turn))
        parts.append(turn.say("from {amount}", amount=least))
    if offer.product_types:
        parts.append(turn.say("only on: {types}", types=_types(turn, offer)))
    parts.append(turn.say("until {day}", day=format_day(turn.language, offer.ends_at, turn.timezone)))
    return f"• {' · '.join(parts)} ({offer.code})"


def explain(turn: Turn, offer: Offer, basket: Cart, reason: str) -> str:
    """Why an offer takes nothing off this basket, in the conditions that the shop tells."""
    if reason == "offer_expired":
        return turn.say("The offer {code} is over.", code=offer.code)
    text = turn.say("The offer {code} does not fit what is in your basket.", code=offer.code)
    missing = offer.min_items_minor - basket.totals.items_minor
    if missing > 0:
        return text + " " + turn.say(
            "It applies from {least}: {missing} are missing.",
            least=format_money(turn.language, offer.min_items_minor, basket.currency),
            missing=format_money(turn.language, missing, basket.currency),
        )
    if offer.product_types and not _holds_type(turn, basket, offer):
        return text + " " + turn.say("It is only for: {types}, and there is none in it.", types=_types(turn, offer))
    if offer.has_free_shipping and not basket.totals.shipping_minor:
        return text + " " + turn.say("Delivery is free for this basket already.")
    if rivals := _rivals(turn, basket, offer):
        sentence = "{code} of the same campaign is on it, and takes off at least as much: I left it so."
        return turn.say(sentence, code=rivals[0])
    return text


def take(turn: Turn, code: str) -> Reply:
    """Put an offer on the basket and withdraw every other message about it, before it is answered. Writes."""
    commerce, state = turn.services.commerce, close(turn.state)
    cart = open_basket(commerce, owner_of(turn))
    try:
        cart = commerce.apply_offer(cart.ref, code)
    except NotFound:
        return tell(turn, turn.say("I do not know the code {code}.", code=code), state=state)
    except NotAllowed as error:
        return tell(turn, _say_refused(turn, code, cart, error.reason), state=state)
    accept_offer(turn.services, turn.conversation.customer_id, f"offer:{code}")
    done = turn.say("Done: the offer {code} is on your basket.", code=code)
    text = " ".join((done, *_say_without_effect(turn, code, cart)))
    if cart.totals.discount_minor:
        text += " " + turn.say(
            "You save {discount}. Total: {total}.",
            total=format_money(turn.language, cart.totals.grand_minor, cart.currency),
            discount=format_money(turn.language, cart.totals.discount_minor, cart.currency),
        )
    state = replace(state, cart_ref=cart.ref)
    return tell(turn, text, buttons=_see_basket(turn), state=state)


def _say_without_effect(turn: Turn, code: str, cart: Cart) -> list[str]:
    """That a code takes nothing off the basket as it is, and from when it will; [] where it does."""
    offer = next((each for each in _running(turn) if each.code == code), None)
    missing = offer.min_items_minor - cart.totals.items_minor if offer else 0
    if offer and not cart.lines:
        return [turn.say("Your basket is empty, so it takes nothing off yet. {offer}", offer=describe(turn, offer))]
    if offer and missing > 0:
        return [turn.say(
            "It takes nothing off yet: it applies from {least}, {missing} are missing.",
            least=format_money(turn.language, offer.min_items_minor, cart.currency),
            missing=format_money(turn.language, missing, cart.currency),
        )]
    if offer and offer.product_types and not _holds_type(turn, cart, offer):
        return [turn.say("It takes nothing off yet: it is only for {types}.", types=_types(turn, offer))]
    return []


def _say_refused(turn: Turn, code: str, cart: Cart, reason: str) -> str:
    if offer := next((each for each in _running(turn) if each.code == code), None):
        return explain(turn, offer, cart, reason)
    sentence = "The offer {code} is over." if reason == "offer_expired" else (
        "The offer {code} does not fit what is in your basket.")
    return turn.say(sentence, code=code)


def _list(turn: Turn, offers: Sequence[Offer]) -> Reply:
    """What runs here; for a basket that holds something, what each takes off, the best first, and which it shall be."""
    types = wish_of(turn).types
    if types:
        offers = [each for each in offers if not each.product_types or set(types) & set(each.product_types)]
    reduced, none_left = show_reduced(turn)
    if not offers:
        text = none_left or turn.say("There is no offer at the moment.")
        state = reduced.state if reduced and reduced.state else turn.state
        suggest = button(turn, "Suggest something", "recommend_products")
        none = tell(turn, text, buttons=(suggest,), state=_without_old_list(state))
        return prepend(none, *reduced.messages) if reduced else none
    basket = find_basket(turn.services.commerce, owner_of(turn))
    tried = [try_offer(turn, each, basket) for each in offers[:_MOST_TRIED]] if basket and basket.lines else []
    saves = {each.offer.code: each for each in tried}
    ordered = sorted(offers, key=lambda each: -(saves[each.code].saves_minor if each.code in saves else 0))
    lines = [describe(turn, offer) + _say_effect(turn, saves.get(offer.code), basket) for offer in ordered]
    text = "\n".join((turn.say("These offers run at the moment:"), *lines))
    if not tried:  # nothing is in it: a question would come back behind every answer, for nothing
        state = reduced.state if reduced and reduced.state else turn.state
        codes = tuple(QuickReply(each.code, dump_payload("ask_promotions", option=each.code)) for each in ordered)
        told = tell(turn, text, buttons=codes[:_MOST_CODES], state=_without_old_list(state))
        return prepend(told, *reduced.messages) if reduced else told
    return ask(
        turn, "{offers}\nWhich one shall I put on your basket?", asked_by=ASKED_BY, expects="choice",
        options=[(offer.code, offer.code) for offer in ordered], values={"offers": text},
        before=reduced.messages if reduced else (), state=reduced.state if reduced else None,
    )


def _without_old_list(state: ConversationState) -> ConversationState:
    """Without the question of an older list of offers, which is no longer true."""
    asked = state.open_question
    return close(state) if asked and asked.asked_by in (ASKED_BY, TRIED) else state


def _say_effect(turn: Turn, tried: Tried | None, basket: Cart | None) -> str:
    """What an offer does for this basket, behind its line; "" where it was not tried."""
    if tried is None or basket is None:
        return ""
    if tried.offer.code in basket.offers:
        return " → " + turn.say("on your basket already")
    if tried.refused or tried.saves_minor <= 0:
        return " → " + turn.say("nothing off your basket as it is")
    saved = format_money(turn.language, tried.saves_minor, basket.currency)
    return " → " + turn.say("{saved} less for your basket", saved=saved)


def _ask_use(turn: Turn, text: str, offer: Offer) -> Reply:
    return ask(
        turn, "{offer}\nShall I put it on your basket?", asked_by=TRIED, expects="yes_no", values={"offer": text},
        context={"code": offer.code},
    )


def _see_basket(turn: Turn) -> tuple[QuickReply, ...]:
    return (button(turn, "See my basket", "view_cart"),)


def _offer_in(turn: Turn, offers: Sequence[Offer]) -> Offer | None:
    """The offer whose code a button or the words name, of whatever channel it was made on."""
    said = {
        word.strip(".,;:!?«»\"'()").upper() for word in (turn.text.split() if not turn.text.startswith("/") else ())
    }
    said |= {value.upper() for value in turn.entities.get("option", ())}
    return next((offer for offer in offers if offer.code.upper() in said), None)


def _unknown_code(turn: Turn) -> str:
    """What is called a code and is none that runs: "the code NOEL20"."""
    found = None if turn.text.startswith("/") else _CODE_NAMED.search(turn.text) or _CODE_ALONE.search(turn.text)
    code = found.group(1) if found else ""
    return code.upper() if any(sign.isdigit() for sign in code) or (code and code == code.upper()) else ""


def _running(turn: Turn) -> list[Offer]:
    return turn.services.commerce.list_offers()


def _types(turn: Turn, offer: Offer) -> str:
    return ", ".join(catalogue_of(turn).label("product_type", each, turn.language) for each in offer.product_types)


def _holds_type(turn: Turn, basket: Cart, offer: Offer) -> bool:
    catalogue = catalogue_of(turn)
    rows = [catalogue.row_of.get(line.product_ref) for line in basket.lines]
    return any(row is not None and catalogue.products[row].product_type in offer.product_types for row in rows)


def _answer_offer(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    code = answer.option or (question.options[0][0] if answer.kind == "yes" and len(question.options) == 1 else "")
    if not code:
        return tell(turn, turn.say("All right, no offer for now."), state=close(turn.state))
    return take(turn, code)


def _answer_use(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    if answer.kind != "yes":
        return tell(turn, turn.say("All right, no offer for now."), state=close(turn.state))
    return take(turn, str(question.context["code"]))


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer_offer, TRIED: _answer_use}
