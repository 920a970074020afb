"""CarrierTracking: the one protocol between the bot and whoever knows where parcels are.

Synchronous. Its methods raise only errors of `bot.errors`: NotFound (no carrier knows the number), FixConfiguration,
RetryLater (RateLimited, Unavailable), and for webhooks ForeignPayload and UnsupportedPayload.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.commerce.types import ShipmentEvent, ShipmentState


@dataclass(frozen=True)
class Tracking:
    """All that is known of a parcel now. `updated_at` orders two of them; `is_final` when nothing more will come."""

    tracking_number: str
    state: ShipmentState
    updated_at: datetime
    carrier_name: str = ""
    eta: datetime | None = None
    delivered_at: datetime | None = None
    events: tuple[ShipmentEvent, ...] = ()  # oldest first
    url: str = ""
    is_final: bool = False


class CarrierTracking(Protocol):
    """A service that asks carriers, in the words of the commerce protocol."""

    name: str

    def watch(self, tracking_number: str) -> Tracking:
        """Be told of this parcel from now on, and what is known already. Asking again changes nothing."""

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Tracking:
        """What a call to us says, once its signature holds. ForeignPayload when it does not or cannot be read;
        UnsupportedPayload for news of other things than parcels.
        """
