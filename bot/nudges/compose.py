"""Stage 4: trigger, facts and language -> the message, and the one question it leaves open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.content.pictures import Picture
from bot.contracts.messages import Card, OutboundMessage, QuickReply, Template, dump_payload
from bot.decision.guardrails import CHAT_CHANNELS
from bot.decision.messages import PICTURE_CHANNELS, Message
from bot.decision.triggers import Trigger
from bot.errors import NudgeHeld
from bot.nudges.facts import Facts, Piece
from bot.profile.state import OpenQuestion, Shown
from bot.service.orders import last_news
from bot.service.questions import pose
from bot.texts.catalogue import format_day, format_money, translate

ADD_SENTENCE = "Shall I add {product} to your basket?"


@dataclass(frozen=True)
class Composed:
    """A message, the question it asks, and the product that "it" stands for after it."""

    message: OutboundMessage
    question: OpenQuestion | None = None
    shown: Shown | None = None


Label = Callable[[str, str, str], str]  # kind, value, language -> the catalogue's word for it
FindPicture = Callable[[str], Picture | None]  # `autumn-2` -> the picture


def say_plainly(_kind: str, value: str, _language: str) -> str:
    """A value as it stands, where no catalogue names it."""
    return value


def no_picture(_key: str) -> None:
    """None of them, where there is no shelf."""


@dataclass(frozen=True)
class Setting:
    """For whom and where a message is composed."""

    channel: str
    language: str
    timezone: str
    public_url: str
    now: datetime
    label: Label = say_plainly
    takes_free_words: bool = True  # else those of a template, and nothing beside them
    find_picture: FindPicture = no_picture


def compose(trigger: Trigger, variant: str, facts: Facts, setting: Setting) -> Composed:
    """The message in the person's language. NudgeHeld without words for these facts, or their picture. Pure."""
    chosen = trigger.find_message(setting.channel, facts.case, variant, facts.refs.get("offer", ""))
    if chosen is None:
        raise NudgeHeld("no_words")
    words = tell_facts(facts, setting)
    try:
        _refuse_empty(chosen.placeholders(setting.language), words)
        text = chosen.texts[setting.language].format(**words)
        subject = chosen.subjects.get(setting.language, "").format(**words) if setting.channel == "email" else ""
    except KeyError as error:  # a fact the words need is not there: in doubt it stays home
        raise NudgeHeld("no_words") from error
    question = _ask(trigger, facts, setting, text) if setting.channel in CHAT_CHANNELS else None
    if not setting.takes_free_words:
        template = _fill_template(chosen, words, setting.language)
        return Composed(OutboundMessage(text, setting.language, template=template), question, _shown(facts, setting))
    message = OutboundMessage(
        text=text,
        language=setting.language,
        quick_replies=_buttons(trigger, facts, setting, question),
        cards=_cards(facts, setting),
        subject=subject,
    )
    if chosen.picture and setting.channel in PICTURE_CHANNELS:
        message = _add_picture(message, chosen.picture, setting)
    return Composed(message, question, _shown(facts, setting))


def _add_picture(message: OutboundMessage, key: str, setting: Setting) -> OutboundMessage:
    """NudgeHeld where the picture is not there: nobody agreed to go without it."""
    picture = setting.find_picture(key)
    if picture is None:
        raise NudgeHeld("no_picture")
    return replace(message, image_url=_absolute(setting, picture.path), image_alt=picture.alts[setting.language])


def _fill_template(chosen: Message, words: Mapping[str, object], language: str) -> Template:
    """The approved words with this moment's facts. NudgeHeld without a template."""
    name = chosen.templates.get(language)
    if name is None:
        raise NudgeHeld("window_closed")
    parameters = tuple(" ".join(str(words[each]).split()) for each in chosen.placeholders(language))
    return Template(name, language, parameters)


def _refuse_empty(names: Sequence[str], words: Mapping[str, object]) -> None:
    """NudgeHeld with a fact that says nothing: a sentence with a hole is not said."""
    if not all(str(words[each]).strip() for each in names):
        raise NudgeHeld("no_words")


