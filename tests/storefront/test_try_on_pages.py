"""The page of a try-on link, before a real `tryon` process: what comes back, what is refused, what stays nowhere."""

import asyncio
import json
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Event, Semaphore

import pytest
import requests
import sqlalchemy as sa
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient
from PIL import Image
from pytest_httpserver import HTTPServer

from benchmarks.people.gallery import PICTURES
from bot.bootstrap import Services
from bot.errors import Unavailable
from bot.profile.store.tables import consents
from bot.service.try_on import IN_BROWSER, LINK_LIFE, PHOTOS_A_LINK, VERSION, Asked, Fitting, make_link
from bot.service.wearing import sign_fitting
from bot.settings import Settings
from bot.storefront import try_on_browser, try_on_pages
from bot.storefront.try_on_browser import build_browser_router
from bot.storefront.try_on_pages import build_try_on_router
from bot.tryon.record import Record, write_record
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port
from tests.servers.tryon import PHOTOS, TryOn, find_in_files, find_in_open_files

TEE = Fitting("tee-shirt-col-rond-lundi", "t-shirt", "navy", "plain", "organic_cotton", "T-shirt Lundi")
JUMPER = Fitting("pull-col-rond-contrepoint", "sweater", "navy", "plain", "merino", "Contrepoint", product_ref="p-7")
GLASSES = Fitting("lunettes-rondes-poete", "sunglasses", "gold", "plain", "brass", "Poète", IN_BROWSER, "p-poete")
HAT = Fitting("bonnet-marin-equipage", "hat", "navy", "plain", "wool", "Équipage")
CANARY = b"a-word-that-stands-in-the-photo-alone"


@pytest.fixture
def nobody(services: Services) -> Iterator[TestClient]:
    """The page where the process does not answer."""
    settings = replace(services.settings, try_on_url=f"http://127.0.0.1:{find_free_port()}")
    yield from _open_site(replace(services, settings=settings))


@pytest.fixture
def at_work(services: Services, tryon: TryOn) -> Iterator[TestClient]:
    """The page before the real process."""
    yield from _open_site(replace(services, settings=replace(services.settings, try_on_url=tryon.url)))


def _open_site(services: Services) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(build_try_on_router(services))
    app.include_router(build_browser_router(services))
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


@pytest.mark.parametrize("fitting", [TEE, GLASSES])
def test_the_chat_may_hold_the_page_on_the_shops_pages_and_nobody_else_may(
    services: Services, path_of: Callable[..., str], fitting: Fitting
) -> None:
    shop = "https://www.shop.example"
    settings = replace(services.settings, shop_origins=shop, try_on_url=f"http://127.0.0.1:{find_free_port()}")
    for client in _open_site(replace(services, settings=settings)):
        page = client.get(path_of(fitting=fitting))
        assert f"frame-ancestors 'self' {shop};" in page.headers["content-security-policy"]
        assert shop in page.text  # to which the picture is given
        assert f"frame-ancestors 'self' {shop};" in client.get("/try-on/false").headers["content-security-policy"]


def test_no_proxy_is_to_lay_the_answer_on_its_disk(nobody: TestClient, path_of: Callable[..., str]) -> None:
    answers = (nobody.get(path_of()), nobody.post(path_of(), content=b"a photo"))
    assert [each.headers["x-accel-buffering"] for each in answers] == ["no", "no"]


def test_a_false_link_and_an_old_one_open_nothing(
    nobody: TestClient, services: Services, path_of: Callable[..., str]
) -> None:
    late = FastAPI()
    late.include_router(build_try_on_router(replace(services, clock=lambda: services.clock() + LINK_LIFE)))
    for answer in (nobody.get("/try-on/nothing"), nobody.get(path_of()[:-3]), TestClient(late).get(path_of())):
        assert answer.status_code == 404
        assert "Lundi" not in answer.text
    assert TestClient(late).post(path_of(), content=b"x").json()["reason"] == "link_invalid"


