"""A CSV file, page by page. A line that is none of the file's shape is broken, and spoils no other."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from bot.errors import FixInput, NotFound
from bot.intake.importers.base import name_source
from bot.intake.silos.lines import read_blocks
from bot.intake.silos.protocol import ROW, Page

_BYTES_A_ROW = 100  # a guess, for the first page


@dataclass(frozen=True)
class CsvFile:
    """A silo that is a CSV file with a line of headings."""

    path: Path
    separator: str = ","
    encoding: str = "utf-8"
    is_growing: bool = field(default=False, init=False)
    has_fixed_columns: bool = field(default=True, init=False)

    @cached_property
    def source(self) -> str:
        """Name and content."""
        return name_source(self.path)

    def count_rows(self) -> int | None:
        """Nobody knows without reading all of it."""
        return None

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """Pages of whole records; the cursor is a byte."""
        columns, begin = self._read_header()
        start = int(cursor) if cursor else begin
        for block, end in read_blocks(self.path, start, page_rows * _BYTES_A_ROW, quoted=True):
            yield self._to_page(block, columns, end)

    def _read_header(self) -> tuple[list[str], int]:
        if not self.path.is_file():
            raise NotFound(f"there is no file {self.path.name}")
        with self.path.open("rb") as file:
            line = file.readline()
        text = line.decode("utf-8-sig" if self._is_utf8 else self.encoding, errors="replace")
        names = [each.strip() for each in next(csv.reader([text], delimiter=self.separator), [])]
        if not any(names):
            raise FixInput(self.path.name, "the first line must name the columns")
        repeated = sorted({each for each in names if names.count(each) > 1})
        if repeated:
            raise FixInput(self.path.name, f"two columns are named {repeated[0]!r}")
        return [name or f"column_{place}" for place, name in enumerate(names, 1)], len(line)

    @property
    def _is_utf8(self) -> bool:
        return self.encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig")

    def _to_page(self, block: bytes, columns: list[str], end: int) -> Page:
        if not self._is_utf8:
            block = block.decode(self.encoding, errors="replace").encode()
        try:
            frame = pl.read_csv(
                io.BytesIO(block), has_header=False, separator=self.separator, infer_schema=False,
                schema=dict.fromkeys(columns, pl.String),
            )
        except pl.exceptions.PolarsError:
            return _read_line_by_line(block, columns, self.separator, end)
        if frame.width != len(columns):
            return _read_line_by_line(block, columns, self.separator, end)
        return Page(frame.with_row_index(ROW).cast({ROW: pl.Int64}), frame.height, str(end))


def _read_line_by_line(block: bytes, columns: list[str], separator: str, end: int) -> Page:
    """Slowly, when something in the block is none of the shape: to find out which lines."""
    good: list[list[object]] = []
    broken: list[tuple[int, str, object]] = []
    reader = csv.reader(io.StringIO(block.decode(errors="surrogateescape"), newline=""), delimiter=separator)
    place = 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            broken.append((place, f"line: {error}", {}))
            place += 1
            continue
        if not fields:
            continue
        reason = _judge(fields, len(columns))
        if reason:
            text = separator.join(fields).encode(errors="surrogateescape").decode(errors="backslashreplace")
            broken.append((place, reason, {"line": text[:4_000]}))
        else:
            good.append([place, *(each or None for each in fields), *[None] * (len(columns) - len(fields))])
        place += 1
    schema = {ROW: pl.Int64, **dict.fromkeys(columns, pl.String)}
    return Page(pl.DataFrame(good, schema=schema, orient="row"), place, str(end), broken)


def _judge(fields: list[str], wanted: int) -> str:
    if len(fields) > wanted:
        return f"line: {len(fields)} fields instead of {wanted}"
    if any("\udc80" <= character <= "\udcff" for each in fields for character in each):
        return "line: is not in the file's encoding"
    return ""
