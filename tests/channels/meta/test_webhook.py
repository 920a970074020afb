"""Meta's calls: forged ones leave nothing, the challenge is answered to who knows the word."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.meta.webhook import MAX_BYTES, build_meta_router, is_signed

SECRET, WORD = "an-app-secret-of-tests", "a-verify-token-of-tests"
BODY = b'{"object":"page","entry":[]}'


def sign(body: bytes, secret: str = SECRET, name: str = "sha256") -> str:
    return f"{name}=" + hmac.new(secret.encode(), body, name).hexdigest()


@pytest.fixture
def kept() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def site(kept: list[dict[str, Any]]) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(build_meta_router("messenger", app_secret=SECRET, verify_token=WORD, keep=kept.append))
    with TestClient(app) as client:
        yield client


def _post(site: TestClient, body: bytes, signature: str | None) -> int:
    headers = {} if signature is None else {"X-Hub-Signature-256": signature}
    return site.post("/webhooks/messenger", content=body, headers=headers).status_code


@pytest.mark.parametrize("signature", [
    None, "", "sha256=", "sha256=0", sign(BODY, "another"), sign(BODY + b" "), sign(BODY, name="sha1"),
    "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(), sign(BODY).upper(), sign(BODY) + "00",
])
def test_keeps_nothing_of_a_forged_call(site: TestClient, kept: list[dict[str, Any]], signature: str | None) -> None:
    assert _post(site, BODY, signature) == 401
    assert kept == []


def test_takes_no_signature_in_the_header_of_another_hash(site: TestClient, kept: list[dict[str, Any]]) -> None:
    headers = {"X-Hub-Signature": sign(BODY, name="sha1")}
    assert site.post("/webhooks/messenger", content=BODY, headers=headers).status_code == 401
    assert kept == []


def test_compares_what_cannot_be_compared_as_text() -> None:
    assert not is_signed(BODY, "sha256=é", SECRET)


def test_hands_over_a_signed_batch(site: TestClient, kept: list[dict[str, Any]]) -> None:
    assert _post(site, BODY, sign(BODY)) == 200
    assert kept == [{"object": "page", "entry": []}]


@pytest.mark.parametrize("body", [b"[]", b"null", b"no json", b"\xff", b""])
def test_refuses_what_is_no_object(site: TestClient, kept: list[dict[str, Any]], body: bytes) -> None:
    assert _post(site, body, sign(body)) == 400
    assert kept == []


def test_refuses_what_has_no_end(site: TestClient) -> None:
    body = b" " * (MAX_BYTES + 1)
    assert _post(site, body, sign(body)) == 413


def test_is_not_done_when_it_could_not_be_kept() -> None:
    def fail(_batch: dict[str, Any]) -> None:
        raise OSError("the disk is full")

    app = FastAPI()
    app.include_router(build_meta_router("whatsapp", app_secret=SECRET, verify_token=WORD, keep=fail))
    with TestClient(app, raise_server_exceptions=False) as site:
        answer = site.post("/webhooks/whatsapp", content=BODY, headers={"X-Hub-Signature-256": sign(BODY)})
    assert answer.status_code == 500  # Meta sends it again


@pytest.mark.parametrize(("query", "status"), [
    ({"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"}, 200),
    ({"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "1"}, 403),
    ({"hub.mode": "subscribe", "hub.verify_token": "é", "hub.challenge": "1"}, 403),
    ({"hub.mode": "unsubscribe", "hub.verify_token": WORD, "hub.challenge": "1"}, 403),
    ({}, 403),
])
def test_answers_the_challenge_of_who_knows_the_word(site: TestClient, query: dict[str, str], status: int) -> None:
    answer = site.get("/webhooks/messenger", params=query)
    assert answer.status_code == status
    if status == 200:
        assert (answer.text, answer.headers["content-type"]) == ("1158201444", "text/plain; charset=utf-8")
