"""Any ASGI app, served as in production by granian, in a thread, for as long as a block lasts."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server


@contextmanager
def serving(app: Any, port: int) -> Iterator[None]:
    """Listens on this machine alone; without the app's lifespan."""
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGINL, log_enabled=False)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=serve, args=(loop, server), daemon=True)
    thread.start()
    _wait_until_up(port)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(timeout=10)


def serve(loop: asyncio.AbstractEventLoop, server: Server) -> None:
    """Until it is stopped; what still watches for answers then is of no use any more."""
    loop.run_until_complete(server.serve())
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=0.5))
    loop.run_until_complete(loop.shutdown_default_executor(1))
    loop.close()


def _wait_until_up(port: int) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")
