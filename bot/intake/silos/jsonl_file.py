"""A file of JSON objects, one a line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from bot.intake.importers.base import name_source
from bot.intake.silos.lines import read_blocks
from bot.intake.silos.protocol import ROW, Page

_BYTES_A_ROW = 200


@dataclass(frozen=True)
class JsonLinesFile:
    """A silo that is a JSONL file."""

    path: Path
    is_growing: bool = field(default=False, init=False)
    has_fixed_columns: bool = field(default=False, init=False)

    @cached_property
    def source(self) -> str:
        """Name and content."""
        return name_source(self.path)

    def count_rows(self) -> int | None:
        """Nobody knows without reading all of it."""
        return None

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """Pages of whole lines; the cursor is a byte."""
        for block, end in read_blocks(self.path, int(cursor or 0), page_rows * _BYTES_A_ROW, quoted=False):
            yield _to_page(block.splitlines(), str(end))


def to_frame(objects: Sequence[dict[str, Any]], places: Sequence[int]) -> pl.DataFrame:
    """Objects as columns, each of the kind that its values have; of several kinds, as text; nested ones as JSON."""
    names = list(dict.fromkeys(name for each in objects for name in each))
    columns = [pl.Series(ROW, places, dtype=pl.Int64)]
    columns += [_to_series(name, [each.get(name) for each in objects]) for name in names if name != ROW]
    return pl.DataFrame(columns)


def _to_series(name: str, values: list[Any]) -> pl.Series:
    kinds = {type(each) for each in values} - {type(None)}
    if kinds <= {str}:
        return pl.Series(name, values, dtype=pl.String)
    if kinds in ({int}, {float}, {int, float}, {bool}):
        return pl.Series(name, values, strict=False) if kinds != {int} or _fit(values) else _as_texts(name, values)
    return _as_texts(name, values)


def _fit(values: list[Any]) -> bool:
    return all(each is None or -(2**63) <= each < 2**63 for each in values)


def _as_texts(name: str, values: list[Any]) -> pl.Series:
    texts = [each if each is None or isinstance(each, str) else orjson.dumps(each, default=str).decode()
             for each in values]
    return pl.Series(name, texts, dtype=pl.String)


def _to_page(lines: list[bytes], cursor: str) -> Page:
    good: list[dict[str, Any]] = []
    places: list[int] = []
    broken: list[tuple[int, str, Any]] = []
    place = -1
    for line in lines:
        if not line.strip():
            continue
        place += 1
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            broken.append((place, "line: is no JSON", _as_payload(line)))
            continue
        if isinstance(row, dict):
            good.append(row)
            places.append(place)
        else:
            broken.append((place, "line: is no JSON object", _as_payload(line)))
    return Page(to_frame(good, places), place + 1, cursor, broken)


def _as_payload(line: bytes) -> dict[str, str]:
    return {"line": re.sub("\0", r"\\0", line.decode(errors="backslashreplace"))[:4_000]}
