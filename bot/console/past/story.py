"""The console, demo only: made-up people and the shop's journeys -> some weeks of what might have happened. Pure.

What messages bring is known, because it is planted here: whoever is held out buys within the week with a chance of
`BUYS_WITHOUT`; a message on the website adds `ADDS["web"]` to it, an e-mail `ADDS["email"]`. Keen people buy more often
whatever is said to them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from bot.commerce.types import Product, Variant
from bot.console.past.people import ASKS_FOR_A_PERSON, PREFIX, TALKS, Person, pick_moment, to_rows
from bot.contracts.messages import InboundMessage, MessageId, OutboundMessage, SenderId
from bot.decision.triggers import Trigger
from bot.texts.catalogue import format_money

BUYS_WITHOUT, KEEN_TIMES = 0.05, 4.0
ADDS: Mapping[str, float] = {"web": 0.16, "email": 0.03}
CHANNELS = tuple(ADDS)
_BY_WEB = 0.55  # where both reach somebody
_SHARES: Mapping[str, float] = {"cart_left": 0.5, "browse_left": 0.3, "win_back": 0.12, "birthday": 0.08}
_SILENT: Sequence[tuple[str, float]] = (("cooldown", 0.06), ("cap_day", 0.03), ("not_worth_it", 0.05))
_OPTS_OUT, _OPTS_OUT_BEFORE = 0.012, timedelta(days=12)  # long enough ago to alarm nobody now
Piece = tuple[Product, Variant]
Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Story:
    """What is being told. `rows` by table, each in no order yet."""

    rng: np.random.Generator
    now: datetime
    zone: ZoneInfo
    days: int
    pieces: Sequence[Piece]
    rows: Rows = field(default_factory=lambda: defaultdict(list))

    def chance(self, share: float) -> bool:
        """True with that chance."""
        return bool(self.rng.random() < share)

    def key(self, table: str) -> str:
        """The next id of a made-up row."""
        return f"{PREFIX}{table}-{len(self.rows[table])}"

    def piece(self) -> Piece:
        """Something that the shop sells."""
        return self.pieces[int(self.rng.integers(len(self.pieces)))]


def tell(story: Story, people: Sequence[Person], journeys: Sequence[Trigger]) -> Rows:
    """Everything that happened to these people."""
    known = [each for each in journeys if each.name in _SHARES and set(each.channels) & set(CHANNELS)]
    weights = np.array([_SHARES[each.name] for each in known])
    began = story.now - timedelta(days=story.days + 30)
    for person in people:
        for table, row in to_rows(person, began).items():
            story.rows[table].append(row)
        _shop_before(story, person)
        at = pick_moment(story.rng, story.now - timedelta(minutes=5), story.days, story.zone)
        for number in range(1 + int(story.chance(0.35))):
            trigger = known[int(story.rng.choice(len(known), p=weights / weights.sum()))]
            _have_occasion(story, person, trigger, number, at - timedelta(days=2 * number))
        _talk(story, person)
    return story.rows


def see_yesterday(story: Story, customer_ids: Sequence[str]) -> Rows:
    """What the demo's own customers did yesterday, so that a dry run has somebody to speak of."""
    midnight = datetime.combine(story.now.astimezone(story.zone).date(), time(), story.zone)
    for customer in customer_ids:
        at = pick_moment(story.rng, midnight - timedelta(seconds=1), 1, story.zone)
        product, variant = story.piece()
        _happen(story, customer, "web", "Product Viewed", _viewed(product, variant), at)
        _happen(story, customer, "chat", "Conversation Rated", {"rating": int(story.rng.integers(3, 6))}, at)
    return story.rows


def _shop_before(story: Story, person: Person) -> None:
    """What somebody bought and looked at by themselves."""
    for _ in range(int(story.rng.poisson(0.4 * (KEEN_TIMES if person.is_keen else 1)))):
        _buy(story, person, story.now - timedelta(days=float(story.rng.uniform(story.days, story.days + 25))))
    for _ in range(int(story.rng.poisson(1.5))):
        product, variant = story.piece()
        at = pick_moment(story.rng, story.now, story.days, story.zone)
        _happen(story, person.id, "web", "Product Viewed", _viewed(product, variant), at)


