"""The peer of the collector: granian, orjson, one writer thread and raw SQL. Checks nothing, resolves nobody.

It answers after the commit, and drops known message ids: the least that an event store over HTTP can do.
"""

import asyncio
import os
import queue
import sys
import threading
from typing import Any

import orjson
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from bot.profile.store.engine import Store

_NOW = "2026-11-28 12:00:00.000000"
_INSERT = (
    "INSERT INTO events (message_id, customer_id, silo, type, name, properties, occurred_at, received_at) "
    "VALUES ({0}, 'bare', 'web', 'track', {0}, {0}, {0}, {0}) ON CONFLICT (message_id) DO NOTHING"
)
_waiting: queue.Queue[tuple[list[dict[str, Any]], asyncio.AbstractEventLoop, "asyncio.Future[None]"]] = queue.Queue()


def write(store: Store) -> None:
    """Take what waits, store it in one transaction, answer."""
    statement = _INSERT.format("?" if store.is_sqlite else "%s")
    with store.write() as connection:
        columns = "(customer_id, root_id, is_holdout, created_at)"
        connection.exec_driver_sql(
            f"INSERT INTO customers {columns} VALUES ('bare', 'bare', false, '{_NOW}') ON CONFLICT DO NOTHING")
    while True:
        jobs = [_waiting.get()]
        while not _waiting.empty() and len(jobs) < 64:
            jobs.append(_waiting.get())
        rows = [(f"bare:{each['messageId']}", each["event"], orjson.dumps(each["properties"]).decode(), _NOW, _NOW)
                for calls, _, _ in jobs for each in calls]
        with store.write() as connection:
            connection.connection.driver_connection.cursor().executemany(statement, rows)  # type: ignore[union-attr]
        jobs[0][1].call_soon_threadsafe(answer, [done for _, _, done in jobs])


def answer(waiting: list["asyncio.Future[None]"]) -> None:
    """It is committed."""
    for done in waiting:
        done.set_result(None)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Any path: one call, or a batch of them."""
    if scope["type"] != "http":
        return
    raw, more = b"", True
    while more:
        message = await receive()
        raw, more = raw + message.get("body", b""), message.get("more_body", False)
    body = orjson.loads(raw)
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    _waiting.put((body.get("batch") or [body], loop, done))
    await done
    headers = [(b"content-type", b"application/json"), (b"content-length", b"16")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"success":true}'})


if __name__ == "__main__":
    threading.Thread(target=write, args=(Store(os.environ["COLLECTOR_DATABASE_URL"]),), daemon=True).start()
    uvloop.run(Server(app, port=int(sys.argv[1]), interface=Interfaces.ASGI).serve())
