"""Calls over connections that stay open: each is written once or not at all, and what is not known stays unknown."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from bot.bootstrap import utc_now
from bot.channels.base import Vendor
from bot.channels.wire import Wire
from bot.errors import FixConfiguration, Unavailable, UnknownFate

_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"w\"}"
_VENDOR = Vendor("vendor", "SETTING", connect_seconds=0.5, deadline_seconds=0.5)


def test_writes_a_call_once_that_an_open_connection_swallows() -> None:
    with _scripted([_OK, b""], [_OK]) as (url, heard), pytest.raises(UnknownFate):
        _post(url, times=2)
    assert heard == [2]  # calls of the first connection; there was no other


@pytest.mark.parametrize("answer", [
    b"",
    b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",  # and no more
    b"HTTP/1.1 200 OK\r\nContent-Len",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    b"what is this?\r\n\r\n",
    b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
])
def test_knows_no_fate_of_a_call_without_a_whole_answer(answer: bytes) -> None:
    with _scripted([answer]) as (url, heard), pytest.raises(UnknownFate):
        _post(url)
    assert heard == [1]


def test_knows_no_fate_of_a_call_that_nobody_answers_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnknownFate):
        _post(f"http://127.0.0.1:{silent.getsockname()[1]}/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://nobody.invalid/", "https://127.0.0.1:9/"])
def test_tries_again_what_was_never_reached(url: str) -> None:
    with pytest.raises(Unavailable):
        _post(url)


@pytest.mark.parametrize("url", ["nowhere", "ftp://x.example/", "http:///", "http://x.example:port/", "http://x/\u00e9"])
def test_needs_an_address_that_can_be_called(url: str) -> None:
    with pytest.raises(FixConfiguration):
        _post(url)


def test_lets_no_header_begin_another() -> None:
    with pytest.raises(FixConfiguration):
        _post("http://127.0.0.1:9/", headers={"Authorization": "Bearer a\r\nX: y"})


@pytest.mark.parametrize("answer", [
    _OK,
    b"HTTP/1.1 100 Continue\r\n\r\n" + _OK,
    b"HTTP/1.1 200 OK\r\n\r\n{\"id\":\"w\"}",  # as long as the connection
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"id\r\n6\r\n\":\"w\"}\r\n0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"w\"}",
])
def test_reads_every_kind_of_answer(answer: bytes) -> None:
    with _scripted([answer]) as (url, _):
        assert _post(url) == [{"id": "w"}]


def test_uses_a_connection_again_until_the_vendor_says_that_it_ends() -> None:
    last = _OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")
    with _scripted([_OK, last], [_OK]) as (url, heard):
        _post(url, times=3)
    assert heard == [2, 1]


@pytest.mark.parametrize("is_secret", [False, True])
def test_writes_no_call_to_a_connection_that_the_vendor_closes_unannounced(
    is_secret: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certify(tmp_path) if is_secret else None
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate or ""))
    with _scripted(*[[_OK]] * 100, certificate=certificate) as (url, heard):
        assert _post(url, times=100) == [{"id": "w"}] * 100
    assert heard == [1] * 100


@pytest.mark.parametrize("more", [
    _OK, b"HTTP/1.1 5", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", b"what is this?",
])
def test_leaves_a_connection_on_which_something_came_that_nobody_asked_for(more: bytes) -> None:
    with _scripted([_OK + more, _OK], [_OK]) as (url, heard):  # it stays open
        assert _post(url, times=2) == [{"id": "w"}] * 2
    assert heard == [1, 1]


def test_opens_no_more_connections_than_allowed() -> None:
    async def post_all(wire: Wire, url: str) -> None:
        await asyncio.gather(*(_VENDOR.post_among(wire, url, {}, {}) for _ in range(6)))

    with _scripted(*[[_OK] * 6] * 3) as (url, heard):
        _run(lambda wire: post_all(wire, url), at_once=2)
    assert sum(heard) == 6 and len(heard) == 2


def test_calls_a_vendor_whose_certificate_it_trusts_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), _certify(tmp_path)
    context.load_cert_chain(certificate)
    with HTTPServer("localhost", ssl_context=context) as server:
        server.expect_request("/").respond_with_json({"id": "w"})
        with pytest.raises(Unavailable):  # signed by nobody we know
            _post(server.url_for("/"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert _post(server.url_for("/")) == [{"id": "w"}]


def test_says_what_it_was_told_to(httpserver: HTTPServer) -> None:
    def echo(request: Request) -> Response:
        told = request.get_json()
        return Response(f'{{"said": "{told["a"]}", "token": "{request.headers["Authorization"]}"}}')

    httpserver.expect_request("/v1/messages", query_string="q=1", method="POST").respond_with_handler(echo)
    url = httpserver.url_for("/v1/messages?q=1")
    assert _post(url, {"a": "\u00e9"}, {"Authorization": "Bearer t"}) == [{"said": "\u00e9", "token": "Bearer t"}]


def _post(
    url: str, body: Mapping[str, object] | None = None, headers: Mapping[str, str] | None = None, *, times: int = 1,
    pause_seconds: float = 0.0,
) -> list[dict[str, object]]:
    """The answers to as many calls, one after the other."""

    async def post_all(wire: Wire) -> list[dict[str, object]]:
        answers = []
        for _ in range(times):
            answers.append(await _VENDOR.post_among(wire, url, body or {}, headers or {}))
            await asyncio.sleep(pause_seconds)
        return answers

    return _run(post_all)


def _run[T](calls: Callable[[Wire], Awaitable[T]], at_once: int = 5) -> T:
    async def run() -> T:
        wire = Wire(at_once)
        try:
            return await calls(wire)
        finally:
            wire.close()

    return asyncio.run(run())


@contextmanager
def _scripted(
    *connections: Sequence[bytes], certificate: Path | None = None
) -> Iterator[tuple[str, list[int]]]:
    """A vendor that answers the calls of each connection as told, and hangs up; how many it heard on each."""
    heard: list[int] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    if certificate:
        context.load_cert_chain(certificate)

    def serve() -> None:
        for answers in connections:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            heard.append(0)
            Thread(target=talk, args=(connection, answers, len(heard) - 1), daemon=True).start()

    def talk(connection: socket.socket, answers: Sequence[bytes], number: int) -> None:
        with context.wrap_socket(connection, server_side=True) if certificate else connection as spoken:
            for left, answer in zip(reversed(range(len(answers))), answers, strict=True):
                if not spoken.recv(65_536):
                    return
                heard[number] += 1
                if not left:  # the end comes with the last answer, not some time after it
                    spoken.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
                spoken.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = Thread(target=serve, daemon=True)
        accepting.start()
        yield f"{'https://localhost' if certificate else 'http://127.0.0.1'}:{server.getsockname()[1]}/", heard
        server.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _certify(folder: Path) -> Path:
    """A key and the certificate of `localhost` that it signed itself, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(utc_now() - day).not_valid_after(utc_now() + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(serialization.Encoding.PEM))
    return path
