"""The console's deeds: look at try-on's records, correct one's points. Pages and the API do them by these alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bot.bootstrap import Services
from bot.console.deeds.inputs import Asked, Text
from bot.console.fittings import (
    Fittings,
    FittingView,
    find_folder,
    find_name,
    find_picture,
    read_named,
    survey_records,
    version_of,
    view_record,
)
from bot.console.people import Person
from bot.console.trail import write_trail
from bot.errors import Conflict, FixInput
from bot.tryon.points import is_picture, require_sound
from bot.tryon.record import Neckline, picture_size, write_record

MOST_POINTS, MOST_PIXELS, MOST_CENTIMETRES = 20, 10_000, 300
Pixels = Annotated[float, Field(ge=-MOST_PIXELS, le=MOST_PIXELS, allow_inf_nan=False)]
Centimetres = Annotated[float, Field(gt=0, le=MOST_CENTIMETRES, allow_inf_nan=False)]
Measured = Literal["chest", "length", "sleeve"]


class Corrected(Asked):
    """Where a product's points are, in pixels of its picture, all of them; a top's neckline, and its size laid flat."""

    version: Annotated[Text, Field(max_length=64, description="Of the record as it was looked at.")]
    points: Annotated[dict[str, tuple[Pixels, Pixels]], Field(max_length=MOST_POINTS)]
    neckline: Neckline = "unknown"
    flat_cm: Annotated[dict[Measured, Centimetres], Field(max_length=3, default_factory=dict)]


def survey(services: Services) -> Fittings:
    """All of them."""
    return survey_records(find_folder(services.settings))


def look_at(services: Services, name: str) -> FittingView:
    """One of them. NotFound for none."""
    return view_record(find_folder(services.settings), name)


def picture_of(services: Services, name: str) -> Path:
    """Where its cut-out lies. NotFound without one."""
    return find_picture(find_folder(services.settings), name)


def correct(services: Services, person: Person, asked_name: str, asked: Corrected) -> FittingView:
    """Keep the points, and that a person has looked: the product is offered from now on. Writes the file and the trail.

    FixInput names a point that cannot be right, Conflict where the record is another than was looked at.
    """
    folder, name = find_name(find_folder(services.settings), asked_name)
    record, size = read_named(folder, name), picture_size(folder, name)
    if not is_picture(size):
        raise FixInput("picture", "there is no picture on which points could lie: prepare one first")
    if asked.version != version_of(folder, name):
        raise Conflict("somebody changed this record meanwhile: look at it again")
    require_sound(record.category, asked.points, size)
    flat_cm: Mapping[str, float] = {str(key): cm for key, cm in asked.flat_cm.items()}
    neckline: Neckline = asked.neckline if record.category == "top" else "unknown"
    with services.store.write() as connection:
        write_trail(connection, person.name, "fitted", about=f"fitting:{name}", now=services.clock())
        write_record(folder, replace(record, points=asked.points, neckline=neckline, flat_cm=flat_cm, checked=True))
    return view_record(folder, name)
