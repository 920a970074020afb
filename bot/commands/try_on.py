"""`prevenant try-on`: the catalogue's pictures made ready for it; which need a person, and that one looked."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.bootstrap import PROJECT, Services
from bot.commands.opening import opened
from bot.errors import FixInput
from bot.recommend.catalogue import read_catalogue
from bot.recommend.traits import colours_of
from bot.service.try_on import KINDS, Fitting, describe_fitting, is_demo_shop
from bot.settings import Settings
from bot.tryon.points import require_sound
from bot.tryon.record import (
    DOUBTS,
    Record,
    RecordName,
    check_record,
    list_records,
    name_record,
    picture_size,
    read_record,
)

if TYPE_CHECKING:
    from bot.tryon.prepare import Prepared

app = typer.Typer(no_args_is_help=True, help="Records of products for try-on: prepare them, list them, check them.")
_FOLDER = "var/try-on-records"


@app.command("prepare")
def prepare_catalogue(
    pictures: Annotated[
        Path | None,
        typer.Argument(help="Pictures named slug.colour.jpg (slug.jpg: the first colour). None: the demo's are drawn."),
    ] = None,
    only: Annotated[str, typer.Option(help="Only products whose slug has this in it.")] = "",
    again: Annotated[bool, typer.Option(help="Also those that a person has checked.")] = False,
) -> None:
    """Make a record of every top, hat and pair of glasses; say which need a person, and why. Checked ones stay."""
    with opened() as services:
        folder = find_folder(services.settings)
        if pictures is None and not is_demo_shop(services.settings):
            raise typer.BadParameter("name the folder of the pictures")
        told = [_prepare_one(each, nth, pictures, folder, again=again) for each, nth in _list_fittings(services, only)]
    _tell(told, folder)


@app.command("list")
def list_all(
    waiting: Annotated[bool, typer.Option(help="Only those that need a person.")] = False,
) -> None:
    """Every record and what is known of it."""
    records = [each for each in list_records(_open_folder()) if not (waiting and each.is_usable)]
    table = Table("record", "category", "neckline", "points", "checked", "to look at")
    for each in records:
        checked = "yes" if each.checked else ""
        table.add_row(each.name, each.category, each.neckline, str(len(each.points)), checked, _why(each))
    Console().print(table if records else "There is no record.")


@app.command("check")
def check(names: Annotated[list[str], typer.Argument(help="Records as the list calls them.")]) -> None:
    """Keep that you have looked at these, and corrected their points where they were wrong: they may be shown."""
    folder = _open_folder()
    for name in names:
        _require_points(folder, RecordName(name))
        typer.echo(f"{check_record(folder, RecordName(name)).name}: checked")


def find_folder(settings: Settings) -> Path:
    """Where the records lie."""
    return PROJECT / (settings.try_on_records or _FOLDER)


def _require_points(folder: Path, name: RecordName) -> None:
    """That it can be tried on at all. BadParameter says which point is wrong."""
    record = read_record(folder, name)
    if record is None:
        raise typer.BadParameter(f"{folder} has no record {name}")
    try:
        require_sound(record.category, record.points, picture_size(folder, name))
    except FixInput as error:
        raise typer.BadParameter(f"{name}: {error.field} {error.message}") from error


def _open_folder() -> Path:
    with opened() as services:
        return find_folder(services.settings)


def _list_fittings(services: Services, only: str) -> Iterator[tuple[Fitting, int]]:
    """Each product that could be tried on, in each colour, and the colour's place; progress on stderr."""
    every = read_catalogue(services.commerce).products
    products = [each for each in every if each.product_type in KINDS and only in each.slug]
    for product in track(products, "Preparing", console=Console(stderr=True), transient=True):
        for place, colour in enumerate(colours_of(product) or ("",)):
            yield describe_fitting(product, colour, product.slug), place


def _prepare_one(fitting: Fitting, place: int, pictures: Path | None, folder: Path, *, again: bool) -> Record:
    from bot.tryon.wardrobe import keep  # here and below: only this command needs the set `tryon`

    known = read_record(folder, name_record(fitting.slug, fitting.colour))
    if known is not None and known.checked and not again:
        return known
    prepared = _draw(fitting) if pictures is None else _read(fitting, place, pictures)
    keep(folder, prepared)
    return prepared.record


def _draw(fitting: Fitting) -> "Prepared":
    from bot.storefront.fitting_records import draw_record

    return draw_record(fitting)


def _read(fitting: Fitting, place: int, pictures: Path) -> "Prepared":
    """What its file gives; a record that says so where there is none, or none that can be read."""
    from bot.tryon.prepare import prepare, prepare_nothing
    from bot.tryon.wardrobe import find_picture, read_picture

    names = (f"{fitting.slug}.{fitting.colour}", fitting.slug)[: 1 if place else 2]
    category = KINDS[fitting.product_type]
    path = find_picture(pictures, *names)
    if path is None:
        return prepare_nothing(fitting.slug, fitting.colour, category, "no_picture")
    picture = read_picture(path)
    if picture is None:
        return prepare_nothing(fitting.slug, fitting.colour, category, "not_a_picture")
    return prepare(picture, fitting.slug, fitting.colour, category)


def _tell(records: list[Record], folder: Path) -> None:
    waiting = [each for each in records if not each.is_usable]
    typer.echo(f"{len(records) - len(waiting)} of {len(records)} can be tried on; {folder}")
    if waiting:
        table = Table("needs a person", "to look at")
        for each in waiting:
            table.add_row(each.name, _why(each))
        Console().print(table)


def _why(record: Record) -> str:
    return "; ".join(DOUBTS.get(each, each) for each in record.doubts)
