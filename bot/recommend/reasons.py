"""A suggestion -> one true reason in the customer's language. What cannot be said truthfully is not said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from babel.dates import format_date

from bot.commerce.types import Product, Variant
from bot.recommend.candidates import MIN_PEOPLE, MIN_TOGETHER, Anchor, Signal
from bot.recommend.catalogue import Catalogue
from bot.recommend.outfit import goes_with
from bot.recommend.style import Style
from bot.recommend.traits import colours_of, department_of, launched_on, name_of, text_in, variant_colour, words_of
from bot.recommend.types import Floats, Reason
from bot.texts.catalogue import LOCALES, format_date_as, name_country, translate

_TASTES = frozenset({"style_colour", "style_brand", "style_material"})  # what is told as what the customer likes


@dataclass(frozen=True)
class Speaker:
    """Whom a reason is told, and when: a month is meant in the shop's zone."""

    language: str
    now: datetime
    catalogue: Catalogue
    timezone: str = "Europe/Paris"

    def say(self, sentence: str, **values: object) -> str:
        """A sentence in the customer's language."""
        return translate(self.language, sentence, **values)

    def month(self, at: datetime) -> str:
        """The month of a purchase, with its year when that is not this one: `March`, `mars 2025`."""
        day = at.astimezone(ZoneInfo(self.timezone)).date()
        this_year = self.now.astimezone(ZoneInfo(self.timezone)).year
        return str(format_date(day, "MMMM" if day.year == this_year else "MMMM y", locale=LOCALES[self.language]))

    def day(self, day: date) -> str:
        """A day without its year: `24 novembre`."""
        return format_date_as(self.language, "d MMMM", day)

    def name(self, product: Product) -> str:
        """A product's name."""
        return name_of(product, self.language)

    def colour(self, colour: str) -> str:
        """A colour inside a sentence."""
        return self.catalogue.label("colour", colour, self.language).lower()

    def brand(self, product: Product) -> str:
        """A brand as it is written."""
        return self.catalogue.label("brand", product.brand, self.language)

    def bought(self, anchor: Anchor) -> str:
        """A purchase as people remember it: the name, and the colour where the name does not hold it."""
        name = self.name(anchor.product)
        colour = self.colour(anchor.colour) if anchor.colour and len(colours_of(anchor.product)) > 1 else ""
        return name if not colour or colour.lower() in name.lower() else f"{name} ({colour})"


@dataclass(frozen=True)
class Case:
    """One product to find a reason for, and the signal that would give it."""

    row: int
    product: Product
    variant: Variant
    signal: Signal
    style: Style
    speaker: Speaker

    @property
    def anchor(self) -> Anchor:
        """What the reason rests on."""
        anchor = self.signal.anchor(self.row)
        return anchor or Anchor(self.product)

    @property
    def count(self) -> int:
        """How many people stand behind the row."""
        return int(self.signal.counts[self.row]) if len(self.signal.counts) else 0


def explain(
    row: int, product: Product, variant: Variant, signals: Sequence[Signal], table: Floats, style: Style,
    speaker: Speaker,
) -> Reason:
    """The reason of the strongest signal that can be told truthfully of this very variant."""
    for number in np.argsort(-table[:, row], kind="stable"):
        if table[number, row] <= 0:
            break
        case = Case(row, product, variant, signals[number], style, speaker)
        if reason := _REASONS[case.signal.key](case):
            return reason
    return Reason("in_stock", speaker.say("In stock now"), {})


def _outfit(case: Case) -> Reason | None:
    anchor = case.anchor
    colour = variant_colour(case.product, case.variant)
    worn = (anchor.colour,) if anchor.colour else colours_of(anchor.product)
    if not goes_with(anchor.product, case.product, worn, (colour,) if colour else ()):
        return None
    facts = {"product_ref": anchor.product.ref, "colour": anchor.colour}
    if anchor.at is None:
        return Reason(
            case.signal.key, case.speaker.say("Goes with: {product}", product=case.speaker.name(anchor.product)), facts
        )
    return _past(case, "Goes with the {product} you bought in {month}", facts)


def _bought_together(case: Case) -> Reason | None:
    if case.count < MIN_TOGETHER:
        return None
    facts = {"product_ref": case.anchor.product.ref, "count": str(case.count)}
    if case.anchor.at is not None:
        return _past(case, "Often bought with the {product} you bought in {month}", facts)
    name = case.speaker.name(case.anchor.product)
    return Reason(case.signal.key, case.speaker.say("Often bought together with: {product}", product=name), facts)


def _seen_together(case: Case) -> Reason | None:
    if case.count < MIN_TOGETHER:
        return None
    name = case.speaker.name(case.anchor.product)
    text = case.speaker.say("Others who looked at this also looked at it: {product}", product=name)
    return Reason(case.signal.key, text, {"product_ref": case.anchor.product.ref, "count": str(case.count)})


def _similar(case: Case) -> Reason | None:
    if case.anchor.product.product_type != case.product.product_type:
        return None
    is_now = case.signal.key == "similar_to_context"
    sentence = (
        "Similar to the one you are looking at: {product}" if is_now else "Similar to one you looked at: {product}"
    )
    text = case.speaker.say(sentence, product=case.speaker.name(case.anchor.product))
    return Reason(case.signal.key, text, {"product_ref": case.anchor.product.ref})


def _stated(case: Case) -> Reason | None:
    """By what was said. Of somebody else's taste no more is known than that it was asked for."""
    found = _said(case)
    if found is None or not case.style.is_for_other or found.key not in _TASTES:
        return found
    return replace(found, text=case.speaker.say("What you asked for"))


