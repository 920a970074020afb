"""A picture that the shop uploads -> the same picture drawn anew, of bounded size, as every channel shows it. Pure."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from bot.channels.picture_bytes import clean_picture
from bot.errors import FixInput

MOST_FILE_BYTES = 5_000_000
MOST_PIXELS = 25_000_000  # of the file: 100 MB while it is drawn
LONG_SIDE_PX = 1_600  # of what is kept: a letter shows 480, a phone three times as many
MOST_KEPT_BYTES = 1_500_000
KINDS = {"image/jpeg": "jpg", "image/png": "png"}  # WebP is a sticker to WhatsApp, and nothing to some mail programs
_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True)
class Drawn:
    """A picture as it is kept: the bytes hold it, and nothing of where it came from."""

    content_type: str
    width_px: int
    height_px: int
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return sha256(self.content).hexdigest()


def draw_anew(data: bytes) -> Drawn:
    """The picture of a JPEG, PNG or WebP file. FixInput("picture") for too much, before a pixel is unpacked, and for
    what is none of these.

    A PNG stays one, and so does what is seen through; everything else becomes a JPEG.
    """
    if len(data) > MOST_FILE_BYTES:
        raise FixInput("picture", f"must be at most {MOST_FILE_BYTES} bytes")
    plain = clean_picture(data)  # what else lay in the file is gone before a decoder sees it
    if plain.width_px * plain.height_px > MOST_PIXELS:
        raise FixInput("picture", f"must be at most {MOST_PIXELS} px in all")
    try:
        image, is_graphic = _read(plain.content, plain.content_type)
    # What these decoders raise for files that are cut off or lie about themselves.
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError,
            SyntaxError, EOFError) as error:
        raise FixInput("picture", "is cut off or broken") from error
    return _write(image, is_graphic)


def _read(data: bytes, content_type: str) -> tuple[Image.Image, bool]:
    image = Image.open(BytesIO(data), formats=_FORMATS)
    if image.format == "JPEG":  # unpacked at a fraction of its size
        image.draft("RGB", (LONG_SIDE_PX, LONG_SIDE_PX))
    is_clear = image.has_transparency_data
    upright = ImageOps.exif_transpose(image).convert("RGBA" if is_clear else "RGB")
    upright.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX), Image.Resampling.LANCZOS)
    return upright, is_clear or content_type == "image/png"


def _write(image: Image.Image, is_graphic: bool) -> Drawn:
    """FixInput for one that stays too large whatever it is kept as."""
    for kind in ("PNG", "JPEG") if is_graphic else ("JPEG",):
        if kind == "JPEG" and image.mode == "RGBA":
            break
        out = BytesIO()
        options = {"optimize": True} if kind == "PNG" else {"quality": _QUALITY, "progressive": True}
        # A picture of its own: `image` may carry what the file said of itself.
        Image.frombytes(image.mode, image.size, image.tobytes()).save(out, kind, **options)
        if out.tell() <= MOST_KEPT_BYTES:
            return Drawn(f"image/{kind.lower()}", image.width, image.height, out.getvalue())
    raise FixInput("picture", f"takes more than {MOST_KEPT_BYTES} bytes: make it smaller, or save it as a JPEG")
