"""What suits me: suggestions with a reason each, the customer's stated style."""

from dataclasses import replace
from typing import ClassVar

from actions.asking import Handler, button, tell
from actions.base import Reply, ShopAction, Turn
from actions.collecting import collected_at, home_button, tell_place, with_place
from actions.disliked import dislike_button, name_disliked, reply_to_dislike
from actions.personalisation import ask_leave, keep_leave
from actions.search import say_currency, search
from actions.shelf import (
    page_product,
    recommendation_cards,
    remember,
    shop_ref,
    shown_of,
    style_of,
    wish_of,
    with_wish,
)
from actions.store_place import store_asked
from actions.taste import (
    department_named,
    describe_style,
    names_values,
    plain_style,
    read_values,
    sizes_told,
    with_types,
    with_values,
    without_dropped,
)
from bot.commerce.types import ProductRef
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.finding.asked import Asked
from bot.profile.consent import consent_state
from bot.profile.state import OpenQuestion
from bot.profile.traits import set_trait
from bot.recommend.style import Style
from bot.recommend.types import Recommendation
from bot.service.answers import Answer
from bot.service.for_whom import is_for_other
from bot.service.taste import Forgotten, read_forgotten

PERSONALISE = "request:recommend_products"
MAY_I = "May I use your past orders and what you look at, to choose for you? You can take it back at any time."
_PERSONAL = "Here is what I would pick for you:"
_FOR_OTHER = "Ideas for somebody else, so without your sizes, your tastes and your past:"
_OTHER_DEPARTMENT = "Out of another department than yours, so without your sizes, your tastes and your past:"
_COMMON = "Here are some ideas, from what is in demand, what you look at and your basket, not from your past:"


FORGET = "forget:"  # what the buttons say that take a part of the stated style back, in the entity `option`
_FORGET_TITLES = {
    "budget": "Forget the budget", "sizes": "Forget the sizes", "colours": "Forget the colours",
    "brands": "Forget the brands", "department": "Forget the department", "values": "Forget the materials",
    "refusals": "Forget what I refuse",
}


class ActionRecommendProducts(ShopAction):
    """Suggest something to me."""

    intent: ClassVar[str] = "recommend_products"

    def reply(self, turn: Turn) -> Reply:
        """Cards with the reason of each; without consent it says what they rest on, and asks once."""
        if (asked := read_values(turn)) and asked.stands_for:
            return search(turn)  # "suggest something made in France" is a demand, which may find nothing
        place = store_asked(turn)
        style = with_place(turn, with_types(_style_asked(turn, asked), asked), place)
        reply = tell_place(turn, suggest(turn, style, _say_limit(turn, asked)), place, style)
        return _ask_once(turn, reply, style) if _may_ask(turn, reply, style) else reply


def suggest(turn: Turn, style: Style, before: str = "") -> Reply:
    """Suggestions for the customer, the page and a stated style; of what a store has, where they collect from one.

    `before` is said first.
    """
    style, store = collected_at(turn, style)
    back = (home_button(turn),) if store else ()
    found = turn.services.recommender.recommend(
        turn.conversation.customer_id, shop_ref(turn), context_product=ProductRef(page_product(turn)) or None,
        style=style, limit=5, language=turn.language, now=turn.now,
    )
    if not found:
        text = turn.say("I find nothing in stock that suits this. Shall we try another colour, size or price?")
        if store:
            text = turn.say("I find nothing that suits this to collect at {store}.", store=store.name)
        text = f"{before} {text}".strip()
        return tell(turn, text, buttons=(button(turn, "Show me what is on offer", "ask_promotions"), *back))
    lead = _lead(turn, style)
    if store:
        lead = turn.say("In stock to collect at {store}.", store=store.name) + " " + lead
    return show_list(turn, f"{before} {lead}".strip(), found, back)


def _lead(turn: Turn, style: Style) -> str:
    """Whom the suggestions are for, and what they rest on."""
    if style.is_for_other:
        return turn.say(_FOR_OTHER if is_for_other(turn.text) else _OTHER_DEPARTMENT)
    is_personal = turn.services.recommender.is_personal(turn.conversation.customer_id)
    return turn.say(_PERSONAL if is_personal else _COMMON)


def _style_asked(turn: Turn, asked: Asked | None) -> Style:
    """The stated style with what this message adds; for somebody else, or out of another department, that alone."""
    stated, department = style_of(turn), department_named(turn, asked)
    if is_for_other(turn.text) or not _is_own(turn, stated, department):
        stated = Style(store=stated.store, is_for_other=True)
    return with_wish(replace(stated, department=department or stated.department), wish_of(turn))


def _is_own(turn: Turn, stated: Style, department: str) -> bool:
    """Whether a department may be the customer's own: as they said, else as what they kept shows."""
    if not department:
        return True
    if stated.department:
        return stated.department == department
    own = turn.services.recommender.departments_of(turn.conversation.customer_id, shop_ref(turn), turn.now)
    return not own or department in own


def _say_limit(turn: Turn, asked: Asked | None) -> str:
    """That a budget in another currency was taken in the shop's; "" for none."""
    return " ".join(say_currency(turn, asked)) if asked and asked.price_max_minor else ""


