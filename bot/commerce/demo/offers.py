"""Promotions: which run now, and what they take off a basket."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.commerce.catalogue_search import Catalogue
from bot.commerce.demo import schema
from bot.commerce.types import CartLine, Offer
from bot.errors import NotAllowed, NotFound


def list_offers(connection: sa.Connection, channel: str, now: datetime) -> list[Offer]:
    """Promotions that run now; with a channel, those made there or everywhere."""
    table = schema.promotions
    query = sa.select(table).where(table.c.starts_at <= now, table.c.ends_at > now).order_by(table.c.code)
    if channel:
        query = query.where(table.c.channel.in_(("", channel)))
    return [_offer(row) for row in connection.execute(query)]


def get_offer(connection: sa.Connection, code: str, now: datetime) -> Offer:
    """The promotion with that code, however typed. NotFound; NotAllowed("offer_expired") out of its time."""
    row = connection.execute(
        sa.select(schema.promotions).where(schema.promotions.c.code == code.strip().upper())
    ).first()
    if row is None:
        raise NotFound(f"offer {code}")
    if not row.starts_at <= now < row.ends_at:
        raise NotAllowed("offer_expired")
    return _offer(row)


def _offer(row: sa.Row[tuple[object, ...]]) -> Offer:
    return Offer(
        code=row.code, about=row.about, names=row.names, ends_at=row.ends_at, channel=row.channel,
        percent_off=row.percent_off, amount_off_minor=row.amount_off_minor, min_items_minor=row.min_items_minor,
        product_types=tuple(row.product_types), has_free_shipping=row.has_free_shipping,
    )


def running_offers(connection: sa.Connection, codes: Sequence[str], now: datetime) -> list[Offer]:
    """The offers among a basket's codes that still run."""
    return [offer for offer in list_offers(connection, "", now) if offer.code in codes] if codes else []


def applied_with(codes: Sequence[str], offer: Offer, running: Iterable[Offer]) -> list[str]:
    """The basket's codes with this one: it replaces another of its campaign, for one offer about a thing is enough."""
    rivals = {each.code for each in running if each.about == offer.about}
    return [code for code in codes if code not in rivals and code != offer.code] + [offer.code]


def is_useful(offer: Offer, lines: Sequence[CartLine], catalogue: Catalogue) -> bool:
    """Whether the offer takes anything off this basket, delivery included."""
    items = sum(line.total_minor for line in lines)
    return bool(discount_minor([offer], lines, catalogue)) or (
        offer.has_free_shipping and items >= offer.min_items_minor
    )


def discount_minor(offers: Sequence[Offer], lines: Sequence[CartLine], catalogue: Catalogue) -> int:
    """What the offers take off, in minor units, never more than the lines cost. Percentages round half up."""
    items = sum(line.total_minor for line in lines)
    total = 0
    for offer in offers:
        if items < offer.min_items_minor:
            continue
        concerned = sum(line.total_minor for line in lines if _concerns(offer, line, catalogue))
        total += min(concerned, offer.amount_off_minor + (concerned * offer.percent_off + 50) // 100)
    return min(total, items)


def _concerns(offer: Offer, line: CartLine, catalogue: Catalogue) -> bool:
    return not offer.product_types or catalogue.product(line.product_ref).product_type in offer.product_types
