"""A product's record for try-on <-> two files in a folder: its cut-out picture, and what is known about it.

No numbers library here: the actions ask which products have a record, and they run without the set `tryon`.
"""

import json
import re
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, NewType

import structlog

from bot.errors import FixConfiguration

log = structlog.get_logger()
RecordName = NewType("RecordName", str)  # the product's slug and its colour: the name of both files and of the picture
Category = Literal["top", "glasses", "hat"]
Neckline = Literal["round", "v", "high", "collar", "unknown"]
Point = tuple[float, float]
CATEGORIES: tuple[Category, ...] = ("top", "glasses", "hat")
NECKLINES: tuple[Neckline, ...] = ("round", "v", "high", "collar", "unknown")
DOUBTS: Mapping[str, str] = {  # of the preparation
    "no_picture": "there is no picture of it",
    "not_a_picture": "its file is no picture",
    "nothing_found": "nothing stands out from the ground",
    "ground_not_plain": "the ground is not plain: a cut-out with a clear ground would do",
    "several_pieces": "there is more than one thing in the picture, or it is as light as the ground",
    "too_small": "the picture is too small: 300 pixels at least",
    "cut_off": "it runs out of the picture",
    "armpits_not_found": "where the sleeves begin was not found",
    "neck_not_found": "where the neck ends was not found",
    "sides_unlike": "left and right are unlike: worn by somebody, folded, or askew",
    "not_from_the_front": "it is not seen from the front",
}
_NO_FILE_NAME = re.compile(r"[/\\\x00-\x1f]")
_MOST_NAME_BYTES = 240  # of 255 that files have, with an ending
_PNG, _PNG_HEAD = b"\x89PNG\r\n\x1a\n", 24  # its first bytes; where its size ends


@dataclass(frozen=True)
class Record:
    """What a product is tried on with, beside its picture. Points are pixels of the picture; left is the picture's."""

    slug: str
    colour: str
    category: Category
    points: Mapping[str, Point]
    neckline: Neckline = "unknown"
    flat_cm: Mapping[str, float] = field(default_factory=dict)  # laid flat: chest, length, sleeve
    doubts: tuple[str, ...] = ()  # what the preparation was not sure of
    checked: bool = False  # by a person

    @property
    def name(self) -> RecordName:
        """What its files are called."""
        return name_record(self.slug, self.colour)

    @property
    def is_usable(self) -> bool:
        """Whether it may be shown on somebody: nothing in doubt, or a person said that it is right."""
        return self.checked or not self.doubts


def name_record(slug: str, colour: str) -> RecordName:
    """The record of a product in a colour; `black/white` is written `black-white`, as no file has such a name.
    FixConfiguration for a name that would be hidden or too long.
    """
    name = _NO_FILE_NAME.sub("-", f"{slug}.{colour}" if colour else slug)
    if not slug or name.startswith(".") or len(name.encode()) > _MOST_NAME_BYTES:
        raise FixConfiguration(f"{name!r} cannot be the name of a file: give the product another slug")
    return RecordName(name)


def write_record(folder: Path, record: Record) -> None:
    """Write what is known; the picture lies beside it. Writes."""
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False, sort_keys=True)
    beside = folder / f".{record.name}.new"
    beside.write_text(text + "\n", encoding="utf-8")
    beside.replace(folder / f"{record.name}.json")  # whoever reads meanwhile finds the one or the other, whole


def read_record(folder: Path, name: RecordName) -> Record | None:
    """The record, None where there is none. FixConfiguration where its file is not one."""
    path = folder / f"{name}.json"
    if not path.is_file():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        points = {str(key): (float(x), float(y)) for key, (x, y) in said["points"].items()}
        flat_cm = {str(key): float(cm) for key, cm in said["flat_cm"].items()}
        record = Record(**{**said, "points": points, "flat_cm": flat_cm, "doubts": tuple(said["doubts"])})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FixConfiguration(f"{path} is no record of try-on: {error}") from error
    if record.category not in CATEGORIES or record.neckline not in NECKLINES:
        raise FixConfiguration(f"{path}: no such category or neckline")
    return record


def find_usable(folder: Path, slug: str, colour: str) -> Record | None:
    """The record if it may be shown; None where there is none, it waits for a person, or cannot be read (logged)."""
    try:
        record = read_record(folder, name_record(slug, colour))
    except FixConfiguration as error:  # one product's file must take nothing else away
        log.error("record_unreadable", error=type(error.__cause__ or error).__name__)  # its name is a visitor's
        return None
    return record if record is not None and record.is_usable else None


def name_records(folder: Path) -> list[RecordName]:
    """What the folder's records are called."""
    return [RecordName(path.stem) for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]


def check_record(folder: Path, name: RecordName) -> Record:
    """Keep that a person has looked at it and found it right. FixConfiguration where there is none. Writes."""
    record = read_record(folder, name)
    if record is None:
        raise FixConfiguration(f"{folder} has no record {name}")
    checked = replace(record, checked=True)
    write_record(folder, checked)
    return checked


def picture_path(folder: Path, name: RecordName) -> Path:
    """Where its cut-out lies."""
    return folder / f"{name}.png"


def picture_size(folder: Path, name: RecordName) -> tuple[int, int]:
    """Width and height of its cut-out in pixels; (0, 0) where there is none that is a PNG."""
    try:
        with picture_path(folder, name).open("rb") as file:
            head = file.read(_PNG_HEAD)
    except OSError:
        return 0, 0
    if len(head) < _PNG_HEAD or not head.startswith(_PNG):
        return 0, 0
    width, height = struct.unpack(">II", head[16:])
    return width, height