def show_list(
    turn: Turn, lead: str, found: list[Recommendation], buttons: tuple[QuickReply, ...] = ()
) -> Reply:
    """A list of suggestions; "the second one" means its second from here on."""
    message = OutboundMessage(lead, language=turn.language, cards=_refusable(turn, found), quick_replies=buttons)
    shown = [shown_of(turn, each.product, each.variant, is_size_known=each.is_size_known) for each in found]
    return Reply((message,), remember(turn.state, shown))


def _refusable(turn: Turn, found: list[Recommendation]) -> tuple[Card, ...]:
    """The cards of suggestions, each of which can be said no to for good."""
    cards = zip(recommendation_cards(turn, found), found, strict=True)
    return tuple(replace(card, buttons=(*card.buttons, dislike_button(turn, each.product))) for card, each in cards)


def _may_ask(turn: Turn, reply: Reply, style: Style) -> bool:
    """Whether to ask for personalisation: of use to a known customer only, once, and when nothing else is open."""
    state = reply.state or turn.state
    if style.is_for_other or shop_ref(turn) is None:
        return False
    if "personalisation" in state.consent_asked or state.question_at(turn.now):
        return False
    with turn.services.store.read() as connection:
        known = consent_state(connection, turn.conversation.customer_id, "personalisation", turn.conversation.channel)
    return known == "unknown"


def _ask_once(turn: Turn, reply: Reply, style: Style) -> Reply:
    return ask_leave(
        turn, MAY_I, asked_by=PERSONALISE, before=reply.messages, context={"style": plain_style(style)},
        state=reply.state,
    )


def _answer_personalise(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    """Keep the answer with the words that were asked; a yes is used at once."""
    turn = keep_leave(turn, question, answer)
    if answer.kind != "yes":
        return tell(turn, turn.say("All right, I leave your past out of it."), state=turn.state)
    return suggest(turn, Style.from_data(question.context.get("style")))


class ActionSetStylePreferences(ShopAction):
    """I like blue, nothing above 80 euros."""

    intent: ClassVar[str] = "set_style_preferences"

    def reply(self, turn: Turn) -> Reply:
        """Keep what was stated, with who said it and when, and read it back; or the no to one product."""
        if reply := reply_to_dislike(turn):
            return reply
        if is_for_other(turn.text):  # "my husband wants blue" is no taste of who says it
            return ActionRecommendProducts().reply(turn)
        forgotten = _taken_back(turn)
        said, known, stated = turn, style_of(turn), without_dropped(turn, style_of(turn), forgotten)
        if forgotten:  # what else is said counts; what was understood in all of it may be of what is taken back
            turn = replace(turn, text=forgotten.rest, entities={})
        wish, asked = wish_of(turn), read_values(turn)
        department, sizes = department_named(turn, asked), sizes_told(said, wish)
        says = sizes or department or (asked and names_values(asked))
        if replace(wish, text="").is_empty and not says:
            return _forget(turn, stated) if forgotten.parts or stated != known else ask_for_style(turn)
        style = with_values(with_types(with_wish(stated, wish), asked), asked)
        liked = [each for each in stated.colours if each not in style.avoid_colours]
        style = replace(
            style.with_known_sizes(sizes), department=department or style.department,
            colours=tuple(dict.fromkeys((*liked, *wish.colours))),
            brands=tuple(dict.fromkeys((*stated.brands, *wish.brands))),
        )
        return _keep_style(turn, style, turn.say("Noted: {style}.", style=describe_style(turn, style)), asked)


def _taken_back(turn: Turn) -> Forgotten:
    """What a tapped button takes back of the stated style, else the words."""
    tapped = turn.entity("option")
    return Forgotten((tapped.removeprefix(FORGET),)) if tapped.startswith(FORGET) else read_forgotten(turn.text)


def _keep_style(turn: Turn, style: Style, text: str, asked: Asked | None = None) -> Reply:
    """Keep a style, and say so. Writes."""
    data = {key: value for key, value in plain_style(style).items() if value}
    with turn.services.store.write() as connection:
        set_trait(connection, turn.conversation.customer_id, "style", data, silo="chat", now=turn.now)
    state, text = replace(turn.state, style=data), f"{_say_limit(turn, asked)} {text}".strip()
    return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),), state=state)


def _forget(turn: Turn, style: Style) -> Reply:
    """Keep a style of which something was taken back, and say what is still known."""
    text = turn.say("Forgotten.")
    if described := describe_style(turn, style):
        text += " " + turn.say("So far I know: {style}.", style=described)
    return _keep_style(turn, style, text)


def ask_for_style(turn: Turn) -> Reply:
    """What can be stated, and what is known so far."""
    known = style_of(turn)
    text = turn.say("Tell me which colours, sizes, brands or budget you like, and I keep to them.")
    if known:
        text = turn.say("So far I know: {style}.", style=describe_style(turn, known)) + " " + text
    left_out, buttons = name_disliked(turn)
    forget = [button(turn, title, "set_style_preferences", option=f"{FORGET}{part}")
              for part, title in _FORGET_TITLES.items() if known.holds(part)]
    return tell(turn, f"{text} {left_out}".rstrip(), buttons=(*forget, *buttons))


HANDLERS: dict[str, Handler] = {PERSONALISE: _answer_personalise}
