"""About one product: what it is, where it is in stock, which size, and what others may want to know of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from actions.asking import button, tell
from actions.base import Reply, ShopAction, Turn
from actions.consent import offer_consent
from actions.search import show_fitting
from actions.shelf import (
    Meant,
    catalogue_of,
    colour_meant,
    describe_options,
    describe_values,
    find_meant,
    product_card,
    product_name,
    remember_product,
    shop_ref,
    shown_of,
    style_of,
    variant_in,
    wish_of,
)
from actions.sizing import say_conversions, say_runs, say_size
from bot.bootstrap import InForce
from bot.commerce.types import Availability, LocationStock, Product, Variant
from bot.contracts.messages import OutboundMessage, QuickReply, dump_payload
from bot.intake.interests import OPTIONS
from bot.intake.names import BACK_IN_STOCK_REQUESTED
from bot.profile.consent import has_consent
from bot.profile.events import Event, append_events
from bot.profile.identities import CustomerId
from bot.profile.state import ConversationState
from bot.profile.told_sizes import NUMBERED
from bot.recommend.size_model import SizeAdvice
from bot.recommend.size_tables import is_foreign, own_sizes
from bot.recommend.sizes import customer_size, told_size
from bot.recommend.traits import colours_of, size_of, sizes_of, variant_colour
from bot.service.answers import simplify
from bot.service.basket import buyable_refs
from bot.service.consents import QUESTION_SENTENCES
from bot.service.stated import tell_stated, topics_asked


class ActionProductDetails(ShopAction):
    """Tell me more about it."""

    intent: ClassVar[str] = "product_details"

    def reply(self, turn: Turn) -> Reply:
        """Picture, price, what is asked about or else the description, colours and sizes that are in stock now."""
        meant = find_meant(turn)
        if meant.product is None:
            return ask_which_product(turn, meant)
        product = meant.product
        buyable = buyable_refs(_stock(turn, product.variants))
        variant = meant.variant or _best_variant(product, meant, buyable)
        lines = [*_told(turn, product), _in_stock(turn, product, buyable)]
        card = product_card(turn, product, variant, is_size_known=meant.variant is not None or not sizes_of(product))
        message = OutboundMessage(
            "\n".join(line for line in lines if line), language=turn.language, cards=(card,),
            quick_replies=(
                button(turn, "In store?", "check_availability", product=product.ref),
                button(turn, "Which size?", "size_advice", product=product.ref),
                button(turn, "What goes with it?", "complete_look", product=product.ref),
            ),
        )
        shown = shown_of(turn, product, variant, is_size_known=meant.variant is not None)
        return Reply((message,), remember_product(turn.state, shown))


def _told(turn: Turn, product: Product) -> list[str]:
    """What the product states about what was asked; its description where nothing in particular was."""
    if topics := topics_asked(turn.text):
        return tell_stated(product, topics, catalogue_of(turn).words, turn.language)
    return [product.descriptions.get(turn.language) or product.descriptions.get("en", "")]


def _in_stock(turn: Turn, product: Product, buyable: frozenset[str]) -> str:
    left = [v for v in product.variants if v.ref in buyable]
    if not left:
        return turn.say("Sold out online at the moment.")
    colours = dict.fromkeys(variant_colour(product, v) for v in left)
    sizes = [size for size in sizes_of(product) if any(size_of(v.options) == size for v in left)]
    parts = [", ".join(label for _, label in describe_values(turn, "colour", colours)), ", ".join(sizes)]
    return turn.say("In stock: {options}.", options=" · ".join(part for part in parts if part) or turn.say("yes"))


def _best_variant(product: Product, meant: Meant, buyable: frozenset[str]) -> Variant:
    wanted = meant.reference.colours
    return min(product.variants, key=lambda v: (variant_colour(product, v) not in wanted, v.ref not in buyable))


def ask_which_product(turn: Turn, meant: Meant) -> Reply:
    """Those that go by the name; what the words find in the shop; else the question which product is meant."""
    if meant.reference.how == "names":
        return _ask_which_named(turn, meant)
    if found := show_fitting(turn, turn.say("Do you mean one of these?")):
        return found
    text = turn.say("Which product do you mean? Tell me what you are looking for, and I will show you.")
    return tell(turn, text, buttons=(button(turn, "Suggest something", "recommend_products"),))


def _ask_which_named(turn: Turn, meant: Meant, before: str = "") -> Reply:
    buttons = (
        QuickReply(each.title, dump_payload(turn.intent, product=each.product_ref))
        for each in meant.reference.candidates[:6]
    )
    return tell(turn, f"{before} {turn.say('Do you mean one of these?')}".strip(), buttons=tuple(buttons))


class ActionCheckAvailability(ShopAction):
    """Is it in stock in M? And in Lyon?"""

    intent: ClassVar[str] = "check_availability"

    def reply(self, turn: Turn) -> Reply:
        """Live stock, online and by store."""
        meant = find_meant(turn)
        if meant.product is None:
            return ask_which_product(turn, meant)
        return _tell_stock(turn, meant, meant.product)


def _tell_stock(turn: Turn, meant: Meant, product: Product) -> Reply:
    variants = _variants_asked(product, meant)
    if not variants:
        text = turn.say(
            "{product} does not come in {size}.", product=product_name(turn, product), size=meant.reference.size
        )
        return tell(turn, text + " " + _in_stock(turn, product, buyable_refs(_stock(turn, product.variants))))
    stock = _stock(turn, variants)
    lines = [_headline(turn, product, variants, stock), *_store_lines(turn, stock)]
    buyable = buyable_refs(stock)
    shown = variants[0] if len(variants) == 1 else None
    buttons = _stock_buttons(turn, product, [v for v in variants if v.ref in buyable][:5], variants)
    state = remember_product(turn.state, shown_of(turn, product, shown))
    return tell(turn, "\n".join(lines), buttons=buttons, state=state)


def _variants_asked(product: Product, meant: Meant) -> list[Variant]:
    if meant.variant is not None:
        return [meant.variant]
    size = simplify(meant.reference.size)
    colours = [colour for colour in meant.reference.colours if colour in colours_of(product)]
    return [
        v for v in product.variants
        if (not size or simplify(v.options.get("size", "")) == size or not size_of(v.options))
        and (not colours or variant_colour(product, v) in colours)
    ]


def _headline(turn: Turn, product: Product, variants: Sequence[Variant], stock: Sequence[Availability]) -> str:
    name, buyable = product_name(turn, product), buyable_refs(stock)
    if len(variants) > 1:
        left = [describe_options(turn, product, v) for v in variants if v.ref in buyable]
        if not left:
            return turn.say("{product} is sold out online.", product=name)
        return turn.say("{product} is in stock online in: {options}.", product=name, options=" · ".join(left))
    options = describe_options(turn, product, variants[0])
    name = f"{name} ({options})" if options else name
    if variants[0].ref not in buyable:
        return turn.say("{product} is sold out online.", product=name)
    left_online = stock[0].quantity
    if stock[0].state == "low" and left_online:
        return turn.say("{product} is in stock online, only {count} left.", product=name, count=left_online)
    return turn.say("{product} is in stock online.", product=name)


def _store_lines(turn: Turn, stock: Sequence[Availability]) -> list[str]:
    """One line a store that has some; of the town that was named, also when it has none."""
    city = simplify(turn.entity("city"))
    pieces: dict[str, tuple[LocationStock, int]] = {}
    for place in (place for each in stock for place in each.locations if place.has_pickup):
        known = pieces.get(place.location_ref, (place, 0))[1]
        pieces[place.location_ref] = (place, known + (place.quantity or 0))
    asked = [(p, n) for p, n in pieces.values() if not city or city in simplify(f"{p.name} {p.address}")]
    if city and not asked:
        return [turn.say("We have no store in {city}.", city=turn.entity("city")), *_lines(turn, list(pieces.values()))]
    return _lines(turn, asked, tells_none=bool(city))


def _lines(turn: Turn, places: Sequence[tuple[LocationStock, int]], *, tells_none: bool = False) -> list[str]:
    lines = [turn.say("{store}: {count} in store", store=place.name, count=count) for place, count in places if count]
    if tells_none:
        lines += [turn.say("{store}: none in store", store=place.name) for place, count in places if not count]
    return lines or ([turn.say("No store has any at the moment.")] if places else [])


def _stock_buttons(
    turn: Turn, product: Product, buyable: Sequence[Variant], asked: Sequence[Variant]
) -> tuple[QuickReply, ...]:
    if buyable:
        return tuple(
            QuickReply(
                turn.say("Add in {size}", size=describe_options(turn, product, v))
                if describe_options(turn, product, v)
                else turn.say("Add"),
                dump_payload("add_to_cart", variant=v.ref),
            )
            for v in buyable
        )
    ref = {"variant": asked[0].ref} if len(asked) == 1 else {"product": product.ref}
    return (QuickReply(turn.say("Keep it in mind for me"), dump_payload("notify_me", **ref)),)


def _stock(turn: Turn, variants: Sequence[Variant]) -> list[Availability]:
    return turn.services.commerce.get_availability([variant.ref for variant in variants])


class ActionSizeAdvice(ShopAction):
    """Which size shall I take?"""

    intent: ClassVar[str] = "size_advice"

    def reply(self, turn: Turn) -> Reply:
        """The size that the customer's purchases prove; else that we do not know it."""
        return advise_size(turn, find_meant(turn))


