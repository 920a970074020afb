"""Recorded pictures, each with a place, a camera and remarks in it: none of that stays, every other byte does."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.channels.picture_bytes import MOST_BYTES, clean_picture
from bot.errors import FixInput

FOLDER = Path(__file__).parents[1] / "fixtures" / "web"
STILL = ("picture.jpg", "progressive.jpg", "picture.png", "lossy.webp", "lossless.webp", "alpha.webp")


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def make_png(width: int, height: int, *, data: bytes = b"\0") -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    sides = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    head = chunk(b"IHDR", sides + bytes([8, 2, 0, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", STILL)
def test_keeps_the_picture_and_nothing_else(name: str) -> None:
    raw = read(name)
    picture = clean_picture(raw)
    assert b"SECRET" in raw and b"SECRET" not in picture.content
    assert b"Exif" not in picture.content and b"EXIF" not in picture.content
    assert (picture.width_px, picture.height_px) == (60, 40)
    assert picture.content_type.endswith({"jpg": "jpeg"}.get(name.split(".")[1], name.split(".")[1]))
    assert clean_picture(picture.content) == picture


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"<svg onload=alert(1)>", b"%PDF-1.7", b"MZ\x90", b"RIFF\x04\0\0\0WAVE", b"\xff\xd8\xff"]
)
def test_refuses_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(FixInput, match="picture"):
        clean_picture(data)


def test_refuses_a_picture_that_moves() -> None:
    with pytest.raises(FixInput):
        clean_picture(read("moving.webp"))


@pytest.mark.parametrize("name", STILL)
def test_refuses_a_picture_that_is_cut_off(name: str) -> None:
    content = clean_picture(read(name)).content
    for length in range(0, len(content) - 2, 7):
        with pytest.raises(FixInput):
            clean_picture(content[:length])


def test_refuses_a_chunk_that_does_not_add_up() -> None:
    broken = bytearray(make_png(2, 2))
    broken[-14] ^= 1
    with pytest.raises(FixInput):
        clean_picture(bytes(broken))


@pytest.mark.parametrize("sides", [(0, 5), (8_001, 1), (7_000, 7_000), (2**31, 2**31)])
def test_refuses_more_pixels_than_a_reader_can_hold(sides: tuple[int, int]) -> None:
    with pytest.raises(FixInput, match="px"):
        clean_picture(make_png(*sides))


def test_refuses_too_many_bytes_before_it_reads_any() -> None:
    with pytest.raises(FixInput, match="bytes"):
        clean_picture(b"\xff\xd8\xff" + bytes(MOST_BYTES))


def exif(turn: int, order: str = "<") -> bytes:
    """A camera's segment, with its name and how it was held."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    fields = struct.pack(f"{order}HHII", 0x010F, 2, 6, 38) + struct.pack(f"{order}HHIHH", 0x0112, 3, 1, turn, 0)
    body = b"Exif\0\0" + mark + struct.pack(f"{order}IH", 8, 2) + fields + b"\0\0\0\0SECRET"
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("turn", [3, 6, 8])
def test_keeps_how_the_camera_was_held_and_not_whose_it_was(turn: int, order: str) -> None:
    upright = clean_picture(read("picture.jpg"))
    picture = clean_picture(upright.content[:2] + exif(turn, order) + upright.content[2:])
    assert b"SECRET" not in picture.content
    assert Image.open(BytesIO(picture.content)).getexif() == {0x0112: turn}
    assert clean_picture(picture.content) == picture


@pytest.mark.parametrize("segment", [exif(1), exif(99), exif(6)[:2] + b"\0\x0cExif\0\0II*\0"])
def test_tells_nothing_of_an_upright_camera_or_a_broken_word_of_it(segment: bytes) -> None:
    upright = clean_picture(read("picture.jpg"))
    assert clean_picture(upright.content[:2] + segment + upright.content[2:]) == upright
