"""Stage B1: a body in the shape of Segment's HTTP API -> checked calls, or the field that is wrong.

Takes what @segment/analytics-next sends from a page and what segment-analytics-python and its
sisters send from a server.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.errors import FixInput
from bot.intake.referrers import came_from

TYPES = ("identify", "track", "page", "screen", "alias", "group")
MAX_ID_CHARACTERS = 200
MAX_MESSAGE_ID_CHARACTERS = 100
MAX_NAME_CHARACTERS = 128
MAX_CALLS = 2_500
_FUTURE_TOLERANCE = timedelta(minutes=5)
# One word a type, whatever the sender calls it: a page named "Order Completed" is no order.
_NAMES = {"identify": "Identified", "page": "Page Viewed", "screen": "Screen Viewed", "alias": "Aliased",
          "group": "Grouped"}


@dataclass(frozen=True)
class Call:
    """One call of an analytics client, checked. `user_id` is what the sender claims, not yet believed."""

    type: str
    message_id: str
    anonymous_id: str
    user_id: str
    name: str
    properties: Mapping[str, Any]
    occurred_at: datetime
    traits: Mapping[str, Any] = field(default_factory=dict)
    previous_id: str = ""
    token: str = ""  # the shop's signed word on who is signed in


def read_batch(body: Mapping[str, Any], received_at: datetime) -> list[Call]:
    """The calls of a `/v1/batch` body. FixInput names the first wrong field: `batch[3].event`."""
    batch = body.get("batch")
    if not isinstance(batch, list) or not batch:
        raise FixInput("batch", "must be a list with at least one call")
    if len(batch) > MAX_CALLS:
        raise FixInput("batch", f"must hold at most {MAX_CALLS} calls")
    sent_at = read_moment(body, "sentAt", "")
    calls = []
    for position, each in enumerate(batch):
        where = f"batch[{position}]"
        if not isinstance(each, dict):
            raise FixInput(where, "must be an object")
        calls.append(read_call(each, str(each.get("type")), received_at, where=f"{where}.", sent_at=sent_at))
    return calls


def read_call(
    body: Mapping[str, Any], kind: str, received_at: datetime, *, where: str = "", sent_at: datetime | None = None
) -> Call:
    """One call. FixInput names the wrong field, with `where` before it."""
    if kind not in TYPES:
        raise FixInput(f"{where}type", f"must be one of {', '.join(TYPES)}")
    context = _read_object(body, "context", where)
    anonymous_id, user_id = (_read_id(body, name, where) for name in ("anonymousId", "userId"))
    if not anonymous_id and not user_id:
        raise FixInput(f"{where}anonymousId", "give an anonymousId or a userId")
    properties = dict(_read_object(body, "properties", where))
    if came := came_from(context, properties):
        properties["came_from"] = came
    if kind in ("page", "screen", "group"):
        properties |= {key: body[key] for key in ("name", "category", "groupId") if isinstance(body.get(key), str)}
    return Call(
        type=kind,
        message_id=_read_text(body, "messageId", where, MAX_MESSAGE_ID_CHARACTERS) or uuid.uuid4().hex,
        anonymous_id=anonymous_id,
        user_id=user_id,
        name=_read_name(body, kind, where),
        properties=properties,
        occurred_at=_read_occurrence(body, received_at, where, sent_at),
        traits=_read_traits(body, kind, context, where),
        previous_id=_read_previous_id(body, kind, where),
        token=_read_token(context),
    )


def read_moment(body: Mapping[str, Any], name: str, where: str) -> datetime | None:
    """An ISO 8601 moment in UTC, None when the field is not there. FixInput when it is no moment."""
    text = body.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise FixInput(f"{where}{name}", "must be an ISO 8601 date and time") from error


def settle_clock(happened: datetime | None, sent: datetime | None, received_at: datetime) -> datetime:
    """When it happened by our clock: the sender's clock counts only for the time between happening and sending."""
    if happened is None:
        return received_at
    if sent is not None and sent >= happened:
        try:
            return received_at - (sent - happened)
        except OverflowError:
            return received_at
    return happened if happened <= received_at + _FUTURE_TOLERANCE else received_at


def _read_occurrence(
    body: Mapping[str, Any], received_at: datetime, where: str, sent_at: datetime | None
) -> datetime:
    happened = read_moment(body, "originalTimestamp", where) or read_moment(body, "timestamp", where)
    return settle_clock(happened, read_moment(body, "sentAt", where) or sent_at, received_at)


def _read_name(body: Mapping[str, Any], kind: str, where: str) -> str:
    if kind != "track":
        return _NAMES[kind]
    name = _read_text(body, "event", where, MAX_NAME_CHARACTERS)
    if not name:
        raise FixInput(f"{where}event", "must be a non-empty string")
    return name


def _read_previous_id(body: Mapping[str, Any], kind: str, where: str) -> str:
    if kind != "alias":
        return ""
    # A page's client leaves out previousId when it means the visitor's own id (analytics-next 1.84, 2026-11).
    previous = _read_id(body, "previousId", where) or _read_id(body, "anonymousId", where)
    if not previous:
        raise FixInput(f"{where}previousId", "must be a non-empty string")
    if not body.get("userId"):
        raise FixInput(f"{where}userId", "must be a non-empty string")
    return previous


def _read_id(body: Mapping[str, Any], name: str, where: str) -> str:
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _check_text(value, name, where, MAX_ID_CHARACTERS)


def _read_text(body: Mapping[str, Any], name: str, where: str, longest: int) -> str:
    return _check_text(body.get(name), name, where, longest)


def _check_text(value: Any, name: str, where: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FixInput(f"{where}{name}", "must be a string")
    if len(value) > longest:
        raise FixInput(f"{where}{name}", f"must be at most {longest} characters")
    return value.strip()


def _read_object(body: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FixInput(f"{where}{name}", "must be an object")
    return value


def _read_traits(
    body: Mapping[str, Any], kind: str, context: Mapping[str, Any], where: str
) -> Mapping[str, Any]:
    """RudderStack's clients put what `identify` says of somebody into the context (rudder-sdk-python 2.1, 2026-11)."""
    said = _read_object(body, "traits", where)
    return said or (_read_object(context, "traits", f"{where}context.") if kind == "identify" else said)


def _read_token(context: Mapping[str, Any]) -> str:
    token = context.get("widget_token") or context.get("widgetToken") or ""
    return token if isinstance(token, str) else ""