def advise_size(turn: Turn, meant: Meant, before: str = "") -> Reply:
    """The customer's size in a product, only as far as something proves it."""
    if meant.reference.how == "names":
        return _ask_which_named(turn, meant, before)
    if meant.product is None:
        text = turn.say("For which product? Show me one, and I tell you the size you usually keep.")
        return tell(turn, f"{before} {text}".strip())
    product = meant.product
    name = product_name(turn, product)
    variant = meant.variant or variant_in(product, colour_meant(product, meant))
    state = remember_product(turn.state, shown_of(turn, product, variant, is_size_known=meant.variant is not None))
    if not sizes_of(product):
        text = f"{before} {turn.say('{product} comes in one size.', product=name)}".strip()
        return tell(turn, text, buttons=(_add_button(turn, product, variant),), state=state)
    advice = turn.services.recommender.advise_size(product, shop_ref(turn), turn.now)
    stated, said = _stated_size(turn, product, advice)
    converted = _say_converted(turn, product, name, said)
    size = say_size(turn, name, stated, advice, sizes_of(product), converted=converted)
    text = " ".join(part for part in (before, size, say_runs(turn, product, advice)) if part)
    told = [size for size in dict.fromkeys((stated, advice.size, advice.other)) if size]
    is_known = bool(stated) or advice.certainty != "unknown"
    sizes = told if is_known else tuple(dict.fromkeys((*told, *sizes_of(product))))[:6]
    buttons = _size_buttons(turn, product, variant_colour(product, variant) if variant else "", sizes)
    return tell(turn, text, buttons=buttons, state=state)


