"""What Messenger can show, and when we may write. Pure.

A message becomes the first of these that holds it:

    carousel         up to ten cards with three buttons each; it has no words of its own, so `split` sends those first
    buttons          words with up to three buttons, where one opens a page
    quick replies    words with up to thirteen buttons that vanish once tapped
    numbered         everything else: the customer answers with a number

Limits: https://developers.facebook.com/docs/messenger-platform/reference/send-api (checked 2026-11).
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.channels.fitting import RichLimits, cut
from bot.channels.meta.choices import (
    Choice,
    describe,
    list_choices,
    prepare,
    render_body,
    render_words,
    take_number,
    usable,
)
from bot.channels.meta.templates import render_template
from bot.contracts.messages import Card, OutboundMessage, QuickReply
from bot.texts.catalogue import translate

WINDOW, HUMAN_WINDOW = timedelta(hours=24), timedelta(days=7)
MOST_REPLIES, MOST_ELEMENTS, MOST_BUTTONS = 13, 10, 3
TITLE, PAYLOAD, ELEMENT_TEXT, BUTTON_TEXT, TEXT = 20, 1_000, 80, 640, 2_000
_LIMITS = RichLimits(quick_replies=20, cards=MOST_ELEMENTS, text_characters=TEXT)


def is_window_open(last_inbound_at: datetime | None, now: datetime, *, is_human: bool = False) -> bool:
    """Whether we may write: within 24 hours of the customer's last message, a person of the shop within seven days."""
    return last_inbound_at is not None and now - last_inbound_at < (HUMAN_WINDOW if is_human else WINDOW)


def takes_template(purpose: str, country: str) -> bool:  # in every country alike
    """Whether approved words reach somebody out of the window: what tells of an order or account, nothing else.

    Advertising reaches nobody in the European Union, the United Kingdom, Japan, South Korea or Australia; elsewhere
    Meta takes it through an ad account only, from people who subscribed, and we have neither.
    """
    return purpose != "marketing"


def split(message: OutboundMessage) -> tuple[OutboundMessage, ...]:
    """The messages that it takes: words and a carousel are two, a picture that it was given and words, too. Pure."""
    if message.image_id and message.text:
        return OutboundMessage("", message.language, image_id=message.image_id, image_alt=message.image_alt), replace(
            message, image_id="", image_alt=""
        )
    if not message.cards or not (message.text or message.timeline):
        return (message,)
    words = replace(message, cards=(), quick_replies=(), image_url="")
    return words, replace(message, text="", timeline=None)


def fit_content(message: OutboundMessage) -> dict[str, Any]:
    """The `message` of the Send API. NotAllowed for a template that it would refuse. Pure."""
    if message.template:
        return {"template": render_template(message.template, message.text)}
    fitting = prepare(message, _LIMITS)
    words = render_words(fitting)
    if fitting.cards and not (fitting.text or fitting.timeline):
        return {"attachment": _carousel(fitting), **_replies(fitting)}
    if _fits_buttons(fitting, words):
        return {"attachment": _buttons(fitting, words)}
    if fitting.image_id and not words:
        return {"attachment": {"type": "image", "payload": {"attachment_id": fitting.image_id}}, **_replies(fitting)}
    if fitting.image_url.startswith("https:") and not words:
        return {"attachment": {"type": "image", "payload": {"url": fitting.image_url}}, **_replies(fitting)}
    if _is_numbered(fitting):
        return {"text": cut(_numbered(fitting), TEXT)}
    return {"text": cut(render_body(fitting), TEXT), **_replies(fitting)}


def choose_by_number(message: OutboundMessage, text: str) -> Choice | None:
    """What a customer means who answers numbered words with nothing but a number; None when it asks for none."""
    fitting = prepare(message, _LIMITS)
    return take_number(list_choices(fitting), text) if _is_numbered(fitting) else None


def _is_numbered(message: OutboundMessage) -> bool:
    taps = [each for each in message.quick_replies if each.payload]
    titles = {cut(each.title, TITLE) for each in taps}
    is_too_long = any(len(each.payload) > PAYLOAD for each in taps)
    has_words_and_cards = bool(message.cards and (message.text or message.timeline))
    return has_words_and_cards or len(taps) > MOST_REPLIES or len(titles) < len(taps) or is_too_long


def _fits_buttons(message: OutboundMessage, words: str) -> bool:
    opens_a_page = any(each.url and not each.payload for each in message.quick_replies)
    return (
        opens_a_page and len(message.quick_replies) <= MOST_BUTTONS and not message.cards
        and all(len(each.payload) <= PAYLOAD for each in message.quick_replies) and 0 < len(words) <= BUTTON_TEXT
    )


def _buttons(message: OutboundMessage, words: str) -> dict[str, Any]:
    buttons = [_button(each) for each in message.quick_replies]
    return {"type": "template", "payload": {"template_type": "button", "text": words, "buttons": buttons}}


def _carousel(message: OutboundMessage) -> dict[str, Any]:
    elements = [_element(card) for card in message.cards]
    return {"type": "template", "payload": {"template_type": "generic", "elements": elements}}


def _element(card: Card) -> dict[str, Any]:
    buttons = [_button(each) for each in usable(card.buttons) if len(each.payload) <= PAYLOAD][:MOST_BUTTONS]
    below = describe(card)
    parts = {
        "title": cut(card.title, ELEMENT_TEXT), "subtitle": cut(below, ELEMENT_TEXT),
        "image_url": card.image_url if card.image_url.startswith("https:") else "",
        "default_action": {"type": "web_url", "url": card.url} if card.url.startswith("http") else {},
        "buttons": buttons,
    }
    return {name: part for name, part in parts.items() if part}


def _button(button: QuickReply) -> dict[str, str]:
    title = cut(button.title, TITLE)
    if button.payload:
        return {"type": "postback", "title": title, "payload": button.payload}
    return {"type": "web_url", "title": title, "url": button.url}


def _replies(message: OutboundMessage) -> dict[str, Any]:
    replies = [
        {"content_type": "text", "title": cut(each.title, TITLE), "payload": each.payload}
        for each in message.quick_replies if each.payload and len(each.payload) <= PAYLOAD
    ][:MOST_REPLIES]
    return {"quick_replies": replies} if replies else {}


def _numbered(message: OutboundMessage) -> str:
    choices = list_choices(message)
    lines = [f"{number}. {each.title}" for number, each in enumerate(choices, start=1)]
    hint = translate(message.language, "Answer with the number.") if choices else ""
    return "\n".join(part for part in (render_body(message), *lines, hint) if part)
