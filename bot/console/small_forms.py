"""The console: the forms of an offer, a goal, caps, the tone: fields <-> the table that the shop's file would hold.

Pure. A field is called as its place in the table, `quiet_hours.marketing.begins`. What somebody typed stays as it is
until the file's parser has read it, so that a form can be shown again with whatever is wrong in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from bot.commerce.spoken_prices import NUMBER, minor_per_unit, read_amount
from bot.console.draft_words import QUIET_MODES
from bot.contracts.messages import LANGUAGES
from bot.decision.triggers import CHANNELS, PURPOSES

FieldKind = Literal["text", "number", "money", "day", "clock", "lines", "choice", "choices", "truth"]
Choices = Sequence[tuple[str, str]]
Fields = Mapping[str, str]
NAMED = ("goal",)  # of which a new one is given a name; an offer's is its code
ONE = ("tone", "pressure")  # of which a shop has one
_MOST_NUMBER = 10**15  # more of it stays text, at which the parser names the field
_NAME = re.compile(r"[^a-z0-9]+")
_MARKED = re.compile(rf"(?=[1-9]){NUMBER}")
_NO_SPACES = str.maketrans("", "", "\u202f\u00a0")


@dataclass(frozen=True)
class Field:
    """A box of a form. `label`: in English; "" what its place is called."""

    place: str
    kind: FieldKind = "text"
    label: str = ""
    hint: str = ""
    choices: Choices = ()
    language: str = ""  # in which it is written


@dataclass(frozen=True)
class Group:
    """Boxes that belong together."""

    title: str
    fields: tuple[Field, ...]


def list_groups(kind: str, journeys: Choices, events: Sequence[str]) -> tuple[Group, ...]:
    """The form of a kind; () for one that has none here. `journeys`: those that there are, and what they are called."""
    every = (("*", "all journeys"), *journeys)
    made = {"offer": _offer, "goal": _goal}.get(kind)
    if made:
        return made(every, events)
    return {"tone": _TONE, "pressure": _PRESSURE}.get(kind, ())


def list_fields(groups: Sequence[Group]) -> list[Field]:
    """Every box, in its order."""
    return [field for group in groups for field in group.fields]


def read_table(groups: Sequence[Group], form: Fields, currency: str) -> dict[str, Any]:
    """The table that a form says, money in minor units. What is left empty is not in it, but for a choice of which
    nothing is ticked; a number that is none stays as it was typed.
    """
    table: dict[str, Any] = {}
    for field in list_fields(groups):
        value = _read(field, form, currency)
        if value == "" or value == [] and field.kind != "choices":  # that nothing is ticked says something
            continue
        *above, key = field.place.split(".")
        inner = table
        for each in above:
            inner = inner.setdefault(each, {})
        inner[key] = value
    return table


def write_fields(groups: Sequence[Group], table: Mapping[str, Any], currency: str) -> dict[str, str]:
    """A form's fields for a table, whatever stands in it: what has no place in the form is left out."""
    fields: dict[str, str] = {}
    for field in list_fields(groups):
        value: Any = table
        for each in field.place.split("."):
            value = value.get(each) if isinstance(value, Mapping) else None
        fields |= _write(field, value, currency)
    return fields


def name_offer(code: str) -> str:
    """What an offer is called in the file, by its code: `MAILLE-15` is `maille_15`; "" without a letter or digit."""
    name = _NAME.sub("_", code.lower()).strip("_")
    return name if not name or name[0].isalpha() else f"code_{name}"


def _read(field: Field, form: Fields, currency: str) -> Any:
    text = form.get(field.place, "").strip()
    if field.kind == "truth":
        return field.place in form
    if field.kind == "choices":
        return [value for value, _ in field.choices if f"{field.place}.{value}" in form]
    if field.kind == "lines":
        return [tidy for line in text.splitlines() if (tidy := " ".join(line.split()))]
    if field.kind == "money" and text:
        return _number(_tidy_amount(text, currency), text, minor_per_unit(currency))
    return _number(text.translate(_NO_SPACES), text) if field.kind == "number" and text else text


def _tidy_amount(text: str, currency: str) -> str:
    """An amount with its thousands marked, `1 000` or `1,000.50`, without those marks; anything else as a number."""
    spaced = re.sub(r"\s", " ", text)
    if _MARKED.fullmatch(spaced):
        return str(read_amount(spaced, currency))
    return text.translate(_NO_SPACES)


