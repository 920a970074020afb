"""The bytes of a photo -> an upright RGB array of bounded size, and nothing else that lay in the file."""

import struct
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from bot.errors import NotAllowed

Picture = NDArray[Any]  # (height, width, 3) of uint8, RGB
MOST_BYTES = 16_000_000
MOST_PIXELS = 50_000_000
LONG_SIDE_PX = 1024
_FORMATS = ("JPEG", "PNG", "WEBP")
_TURNS: Mapping[int, Image.Transpose] = {  # by EXIF's orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_photo(data: bytes) -> Picture:
    """The photo as it is meant to be seen, its long side at most 1024 px.

    NotAllowed("not_a_photo") for any other file and for a broken one, NotAllowed("too_large") before a pixel is
    unpacked where there are too many.
    """
    if len(data) > MOST_BYTES:
        raise NotAllowed("too_large")
    try:
        return _read(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAllowed("too_large") from error
    # What these decoders raise for files that are cut off, lie about themselves or are something else.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, RuntimeError, struct.error) as error:
        raise NotAllowed("not_a_photo") from error


def write_png(picture: Picture) -> bytes:
    """The picture as a PNG that says nothing of where it came from."""
    out = BytesIO()
    Image.fromarray(picture).save(out, "PNG", compress_level=3)
    return out.getvalue()


def to_steps(picture: Picture) -> Picture:
    """A picture of 0 to 1 in steps of 255."""
    steps: Picture = (np.clip(picture, 0, 1) * 255).round().astype(np.uint8)
    return steps


def _read(data: bytes) -> Picture:
    image = _open(data)
    if image.width * image.height > MOST_PIXELS:
        raise NotAllowed("too_large")
    if image.format == "JPEG":  # unpacked at a fraction of its size: a twelfth of the time at 12 megapixels
        image.draft("RGB", (LONG_SIDE_PX, LONG_SIDE_PX))
    upright = _to_rgb(_turn(image))
    upright.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX), Image.Resampling.LANCZOS)
    return np.asarray(upright)


def _turn(image: Image.Image) -> Image.Image:
    """The image upright, as its EXIF says; as it is where that cannot be read.

    ImageOps.exif_transpose also writes the EXIF anew, and fails on values that are no more than odd (Pillow 13.0).
    """
    try:
        way = image.getexif().get(ExifTags.Base.Orientation)
    except (struct.error, ValueError, TypeError, SyntaxError, KeyError, OverflowError):
        return image
    turn = _TURNS.get(way or 1)
    return image if turn is None else image.transpose(turn)


def _to_rgb(image: Image.Image) -> Image.Image:
    """The image in steps of 255; 16 bits of grey are made smaller first, which Pillow would cut off at 255."""
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("RGB")


def _open(data: bytes) -> Image.Image:
    if data[4:8] == b"ftyp":
        heif = pi_heif.open_heif(data)
        if heif.size[0] * heif.size[1] > MOST_PIXELS:
            raise NotAllowed("too_large")
        return heif.to_pillow()
    return Image.open(BytesIO(data), formats=_FORMATS)
