"""A proxy that fails as networks do: before a call arrives, or after it did, when only the answer is lost."""

import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from threading import Lock, Thread

import requests

KINDS = ("error_before", "error_after", "reset_before", "reset_after", "silence_after", "drip")
_KEPT = ("content-type", "authorization", "vendure-api-key")
_BACK = ("content-type", "vendure-auth-token")


@dataclass
class FaultProxy:
    """What stands between: a share of the calls fails, each in one of `kinds`; 0 lets everything through."""

    target: str
    rng: Random
    share: float = 0.0
    kinds: Sequence[str] = KINDS
    silence_seconds: float = 2.0
    url: str = ""
    faults: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def choose(self) -> str:
        """How the next call fails; "" not at all."""
        with self.lock:
            kind = self.rng.choice(self.kinds) if self.rng.random() < self.share else ""
            self.faults[kind or "none"] += 1
            return kind


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: FaultProxy

    def do_POST(self) -> None:  # the library's name
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.proxy.choose()
        if kind == "reset_before":
            return self._reset()
        if kind == "error_before":
            return self._answer(503, b"unavailable", {})
        headers = {name: value for name, value in self.headers.items() if name.lower() in _KEPT}
        said = requests.post(f"{self.proxy.target}{self.path}", data=body, headers=headers, timeout=60)
        back = {name: said.headers[name] for name in _BACK if name in said.headers}
        if kind == "reset_after":
            return self._reset()
        if kind == "error_after":
            return self._answer(502, b"bad gateway", {})
        if kind == "silence_after":
            time.sleep(self.proxy.silence_seconds)
            return self._reset()
        return self._answer(said.status_code, said.content, back, drips=kind == "drip")

    def _answer(self, status: int, body: bytes, headers: dict[str, str], *, drips: bool = False) -> None:
        try:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in [body] if not drips else [body[:1], body[1:2], body[2:]]:
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.05 if drips else 0)
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def _reset(self) -> None:
        """The connection is gone without a word, as when a machine dies."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def log_message(self, *_args: object) -> None:
        """Says nothing: a fault is what is wanted here."""


@contextmanager
def run_fault_proxy(target: str, seed: int) -> Iterator[FaultProxy]:
    """The proxy before `target`, until this is left; without faults until a share is set."""
    proxy = FaultProxy(target, Random(seed))
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # resets are made on purpose
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
