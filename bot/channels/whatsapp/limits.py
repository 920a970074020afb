"""What WhatsApp can show, and when we may write. Pure.

A message becomes the first of these that holds it:

    buttons     up to three, short                     a tap
    list        up to ten rows: products or choices    a tap
    numbered    everything else                        the customer answers with a number

Limits: https://developers.facebook.com/docs/whatsapp/cloud-api/messages (checked 2026-11).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, NumberParseException, parse, region_code_for_number

from bot.channels.fitting import RichLimits, cut
from bot.channels.meta.choices import Choice, list_choices, prepare, render_body, take_number
from bot.channels.meta.templates import render_template
from bot.contracts.messages import OutboundMessage
from bot.texts.catalogue import translate

WINDOW = timedelta(hours=24)
MOST_BUTTONS, MOST_ROWS = 3, 10
BUTTON_TITLE, BUTTON_ID, BUTTON_BODY = 20, 256, 1_024
ROW_TITLE, ROW_ID, ROW_DESCRIPTION, LIST_BUTTON, LIST_BODY = 24, 200, 72, 20, 4_096
TEXT_BODY, CAPTION = 4_096, 1_024
# Paused since 2025-04, for numbers with +1 and an area code of the United States (checked 2026-11).
_NO_MARKETING = frozenset({"US"})
_SHORTEST = 8  # digits of a number with its country
_NORTH_AMERICA = 1  # the calling code that twenty-five countries share
_LIMITS = RichLimits(quick_replies=20, cards=10, text_characters=TEXT_BODY)


def is_window_open(last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether a text may be written freely: the customer wrote within the last 24 hours."""
    return last_inbound_at is not None and now - last_inbound_at < WINDOW


def takes_template(purpose: str, country: str) -> bool:
    """Whether approved words reach somebody out of the window. Advertising to numbers of the United States does not."""
    return not (purpose == "marketing" and country in _NO_MARKETING)


def country_of(address: str) -> str:
    """The country of a phone number, or of WhatsApp's id of somebody who shows none (`FR.134...`); "" for another.

    A number with +1 that nobody can place counts as one of the United States, where the most is forbidden.
    """
    if "." in address:
        code = address.partition(".")[0].upper()
        return code if len(code) == 2 and code.isalpha() else ""
    for digits in (1, 2, 3):  # most codes are one country's: the rest of the number need not be read
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(address[:digits])) if address[:digits].isdecimal() else None
        if regions and len(regions) == 1 and len(address) >= _SHORTEST:
            return str(regions[0])
    try:
        number = parse(f"+{address}")
    except NumberParseException:
        return ""
    return region_code_for_number(number) or ("US" if number.country_code == _NORTH_AMERICA else "")


def fit_content(message: OutboundMessage) -> dict[str, Any]:
    """The message as the Cloud API takes it: `type` and the object that goes by it. NotAllowed for a template that it
    would refuse. Pure.
    """
    if message.template:
        return {"type": "template", "template": render_template(message.template, message.text)}
    fitting = prepare(message, _LIMITS)
    choices = list_choices(fitting)
    if choices and _fits_buttons(fitting, choices):
        return _buttons(fitting, choices)
    if choices and _fits_list(fitting, choices):
        return _list(fitting, choices)
    if fitting.image_id and not choices and len(render_body(fitting)) <= CAPTION:
        return {"type": "image", "image": {"id": fitting.image_id, "caption": render_body(fitting)}}
    if fitting.image_url.startswith("https:") and not choices and len(render_body(fitting)) <= CAPTION:
        return {"type": "image", "image": {"link": fitting.image_url, "caption": render_body(fitting)}}
    text = _numbered(fitting, choices)
    return {"type": "text", "text": {"body": cut(text, TEXT_BODY), "preview_url": False}}


def choose_by_number(message: OutboundMessage, text: str) -> Choice | None:
    """What a customer means who answers a message with nothing but a number; None when it asks for none."""
    return take_number(list_choices(prepare(message, _LIMITS)), text)


def _fits_buttons(message: OutboundMessage, choices: tuple[Choice, ...]) -> bool:
    are_short = all(len(each.title) <= BUTTON_TITLE and len(each.payload) <= BUTTON_ID for each in choices)
    are_different = len({each.title for each in choices}) == len(choices)
    return (
        len(choices) <= MOST_BUTTONS and are_short and are_different and _fits_no_list(message)
        and 0 < len(render_body(message)) <= BUTTON_BODY
    )


def _fits_no_list(message: OutboundMessage) -> bool:
    """A list shows no picture: with one of its own, a message tells of its products in words."""
    return not message.cards or (bool(message.image_url) and not any(each.buttons for each in message.cards))


def _fits_list(message: OutboundMessage, choices: tuple[Choice, ...]) -> bool:
    return (
        len(choices) <= MOST_ROWS and all(len(each.payload) <= ROW_ID for each in choices)
        and len({each.payload for each in choices}) == len(choices) and 0 < len(render_body(message)) <= LIST_BODY
    )


def _buttons(message: OutboundMessage, choices: tuple[Choice, ...]) -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": each.payload, "title": each.title}} for each in choices]
    content = {"type": "button", "body": {"text": render_body(message)}, "action": {"buttons": buttons}}
    if message.image_url.startswith("https:"):
        content["header"] = {"type": "image", "image": {"link": message.image_url}}
    return {"type": "interactive", "interactive": content}


def _list(message: OutboundMessage, choices: tuple[Choice, ...]) -> dict[str, Any]:
    rows = [_row(each) for each in choices]
    action = {"button": cut(translate(message.language, "Choose"), LIST_BUTTON), "sections": [{"rows": rows}]}
    content = {"type": "list", "body": {"text": render_body(message)}, "action": action}
    return {"type": "interactive", "interactive": content}


def _row(choice: Choice) -> Mapping[str, str]:
    """A long title goes on in the description, so that no word of it is lost."""
    is_long = len(choice.title) > ROW_TITLE
    description = " — ".join(part for part in (choice.title if is_long else "", choice.description) if part)
    row = {"id": choice.payload, "title": cut(choice.title, ROW_TITLE)}
    return {**row, "description": cut(description, ROW_DESCRIPTION)} if description else row


def _numbered(message: OutboundMessage, choices: tuple[Choice, ...]) -> str:
    lines = [f"{number}. {_line(each)}" for number, each in enumerate(choices, start=1)]
    hint = translate(message.language, "Answer with the number.") if choices else ""
    return "\n".join(part for part in (render_body(message), *lines, hint) if part)


def _line(choice: Choice) -> str:
    return f"{choice.title} — {choice.description}" if choice.description else choice.title
