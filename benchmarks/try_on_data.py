"""A folder of one's own -> the people and the garments that try-on is measured with.

    DATA/people/*.jpg             photos of persons; without this folder, the pictures in DATA itself
    DATA/garments/top/*.png       a product each, lying flat or cut out, from the front, on a plain ground
    DATA/garments/hat/*.png       the same; DATA/garments/glasses/*.png, too

JPEG, PNG, WebP; of people HEIC, too. Without garments, the project's own are tried on.
"""

from collections.abc import Iterator
from pathlib import Path

from bot.errors import FixInput, NotAllowed
from bot.tryon.engine import Garment
from bot.tryon.photo import read_photo
from bot.tryon.prepare import make_garment, prepare
from bot.tryon.record import CATEGORIES, DOUBTS, Category
from bot.tryon.wardrobe import read_picture

_OF_PEOPLE, _OF_GARMENTS = (".jpg", ".jpeg", ".png", ".webp", ".heic"), (".jpg", ".jpeg", ".png", ".webp")


def read_people(folder: Path) -> dict[str, bytes]:
    """Photos by their file's name. FixInput names the file that is none, or the folder that has none."""
    if not folder.is_dir():
        raise FixInput(str(folder), "is no folder")
    people = folder / "people" if (folder / "people").is_dir() else folder
    files = _list(people, _OF_PEOPLE)
    if not files:
        raise FixInput(str(people), "has no pictures of people")
    return {each.stem: _read_person(each) for each in files}


def read_garments(folder: Path) -> dict[str, Garment]:
    """Garments by category and file name. FixInput names the file that cannot be used, and why."""
    garments = folder / "garments"
    if not garments.is_dir():
        return {}
    for each in garments.iterdir():
        if each.name not in CATEGORIES:
            raise FixInput(str(each), f"garments lie in folders of these names: {', '.join(CATEGORIES)}")
    return dict(_read_garments(garments))


def _read_garments(folder: Path) -> Iterator[tuple[str, Garment]]:
    for category in CATEGORIES:
        if (folder / category).is_dir():
            for path in _list(folder / category, _OF_GARMENTS):
                yield f"{category}/{path.stem}", _read_garment(path, category)


def _read_person(path: Path) -> bytes:
    data = path.read_bytes()
    try:
        read_photo(data)
    except NotAllowed as error:
        raise FixInput(str(path), f"cannot be read as a photo: {error.reason}") from error
    return data


def _read_garment(path: Path, category: Category) -> Garment:
    picture = read_picture(path)
    if picture is None:
        raise FixInput(str(path), DOUBTS["not_a_picture"])
    prepared = prepare(picture, path.stem, "", category)
    if not prepared.record.is_usable:
        raise FixInput(str(path), "; ".join(DOUBTS[each] for each in prepared.record.doubts))
    return make_garment(prepared)


def _list(folder: Path, kinds: tuple[str, ...]) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.suffix.lower() in kinds and not each.name.startswith("."))
