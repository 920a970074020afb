"""Rasa and Meta's Graph API, as this day needs them: they answer, and remember what they were told."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Peers:
    """One server for both: `/webhooks/gateway/messages` is Rasa's, everything else Meta's."""

    def __init__(self, tell_receipt: Callable[[str, str], None]) -> None:
        """`tell_receipt(message_id, tracker)` is called for each message that was taken."""
        self.lock = threading.Lock()
        self.heard: dict[str, list[str]] = defaultdict(list)  # sender -> message ids, each when it came first
        self.sent: dict[str, list[str]] = defaultdict(list)  # number -> words, as Meta took them
        self._known: set[str] = set()
        self._tell_receipt = tell_receipt

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Rasa's gateway repeats its replies to a message that it knows, as the real one does."""
        if path.startswith("/webhooks/gateway"):
            with self.lock:
                if body["message_id"] not in self._known:
                    self._known.add(body["message_id"])
                    self.heard[body["sender_id"]].append(body["message_id"])
            return {"replies": [{"text": f"re {body['text']}", "language": "fr"}]}
        if "to" not in body:  # it was read, and an answer is being made
            return {"success": True}
        with self.lock:
            self.sent[body["to"]].append(body["text"]["body"])
            number = sum(map(len, self.sent.values()))
        message_id = f"wamid.ours.{number}"
        self._tell_receipt(message_id, body["biz_opaque_callback_data"])
        return {"messages": [{"id": message_id}]}


@contextmanager
def serving(peers: Peers, port: int) -> Iterator[None]:
    """The server, until the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            time.sleep(0.002)  # a vendor takes a moment: so a kill may fall between its taking and its answer
            self._reply(json.dumps(peers.answer(self.path, body)).encode())

        def do_GET(self) -> None:
            self._reply(b"{}")

        def _reply(self, body: bytes) -> None:
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # whoever asked was killed

        def log_message(self, *_arguments: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
