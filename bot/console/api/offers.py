"""The console's API: the shop's offers as messages tell them, each beside what the shop gives. Drafts change them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from bot.bootstrap import Services
from bot.charter.drafted import kind_of
from bot.commerce.types import Offer
from bot.console.api.admission import Here
from bot.console.deeds import offers as deeds
from bot.console.deeds.versions import Version
from bot.console.offer_truth import Standing
from bot.content.offers import State, Untruth, write_offer


class OfferLine(BaseModel):
    """A code that is told of, or that a journey names. `offer`: the table that a draft of it begins with."""

    name: str
    code: str
    state: State
    untruths: Sequence[Untruth]
    named_by: Sequence[str]
    offer: Mapping[str, Any]


class GivenView(BaseModel):
    """A promotion of the shop that nobody tells of."""

    code: str
    names: Mapping[str, str]
    ends_at: datetime


class OffersView(BaseModel):
    """Every code. `asked_at`: when the shop said last what it gives; null: not yet."""

    offers: Sequence[OfferLine]
    untold: Sequence[GivenView]
    asked_at: datetime | None


class VersionView(BaseModel):
    """What was agreed on; `body` is a draft's, to have it again."""

    version: int
    body: Mapping[str, Any]
    by: str
    reason: str
    agreed_at: datetime
    is_in_force: bool


class OfferView(OfferLine):
    """One of them with what it was, newest first, and its open drafts."""

    versions: Sequence[VersionView]
    drafts: Sequence[int]


def add_offer_calls(router: APIRouter, services: Services) -> None:
    """Every call under /content/offers."""

    @router.get("/content/offers", description="A draft of the kind `offer` changes one, or makes another.")
    def list_offers(here: Here) -> OffersView:
        found = deeds.survey_offers(services)
        return OffersView(
            offers=[OfferLine(**_line(each)) for each in found.standing],
            untold=[_given(each) for each in found.untold], asked_at=found.asked_at,
        )

    @router.get("/content/offers/{offer}")
    def show_offer(offer: str, here: Here) -> OfferView:
        seen = deeds.look_at_offer(services, offer)
        return OfferView(
            **_line(seen.standing), versions=view_versions("offer", seen.versions),
            drafts=[each.id for each in seen.drafts],
        )


def view_versions(kind: str, versions: Sequence[Version]) -> list[VersionView]:
    """What was agreed on, each as the table that its file would hold."""
    return [
        VersionView(
            version=each.id, body=kind_of(kind).write(each.content), by=each.by, reason=each.reason,
            agreed_at=each.agreed_at, is_in_force=each.is_in_force,
        )
        for each in versions
    ]


def _line(each: Standing) -> dict[str, Any]:
    told = each.told
    return {
        "name": told.name if told else "", "code": each.code, "state": each.truth.state,
        "untruths": each.truth.untruths, "named_by": each.named_by, "offer": write_offer(told) if told else {},
    }


def _given(offer: Offer) -> GivenView:
    return GivenView(code=offer.code, names=offer.names, ends_at=offer.ends_at)