def _have_occasion(story: Story, person: Person, trigger: Trigger, number: int, at: datetime) -> None:
    product, variant = story.piece()
    if trigger.kind == "cart":
        _happen(story, person.id, "web", "Product Added", _viewed(product, variant), at - timedelta(minutes=2))
    reaches = {"web": person.sender_id != "" and "web" in trigger.channels, "email": "email" in trigger.channels}
    channel, chance = _choose_channel(story, reaches)
    held = "holdout" if person.is_holdout else _stay_silent(story)
    if not channel:
        held, channel = held or "unreachable", "web"
    about = f"{trigger.kind}:{PREFIX}{person.number}.{number}"
    _decide(story, person, trigger, about, (channel, chance), reaches, held, at)
    if not held:
        _say(story, person, trigger, channel, (product, variant), about, at)
    buys = BUYS_WITHOUT * (KEEN_TIMES if person.is_keen else 1) + (0.0 if held else ADDS[channel])
    if story.chance(buys):
        _buy(story, person, at + timedelta(hours=float(story.rng.uniform(0.2, 60))), (product, variant))


def _choose_channel(story: Story, reaches: Mapping[str, bool]) -> tuple[str, float]:
    """Which of them, and with which chance; "" where none reaches somebody."""
    if all(reaches.values()):
        return ("web", _BY_WEB) if story.chance(_BY_WEB) else ("email", 1 - _BY_WEB)
    return next(((each, 1.0) for each, does in reaches.items() if does), ("", 0.0))


def _stay_silent(story: Story) -> str:
    drawn = story.rng.random()
    for reason, share in _SILENT:
        if drawn < share:
            return reason
        drawn -= share
    return ""


def _decide(
    story: Story, person: Person, trigger: Trigger, about: str, chosen: tuple[str, float],
    reaches: Mapping[str, bool], held: str, at: datetime,
) -> None:
    channel, chance = chosen
    candidates = [
        {"name": f"{each}:{_variant(trigger, each)}", "value": trigger.values.get(each, 1.0),
         "probability": 0.0 if not reaches[each] else chance if each == channel else 1 - chance,
         "held": ([] if not held else [held]) if reaches[each] else ["unreachable"]}
        for each in CHANNELS if each in trigger.channels
    ]
    story.rows["decisions"].append({
        "customer_id": person.id, "trigger": trigger.name, "subject": about, "candidates": candidates,
        "chosen": "" if held else f"{channel}:{_variant(trigger, channel)}", "probability": 1.0 if held else chance,
        "decided_at": at, "version": trigger.version,
    })


def _variant(trigger: Trigger, channel: str) -> str:
    return next((each.variant for each in trigger.messages if channel in each.channels), "plain")


def _say(
    story: Story, person: Person, trigger: Trigger, channel: str, piece: Piece, about: str, at: datetime
) -> None:
    message = next((each for each in trigger.messages if channel in each.channels), trigger.messages[0])
    text = message.texts[person.language].format_map(_Facts(story, piece, person.language))
    state = str(story.rng.choice(["sent", "delivered", "seen"], p=[0.1, 0.3, 0.6]))
    payload = OutboundMessage(text, person.language).to_json()
    sender = person.sender_id if channel == "web" else ""
    story.rows["outbox"].append({
        "idempotency_key": story.key("outbox"), "kind": "nudge", "customer_id": person.id, "sender_id": sender,
        "channel": channel, "address": f"{PREFIX}{person.number}", "purpose": trigger.purpose, "nudge": trigger.name,
        "about": about, "facts": {"variant": message.variant, "version": trigger.version}, "payload": payload,
        "state": state, "not_before": at, "created_at": at, "sent_at": at,
    })
    if channel == "web":
        _keep_said(story, person, "out", payload, at)
    _answer(story, person, channel, at)


class _Facts(dict[str, str]):
    """What a message's placeholders are filled with."""

    def __init__(self, story: Story, piece: Piece, language: str) -> None:
        product, variant = piece
        price = format_money(language, variant.price_minor, variant.currency)
        names = {"product": product.names[language], "offered": story.piece()[0].names[language], "price": price}
        super().__init__(**names, stock="3", size=variant.options.get("size", ""))

    def __missing__(self, key: str) -> str:
        return "…"


def _answer(story: Story, person: Person, channel: str, at: datetime) -> None:
    """What came back: a click more often in the evening, a word in the chat, now and then a goodbye."""
    later = min(at + timedelta(minutes=float(story.rng.uniform(3, 120))), story.now)
    evening = 0.12 if at.astimezone(story.zone).hour >= 18 else 0.0
    if channel == "email" and story.chance(0.12 + evening):
        _happen(story, person.id, "mail", "Email Link Clicked", {}, later)
    if channel == "web" and story.chance(0.16 + evening):
        _write(story, person, 1 if person.language == "en" else 0, 1, later)
    if story.now - at > _OPTS_OUT_BEFORE and story.chance(_OPTS_OUT):
        story.rows["consents"].append({
            "customer_id": person.id, "purpose": "marketing", "channel": channel, "state": "withdrawn",
            "source": "made_up", "wording": "", "changed_at": later,
        })


