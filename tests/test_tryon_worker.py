"""The photo that is worked on: what is stuck ends within its time, is told plainly, and the next one is served."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.errors import NotAllowed
from bot.service.try_on import REASONS, Fitting
from bot.storefront.fitting_records import draw_fitting
from bot.tryon_site import compose
from bot.tryon_worker import DeskElsewhere

_FITTING = Fitting("bonnet", "hat", "navy", "plain", "wool", "Bonnet")
_WORKER = """
import os, sys
import cv2
from multiprocessing.connection import Connection
from bot.errors import NotAllowed
from bot.tryon_worker import serve

class Desk:
    def wear(self, data, fitting, language):
        if data == b"stuck":
            held = bytearray(50_000_000)
            sum(range(10 ** 15))  # one call in C: nothing in this process interrupts it
        if data == b"broken":
            os._exit(3)
        if data == b"nobody":
            raise NotAllowed("no_person")
        if data == b"broken record":
            raise ValueError("what it says is no number")
        if data == b"no memory":
            error = cv2.error("OpenCV(-4) insufficient memory")
            error.code = cv2.Error.StsNoMem
            raise error
        if data.startswith(b"echo"):
            return data
        return b"%d" % os.getpid()

    def forget(self):
        pass

serve(Connection(int(sys.argv[1])), Desk(), most_seconds=1)
"""


@pytest.fixture
def desk() -> Iterator[DeskElsewhere]:
    opened = DeskElsewhere((sys.executable, "-c", _WORKER))
    yield opened
    opened.close()


def test_a_stuck_step_ends_with_its_process_and_the_next_photo_is_served(desk: DeskElsewhere) -> None:
    first = int(desk.wear(b"fine", _FITTING, "en"))
    assert int(desk.wear(b"fine", _FITTING, "en")) == first
    started = time.monotonic()
    with pytest.raises(NotAllowed) as refused:
        desk.wear(b"stuck", _FITTING, "en")
    assert refused.value.reason == "took_too_long" and time.monotonic() - started < 10
    assert not Path(f"/proc/{first}").exists()  # and its memory with it
    assert int(desk.wear(b"fine", _FITTING, "en")) != first


def test_a_no_is_told_and_a_process_that_broke_down_is_our_side(desk: DeskElsewhere) -> None:
    for data, reason in ((b"nobody", "no_person"), (b"broken", "unavailable"), (b"nobody", "no_person")):
        with pytest.raises(NotAllowed) as refused:
            desk.wear(data, _FITTING, "en")
        assert refused.value.reason == reason


def test_what_goes_wrong_with_one_photo_is_our_side_and_ends_nothing(desk: DeskElsewhere) -> None:
    first = desk.wear(b"fine", _FITTING, "en")
    for data, reason in ((b"broken record", "unavailable"), (b"no memory", "too_large")):
        with pytest.raises(NotAllowed) as refused:
            desk.wear(data, _FITTING, "en")
        assert refused.value.reason == reason
    assert desk.wear(b"fine", _FITTING, "en") == first


def test_an_answer_that_was_not_read_is_never_the_next_photos(
    desk: DeskElsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.wear(b"fine", _FITTING, "en")

    def have_no_memory() -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(desk._pipe, "recv", have_no_memory)
        with pytest.raises(MemoryError):
            desk.wear(b"echo: another's picture", _FITTING, "en")
    assert desk.wear(b"echo: mine", _FITTING, "en") == b"echo: mine"
    assert desk.wear(b"fine", _FITTING, "en") != first


def test_who_asks_is_told_that_it_took_too_long(desk: DeskElsewhere) -> None:
    told = json.dumps({**asdict(_FITTING), "language": "fr"})
    headers = {"Authorization": "Bearer s", "X-Fitting": told}
    answer = TestClient(compose("s", desk, draw_fitting)).post("/try-on", content=b"stuck", headers=headers)
    assert (answer.status_code, answer.json()) == (422, {"reason": "took_too_long"})
    assert "too long" in REASONS["took_too_long"]
