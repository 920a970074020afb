"""How would it look on me? Consent first, then a page of some minutes where the photo is chosen; the size beside it."""

from dataclasses import asdict, replace
from typing import ClassVar

import structlog

from actions.asking import Handler, ask, button, plain, prepend, tell
from actions.base import Reply, ShopAction, Turn
from actions.product import advise_size, ask_which_product
from actions.shelf import (
    Meant,
    catalogue_of,
    colour_meant,
    find_meant,
    product_name,
    remember_product,
    shown_of,
    variant_in,
)
from bot.bootstrap import PROJECT
from bot.commerce.types import Product, ProductRef, Variant
from bot.contracts.messages import OutboundMessage, QuickReply, dump_payload
from bot.errors import RetryLater
from bot.profile.photo_wishes import WISH_LIFE, PhotoWish, drop_wish, keep_wish
from bot.profile.state import ConversationState, OpenQuestion
from bot.recommend.traits import colours_of, variant_colour
from bot.service.answers import Answer
from bot.service.questions import compose_question
from bot.service.references import Reference
from bot.service.try_on import (
    PHOTO_CHANNELS,
    SHORT_CHANNELS,
    Asked,
    Fitting,
    choose_consent,
    choose_engine,
    find_fitting,
    has_mirror,
    is_never_shown,
    is_swimwear_or_lingerie,
    keep_answer,
    make_link,
    name_maker,
    on_page,
    words_with,
)
from bot.tryon.record import find_usable

log = structlog.get_logger()
ASKED_BY = "try_on"
_NOT_THIS = "I can show tops, hats and sunglasses on a photo of you, not this."
_NOT_BARE = (
    "I show no swimwear and no lingerie on a photo of you: that is a line I keep for everybody. Tops, hats and "
    "sunglasses I can show."
)
_NOT_BY_TEXT = "Not by text message: in the chat on our website I can show it on a photo of you."
_HERE_IS_THE_PAGE = "Here is the page. It is yours for 15 minutes; come back here afterwards, “add it in M” will do."
_SEND_IT = (
    "Send me your photo now, from the front, alone, in good light: the next one within 15 minutes. Or choose it on our "
    "page."
)


class ActionTryOn(ShopAction):
    """Can I try it on?"""

    intent: ClassVar[str] = "try_on"

    def reply(self, turn: Turn) -> Reply:
        """The question for consent; what helps instead, where this shop or this kind of thing has no try-on."""
        meant = find_meant(turn)
        if not turn.services.settings.try_on_url:
            return advise_size(turn, meant, turn.say("I cannot show it on you yet."))
        if meant.product is None:
            english = (turn.text,) if turn.language == "en" else ()
            is_bare = not turn.text.startswith("/") and is_swimwear_or_lingerie(turn.text, english=english)
            return tell(turn, turn.say(_NOT_BARE)) if is_bare else ask_which_product(turn, meant)
        product, variant = meant.product, _variant_of(meant.product, meant)
        colour = variant_colour(product, variant)
        fitting = _find_fitting(turn, product, colour)
        if fitting is None:
            return advise_size(turn, meant, turn.say(_NOT_BARE if is_never_shown(product) else _NOT_THIS))
        if turn.conversation.channel in SHORT_CHANNELS:
            return advise_size(turn, meant, turn.say(_NOT_BY_TEXT))
        shown = shown_of(turn, product, variant, is_size_known=meant.variant is not None)
        return _ask_consent(turn, fitting, product, remember_product(turn.state, shown))


def _variant_of(product: Product, meant: Meant) -> Variant:
    """The variant that is meant; else the first in the colour that is asked for, or of all."""
    return meant.variant or variant_in(product, colour_meant(product, meant)) or product.variants[0]


def _coloured_name(turn: Turn, product: Product, colour: str) -> str:
    """A product's name, with the colour that is shown where it comes in several."""
    name = product_name(turn, product)
    if len(colours_of(product)) < 2:
        return name
    return f"{name} ({catalogue_of(turn).label('colour', colour, turn.language)})"


def _ask_consent(turn: Turn, fitting: Fitting, product: Product, state: ConversationState) -> Reply:
    """The question as this channel and this shop's engine have it now; the answer comes back with its version."""
    channel = turn.conversation.channel
    fitting = replace(fitting, engine=choose_engine(turn.services.settings, fitting, channel))
    wording, version = choose_consent(fitting, channel)
    return ask(
        turn, wording, asked_by=ASKED_BY, expects="yes_no",
        values={
            "product": _coloured_name(turn, product, fitting.colour),
            "maker": name_maker(turn.services.settings, fitting, turn.language),
            "channel": PHOTO_CHANNELS.get(channel, ""),
        },
        state=state,
        context={"fitting": asdict(fitting), "product": product.ref, "version": version, "channel": channel},
    )