def _buy(story: Story, person: Person, at: datetime, piece: Piece | None = None) -> None:
    if at > story.now:
        return
    product, variant = piece or story.piece()
    line = {
        "product_id": product.ref, "variant_id": variant.ref, "name": product.names["en"], "quantity": 1,
        "price_minor": variant.price_minor, "product_type": product.product_type, "brand": product.brand,
        **variant.options,
    }
    order = story.key("events")
    _happen(story, person.id, "shop", "Order Completed", {
        "order_id": order, "order_number": order, "currency": variant.currency,
        "total_minor": variant.price_minor, "products": [line],
    }, at)
    if story.chance(0.12):
        rated = {"product_id": product.ref, "rating": int(story.rng.choice([2, 3, 4, 5], p=[0.05, 0.15, 0.4, 0.4]))}
        _happen(story, person.id, "shop", "Product Reviewed", rated, min(at + timedelta(days=6), story.now))


def _talk(story: Story, person: Person) -> None:
    """Nearly a third came with a question of their own."""
    if not person.sender_id:
        return
    wrote = story.chance(0.3)
    if wrote:
        at = pick_moment(story.rng, story.now - timedelta(minutes=2), story.days, story.zone)
        topic = ASKS_FOR_A_PERSON if story.chance(0.09) else int(story.rng.integers(ASKS_FOR_A_PERSON))
        _write(story, person, 1 if person.language == "en" else 0, topic, at)
    mine = [each["received_at"] for each in story.rows["inbox"][-3:] if each["sender_id"] == person.sender_id]
    story.rows["conversations"].append({
        "sender_id": person.sender_id, "channel": "web", "address": f"{PREFIX}{person.number}",
        "customer_id": person.id, "language": person.language, "timezone": "", "created_at": story.now,
        "last_inbound_at": max(mine, default=None),
    })


def _write(story: Story, person: Person, language: int, topic: int, at: datetime) -> None:
    """A question, and what was answered at once."""
    asked, answered = (each[language] for each in TALKS[topic])
    key = story.key("inbox")
    said = InboundMessage(MessageId(key), "web", SenderId(person.sender_id), asked, language=person.language)
    story.rows["inbox"].append({
        "channel": "web", "message_id": key, "sender_id": person.sender_id, "payload": said.to_json(),
        "state": "done", "attempts": 1, "received_at": at,
    })
    _keep_said(story, person, "in", said.to_json(), at)
    reply = OutboundMessage(answered, person.language).to_json()
    _keep_said(story, person, "out", reply, min(at + timedelta(seconds=1), story.now))
    if topic == ASKS_FOR_A_PERSON:
        story.rows["handoffs"].append({
            "turn_key": key, "reference": f"M{len(story.rows['handoffs']):04}", "sender_id": person.sender_id,
            "customer_id": person.id, "channel": "web", "language": person.language, "about": "complaint",
            "order_number": "", "email": "", "summary": "", "state": "ended", "asked_at": at,
            "ended_at": min(at + timedelta(minutes=9), story.now),
        })
    if story.chance(0.25):
        stars = 2 if topic == ASKS_FOR_A_PERSON else int(story.rng.choice([3, 4, 5], p=[0.15, 0.35, 0.5]))
        rating = f"web:rating:{person.sender_id}:{key}"
        later = min(at + timedelta(minutes=3), story.now)
        _happen(story, person.id, "chat", "Conversation Rated", {"rating": stars}, later, rating)


def _keep_said(story: Story, person: Person, direction: str, payload: dict[str, Any], at: datetime) -> None:
    story.rows["messages"].append({
        "sender_id": person.sender_id, "message_id": story.key("messages"), "direction": direction,
        "payload": payload, "at": at, "seen_at": at,
    })


def _viewed(product: Product, variant: Variant) -> dict[str, Any]:
    return {"product_id": product.ref, "variant_id": variant.ref, "product_type": product.product_type}


def _happen(
    story: Story, customer: str, silo: str, name: str, properties: dict[str, Any], at: datetime, key: str = ""
) -> None:
    story.rows["events"].append({
        "message_id": key or story.key("events"), "customer_id": customer, "silo": silo, "type": "track", "name": name,
        "properties": properties, "occurred_at": at, "received_at": at,
    })
