"""The only composition root: settings in, services out. Nothing else opens a database or a client."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from bot.carriers.easypost import EasyPost
from bot.carriers.protocol import CarrierTracking
from bot.carriers.tracked import TrackedEngine
from bot.charter.book import Charter, load_charter
from bot.charter.content import (
    agree_goals,
    agree_guardrails,
    agree_offers,
    agree_segments,
    agree_tone,
    agree_triggers,
    segment_subject,
)
from bot.charter.kept import Mark, read_known, read_mark, read_standing
from bot.commerce.adobe.checking import keys_of
from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.bigcommerce.engine import BigCommerceEngine
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.medusa.engine import MedusaEngine
from bot.commerce.protocol import CommerceEngine
from bot.commerce.shopify.engine import ShopifyEngine
from bot.commerce.vendure.engine import VendureEngine
from bot.commerce.woocommerce.engine import WooCommerceEngine
from bot.content.offers import ToldOffer, load_offers, require_journeys
from bot.content.pictures import PictureShelf
from bot.content.tone import Tone, load_tone
from bot.decision.guardrails import Guardrails, load_guardrails
from bot.decision.triggers import Trigger, load_triggers, require_audiences
from bot.errors import FixConfiguration
from bot.finding.finder import Finder
from bot.finding.vectors import VectorFile
from bot.measure.goals import GoalBook, load_goals
from bot.privacy.rules import PrivacyRules, load_privacy
from bot.profile.segments.book import SegmentBook, load_segments
from bot.profile.store.engine import Store
from bot.profile.tombstones import derive_keys
from bot.profile.trait_rules import load_trait_rules
from bot.recommend.learned.live import LearnedFile
from bot.recommend.merchandising import load_merchandising
from bot.recommend.recommender import Recommender
from bot.service.policy import Policy, load_policy
from bot.settings import Settings

PROJECT = Path(__file__).parent.parent
Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Services:
    """What actions, pages and loops work with."""

    settings: Settings
    store: Store
    commerce: CommerceEngine
    policy: Policy
    privacy: PrivacyRules
    triggers: tuple[Trigger, ...]
    guardrails: Guardrails
    recommender: Recommender
    finder: Finder
    clock: Clock
    pictures: PictureShelf
    carrier: CarrierTracking | None = None
    goals: GoalBook = field(default_factory=GoalBook)
    segments: SegmentBook = field(default_factory=SegmentBook)  # with the rules of the traits
    tone: Tone = field(default_factory=Tone)  # how messages speak
    offers: tuple[ToldOffer, ...] = ()  # what they say of the shop's codes
    charter: Charter | None = None  # who agrees on what; None: the files are in force as they are

    @property
    def log_folder(self) -> Path:
        """Where the processes write their logs."""
        return PROJECT / self.settings.log_folder

    def close(self) -> None:
        """Give back every connection, the shop's too where its engine keeps some."""
        self.store.close()
        close_commerce = getattr(self.commerce, "close", None)
        if close_commerce:
            close_commerce()


class InForce:
    """The services as the three parts agreed on them: what makes us speak first, and what holds us back.

    `Services` themselves have the files as they are written, drafts too.
    """

    def __init__(self, services: Services) -> None:
        """Reads nothing yet."""
        self._written = self._agreed = services
        self._mark: Mark | None = None

    def read(self) -> Services:
        """As agreed now: read again only after somebody agreed. The files' own where there is no charter."""
        if self._written.charter is None:
            return self._written
        with self._written.store.read() as connection:
            mark = read_mark(connection)
            standing = read_standing(connection) if mark != self._mark else None
            known = read_known(connection) if standing else frozenset()
        if standing:  # nothing is, before the charter is first put in force: it begins with the files as they are
            agreed = {subject: each.content for subject, each in standing.items()}
            drafted = [subject for subject, each in standing.items() if each.is_drafted]
            triggers = agree_triggers(agreed, self._written.triggers, drafted)
            # A journey speaks to whom it was agreed to, until the file's other audience is agreed on.
            needed = [segment_subject(name) for each in triggers for name in each.segments]
            self._agreed = replace(
                self._written, triggers=triggers,
                guardrails=agree_guardrails(agreed, self._written.guardrails),
                tone=agree_tone(agreed, self._written.tone),
                segments=agree_segments(
                    agreed, self._written.segments, [*drafted, *needed], is_known="segment" in known
                ),
                offers=agree_offers(agreed, self._written.offers, drafted),
                goals=agree_goals(agreed, self._written.goals, drafted),
            )
        self._mark = mark
        return self._agreed


def to_be_tried(services: Services) -> Services:
    """What a dry run goes by: the files as they are written, and who yields as it was agreed on."""
    yields = InForce(services).read().guardrails.yields
    return replace(services, guardrails=replace(services.guardrails, yields=yields))


def utc_now() -> datetime:
    """The moment, in UTC, with its zone."""
    return datetime.now(UTC)


