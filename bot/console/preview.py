"""The console: a message as somebody types it -> how each channel would show it, with example values. Pure.

What sends a message composes and fits it here too, of a product, an order and an offer that are made up: what a channel
cuts, or shows as a list, is cut and listed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.channels.email.limits import choose_subject, fit_letter
from bot.channels.messenger import limits as messenger
from bot.channels.sms.limits import count_segments, narrow, render_text
from bot.channels.web import limits as web
from bot.channels.whatsapp import limits as whatsapp
from bot.commerce.types import (
    Cart,
    CartRef,
    Offer,
    Order,
    OrderRef,
    Product,
    ProductRef,
    Shipment,
    ShipmentEvent,
    Totals,
    Variant,
    VariantRef,
)
from bot.contracts.messages import Card, OutboundMessage
from bot.decision.kinds import KINDS
from bot.decision.messages import EVERY_CASE, PICTURE_CHANNELS, Message
from bot.decision.triggers import Trigger
from bot.nudges.compose import FindPicture, Setting, compose, tell_facts
from bot.nudges.facts import Facts, Piece
from bot.texts.catalogue import translate

_HOST = "https://shop.example"
_STOP_LINK = f"{_HOST}/u/{'7fQ2mZ0aLr5xNv8wKc1t' * 3}"  # as long as a real one
_FACT = re.compile(r"\{(\w+)\}")
_DAYS = timedelta(days=3)
_NEVER_LESS = 24 * 3_600.0
_CARRIED = "Colissimo"
_PRODUCTS = {"product": {"fr": "Pull en mérinos", "en": "Merino jumper"},
             "offered": {"fr": "Écharpe en laine", "en": "Wool scarf"}}
_OFFER = {"fr": "20 % sur les manteaux", "en": "20% off coats"}


@dataclass(frozen=True)
class Draft:
    """A message as it is typed in a language."""

    kind: str  # what it is about; one that is none has no facts
    case: str
    purpose: str
    language: str
    text: str
    subject: str = ""
    picture: str = ""  # `autumn-2`


@dataclass(frozen=True)
class Shop:
    """Where and when it is shown."""

    now: datetime
    timezone: str
    currency: str
    find_picture: FindPicture


@dataclass(frozen=True)
class Preview:
    """What a channel shows. `rows`: what a list opens to, behind its button; `replies` vanish once tapped."""

    channel: str
    text: str
    subject: str = ""
    buttons: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()
    picture: str = ""  # its address on this site
    alt: str = ""
    end: str = ""  # what the channel adds below
    segments: int = 0
    is_cut: bool = False
    lacks_picture: bool = False  # none of its name is there
    drops_picture: bool = False  # the channel has no room for it beside the rest


def preview(draft: Draft, channel: str, shop: Shop) -> Preview:
    """The message on a channel. A fact that its case does not know stands as it was typed."""
    setting = _set(draft, channel, shop)
    shows = draft.picture and channel in PICTURE_CHANNELS
    has_picture = bool(shows and shop.find_picture(draft.picture))
    facts = _make_up(draft, shop)
    values = {key: value for key, value in tell_facts(facts, setting).items() if key in _facts_of(draft)}
    words = replace(draft, text=_fill(draft.text, values), subject=_fill(draft.subject, values),
                    picture=draft.picture if has_picture else "")
    message = compose(_wrap(words, channel), "", facts, setting).message
    shown = _FIT[channel](message, draft)
    return replace(shown, lacks_picture=bool(shows) and not has_picture,
                   drops_picture=has_picture and not shown.picture)


def example_values(draft: Draft, shop: Shop) -> dict[str, str]:
    """What a preview fills in for each fact that the message may hold."""
    told = tell_facts(_make_up(draft, shop), _set(draft, "web", shop))
    return {name: str(told[name]) for name in sorted(_facts_of(draft))}


def _set(draft: Draft, channel: str, shop: Shop) -> Setting:
    return Setting(channel, draft.language, shop.timezone, _HOST, shop.now, find_picture=shop.find_picture)


def _facts_of(draft: Draft) -> frozenset[str]:
    cases = KINDS[draft.kind].cases if draft.kind in KINDS else {}
    if draft.case in cases:
        return cases[draft.case]
    return frozenset.intersection(*cases.values()) if cases else frozenset()


def _fill(text: str, values: Mapping[str, object]) -> str:
    return _FACT.sub(lambda found: str(values.get(found[1], found[0])), text)


def _wrap(draft: Draft, channel: str) -> Trigger:
    """A journey of this message alone, whose words are said as they are."""
    texts, subjects = ({draft.language: each.replace("{", "{{").replace("}", "}}")}
                       for each in (draft.text, draft.subject))
    message = Message("", EVERY_CASE, (channel,), texts, subjects=subjects, picture=draft.picture)
    return Trigger(
        name="preview", kind=draft.kind, purpose=draft.purpose, channels=(channel,), on=(), silo="", cancels_on=(),
        wait_seconds=0, expires_seconds=_NEVER_LESS, cooldown_seconds=_NEVER_LESS, values={}, messages=(message,),
    )


def _make_up(draft: Draft, shop: Shop) -> Facts:
    """What an occasion's facts may be."""
    now, currency = shop.now, shop.currency
    kind = KINDS.get(draft.kind)
    case = draft.case if kind is None or draft.case in kind.cases else next(iter(kind.cases))
    facts = Facts(case=case, refs={}, read_at=now, day=now + _DAYS)
    if kind is None or draft.kind == "greeting":
        return facts
    if draft.kind == "offer":
        return replace(facts, refs={"offer": "HIVER20"}, offer=Offer("HIVER20", "HIVER20", _OFFER, now + _DAYS))
    piece = _piece("product", 8_900, currency)
    if kind.needs_verified:
        facts = replace(facts, order=_order(now, currency), shipment=_parcel(now), store_name="République")
        is_missing = draft.kind == "pickup"
        return replace(
            facts, piece=piece, offered=_piece("offered", 4_900, currency) if is_missing else None,
            other_store=("lyon", "Bellecour") if is_missing else ("", ""),
        )
    offered = _piece("offered", 4_900, currency) if case.startswith("match") else piece if case == "add_back" else None
    facts = replace(facts, piece=piece, before_minor=11_900)
    return replace(facts, offered=offered, cart=_basket(currency)) if draft.kind == "cart" else facts


