"""A file cut at the ends of its records, so that it is read in pages and a cursor is a number of bytes."""

from collections.abc import Iterator
from pathlib import Path

from bot.errors import NotFound

MAX_RECORD_BYTES = 1_000_000
_BLOCK = 1 << 20


def read_blocks(path: Path, start: int, block_bytes: int, *, quoted: bool) -> Iterator[tuple[bytes, int]]:
    """Whole records from a byte on, about so many bytes at once, with the place behind them.

    With `quoted`, a line's end between quotation marks ends no record; a mark that is never closed
    ends after MAX_RECORD_BYTES.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path.name}")
    with path.open("rb") as file:
        file.seek(start)
        rest = b""
        while True:
            more = file.read(max(block_bytes - len(rest), _BLOCK // 16))
            block = rest + more
            if not more:
                if block:
                    yield block, start + len(block)
                return
            end = _last_end(block, quoted)
            if end == 0 and len(block) > max(MAX_RECORD_BYTES, block_bytes):
                end = block.find(b"\n") + 1 or len(block)
            if end == 0:
                rest, block_bytes = block, block_bytes + _BLOCK
                continue
            start += end
            yield block[:end], start
            rest = block[end:]


def _last_end(block: bytes, quoted: bool) -> int:
    """Behind the last line's end that ends a record; 0 when there is none."""
    end = block.rfind(b"\n") + 1
    if not quoted or not end:
        return end
    marks = block.count(b'"', 0, end)
    while end and marks % 2:
        before = block.rfind(b"\n", 0, end - 1) + 1
        marks -= block.count(b'"', before, end)
        end = before
    return end
