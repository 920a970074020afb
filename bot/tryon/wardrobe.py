"""A folder of records and their pictures <-> what is tried on. The part of try-on's preparation that opens files."""

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from bot.errors import FixConfiguration
from bot.tryon.engine import Garment
from bot.tryon.photo import MOST_PIXELS, Picture, to_steps
from bot.tryon.prepare import Prepared, make_garment
from bot.tryon.record import RecordName, picture_path, read_record, write_record

PICTURE_SIDE_PX = 1000  # of what is kept; larger ones are made smaller first
_KINDS = ("png", "jpg", "jpeg", "webp")
_FORMATS = ("PNG", "JPEG", "WEBP")


def open_garment(folder: Path, name: RecordName) -> Garment | None:
    """What a product is tried on with; None where its record is missing or waits for a person."""
    record = read_record(folder, name)
    if record is None or not record.is_usable:
        return None
    picture = read_picture(picture_path(folder, name))
    if picture is None:
        raise FixConfiguration(f"{picture_path(folder, name)} is no picture: `prevenant try-on prepare` makes it anew")
    return make_garment(Prepared(record, picture.astype(np.float32) / 255))


def keep(folder: Path, prepared: Prepared) -> None:
    """Write the record and its picture. Writes."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(to_steps(prepared.picture)).save(picture_path(folder, prepared.record.name), "PNG")
    write_record(folder, prepared.record)


def list_pictures(folder: Path) -> dict[str, Path]:
    """The folder's pictures by their names without the ending; of two of one name a PNG goes first."""
    files = [each for each in folder.iterdir() if each.suffix[1:].lower() in _KINDS and each.is_file()]
    best_last = sorted(files, key=lambda each: (-_KINDS.index(each.suffix[1:].lower()), each.name))
    return {each.stem: each for each in best_last}


def read_picture(path: Path) -> Picture | None:
    """RGBA of uint8, its long side at most 1000 px; None for a file that is no picture of a sane size."""
    try:
        with Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            rgba = image.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None
    rgba.thumbnail((PICTURE_SIDE_PX, PICTURE_SIDE_PX), Image.Resampling.LANCZOS)
    return np.asarray(rgba)
