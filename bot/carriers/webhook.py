"""Stage B1: a carrier's service calls us: verified, kept, answered. Who is concerned hears of it from the worker."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from bot.carriers.parcels import keep_tracking
from bot.carriers.protocol import CarrierTracking, Tracking
from bot.profile.store.engine import Store
from bot.webhook import build_webhook_router


def build_carrier_router(store: Store, carrier: CarrierTracking, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /webhooks/<carrier's name>`: see `build_webhook_router`."""

    def keep(tracking: Tracking) -> None:
        with store.write() as connection:
            keep_tracking(connection, tracking, clock())

    return build_webhook_router(carrier.name, carrier.read_webhook, keep)
