"""Changes that the shop tells by itself: nothing is believed that is not signed, fresh and whole."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.commerce.signed_changes import key_of, read_signed_changes, sign
from bot.errors import FixConfiguration, ForeignPayload

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
KEY = b"a-secret-of-the-shop"
CHANGE = {"id": "chg_1", "type": "order.cancelled", "at": "2026-11-28T17:59:00Z", "order_ref": "o1"}


def _call(*changes: dict[str, Any], at: datetime = NOW, key: bytes = KEY) -> tuple[bytes, dict[str, str]]:
    body, moment = json.dumps({"changes": changes}).encode(), str(int(at.timestamp()))
    signature = f"v1,{sign(body, 'msg_1', moment, key)}"
    return body, {"Webhook-Id": "msg_1", "Webhook-Timestamp": moment, "Webhook-Signature": signature}


@pytest.mark.parametrize("name", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
@pytest.mark.parametrize("value", ["", "é", "v1,", "1764352800"])
def test_believes_nothing_that_was_changed_on_the_way(name: str, value: str) -> None:
    body, headers = _call(CHANGE)
    with pytest.raises(ForeignPayload):
        read_signed_changes(body, {**headers, name: value}, KEY, NOW)


def test_believes_no_other_body_key_or_day() -> None:
    body, headers = _call(CHANGE)
    for other, key, now in (
        (body.replace(b"o1", b"o2"), KEY, NOW), (body, b"another-secret-of-it", NOW),
        (body, KEY, NOW + timedelta(minutes=6)), (body, KEY, NOW - timedelta(minutes=6)),
    ):
        with pytest.raises(ForeignPayload):
            read_signed_changes(other, headers, key, now)


@pytest.mark.parametrize("wrong", [
    {"id": ""}, {"id": "x" * 65}, {"id": 7}, {"type": "two words"}, {"at": "yesterday"}, {"at": "2026-11-28T17:59:00"},
    {"order_ref": ""}, {"order_ref": "a\0b"}, {"customer_ref": ["c1"]},
])
def test_refuses_a_change_whose_field_is_wrong_without_its_words(wrong: dict[str, Any]) -> None:
    body, headers = _call(CHANGE, {**CHANGE, **wrong})
    with pytest.raises(ForeignPayload, match=rf"changes\.1\.{next(iter(wrong))}"):
        read_signed_changes(body, headers, KEY, NOW)


def test_refuses_what_is_no_list_of_changes() -> None:
    for body in (b"[]", b"{", b'{"changes": {}}', b"\xff"):
        moment = str(int(NOW.timestamp()))
        headers = {"webhook-timestamp": moment, "webhook-signature": f"v1,{sign(body, '', moment, KEY)}"}
        with pytest.raises(ForeignPayload):
            read_signed_changes(body, headers, KEY, NOW)


def test_reads_what_is_signed_by_either_key_while_they_change() -> None:
    body, headers = _call(CHANGE, {"id": "chg_2", "type": "stock.changed", "at": CHANGE["at"], "variant_ref": "v1"})
    headers["Webhook-Signature"] = f"v1,bm90IG91cnM= {headers['Webhook-Signature']}"
    told = read_signed_changes(body, headers, KEY, NOW)
    refs = [(each.id, each.order_ref, each.variant_ref) for each in told]
    assert refs == [("chg_1", "o1", None), ("chg_2", None, "v1")]
    assert told[0].at == NOW - timedelta(minutes=1)


def test_signs_as_the_standard_does() -> None:
    """The example of the Standard Webhooks' specification."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", key)
    assert signature == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_refuses_a_secret_that_is_no_base64() -> None:
    with pytest.raises(FixConfiguration):
        key_of("whsec_not base64")
