"""Whatever is kept, in the reader's words: names, moments, money, and values of any shape. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel import Locale, UnknownLocaleError

from bot.privacy.names import NAMES
from bot.texts.catalogue import (
    LOCALES,
    format_full_date,
    format_full_moment,
    format_money,
    name_country,
    translate,
)

Labels = Mapping[tuple[str, str], str]  # the shop's own words: (kind, word) -> what its customers call it
_OF_TRAIT = {
    "favourite_colours": "colour", "favourite_sizes": "size", "favourite_brands": "brand",
    "favourite_types": "product_type", "usual_products": "product", "usual_variants": "variant",
}
_STATES = ("status", "payment_status", "fulfilment_status")
_KINDS_OF_FIELD = {"colour": "colour", "size": "size", "brand": "brand", "product_type": "product_type"}


@dataclass(frozen=True)
class Words:
    """A reader's language and zone, and the shop's own words in that language."""

    language: str
    timezone: str
    labels: Labels = field(default_factory=dict)

    def say(self, sentence: str, **values: object) -> str:
        """A sentence of the catalogues."""
        return translate(self.language, sentence, **values)

    def name(self, kind: str, word: str) -> str:
        """What people call a word of ours; the shop's own words stand for themselves."""
        known = NAMES[kind].get(word)
        return self.say(known) if known else word.replace("_", " ").replace(":", ", ")

    def source(self, silo: str) -> str:
        """Who said so; what was computed says from whose word."""
        kind, _, of = silo.partition(":")
        name = self.name("source", kind)
        return f"{name} ({self.name('source', of)})" if of else name

    def label(self, kind: str, word: str) -> str:
        """A colour, a size, a product, a segment as the shop shows it."""
        return self.labels.get((kind, word)) or word.replace("_", " ").replace("--", ", ").replace("-", " ")

    def moment(self, at: str | datetime | None) -> str:
        """A day with its year, and the time, in the reader's zone; "" for none."""
        found = _read_moment(at)
        return format_full_moment(self.language, found, self.timezone) if found else ""

    def day(self, at: str | datetime | None) -> str:
        """A day with its year in the reader's zone; "" for none."""
        found = _read_moment(at)
        return format_full_date(self.language, found, self.timezone) if found else ""

    def money(self, minor: int, currency: str) -> str:
        """An amount."""
        return format_money(self.language, minor, currency or "EUR")

    def country(self, code: str) -> str:
        """A country by its code."""
        return name_country(self.language, code)

    def locale(self, code: str) -> str:
        """A language, with its country where it has one: `français (France)`."""
        try:
            return str(Locale.parse(code.replace("-", "_")).get_display_name(LOCALES[self.language]) or code)
        except (ValueError, UnknownLocaleError):
            return code

    def length(self, days: int) -> str:
        """Days as people count them."""
        if days == 1:
            return self.say("one day")
        if days % 365:
            return self.say("{days} days", days=days)
        return self.say("a year") if days == 365 else self.say("{count} years", count=days // 365)

    def trait(self, name: str, value: Any) -> str:
        """A trait's value: text, or counts by word."""
        match name, value:
            case ("locale" | "language"), str():
                return self.locale(value)
            case "country", str():
                return self.country(value)
            case "spend", dict():
                return ", ".join(self.money(int(amount), currency) for currency, amount in value.items())
            case "order_count", dict():
                return str(value.get("orders", 0))
            case ("first_purchase" | "last_purchase"), dict():
                products = [self.label("product", each) for each in value.get("products") or ()]
                return " · ".join((self.day(value.get("at")), *products))
            case "price_bands", dict():
                return ", ".join(f"{' '.join(reversed(each.split()))} ({count:g})" for each, count in value.items())
            case "days_between_purchases", dict():
                days: list[str] = value.get("any") or next(iter(value.values()), [])
                return ", ".join(self.day(f"{each}T12:00:00+00:00") for each in days)
            case ("active_hours" | "answer_hours"), dict():
                return ", ".join(self._hour(each, count) for each, count in value.items())
            case _, dict() if name in _OF_TRAIT:
                kind = _OF_TRAIT[name]
                return ", ".join(f"{self.label(kind, each)} ({count:g})" for each, count in value.items())
            case _:
                return self.describe(value)

    def describe(self, value: Any) -> str:
        """Any value in a line: what people would read of it. Internal numbers stay in the file."""
        if isinstance(value, dict):
            return ", ".join(self._describe_fields(value))
        if isinstance(value, list | tuple):
            return " ; ".join(each for each in map(self.describe, value) if each)
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, float):
            return f"{value:g}"
        return "" if value is None else str(value)

    def _describe_fields(self, value: dict[str, Any]) -> list[str]:
        currency = str(value.get("currency") or "")
        known = [(key, each) for key, each in value.items() if each not in (None, "", [], {})]
        names = NAMES["field"]
        if all(isinstance(each, int | float) for _, each in known) and not any(key in names for key, _ in known):
            return [f"{key} ({each:g})" for key, each in known]  # counts by a word
        told = [(key, self._describe_field(key, each, currency)) for key, each in known if key in names]
        return [f"{self.name('field', key)} : {each}" if self.language == "fr" else f"{self.name('field', key)}: {each}"
                for key, each in told if each]

    def _describe_field(self, key: str, value: Any, currency: str) -> str:
        if key.endswith("_minor") and isinstance(value, int):
            return self.money(value, currency)
        if key == "products" and isinstance(value, list):
            return ", ".join(map(self._item, value))
        if key in _STATES:
            return self.name("status", str(value))
        if key in _KINDS_OF_FIELD and isinstance(value, str):
            return self.label(_KINDS_OF_FIELD[key], value)
        if key in ("language", "locale"):
            return self.locale(str(value))
        if key == "country":
            return self.country(str(value))
        if key == "channel":
            return self.name("channel", str(value))
        return self.describe(value)

    def _item(self, line: Any) -> str:
        """`1 × Bottines Chelsea Ardoise (noir, 36)`."""
        if not isinstance(line, dict):
            return str(line)
        name = str(line.get("name") or self.label("product", str(line.get("product_id") or "")))
        options = ", ".join(self.label(kind, str(line[kind])) for kind in ("colour", "size") if line.get(kind))
        count = f"{line['quantity']} × " if line.get("quantity") else ""
        return f"{count}{name} ({options})" if options else f"{count}{name}"

    def _hour(self, word: str, count: float) -> str:
        channel, _, hour = word.partition(" ")
        clock = hour.removesuffix("h").lstrip("0") or "0"
        return f"{self.name('channel', channel)}, {clock} h ({count:g})"


def _read_moment(at: str | datetime | None) -> datetime | None:
    if not at:
        return None
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