@pytest.mark.parametrize(("language", "said"), [("en", "not of fit"), ("fr", "pas de la coupe")])
def test_the_page_says_what_it_is_in_the_conversations_language(
    nobody: TestClient, path_of: Callable[..., str], language: str, said: str
) -> None:
    page = nobody.get(path_of(language=language))
    assert said in page.text and "T-shirt Lundi" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_a_photo_comes_back_with_the_product_on_and_is_nowhere_afterwards(
    at_work: TestClient, tryon: TryOn, path_of: Callable[..., str], tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    answer = at_work.post(path_of(fitting=JUMPER), content=large_photo())
    assert answer.status_code == 200, answer.text
    picture = Image.open(BytesIO(answer.content))
    assert picture.format == "PNG" and picture.width == 1024
    assert CANARY not in answer.content
    assert list(tryon.tmp.iterdir()) == []
    assert find_in_files(CANARY, tmp_path, tmp_path_factory.getbasetemp()) == []
    assert find_in_open_files(CANARY, tryon.process.pid) == []
    assert CANARY.decode() not in tryon.log.read_text()


def test_the_page_says_who_makes_the_picture_where_the_photo_leaves(
    nobody: TestClient, path_of: Callable[..., str]
) -> None:
    page = nobody.get(path_of(language="fr", fitting=replace(JUMPER, engine="server"))).text
    assert "exploité par la boutique elle-même" in page and "disparaît avec la réponse" not in page
    assert "chez FASHN AI" in nobody.get(path_of(language="fr", fitting=replace(JUMPER, engine="fashn"))).text


def test_a_picture_that_an_ai_makes_is_called_no_simulation_of_colour(
    nobody: TestClient, path_of: Callable[..., str]
) -> None:
    page = nobody.get(path_of(fitting=replace(JUMPER, engine="fashn"))).text
    assert "Made by an AI: it shows neither fit nor size." in page and "made by an AI\"" in page
    assert "data-by-ai" in page and "simulation" not in page
    own = nobody.get(path_of(fitting=JUMPER)).text
    assert "simulation of colour" in own and "AI" not in own and "data-by-ai" not in own


def test_a_photo_that_will_not_do_is_refused_with_what_helps(
    at_work: TestClient, tryon: TryOn, path_of: Callable[..., str]
) -> None:
    answer = at_work.post(path_of(language="fr"), content=b"%PDF-1.7")
    assert answer.status_code == 422
    assert answer.json()["reason"] == "not_a_photo" and "HEIC" in answer.json()["sentence"]
    out = BytesIO()
    Image.new("RGB", (600, 600), (120, 130, 140)).save(out, "PNG")
    assert "nobody" in at_work.post(path_of(), content=out.getvalue()).json()["sentence"]
    in_long_sleeves = (PICTURES / "elif-front.jpg").read_bytes()  # both arms are seen whole, to the wrists
    assert at_work.post(path_of(fitting=TEE), content=in_long_sleeves).json()["reason"] == "top_too_large"


def test_a_link_is_good_for_some_photos(nobody: TestClient, path_of: Callable[..., str]) -> None:
    reasons = [nobody.post(path_of("l-2"), content=b"x").json()["reason"] for _ in range(PHOTOS_A_LINK + 1)]
    assert reasons == ["unavailable"] * PHOTOS_A_LINK + ["rate_limited"]  # nobody listens there


@pytest.mark.parametrize(
    ("language", "said", "others"), [("en", "our side", "Many people"), ("fr", "de chez nous", "Beaucoup de monde")]
)
def test_says_that_it_is_our_side_where_nothing_makes_the_picture(
    nobody: TestClient, path_of: Callable[..., str], language: str, said: str, others: str
) -> None:
    sentence = nobody.post(path_of(language=language), content=b"x").json()["sentence"]
    assert said in sentence and others not in sentence


def test_too_much_is_refused(nobody: TestClient, path_of: Callable[..., str]) -> None:
    assert nobody.post(path_of("l-3"), content=bytes(16_000_001)).json()["reason"] == "too_large"


@pytest.mark.parametrize(("link", "reason"), [("", "too_large"), ("x", "link_invalid")])
def test_a_refusal_waits_until_all_is_sent_as_nothing_that_sends_listens_before(
    services: Services, path_of: Callable[..., str], link: str, reason: str
) -> None:
    app, port = FastAPI(), find_free_port()
    app.include_router(build_try_on_router(services))
    with serving(app, port), socket.create_connection(("127.0.0.1", port), 10) as sending:
        head = (f"POST {path_of('l-6')}{link} HTTP/1.1", "Host: here", "Connection: close", "Content-Length: 18000000")
        sending.sendall("\r\n".join((*head, "", "")).encode() + bytes(17_000_000))
        sending.settimeout(0.5)
        with pytest.raises(TimeoutError):
            sending.recv(1)
        sending.settimeout(10)
        sending.sendall(bytes(1_000_000))
        assert reason in sending.makefile("rb").read().decode()


def test_photos_that_never_arrive_keep_nobody_else_out(
    services: Services, path_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(try_on_pages, "_MOST_SECONDS", 0.3)
    app, port = FastAPI(), find_free_port()
    app.include_router(build_try_on_router(services))
    with serving(app, port), ExitStack() as held:
        hanging = [held.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(8)]
        for each in hanging:
            head = ("Host: here", "Connection: close", "Content-Length: 1000")
            each.sendall("\r\n".join((f"POST {path_of('l-4', 'fr')} HTTP/1.1", *head, "", "")).encode())
        for each in hanging:
            assert "trop de temps" in each.makefile("rb").read().decode()
        answer = requests.post(f"http://127.0.0.1:{port}{path_of('l-5')}", data=bytes(16_000_001), timeout=10)
        assert answer.json()["reason"] == "too_large"


def test_photos_in_work_keep_the_chat_from_nothing(
    services: Services, path_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    are_made = Event()
    in_work = Semaphore(0)

    def take_long(*_: object) -> bytes:
        in_work.release()
        are_made.wait(20)
        return b"picture"

    monkeypatch.setattr(try_on_pages, "put_on", take_long)
    app, port, few = FastAPI(), find_free_port(), ThreadPoolExecutor(2)  # as on a small machine
    app.include_router(build_try_on_router(services))

    @app.get("/chat")
    async def answer() -> str:
        asyncio.get_running_loop().set_default_executor(few)
        return await asyncio.to_thread(lambda: "the chat's call")

    with few, ThreadPoolExecutor(8) as shoppers, serving(app, port):
        requests.get(f"http://127.0.0.1:{port}/chat", timeout=5)
        sent = [shoppers.submit(requests.post, f"http://127.0.0.1:{port}{path_of(f'l-{nth}')}", data=b"x", timeout=30)
                for nth in range(8)]
        for _ in sent:
            assert in_work.acquire(timeout=20)
        try:
            assert requests.get(f"http://127.0.0.1:{port}/chat", timeout=5).json() == "the chat's call"
        finally:
            are_made.set()
        assert [each.result().content for each in sent] == [b"picture"] * len(sent)


@pytest.mark.parametrize(("language", "said"), [("en", "stays on this device"), ("fr", "reste sur cet appareil")])
def test_a_page_whose_browser_makes_the_picture_says_so_and_may_compile_its_runtime(
    nobody: TestClient, path_of: Callable[..., str], language: str, said: str
) -> None:
    page = nobody.get(path_of(language=language, fitting=GLASSES))
    assert said in page.text and "Poète" in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' 'wasm-unsafe-eval'" in policy and "connect-src 'self'" in policy
    assert "'unsafe-eval'" not in policy.replace("'wasm-unsafe-eval'", "")
    assert "camera=(self)" in page.headers["permissions-policy"]


def test_says_of_a_hat_that_its_look_is_simulated_and_not_its_size(
    nobody: TestClient, path_of: Callable[..., str]
) -> None:
    page = nobody.get(path_of(fitting=HAT)).text
    assert "not of the size" in page and "not of fit" not in page


@pytest.mark.parametrize("fitting", [TEE, GLASSES, replace(HAT, engine=IN_BROWSER)])
@pytest.mark.parametrize(("language", "asks"), [
    ("en", "For the size, ask in the chat."), ("fr", "Pour la taille, demandez dans la conversation."),
])
def test_what_is_known_of_the_size_stands_beside_what_the_picture_is(
    nobody: TestClient, services: Services, fitting: Fitting, language: str, asks: str
) -> None:
    pages = []
    for size in ("Very likely M in it: you kept 3 of 3.", ""):
        link = make_link(services.settings, fitting, language, "l-1", services.clock(), size=size)
        pages.append(nobody.get(link.removeprefix(services.settings.public_url)).text)
    told, unknown = (re.search(r'<span (?:id|data-prevenant)="size">(.*?)</span>', each) for each in pages)
    assert told and told.group(1) == "Very likely M in it: you kept 3 of 3."
    assert unknown and unknown.group(1) == asks


def pairs_of(page: str) -> list[dict[str, str]]:
    told = re.search(r'<script type="application/json" id="page">(.*?)</script>', page)
    assert told
    return json.loads(told.group(1))["pairs"]  # type: ignore[no-any-return]


def test_the_pair_that_was_asked_for_comes_first_even_where_the_engine_does_not_list_it(
    nobody: TestClient, path_of: Callable[..., str]
) -> None:
    listed = pairs_of(nobody.get(path_of(fitting=GLASSES)).text)
    unlisted = pairs_of(nobody.get(path_of(fitting=replace(GLASSES, slug="the-thirteenth"))).text)
    assert (listed[0]["slug"], listed[0]["colour"]) == (GLASSES.slug, GLASSES.colour) and listed[0]["product"]
    assert (unlisted[0]["slug"], unlisted[0]["product"]) == ("the-thirteenth", GLASSES.product_ref)
    assert listed[0]["title"] == "Try on Poète" and listed[0]["alt"] == "You, with Poète: a simulation"
    assert listed[1]["mirror"].endswith(f"with {listed[1]['name']} ({listed[1]['colourName']}): a simulation")
    assert len(unlisted) > 1 and len({(each["slug"], each["colour"]) for each in unlisted}) == len(unlisted)


def test_the_page_opens_with_its_one_pair_while_the_engine_is_away(
    services: Services, path_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(services.commerce, "search_products", away)
    for client in _open_site(services):
        assert [each["slug"] for each in pairs_of(client.get(path_of(fitting=GLASSES)).text)] == [GLASSES.slug]


def test_another_pairs_broken_record_takes_no_page_away(
    services: Services, path_of: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "lunettes-papillon-premiere.burgundy.json").write_text("{")
    settings = replace(services.settings, try_on_records=str(tmp_path))
    for client in _open_site(replace(services, settings=settings)):
        assert [each["slug"] for each in pairs_of(client.get(path_of(fitting=GLASSES)).text)] == [GLASSES.slug]


def test_gives_glasses_and_takes_no_photo_where_the_consent_said_that_none_is_sent(
    at_work: TestClient, tryon: TryOn, settings: Settings, path_of: Callable[..., str]
) -> None:
    assert at_work.post(path_of(fitting=GLASSES), content=large_photo()).json()["reason"] == "link_invalid"
    signed = sign_fitting(settings, GLASSES, "en")
    behind = requests.post(f"{tryon.url}/try-on", data=large_photo(), headers=signed, timeout=20)
    assert behind.json()["reason"] == "link_invalid"
    front = at_work.get(f"{path_of(fitting=GLASSES)}/front?slug=lunettes-papillon-premiere&colour=burgundy")
    assert Image.open(BytesIO(front.content)).mode == "RGBA"
    assert set(json.loads(front.headers["x-front"])) == {"mode", "bridge", "arm", "share"}
    hat = at_work.get(f"{path_of(fitting=replace(HAT, engine=IN_BROWSER))}/front?slug={HAT.slug}&colour={HAT.colour}")
    told = json.loads(hat.headers["x-front"])
    assert told["mode"] == "hat" and told["rim_left"][0] < told["rim_front"][0] < told["rim_right"][0]
    for path, status in ((path_of(fitting=TEE), 404), (path_of(fitting=GLASSES)[:-3], 410)):
        assert at_work.get(f"{path}/front?slug=lunettes-papillon-premiere&colour=burgundy").status_code == status
    assert at_work.get(f"{path_of(fitting=GLASSES)}/front?slug=..%2Fx&colour=burgundy").status_code == 404
    for slug, colour in (("lunettes-papillon-premiere", "chartreuse"), ("made-up", "gold"), (HAT.slug, HAT.colour)):
        asked = at_work.get(f"{path_of(fitting=GLASSES)}/front", params={"slug": slug, "colour": colour})
        assert asked.status_code == 404
    assert requests.get(f"{tryon.url}/front", timeout=5).status_code == 404


def test_a_link_gives_glasses_so_often_and_no_more(
    nobody: TestClient, path_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(try_on_browser, "_FRONTS_A_LINK", 3)
    statuses = [nobody.get(f"{path_of(fitting=GLASSES)}/front?slug={GLASSES.slug}&colour={GLASSES.colour}").status_code
                for _ in range(4)]
    assert statuses == [503, 503, 503, 429]  # nobody listens there


def test_a_link_looks_for_glasses_that_nobody_has_so_often_and_no_more(
    nobody: TestClient, path_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(try_on_browser, "_FRONTS_A_LINK", 2)
    asked = f"{path_of(fitting=GLASSES)}/front?slug=made-up&colour=gold"
    assert [nobody.get(asked).status_code for _ in range(3)] == [404, 404, 429]


def test_the_fronts_of_a_shop_with_records_are_those_that_it_has(
    services: Services, path_of: Callable[..., str], tmp_path: Path
) -> None:
    settings = replace(
        services.settings, try_on_records=str(tmp_path), try_on_url=f"http://127.0.0.1:{find_free_port()}"
    )
    for client in _open_site(replace(services, settings=settings)):
        asked = f"{path_of(fitting=GLASSES)}/front?slug=lunettes-papillon-premiere&colour=burgundy"
        assert client.get(asked).status_code == 404


OTHERS_WORD = replace(GLASSES, product_type="lunettes_de_soleil", colour="", recorded_as="glasses")


@pytest.mark.parametrize(("colour", "name"), [("", GLASSES.slug), ("Black/White", f"{GLASSES.slug}.Black-White")])
def test_a_pair_is_given_by_its_record_whatever_its_type_and_colour_are_called(
    services: Services, path_of: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    colour: str, name: str,
) -> None:
    write_record(tmp_path, Record(GLASSES.slug, colour, "glasses", {"bridge": (1.0, 2.0)}))
    assert (tmp_path / f"{name}.json").is_file()
    asked: list[Fitting] = []
    monkeypatch.setattr(
        try_on_browser, "_fetch_front", lambda _settings, fitting, _language: asked.append(fitting) or Response()
    )
    settings = replace(services.settings, try_on_records=str(tmp_path))
    for client in _open_site(replace(services, settings=settings)):
        path = path_of(fitting=OTHERS_WORD)
        (pair,) = pairs_of(client.get(path).text)
        assert pair["slug"] == GLASSES.slug and pair["title"] == "Try on Poète"
        assert client.get(f"{path}/front", params={"slug": GLASSES.slug, "colour": colour}).status_code == 200
    assert [(each.slug, each.colour, each.kind) for each in asked] == [(GLASSES.slug, colour, "glasses")]


def test_a_front_that_cannot_be_had_at_the_moment_is_no_old_link(
    services: Services, path_of: Callable[..., str], httpserver: HTTPServer
) -> None:
    settings = replace(services.settings, try_on_url=httpserver.url_for(""))
    httpserver.expect_ordered_request("/front").respond_with_data(status=500)
    httpserver.expect_ordered_request("/front").respond_with_data(status=404)
    for client in _open_site(replace(services, settings=settings)):
        asked = f"{path_of(fitting=GLASSES)}/front?slug={GLASSES.slug}&colour={GLASSES.colour}"
        assert [client.get(asked).status_code for _ in range(2)] == [503, 404]


def test_gives_parts_and_networks_under_their_version_and_nothing_else(
    nobody: TestClient, path_of: Callable[..., str]
) -> None:
    found = re.search(r"/try-on-parts/[0-9a-f]{12}/", nobody.get(path_of(fitting=GLASSES)).text)
    assert found
    network = nobody.get(f"{found.group()}face_landmark.tflite")
    assert network.status_code == 200 and "immutable" in network.headers["cache-control"]
    for path in ("requirements.stamp", "..%2F..%2Fdemo.env", "iris_landmark.tflite", "nothing.js"):
        assert nobody.get(found.group() + path).status_code == 404
    assert nobody.get("/try-on-parts/000000000000/face_landmark.tflite").status_code == 404


def test_agrees_to_the_servers_way_for_nobody_who_was_not_asked(
    nobody: TestClient, path_of: Callable[..., str]
) -> None:
    for path in (path_of(fitting=TEE), path_of(fitting=GLASSES), "/try-on/nothing"):
        assert nobody.post(f"{path}/agree", json={"version": VERSION}).status_code == 404


def test_agrees_for_nobody_who_was_erased_since(nobody: TestClient, services: Services) -> None:
    erased, here = Asked("c-erased", "web"), replace(GLASSES, engine=IN_BROWSER)
    link = make_link(services.settings, here, "en", "l-1", services.clock(), erased)
    path = link.removeprefix(services.settings.public_url)
    assert nobody.post(f"{path}/agree", json={"version": VERSION}).status_code == 404


def test_agrees_to_the_servers_way_only_in_the_words_that_the_page_showed(
    nobody: TestClient, services: Services
) -> None:
    asked, here = Asked("c-1", "web"), replace(GLASSES, engine=IN_BROWSER)
    path = make_link(services.settings, here, "fr", "l-1", services.clock(), asked).removeprefix(
        services.settings.public_url
    )
    assert nobody.post(f"{path}/agree", json={"version": "try-on-1"}).status_code == 409
    with services.store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(consents)) == 0
    told = nobody.get(path).text
    assert VERSION in told and "l’allure, pas la taille" in told
