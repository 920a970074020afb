"""What crosses the line between channels, worker and Rasa: plain, frozen, JSON-ready messages.

Standard library only, in Python 3.10 syntax: both environments import this file.

`InboundMessage` is what a customer said, on whatever channel; `OutboundMessage` is what we say,
with the richest parts a channel may show and a plain-text fallback of the whole.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NewType, Optional, Tuple

from bot.errors import FixInput

SenderId = NewType("SenderId", str)  # opaque; names one channel identity, never a phone or an e-mail
MessageId = NewType("MessageId", str)  # the vendor's id of an inbound message; seeds idempotency keys

Language = Literal["fr", "en"]
LANGUAGES: Tuple[Language, ...] = ("fr", "en")

MAX_TEXT_CHARACTERS = 4_000


@dataclass(frozen=True)
class InboundMessage:
    """One message from a customer, as the channel received it.

    `text` is what was typed, `payload` what a tapped button carries (`/intent{"entity": "value"}`);
    one of the two is set, unless something else came: a picture (`page` has its id), or what we
    cannot read (`page` says what, as `sent`). `page` is what the customer was looking at (product_id, url).
    """

    message_id: MessageId
    channel: str
    sender_id: SenderId
    text: str = ""
    payload: str = ""
    sent_at: str = ""  # ISO 8601, UTC, with zone
    page: dict = field(default_factory=dict)  # type: ignore[type-arg]  # JSON object, 3.10 dataclass
    expects: str = ""  # what our one open question asks for; "" when none is open
    language: str = ""  # the conversation's language so far; "" when not known

    def to_json(self) -> dict:  # type: ignore[type-arg]  # a JSON object
        """The message as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> "InboundMessage":
        """Read a message; raises FixInput naming the field that is missing or wrong."""
        _require_object(data)
        for name in ("message_id", "channel", "sender_id"):
            if not isinstance(data.get(name), str) or not data[name]:
                raise FixInput(name, "must be a non-empty string")
        for name in ("text", "payload", "sent_at", "expects", "language"):
            if not isinstance(data.get(name, ""), str):
                raise FixInput(name, "must be a string")
        if len(data.get("text", "")) > MAX_TEXT_CHARACTERS:
            raise FixInput("text", f"must be at most {MAX_TEXT_CHARACTERS} characters")
        if not isinstance(data.get("page", {}), dict):
            raise FixInput("page", "must be an object")
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})


def is_picture(message: InboundMessage) -> bool:
    """Whether a picture came without words: `page` names it, and nothing is there to be understood."""
    return is_wordless(message) and bool(message.page.get("picture"))


def is_wordless(message: InboundMessage) -> bool:
    """Whether nothing in it can be understood."""
    return not message.text and not message.payload


@dataclass(frozen=True)
class QuickReply:
    """A button: what it shows, and the payload it sends back (`/intent{...}`) or `url` it opens."""

    title: str
    payload: str = ""
    url: str = ""


@dataclass(frozen=True)
class Card:
    """One product or order in a carousel. `note` says why it is shown, in the customer's language."""

    title: str
    subtitle: str = ""
    image_url: str = ""
    url: str = ""
    price_text: str = ""
    note: str = ""
    buttons: Tuple[QuickReply, ...] = ()


StepState = Literal["done", "current", "upcoming", "problem"]


@dataclass(frozen=True)
class TimelineStep:
    """One dated step of an order. `at` is ISO 8601 with zone, or "" when not known."""

    title: str
    at: str = ""
    detail: str = ""
    state: StepState = "upcoming"


@dataclass(frozen=True)
class Timeline:
    """An order's way to the customer. `alert` is said first: a delay is told before it is asked."""

    title: str
    steps: Tuple[TimelineStep, ...] = ()
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    alert: str = ""


@dataclass(frozen=True)
class Template:
    """Words that a channel's vendor approved beforehand, for when it takes no free ones, and what is filled in."""

    name: str
    language: str
    parameters: Tuple[str, ...] = ()