def _said(case: Case) -> Reason | None:
    colour = variant_colour(case.product, case.variant)
    if colour and colour in case.style.colours:
        text = case.speaker.say("In a colour you like: {colour}", colour=case.speaker.colour(colour))
        return Reason("style_colour", text, {"colour": colour})
    if case.product.brand and case.product.brand in case.style.brands:
        text = case.speaker.say("From a brand you like: {brand}", brand=case.speaker.brand(case.product))
        return Reason("style_brand", text, {"brand": case.product.brand})
    if value := _standing(case):
        return value
    if case.product.product_type in case.style.types:
        return Reason("style_type", case.speaker.say("What you asked for"), {"product_type": case.product.product_type})
    if made_for := sorted(words_of(case.product, "occasion") & set(case.style.occasions)):
        label = case.speaker.catalogue.label("occasion", made_for[0], case.speaker.language)
        text = case.speaker.say("Made for: {occasion}", occasion=label)
        return Reason("style_occasion", text, {"occasion": made_for[0]})
    return None


def _standing(case: Case) -> Reason | None:
    """Where it is made, of what, or what is stated of its repair, recycling or impact, where that was asked for."""
    topic, value = next(iter(case.style.values_met(case.product).items()), ("", ""))
    language, catalogue = case.speaker.language, case.speaker.catalogue
    if topic == "origin":
        fact, sentence = name_country(language, value), "Made where you asked for: {fact}"
    elif topic == "material":
        fact, sentence = catalogue.label("material", value, language), "Made of what you like: {fact}"
    else:
        fact, sentence = text_in(case.product.attributes.get(topic), language), "The shop states: {fact}"
    return Reason(f"style_{topic}", case.speaker.say(sentence, fact=fact), {topic: value}) if fact else None


def _brand(case: Case) -> Reason | None:
    if case.product.brand != case.anchor.product.brand or case.anchor.at is None:
        return None
    text = case.speaker.say("From {brand}, a brand you bought in {month}", brand=case.speaker.brand(case.product),
                            month=case.speaker.month(case.anchor.at))
    return Reason("brand_bought", text, {"brand": case.product.brand, "product_ref": case.anchor.product.ref})


def _replenish(case: Case) -> Reason | None:
    if case.anchor.at is None:
        return None
    text = case.speaker.say("You last bought it in {month}", month=case.speaker.month(case.anchor.at))
    return Reason("replenish", text, {"product_ref": case.product.ref, "bought_at": case.anchor.at.isoformat()})


def _popular(case: Case) -> Reason | None:
    if case.count < MIN_PEOPLE:
        return None
    return Reason("popular", case.speaker.say("Popular this month"), {"people": str(case.count)})


def _popular_of_type(case: Case) -> Reason | None:
    if case.count < MIN_PEOPLE:
        return None
    kind = case.product.product_type
    label = case.speaker.catalogue.label("product_type", kind, case.speaker.language)
    text = case.speaker.say("Popular this month in its category: {category}", category=label)
    return Reason("popular_of_type", text, {"people": str(case.count), "product_type": kind})


def _popular_in_department(case: Case) -> Reason | None:
    department = department_of(case.product)
    if case.count < MIN_PEOPLE or not department:
        return None
    label = case.speaker.catalogue.label("gender", department, case.speaker.language)
    text = case.speaker.say("Popular this month in the department: {department}", department=label)
    return Reason("popular_in_department", text, {"people": str(case.count), "department": department})


def _popular_in_segment(case: Case) -> Reason | None:
    if case.count < MIN_PEOPLE:
        return None
    text = case.speaker.say("Popular this month among customers like you")
    return Reason("popular_in_segment", text, {"people": str(case.count)})


def _learned_from_basket(case: Case) -> Reason:
    return Reason("learned_from_basket", case.speaker.say("Chosen by what is in your basket"))


def _learned(case: Case) -> Reason | None:
    if case.count < MIN_PEOPLE:
        return None
    text = case.speaker.say("Bought by people who share purchases with you")
    return Reason("learned", text, {"people": str(case.count)})


def _new(case: Case) -> Reason | None:
    day = launched_on(case.product)
    if day is None:
        return None
    return Reason(
        "new", case.speaker.say("New since {day}", day=case.speaker.day(day)), {"launched_on": day.isoformat()}
    )


def _past(case: Case, sentence: str, facts: Mapping[str, str]) -> Reason | None:
    if case.anchor.at is None:
        return None
    text = case.speaker.say(
        sentence, product=case.speaker.bought(case.anchor), month=case.speaker.month(case.anchor.at)
    )
    return Reason(case.signal.key, text, {**facts, "bought_at": case.anchor.at.isoformat()})


_REASONS: Mapping[str, Callable[[Case], Reason | None]] = {
    "goes_with_context": _outfit,
    "goes_with_bought": _outfit,
    "bought_with_context": _bought_together,
    "bought_with_bought": _bought_together,
    "seen_with_context": _seen_together,
    "seen_with_seen": _seen_together,
    "similar_to_context": _similar,
    "similar_to_seen": _similar,
    "style": _stated,
    "brand_bought": _brand,
    "replenish": _replenish,
    "learned": _learned,
    "goes_with_basket": _outfit,
    "bought_with_basket": _bought_together,
    "learned_from_basket": _learned_from_basket,
    "popular_of_type": _popular_of_type,
    "popular_in_department": _popular_in_department,
    "popular_in_segment": _popular_in_segment,
    "popular": _popular,
    "new": _new,
}
