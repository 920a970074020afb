"""Stage 4: what this stage works with; `bot.bootstrap.Services` fits."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.commerce.protocol import CommerceEngine
from bot.content.offers import ToldOffer
from bot.content.pictures import PictureShelf
from bot.decision.guardrails import Guardrails
from bot.decision.triggers import Trigger
from bot.profile.store.engine import Store
from bot.recommend.recommender import Recommender
from bot.service.policy import Policy
from bot.settings import Settings


class NudgeServices(Protocol):
    """The services a nudge needs, read-only."""

    @property
    def settings(self) -> Settings:
        """Addresses, deadlines, the shop's zone."""

    @property
    def store(self) -> Store:
        """Waits, decisions, outbox, persons."""

    @property
    def commerce(self) -> CommerceEngine:
        """The shop, where every fact is read again."""

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """What makes us speak first."""

    @property
    def guardrails(self) -> Guardrails:
        """What holds us back."""

    @property
    def recommender(self) -> Recommender:
        """What goes with what."""

    @property
    def policy(self) -> Policy:
        """What the shop promises."""

    @property
    def pictures(self) -> PictureShelf:
        """What messages may show."""

    @property
    def offers(self) -> tuple[ToldOffer, ...]:
        """What is said of the shop's codes."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """The moment, in UTC."""
