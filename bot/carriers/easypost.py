"""EasyPost: one account for some hundred carriers. https://docs.easypost.com/docs/trackers"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from easypost.easypost_client import EasyPostClient
from easypost.errors.api.forbidden_error import ForbiddenError
from easypost.errors.api.invalid_request_error import InvalidRequestError
from easypost.errors.api.not_found_error import NotFoundError
from easypost.errors.api.payment_error import PaymentError
from easypost.errors.api.rate_limit_error import RateLimitError
from easypost.errors.api.unauthorized_error import UnauthorizedError
from easypost.errors.general.easypost_error import EasyPostError
from easypost.errors.general.signature_verification_error import SignatureVerificationError
from easypost.util import validate_webhook

from bot.carriers.protocol import Tracking
from bot.commerce.types import ShipmentEvent, ShipmentState
from bot.errors import (
    FixConfiguration,
    ForeignPayload,
    NotFound,
    PrevenantError,
    RateLimited,
    Unavailable,
    UnsupportedPayload,
)

_STATES: Mapping[str, ShipmentState] = {
    "pre_transit": "pre_transit",
    "in_transit": "in_transit",
    "out_for_delivery": "out_for_delivery",
    "delivered": "delivered",
    "available_for_pickup": "ready_for_pickup",
    "return_to_sender": "returned",
    "failure": "exception",
    "error": "exception",
    "cancelled": "cancelled",
}
_DETAILS: Mapping[str, ShipmentState] = {"label_created": "label_created", "delivery_attempted": "attempted",
                                         "delayed": "delayed"}  # said within a status
_NOON = time(12, tzinfo=UTC)  # of a day without an hour: the same day in the zones that we serve
_SIGNATURE = "X-Hmac-Signature"


class EasyPost:
    """EasyPost's trackers, through its own client."""

    name = "easypost"

    def __init__(self, key: str, webhook_secret: str, url: str, timeout_seconds: int) -> None:
        """`url` is the API's with its version; nothing is asked before the first call."""
        self._client = EasyPostClient(key, api_base=url, timeout=timeout_seconds)
        self._webhook_secret = webhook_secret

    def watch(self, tracking_number: str) -> Tracking:
        """EasyPost gives the tracker that is there back when a number is named again within three months."""
        try:
            tracker = self._client.tracker.create(tracking_code=tracking_number)
        except EasyPostError as error:
            raise _translate_error(error) from error
        return read_tracker(tracker.to_dict())

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Tracking:
        """See the protocol."""
        signature = next((value for name, value in headers.items() if name.lower() == _SIGNATURE.lower()), "")
        if not signature.isascii():  # such a text cannot even be compared
            raise ForeignPayload("the signature does not hold")
        try:
            event = validate_webhook(body, {_SIGNATURE: signature}, self._webhook_secret)
        except SignatureVerificationError as error:
            raise ForeignPayload("the signature does not hold") from error
        except ValueError as error:
            raise ForeignPayload("the body is not JSON") from error
        if not isinstance(event, dict) or not isinstance(event.get("result"), dict):
            raise ForeignPayload("no event of EasyPost")
        if event["result"].get("object") != "Tracker":
            raise UnsupportedPayload(str(event.get("description", ""))[:64])
        return read_tracker(event["result"])


def read_tracker(tracker: Mapping[str, Any]) -> Tracking:
    """EasyPost's tracker in our words. ForeignPayload when a field that must be there is not."""
    try:
        events = [_read_event(each) for each in tracker.get("tracking_details") or ()]
        state = _state_of(tracker["status"], tracker.get("status_detail"))
        number, updated_at = str(tracker["tracking_code"]), _moment(tracker["updated_at"])
    except (KeyError, TypeError, ValueError) as error:
        raise ForeignPayload(f"a tracker that cannot be read: {type(error).__name__} {error}") from error
    events.sort(key=lambda each: each.at)
    arrived = [each.at for each in events if each.state == "delivered"]
    return Tracking(
        tracking_number=number,
        state=state,
        updated_at=updated_at,
        carrier_name=tracker.get("carrier") or "",
        eta=_eta_of(tracker),
        delivered_at=arrived[0] if arrived else updated_at if state == "delivered" else None,
        events=tuple(events),
        url=tracker.get("public_url") or "",
        is_final=bool(tracker.get("finalized")),
    )


def _read_event(detail: Mapping[str, Any]) -> ShipmentEvent:
    location = detail.get("tracking_location") or {}
    place = ", ".join(part for part in (location.get("city"), location.get("state") or location.get("country")) if part)
    return ShipmentEvent(
        at=_moment(detail["datetime"]),
        state=_state_of(detail["status"], detail.get("status_detail")),
        text=detail.get("message") or "",
        place=place,
    )


def _state_of(status: str | None, detail: str | None) -> ShipmentState:
    return _DETAILS.get(detail or "") or _STATES.get(status or "", "unknown")


def _eta_of(tracker: Mapping[str, Any]) -> datetime | None:
    """The carrier's own day where it is said, for a moment at midnight UTC is the day before in half the world."""
    local = (tracker.get("carrier_detail") or {}).get("est_delivery_date_local")
    try:
        if local:
            return datetime.combine(date.fromisoformat(local[:10]), _NOON)
        estimated = tracker.get("est_delivery_date")
        moment = _moment(estimated) if estimated else None
    except (TypeError, ValueError):
        return None  # a day that cannot be read is no day: the rest of the news still counts
    return moment if moment is None or moment.time() != time() else datetime.combine(moment.date(), _NOON)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _translate_error(error: EasyPostError) -> PrevenantError:
    match error:
        case NotFoundError() | InvalidRequestError():
            return NotFound("no carrier knows this tracking number")
        case UnauthorizedError() | ForbiddenError() | PaymentError():
            return FixConfiguration(f"EasyPost refused us ({error.http_status}): check PREVENANT_EASYPOST_KEY and plan")
        case RateLimitError():
            return RateLimited("EasyPost asked us to slow down")
        case _:
            return Unavailable(f"EasyPost did not answer: {type(error).__name__}")
