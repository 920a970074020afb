"""Calls of the shop: nothing is heard that is not signed, and what is heard has the names that polling gives it."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bot.commerce.adobe.engine import AdobeEngine
from bot.commerce.adobe.webhooks import SIGNATURE, read_public_key
from bot.commerce.signed_changes import key_of, sign
from bot.commerce.types import ShopEvent
from bot.errors import FixConfiguration, ForeignPayload, Unsupported
from tests.commerce.adobe.conftest import WEBHOOK_SECRET, make_engine
from tests.servers.adobe.server import KEYS

BODY = (Path(__file__).parents[2] / "fixtures" / "adobe" / "webhook_order.json").read_bytes()
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
PRIVATE = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _signed(body: bytes, key: rsa.RSAPrivateKey = PRIVATE) -> dict[str, str]:
    signature = key.sign(base64.b64encode(body), padding.PKCS1v15(), hashes.SHA256())
    return {"X-Adobe-Commerce-Webhook-Signature": base64.b64encode(signature).decode()}


@pytest.fixture(scope="module")
def hearing() -> Iterator[AdobeEngine]:
    opened = make_engine("http://127.0.0.1:1", public_key=_pem(PRIVATE))
    yield opened
    opened.close()


def test_hears_nothing_that_is_not_signed(hearing: AdobeEngine) -> None:
    another = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    for headers in ({}, _signed(b"{}"), _signed(BODY, another), {SIGNATURE: "x"}, {SIGNATURE: "é"}, {SIGNATURE: ""}):
        with pytest.raises(ForeignPayload):
            hearing.read_webhook(BODY, headers, NOW)
    with pytest.raises(ForeignPayload, match="long"):
        hearing.read_webhook(b" " * 300_000, _signed(b"{}"), NOW)


def test_names_an_order_that_was_touched_as_polling_does(hearing: AdobeEngine) -> None:
    events = hearing.read_webhook(BODY, _signed(BODY), NOW)
    assert [each.id for each in events] == ["order.placed:727", "order.changed:727:2026-11-21T08:00:30Z"]
    assert {each.order_ref for each in events} == {"727"}


@pytest.mark.parametrize("body", [
    b"[]", b"{}", b'{"order": {"entity_id": "x", "created_at": "a", "updated_at": "b", "state": "new"}}',
    b'{"order": {"entity_id": 7, "created_at": "yesterday", "updated_at": "b", "state": "new"}}', b"\xff",
])
def test_refuses_a_call_of_another_form_though_it_is_signed(hearing: AdobeEngine, body: bytes) -> None:
    with pytest.raises(ForeignPayload):
        hearing.read_webhook(body, _signed(body), NOW)


def test_hears_what_a_module_or_an_action_signs_with_the_secret(hearing: AdobeEngine) -> None:
    body = (b'{"changes": [{"id": "stock.changed:A", "type": "stock.changed", "at": "2026-11-29T11:59:00Z", '
            b'"variant_ref": "ARM/A-49-61"}]}')
    moment = str(int(NOW.timestamp()))
    signature = sign(body, "msg_1", moment, key_of(WEBHOOK_SECRET))
    headers = {"webhook-id": "msg_1", "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}
    (event,) = hearing.read_webhook(body, headers, NOW)
    assert isinstance(event, ShopEvent) and event.variant_ref == "ARM/A-49-61"


def test_takes_a_key_in_one_line_or_several_and_no_other(hearing: AdobeEngine) -> None:
    pem = _pem(PRIVATE)
    inner = "".join(pem.splitlines()[1:-1])
    for text in (pem, inner, pem.replace("\n", "\\n"), f"  {inner} "):
        assert read_public_key(text) == PRIVATE.public_key()
    assert read_public_key("") is None
    for text in ("x", "aGVsbG8=", _pem(ec.generate_private_key(ec.SECP256R1()))):
        with pytest.raises(FixConfiguration, match="PREVENANT_ADOBE_WEBHOOK_PUBLIC_KEY"):
            read_public_key(text)


def test_hears_nothing_without_a_secret() -> None:
    deaf = AdobeEngine("http://127.0.0.1:1", KEYS, store="fr", clock=lambda: NOW, deadline_seconds=1.0)
    assert "webhooks" not in deaf.capabilities()
    with pytest.raises(Unsupported):
        deaf.read_webhook(BODY, _signed(BODY), NOW)
