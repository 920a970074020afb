"""A stand-in of WhatsApp's API, as little as answers: every message gets an id. `python -m ... PORT`.

GET /seen tells how many messages came, and how many different ones.
"""

import asyncio
import sys
from typing import Any

import httptools
import orjson
import uvloop


class Vendor:
    """What it was told."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.messages = 0
        self.different: set[str] = set()

    def answer(self, body: bytes) -> bytes:
        """The answer to a call; without a body, what came so far."""
        if not body:
            return orjson.dumps({"messages": self.messages, "different": len(self.different)})
        self.messages += 1
        self.different.add(orjson.loads(body)["biz_opaque_callback_data"])
        return b'{"messages":[{"id":"wamid.%d"}]}' % self.messages


class Connection(asyncio.Protocol):
    """One connection, which stays open."""

    def __init__(self, vendor: Vendor) -> None:
        """Of this vendor."""
        self._vendor, self._body = vendor, b""
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: Any) -> None:
        """Somebody calls."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        """Some of its body."""
        self._body += body

    def on_message_complete(self) -> None:
        """All of it."""
        answer, self._body = self._vendor.answer(self._body), b""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % len(answer) + answer)


async def serve(port: int) -> None:
    """Until it is killed."""
    vendor = Vendor()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(vendor), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