def _stated_size(turn: Turn, product: Product, advice: SizeAdvice) -> tuple[str, str]:
    """The size that they told, in the product's own, and the words where it is another country's; "" for neither.

    A number that was told of no kind is not held against purchases: it may be of anything.
    """
    style = replace(style_of(turn), sizes=tuple(filter(is_foreign, wish_of(turn).sizes)))
    is_open = advice.certainty == "unknown"
    told = told_size(product, style)
    said = (*style.sizes, told, style.known_sizes.get(NUMBERED, "") if is_open else "")
    stated = customer_size(product, {}, style) if told or is_open else ""
    return stated, next((each for each in said if is_foreign(each)), "")


def _say_converted(turn: Turn, product: Product, name: str, said: str) -> str:
    """What a size of another country that was told is in this product; that nobody can tell, where no table does."""
    if not said or own_sizes(product, said):
        return " ".join(say_conversions(turn, [said], [product]))
    return turn.say(
        "I cannot tell what {said} is in {product}, and I will not guess. It comes in: {sizes}.", said=said,
        product=name, sizes=", ".join(sizes_of(product)),
    )


def _add_button(turn: Turn, product: Product, variant: Variant | None) -> QuickReply:
    """Of what comes in one size: in the colour that is meant; which one is asked for where none is."""
    ref = {"variant": variant.ref} if variant else {"product": product.ref}
    return QuickReply(turn.say("Add it"), dump_payload("add_to_cart", **ref))


