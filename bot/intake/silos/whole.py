"""A silo whose rows are the lines of orders -> pages that hold whole orders. Over any silo."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from bot.errors import FixInput
from bot.intake.silos.protocol import ROW, Page, Silo

MOST_LINES = 10_000  # of one order: what goes on for longer has no key, and all of it would lie in memory


@dataclass(frozen=True)
class WholeOrders:
    """`silo`, cut where the columns `key` change. Its cursors are the silo's with the rows behind it: `12|4096`."""

    silo: Silo
    key: tuple[str, ...]

    @property
    def source(self) -> str:
        """The silo's."""
        return self.silo.source

    @property
    def is_growing(self) -> bool:
        """The silo's."""
        return self.silo.is_growing

    @property
    def has_fixed_columns(self) -> bool:
        """The silo's."""
        return self.silo.has_fixed_columns

    def count_rows(self) -> int | None:
        """The silo's."""
        return self.silo.count_rows()

    def read_pages(self, cursor: str, page_rows: int) -> Iterator[Page]:
        """The silo's rows, no order of which is in two pages. FixInput for an order of more than MOST_LINES."""
        behind, _, begin = cursor.partition("|")
        skip = int(behind or 0)
        held, held_from = Page(pl.DataFrame(), 0, ""), (skip, begin)
        for page in self.silo.read_pages(begin, page_rows):
            fresh = _from(page, min(skip, page.size))
            joined = _join(held, fresh)
            cut = _find_last_order(joined, self.key)
            if cut >= held.size:  # else what is held goes on to the end of this page
                held_from = (page.size - fresh.size + cut - held.size, begin)
                if cut:
                    yield _until(joined, cut, f"{held_from[0]}|{held_from[1]}")
                held = _from(joined, cut)
            else:
                held = joined
            if held.size > MOST_LINES:
                raise FixInput(self.key[0], f"more than {MOST_LINES:,} rows are one order by it: is it the column?")
            begin, skip = page.cursor, max(skip - page.size, 0)
        if held.size:
            yield _until(held, held.size, f"0|{begin}")


def _find_last_order(page: Page, key: tuple[str, ...]) -> int:
    """The place at which the last order begins; behind everything where there is no row."""
    if page.rows.is_empty():
        return page.size
    parts = [pl.col(each) if each in page.rows.columns else pl.lit(None).alias(each) for each in key]
    number = page.rows.select(pl.struct(parts).rle_id()).to_series()
    return int(page.rows[ROW].filter(number == number[-1])[0])


def _from(page: Page, place: int) -> Page:
    rows = page.rows.filter(pl.col(ROW) >= place).with_columns(pl.col(ROW) - place) if page.size else page.rows
    broken = [(at - place, reason, payload) for at, reason, payload in page.broken if at >= place]
    return Page(rows, page.size - place, page.cursor, broken)


def _until(page: Page, place: int, cursor: str) -> Page:
    return Page(page.rows.filter(pl.col(ROW) < place), place, cursor, [each for each in page.broken if each[0] < place])


def _join(held: Page, page: Page) -> Page:
    if not held.size:
        return page
    moved = page.rows.with_columns(pl.col(ROW) + held.size)
    broken = [(at + held.size, reason, payload) for at, reason, payload in page.broken]
    rows = pl.concat([held.rows, moved], how="diagonal_relaxed")
    return Page(rows, held.size + page.size, "", [*held.broken, *broken])
