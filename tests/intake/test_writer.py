"""The writer: what the store cannot take spoils only its own request, and nobody waits for ever."""

import asyncio
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.errors import RateLimited, Unavailable
from bot.intake import writer as writing
from bot.intake.recording import Received
from bot.intake.segment import read_call
from bot.intake.writer import BatchWriter
from bot.profile.store.tables import events


def _received(now, number):
    call = read_call({"anonymousId": "v1", "event": "X", "messageId": f"m{number}"}, "track", now)
    return Received(call, "web", "", now)


def _write_all(writer, requests):
    async def together():
        return await asyncio.gather(*(writer.write(each) for each in requests), return_exceptions=True)

    return asyncio.run(together())


def test_spoils_only_the_request_that_the_store_cannot_take(store, now):
    writer = BatchWriter(store, "salt-for-tests-0123", lambda: now)
    bad = replace(_received(now, 9), call=replace(_received(now, 9).call, properties={"x": object()}))
    answers = _write_all(writer, [[_received(now, 1)], [bad], [_received(now, 2)]])
    assert [type(each) for each in answers] == [type(None), Unavailable, type(None)]
    with store.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == 2


def test_says_later_when_too_much_waits(store, now, monkeypatch):
    monkeypatch.setattr(writing, "MAX_WAITING", 1)
    writer = BatchWriter(store, "salt-for-tests-0123", lambda: now)
    monkeypatch.setattr(writer, "_ensure_running", lambda: None)

    async def two():
        first = asyncio.ensure_future(writer.write([_received(now, 1)]))
        await asyncio.sleep(0)
        with pytest.raises(RateLimited):
            await writer.write([_received(now, 2)])
        first.cancel()

    asyncio.run(two())