def _number(tidy: str, text: str, times: int = 1) -> int | float | str:
    """What it says, so many times; the text as it was typed where that is no number."""
    try:
        value = Decimal(tidy.replace(",", ".")) * times
    except ArithmeticError:  # no number, or one that no decimal holds
        return text
    if not value.is_finite() or abs(value) >= _MOST_NUMBER:
        return text
    return int(value) if value == value.to_integral_value() else float(value)


def _write(field: Field, value: Any, currency: str) -> dict[str, str]:
    at = field.place
    if field.kind == "truth":
        return {at: "on"} if value is True else {}
    if field.kind == "choices":
        return {f"{at}.{each}": "on" for each in value} if isinstance(value, list) else {}
    if field.kind == "lines":
        return {at: "\n".join(str(each) for each in value)} if isinstance(value, list) else {}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if field.kind == "money" and is_number:
        return {at: f"{Decimal(str(value)) / minor_per_unit(currency):f}"}
    if is_number:
        return {at: f"{Decimal(str(value)).normalize():f}"}
    return {at: value} if isinstance(value, str) else {}


def _in_both(place: str, kind: FieldKind = "text", label: str = "") -> tuple[Field, ...]:
    return tuple(Field(f"{place}.{each}", kind, label, language=each) for each in LANGUAGES)


def _offer(journeys: Choices, _events: Sequence[str]) -> tuple[Group, ...]:
    return (
        Group("The code, and what we say of it", (
            Field("code", hint="As somebody types it in the shop."), *_in_both("name", label="what is said"),
        )),
        Group("What it gives, as the shop has it", (
            Field("percent_off", "number"), Field("amount_off_minor", "money"), Field("min_items_minor", "money"),
            Field("has_free_shipping", "truth"),
            Field("product_types", "lines", hint="A line each; empty for all."),
        )),
        Group("When and where it is told", (
            Field("begins", "day", label="first day", hint="Empty: at once."),
            Field("ends", "day", label="last day", hint="Empty: as long as the shop gives it."),
            Field("journeys", "choices", choices=journeys),
        )),
    )


def _goal(journeys: Choices, events: Sequence[str]) -> tuple[Group, ...]:
    counted = (("orders", "every order of the shop"), *((each, each) for each in events))
    return (
        Group("What is wanted", (
            *_in_both("name", label="what one is called"), Field("owner", label="who answers for it"),
            Field("counts", "choice", choices=counted),
        )),
        Group("What it is worth", (
            Field("margin_percent", "number", hint="Of orders alone: of what was paid, in percent."),
            Field("value_minor", "money", hint="Of events alone: what one is worth."),
        )),
        Group("Its target, if it has one", (
            Field("target.times", "number", label="how often it is to be reached"),
            Field("target.since", "day", label="counted from the day"),
            Field("target.by", "day", label="until the day"),
        )),
        Group("What counts", (
            Field("window_days", "number"), Field("history_days", "number"),
            Field("journeys", "choices", choices=journeys),
        )),
    )


_PRESSURE = (
    *(Group(purpose, (
        Field(f"caps.{purpose}.per_day", "number", label="at most per day", hint="To one person, over all channels. "
              "Empty: no cap."),
        Field(f"caps.{purpose}.per_week", "number", label="at most per week"),
        Field(f"quiet_hours.{purpose}.begins", "clock", label="quiet from"),
        Field(f"quiet_hours.{purpose}.ends", "clock", label="quiet until"),
    )) for purpose in reversed(PURPOSES)),
    Group("What leaves in quiet hours", (
        *(Field(f"quiet_channels.{each}", "choice", choices=tuple(QUIET_MODES.items())) for each in CHANNELS),
        Field("quiet_channels.present_seconds", "number", label="present for so many seconds after a look"),
    )),
)
_TONE = (
    Group("How the shop speaks", (
        Field("fr.address", "choice", label="In French it says", choices=(("vous", "vous"), ("tu", "tu"))),
        Field("emoji", "truth", label="emoji"), Field("longest_sentence_words", "number", label="longest sentence, in "
                                                      "words; 0: no rule"),
    )),
    *(Group({"fr": "French", "en": "English"}[each], (
        Field(f"{each}.signature", label="signature", language=each),
        Field(f"{each}.never", "lines", label="never said, a line each", language=each),
    )) for each in LANGUAGES),
)
