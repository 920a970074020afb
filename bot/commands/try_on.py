"""`prevenant try-on`: the catalogue's pictures made ready for it; which need a person, and that one looked."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.bootstrap import PROJECT
from bot.commands.opening import opened
from bot.commerce.types import Product
from bot.errors import FixConfiguration, FixInput
from bot.recommend.catalogue import read_catalogue
from bot.recommend.traits import colours_of
from bot.service.try_on import KINDS, describe_fitting, is_demo_shop, is_never_shown
from bot.settings import Settings
from bot.tryon.categories import find_category
from bot.tryon.points import require_sound
from bot.tryon.record import (
    DOUBTS,
    Category,
    Record,
    RecordName,
    check_record,
    name_record,
    name_records,
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
        typer.Argument(
            exists=True, file_okay=False,
            help="Pictures named slug.colour.jpg (slug.jpg: the first colour). None: the demo's are drawn.",
        ),
    ] = None,
    only: Annotated[str, typer.Option(help="Only products whose slug has this in it.")] = "",
    again: Annotated[bool, typer.Option(help="Also those that a person has checked.")] = False,
    category: Annotated[
        Category | None, typer.Option("--as", help="What those with a picture are whose type in the shop says nothing.")
    ] = None,
) -> None:
    """Make a record of every top, hat and pair of glasses; say which need a person, and why. Checked ones stay, and
    those whose picture is not in the folder. Swimwear and lingerie are left out, whatever their type.
    """
    with opened() as services:
        if pictures is None and not is_demo_shop(services.settings):
            raise typer.BadParameter("name the folder of the pictures")
        found = [each for each in read_catalogue(services.commerce).products if only in each.slug]
        types = services.commerce.vocabulary().get("product_type", {})
        folder = find_folder(services.settings)
    products = [each for each in found if not is_never_shown(each)]
    if pictures is None:
        _tell(_prepare_all(products, _draw, folder, again=again), folder)
        return
    photographs = _Photographs(pictures, types, category)
    _tell(_prepare_all(products, photographs, folder, again=again), folder)
    _tell_left_out(photographs.left_out)
    _tell_never_shown([each.slug for each in found if is_never_shown(each) and photographs.has(each)])


@app.command("list")
def list_all(
    waiting: Annotated[bool, typer.Option(help="Only those that need a person.")] = False,
) -> None:
    """Every record and what is known of it; of one that cannot be read, why."""
    folder = _open_folder()
    table = Table("record", "category", "neckline", "points", "checked", "to look at")
    for name in name_records(folder):
        if row := _read_row(folder, name, waiting=waiting):
            table.add_row(*row)
    Console().print(table if table.rows else "There is no record.")


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


def _read_row(folder: Path, name: RecordName, *, waiting: bool) -> tuple[str, ...]:
    """A line of the list; () for what is not asked for. What cannot be read waits for a person."""
    try:
        record = read_record(folder, name)
    except FixConfiguration as error:
        return name, "", "", "", "", str(error)
    if record is None or (waiting and record.is_usable):
        return ()
    checked = "yes" if record.checked else ""
    return name, record.category, record.neckline, str(len(record.points)), checked, _why(record)


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


@dataclass(frozen=True)
class _Piece:
    """A product in one of its colours, "" where it has none."""

    product: Product
    colour: str
    is_first: bool  # of its colours


@dataclass
class _Outcome:
    """What there is now."""

    records: list[Record] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)  # a product's slug -> why it has no record


_Source = Callable[[_Piece, Record | None], "Prepared | None"]


def _prepare_all(products: Sequence[Product], source: _Source, folder: Path, *, again: bool) -> _Outcome:
    """Each product in each colour; progress on stderr. Writes."""
    outcome = _Outcome()
    for product in track(products, "Preparing", console=Console(stderr=True), transient=True):
        for place, colour in enumerate(colours_of(product) or ("",)):
            try:
                record = _prepare_one(_Piece(product, colour, place == 0), source, folder, again=again)
            except FixConfiguration as error:
                outcome.broken[product.slug] = str(error)
            else:
                outcome.records += [record] if record else []
    return outcome


def _prepare_one(piece: _Piece, source: _Source, folder: Path, *, again: bool) -> Record | None:
    """Its record as it is then; None where it has none and needs none. FixConfiguration for what can have none."""
    from bot.tryon.wardrobe import keep  # here and below: only this command needs the set `tryon`

    known = read_record(folder, name_record(piece.product.slug, piece.colour))
    if known is not None and known.checked and not again:
        return known
    prepared = source(piece, known)
    if prepared is None:
        return known
    measured = {**prepared.record.flat_cm, **(known.flat_cm if known else {})}  # no picture tells it: a person did
    prepared = replace(prepared, record=replace(prepared.record, flat_cm=measured))
    keep(folder, prepared)
    return prepared.record


def _draw(piece: _Piece, _known: Record | None) -> "Prepared | None":
    from bot.storefront.fitting_records import draw_record

    product = piece.product
    if product.product_type not in KINDS:
        return None
    return draw_record(describe_fitting(product, piece.colour, product.slug))


class _Photographs:
    """A folder of pictures; `left_out` counts those of which nothing says what they show, by the shop's types."""

    def __init__(self, folder: Path, types: Mapping[str, Sequence[str]], category: Category | None) -> None:
        """`types` are the shop's and what it calls them; `category` is of what they say nothing of."""
        from bot.tryon.wardrobe import list_pictures

        self._files, self._types, self._category = list_pictures(folder), types, category
        self.left_out: Counter[str] = Counter()

    def __call__(self, piece: _Piece, known: Record | None) -> "Prepared | None":
        """What the piece's file gives; a record that says so where there is none, or none that can be read.

        None where there is nothing to change, or nothing says what it is.
        """
        from bot.tryon.prepare import prepare, prepare_nothing
        from bot.tryon.wardrobe import read_picture

        product, colour = piece.product, piece.colour
        by_type = find_category((product.product_type, *self._types.get(product.product_type, ())))
        category = by_type or self._category or (known.category if known else None)
        path = self._find_file(piece)
        if path is None:
            has_picture = known is not None and "no_picture" not in known.doubts
            return prepare_nothing(product.slug, colour, by_type, "no_picture") if by_type and not has_picture else None
        if category is None:
            self.left_out[product.product_type] += 1
            return None
        picture = read_picture(path)
        if picture is None:
            return prepare_nothing(product.slug, colour, category, "not_a_picture")
        return prepare(picture, product.slug, colour, category)

    def has(self, product: Product) -> bool:
        """Whether the folder has a picture of it, in whatever colour."""
        return any(name_record(product.slug, colour) in self._files for colour in ("", *colours_of(product)))

    def _find_file(self, piece: _Piece) -> Path | None:
        slug = piece.product.slug
        names = (name_record(slug, piece.colour), name_record(slug, ""))[: 2 if piece.is_first else 1]
        return next((self._files[name] for name in names if name in self._files), None)


def _tell(outcome: _Outcome, folder: Path) -> None:
    records = outcome.records
    waiting = {each.name: _why(each) for each in records if not each.is_usable} | outcome.broken
    every = len(records) + len(outcome.broken)
    typer.echo(f"{every - len(waiting)} of {every} can be tried on; {folder}")
    if waiting:
        table = Table("needs a person", "to look at")
        for name, why in waiting.items():
            table.add_row(name, why)
        Console().print(table)


def _tell_left_out(types: Counter[str]) -> None:
    if types:
        counted = ", ".join(f"{name or 'no type'} ({count})" for name, count in types.most_common())
        typer.echo(
            f"Left out, though there are pictures, as their type says neither top, hat nor glasses: {counted}. "
            "For those that are one: `prepare PICTURES --as top --only SLUG`"
        )


def _tell_never_shown(slugs: Sequence[str]) -> None:
    if slugs:
        typer.echo(f"Left out, as swimwear and lingerie are shown on nobody's photo: {', '.join(slugs)}.")


def _why(record: Record) -> str:
    return "; ".join(DOUBTS.get(each, each) for each in record.doubts)
