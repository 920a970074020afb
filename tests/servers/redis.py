"""A Redis server of one test run: found on this machine, in memory alone, stopped at the end."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.ports import find_free_port

_START_SECONDS = 10


def find_redis() -> str:
    """The server's program; "" without."""
    return shutil.which("redis-server") or ""


@contextmanager
def run_redis(program: str) -> Iterator[str]:
    """A server of its own on a free port of the loopback, which keeps nothing on disk; gives its URL."""
    port = find_free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait(server, port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("Redis did not start")
