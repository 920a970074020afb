"""`prevenant identities`: link customers that are one person, answer what the linker asks, undo a merge."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table

from bot.commands.opening import opened
from bot.profile.link_reviews import accept_review, list_reviews, refuse_review
from bot.profile.merging import unmerge as undo_merge
from bot.profile.store.tables import merges

app = typer.Typer(no_args_is_help=True, help="Which customers are one person.")
say = Console(stderr=True)
_By = Annotated[str, typer.Option(help="Who decides: kept beside the decision.")]


@app.command()
def link(
    region: Annotated[str, typer.Option(help="Country of phone numbers that are written without one.")] = "FR",
) -> None:
    """Merge whom the records show to be one person, and queue the likely ones. A second run changes nothing."""
    from bot.profile.linking import link_customers  # here: splink and DuckDB take a second to load

    with opened() as services, say.status("Linking …") as status:
        report = link_customers(services.store, now=services.clock(), region=region, say=_tell(status.update))
    table = Table("", "", title="identities")
    for name, value in asdict(report).items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else str(value))
    say.print(table)
    typer.echo(json.dumps(asdict(report)))


@app.command()
def review(limit: Annotated[int, typer.Option(help="At most so many.")] = 50) -> None:
    """What waits for somebody's word, surest first, and which fields agree."""
    with opened() as services, services.store.read() as connection:
        waiting = list_reviews(connection, limit=limit)
    table = Table("N", "chance", "customers", "same", "alike", "differs")
    for each in waiting:
        fields = [", ".join(name for name, how in each.evidence.items() if how == wanted)
                  for wanted in ("same", "alike", "differs")]
        table.add_row(str(each.review_id), f"{each.chance:.3f}", f"{each.left_id}\n{each.right_id}", *fields)
    Console().print(table if waiting else "Nothing waits; `identities link` looks for likely pairs.")


@app.command()
def accept(number: Annotated[int, typer.Argument(metavar="N")], by: _By = "") -> None:
    """They are one person: merge them."""
    with opened() as services, services.store.write() as connection:
        merge_id = accept_review(connection, number, by=by, now=services.clock())
    say.print(f"merged; to undo it:  prevenant identities unmerge {merge_id}" if merge_id else "they were one already")


@app.command()
def refuse(number: Annotated[int, typer.Argument(metavar="N")], by: _By = "") -> None:
    """They are two people: no run proposes or merges them again."""
    with opened() as services, services.store.write() as connection:
        refuse_review(connection, number, by=by, now=services.clock())
    say.print("kept as two people")


@app.command("merges")
def list_merges(limit: Annotated[int, typer.Option(help="At most so many.")] = 50) -> None:
    """The merges that hold, newest first: what `unmerge` takes."""
    query = sa.select(merges).where(merges.c.undone_at.is_(None)).order_by(merges.c.merge_id.desc()).limit(limit)
    with opened() as services, services.store.read() as connection:
        rows = connection.execute(query).all()
    table = Table("N", "merged (UTC)", "reason", "customers")
    for row in rows:
        at = f"{row.merged_at:%Y-%m-%d %H:%M}"
        table.add_row(str(row.merge_id), at, row.reason, f"{row.left_id}\n{row.right_id}")
    Console().print(table if rows else "No merge holds.")


@app.command()
def unmerge(number: Annotated[int, typer.Argument(metavar="N")]) -> None:
    """Undo a merge: both get back what is theirs, what arrived since included. No run repeats it."""
    with opened() as services, services.store.write() as connection:
        undo_merge(connection, number, now=services.clock())
    say.print("two people again")


def _tell(update: Callable[[str], None]) -> Callable[[str], None]:
    """Progress that is seen as it comes, and stays."""
    def tell(text: str) -> None:
        say.print(f"[green]✓[/green] {text}")
        update("Linking …")

    return tell