def tell_facts(facts: Facts, setting: Setting) -> dict[str, object]:
    """The placeholders of the case, as `bot.decision.kinds` declares them."""
    words: dict[str, object] = dict(facts.refs)
    if facts.piece:
        words |= {"product": _name(facts.piece, setting.language), "price": _price(facts.piece, setting.language)}
        size = facts.piece.variant.options.get("size", "")
        words |= {"size": setting.label("size", size, setting.language), "stock": facts.piece.stock}
        if facts.before_minor is not None:
            words["before"] = format_money(setting.language, facts.before_minor, facts.piece.variant.currency)
    if facts.offered and facts.case.startswith("match"):
        words |= {"offered": _name(facts.offered, setting.language), "price": _price(facts.offered, setting.language)}
    if facts.offer:
        names, ends_at = facts.offer.names, facts.offer.ends_at
        words["name"] = names.get(setting.language) or next(iter(names.values()), facts.offer.code)
        words["day"] = format_day(setting.language, ends_at, setting.timezone)
    if facts.order:
        words |= {"order": facts.order.number, "store": facts.store_name}
    if facts.shipment:
        words["carrier"] = facts.shipment.carrier_name or translate(setting.language, "the carrier")
        if facts.case == "stuck" and (news := last_news(facts.shipment)):
            words["day"] = format_day(setting.language, news, setting.timezone)
        elif facts.shipment.eta:
            words["day"] = format_day(setting.language, facts.shipment.eta, setting.timezone)
    if facts.day:
        words["day"] = format_day(setting.language, facts.day, setting.timezone)
    return words


def _ask(trigger: Trigger, facts: Facts, setting: Setting, text: str) -> OpenQuestion | None:
    asked_by, now = f"nudge:{trigger.name}", setting.now
    if trigger.kind == "cart":
        context = _cart_context(facts)
        adds = context["do"] == "add" and facts.offered
        values = {"product": _name(facts.offered, setting.language)} if adds and facts.offered else {}
        sentence = ADD_SENTENCE if adds else "Would you like to check out?"
        return pose(asked_by=asked_by, expects="yes_no", sentence=sentence, now=now, values=values, context=context)
    if trigger.kind == "pickup":
        return pose(
            asked_by=asked_by, expects="choice", sentence="What would you like instead of the missing item?", now=now,
            options=_pickup_options(facts, setting), context=_pickup_context(facts),
        )
    sentence, values, context = _plain_question(trigger, facts, setting)
    if not sentence or "?" not in text:  # what the words do not ask is not open
        return None
    return pose(asked_by=asked_by, expects="yes_no", sentence=sentence, now=now, values=values, context=context)


def _plain_question(
    trigger: Trigger, facts: Facts, setting: Setting
) -> tuple[str, dict[str, str], dict[str, str]]:
    """What a yes or no answers, as it is asked again, and what a yes does; "" for a kind that asks nothing."""
    number = facts.order.number if facts.order else ""
    match trigger.kind:
        case "stuck_parcel" | "unshipped":
            return "Shall we look into it?", {}, {"do": "look_into", "order_number": number}
        case "delivered":
            return "Is all well with your order {order}?", {"order": number}, {"do": "hear", "order_number": number}
        case "replenish" if facts.piece:
            product = {"product": _name(facts.piece, setting.language)}
            return ADD_SENTENCE, product, {"do": "take", "variant_ref": str(facts.piece.variant.ref)}
        case "greeting" if trigger.purpose == "service":  # amends: nothing is sold
            return "Would you like to talk to a person?", {}, {"do": "call"}
        case "greeting":
            return "Would you like some ideas?", {}, {"do": "suggest"}
        case _:
            return "", {}, {}


def _cart_context(facts: Facts) -> dict[str, Any]:
    """What a yes does: `add` this variant (it is not in the basket now), or go on to `checkout`."""
    context: dict[str, Any] = {"cart_ref": facts.refs.get("cart_ref", ""), "do": "checkout"}
    if facts.offered:
        variant = facts.offered.variant
        context |= {"do": "add", "variant_ref": variant.ref, "product_ref": variant.product_ref, "quantity": 1}
    return context


def _pickup_options(facts: Facts, setting: Setting) -> tuple[tuple[str, str], ...]:
    options = []
    if facts.offered:
        name = _substitute_name(facts, facts.offered, setting)
        options.append(("substitute", translate(setting.language, "Take {product} instead", product=name)))
    if facts.other_store[0]:
        name = facts.other_store[1]
        options.append(("other_store", translate(setting.language, "Collect it at {store}", store=name)))
    options.append(("refund", translate(setting.language, "Get my money back")))
    return tuple(options)


def _substitute_name(facts: Facts, offered: Piece, setting: Setting) -> str:
    """The substitute's name; its colour too where it is the same product in another one."""
    name = _name(offered, setting.language)
    if facts.piece and facts.piece.product.ref == offered.product.ref:
        return f"{name} ({_say_options(offered, setting)})"
    return name


