"""The nginx of docs/running.md before the real site: photos pass through memory, sockets open, and it says who asks."""

import asyncio
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import requests
import socketio
from PIL import Image
from requests.adapters import HTTPAdapter

from bot.bootstrap import PROJECT, Services
from bot.channels.web import routes
from bot.service.try_on import Fitting, make_link
from bot.service.wearing import most_seconds
from bot.site import compose
from tests.conftest import miss
from tests.servers.asgi import serving
from tests.servers.nginx import Nginx, find_nginx, run_nginx
from tests.servers.ports import find_free_port
from tests.servers.tryon import PHOTOS, TryOn

EXAMPLE = re.findall(r"```nginx\n(.*?)```", (PROJECT / "docs" / "running.md").read_text(), re.DOTALL)[0]
JUMPER = Fitting("pull-col-rond-contrepoint", "sweater", "navy", "plain", "merino", "Pull Contrepoint")
ON_DISK = "buffered to a temporary file"


@pytest.fixture
def open_nginx(services: Services, tryon: TryOn, tmp_path: Path) -> Iterator[Callable[[str], Nginx]]:
    """Starts nginx with a configuration before one site with try-on."""
    if not find_nginx():
        miss("nginx (apt-get install nginx-light)")
    port = find_free_port()
    settings = replace(services.settings, mode="production", trusted_proxies="127.0.0.1", try_on_url=tryon.url)
    with ExitStack() as stack:
        stack.enter_context(serving(compose(replace(services, settings=settings)), port))
        yield lambda example: stack.enter_context(run_nginx(example, port, tmp_path / f"nginx-{len(example)}"))


def open_client(nginx: Nginx, address: str = "127.0.0.1") -> requests.Session:
    """A browser at an address of this machine."""

    class From(HTTPAdapter):
        def init_poolmanager(self, *given: int, **more: object) -> None:
            super().init_poolmanager(*given, **more, source_address=(address, 0))

    client = requests.Session()
    client.mount("https://", From())
    client.verify, client.trust_env = str(nginx.certificate), False  # REQUESTS_CA_BUNDLE would win over it
    return client


def wear(services: Services, nginx: Nginx, photo: bytes) -> requests.Response:
    """Try a jumper on, as the page does."""
    link = make_link(services.settings, JUMPER, "en", "l-1", services.clock())
    path = link.removeprefix(services.settings.public_url)
    with open_client(nginx) as client:
        return client.post(nginx.url + path, data=photo, timeout=60)


def make_photo() -> bytes:
    """More than the megabyte that nginx takes when it is left to itself."""
    out = BytesIO()
    Image.open(PHOTOS / "astronaut.png").convert("RGB").resize((2600, 2600)).save(out, "JPEG", quality=97)
    assert len(out.getvalue()) > 1_048_576
    return out.getvalue()


def test_a_photo_and_its_picture_are_on_no_disk(services: Services, open_nginx: Callable[[str], Nginx]) -> None:
    nginx = open_nginx(EXAMPLE)
    answer = wear(services, nginx, make_photo())
    assert answer.status_code == 200, answer.text
    assert len(answer.content) > 100_000
    assert ON_DISK not in nginx.read_log()
    careless = open_nginx(EXAMPLE.replace("proxy_request_buffering off;", ""))
    assert wear(services, careless, make_photo()).status_code == 200
    assert ON_DISK in careless.read_log()  # so it would have been said


def test_the_page_itself_says_that_a_photo_is_too_large(
    services: Services, open_nginx: Callable[[str], Nginx]
) -> None:
    answer = wear(services, open_nginx(EXAMPLE), bytes(20_000_000))
    assert (answer.status_code, answer.json()["reason"]) == (422, "too_large")


def test_the_proxy_waits_for_a_picture_longer_than_the_slowest_engine_takes() -> None:
    (waits,) = re.findall(r"location /try-on/ \{[^}]*proxy_read_timeout (\d+)s;", EXAMPLE)
    assert int(waits) > most_seconds(replace(JUMPER, engine="fashn"))


def test_who_asks_is_told_apart_and_a_made_up_address_is_dropped(
    monkeypatch: pytest.MonkeyPatch, open_nginx: Callable[[str], Nginx]
) -> None:
    monkeypatch.setattr(routes, "SESSIONS_A_MINUTE", 1)
    nginx = open_nginx(EXAMPLE)
    with open_client(nginx) as first:
        codes = [
            first.post(f"{nginx.url}/widget/session", headers={"X-Forwarded-For": made_up}, timeout=10).status_code
            for made_up in ("198.51.100.7", "198.51.100.8")
        ]
    assert codes == [200, 429]
    try:
        with open_client(nginx, "127.0.0.2") as other:
            assert other.post(f"{nginx.url}/widget/session", timeout=10).status_code == 200
    except requests.ConnectionError:
        pytest.skip("this machine has one loopback address")


def test_the_widgets_socket_opens(open_nginx: Callable[[str], Nginx]) -> None:
    nginx = open_nginx(EXAMPLE)
    with open_client(nginx) as page:
        session = page.post(f"{nginx.url}/widget/session", timeout=10).json()["session"]

    async def enter() -> str:
        client = socketio.AsyncClient(reconnection=False, ssl_verify=False)
        ready: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        client.on("ready", ready.set_result)
        await client.connect(nginx.url, auth={"session": session}, transports=["websocket"])
        await asyncio.wait_for(ready, 10)
        transport = client.transport()
        await client.disconnect()
        return str(transport)

    assert asyncio.run(enter()) == "websocket"
