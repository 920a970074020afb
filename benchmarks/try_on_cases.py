"""Photos that should be refused, for the right reason, and photos that should be taken: made of photos of people."""

import sys
from collections.abc import Iterator
from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from benchmarks.people.gallery import seen_from
from bot.errors import NotAllowed
from bot.storefront.fitting_art import draw_cloth, draw_front
from bot.storefront.hat_art import draw_hat
from bot.tryon.engine import Garment, wear
from bot.tryon.models import Models
from bot.tryon.photo import Picture, read_photo

TOP, GLASSES = draw_cloth("#25345a", "plain", "cotton"), draw_front("", "#2b2a2d")
Case = tuple[str, bytes, Garment, tuple[str, ...]]  # name, file, what is tried on, which reasons are right ("": taken)


def judge(cases: Iterator[Case], models: Models) -> Iterator[bool]:
    """For each case, whether what happens is what should; what should not is told on stderr."""
    for name, data, garment, wanted in cases:
        try:
            wear(read_photo(data), garment, models)
            got = ""
        except NotAllowed as error:
            got = error.reason
        if got not in wanted:
            print(f"{name}: {got or 'taken'}, and should be {' or '.join(each or 'taken' for each in wanted)}", file=sys.stderr)
        yield got in wanted


def cases_of_photos(photos: dict[str, bytes]) -> Iterator[Case]:
    """What may be wrong with a file, and everything that may be wrong with a photo, made of each."""
    top, glasses, hat = TOP, GLASSES, draw_hat("fedora-en-feutre-detective", "camel")
    rng = np.random.default_rng(1)
    for name, data in photos.items():
        photo = read_photo(data)
        height, width = photo.shape[:2]
        wanted: dict[str, tuple[Picture, Garment, tuple[str, ...]]] = {
            "as it is": (photo, top, ("",)), "as it is, glasses": (photo, glasses, ("",)),
            "mirrored": (photo[:, ::-1], top, ("",)), "mirrored, glasses": (photo[:, ::-1], glasses, ("",)),
            "brighter": (np.clip(photo * 1.25, 0, 255).astype(np.uint8), top, ("",)),
            "a bit darker": (np.uint8(photo * 0.7), top, ("",)),
            "grey": (np.repeat(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None], 3, 2), glasses, ("",)),
            "noisy": (np.clip(photo + rng.normal(0, 8, photo.shape), 0, 255).astype(np.uint8), top, ("",)),
            "dark": (np.uint8(photo * 0.12), top, ("too_dark", "no_person")),
            "dark, glasses": (np.uint8(photo * 0.18), glasses, ("too_dark", "no_person")),
            "blurred": (cv2.GaussianBlur(photo, (0, 0), 9), top, ("blurred",)),
            "moved": (cv2.blur(photo, (41, 1)), top, ("blurred",)),
            "blurred, glasses": (cv2.GaussianBlur(photo, (0, 0), 8), glasses, ("blurred",)),
            "two": (np.hstack([photo, photo[:, ::-1]]), top, ("several_people",)),
            "two, glasses": (np.hstack([photo, photo]), glasses, ("several_people",)),
            "three": (np.hstack([photo] * 3), top, ("several_people",)),
            "tiny": (cv2.resize(photo, (150, 150 * height // width)), top, ("too_small",)),
            "far": (_far(photo), top, ("too_small", "no_person")), "far, glasses": (_far(photo), glasses, ("too_small", "no_person")),
            "nobody": (photo[: height // 4, : width // 4], top, ("no_person", "too_small")),
            "head": (_head(photo), top, ("head_only",)), "head, glasses": (_head(photo), glasses, ("",)),
            "as it is, hat": (photo, hat, ("",)), "mirrored, hat": (photo[:, ::-1], hat, ("",)),
            "dark, hat": (np.uint8(photo * 0.15), hat, ("too_dark", "no_person")),
            "head cut, hat": (photo[height // 7 :], hat, ("head_cut", "no_person", "no_face")),
        }
        for what, (picture, garment, right) in wanted.items():
            yield f"{name}, {what}", as_file(picture, "PNG"), garment, right
        large = as_file(cv2.resize(photo, (3000, 4000)), "JPEG")
        yield f"{name}, 12 megapixels", large, glasses, ("",)
        yield f"{name}, turned", _turned(photo), glasses, ("",)
        yield f"{name}, cut off", large[: len(large) // 3], top, ("not_a_photo",)
    yield "a PDF", b"%PDF-1.7\n%\xe2\xe3", top, ("not_a_photo",)
    yield "words", b"hello", top, ("not_a_photo",)
    yield "nothing", b"", top, ("not_a_photo",)
    yield "a bomb", _bomb(), top, ("too_large",)
    for shade in (20, 90, 160, 250):
        yield f"plain {shade}", as_file(np.full((600, 500, 3), shade, np.uint8), "PNG"), top, ("no_person", "too_dark")
    yield "noise", as_file(rng.integers(0, 255, (600, 500, 3)).astype(np.uint8), "PNG"), top, ("no_person",)
    yield "a drawing", as_file(np.uint8(255 * np.clip(GLASSES.picture[..., :3], 0, 1)), "PNG"), glasses, ("no_person",)


def cases_of_people(fronts: dict[str, bytes]) -> Iterator[Case]:
    """Each of several people: as they are, from behind or from the side, with the next one, near, far, dark, blurred."""
    photos = {name: read_photo(data) for name, data in fronts.items()}
    for name, following in zip(photos, [*list(photos)[1:], next(iter(photos))], strict=True):
        photo = photos[name]
        width = photo.shape[1]
        yield f"{name}, as it is", fronts[name], TOP, ("",)
        yield f"{name}, as it is, glasses", fronts[name], GLASSES, ("",)
        if back := seen_from(name, "back"):
            yield f"{name}, back", back, TOP, ("back_view",)
            yield f"{name}, back, glasses", back, GLASSES, ("no_face", "no_person")
        if side := seen_from(name, "side"):
            yield f"{name}, side", side, TOP, ("sideways",)
            yield f"{name}, side, glasses", side, GLASSES, ("sideways", "no_face", "no_person")
        two = np.hstack([photo, cv2.resize(photos[following], photo.shape[1::-1])])
        made: dict[str, tuple[Picture, Garment, tuple[str, ...]]] = {
            "two": (two, TOP, ("several_people",)), "two, glasses": (two, GLASSES, ("several_people",)),
            "mirrored": (photo[:, ::-1], TOP, ("",)), "a bit darker": (np.uint8(photo * 0.75), TOP, ("",)),
            "dark": (np.uint8(photo * 0.1), TOP, ("too_dark", "no_person")),
            "blurred": (cv2.GaussianBlur(photo, (0, 0), width / 60), TOP, ("blurred",)),
            "far": (_far(photo), TOP, ("too_small", "no_person")),
            "far, glasses": (_far(photo), GLASSES, ("too_small", "no_person")),
            "dark, glasses": (np.uint8(photo * 0.1), GLASSES, ("too_dark", "no_person")),
            "blurred, glasses": (cv2.GaussianBlur(photo, (0, 0), width / 60), GLASSES, ("blurred",)),
            "mirrored, glasses": (photo[:, ::-1], GLASSES, ("",)),
            "head": (_head(photo), TOP, ("head_only",)), "head, glasses": (_head(photo), GLASSES, ("",)),
        }
        for what, (picture, garment, right) in made.items():
            yield f"{name}, {what}", as_file(picture, "PNG"), garment, right


def _far(photo: Picture) -> Picture:
    room = np.full((1000, 1000, 3), 190, np.uint8)
    small = cv2.resize(photo, (110, 110 * photo.shape[0] // photo.shape[1]), interpolation=cv2.INTER_AREA)
    room[500 : 500 + small.shape[0], 400:510] = small
    return room


def _head(photo: Picture) -> Picture:
    height, width = photo.shape[:2]
    return cv2.resize(photo[: round(0.4 * height), round(0.2 * width) : round(0.75 * width)], None, fx=2, fy=2)


def as_file(picture: Picture, kind: str) -> bytes:
    """The picture as a file of Pillow's format `kind`."""
    out = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(out, kind)
    return out.getvalue()


def _turned(photo: Picture) -> bytes:
    """As phones keep it: lying on its side, with a word on how to turn it."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.ascontiguousarray(np.rot90(photo))).save(out, "JPEG", exif=exif)
    return out.getvalue()


def _bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()