@dataclass(frozen=True)
class OutboundMessage:
    """What we say, once, on any channel. `text` leads; the other parts are shown where they fit."""

    text: str
    language: str = "en"
    quick_replies: Tuple[QuickReply, ...] = ()
    cards: Tuple[Card, ...] = ()
    timeline: Optional[Timeline] = None
    image_url: str = ""
    image_alt: str = ""
    image_id: str = ""  # a picture that the channel's vendor was given beforehand, by the vendor's own id of it
    author: str = ""  # the person who says it; "" when the bot does
    template: Optional[Template] = None  # `text` is how it reads, filled in
    subject: str = ""  # of a letter; "" its first sentence
    asks_rating: bool = False  # the conversation is over: a channel that can, asks how it was

    def to_json(self) -> dict:  # type: ignore[type-arg]  # a JSON object
        """The message as a JSON object, empty parts left out, with its `fallback` text."""
        whole = {name: value for name, value in asdict(self).items() if value}
        return {**whole, "text": self.text, "fallback": render_plain(self)}

    @classmethod
    def from_json(cls, data: Any) -> "OutboundMessage":
        """Read a message that `to_json` wrote; raises FixInput naming the field."""
        _require_object(data)
        if not isinstance(data.get("text"), str):
            raise FixInput("text", "must be a string")
        try:
            return cls(
                text=data["text"],
                language=data.get("language", "en"),
                quick_replies=tuple(QuickReply(**reply) for reply in data.get("quick_replies", ())),
                cards=tuple(_card(card) for card in data.get("cards", ())),
                timeline=_timeline(data["timeline"]) if data.get("timeline") else None,
                image_url=data.get("image_url", ""),
                image_alt=data.get("image_alt", ""),
                image_id=data.get("image_id", ""),
                author=data.get("author", ""),
                template=_template(data["template"]) if data.get("template") else None,
                subject=data.get("subject", ""),
                asks_rating=data.get("asks_rating") is True,
            )
        except TypeError as error:
            raise FixInput("message", str(error)) from error


def render_plain(message: OutboundMessage) -> str:
    """The whole message as plain text, for a terminal or a channel without rich parts."""
    text = f"{message.author}: {message.text}" if message.author else message.text
    lines = [text] if text else []
    if message.timeline:
        lines += _timeline_lines(message.timeline)
    for number, card in enumerate(message.cards, start=1):
        details = " · ".join(part for part in (card.subtitle, card.price_text, card.note) if part)
        lines.append(f"{number}. {card.title}" + (f" — {details}" if details else ""))
    if message.image_url or message.image_id:
        lines.append(message.image_alt or message.image_url)
    if message.quick_replies:
        lines.append(" / ".join(_show_button(reply) for reply in message.quick_replies))
    return "\n".join(lines)


def dump_payload(intent: str, **entities: Any) -> str:
    """The payload of a button that stands for an intent: `/track_order{"order_number": "1001"}`."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False)}" if entities else f"/{intent}"


def _show_button(reply: QuickReply) -> str:
    return f"[{reply.title}] {reply.url}" if reply.url else f"[{reply.title}]"


def _timeline_lines(timeline: Timeline) -> list:  # type: ignore[type-arg]  # of str
    marks = {"done": "✓", "current": "●", "upcoming": "○", "problem": "!"}
    lines = [timeline.alert] if timeline.alert else []
    lines.append(timeline.title)
    for step in timeline.steps:
        rest = " · ".join(part for part in (step.at[:16].replace("T", " "), step.detail) if part)
        lines.append(f"{marks[step.state]} {step.title}" + (f" — {rest}" if rest else ""))
    if timeline.tracking_number:
        lines.append(" ".join(part for part in (timeline.carrier, timeline.tracking_number) if part))
    return lines


def _card(data: Any) -> Card:
    buttons = tuple(QuickReply(**button) for button in data.get("buttons", ()))
    return Card(**{**data, "buttons": buttons})


def _timeline(data: Any) -> Timeline:
    steps = tuple(TimelineStep(**step) for step in data.get("steps", ()))
    return Timeline(**{**data, "steps": steps})


def _template(data: Any) -> Template:
    return Template(**{**data, "parameters": tuple(data.get("parameters", ()))})


def _require_object(data: Any) -> None:
    if not isinstance(data, dict):
        raise FixInput("body", "must be a JSON object")
