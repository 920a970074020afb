"""A photo's bytes and what is tried on -> a labelled picture, or a reason and what helps. Keeps nothing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bot.contracts.messages import Language
from bot.errors import NotAllowed
from bot.tryon.covering import cover
from bot.tryon.face import Front, wear_glasses
from bot.tryon.fit import choose_way
from bot.tryon.garment import find_top
from bot.tryon.gates import Mode, find_reason
from bot.tryon.head import Hat, wear_hat
from bot.tryon.label import FACE_WORDS, WORDS, label
from bot.tryon.looking import find_person
from bot.tryon.models import Floats, Models
from bot.tryon.overlay import Flat
from bot.tryon.person import Person
from bot.tryon.photo import Picture, read_photo, write_png
from bot.tryon.retexture import Cloth, retexture


@dataclass(frozen=True)
class Top:
    """A top: its cloth, how long its sleeves are (0 none to 1 long), and its flat picture, made when needed."""

    cloth: Cloth
    sleeves: float
    open_flat: Callable[[], Flat]


Garment = Cloth | Top | Front | Hat
_LEAST_TOP = 0.35  # of the square on the shoulders' width: less is a scarf, or arms folded over the top


@dataclass(frozen=True)
class Worn:
    """The photo as it was read, and the same with the product on."""

    photo: Picture
    picture: Picture


def mode_of(garment: Garment) -> Mode:
    """Which way a product is tried on."""
    match garment:
        case Front():
            return "glasses"
        case Hat():
            return "hat"
        case _:
            return "top"


def try_on(data: bytes, garment: Garment, language: Language, models: Models) -> bytes:
    """A PNG of the person with the garment on. NotAllowed(reason) where the photo will not do."""
    worn = wear(read_photo(data), garment, models)
    words = WORDS if mode_of(garment) == "top" else FACE_WORDS
    return write_png(label(worn.picture, words[language]))


def check(photo: Picture, garment: Garment, models: Models) -> Person:
    """Who is in the photo. NotAllowed(reason) where the photo will not do."""
    person = find_person(photo, models)
    reason = find_reason(photo, person, mode_of(garment))
    if reason:
        raise NotAllowed(reason)
    return person


def wear(photo: Picture, garment: Garment, models: Models) -> Worn:
    """The photo with the garment on, without its label. NotAllowed(reason) where the photo will not do."""
    person = check(photo, garment, models)
    if isinstance(garment, Front):
        return Worn(photo, wear_glasses(photo, person, garment))
    if isinstance(garment, Hat):
        return Worn(photo, wear_hat(photo, person, garment))
    if person.body is None:
        raise NotAllowed("head_only")
    top = find_top(photo, person)
    across = float(np.hypot(*(person.body.points[11, :2] - person.body.points[12, :2])))
    if top.sum() < _LEAST_TOP * across**2:
        raise NotAllowed("top_not_seen")
    if isinstance(garment, Top):
        return Worn(photo, _wear_top(photo, person, top, garment))
    return Worn(photo, retexture(photo, top, person.body, garment))


def _wear_top(photo: Picture, person: Person, worn: Floats, top: Top) -> Picture:
    """The top in the way that suits what is worn."""
    if person.body is None:
        raise NotAllowed("head_only")
    if choose_way(photo, worn, person.body, top.sleeves) == "overlay":
        return cover(photo, person, worn, top.open_flat())
    return retexture(photo, worn, person.body, top.cloth)
