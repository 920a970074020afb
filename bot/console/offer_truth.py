"""The console: what the shop gives by a code, asked every minute by the worker -> beside it what we say of the code."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.commerce.types import Offer
from bot.content.offers import UNTRUE, ToldOffer, Truth, compare_offer, find_offer
from bot.errors import RetryLater, Unsupported
from bot.profile.store.tables import console_figures
from bot.profile.store.upsert import insert_or_update

_NAME = "shop_offers"


@dataclass(frozen=True)
class Given:
    """What the shop said that runs; None: it cannot say, or was not asked yet."""

    offers: Sequence[Offer] | None
    asked_at: datetime | None


@dataclass(frozen=True)
class Standing:
    """A code that we tell of, or that a journey names: what we say, how it stands, and the journeys that name it."""

    code: str
    told: ToldOffer | None
    truth: Truth
    given: Offer | None
    named_by: tuple[str, ...]

    @property
    def is_untrue(self) -> bool:
        """Whether something in force rests on what the shop does not give."""
        return self.truth.state in UNTRUE


def note_given_offers(services: Services) -> int:
    """Ask the shop what runs, and keep it; what was kept stays while it does not answer. 0: no more to do. Writes."""
    try:
        found = [_plain(each) for each in services.commerce.list_offers()]
    except RetryLater:
        return 0
    except Unsupported:
        found = None
    kept = {"name": _NAME, "value": {"offers": found}, "counted_at": services.clock()}
    with services.store.write() as connection:
        insert_or_update(connection, console_figures, [kept], ("name",), ("value", "counted_at"))
    return 0


def read_given(connection: sa.Connection) -> Given:
    """What the shop said last. One row."""
    row = connection.execute(sa.select(console_figures).where(console_figures.c.name == _NAME)).first()
    if row is None:
        return Given(None, None)
    offers = row.value["offers"]
    return Given(None if offers is None else [_offer(each) for each in offers], row.counted_at)


def list_standing(connection: sa.Connection, services: Services) -> list[Standing]:
    """Every code that is told of, then those that a journey in force names and nobody has words for."""
    shop, given = InForce(services).read(), read_given(connection)
    named = _list_named(shop)
    codes = dict.fromkeys([*(each.code for each in shop.offers), *named])
    return [_stand(services, code, find_offer(shop.offers, code), given, named.get(code, ())) for code in codes]


def judge(services: Services, told: ToldOffer, given: Given) -> Truth:
    """How an offer stands beside what the shop said last."""
    if given.offers is None:
        return Truth("unread")
    return compare_offer(told, given.offers, services.clock(), ZoneInfo(services.settings.timezone))


def count_untrue(connection: sa.Connection, services: Services) -> int:
    """How many codes in force the shop does not give as they are told."""
    return sum(1 for each in list_standing(connection, services) if each.is_untrue)


def _stand(
    services: Services, code: str, told: ToldOffer | None, given: Given, named_by: tuple[str, ...]
) -> Standing:
    bare = told or ToldOffer("", code, {})
    found = next((each for each in given.offers or () if bare.is_code(each.code)), None)
    if told:
        truth = judge(services, told, given)
    else:  # the shop's own words are said, which are what it gives
        truth = Truth("unread" if given.offers is None else "given" if found else "unknown")
    return Standing(code, told, truth, found, named_by)


def _list_named(shop: Services) -> dict[str, tuple[str, ...]]:
    """The codes that journeys in force name, as the shop's words have them where there are some."""
    found: dict[str, tuple[str, ...]] = {}
    for code, journey in _iter_named(shop):
        told = find_offer(shop.offers, code)
        key = told.code if told else code
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), journey)))
    return found


def _iter_named(shop: Services) -> Iterator[tuple[str, str]]:
    for trigger in shop.triggers:
        yield from ((step.offer, trigger.name) for step in trigger.steps if step.offer)


def _plain(offer: Offer) -> dict[str, Any]:
    return {**asdict(offer), "ends_at": offer.ends_at.isoformat(), "product_types": list(offer.product_types)}


def _offer(data: dict[str, Any]) -> Offer:
    ends_at = datetime.fromisoformat(data["ends_at"])
    return Offer(**{**data, "ends_at": ends_at, "product_types": tuple(data["product_types"])})
