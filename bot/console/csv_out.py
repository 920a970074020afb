"""The console: rows -> a CSV that spreadsheets open: no cell begins a formula. Pure."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from io import StringIO

from bot.contracts.messages import Language

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What a spreadsheet in that language parts cells and decimals by; another would put a whole line into one cell.
_MARKS: dict[Language, tuple[str, str]] = {"en": (",", "."), "fr": (";", ",")}


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[object]], language: Language) -> str:
    """A line of names, then a line a row, as a spreadsheet in that language reads them; None is empty."""
    between, point = _MARKS[language]
    out = StringIO()
    writer = csv.writer(out, delimiter=between, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(each, point) for each in row] for row in rows)
    return out.getvalue()


def _cell(value: object, point: str) -> object:
    """A text that a spreadsheet would take for a formula is set apart by an apostrophe."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, float | Decimal):
        return str(value).replace(".", point)
    return "" if value is None else value
