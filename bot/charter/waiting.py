"""The charter: what waits for agreement -> the journeys and offers that it would put in force. Reads."""

from dataclasses import replace

import sqlalchemy as sa

from bot.charter.kept import read_waiting
from bot.content.offers import ToldOffer, parse_offer
from bot.decision.triggers import Trigger, name_version
from bot.decision.versions import parse_trigger


def read_waiting_journeys(connection: sa.Connection) -> list[Trigger]:
    """Journeys of which another version, or the first, waits for the three: as they would be."""
    found = (parse_trigger(each.content) for each in read_waiting(connection) if each.subject.startswith("journey:"))
    return [replace(each, version=name_version(each)) for each in found]


def read_waiting_offers(connection: sa.Connection) -> list[ToldOffer]:
    """Offers likewise."""
    return [parse_offer(each.content) for each in read_waiting(connection) if each.subject.startswith("offer:")]
