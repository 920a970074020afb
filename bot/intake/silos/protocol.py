"""What every silo is to the importer: pages of rows as received, from a cursor on.

The whole contract: `tests/contracts/silos.py` is played over each of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

ROW = "__row"  # a row's place in its page; the importer makes it the number in its source


@dataclass(frozen=True)
class Page:
    """Rows in the order of the source. `rows` has their place within the page in ROW.

    `size` = rows + broken; `cursor` is where the next page begins: a page that was stored is never read again.
    """

    rows: pl.DataFrame
    size: int
    cursor: str
    broken: list[tuple[int, str, Any]] = field(default_factory=list)  # place, reason, as received


class Silo(Protocol):
    """One file, table or service to read from. Reads only."""

    @property
    def source(self) -> str:
        """What is imported, the same every time: a file by name and content. Holds no address, no secret."""

    @property
    def is_growing(self) -> bool:
        """Whether more may come behind the last cursor: a table, not a file."""

    @property
    def has_fixed_columns(self) -> bool:
        """Whether every page has the same columns: then a mapping that names another is a mistake."""

    def count_rows(self) -> int | None:
        """How many rows there are, where that is quickly known."""

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """Pages of about so many rows from a cursor on, "" from the beginning; the same pages every time.

        FixInput naming what cannot be read, RetryLater when a service does not answer.
        """
