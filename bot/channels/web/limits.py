"""What the web channel can show: nearly everything; longer lists and texts are cut so that a screen stays readable."""

from dataclasses import replace
from urllib.parse import urlsplit

from bot.contracts.messages import Card, OutboundMessage, QuickReply, Timeline

MAX_QUICK_REPLIES = 12
MAX_CARDS = 20
MAX_STEPS = 30
MAX_TEXT_CHARACTERS = 8_000
MAX_TITLE_CHARACTERS = 200


def fit_message(message: OutboundMessage) -> OutboundMessage:
    """The message as the widget shows it: within the limits, and with no address but a web page's. Pure."""
    return replace(
        message,
        text=cut(message.text, MAX_TEXT_CHARACTERS),
        quick_replies=_fit_buttons(message.quick_replies),
        cards=tuple(_fit_card(card) for card in message.cards[:MAX_CARDS]),
        timeline=_fit_timeline(message.timeline) if message.timeline else None,
        image_url=safe_url(message.image_url),
    )


def safe_url(url: str) -> str:
    """An address that a page may open or show: http(s), or a path of the site itself; else ""."""
    url = url.strip()
    if any(ord(sign) <= 32 or sign == "\\" for sign in url):
        return ""
    if url.startswith("/"):
        return "" if url.startswith("//") else url
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def cut(text: str, characters: int) -> str:
    """The text, ended by an ellipsis where it is too long."""
    return text if len(text) <= characters else f"{text[: characters - 1].rstrip()}…"


def _fit_buttons(buttons: tuple[QuickReply, ...]) -> tuple[QuickReply, ...]:
    fitting = (
        replace(each, title=cut(each.title, MAX_TITLE_CHARACTERS), url=safe_url(each.url))
        for each in buttons[:MAX_QUICK_REPLIES]
    )
    return tuple(each for each in fitting if each.title and (each.payload or each.url))


def _fit_card(card: Card) -> Card:
    return replace(
        card, url=safe_url(card.url), image_url=safe_url(card.image_url), buttons=_fit_buttons(card.buttons)
    )


def _fit_timeline(timeline: Timeline) -> Timeline:
    return replace(timeline, steps=timeline.steps[:MAX_STEPS], tracking_url=safe_url(timeline.tracking_url))