def _find_fitting(turn: Turn, product: Product, colour: str) -> Fitting | None:
    """How it is tried on, by its record; the demo's are drawn when asked for. None where it cannot be."""
    settings = turn.services.settings
    folder = PROJECT / settings.try_on_records if settings.try_on_records else None
    record = find_usable(folder, product.slug, colour) if folder else None
    name = _coloured_name(turn, product, colour)
    return find_fitting(settings, product, colour, name, record.category if record else "")


def _answer_consent(turn: Turn, question: OpenQuestion, answer: Answer) -> Reply:
    state = replace(turn.state, open_question=None)
    is_yes, context = answer.kind == "yes", question.context
    fitting, channel = Fitting(**context["fitting"]), turn.conversation.channel
    if is_yes and channel in SHORT_CHANNELS:  # the question may have been repeated there, cut
        return _say_not_here(turn, fitting, context["product"], state)
    if is_yes and (context["prompt"], context["version"]) != choose_consent(fitting, context["channel"]):
        # Its words changed since: a yes to the old ones is none to these.
        return _ask_consent(turn, fitting, turn.services.commerce.get_product(ProductRef(context["product"])), state)
    wording = compose_question(turn.language, question).text
    asks_size = {"product": context["product"], **({"colour": fitting.colour} if fitting.colour else {})}
    if not is_yes:
        _record(turn, wording, context["version"], None, is_yes=False)
        text = turn.say("All right, no photo. I can tell you which size you usually keep.")
        size = button(turn, "Which size?", "size_advice", **asks_size)
        return tell(turn, text, buttons=(size,), state=state)
    name, advice = _read_advice(turn, fitting, context["product"])  # before anything is written
    takes_photo = context["channel"] in PHOTO_CHANNELS and context["channel"] == channel
    wish = _make_wish(turn, fitting, name, advice) if takes_photo else None
    _record(turn, wording, context["version"], wish, is_yes=True)
    asked, page = Asked(turn.conversation.customer_id, channel), on_page(fitting, channel)
    # A chat that takes photos says the size with the picture; in the link it would be too long for WhatsApp's buttons.
    told_size = advice[0].text if advice and not wish else ""
    link = make_link(turn.services.settings, page, turn.language, turn.key, turn.now, asked, told_size)
    message = OutboundMessage(
        turn.say(_SEND_IT if wish else _HERE_IS_THE_PAGE),
        language=turn.language,
        quick_replies=(
            QuickReply(turn.say("Camera or photo" if has_mirror(page) else "Choose a photo"), url=link),
            QuickReply(turn.say("Which size?"), dump_payload("size_advice", **asks_size)),
        ),
    )
    return Reply((message,), state)


def _say_not_here(turn: Turn, fitting: Fitting, product_ref: str, state: ConversationState) -> Reply:
    """Where it can be done, and the size: neither the question nor the link fits into this channel's messages."""
    _, advice = _read_advice(turn, fitting, product_ref)
    return prepend(Reply(advice, state), plain(turn, turn.say(_NOT_BY_TEXT)))


def _read_advice(turn: Turn, fitting: Fitting, product_ref: str) -> tuple[str, tuple[OutboundMessage, ...]]:
    """A product's name, and what is known of the customer's size in it with what adds it in the colour that is shown;
    the name that was asked with and nothing of the size while the shop does not answer: a yes needs neither.
    """
    try:
        product = turn.services.commerce.get_product(ProductRef(product_ref))
        name = _coloured_name(turn, product, fitting.colour)
        return name, advise_size(turn, Meant(Reference("none", colour=fitting.colour), product)).messages
    except RetryLater as error:
        log.warning("size_not_told", error=type(error).__name__)
        return fitting.name, ()


def _make_wish(turn: Turn, fitting: Fitting, name: str, advice: tuple[OutboundMessage, ...]) -> PhotoWish:
    """What is done with the next photo, and said with it: what it shows, then the size."""
    shown = OutboundMessage(turn.say(words_with(fitting), product=name), language=turn.language, image_alt=name)
    return PhotoWish(
        turn.conversation.sender_id, turn.key, asdict(fitting), [each.to_json() for each in (shown, *advice)],
        turn.language, turn.now + WISH_LIFE, turn.now,
    )


def _record(turn: Turn, wording: str, version: str, wish: PhotoWish | None, *, is_yes: bool) -> None:
    """Keep what was answered to which words, their version and when, and what the next photo is for. Writes."""
    with turn.services.store.write() as connection:
        if wish:
            keep_wish(connection, wish)
        else:
            drop_wish(connection, turn.conversation.sender_id)
        asked = Asked(turn.conversation.customer_id, turn.conversation.channel)
        keep_answer(connection, asked, version=version, wording=wording, is_yes=is_yes, place="chat", now=turn.now)


HANDLERS: dict[str, Handler] = {ASKED_BY: _answer_consent}
