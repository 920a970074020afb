"""A product's record for try-on <-> two files in a folder: its cut-out picture, and what is known about it.

No numbers library here: the actions ask which products have a record, and they run without the set `tryon`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal, NewType

from bot.errors import FixConfiguration

RecordName = NewType("RecordName", str)  # the product's slug and its colour: the name of both files
Category = Literal["top", "glasses", "hat"]
Neckline = Literal["round", "v", "high", "collar", "unknown"]
Point = tuple[float, float]
CATEGORIES: tuple[Category, ...] = ("top", "glasses", "hat")
NECKLINES: tuple[Neckline, ...] = ("round", "v", "high", "collar", "unknown")


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
    """The record of a product in a colour. FixConfiguration for a name that would leave the folder."""
    name = f"{slug}.{colour}" if colour else slug
    if not slug or "/" in name or "\\" in name or slug.startswith("."):
        raise FixConfiguration(f"{name!r} cannot be the name of a file")
    return RecordName(name)


def write_record(folder: Path, record: Record) -> None:
    """Write what is known; the picture lies beside it. Writes."""
    text = json.dumps(asdict(record), indent=1, ensure_ascii=False, sort_keys=True)
    (folder / f"{record.name}.json").write_text(text + "\n", encoding="utf-8")


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


def list_records(folder: Path) -> Iterator[Record]:
    """Every record of the folder, by name."""
    for path in sorted(folder.glob("*.json")):
        record = read_record(folder, RecordName(path.stem))
        if record is not None:
            yield record


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
