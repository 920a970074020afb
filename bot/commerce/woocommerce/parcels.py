"""The parcels of an order. WooCommerce itself keeps none: plugins for tracking keep them in a note of the order.

`_wc_shipment_tracking_items` is that of WooCommerce's Shipment Tracking and of Advanced Shipment Tracking (2026-11).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.commerce.types import Shipment
from bot.commerce.woocommerce.shapes import Native, meta_of

KEY = "_wc_shipment_tracking_items"


def parcels_of(said: Native) -> tuple[Shipment, ...]:
    """What was handed to carriers; without a day it has a label alone."""
    kept = meta_of(said, KEY)
    told = kept if isinstance(kept, list) else ()
    return tuple(_to_parcel(each, position) for position, each in enumerate(told, 1) if isinstance(each, Mapping))


def _to_parcel(said: Mapping[str, Any], position: int) -> Shipment:
    number = str(said.get("tracking_number") or "")
    shipped_at = _day_of(said.get("date_shipped"))
    return Shipment(
        id=str(said.get("tracking_id") or position),
        carrier_name=str(said.get("formatted_tracking_provider") or said.get("custom_tracking_provider")
                         or said.get("tracking_provider") or ""),
        state="in_transit" if shipped_at else "label_created", tracking_number=number,
        tracking_url=str(said.get("formatted_tracking_link") or said.get("custom_tracking_link") or ""),
        shipped_at=shipped_at,
    )


def _day_of(told: object) -> datetime | None:
    """Seconds since 1970, as text or number."""
    text = str(told or "")
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and len(text) <= 11 and int(text) else None
