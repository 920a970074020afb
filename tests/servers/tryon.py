"""The process `tryon` as `prevenant run` starts it, with its log and its temporary folder where a test can look."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.processes import try_on_processes, wait_until_ready
from bot.settings import Settings
from tests.conftest import miss
from tests.servers.ports import find_free_port

PHOTOS = Path("var/tryon-photos")
_READY_SECONDS, _END_SECONDS = 150, 20  # two interpreters, one after the other, on a busy machine


@dataclass(frozen=True)
class TryOn:
    """A running process, where it listens, what it wrote and where it could write."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path
    tmp: Path


@contextmanager
def run_tryon(secrets: Mapping[str, str], folder: Path) -> Iterator[TryOn]:
    """It listens on a free port of the loopback until the block ends."""
    if not (PHOTOS / "requirements.stamp").is_file():
        miss("what try-on runs with (scripts/setup.sh test)")
    url, log, tmp = f"http://127.0.0.1:{find_free_port()}", folder / "tryon.log", folder / "tmp"
    tmp.mkdir()
    named = {f"PREVENANT_{name.upper()}": each for name, each in secrets.items()}
    environ = {**os.environ, "TMPDIR": str(tmp), **named}
    (started,) = try_on_processes(Settings(try_on_url=url), environ)
    with log.open("wb") as told, subprocess.Popen(
        started.command, env=dict(started.environ), stdout=told, stderr=told
    ) as running:
        try:
            is_ready = wait_until_ready(started, _READY_SECONDS, is_over=lambda: running.poll() is not None)
            assert is_ready, f"not ready within {_READY_SECONDS} s: {log.read_text()}"
            yield TryOn(running, url, log, tmp)
        finally:
            _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """Leaving its block waits for the process for ever."""
    running.terminate()
    try:
        running.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        running.kill()


def find_in_open_files(word: bytes, *pids: int) -> list[Path]:
    """The files that processes, and those they started, have open and that hold the word."""
    every = [each for pid in pids for each in _with_children(pid)]
    held = {each.resolve() for pid in every for each in Path(f"/proc/{pid}/fd").iterdir()}
    return [each for each in held if each.is_file() and word in each.read_bytes()]


def find_in_files(word: bytes, *folders: Path) -> list[Path]:
    """The files of folders that hold the word."""
    return [
        file for folder in folders for file in folder.rglob("*") if file.is_file() and word in file.read_bytes()
    ]


def _with_children(pid: int) -> list[int]:
    """It, and whatever any thread of it started."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for each in threads for child in (each / "children").read_text().split()]
    return [pid, *(below for child in children for below in _with_children(child))]
