"""The page of a try-on link, before a real `tryon` process: what comes back, what is refused, what stays nowhere."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from bot.bootstrap import Services
from bot.processes import try_on_processes, wait_until_ready
from bot.service.try_on import LINK_LIFE, PHOTOS_A_LINK, Fitting, make_link
from bot.settings import Settings
from bot.storefront.try_on_pages import build_try_on_router
from tests.conftest import miss
from tests.servers.ports import find_free_port

TEE = Fitting("tee-shirt-col-rond-lundi", "t-shirt", "navy", "plain", "organic_cotton", "T-shirt Lundi")
JUMPER = Fitting("pull-col-rond-contrepoint", "sweater", "navy", "plain", "merino", "Pull Contrepoint")
PHOTOS = Path("var/tryon-photos")
CANARY = b"a-word-that-stands-in-the-photo-alone"


@pytest.fixture
def secrets(settings: Settings) -> dict[str, str]:
    names = ("session_secret", "widget_secret", "internal_secret", "write_key", "holdout_salt")
    return {f"PREVENANT_{name.upper()}": getattr(settings, name) for name in names}


@pytest.fixture
def process(settings: Settings, secrets: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    if not (PHOTOS / "requirements.stamp").is_file():
        miss("what try-on runs with (scripts/setup.sh test)")
    (started,) = try_on_processes(settings, {**os.environ, **secrets, "TMPDIR": str(tmp_path / "tmp")})
    (tmp_path / "tmp").mkdir()
    told = tmp_path / "tryon.log"
    with told.open("wb") as log, subprocess.Popen(
        started.command, env=dict(started.environ), stdout=log, stderr=log
    ) as running:
        assert wait_until_ready(started, 30, is_over=lambda: running.poll() is not None), told.read_text()
        yield running
        running.terminate()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, try_on_url=f"http://127.0.0.1:{find_free_port()}")


@pytest.fixture
def site(services: Services) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(build_try_on_router(services))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def path_of(services: Services) -> Callable[..., str]:
    def make(link_id: str = "l-1", language: str = "en", fitting: Fitting = TEE) -> str:
        link = make_link(services.settings, fitting, language, link_id, services.clock())
        return link.removeprefix(services.settings.public_url)

    return make


def large_photo() -> bytes:
    """More than a megabyte, where frameworks begin to write uploads to the disk; with a word nobody else says."""
    out = BytesIO()
    photo = Image.open(PHOTOS / "astronaut.png").convert("RGB")
    photo.resize((2600, 2600)).save(out, "JPEG", quality=97, comment=CANARY)
    assert len(out.getvalue()) > 1_000_000
    return out.getvalue()


def test_a_false_link_and_an_old_one_open_nothing(
    site: TestClient, services: Services, path_of: Callable[..., str]
) -> None:
    late = FastAPI()
    late.include_router(build_try_on_router(replace(services, clock=lambda: services.clock() + LINK_LIFE)))
    for answer in (site.get("/try-on/nothing"), site.get(path_of()[:-3]), TestClient(late).get(path_of())):
        assert answer.status_code == 404
        assert "Lundi" not in answer.text
    assert TestClient(late).post(path_of(), content=b"x").json()["reason"] == "link_invalid"


@pytest.mark.parametrize(("language", "said"), [("en", "not of fit"), ("fr", "pas de la coupe")])
def test_the_page_says_what_it_is_in_the_conversations_language(
    site: TestClient, path_of: Callable[..., str], language: str, said: str
) -> None:
    page = site.get(path_of(language=language))
    assert said in page.text and "T-shirt Lundi" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_a_photo_comes_back_with_the_product_on_and_is_nowhere_afterwards(
    site: TestClient, process: subprocess.Popen[bytes], path_of: Callable[..., str], tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    answer = site.post(path_of(fitting=JUMPER), content=large_photo())
    assert answer.status_code == 200, answer.text
    picture = Image.open(BytesIO(answer.content))
    assert picture.format == "PNG" and picture.width == 1024
    assert CANARY not in answer.content
    assert list((tmp_path / "tmp").iterdir()) == []
    for folder in (tmp_path, tmp_path_factory.getbasetemp()):
        for file in folder.rglob("*"):
            assert not file.is_file() or CANARY not in file.read_bytes(), file
    opened = [Path(f"/proc/{each}/fd") for each in (process.pid, *children_of(process.pid))]
    for held in (each.resolve() for folder in opened for each in folder.iterdir()):
        assert not held.is_file() or CANARY not in held.read_bytes(), held
    assert CANARY.decode() not in (tmp_path / "tryon.log").read_text()


def test_the_page_says_who_makes_the_picture_where_the_photo_leaves(
    site: TestClient, path_of: Callable[..., str]
) -> None:
    page = site.get(path_of(language="fr", fitting=replace(JUMPER, engine="server"))).text
    assert "un autre serveur de la boutique" in page and "disparaît avec la réponse" not in page


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_photo_that_will_not_do_is_refused_with_what_helps(
    site: TestClient, process: subprocess.Popen[bytes], path_of: Callable[..., str]
) -> None:
    answer = site.post(path_of(language="fr"), content=b"%PDF-1.7")
    assert answer.status_code == 422
    assert answer.json()["reason"] == "not_a_photo" and "HEIC" in answer.json()["sentence"]
    out = BytesIO()
    Image.new("RGB", (600, 600), (120, 130, 140)).save(out, "PNG")
    assert "nobody" in site.post(path_of(), content=out.getvalue()).json()["sentence"]
    in_long_sleeves = site.post(path_of(fitting=TEE), content=large_photo())
    assert in_long_sleeves.json()["reason"] == "top_too_large"


def test_a_link_is_good_for_some_photos(site: TestClient, path_of: Callable[..., str]) -> None:
    reasons = [site.post(path_of("l-2"), content=b"x").json()["reason"] for _ in range(PHOTOS_A_LINK + 1)]
    assert reasons == ["busy"] * PHOTOS_A_LINK + ["rate_limited"]  # nobody listens there


def test_too_much_is_refused_before_it_is_all_there(site: TestClient, path_of: Callable[..., str]) -> None:
    assert site.post(path_of("l-3"), content=bytes(16_000_001)).json()["reason"] == "too_large"
