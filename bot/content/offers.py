"""The shop's offers, as `offers.toml` has them: words about its codes; beside its promotions -> what is not so."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from bot.commerce.spoken_prices import NUMBER, read_amount
from bot.commerce.types import Offer
from bot.contracts.messages import LANGUAGES
from bot.errors import FixConfiguration
from bot.texts.catalogue import to_units
from bot.toml_file import Table, read_toml

FILE = "offers.toml"
EVERY_JOURNEY = "*"
MOST_CHARACTERS = 120  # of its words: they stand inside a message
_KEYS = frozenset({
    "code", "name", "percent_off", "amount_off_minor", "min_items_minor", "has_free_shipping", "product_types",
    "begins", "ends", "journeys",
})
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,39}")
_NUMBER = re.compile(NUMBER)
_COMPARED = ("percent_off", "amount_off_minor", "min_items_minor", "has_free_shipping")
# given: the shop gives the same now; unknown: it has no such code now; differs: it gives something else;
# later, over: its time has not come, or is over; unread: nobody has asked the shop yet, or its engine cannot say.
State = Literal["given", "unknown", "differs", "later", "over", "unread"]
_REASONS = {"differs": "offer_differs", "later": "offer_not_begun"}  # for a message that stays home
UNTRUE: tuple[State, ...] = ("unknown", "differs")


@dataclass(frozen=True)
class ToldOffer:
    """What we say of a code: what it gives, to what, when, and in which journeys. Money in minor units."""

    name: str
    code: str
    names: Mapping[str, str]  # by language
    percent_off: int = 0
    amount_off_minor: int = 0
    min_items_minor: int = 0
    has_free_shipping: bool = False
    product_types: tuple[str, ...] = ()  # () for all
    begins: str = ""  # the first day, `2026-12-01`; "" at once
    ends: str = ""  # the last day; "" as long as the shop gives it
    journeys: tuple[str, ...] = (EVERY_JOURNEY,)

    def is_for(self, journey: str) -> bool:
        """Whether a journey may name it."""
        return EVERY_JOURNEY in self.journeys or journey in self.journeys

    def is_code(self, code: str) -> bool:
        """Whether it is about a code, however typed."""
        return self.code.upper() == code.strip().upper()


@dataclass(frozen=True)
class Untruth:
    """Where we would say something else than the shop: a key, what we say, what it gives."""

    key: str
    told: str
    given: str


@dataclass(frozen=True)
class Truth:
    """How an offer stands beside the shop's promotions."""

    state: State
    untruths: tuple[Untruth, ...] = ()


def load_offers(path: Path, currency: str) -> tuple[ToldOffer, ...]:
    """Read a shop's offers, money in its currency; none where there is no file. FixConfiguration names line and key."""
    if not path.exists():
        return ()
    file = read_toml(path)
    file.refuse_unknown(frozenset({"offers"}))
    return tuple(read_offer(name, table, currency) for name, table in file.tables("offers"))


def read_offer(name: str, table: Table, currency: str) -> ToldOffer:
    """One `[offers.<name>]`. FixTable names the key that is wrong."""
    table.refuse_unknown(_KEYS)
    code = table.text("code")
    if not _CODE.fullmatch(code):
        raise table.fail("code", "must be 2 to 40 letters, digits, - and _, as somebody types it")
    told = ToldOffer(
        name=name, code=code, names=_read_names(table), percent_off=_whole(table, "percent_off", 100),
        amount_off_minor=_whole(table, "amount_off_minor"), min_items_minor=_whole(table, "min_items_minor"),
        has_free_shipping=table.truth("has_free_shipping", False), product_types=table.texts("product_types", ()),
        begins=_read_day(table, "begins"), ends=_read_day(table, "ends"),
        journeys=table.texts("journeys", (EVERY_JOURNEY,)),
    )
    if told.begins and told.ends and told.ends < told.begins:
        raise table.fail("ends", "must not be before it begins")
    _require_own_numbers(table, told, currency)
    return told


def require_journeys(offers: Iterable[ToldOffer], codes_of: Mapping[str, Iterable[str]]) -> None:
    """FixConfiguration for an offer that is for a journey that there is not, or a code that two tell of, or one that a
    journey names which the offer is not for. `codes_of`: what each journey's steps name.
    """
    known, codes = {EVERY_JOURNEY, *codes_of}, set[str]()
    for each in offers:
        if missing := [journey for journey in each.journeys if journey not in known]:
            raise FixConfiguration(f"{FILE}: [offers.{each.name}] is for {missing[0]!r}, which triggers.toml has not")
        if each.code.upper() in codes:
            raise FixConfiguration(f"{FILE}: [offers.{each.name}]: another one tells of the code {each.code}")
        codes.add(each.code.upper())
        if journey := find_left_out(each, codes_of):
            raise FixConfiguration(f"{FILE}: [offers.{each.name}] is not for {journey!r}, which names its code")


def find_left_out(told: ToldOffer, codes_of: Mapping[str, Iterable[str]]) -> str | None:
    """The first journey that names an offer's code and that it is not for, if any."""
    naming = (name for name, codes in codes_of.items() if any(told.is_code(code) for code in codes))
    return next((name for name in naming if not told.is_for(name)), None)


