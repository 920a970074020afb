"""Greetings and thanks, what the bot is and can do, the language, and what it did not understand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from actions import desk, identify
from actions.asking import button, close, person_button, tell
from actions.base import Reply, ShopAction, Turn
from actions.search import search
from actions.shelf import wish_of
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.service.answers import simplify

WISH_SENTENCES: Mapping[str, str] = {
    "track_order": "Track an order",
    "cancel_order": "Cancel an order",
    "change_order": "Change an order",
    "change_shipping_address": "Change where an order goes",
    "delivery_options": "Ways of delivery",
    "delivery_period": "How long delivery takes",
    "report_delivery_problem": "A problem with a delivery",
    "return_item": "Send something back",
    "exchange_item": "Exchange something",
    "check_refund_policy": "Rules for returns",
    "get_refund": "Get my money back",
    "track_refund": "Where my refund is",
    "get_invoice": "Get an invoice",
    "payment_issue": "A problem with a payment",
    "check_payment_methods": "Ways to pay",
    "edit_account": "Change my account",
    "set_up_shipping_address": "Add an address",
    "create_account": "Create an account",
    "delete_account": "Delete my account",
    "recover_password": "Forgotten password",
    "newsletter_subscription": "The newsletter",
    "export_my_data": "Get my data",
    "stop_messages": "Stop these messages",
    "resume_messages": "Allow messages again",
    "set_message_preferences": "My preferences",
    "why_this_message": "Why this message?",
    "recommend_products": "Recommend me something",
    "search_products": "Search the shop",
    "product_details": "Details of an item",
    "check_availability": "Is it in stock?",
    "store_pickup": "Collect in a store",
    "size_advice": "Which size fits me?",
    "try_on": "Try something on",
    "complete_look": "Complete my look",
    "add_to_cart": "Add to the basket",
    "add_usual": "My usual",
    "remove_from_cart": "Take out of the basket",
    "view_cart": "See my basket",
    "checkout": "Check out",
    "ask_promotions": "Current offers",
    "notify_me": "Tell me when it is back",
    "set_style_preferences": "My style",
    "leave_review": "Leave a review",
    "contact_human_agent": "Talk to a person",
}
CONTINUED = "continued"  # the greeting of who came here by a link of ours: bot/channels/continuing.py
UNCLEAR = "unclear"
UNCLEAR_LASTS = timedelta(minutes=5)
_ENGLISH_WORDS = ("english", "anglais", "anglaise")
_FRENCH_WORDS = ("french", "francais", "francaise")


def main_buttons(turn: Turn) -> tuple[QuickReply, ...]:
    """What most people come for."""
    wishes = ("track_order", "recommend_products", "view_cart", "edit_account")
    return tuple(button(turn, WISH_SENTENCES[wish], wish) for wish in wishes)


class ActionGreet(ShopAction):
    """Hello."""

    intent: ClassVar[str] = "greet"

    def reply(self, turn: Turn) -> Reply:
        """Greet, and say what the bot is (promise 9); to who comes from the website, what goes on here."""
        if turn.entity("option") == CONTINUED:
            return _welcome_back(turn)
        if reply := identify.introduce(turn):
            return reply
        text = turn.say(
            "Hello! I am the assistant of {shop}, a program. I follow your orders, find what suits you and fill your "
            "basket; a person is never far.",
            shop=turn.services.policy.shop.name,
        )
        return tell(turn, text, buttons=main_buttons(turn))


def _welcome_back(turn: Turn) -> Reply:
    """What was begun elsewhere, and the way out for whoever did not mean to go on with it."""
    parts = [turn.say("We go on here with what you began on our website; I am still the assistant, a program.")]
    if turn.state.last_shown:
        titles = ", ".join(f"{number}. {each.title}" for number, each in enumerate(turn.state.last_shown, start=1))
        parts.append(turn.say("You were looking at: {titles}.", titles=titles))
    parts.append(turn.say("If that was not you, tell a person."))
    wish = "view_cart" if turn.state.cart_ref else "recommend_products"
    return tell(turn, " ".join(parts), buttons=(button(turn, WISH_SENTENCES[wish], wish), person_button(turn)))


class ActionGoodbye(ShopAction):
    """Goodbye."""

    intent: ClassVar[str] = "goodbye"
    comes_back: ClassVar[bool] = False

    def reply(self, turn: Turn) -> Reply:
        """Goodbye; a half-done request waits for a day."""
        return _end(turn, turn.say("Goodbye, and see you soon!"))


class ActionThank(ShopAction):
    """Thank you."""

    intent: ClassVar[str] = "thank"

    def reply(self, turn: Turn) -> Reply:
        """You are welcome."""
        return _end(turn, turn.say("With pleasure! Is there anything else?"))


def _end(turn: Turn, text: str) -> Reply:
    """Last words: with nothing open and nobody awaited, the channel may ask how it was."""
    is_over = not turn.state.question_at(turn.now) and not turn.state.handoff
    return Reply((OutboundMessage(text, language=turn.language, asks_rating=is_over),))


class ActionBotChallenge(ShopAction):
    """Are you a robot?"""

    intent: ClassVar[str] = "bot_challenge"

    def reply(self, turn: Turn) -> Reply:
        """Say what it is, and offer a person (promise 9)."""
        text = turn.say(
            "Yes, I am a program: the automatic assistant of {shop}. If you prefer a person, say so at any time.",
            shop=turn.services.policy.shop.name,
        )
        return tell(turn, text, buttons=(person_button(turn),))


class ActionHelp(ShopAction):
    """What can you do?"""

    intent: ClassVar[str] = "help"

    def reply(self, turn: Turn) -> Reply:
        """What can be asked for, in a few words."""
        text = turn.say(
            "I can follow your orders, change your account, recommend and find items, fill your basket, tell the "
            "shop's rules on delivery, returns and payment, and call a person."
        )
        return tell(turn, text, buttons=(*main_buttons(turn), person_button(turn)))


class ActionChangeLanguage(ShopAction):
    """Speak French, speak English."""

    intent: ClassVar[str] = "change_language"

    def reply(self, turn: Turn) -> Reply:
        """Switch to the language asked for; to the other one when none is named."""
        wanted = find_language(f"{turn.text} {turn.entity('option')}") or ("en" if turn.language == "fr" else "fr")
        switched = replace(turn, language=wanted)
        return replace(
            tell(switched, switched.say("Of course. I speak English with you from now on.")), language=wanted
        )


def find_language(text: str) -> str:
    """The language that words name, "" for none."""
    said = simplify(text)
    if any(word in said for word in _ENGLISH_WORDS) or said.split()[-1:] == ["en"]:
        return "en"
    if any(word in said for word in _FRENCH_WORDS) or said.split()[-1:] == ["fr"]:
        return "fr"
    return ""


class ActionOutOfScope(ShopAction):
    """Something that is not ours."""

    intent: ClassVar[str] = "out_of_scope"

    def reply(self, turn: Turn) -> Reply:
        """Say so, and what is; not to somebody who told who they are, or what they want done to an order."""
        if reply := identify.introduce(turn) or desk.hear_stranger(turn):
            return reply
        text = turn.say("I cannot help with that: I only know this shop, its items and your orders.")
        return tell(turn, text, buttons=(*main_buttons(turn), person_button(turn)))


class ActionAffirm(ShopAction):
    """A yes to nothing."""

    intent: ClassVar[str] = "affirm"

    def reply(self, turn: Turn) -> Reply:
        """Nothing is open, or it takes more than a yes: nothing is done, and what is open is asked again."""
        if turn.state.question_at(turn.now):
            return tell(turn, turn.say("I need a little more than that."))
        return tell(turn, turn.say("I have no open question. What can I do for you?"), buttons=main_buttons(turn))


class ActionDeny(ShopAction):
    """A no to nothing."""

    intent: ClassVar[str] = "deny"

    def reply(self, turn: Turn) -> Reply:
        """Nothing is open: nothing is done."""
        return tell(turn, turn.say("All right. I am here if you need me."))


class ActionDefaultFallback(ShopAction):
    """What was not understood."""

    intent: ClassVar[str] = "default_fallback"

    def reply(self, turn: Turn) -> Reply:
        """What is for the shelf either way; else this or that; a person when it was not understood twice."""
        if _is_for_the_shelf(turn):
            return search(turn)
        question = turn.state.question_at(turn.now)
        if not question and (reply := identify.introduce(turn) or desk.hear_stranger(turn)):
            return reply
        if question:
            return tell(turn, turn.say("Sorry, I did not understand that."), buttons=(person_button(turn),))
        if _was_unclear(turn):
            return _offer_person(turn)
        return _either_or(turn)


def _is_for_the_shelf(turn: Turn) -> bool:
    """Whether both of the likeliest readings want things of a kind that is named: "show me jeans" is no riddle."""
    likeliest = [each for each in turn.guesses if each in WISH_SENTENCES][:2]
    return set(likeliest) == {"search_products", "recommend_products"} and bool(wish_of(turn).types)


def _was_unclear(turn: Turn) -> bool:
    before = turn.state.request if turn.state.request.get("kind") == UNCLEAR else {}
    return bool(before) and turn.now - datetime.fromisoformat(before["at"]) < UNCLEAR_LASTS


def _offer_person(turn: Turn) -> Reply:
    text = turn.say("I still do not understand, and I am sorry. A person can help you.")
    buttons = (person_button(turn), button(turn, "What can you do?", "help"))
    return tell(turn, text, buttons=buttons, state=close(turn.state))


def _either_or(turn: Turn) -> Reply:
    guesses = [each for each in turn.guesses if each in WISH_SENTENCES][:2] or ["track_order", "recommend_products"]
    buttons = tuple(button(turn, WISH_SENTENCES[each], each) for each in guesses)
    text = turn.say("I am not sure that I understand. Is it one of these?")
    state = replace(turn.state, request={"kind": UNCLEAR, "at": turn.now.isoformat()})
    return tell(turn, text, buttons=(*buttons, button(turn, "Something else", "help")), state=state)
