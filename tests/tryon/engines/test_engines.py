"""Engines elsewhere, before stand-ins of their documented shapes: one suite over all, then what is each one's own."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from werkzeug import Response

from bot.errors import FixConfiguration, RateLimited, Unavailable
from bot.settings import Settings
from bot.tryon.engines import calling
from bot.tryon.engines.choose import choose_engine
from bot.tryon.engines.fashn import Fashn
from bot.tryon.engines.own_server import OwnServer
from bot.tryon.engines.protocol import Outcome, TryOnEngine
from bot.tryon.engines.vertex import ServiceAccount, Vertex

PERSON, GARMENT, PICTURE = b"person", b"garment", b"\x89PNG a picture"
SUBMIT = {"fashn": "/v1/run", "vertex": "/v1/models/vto:predict", "server": "/jobs"}


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def account(httpserver: HTTPServer, tmp_path: Path, private_key: rsa.RSAPrivateKey) -> Path:
    """A service account's key file; its token's address is the stand-in's."""
    pem = private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    path = tmp_path / "account.json"
    path.write_text(json.dumps({"client_email": "a@b", "private_key": pem, "token_uri": httpserver.url_for("/token")}))
    httpserver.expect_request("/token", method="POST").respond_with_json({"access_token": "t-1", "expires_in": 3600})
    return path


@pytest.fixture
def make(httpserver: HTTPServer, account: Path) -> Callable[[str], TryOnEngine]:
    def build(name: str) -> TryOnEngine:
        if name == "fashn":
            return Fashn("k-1", httpserver.url_for("/v1"))
        if name == "vertex":
            return Vertex(httpserver.url_for("/v1/models/vto"), ServiceAccount(account))
        return OwnServer(httpserver.url_for(""), "k-1")

    return build


def answer_well(httpserver: HTTPServer, name: str) -> None:
    if name == "fashn":
        httpserver.expect_request("/v1/run", method="POST").respond_with_json({"id": "j/1", "error": None})
        done = {"status": "completed", "output": [f"data:image/png;base64,{base64_of(PICTURE)}"], "error": None}
        said = iter([{"status": "in_queue"}, {"status": "processing"}, done])
        httpserver.expect_request("/v1/status/j/1").respond_with_handler(lambda _: Response(json.dumps(next(said))))
    elif name == "vertex":
        prediction = {"mimeType": "image/png", "bytesBase64Encoded": base64_of(PICTURE)}
        httpserver.expect_request(SUBMIT[name], method="POST").respond_with_json({"predictions": [prediction]})
    else:
        httpserver.expect_request("/jobs", method="POST").respond_with_json({"job": "7"})
        steps = iter([{"state": "working"}, {"state": "done", "image": base64_of(PICTURE)}])
        httpserver.expect_request("/jobs/7").respond_with_handler(lambda _: Response(json.dumps(next(steps))))


def run(engine: TryOnEngine) -> Outcome:
    job = engine.submit(PERSON, GARMENT, "top", 7, 20)
    while (outcome := engine.status(job, 20)).state == "working":
        pass
    return outcome


def sent(httpserver: HTTPServer, path: str) -> tuple[dict, str]:
    request = next(request for request, _ in httpserver.log if request.path == path)
    return request.get_json(), request.headers.get("Authorization", "")