def write_offer(told: ToldOffer) -> dict[str, Any]:
    """What the file would hold: `read_offer` of it is the offer."""
    table = {**dump_offer(told), "name": dict(told.names)}
    return {key: value for key, value in table.items() if key in _KEYS and value not in ("", 0, False, [])}


def dump_offer(told: ToldOffer) -> dict[str, Any]:
    """As JSON can hold it, for what is agreed on."""
    lists = {"product_types": list(told.product_types), "journeys": list(told.journeys)}
    return {**asdict(told), "names": dict(told.names), **lists}


def parse_offer(data: Mapping[str, Any]) -> ToldOffer:
    """What `dump_offer` wrote."""
    lists = {key: tuple(data[key]) for key in ("product_types", "journeys")}
    return ToldOffer(**{**data, **lists})


def find_offer(offers: Sequence[ToldOffer], code: str) -> ToldOffer | None:
    """What we say of a code, if anything."""
    return next((each for each in offers if each.is_code(code)), None)


def compare_offer(told: ToldOffer, given: Sequence[Offer], now: datetime, zone: ZoneInfo) -> Truth:
    """How it stands now. `given`: what runs in the shop now."""
    today = now.astimezone(zone).date().isoformat()
    if told.begins > today:
        return Truth("later")
    if told.ends and told.ends < today:
        return Truth("over")
    found = next((each for each in given if told.is_code(each.code)), None)
    if found is None:
        return Truth("unknown")
    untruths = tuple(_list_untruths(told, found, zone))
    return Truth("differs" if untruths else "given", untruths)


def word_offer(offers: Sequence[ToldOffer], given: Offer, now: datetime, zone: ZoneInfo) -> tuple[Offer, str]:
    """The shop's promotion as messages say it, and "" or why they do not: in our words as long as those are true."""
    told = find_offer(offers, given.code)
    if told is None:
        return given, ""
    state = compare_offer(told, (given,), now, zone).state
    if state != "given":
        return given, _REASONS.get(state, "offer_ended")
    # The last moment of the day, as a message names the day.
    ends_at = min(given.ends_at, _end_of(told.ends, zone) - timedelta(seconds=1)) if told.ends else given.ends_at
    return replace(given, names={**given.names, **told.names}, ends_at=ends_at), ""


def _list_untruths(told: ToldOffer, given: Offer, zone: ZoneInfo) -> Iterator[Untruth]:
    for key in _COMPARED:
        ours, theirs = getattr(told, key), getattr(given, key)
        if ours != theirs:
            yield Untruth(key, _plain(ours), _plain(theirs))
    # Most engines tell no types of theirs: only where both are told can they differ.
    if given.product_types and set(told.product_types) != set(given.product_types):
        yield Untruth("product_types", ", ".join(told.product_types), ", ".join(given.product_types))
    if told.ends and given.ends_at < _end_of(told.ends, zone) - timedelta(days=1):
        yield Untruth("ends", told.ends, given.ends_at.astimezone(zone).date().isoformat())


def _plain(value: int | bool) -> str:
    return "" if not value else "yes" if value is True else str(value)


def _end_of(day: str, zone: ZoneInfo) -> datetime:
    """When a day is over in the shop's zone."""
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), zone)


def _read_names(table: Table) -> dict[str, str]:
    names = table.values.get("name", {})
    is_whole = isinstance(names, dict) and set(names) == set(LANGUAGES)
    if not is_whole or not all(isinstance(each, str) and each.strip() for each in names.values()):
        sentence = 'must be in each language, as in { fr = "La livraison offerte", en = "Free delivery" }'
        raise table.fail("name", sentence)
    for each in names.values():
        if len(each) > MOST_CHARACTERS or "{" in each or not each.isprintable():
            raise table.fail("name", "must be plain words, {most} characters at most", most=MOST_CHARACTERS)
    return dict(names)


def _require_own_numbers(table: Table, told: ToldOffer, currency: str) -> None:
    """A figure in the words that the offer does not give is a promise that nobody keeps."""
    amounts = (to_units(each, currency) for each in (told.amount_off_minor, told.min_items_minor))
    known = {Decimal(told.percent_off), *amounts} - {Decimal(0)}
    for language, words in told.names.items():
        for number in _NUMBER.findall(words):
            if read_amount(number, currency) not in known:
                sentence = "says {number} in {tongue}, which is neither what it takes off nor what it asks for"
                raise table.fail("name", sentence, number=number, tongue=language)


def _whole(table: Table, key: str, most: int = 10**9) -> int:
    value = table.number(key, 0)
    if not value.is_integer() or value > most:
        raise table.fail(key, "must be a whole number, {most} at most", most=most)
    return int(value)


def _read_day(table: Table, key: str) -> str:
    text = table.text(key, "")
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
        day + timedelta(days=1)  # it has to end: the calendar's last day has no moment after it
        return day.isoformat()
    except (ValueError, OverflowError) as error:
        raise table.fail(key, 'must be a day, as in "2026-12-31"') from error