def _piece(name: str, price_minor: int, currency: str) -> Piece:
    variant = Variant(VariantRef(name), ProductRef(name), name, "", {"size": "M"}, price_minor, currency)
    return Piece(Product(ProductRef(name), name, _PRODUCTS[name], {}, "jumper", variants=(variant,)), variant, 2)


def _basket(currency: str) -> Cart:
    return Cart(CartRef("1"), None, (), Totals(), currency, 1, checkout_url=f"{_HOST}/cart")


def _order(now: datetime, currency: str) -> Order:
    return Order(OrderRef("1042"), "1042", now - _DAYS, None, "", currency, Totals(), (), "confirmed", "paid",
                 "shipped", "", status_url=f"{_HOST}/orders/1042")


def _parcel(now: datetime) -> Shipment:
    news = (ShipmentEvent(now - _DAYS, "in_transit", ""),)
    return Shipment("1", _CARRIED, "in_transit", eta=now + _DAYS, events=news)


def _on_site(url: str) -> str:
    """A picture of ours is shown from where the page is."""
    return url.removeprefix(_HOST) if url.startswith(f"{_HOST}/") else ""


def _titles(message: OutboundMessage) -> tuple[str, ...]:
    return tuple(each.title for each in message.quick_replies)


def _as_web(message: OutboundMessage, draft: Draft) -> Preview:
    fitting = web.fit_message(message)
    return Preview("web", fitting.text, buttons=_titles(fitting), cards=fitting.cards,
                   picture=_on_site(fitting.image_url), alt=fitting.image_alt, is_cut=fitting.text != message.text)


def _as_letter(message: OutboundMessage, draft: Draft) -> Preview:
    fitting = fit_letter(message)
    end = translate(draft.language, "To receive no more of these e-mails, follow this link.")
    return Preview("email", fitting.text, subject=choose_subject(fitting, "nudge"), buttons=_titles(fitting),
                   cards=fitting.cards, picture=_on_site(fitting.image_url), alt=fitting.image_alt,
                   end=end if draft.purpose == "marketing" else "", is_cut=fitting.text != message.text)


def _as_sms(message: OutboundMessage, draft: Draft) -> Preview:
    text = render_text(message, stop_link=_STOP_LINK if draft.purpose == "marketing" else "")
    return Preview("sms", text, segments=count_segments(text), is_cut=narrow(message.text) not in text)


def _as_whatsapp(message: OutboundMessage, draft: Draft) -> Preview:
    sent = whatsapp.fit_content(message)
    if sent["type"] != "interactive":
        told = sent["text"]["body"] if sent["type"] == "text" else sent["image"]["caption"]
        return Preview("whatsapp", told, picture=_on_site(sent.get("image", {}).get("link", "")),
                       alt=message.image_alt, is_cut=message.text not in told)
    content = sent["interactive"]
    action, text = content["action"], content["body"]["text"]
    is_list = content["type"] == "list"
    return Preview(
        "whatsapp", text, buttons=(action["button"],) if is_list else tuple(
            each["reply"]["title"] for each in action["buttons"]),
        rows=tuple(_tell_row(each) for each in action["sections"][0]["rows"]) if is_list else (),
        picture=_on_site(content.get("header", {}).get("image", {}).get("link", "")), alt=message.image_alt,
        is_cut=message.text not in text,
    )


def _tell_row(row: Mapping[str, str]) -> str:
    return " · ".join(each for each in (row["title"], row.get("description", "")) if each)


def _as_messenger(message: OutboundMessage, draft: Draft) -> Preview:
    """Words and a carousel are two messages, shown one below the other."""
    parts: list[dict[str, Any]] = [messenger.fit_content(each) for each in messenger.split(message)]
    text = next((each["text"] for each in parts if "text" in each), "")
    elements = [one for each in parts for one in each.get("attachment", {}).get("payload", {}).get("elements", ())]
    replies = tuple(one["title"] for each in parts for one in each.get("quick_replies", ()))
    return Preview("messenger", text, replies=replies, cards=tuple(
        Card(each["title"], each.get("subtitle", "")) for each in elements), is_cut=message.text not in text)


_FIT = {"web": _as_web, "email": _as_letter, "sms": _as_sms, "whatsapp": _as_whatsapp, "messenger": _as_messenger}