def open_services(settings: Settings, clock: Clock = utc_now) -> Services:
    """Build everything once. Raises FixConfiguration for an engine or shop that is not there."""
    shop = PROJECT / "data" / "shops" / settings.shop
    if not shop.is_dir():
        raise FixConfiguration(f"PREVENANT_SHOP={settings.shop}: there is no folder data/shops/{settings.shop}")
    store = Store(settings.database_url, derive_keys(settings.tombstone_secret_list))
    carrier = _open_carrier(settings)
    commerce = open_engine(settings, clock)
    if carrier:
        # What it does not define it hands to the engine, which a type checker cannot see.
        commerce = cast(CommerceEngine, TrackedEngine(commerce, store))
    triggers = load_triggers(shop / "triggers.toml")
    segments = load_segments(shop / "segments.toml", load_trait_rules(shop / "traits.toml"))
    require_audiences(triggers, segments.segments)
    goals = load_goals(shop / "goals.toml", (each.name for each in triggers))
    offers = load_offers(shop / "offers.toml", goals.currency)
    require_journeys(offers, {each.name: each.codes for each in triggers})
    vectors = VectorFile(PROJECT / settings.finding_file)
    policy = load_policy(shop / "policy.toml")
    recommender = Recommender(
        store, commerce, merchandising=load_merchandising(shop / "merchandising.toml"),
        learned=LearnedFile(PROJECT / settings.recommender_file), read_meaning=vectors.matrix,
        returned_within=timedelta(days=policy.returns.days),
    )
    return Services(
        settings=settings,
        store=store,
        commerce=commerce,
        policy=policy,
        privacy=load_privacy(shop / "privacy.toml"),
        triggers=triggers,
        guardrails=load_guardrails(shop / "guardrails.toml", triggers),
        recommender=recommender,
        finder=Finder(recommender.catalogue, vectors),
        clock=clock,
        pictures=PictureShelf(store),
        carrier=carrier,
        segments=segments,
        goals=goals,
        tone=load_tone(shop / "tone.toml"),
        offers=offers,
        charter=load_charter(shop / "charter.toml", {
            "journeys": {each.name for each in triggers}, "goals": {each.key for each in goals.goals},
            "traits": segments.traits.keys(), "segments": segments.segments.keys(),
            "offers": {each.name for each in offers},
        }),
    )


def open_engine(settings: Settings, clock: Clock = utc_now) -> CommerceEngine:
    """The shop's back end alone, as `open_services` opens it. FixConfiguration for one that is not there."""
    if settings.engine == "demo":
        return DemoEngine(
            settings.shop_database_url, public_url=settings.public_url, clock=clock,
            webhook_secret=settings.engine_webhook_secret,
        )
    if settings.engine == "vendure":
        return VendureEngine(
            settings.vendure_url, api_key=settings.vendure_api_key, session_secret=settings.vendure_session_secret,
            storefront_url=settings.storefront_url or settings.public_url, clock=clock,
            deadline_seconds=settings.engine_deadline_seconds, webhook_secret=settings.engine_webhook_secret,
            drawings_url=f"{settings.public_url}/art" if settings.is_demo and not settings.storefront_url else "",
        )
    if settings.engine == "shopify":
        return ShopifyEngine(
            settings.shopify_url, client_id=settings.shopify_client_id, client_secret=settings.shopify_client_secret,
            storefront_token=settings.shopify_storefront_token,
            storefront_url=settings.storefront_url or settings.public_url, clock=clock,
            deadline_seconds=settings.engine_deadline_seconds, webhook_secret=settings.engine_webhook_secret,
        )
    if settings.engine == "woocommerce":
        return WooCommerceEngine(
            settings.woocommerce_url, key=settings.woocommerce_key, secret=settings.woocommerce_secret, clock=clock,
            deadline_seconds=settings.engine_deadline_seconds, webhook_secret=settings.engine_webhook_secret,
        )
    if settings.engine == "adobe":
        return AdobeEngine(
            settings.adobe_url, keys_of(settings), store=settings.adobe_store, clock=clock,
            deadline_seconds=settings.engine_deadline_seconds, webhook_secret=settings.engine_webhook_secret,
            webhook_public_key=settings.adobe_webhook_public_key,
        )
    if settings.engine == "bigcommerce":
        return BigCommerceEngine(
            settings.bigcommerce_url, token=settings.bigcommerce_token, channel=settings.bigcommerce_channel,
            clock=clock, deadline_seconds=settings.engine_deadline_seconds,
            webhook_secret=settings.engine_webhook_secret, client_secret=settings.bigcommerce_client_secret,
        )
    if settings.engine == "medusa":
        return MedusaEngine(
            settings.medusa_url, secret_key=settings.medusa_secret_key,
            publishable_key=settings.medusa_publishable_key, country=settings.medusa_country,
            storefront_url=settings.storefront_url or settings.public_url, clock=clock,
            deadline_seconds=settings.engine_deadline_seconds, webhook_secret=settings.engine_webhook_secret,
            drawings_url=f"{settings.public_url}/art" if settings.is_demo and not settings.storefront_url else "",
        )
    raise FixConfiguration(
        f"PREVENANT_ENGINE={settings.engine}: there is no such engine; "
        "try `demo`, `vendure`, `shopify`, `woocommerce`, `adobe`, `bigcommerce` or `medusa`"
    )


def _open_carrier(settings: Settings) -> CarrierTracking | None:
    if not settings.easypost_key:
        return None
    return EasyPost(
        settings.easypost_key, settings.easypost_webhook_secret, settings.easypost_url,
        timeout_seconds=round(settings.engine_deadline_seconds),
    )
