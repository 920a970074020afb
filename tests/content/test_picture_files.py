"""An uploaded file is drawn anew: bounded, upright, without what it said of itself; what is no picture is refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from bot.content import picture_files
from bot.content.picture_files import LONG_SIDE_PX, draw_anew
from bot.errors import FixInput
from tests.content.pictures import write_picture


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SECRET-CAMERA"
    exif.get_ifd(0x8825)[1] = "N"
    return exif.tobytes()


def _png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large; its one row of pixels unpacks to nothing of it."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "mode", "becomes"), [
    ("JPEG", "RGB", "image/jpeg"), ("PNG", "RGB", "image/png"), ("PNG", "RGBA", "image/png"),
    ("WEBP", "RGB", "image/jpeg"), ("WEBP", "RGBA", "image/png"), ("JPEG", "L", "image/jpeg"),
])
def test_keeps_what_every_channel_shows(kind: str, mode: str, becomes: str) -> None:
    data = write_picture(kind, mode=mode) if mode != "L" else _grey()
    drawn = draw_anew(data)
    shown = Image.open(BytesIO(drawn.content))
    assert (drawn.content_type, shown.size) == (becomes, (60, 40))
    assert (shown.mode == "RGBA") == (mode == "RGBA")


def _grey() -> bytes:
    out = BytesIO()
    Image.new("L", (60, 40), 90).save(out, "JPEG")
    return out.getvalue()


def test_nothing_is_kept_but_the_picture_and_it_stands_upright() -> None:
    drawn = draw_anew(write_picture(size=(60, 40), exif=_exif()) + b"SECRET-TAIL")
    assert (drawn.width_px, drawn.height_px) == (40, 60)
    assert b"SECRET" not in drawn.content and b"Exif" not in drawn.content
    assert dict(Image.open(BytesIO(drawn.content)).getexif()) == {}


def test_a_large_picture_is_kept_smaller() -> None:
    drawn = draw_anew(write_picture(size=(4_000, 1_000)))
    assert (drawn.width_px, drawn.height_px) == (LONG_SIDE_PX, LONG_SIDE_PX // 4)


def test_a_graphic_that_stays_too_large_becomes_a_jpeg_unless_it_is_seen_through(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_files, "MOST_KEPT_BYTES", 30_000)
    noise = Image.effect_noise((150, 150), 90).convert("RGB")
    out = BytesIO()
    noise.save(out, "PNG")
    assert draw_anew(out.getvalue()).content_type == "image/jpeg"
    noise.putalpha(Image.linear_gradient("L").resize(noise.size))
    out = BytesIO()
    noise.save(out, "PNG")
    with pytest.raises(FixInput, match="make it smaller"):
        draw_anew(out.getvalue())


@pytest.mark.parametrize(("data", "why"), [
    (b"", "must be a JPEG"), (b"<svg onload='x'/>", "must be a JPEG"), (b"GIF89a" + b"\0" * 50, "must be a JPEG"),
    (write_picture()[:200], "broken"), (write_picture("PNG")[:60], "broken"), (b"\x89PNG\r\n\x1a\n", "broken"),
    (_png_of(7_900, 4_000), "px in all"), (_png_of(100_000, 100_000), "px a side"), (_png_of(90, 90), "broken"),
    (b"\xff\xd8\xff" + b"\0" * 5_000_000, "at most 5000000 bytes"),
])
def test_refuses_what_is_no_picture_before_it_is_unpacked(data: bytes, why: str) -> None:
    with pytest.raises(FixInput, match=why):
        draw_anew(data)
