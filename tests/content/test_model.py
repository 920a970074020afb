"""A language model, by a stand-in server: what is sent, what is shown of the answer, what happens without one."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from bot.content.model import Writer, open_writer
from bot.content.proposals import Proposal
from bot.content.tone import Tone
from bot.decision.messages import Message
from bot.errors import FixConfiguration, Unavailable
from bot.settings import Settings

MESSAGE = Message("remind", "plain", ("web", "email"), {
    "fr": "Votre panier vous attend : {product}, à {price}. Voulez-vous passer commande ?",
    "en": "Your basket is waiting: {product}, at {price}. Would you like to check out?",
})
GOOD = {
    "fr": {"text": "{product} vous attend, à {price}. On passe commande\u00a0?", "subject": "Votre panier"},
    "en": {"text": "{product} is waiting, at {price}. Would you like to check out?", "subject": "Your basket"},
}
TONE = Tone(emoji=False, never={"fr": ("cher client",), "en": ()})


def _bad(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "fr": {**GOOD["fr"], **changes}}


@pytest.fixture
def writer(httpserver: HTTPServer) -> Writer:
    return Writer(httpserver.url_for("/v1"), "secret-key", "small")


def _answer(httpserver: HTTPServer, content: Any) -> None:
    httpserver.expect_request("/v1/chat/completions", method="POST").respond_with_json(
        {"choices": [{"message": {"role": "assistant", "content": content}}]}
    )


def test_shows_nothing_that_the_check_refuses(httpserver: HTTPServer, writer: Writer) -> None:
    refused = [
        _bad(text="Vite ! {product} vous attend, à {price}. Souhaitez-vous passer commande ?"),
        _bad(text="{product} vous attend. Souhaitez-vous passer commande ?"), _bad(subject="-20 % aujourd’hui"),
        _bad(text="Cher client, {product} vous attend, à {price}. Souhaitez-vous passer commande ?"),
        {"fr": GOOD["fr"]}, "nothing", {"fr": "no table", "en": None},
    ]
    said = json.dumps({"proposals": [GOOD, *refused, GOOD]})
    _answer(httpserver, f"Here you are:\n```json\n{said}\n```")
    written = writer.write("cart", MESSAGE, TONE)
    assert written.proposals == (
        Proposal({each: GOOD[each]["text"] for each in GOOD}, {each: GOOD[each]["subject"] for each in GOOD}),
    )
    assert written.refused == 8


def test_is_told_the_template_and_the_tone_and_nothing_else(httpserver: HTTPServer, writer: Writer) -> None:
    _answer(httpserver, "{}")
    assert writer.write("cart", MESSAGE, TONE).proposals == ()
    request = httpserver.log[0][0]
    assert request.headers["Authorization"] == "Bearer secret-key"
    sent = json.loads(request.data)
    assert sent.keys() == {"model", "temperature", "messages"} and sent["model"] == "small"
    assert json.loads(sent["messages"][1]["content"]) == {
        "about": "cart", "case": "plain", "channels": ["web", "email"], "original": dict(MESSAGE.texts),
    }
    assert "'vous'" in sent["messages"][0]["content"] and "cher client" in sent["messages"][0]["content"]


@pytest.mark.parametrize("said", ["", "no JSON", "{broken", "[1, 2]", '{"proposals": 3}', None, 7])
def test_makes_nothing_of_an_answer_that_is_no_proposal(httpserver: HTTPServer, writer: Writer, said: Any) -> None:
    _answer(httpserver, said)
    written = writer.write("cart", MESSAGE, TONE)
    assert (written.proposals, written.refused) == ((), 0)


@pytest.mark.parametrize(("status", "error"), [(500, Unavailable), (302, Unavailable), (401, FixConfiguration)])
def test_says_what_to_do_when_the_server_refuses(
    httpserver: HTTPServer, writer: Writer, status: int, error: type[Exception]
) -> None:
    httpserver.expect_request("/v1/chat/completions").respond_with_data("no", status, {"Location": "/elsewhere"})
    with pytest.raises(error, match=str(status)) as raised:
        writer.write("cart", MESSAGE, TONE)
    assert "secret-key" not in str(raised.value) and len(httpserver.log) == 1


@pytest.mark.parametrize("body", ["no JSON", "{}", '{"choices": []}', "x" * 300_000])
def test_believes_no_other_answer(httpserver: HTTPServer, writer: Writer, body: str) -> None:
    httpserver.expect_request("/v1/chat/completions").respond_with_data(body)
    with pytest.raises(Unavailable):
        writer.write("cart", MESSAGE, TONE)


def test_is_unavailable_where_nobody_listens() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        Writer("http://127.0.0.1:9", "", "small").write("cart", MESSAGE, TONE)


def test_is_off_until_a_shop_names_one() -> None:
    assert open_writer(Settings()) is None
    named = Settings(content_model_url="http://127.0.0.1:1/v1", content_model_key="k", content_model_name="m")
    assert open_writer(named) == Writer("http://127.0.0.1:1/v1", "k", "m")


@pytest.mark.parametrize("given", [
    {"PREVENANT_CONTENT_MODEL_URL": "http://models.example.org/v1", "PREVENANT_CONTENT_MODEL_NAME": "m"},
    {"PREVENANT_CONTENT_MODEL_URL": "https://models.example.org/v1"},
])
def test_refuses_an_address_that_leaks_the_key_and_a_model_without_name(given: dict[str, str]) -> None:
    secrets = {
        f"PREVENANT_{each}": "a-secret-of-a-test-0" for each in
        ("SESSION_SECRET", "WIDGET_SECRET", "INTERNAL_SECRET", "WRITE_KEY", "HOLDOUT_SALT")
    }
    with pytest.raises(FixConfiguration, match="PREVENANT_CONTENT_MODEL_"):
        Settings.from_env({**secrets, **given})
