"""The bytes of a picture that somebody sent -> the same picture, and nothing else that lay in the file. Pure.

What a file says of itself is not believed: its parts are read one by one, and only those that a picture is drawn
from are kept. Where and when it was taken, with what, and whatever is hidden behind its end stay out. Of a JPEG's Exif
one number is read, how the camera was held, and written anew.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import FixInput

MOST_BYTES = 5_000_000
MOST_SIDE_PX = 8_000
MOST_PIXELS = 40_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"IDAT", b"IEND")
_JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # tables, an extension, arithmetic coding
_JPEG_KEPT = _JPEG_FRAMES | {0xC4, 0xDA, 0xDB, 0xDD, 0xEE}  # 0xEE says how the colours are mixed
_JPEG_EXIF = 0xE1
_TURN, _SHORT = 0x0112, 3  # Exif's field, and the kind of its value
_WEBP_KEPT = (b"VP8 ", b"VP8L", b"ALPH")
_WEBP_ALPHA = 0x10


@dataclass(frozen=True)
class Picture:
    """A picture without anything but itself."""

    content_type: str
    width_px: int
    height_px: int
    content: bytes


def clean_picture(data: bytes) -> Picture:
    """The picture of a JPEG, PNG or WebP file. FixInput("picture") for too much, and for what is none of these."""
    if len(data) > MOST_BYTES:
        raise FixInput("picture", f"must be at most {MOST_BYTES} bytes")
    try:
        picture = _clean(data)
    except (struct.error, IndexError, ValueError) as error:
        raise FixInput("picture", "is cut off or broken") from error
    sides = (picture.width_px, picture.height_px)
    if not 0 < min(sides) <= max(sides) <= MOST_SIDE_PX or sides[0] * sides[1] > MOST_PIXELS:
        raise FixInput("picture", f"must be at most {MOST_SIDE_PX} px a side and {MOST_PIXELS} px in all")
    return picture


def _clean(data: bytes) -> Picture:
    if data.startswith(_PNG):
        return _clean_png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _clean_jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _clean_webp(data)
    raise FixInput("picture", "must be a JPEG, PNG or WebP file")


def _clean_png(data: bytes) -> Picture:
    parts = list(_png_parts(data))
    if parts[0][0] != b"IHDR" or parts[-1][0] != b"IEND" or not any(kind == b"IDAT" for kind, _ in parts):
        raise ValueError("no picture in it")
    width, height = struct.unpack(">II", parts[0][1][8:16])
    content = _PNG + b"".join(whole for kind, whole in parts if kind in _PNG_KEPT)
    return Picture("image/png", width, height, content)


def _png_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and whole of every chunk up to the end of the picture; ValueError for one that does not add up."""
    at = len(_PNG)
    while at < len(data):
        (length,) = struct.unpack(">I", data[at:at + 4])
        whole = data[at:at + 12 + length]
        kind, (checksum,) = whole[4:8], struct.unpack(">I", whole[8 + length:])
        if zlib.crc32(whole[4:8 + length]) != checksum:
            raise ValueError("a chunk does not add up")
        yield kind, whole
        if kind == b"IEND":
            return
        at += len(whole)
    raise ValueError("no end")


def _clean_jpeg(data: bytes) -> Picture:
    parts = list(_jpeg_parts(data))
    frames = [whole for marker, whole in parts if marker in _JPEG_FRAMES]
    if len(frames) != 1 or not any(marker == 0xDA for marker, _ in parts):
        raise ValueError("not one picture in it")
    height, width = struct.unpack(">HH", frames[0][5:9])
    kept = b"".join(whole for marker, whole in parts if marker in _JPEG_KEPT)
    turn = next((turn for marker, whole in parts if marker == _JPEG_EXIF and (turn := _read_turn(whole[4:]))), 0)
    return Picture("image/jpeg", width, height, b"\xff\xd8" + _write_turn(turn) + kept + b"\xff\xd9")


def _read_turn(body: bytes) -> int:
    """How a camera was held, 2 to 8 as in Exif 2.32, 4.6.5.1 (Orientation); 0 for upright and where nothing is told."""
    head, tiff = body[:6], body[6:]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if head != b"Exif\0\0" or order is None:
        return 0
    try:
        (at,) = struct.unpack(f"{order}I", tiff[4:8])
        (fields,) = struct.unpack_from(f"{order}H", tiff, at)
        found = (struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number) for number in range(fields))
        turn = next((value for tag, kind, _, value in found if (tag, kind) == (_TURN, _SHORT)), 0)
    except struct.error:  # a broken Exif says nothing; the picture may be whole
        return 0
    return turn if 2 <= turn <= 8 else 0


def _write_turn(turn: int) -> bytes:
    """An Exif of our own that says how the picture is turned and nothing else; nothing for upright."""
    if not turn:
        return b""
    field = struct.pack(">HHIHH", _TURN, _SHORT, 1, turn, 0)
    body = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + field + b"\0\0\0\0"
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and whole of every segment up to the end of the picture, a scan with what is drawn from it."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker == 0xD9:
            return
        end = at + 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
        if marker == 0xDA:
            end = _scan_end(data, end)
        if end > len(data) or end < at + 4:
            raise ValueError("cut off")
        yield marker, data[at:end]
        at = end


def _scan_end(data: bytes, at: int) -> int:
    """Where the next marker stands: 0xFF before 0 and before a restart belongs to the scan."""
    while True:
        at = data.index(b"\xff", at)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _clean_webp(data: bytes) -> Picture:
    parts = [(kind, body) for kind, body in _webp_parts(data) if kind in _WEBP_KEPT]
    drawn = [(kind, body) for kind, body in parts if kind != b"ALPH"]
    if len(drawn) != 1:
        raise ValueError("not one still picture in it")
    width, height = _webp_size(*drawn[0])
    if any(kind == b"ALPH" for kind, _ in parts):  # only the extended form may hold it: written anew, with no more
        sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        parts.insert(0, (b"VP8X", bytes([_WEBP_ALPHA, 0, 0, 0]) + sides))
    body = b"WEBP" + b"".join(_webp_part(kind, each) for kind, each in parts)
    return Picture("image/webp", width, height, b"RIFF" + struct.pack("<I", len(body)) + body)


def _webp_parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, end = 12, 8 + struct.unpack("<I", data[4:8])[0]
    if end > len(data):
        raise ValueError("cut off")
    while at < end:
        kind, length = struct.unpack("<4sI", data[at:at + 8])
        if at + 8 + length > end:
            raise ValueError("cut off")
        yield kind, data[at + 8:at + 8 + length]
        at += 8 + length + length % 2


def _webp_part(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8L":
        if body[0] != 0x2F:
            raise ValueError("no lossless picture")
        (bits,) = struct.unpack("<I", body[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if body[3:6] != b"\x9d\x01\x2a":
        raise ValueError("no lossy picture")
    width, height = struct.unpack("<HH", body[6:10])
    return width & 0x3FFF, height & 0x3FFF
