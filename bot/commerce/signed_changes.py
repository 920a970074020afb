"""Changes that a shop's back end tells by itself, signed as Standard Webhooks are: where it has no form of its own.

    webhook-id: msg_1            any word; the changes' own ids are what repeats are known by
    webhook-timestamp: 1764355200
    webhook-signature: v1,<base64 of HMAC-SHA256 of "id.timestamp.body">   several with blanks between: keys change

    {"changes": [{"id": "chg_12", "type": "order.cancelled", "at": "2026-11-28T18:40:00Z", "order_ref": "ord_7"}]}

https://github.com/standard-webhooks/standard-webhooks (2026-11)
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.commerce.types import CustomerRef, LocationRef, OrderRef, ShopEvent, VariantRef
from bot.errors import FixConfiguration, ForeignPayload

FRESH_SECONDS = 300
MOST_CHANGES = 1_000
_PREFIX = "whsec_"
_Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
_Ref = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")] | None


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: _Word
    type: _Word
    at: AwareDatetime
    order_ref: _Ref = None
    customer_ref: _Ref = None
    variant_ref: _Ref = None
    location_ref: _Ref = None


class _Body(BaseModel):
    changes: Annotated[list[_Change], Field(max_length=MOST_CHANGES)]


def read_signed_changes(
    body: bytes, headers: Mapping[str, str], key: bytes, now: datetime
) -> tuple[ShopEvent, ...]:
    """What a call says. ForeignPayload when no signature holds, the call is old, or a field is wrong."""
    require_signature(body, {name.lower(): value for name, value in headers.items()}, key, now)
    try:
        told = _Body.model_validate_json(body).changes
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise ForeignPayload(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return tuple(_to_event(each) for each in told)


def require_signature(body: bytes, by_name: Mapping[str, str], key: bytes, now: datetime) -> None:
    """ForeignPayload when no signature holds, or the call is old. `by_name` are its headers, in small letters."""
    moment = by_name.get("webhook-timestamp", "")
    wanted = f"v1,{sign(body, by_name.get('webhook-id', ''), moment, key)}".encode()
    given = by_name.get("webhook-signature", "").encode().split()
    held = [hmac.compare_digest(each, wanted) for each in given]  # each is compared, whichever holds
    if not any(held):
        raise ForeignPayload("the signature does not hold")
    if not (moment.isascii() and moment.isdigit()) or abs(now.timestamp() - int(moment)) > FRESH_SECONDS:
        raise ForeignPayload("the call is old")


def sign(body: bytes, message_id: str, timestamp: str, key: bytes) -> str:
    """The signature of a call, without its version."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def make_empty_call(secret: str, now: datetime) -> tuple[bytes, dict[str, str]]:
    """A call that tells of nothing, body and headers: it shows whether the other side has the same secret."""
    body, moment = b'{"changes": []}', str(int(now.timestamp()))
    signature = sign(body, "probe", moment, key_of(secret))
    return body, {"webhook-id": "probe", "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}


def key_of(secret: str) -> bytes:
    """The key's bytes: what follows `whsec_` is base64, anything else is taken as it is. FixConfiguration."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise FixConfiguration("PREVENANT_ENGINE_WEBHOOK_SECRET: what follows whsec_ must be base64") from error


def _to_event(change: _Change) -> ShopEvent:
    return ShopEvent(
        id=change.id,
        type=change.type,
        at=change.at,
        order_ref=OrderRef(change.order_ref) if change.order_ref else None,
        customer_ref=CustomerRef(change.customer_ref) if change.customer_ref else None,
        variant_ref=VariantRef(change.variant_ref) if change.variant_ref else None,
        location_ref=LocationRef(change.location_ref) if change.location_ref else None,
    )