def _size_buttons(turn: Turn, product: Product, colour: str, sizes: Sequence[str]) -> tuple[QuickReply, ...]:
    """One a size, each in the colour that is meant, "" where none is."""
    chosen = {"product": product.ref, **({"colour": colour} if colour else {})}
    return tuple(
        QuickReply(turn.say("Add in {size}", size=size), dump_payload("add_to_cart", **chosen, size=size))
        for size in sizes
    )


class ActionNotifyMe(ShopAction):
    """Tell me when it is back."""

    intent: ClassVar[str] = "notify_me"

    def reply(self, turn: Turn) -> Reply:
        """Keep the wish with the customer's profile, once per message; in stock now, it says so instead."""
        meant = find_meant(turn)
        if meant.product is None:
            return ask_which_product(turn, meant)
        product = meant.product
        variants = _variants_asked(product, meant)
        if len(variants) == 1 and variants[0].ref in buyable_refs(_stock(turn, variants)):
            return _tell_stock(turn, meant, product)
        variant = variants[0] if len(variants) == 1 else None
        options = describe_options(turn, product, variant) if variant else ""
        name = f"{product_name(turn, product)} ({options})" if options else product_name(turn, product)
        with turn.services.store.write() as connection:
            append_events(connection, [_wanted(turn, product, variant, _options_asked(product, variants))])
        state = remember_product(turn.state, shown_of(turn, product, variant))
        return _promise_news(turn, name, state)


def _promise_news(turn: Turn, name: str, state: ConversationState) -> Reply:
    """What will follow, and no more than that: the shop may not write of it, or the person not want it here."""
    noted = turn.say("Noted: you are waiting for {product}.", product=name)
    journeys = InForce(turn.services).read().triggers
    may_begin = (each for each in journeys if not each.is_ending)
    trigger = next((each for each in may_begin if "yes" in each.where.get("asked", ())), None)
    channel = turn.conversation.channel
    if trigger and channel in trigger.channels:
        with turn.services.store.read() as connection:
            if has_consent(connection, turn.conversation.customer_id, trigger.purpose, channel):
                return tell(turn, f"{noted} {turn.say('I will write to you here when it is back.')}", state=state)
    asked = tell(turn, f"{noted} {turn.say('Ask me at any time whether it is back.')}", state=state)
    if trigger and channel in trigger.channels and (trigger.purpose, "back_in_stock") in QUESTION_SENTENCES:
        return offer_consent(turn, asked, trigger.purpose, "back_in_stock")
    return asked


def _options_asked(product: Product, variants: Sequence[Variant]) -> dict[str, str]:
    """The size or colour that all of what was asked for has, and not all of the product."""
    found = {}
    for kind in OPTIONS:
        asked, every = ({each.options.get(kind, "") for each in some} for some in (variants, product.variants))
        if len(asked) == 1 and asked != every and (value := next(iter(asked))):
            found[kind] = value
    return found


def _wanted(turn: Turn, product: Product, variant: Variant | None, options: Mapping[str, str]) -> Event:
    properties = {"product_id": product.ref, **({"variant_id": variant.ref} if variant else options)}
    return Event(
        message_id=f"chat:{turn.key}:wanted", customer_id=CustomerId(turn.conversation.customer_id), silo="chat",
        type="track", name=BACK_IN_STOCK_REQUESTED, properties=properties, occurred_at=turn.now, received_at=turn.now,
    )