@pytest.mark.parametrize("name", SUBMIT)
class TestEveryEngine:
    def test_brings_the_picture(self, httpserver, make, name):
        answer_well(httpserver, name)
        assert run(make(name)) == Outcome("done", PICTURE)

    def test_shows_its_key_and_sends_both_pictures_inside_the_message(self, httpserver, make, name):
        answer_well(httpserver, name)
        run(make(name))
        body, key = sent(httpserver, SUBMIT[name])
        assert key == ("Bearer t-1" if name == "vertex" else "Bearer k-1")
        assert base64_of(PERSON) in json.dumps(body) and base64_of(GARMENT) in json.dumps(body)

    @pytest.mark.parametrize(("status", "error"), [
        (429, RateLimited), (503, Unavailable), (401, FixConfiguration), (400, FixConfiguration),
        (302, FixConfiguration),  # a photo follows no redirect
    ])
    def test_says_what_the_caller_does_next(self, httpserver, make, name, status, error):
        httpserver.expect_request(SUBMIT[name]).respond_with_data("{}", status, headers={"Location": "/elsewhere"})
        with pytest.raises(error):
            run(make(name))

    @pytest.mark.parametrize("said", ["", "[]", "nonsense"])
    def test_an_answer_that_is_none_is_no_picture(self, httpserver, make, name, said):
        httpserver.expect_request(SUBMIT[name]).respond_with_data(said, content_type="application/json")
        with pytest.raises(Unavailable):
            run(make(name))

    def test_what_comes_drop_by_drop_is_given_up_in_time(self, httpserver, make, name):
        def drip():
            for _ in range(40):
                yield b" "
                time.sleep(0.1)

        httpserver.expect_request(SUBMIT[name]).respond_with_handler(lambda _: Response(drip()))
        began = time.monotonic()
        with pytest.raises(Unavailable):
            make(name).submit(PERSON, GARMENT, "top", 7, 0.5)
        assert time.monotonic() - began < 2

    def test_what_has_no_end_is_not_held_in_memory(self, httpserver, make, name, monkeypatch):
        monkeypatch.setattr(calling, "MOST_BYTES", 1000)
        httpserver.expect_request(SUBMIT[name]).respond_with_data('{"id": "%s"}' % ("j" * 2000))
        with pytest.raises(Unavailable, match="TimeoutError"):
            make(name).submit(PERSON, GARMENT, "top", 7, 20)

    def test_is_away(self, make, name, httpserver, account):
        closed = "http://127.0.0.1:9"
        google = Vertex(closed, ServiceAccount(account))
        away = {"fashn": Fashn("k", closed), "vertex": google, "server": OwnServer(closed)}[name]
        with pytest.raises(Unavailable):
            away.submit(PERSON, GARMENT, "top", 7, 20)


def test_fashn_asks_for_a_flat_top_and_gives_its_word_for_what_went_wrong(httpserver, make):
    httpserver.expect_request("/v1/run").respond_with_json({"id": "1", "error": None})
    failed = {"id": "1", "status": "failed", "error": {"name": "PoseError", "message": "no pose"}}
    httpserver.expect_request("/v1/status/1").respond_with_json(failed)
    assert run(make("fashn")) == Outcome("failed", error="PoseError")
    inputs = sent(httpserver, "/v1/run")[0]["inputs"]
    assert (inputs["category"], inputs["garment_photo_type"], inputs["seed"]) == ("tops", "flat-lay", 7)
    assert inputs["return_base64"] is True


def test_vertex_says_which_rule_kept_the_picture_back(httpserver, make):
    httpserver.expect_request(SUBMIT["vertex"]).respond_with_json({"predictions": [{"raiFilteredReason": "58061214"}]})
    assert run(make("vertex")) == Outcome("failed", error="58061214")
    assert sent(httpserver, SUBMIT["vertex"])[0]["parameters"]["personGeneration"] == "allow_adult"


def test_googles_token_is_signed_kept_and_renewed(httpserver, account, private_key):
    now = [1_000_000.0]
    tokens = ServiceAccount(account, clock=lambda: now[0])
    assert tokens.token(20) == tokens.token(20) == "t-1"
    assertion = httpserver.log[0][0].form["assertion"]
    unchecked = dict.fromkeys(("verify_exp", "verify_aud", "verify_iat"), False)
    claims = jwt.decode(assertion, private_key.public_key(), ["RS256"], options=unchecked)
    assert claims["iss"] == "a@b" and claims["exp"] == 1_003_600
    assert len(httpserver.log) == 1
    now[0] += 3400
    tokens.token(20)
    assert len(httpserver.log) == 2


def test_chooses_by_the_settings_and_none_by_default(settings: Settings, account: Path):
    def chosen(name: str, url: str = "", key: str = "") -> TryOnEngine | None:
        return choose_engine(replace(settings, try_on_engine=name, try_on_engine_url=url, try_on_engine_key=key))

    assert chosen("") is None
    assert chosen("fashn", key="k") == Fashn("k")
    assert chosen("server", "http://gpu/") == OwnServer("http://gpu")
    vertex = chosen("vertex", "https://x/models/vto", str(account))
    assert vertex and vertex.name == "vertex" and "PRIVATE" not in repr(vertex)
    without_key, without_url = (("fashn",), ("vertex", "https://x")), (("server",), ("vertex", "", "k"))
    for wrong in (*without_key, *without_url, ("vertex", "u", "/none"), ("other", "u", "k")):
        with pytest.raises(FixConfiguration):
            chosen(*wrong)
