"""Pictures -> sheets of them to look at: six side by side, each sheet of a height that JPEG holds."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from bot.tryon.photo import Picture

_ACROSS, _WIDE_PX, _MOST_HIGH_PX = 6, 420, 840
_SHEET_PX = 16_000  # JPEG ends at 65,535


def write_sheets(groups: Iterable[list[Picture]], folder: Path) -> list[Path]:
    """A group of pictures begins a row: sheet.jpg, sheet-2.jpg and so on, and the same as PNG. Writes."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    rows: list[Picture] = []
    for row in (row for group in groups for row in _lay_rows(group)):
        if rows and sum(map(len, rows)) + len(row) > _SHEET_PX:
            written.append(_write(rows, folder, len(written) + 1))
            rows = []
        rows.append(row)
    return [*written, _write(rows, folder, len(written) + 1)] if rows else written


def _lay_rows(pictures: list[Picture]) -> Iterator[Picture]:
    small = [_shrink(each) for each in pictures]
    high = max(map(len, small))
    small = [np.vstack([each, np.full((high - len(each), _WIDE_PX, 3), 255, np.uint8)]) for each in small]
    small += [np.full((high, _WIDE_PX, 3), 255, np.uint8)] * (-len(small) % _ACROSS)
    for start in range(0, len(small), _ACROSS):
        yield np.hstack(small[start : start + _ACROSS])


def _shrink(picture: Picture) -> Picture:
    """At most so wide and so high, white beside it where it is narrower."""
    high, wide = picture.shape[:2]
    scale = min(_WIDE_PX / wide, _MOST_HIGH_PX / high)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.hstack([small, np.full((size[1], _WIDE_PX - size[0], 3), 255, np.uint8)])


def _write(rows: list[Picture], folder: Path, number: int) -> Path:
    path = folder / ("sheet.jpg" if number == 1 else f"sheet-{number}.jpg")
    sheet = Image.fromarray(np.vstack(rows))
    sheet.save(path, quality=82)
    sheet.save(path.with_suffix(".png"))
    return path
