"""The process `tryon`: who waits for a turn, and whose photo is not begun any more."""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

import numpy as np
import pytest
import requests

from bot import tryon_site
from bot.contracts.messages import Language
from bot.errors import NotAllowed
from bot.service.try_on import REASONS, Fitting
from bot.service.wearing import most_seconds
from bot.storefront.fitting_records import draw_fitting
from bot.tryon.elsewhere import MOST_SECONDS as MOST_SECONDS_ELSEWHERE
from bot.tryon.engines.protocol import Job, JobId, Outcome
from bot.tryon.photo import Picture
from bot.tryon_worker import MOST_SECONDS
from tests.servers.asgi import serving
from tests.servers.ports import find_free_port

_FITTING = Fitting("bonnet", "hat", "navy", "plain", "wool", "Bonnet")
_HEADERS = {"Authorization": "Bearer s", "X-Fitting": json.dumps({**asdict(_FITTING), "language": "en"})}


@dataclass
class SlowDesk:
    """Works on the first photo until it is told to go on; notes what it was given."""

    given: list[bytes] = field(default_factory=list)
    has_first: threading.Event = field(default_factory=threading.Event)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def wear(self, data: bytes, fitting: Fitting, language: Language) -> bytes:
        self.given.append(data)
        self.has_first.set()
        self.may_go_on.wait(30)
        return b"made"

    def check(self, data: bytes, fitting: Fitting) -> Picture:
        raise NotAllowed("no_person")


@pytest.fixture
def desk() -> SlowDesk:
    return SlowDesk()


@pytest.fixture
def send(desk: SlowDesk) -> Iterator[Callable[[bytes, float], Future[requests.Response]]]:
    """Sends a photo, hanging up after some seconds; the first is in work when it returns."""
    port = find_free_port()
    with serving(tryon_site.compose("s", desk, draw_fitting), port), ThreadPoolExecutor(4) as pool:

        def start(data: bytes, seconds: float = 30) -> Future[requests.Response]:
            url = f"http://127.0.0.1:{port}/try-on"
            asked = pool.submit(requests.post, url, data=data, headers=_HEADERS, timeout=seconds)
            assert desk.has_first.wait(30)
            return asked

        yield start
        desk.may_go_on.set()


def test_a_photo_whose_shopper_hung_up_is_not_begun(
    desk: SlowDesk, send: Callable[..., Future[requests.Response]]
) -> None:
    first, gone = send(b"first"), send(b"gone", 0.5)
    with pytest.raises(requests.ReadTimeout):
        gone.result()
    desk.may_go_on.set()
    assert first.result().content == b"made"
    assert send(b"next").result().content == b"made"
    assert desk.given == [b"first", b"next"]


def test_a_photo_that_waited_too_long_is_told_busy_and_not_begun(
    desk: SlowDesk, send: Callable[..., Future[requests.Response]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tryon_site, "MOST_WAIT_SECONDS", 0.2)
    first, late = send(b"first"), send(b"late")
    threading.Timer(1.5, desk.may_go_on.set).start()
    assert (late.result().status_code, late.result().json()) == (422, {"reason": "busy"})
    assert first.result().content == b"made" and desk.given == [b"first"]
    assert "in a moment" in REASONS["busy"]


def test_what_is_begun_is_done_before_anybody_hangs_up() -> None:
    connecting = 2
    elsewhere = tryon_site.MOST_WAIT_SECONDS_ELSEWHERE + MOST_SECONDS + MOST_SECONDS_ELSEWHERE
    assert most_seconds(_FITTING) - connecting > tryon_site.MOST_WAIT_SECONDS + MOST_SECONDS
    assert most_seconds(Fitting("t", "t-shirt", "navy", "", "", "T", "fashn")) - connecting > elsewhere


class SlowEngine:
    """Makes no picture before it is told to go on."""

    name = "fashn"

    def __init__(self) -> None:
        self.asked = threading.Semaphore(0)
        self.may_go_on = threading.Event()

    def submit(self, person: bytes, garment: bytes, category: str, seed: int, seconds: float) -> Job:
        self.asked.release()
        self.may_go_on.wait(30)
        return Job(JobId("1"))

    def status(self, job: Job, seconds: float) -> Outcome:
        return Outcome("failed")


class QuickDesk:
    """Works at once."""

    def wear(self, data: bytes, fitting: Fitting, language: Language) -> bytes:
        return b"made"

    def check(self, data: bytes, fitting: Fitting) -> Picture:
        return np.zeros((20, 20, 3), np.uint8)


def test_a_slow_engine_elsewhere_keeps_neither_glasses_nor_hats_nor_their_pictures_waiting() -> None:
    engine, port = SlowEngine(), find_free_port()
    top = Fitting("pull-col-rond", "sweater", "navy", "plain", "wool", "Pull", "fashn")
    headers = {**_HEADERS, "X-Fitting": json.dumps({**asdict(top), "language": "en"})}
    url = f"http://127.0.0.1:{port}"
    site = tryon_site.compose("s", QuickDesk(), draw_fitting, engine)
    with serving(site, port), ThreadPoolExecutor(tryon_site.MOST_ELSEWHERE) as pool:
        try:
            sent = [
                pool.submit(requests.post, f"{url}/try-on", data=b"x", headers=headers, timeout=40)
                for _ in range(tryon_site.MOST_ELSEWHERE)
            ]
            assert all(engine.asked.acquire(timeout=30) for _ in sent)
            full = requests.post(f"{url}/try-on", data=b"x", headers=headers, timeout=10)
            assert (full.status_code, full.json()) == (503, {"reason": "busy"})
            assert requests.get(f"{url}/front", headers=_HEADERS, timeout=10).status_code == 200
            assert requests.post(f"{url}/try-on", data=b"x", headers=_HEADERS, timeout=10).content == b"made"
        finally:
            engine.may_go_on.set()
        assert {each.result().json()["reason"] for each in sent} == {"engine_refused"}
