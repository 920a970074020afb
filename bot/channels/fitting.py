"""What every channel's limits are made of: texts that fit, and addresses that are safe to open. Pure."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from bot.contracts.messages import Card, OutboundMessage, QuickReply, Timeline


@dataclass(frozen=True)
class RichLimits:
    """How much of a rich message a channel shows before it becomes unreadable."""

    quick_replies: int = 12
    cards: int = 20
    steps: int = 30
    text_characters: int = 8_000
    title_characters: int = 200


def fit_rich(message: OutboundMessage, limits: RichLimits) -> OutboundMessage:
    """The message within the limits, and with no address but a web page's. Pure."""
    return replace(
        message,
        text=cut(message.text, limits.text_characters),
        quick_replies=_fit_buttons(message.quick_replies, limits),
        cards=tuple(_fit_card(card, limits) for card in message.cards[: limits.cards]),
        timeline=_fit_timeline(message.timeline, limits) if message.timeline else None,
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


def _fit_buttons(buttons: tuple[QuickReply, ...], limits: RichLimits) -> tuple[QuickReply, ...]:
    fitting = (
        replace(each, title=cut(each.title, limits.title_characters), url=safe_url(each.url))
        for each in buttons[:limits.quick_replies]
    )
    return tuple(each for each in fitting if each.title and (each.payload or each.url))


def _fit_card(card: Card, limits: RichLimits) -> Card:
    return replace(
        card, url=safe_url(card.url), image_url=safe_url(card.image_url), buttons=_fit_buttons(card.buttons, limits)
    )


def _fit_timeline(timeline: Timeline, limits: RichLimits) -> Timeline:
    return replace(timeline, steps=timeline.steps[:limits.steps], tracking_url=safe_url(timeline.tracking_url))
