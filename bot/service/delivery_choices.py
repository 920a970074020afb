"""Stage A4: words about another delivery -> the kind that is wanted and the choices they mean; a choice in words. Pure."""

import re
from collections.abc import Sequence
from datetime import date

from bot.commerce.types import DeliveryChoice, DeliveryKind, Order, Shipment
from bot.service.account import find_address, show_address
from bot.service.answers import simplify
from bot.service.orders import Reader, is_open
from bot.texts.catalogue import format_day

ON_THE_WAY = ("pre_transit", "in_transit", "delayed", "attempted")
SENTENCES: dict[DeliveryKind, str] = {
    "day": "I will ask {carrier} to bring order {number} on {what}. Is that right?",
    "neighbour": "I will ask {carrier} to leave order {number} with your neighbour: {what}. Is that right?",
    "pickup_point": "I will ask {carrier} to bring order {number} to this pick-up point: {what}. Is that right?",
}
DONE_SENTENCES: dict[DeliveryKind, str] = {
    "day": "Done: {carrier} brings order {number} on {what}.",
    "neighbour": "Done: {carrier} leaves order {number} with your neighbour: {what}.",
    "pickup_point": "Done: {carrier} brings order {number} to the pick-up point: {what}.",
}
_POINT = re.compile(r"\b(?:pick ?-?up (?:point|location)|relay|locker|parcel shop|drop ?-?off point|points? relais|relais|consigne)\b")
_NEIGHBOUR = re.compile(r"\b(?:neighbou?rs?|next door|concierge|caretaker|voisin\w*|gardien\w*)\b|\bleave it (?:with|at) number\b")
_DAY = re.compile(
    r"\b(?:(?:an)?other day|different day|delivery day|reschedul\w*|postpon\w*|push\w* (?:it )?back|next week|tomorrow|weekend|"
    r"hold (?:the|my|it)|nobody|no ?one|slot|not (?:be )?(?:at )?home|not be in|won't be|on holiday|autre jour|autre creneau|creneau|"
    r"jour de livraison|report\w*|decal\w*|repouss\w*|absente?|pas (?:la|chez moi)|demain|apres-demain|semaine prochaine|"
    r"week-end)\b"
)
_AWAY = re.compile(r"\b(?:won't|not|nobody|no ?one|isn't|can't|instead of|out on|away|pas|absente?|personne|au lieu de|plutot que)\b")
_AFTER_TOMORROW = 2  # days
_EN = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_NOT_DAY = re.compile(
    rf"\b(?:not|pas|instead of|plutot que|au lieu de)\b(?: (?:on|le|de|du))? (?:{'|'.join((*_EN, *_FR, 'tomorrow', 'demain'))})\b"
)
_TITLE = r"(?:M\.|(?:Mme|Mlle|Mr|Mrs|Ms|Miss)\b\.?)"
_IN_WORDS = re.compile(
    rf"(?:neighbou?r|voisine?|gardienne?|concierge)s?\s*,?\s+((?:{_TITLE}\s+[\w'’-]+|(?!{_TITLE})[A-ZÀ-Ý][\w.'’-]*)"
    r"(?:\s+[A-ZÀ-Ý][\w.'’-]+){0,3})"
)


def is_on_its_way(order: Order) -> bool:
    """Whether a parcel of the order is on the road, so that its carrier may still be asked for something."""
    return is_open(order) and order.delivery_kind == "ship" and any(each.state in ON_THE_WAY for each in order.shipments)


def wants_other_delivery(text: str) -> bool:
    """Whether words want another day, a neighbour or a pick-up point, and name no address to send to."""
    said = simplify(text)
    is_meant = _POINT.search(said) or _NEIGHBOUR.search(said) or _DAY.search(said) or _weekdays(said)
    return bool(is_meant) and not find_address(text).get("postcode")


def find_kind(text: str) -> DeliveryKind | None:
    """Which kind the words want; None where they do not say."""
    said = simplify(text)
    if _POINT.search(said):
        return "pickup_point"
    if _NEIGHBOUR.search(said):
        return "neighbour"
    return "day" if _DAY.search(said) or _weekdays(said) else None


def find_choices(text: str, offered: Sequence[DeliveryChoice], today: date) -> list[DeliveryChoice]:
    """The choices that words mean: those of the kind they want, and of it the very day or place that they name."""
    kind, said = find_kind(text), simplify(text)
    of_kind = [each for each in offered if kind in (None, each.kind)]
    if kind == "day":
        return [each for each in of_kind if each.day and _is_named(said, each.day, today)] or of_kind
    named = [each for each in of_kind if each.point_name and _names_point(said, each)]
    return named or of_kind


def names_missing_day(text: str, offered: Sequence[DeliveryChoice], today: date) -> bool:
    """Whether words want a day that is not on offer."""
    said = simplify(text)
    days = [each.day for each in offered if each.day]
    return bool(_weekdays(said)) and not _AWAY.search(said) and not any(_is_named(said, day, today) for day in days)


def find_neighbour(text: str) -> str:
    """The neighbour that words name by name, "" for none."""
    found = _IN_WORDS.search(text)
    return found.group(1).strip(" .,") if found else ""


def name_choice(choice: DeliveryChoice, reader: Reader) -> str:
    """The choice in words: its day, the neighbour's name, the pick-up point with its address."""
    if choice.day:
        return format_day(reader.language, choice.day, reader.timezone)
    if choice.kind == "neighbour":
        return choice.name or reader.say("Leave it with a neighbour")
    place = show_address(choice.point_address) if choice.point_address else ""
    return ", ".join(part for part in (choice.point_name, place) if part)


def find_parcel(order: Order, choice: DeliveryChoice) -> Shipment | None:
    """The parcel that a choice is about."""
    return next((each for each in order.shipments if each.id == choice.shipment_id), None)


def has_landed(order: Order, choice: DeliveryChoice) -> bool:
    """Whether the shop holds what was chosen."""
    parcel = find_parcel(order, choice)
    return parcel is not None and parcel.chosen == choice


def _weekdays(said: str) -> list[int]:
    return [number for names in (_EN, _FR) for number, name in enumerate(names) if re.search(rf"\b{name}\b", said)]


def _is_named(said: str, day: date, today: date) -> bool:
    """Whether words want that day: "not thursday, friday" wants friday, "I am out on thursday" wants another one."""
    names = [_EN[day.weekday()], _FR[day.weekday()]]
    if (day - today).days == 1:
        names += ["tomorrow", r"(?<!apres-)demain"]
    if (day - today).days == _AFTER_TOMORROW:
        names += ["day after tomorrow", "apres-demain"]
    wanted = _NOT_DAY.sub(" ", said)
    for name in names:
        if found := re.search(rf"\b{name}\b", wanted):
            return not _AWAY.search(wanted[: found.start()])
    return bool(re.search(rf"\b(?:the|le) {day.day}(?:st|nd|rd|th)?\b", said)) and not _AWAY.search(said)


def _names_point(said: str, choice: DeliveryChoice) -> bool:
    return any(re.search(rf"\b{word}\b", said) for word in re.findall(r"\w{5,}", simplify(choice.point_name)))
