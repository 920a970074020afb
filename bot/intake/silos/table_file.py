"""Parquet files and dropped workbooks: columns that know their types."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import fastexcel
import polars as pl

from bot.errors import FixInput, NotFound
from bot.intake.importers.base import name_source
from bot.intake.silos.protocol import ROW, Page


@dataclass(frozen=True)
class ParquetFile:
    """A silo that is a Parquet file."""

    path: Path
    is_growing: bool = field(default=False, init=False)
    has_fixed_columns: bool = field(default=True, init=False)

    @cached_property
    def source(self) -> str:
        """Name and content."""
        return name_source(_require(self.path))

    def count_rows(self) -> int | None:
        """What its footer says."""
        return int(self._scan().select(pl.len()).collect().item())

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """Slices; the cursor is a number of rows."""
        start, total, frame = int(cursor or 0), self.count_rows() or 0, self._scan()
        while start < total:
            rows = frame.slice(start, page_rows).collect()
            start += rows.height
            yield _to_page(rows, start)

    def _scan(self) -> pl.LazyFrame:
        try:
            frame = pl.scan_parquet(_require(self.path))
            frame.collect_schema()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise FixInput(self.path.name, "is no Parquet file") from error
        return frame


@dataclass(frozen=True)
class ExcelFile:
    """A silo that is one sheet of a workbook: read whole, for a sheet has a million rows at most."""

    path: Path
    sheet: str = ""
    is_growing: bool = field(default=False, init=False)
    has_fixed_columns: bool = field(default=True, init=False)

    @cached_property
    def source(self) -> str:
        """Name, content and sheet."""
        return name_source(_require(self.path)) + (f"/{self.sheet}" if self.sheet else "")

    def count_rows(self) -> int | None:
        """Of the sheet."""
        return self._frame.height

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """Slices; the cursor is a number of rows."""
        for start in range(int(cursor or 0), self._frame.height, page_rows):
            rows = self._frame.slice(start, page_rows)
            yield _to_page(rows, start + rows.height)

    @cached_property
    def _frame(self) -> pl.DataFrame:
        options = {"sheet_name": self.sheet} if self.sheet else {"sheet_id": 1}
        try:
            frame = pl.read_excel(_require(self.path), engine="calamine", infer_schema_length=None, **options)
        except (pl.exceptions.PolarsError, fastexcel.FastExcelError, ValueError, OSError) as error:
            raise FixInput(self.path.name, "cannot be read as a workbook, or has no such sheet") from error
        return frame.rename({name: re.sub(r"\s+", " ", name).strip() for name in frame.columns})


def _require(path: Path) -> Path:
    if not path.is_file():
        raise NotFound(f"there is no file {path.name}")
    return path


def _to_page(rows: pl.DataFrame, end: int) -> Page:
    return Page(rows.with_row_index(ROW).cast({ROW: pl.Int64}), rows.height, str(end))
