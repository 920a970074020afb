"""Receipts: nobody's waits for another's, and all that come within a moment are one transaction."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.channels.web.history import Receipt
from bot.channels.web.receipts import ReceiptBook


def test_writes_nothing_without_a_receipt() -> None:
    ReceiptBook(lambda _: pytest.fail("there was nothing to write"))


def test_writes_those_of_a_moment_together_and_the_next_after() -> None:
    written: list[Sequence[Receipt]] = []

    async def tell() -> None:
        book = ReceiptBook(written.append)
        first = [Receipt("a", delivered=[1]), Receipt("b", seen=[2])]
        await asyncio.gather(*(book.add(each) for each in first))
        assert written == [first]
        await book.add(Receipt("a", seen=[1]))

    asyncio.run(tell())
    assert written[1:] == [[Receipt("a", seen=[1])]]


def test_tells_everybody_that_it_could_not_write_and_goes_on() -> None:
    answers = [OSError("full"), None]

    def write(_: Sequence[Receipt]) -> None:
        if error := answers.pop(0):
            raise error

    async def tell() -> None:
        book = ReceiptBook(write)
        failed = await asyncio.gather(*(book.add(Receipt(each)) for each in "ab"), return_exceptions=True)
        assert [type(each) for each in failed] == [OSError, OSError]
        await book.add(Receipt("a"))

    asyncio.run(tell())
    assert answers == []
