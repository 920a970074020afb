"""The widget's files: what the build left, and nothing else of the disk."""

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.channels.web.assets import build_widget_router


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build of two files beside a secret."""
    (tmp_path / "secret.js").write_text("secret")
    folder = tmp_path / "build"
    (folder / "widget").mkdir(parents=True)
    (folder / "widget.js").write_text("loader")
    (folder / "widget" / "list-ABC123.js").write_text("part")
    (folder / "widget" / "list-ABC123.js.gz").write_bytes(gzip.compress(b"part"))
    (folder / "widget" / "LICENSES.txt").write_text("MIT")
    return folder


@pytest.fixture
def client(build: Path) -> TestClient:
    app = FastAPI()
    app.include_router(build_widget_router(build))
    return TestClient(app)


def test_says_so_when_nothing_is_built(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(build_widget_router(tmp_path))
    answer = TestClient(app).get("/widget.js")
    assert answer.status_code == 404
    assert "npm run build" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/widget/..%2F..%2Fsecret.js", "/widget/%2e%2e/secret.js", "/widget/none.js", "/widget/list-ABC123.js.gz",
             "/widget/.js", "/widget/a%00.js", "/widget/secret"],
)
def test_gives_nothing_else(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_gives_the_loader_to_be_asked_for_again(client: TestClient) -> None:
    answer = client.get("/widget.js")
    assert (answer.text, answer.headers["Cache-Control"]) == ("loader", "public, max-age=0, must-revalidate")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    again = client.get("/widget.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_gives_a_part_for_ever_and_compressed_to_who_takes_it(client: TestClient) -> None:
    squeezed = client.get("/widget/list-ABC123.js", headers={"Accept-Encoding": "gzip, br"})
    assert (squeezed.text, squeezed.headers["Content-Encoding"]) == ("part", "gzip")
    assert "immutable" in squeezed.headers["Cache-Control"]
    plain = client.get("/widget/list-ABC123.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == "part"
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["ETag"] != squeezed.headers["ETag"]
    assert client.get("/widget/LICENSES.txt").headers["Content-Type"] == "text/plain; charset=utf-8"


def test_gives_the_smallest_that_a_browser_takes(client: TestClient, build: Path) -> None:
    (build / "widget" / "list-ABC123.js.br").write_bytes(b"as brotli has it")
    with client.stream("GET", "/widget/list-ABC123.js", headers={"Accept-Encoding": "gzip, br"}) as answer:
        assert (answer.headers["Content-Encoding"], b"".join(answer.iter_raw())) == ("br", b"as brotli has it")
    assert client.get("/widget/list-ABC123.js", headers={"Accept-Encoding": "gzip"}).text == "part"


def test_gives_no_coding_that_is_refused(client: TestClient) -> None:
    plain = client.get("/widget/list-ABC123.js", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "Content-Encoding" not in plain.headers
