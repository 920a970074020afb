"""Behind the process `tryon`: the photo that is worked on, in a process of its own that ends where it takes too long.

    tryon_site --(a task: photo, product)--> this process --(picture, or the reason of a no)--> tryon_site

What is stuck inside a network or a picture library hears of no deadline. So the system's own alarm ends the process,
and takes with it the photo and all memory; the next photo finds a fresh one. Photos pass through a pipe, no file.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import cv2
import structlog

from bot.contracts.messages import Language
from bot.errors import FixConfiguration, NotAllowed
from bot.logs import set_up_logs
from bot.service.try_on import Fitting, draws_fittings
from bot.settings import Settings
from bot.storefront.fitting_records import draw_fitting
from bot.tryon.engine import Garment, check, try_on
from bot.tryon.models import Models, open_models
from bot.tryon.photo import Picture, read_photo
from bot.tryon.record import name_record
from bot.tryon.wardrobe import open_garment

log = structlog.get_logger()
_PROJECT = Path(__file__).parents[1]  # not from bootstrap, which opens everything that this process does without
MOST_SECONDS = 15  # of work on a photo, most take less than one; whoever waits for it hangs up after 20
Wardrobe = Callable[[Fitting], Garment]


class Desk(Protocol):
    """Where photos are worked on, one after the other."""

    def wear(self, data: bytes, fitting: Fitting, language: Language) -> bytes:
        """A PNG of the person with it on. NotAllowed with the reason of a no."""

    def check(self, data: bytes, fitting: Fitting) -> Picture:
        """The photo, having passed the gates: none that would be refused here is sent anywhere. NotAllowed as above."""


class ForgetfulDesk(Desk, Protocol):
    """A desk whose memory outlives a photo."""

    def forget(self) -> None:
        """Keep nothing of the last photo."""


@dataclass(frozen=True)
class OwnDesk:
    """The work itself."""

    models: Models
    wardrobe: Wardrobe

    def wear(self, data: bytes, fitting: Fitting, language: Language) -> bytes:
        """As `Desk` has it."""
        return try_on(data, self.wardrobe(fitting), language, self.models)

    def check(self, data: bytes, fitting: Fitting) -> Picture:
        """As `Desk` has it."""
        photo = read_photo(data)
        check(photo, self.wardrobe(fitting), self.models)
        return photo

    def forget(self) -> None:
        """Leave nothing of the last photo in the networks: they hold what they read until they read anew."""
        self.models.forget()


class DeskElsewhere:
    """A desk in another process, begun anew where that has ended."""

    def __init__(self, command: Sequence[str] = (sys.executable, "-m", "bot.tryon_worker")) -> None:
        """Starts it and waits until it can work; its last argument is the pipe's number.

        FixConfiguration where it does not start.
        """
        self._command, self._lock = tuple(command), Lock()
        self._start()
        try:
            self._wait_until_ready()
        except EOFError as error:
            raise FixConfiguration("the process that works on photos does not start: see above why") from error

    def wear(self, data: bytes, fitting: Fitting, language: Language) -> bytes:
        """As `Desk` has it; NotAllowed("took_too_long") where it did, "unavailable" where the process broke down."""
        made: bytes = self._ask("wear", data, fitting, language)
        return made

    def check(self, data: bytes, fitting: Fitting) -> Picture:
        """As `wear`, of the gates alone."""
        photo: Picture = self._ask("check", data, fitting)
        return photo

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._end()

    def _ask(self, *task: object) -> Any:
        with self._lock:
            if self._process.poll() is not None:
                self._pipe.close()
                self._start()
            try:
                self._wait_until_ready()
                self._pipe.send(task)
                reason, made = self._pipe.recv()
            except (EOFError, OSError) as error:
                raise NotAllowed(self._why_it_ended()) from error
            except BaseException:  # an answer that was not read whole would be taken for the next photo's
                self._begin_anew()
                raise
        if reason:
            raise NotAllowed(reason)
        return made

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                (*self._command, str(theirs.fileno())), pass_fds=(theirs.fileno(),), cwd=_PROJECT
            )
        self._pipe, self._is_ready = Connection(ours.detach()), False

    def _wait_until_ready(self) -> None:
        """Returns when it can work, whenever that was. EOFError where it ended before."""
        if not self._is_ready:
            self._pipe.recv()
            self._is_ready = True

    def _why_it_ended(self) -> str:
        self._end()
        status = self._process.returncode
        log.warning("try_on_worker_ended", status=status)
        self._start()  # while nobody waits for it
        return "took_too_long" if status == -signal.SIGALRM else "unavailable"

    def _begin_anew(self) -> None:
        self._process.kill()
        self._end()
        self._start()

    def _end(self) -> None:
        self._pipe.close()
        try:
            self._process.wait(MOST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve(pipe: Connection, desk: ForgetfulDesk, most_seconds: int = MOST_SECONDS) -> None:
    """Say that it can begin, then work until the pipe is closed. The alarm ends this process, whatever it does then."""
    pipe.send("ready")
    while True:
        try:
            name, *asked = pipe.recv()
        except EOFError:
            return
        signal.alarm(most_seconds)
        answer = _work(desk, name, asked)
        signal.alarm(0)
        pipe.send(answer)
        del asked, answer  # no photo is held while another is waited for
        desk.forget()


def _work(desk: Desk, name: str, asked: list[Any]) -> tuple[str, Any]:
    """The reason of a no, "" for none, and what was made."""
    try:
        return "", getattr(desk, name)(*asked)
    except NotAllowed as error:
        return error.reason, None
    except Exception as error:  # noqa: BLE001  # the outer loop: one bad record or photo must not end it
        if isinstance(error, MemoryError) or getattr(error, "code", 0) == cv2.Error.StsNoMem:
            log.warning("try_on_out_of_memory")
            return "too_large", None
        log.error("try_on_failed", error=type(error).__name__)
        return "unavailable", None


def choose_wardrobe(settings: Settings) -> Wardrobe:
    """What a product is tried on with: the shop's records; the demo's drawings where it keeps none."""
    if draws_fittings(settings):
        return draw_fitting
    folder = _PROJECT / settings.try_on_records if settings.try_on_records else None

    def open_record(fitting: Fitting) -> Garment:
        garment = open_garment(folder, name_record(fitting.slug, fitting.colour)) if folder else None
        if garment is None:  # its record was taken away since the link was made
            raise NotAllowed("link_invalid")
        return garment

    return open_record


def main() -> None:
    """Work for whoever holds the other end of the pipe; memory and core dumps are bounded by who started this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pipe's end is the end
    settings = Settings.from_env(os.environ)
    set_up_logs(settings.log_level)
    models = open_models(_PROJECT / settings.try_on_models)
    serve(Connection(int(sys.argv[1])), OwnDesk(models, choose_wardrobe(settings)))


if __name__ == "__main__":
    main()
