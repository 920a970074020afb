"""The console's deeds: the shop's offers as messages tell them: each beside the shop, and what it was before. Reads.

Another one is a draft of the kind `offer`: `bot.console.deeds.drafts` begins, changes and proposes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.bootstrap import Services
from bot.charter.content import offer_subject
from bot.charter.drafts import Draft, list_drafts
from bot.commerce.types import Offer
from bot.console.deeds.versions import Version, list_versions
from bot.console.offer_truth import Standing, list_standing, read_given
from bot.errors import NotFound

KIND = "offer"


@dataclass(frozen=True)
class Offers:
    """Codes that are told of or named, promotions of the shop that nobody tells of, and when the shop was asked."""

    standing: Sequence[Standing]
    untold: Sequence[Offer]
    asked_at: datetime | None
    drafts: Sequence[Draft]


@dataclass(frozen=True)
class OfferSeen:
    """One that is told of, its drafts, and what it was, newest first."""

    standing: Standing
    drafts: Sequence[Draft]
    versions: Sequence[Version]
    asked_at: datetime | None


def survey_offers(services: Services) -> Offers:
    """Every code, as it stands."""
    with services.store.read() as connection:
        standing, given = list_standing(connection, services), read_given(connection)
        drafts = list_drafts(connection, kind=KIND)
    told = {each.code.upper() for each in standing}
    untold = [each for each in given.offers or () if each.code.upper() not in told]
    return Offers(standing, untold, given.asked_at, drafts)


def look_at_offer(services: Services, name: str) -> OfferSeen:
    """One of those in force, by its name in the file; NotFound for another."""
    with services.store.read() as connection:
        standing = list_standing(connection, services)
        found = next((each for each in standing if each.told and each.told.name == name), None)
        if found is None:
            raise NotFound("no offer of that name is in force")
        return OfferSeen(
            found, list_drafts(connection, kind=KIND, name=name), list_versions(connection, offer_subject(name)),
            read_given(connection).asked_at,
        )
