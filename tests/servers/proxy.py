"""A proxy before a server on this machine, that adds to X-Forwarded-For whom it was asked by, as nginx does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

_OF_ONE_HOP = {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
ASKED_BY = "X-Test-Asked-By"  # the address that a call pretends to come from: all of this machine's are one


@contextmanager
def run_proxy(url: str) -> Iterator[str]:
    """Its address, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._hand_on()

        def do_POST(self) -> None:
            self._hand_on()

        def _hand_on(self) -> None:
            headers = {name: value for name, value in self.headers.items() if name != ASKED_BY}
            told = [self.headers.get("X-Forwarded-For", ""), self.headers.get(ASKED_BY, "192.0.2.1")]
            headers["X-Forwarded-For"] = ", ".join(each for each in told if each)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer = requests.request(
                self.command, url + self.path, headers=headers, data=body, timeout=10, allow_redirects=False
            )
            self.send_response(answer.status_code)
            for name, value in answer.raw.headers.items():
                if name.lower() not in _OF_ONE_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_request(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
