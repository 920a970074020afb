"""Picture files as people upload them."""

from io import BytesIO
from typing import Any

from PIL import Image

from bot.bootstrap import Services
from bot.content.picture_files import draw_anew
from bot.content.pictures import Picture, keep_picture
from tests.conftest import NOW

ALTS = {"fr": "Un manteau <rouge> sur un banc", "en": "A \"red\" coat on a bench"}


def write_picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """A file of that kind, half red."""
    image = Image.new(mode, size, "#c03040" if mode != "RGBA" else (192, 48, 64, 90))
    image.paste((30, 60, 160) if mode != "RGBA" else (30, 60, 160, 255), (0, 0, size[0] // 2, size[1]))
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def keep(services: Services, name: str = "autumn", data: bytes = b"") -> Picture:
    """A picture in the store, of the next version."""
    with services.store.write() as connection:
        drawn = draw_anew(data or write_picture())
        return keep_picture(connection, name, drawn, ALTS, why="for autumn", by="ada", now=NOW)
