"""The console's deed: a file's first rows as a mapping understands them. Nothing of it is kept."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from zipfile import BadZipFile, ZipFile

import polars as pl
from pydantic import Field

from bot.bootstrap import Services
from bot.console.deeds.data import MOST_MAPPING, WINDOW_SECONDS, wrong_mapping
from bot.console.deeds.inputs import Asked, Text
from bot.console.people import Person
from bot.errors import FixConfiguration, FixInput, RateLimited
from bot.intake.importers.mapping import parse_mapping
from bot.intake.importers.preview import guess_mapping, name_records, show_rows, sniff_csv
from bot.intake.silos.opening import open_file
from bot.intake.silos.protocol import ROW
from bot.profile.rate_limits import take

KINDS = (".csv", ".tsv", ".jsonl", ".xlsx")
PREVIEWS = 20  # of one person, in `WINDOW_SECONDS`
MOST_FILE_BYTES = 1_000_000
_MOST_BASE64 = 4 * -(-MOST_FILE_BYTES // 3)
_MOST_UNPACKED_BYTES = 20_000_000
_PREVIEWED_ROWS = 500
_PIECE_BYTES = 65_536
_CSV = (".csv", ".tsv")


class Previewed(Asked):
    """A file by its name, which says how it is read, and its bytes in base64, 1 MB at most; an empty mapping
    is guessed.
    """

    name: Annotated[Text, Field(min_length=1, max_length=120)]
    content: Annotated[str, Field(max_length=_MOST_BASE64)]
    mapping: Annotated[str, Field(max_length=MOST_MAPPING)] = ""


@dataclass(frozen=True)
class SeenRow:
    """A row as it would be understood; else `refused` says why not, and the rest is empty. `row` counts from 1."""

    row: str
    who: str = ""
    what: str = ""
    when: str = ""
    properties: str = ""
    traits: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Seen:
    """The mapping, given or guessed, and the first rows."""

    mapping: str
    rows: Sequence[SeenRow]


def read_content(asked: Previewed) -> bytes:
    """The bytes of a call. FixInput for what is no base64."""
    try:
        return base64.b64decode(asked.content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FixInput("content", "is no base64") from error


def preview(services: Services, person: Person, name: str, content: bytes, mapping: str) -> Seen:
    """Look at a file. Stores nothing but that one look more was taken.

    FixInput for a file or mapping that is not understood, RateLimited after so many.
    """
    kind = Path(name).suffix.lower()
    if kind not in KINDS:
        raise FixInput("file", "must end in {kinds}", kinds=", ".join(KINDS))
    if len(content) > MOST_FILE_BYTES or len(mapping) > MOST_MAPPING:
        raise FixInput("file", "is too large to look at here: prevenant import preview FILE")
    now, key = services.clock(), f"console:preview:{person.name}"
    with services.store.write() as connection:
        if not take(connection, key, limit=PREVIEWS, window_seconds=WINDOW_SECONDS, now=now):
            raise RateLimited("looked often enough for now", WINDOW_SECONDS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file{kind}"
        path.write_bytes(content)
        if kind == ".xlsx":
            _require_unpacked_small(path)
        try:
            text, rows = _read(path, name, mapping, now)
        except FixConfiguration as error:
            raise wrong_mapping(error) from error
        except pl.exceptions.PolarsError as error:
            raise FixInput("file", "cannot be read with this mapping") from error
    return Seen(text, [SeenRow(**{key.partition(" ")[0]: value for key, value in row.items()}) for row in rows])


def _read(path: Path, name: str, mapping: str, now: object) -> tuple[str, list[dict[str, str]]]:
    given = parse_mapping(mapping, "mapping") if mapping.strip() else None
    separator, encoding = sniff_csv(path) if path.suffix in _CSV and given is None else ("", "")
    silo = open_file(path, given, separator, encoding)
    page = next(silo.read_pages("", _PREVIEWED_ROWS), None)
    if page is None or page.rows.is_empty():
        raise FixInput("file", "holds no rows")
    missing = [each for each in given.columns if each not in page.rows.columns] if given else []
    if missing and silo.has_fixed_columns:
        names = ", ".join(each for each in page.rows.columns if each != ROW)
        sentence = "the file has no column {column}; it has {known}"
        raise FixInput("mapping", sentence, column=repr(missing[0]), known=names)
    text = mapping if given else guess_mapping(page.rows, name_records(Path(name)), separator=separator,
                                               encoding=encoding)
    return text, show_rows(page.rows, given or parse_mapping(text, "mapping"), "preview", now)


def _require_unpacked_small(path: Path) -> None:
    """FixInput for what is no workbook, or unpacks to too much; what its list of parts says is not believed."""
    left = _MOST_UNPACKED_BYTES
    try:
        with ZipFile(path) as archive:
            for part in archive.infolist():
                with archive.open(part) as opened:
                    while left > 0 and (piece := opened.read(_PIECE_BYTES)):
                        left -= len(piece)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:  # odd, locked, cut
        raise FixInput("file", "is no workbook") from error
    if left <= 0:
        raise FixInput("file", "is too large once it is unpacked: prevenant import preview FILE")