def _say_options(piece: Piece, setting: Setting) -> str:
    options = piece.variant.options.items()
    return " · ".join(setting.label(kind, value, setting.language) for kind, value in options if value)


def _pickup_context(facts: Facts) -> dict[str, Any]:
    return {
        "order_ref": facts.order.ref if facts.order else "",
        "order_number": facts.order.number if facts.order else "",
        "missing_variant_ref": facts.refs.get("variant_ref", ""),
        "variant_ref": facts.offered.variant.ref if facts.offered else "",  # of the substitute
        "location_ref": facts.other_store[0],  # of the other store
        "here_ref": facts.refs.get("location_ref", ""),
    }


def _buttons(
    trigger: Trigger, facts: Facts, setting: Setting, question: OpenQuestion | None
) -> tuple[QuickReply, ...]:
    if setting.channel not in CHAT_CHANNELS:
        return _links(facts, setting)
    if question and question.expects == "choice":
        return tuple(QuickReply(title, dump_payload("affirm", option=key)) for key, title in question.options)
    if question and trigger.kind == "cart":
        yes = "Yes, add it" if question.context.get("do") == "add" else "Yes, check out"
        return (
            QuickReply(translate(setting.language, yes), dump_payload("affirm")),
            QuickReply(translate(setting.language, "No, thank you"), dump_payload("deny")),
            QuickReply(translate(setting.language, "See my basket"), dump_payload("view_cart")),
        )
    return tuple(
        QuickReply(translate(setting.language, title), payload) for title, payload in _wishes(trigger.kind, facts)
    )


def _wishes(kind: str, facts: Facts) -> tuple[tuple[str, str], ...]:
    """What the customer may want next: the button's words, and what it says to us."""
    person = ("Talk to a person", dump_payload("contact_human_agent"))
    if facts.order:
        number = facts.order.number
        track = ("Track my parcel", dump_payload("track_order", order_number=number))
        back = ("Send something back", dump_payload("return_item", order_number=number))
        problem = ("Something is wrong", dump_payload("report_delivery_problem", order_number=number))
        by_order = {
            "parcel": (track, person), "stuck_parcel": (track, person),
            "unshipped": (("Show my order", track[1]), person), "delivered": (problem, back),
            "late_arrival": (problem, person),
            "review": (("Leave a review", dump_payload("leave_review")), problem),
            "return_window": (back,), "pickup_ready": (("Show my order", track[1]),),
        }
        return by_order.get(kind, ())
    if kind in ("product", "news", "size", "price_drop", "replenish") and facts.piece:
        add = dump_payload("add_to_cart", variant=facts.piece.variant.ref)
        return (("Add to my basket", add), ("No more messages like this", dump_payload("stop_messages")))
    return (("Recommend me something", dump_payload("recommend_products")), person) if kind == "greeting" else ()


def _links(facts: Facts, setting: Setting) -> tuple[QuickReply, ...]:
    """Where no button can answer, a link leads to the page on which the chat stands open."""
    if setting.channel == "sms":
        return ()  # every character counts
    title, url = "Open the shop", setting.public_url
    if facts.cart and facts.cart.checkout_url:
        title, url = "See my basket", facts.cart.checkout_url
    elif facts.order and facts.order.status_url:
        title, url = "See my order", facts.order.status_url
    return (QuickReply(translate(setting.language, title), url=_absolute(setting, url)),)


def _cards(facts: Facts, setting: Setting) -> tuple[Card, ...]:
    shown = facts.offered or (None if facts.order else facts.piece)
    if shown is None:
        return ()
    return (
        Card(
            title=_name(shown, setting.language),
            subtitle=_say_options(shown, setting),
            image_url=_absolute(setting, shown.variant.image_url or shown.product.image_url),
            url=_absolute(setting, shown.variant.url or shown.product.url),
            price_text=_price(shown, setting.language),
            note=facts.refs.get(f"note_{setting.language}", ""),
        ),
    )


def _shown(facts: Facts, setting: Setting) -> Shown | None:
    piece = facts.offered or facts.piece
    if piece is None:
        return None
    variant = piece.variant
    return Shown(variant.product_ref, _name(piece, setting.language), variant.ref, dict(variant.options))


def _name(piece: Piece, language: str) -> str:
    names: Mapping[str, str] = piece.product.names
    return names.get(language) or next(iter(names.values()), piece.variant.title)


def _price(piece: Piece, language: str) -> str:
    return format_money(language, piece.variant.price_minor, piece.variant.currency)


def _absolute(setting: Setting, url: str) -> str:
    return f"{setting.public_url.rstrip('/')}{url}" if url.startswith("/") else url
