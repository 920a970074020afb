"""Files that people send -> a picture, or a no before anything is unpacked."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from bot.errors import NotAllowed
from bot.tryon.photo import LONG_SIDE_PX, MOST_BYTES, read_photo, write_png

# Red beside blue, lying on its side as phones write it. Made by pillow-heif 1.8: pi-heif reads such files alone.
TURNED = Path(__file__).parent / "pictures" / "turned.heic"


def file_of(kind: str, size: tuple[int, int] = (80, 60), **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (200, 30, 40)).save(out, kind, **options)
    return out.getvalue()


NO_PHOTOS = [b"", b"hello", b"%PDF-1.7\n", b"\0\0\0\x18ftypheic\0\0", file_of("GIF"), file_of("TIFF")]


@pytest.mark.parametrize("data", NO_PHOTOS)
def test_refuses_what_is_no_photo(data: bytes) -> None:
    with pytest.raises(NotAllowed, match="not_a_photo"):
        read_photo(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_refuses_a_file_that_is_cut_off(kind: str) -> None:
    data = file_of(kind, (400, 300))
    with pytest.raises(NotAllowed, match="not_a_photo"):
        read_photo(data[: len(data) // 2])


def test_refuses_a_bomb_and_too_many_bytes() -> None:
    for size in (9_000, 14_000):
        out = BytesIO()
        Image.new("1", (size, size)).save(out, "PNG")
        with pytest.raises(NotAllowed, match="too_large"):
            read_photo(out.getvalue())
    with pytest.raises(NotAllowed, match="too_large"):
        read_photo(b"\xff\xd8\xff" + bytes(MOST_BYTES))


def test_turns_a_photo_upright_and_makes_it_smaller() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read_photo(file_of("JPEG", (4000, 3000), exif=exif))
    assert picture.shape == (LONG_SIDE_PX, 768, 3)


_CUT_OFF = b"Exif\0\0MM\0*"
_ODD = bytes.fromhex(  # upright by 6, and a resolution that is no number
    "4578696600004d4d002a00000008000201120003000000010006000001"
    "1a00010000000100000000"
    "00000000"
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("exif", "shape"), [(_CUT_OFF, (60, 80, 3)), (_ODD, (80, 60, 3))])
def test_exif_that_cannot_be_read_or_written_anew_takes_no_photo_away(
    kind: str, exif: bytes, shape: tuple[int, int, int]
) -> None:
    assert read_photo(file_of(kind, exif=exif)).shape == shape


@pytest.mark.parametrize("way", range(1, 9))
def test_every_orientation_is_turned_as_pillow_turns_it(way: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = way
    out, drawn = BytesIO(), np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    Image.fromarray(drawn).save(out, "PNG", exif=exif)
    assert np.array_equal(read_photo(out.getvalue()), np.asarray(ImageOps.exif_transpose(Image.open(out))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_reads_what_phones_send(kind: str) -> None:
    assert np.allclose(read_photo(file_of(kind))[30, 40], (200, 30, 40), atol=6)


def test_a_heic_is_turned_once_where_both_the_file_and_its_exif_say_so() -> None:
    picture = read_photo(TURNED.read_bytes())
    assert picture.shape == (128, 64, 3)
    assert np.allclose(picture[16, 32], (200, 30, 40), atol=6) and np.allclose(picture[-16, 32], (30, 60, 200), atol=6)


def test_refuses_a_heic_that_is_cut_off() -> None:
    data = TURNED.read_bytes()
    for share in (0.3, 0.9):
        with pytest.raises(NotAllowed, match="not_a_photo"):
            read_photo(data[: round(share * len(data))])


def test_sixteen_bits_of_grey_are_the_same_grey_in_eight() -> None:
    grey, out = np.tile(np.linspace(0, 65535, 300).astype(np.uint16), (200, 1)), BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    assert np.array_equal(read_photo(out.getvalue()), np.repeat((grey >> 8)[..., None], 3, axis=-1))
    with pytest.raises(NotAllowed, match="not_a_photo"):
        read_photo(out.getvalue()[:-200])


def test_writes_a_file_that_says_nothing_else() -> None:
    assert not Image.open(BytesIO(write_png(np.zeros((9, 9, 3), np.uint8)))).info
