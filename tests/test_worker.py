"""The worker's loops: they rest without work, go on at once with it, and are woken by who makes work for them."""

import time
from threading import Event, Thread

from bot.worker import Loop


def test_rests_between_looks_at_nothing():
    looks, stop = [], Event()
    _run_for(Loop("idle", lambda: looks.append(1) or 0, rest_seconds=0.1), stop, seconds=0.25)
    assert 1 <= len(looks) <= 4


def test_goes_on_at_once_while_there_is_work():
    looks, stop = [], Event()
    _run_for(Loop("busy", lambda: looks.append(1) or (len(looks) < 50), rest_seconds=0.1), stop, seconds=0.05)
    assert len(looks) >= 50


def test_rests_no_longer_when_its_bell_rings():
    looked, bell, stop = Event(), Event(), Event()
    loop = Loop("woken", lambda: looked.set() or 0, rest_seconds=60, bell=bell)
    thread = Thread(target=loop.run, args=(stop,))
    thread.start()
    assert looked.wait(5)
    looked.clear()
    bell.set()
    assert looked.wait(5), "it slept on"
    stop.set()
    bell.set()
    thread.join(5)
    assert not thread.is_alive()


def _run_for(loop: Loop, stop: Event, seconds: float) -> None:
    thread = Thread(target=loop.run, args=(stop,))
    thread.start()
    time.sleep(seconds)
    stop.set()
    thread.join(1)
