"""A folder of one's own -> the people and the garments that try-on is measured with.

    DATA/people/*.jpg             photos of persons; without this folder, the pictures in DATA itself
    DATA/garments/top/*.png       a product each, lying flat or cut out, from the front, on a plain ground
    DATA/garments/hat/*.png       the same; DATA/garments/glasses/*.png, too

JPEG, PNG, WebP; of people HEIC, too. Without garments, the project's own are tried on. What cannot be used is left out,
with why.
"""

from collections.abc import Iterator
from pathlib import Path

from bot.errors import FixInput, NotAllowed
from bot.tryon.engine import Garment
from bot.tryon.photo import read_photo
from bot.tryon.prepare import make_garment, prepare
from bot.tryon.record import CATEGORIES, Category
from bot.tryon.wardrobe import read_picture

Unusable = dict[str, list[str]]  # by file name: why
_OF_PEOPLE, _OF_GARMENTS = (".jpg", ".jpeg", ".png", ".webp", ".heic"), (".jpg", ".jpeg", ".png", ".webp")


def read_people(folder: Path) -> tuple[dict[str, bytes], Unusable]:
    """Photos by their file's name; and those that are none. FixInput names the folder where nothing is left."""
    if not folder.is_dir():
        raise FixInput(str(folder), "is no folder")
    people = folder / "people" if (folder / "people").is_dir() else folder
    files = _list(people, _OF_PEOPLE)
    if not files:
        raise FixInput(str(people), "has no pictures of people")
    whys = {each: _why_unreadable(each) for each in files}
    if all(whys.values()):
        raise FixInput(str(people), f"has no picture that can be read as a photo; {files[0].name}: {whys[files[0]]}")
    read = {path.stem: path.read_bytes() for path, why in whys.items() if not why}
    return read, {path.stem: [why] for path, why in whys.items() if why}


def read_garments(folder: Path) -> tuple[dict[str, Garment], Unusable]:
    """Garments by category and file name; and those that nobody can be shown in. FixInput names a folder that is of no
    category.
    """
    garments = folder / "garments"
    if not garments.is_dir():
        return {}, {}
    for each in garments.iterdir():
        if each.name not in CATEGORIES and not each.name.startswith("."):
            raise FixInput(str(each), f"garments lie in folders of these names: {', '.join(CATEGORIES)}")
    read = dict(_read_garments(garments))
    usable = {name: each for name, each in read.items() if not isinstance(each, list)}
    return usable, {name: each for name, each in read.items() if isinstance(each, list)}


def _read_garments(folder: Path) -> Iterator[tuple[str, Garment | list[str]]]:
    for category in CATEGORIES:
        if (folder / category).is_dir():
            for path in _list(folder / category, _OF_GARMENTS):
                yield f"{category}/{path.stem}", _read_garment(path, category)


def _why_unreadable(path: Path) -> str:
    try:
        read_photo(path.read_bytes())
    except NotAllowed as error:
        return error.reason
    return ""


def _read_garment(path: Path, category: Category) -> Garment | list[str]:
    """It, or what is in doubt."""
    picture = read_picture(path)
    if picture is None:
        return ["not_a_picture"]
    prepared = prepare(picture, path.stem, "", category)
    return make_garment(prepared) if prepared.record.is_usable else list(prepared.record.doubts)


def _list(folder: Path, kinds: tuple[str, ...]) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix.lower() in kinds and not each.name.startswith("."))
