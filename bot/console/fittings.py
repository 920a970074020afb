"""The console: the folder of try-on's records -> each as somebody looks at it. Reads files.

No path is made of a request: what is asked for is looked up among the names that the folder has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from pydantic import WithJsonSchema

from bot.bootstrap import PROJECT
from bot.errors import FixConfiguration, NotFound
from bot.settings import Settings
from bot.tryon.points import is_picture
from bot.tryon.record import (
    Category,
    Neckline,
    Point,
    Record,
    RecordName,
    name_records,
    picture_path,
    picture_size,
    read_record,
)

_DIGITS = 16
# As JSON Schema of every draft says it: readers of OpenAPI stumble over `prefixItems` within a response.
_TWO_NUMBERS = WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2})


@dataclass(frozen=True)
class FittingRow:
    """A product's record in the list; `doubts` in words of `bot.tryon.record.DOUBTS`."""

    name: str
    category: Category
    doubts: Sequence[str]
    checked: bool
    waits: bool  # for a person: it is offered to nobody
    has_picture: bool


@dataclass(frozen=True)
class Fittings:
    """All of them; those that wait first. `unreadable`: names of files that are no records."""

    is_set_up: bool  # whether the shop has a folder of records
    waiting: int
    rows: Sequence[FittingRow]
    unreadable: Sequence[str]


@dataclass(frozen=True)
class FittingView:
    """One record with its points in pixels of its picture. `version` is another once it was written anew."""

    name: str
    category: Category
    points: Mapping[str, Annotated[Point, _TWO_NUMBERS]]
    neckline: Neckline
    flat_cm: Mapping[str, float]
    doubts: Sequence[str]
    checked: bool
    waits: bool
    width: int
    height: int
    has_picture: bool
    version: str


def find_folder(settings: Settings) -> Path | None:
    """Where the shop's records lie; None where it has none."""
    return PROJECT / settings.try_on_records if settings.try_on_records else None


def survey_records(folder: Path | None) -> Fittings:
    """Every record."""
    if folder is None:
        return Fittings(is_set_up=False, waiting=0, rows=(), unreadable=())
    rows, unreadable = [], []
    for name in name_records(folder):
        try:
            record = read_named(folder, name)
        except NotFound:
            unreadable.append(name)
        else:
            shows = is_picture(picture_size(folder, name))
            rows.append(FittingRow(name, record.category, record.doubts, record.checked, not record.is_usable, shows))
    rows.sort(key=lambda each: (not each.waits, not each.has_picture, each.name))
    return Fittings(is_set_up=True, waiting=sum(each.waits for each in rows), rows=rows, unreadable=unreadable)


def view_record(folder: Path | None, asked: str) -> FittingView:
    """One of them. NotFound for a name that the folder has not."""
    here, name = find_name(folder, asked)
    record, (width, height) = read_named(here, name), picture_size(here, name)
    return FittingView(
        name, record.category, record.points, record.neckline, record.flat_cm, record.doubts, record.checked,
        not record.is_usable, width, height, is_picture((width, height)), version_of(here, name),
    )


def find_picture(folder: Path | None, asked: str) -> Path:
    """Where its cut-out lies. NotFound without one."""
    here, name = find_name(folder, asked)
    path = picture_path(here, name)
    if picture_size(here, name) == (0, 0):
        raise NotFound("it has no picture")
    return path


def find_name(folder: Path | None, asked: str) -> tuple[Path, RecordName]:
    """The folder, and the name as the folder has it. NotFound for any other."""
    name = next((each for each in name_records(folder) if each == asked), None) if folder else None
    if folder is None or name is None:
        raise NotFound("there is no such record")
    return folder, name


def read_named(folder: Path, name: RecordName) -> Record:
    """A record that is what its file is called. NotFound for a file that is none."""
    try:
        record = read_record(folder, name)
        if record is not None and record.name == name:
            return record
    except FixConfiguration as error:
        raise NotFound("its file is no record") from error
    raise NotFound("its file is another's record")


def version_of(folder: Path, name: RecordName) -> str:
    """What is another one once the record or its picture was made anew."""
    said = (folder / f"{name}.json").read_bytes() + repr(picture_size(folder, name)).encode()
    return sha256(said).hexdigest()[:_DIGITS]
