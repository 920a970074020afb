"""Calls of the shop, of two kinds. What one says of a thing is not believed: it names what is read again.

Adobe's own webhooks module signs the body with a private key of the shop's: RSA, PKCS #1 v1.5 with SHA-256, over the
body in base64 (https://developer.adobe.com/commerce/extensibility/webhooks/signature-verification, 2026-11). Which
fields it sends is set there: those of `Order` below, as docs/adobe.md says. Everybody else, an App Builder action or a
module, sends the form of `signed_changes.py`.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.commerce.adobe.changes import tell_order
from bot.commerce.adobe.shapes import moment
from bot.commerce.signed_changes import read_signed_changes
from bot.commerce.types import ShopEvent
from bot.errors import FixConfiguration, ForeignPayload

SIGNATURE = "x-adobe-commerce-webhook-signature"
_MOST_BYTES = 262_144


class _Order(BaseModel):
    """The fields of a hook on an order."""

    model_config = ConfigDict(frozen=True)

    entity_id: int = Field(gt=0, lt=10**19)
    created_at: str
    updated_at: str
    state: str = Field(max_length=32)


class _Body(BaseModel):
    order: _Order


def read_call(
    body: bytes, headers: Mapping[str, str], *, public_key: rsa.RSAPublicKey | None, key: bytes, now: datetime
) -> tuple[ShopEvent, ...]:
    """What a call tells. ForeignPayload when the signature does not hold, or a field is wrong."""
    by_name = {name.lower(): value for name, value in headers.items()}
    if public_key and SIGNATURE in by_name:
        _require_signed(body, by_name[SIGNATURE], public_key)
        return _read_order(body)
    return read_signed_changes(body, headers, key, now)


def _require_signed(body: bytes, signature: str, public_key: rsa.RSAPublicKey) -> None:
    if len(body) > _MOST_BYTES:
        raise ForeignPayload("the call is too long")
    try:
        given = base64.b64decode(signature, validate=True)
        public_key.verify(given, base64.b64encode(body), padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError) as error:  # of letters that base64 has not
        raise ForeignPayload("the signature does not hold") from error


def _read_order(body: bytes) -> tuple[ShopEvent, ...]:
    try:
        told = _Body.model_validate_json(body).order
        made, at = moment(told.created_at), moment(told.updated_at)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise ForeignPayload(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except ValueError:
        raise ForeignPayload("order: a moment has a form of its own") from None
    return tuple(tell_order(str(told.entity_id), made, at, told.state))


def read_public_key(text: str) -> rsa.RSAPublicKey | None:
    """The shop's public key, as its Admin shows it or what is between its two lines; None for "". FixConfiguration."""
    if not text.strip():
        return None
    inner = "".join(text.replace("\\n", "\n").replace("-----BEGIN PUBLIC KEY-----", "").replace(
        "-----END PUBLIC KEY-----", "").split())
    try:
        key = serialization.load_der_public_key(base64.b64decode(inner, validate=True))
    except (binascii.Error, ValueError) as error:
        raise FixConfiguration(
            "PREVENANT_ADOBE_WEBHOOK_PUBLIC_KEY is no public key: copy it from Stores, Configuration, Adobe Services, "
            "Webhooks") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise FixConfiguration("PREVENANT_ADOBE_WEBHOOK_PUBLIC_KEY must be a key of RSA, as Adobe makes them")
    return key
