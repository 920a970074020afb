"""`prevenant segments`: the shop's segments with counts, what a rule would find, who is like a segment."""

import json
import time
from collections.abc import Collection
from typing import Annotated

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import InForce, Services
from bot.commands.opening import opened
from bot.errors import FixInput
from bot.profile.segments.describe import describe_rule
from bot.profile.segments.lookalike import TELLS_TOO_MUCH, find_lookalike, keep_lookalike, names_any
from bot.profile.segments.members import count_members, count_persons, refresh_segments
from bot.profile.segments.query import select_persons, values_for
from bot.profile.segments.scope import Scope

app = typer.Typer(invoke_without_command=True, help="Named rules over customers: data/shops/<shop>/segments.toml.")
EXAMPLES = 5


@app.callback(invoke_without_command=True)
def list_segments(context: typer.Context) -> None:
    """Every segment, how many persons are in it, and its rule in both languages."""
    if context.invoked_subcommand:
        return
    with opened() as services, services.store.read() as connection:
        counts, persons = count_members(connection), count_persons(connection)
        table = Table("segment", "persons", "share", "rule", title=f"{persons:,} persons")
        for name, segment in InForce(services).read().segments.segments.items():
            words = "\n".join(describe_rule(segment.tree, language) for language in ("en", "fr"))
            table.add_row(name, *_counted(counts.pop(name, 0), persons), words)
        for name, count in sorted(counts.items()):
            table.add_row(name, *_counted(count, persons), "")
    Console().print(table)


@app.command()
def preview(
    rule: Annotated[str, typer.Argument(help="A rule, as in segments.toml.")],
    sql: Annotated[bool, typer.Option("--sql", help="Show the statement too.")] = False,
) -> None:
    """How many persons a rule finds, their share, five of their ids. Changes nothing."""
    with opened() as services:
        tree = InForce(services).read().segments.read(rule)
        now = services.clock()
        with services.store.read() as connection:
            statement = select_persons(tree, Scope(connection.dialect.name, services.segments.traits))
            found, values = statement.subquery(), values_for([tree], now)
            count = connection.scalar(sa.select(sa.func.count()).select_from(found), values) or 0
            some = connection.scalars(statement.order_by("customer_id").limit(EXAMPLES), values).all()
            persons = count_persons(connection)
            text = as_sql(statement, connection, values) if sql else ""
    say = Console(stderr=True)
    for language in ("en", "fr"):
        say.print(f"[dim]{language}[/dim]  {describe_rule(tree, language)}", highlight=False)
    say.print(f"{count:,} of {persons:,} persons ({_share(count, persons)})")
    if sql:
        typer.echo(text)
    typer.echo(json.dumps({"count": count, "share": count / persons if persons else 0.0, "examples": list(some)}))


@app.command()
def refresh() -> None:
    """Bring every segment up to date for everybody, as the worker does every five minutes."""
    with opened() as services:
        started = time.monotonic()
        changes = refresh_segments(services.store, InForce(services).read().segments, now=services.clock())
        seconds = round(time.monotonic() - started, 3)
        with services.store.read() as connection:
            counts = count_members(connection)
    told = {
        name: {"persons": counts.get(name, 0), "entered": len(change.entered), "left": len(change.left)}
        for name, change in changes.items()
    }
    typer.echo(json.dumps({"seconds": seconds, "segments": told}))


@app.command()
def lookalike(
    segment: Annotated[str, typer.Argument(help="The seed: a segment that has members.")],
    size: Annotated[int, typer.Option(help="So many persons.")] = 1_000,
) -> None:
    """The persons outside a segment most like those in it, of those who agreed, kept as the segment `like:SEGMENT`."""
    with opened() as services:
        never = services.privacy.assistant.never
        _require_seed(services, segment, never)
        now = services.clock()
        with services.store.read() as connection:
            found = find_lookalike(connection, segment, size, now=now, never=never)
        change = keep_lookalike(services.store, found, now=now)
    say = Console(stderr=True)
    say.print(f"{len(found.persons):,} of {found.population:,} who agreed are most like {found.seed:,} of {segment}")
    say.print(f"AUC {found.auc:.3f} on the fifth of the seed that was held out (0.5 is chance)")
    for name, weight in found.weights:
        say.print(f"  {weight:+.2f}  {name}", highlight=False)
    typer.echo(json.dumps({
        "segment": found.name, "persons": len(found.persons), "auc": round(found.auc, 4), "seed": found.seed,
        "entered": len(change.entered), "left": len(change.left),
    }))


def as_sql(statement: sa.Select[tuple[str]], connection: sa.Connection, values: dict[str, object]) -> str:
    """The statement with its values in their places, to be read or run elsewhere."""
    filled = statement.params(**values)
    return str(filled.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))


def _require_seed(services: Services, segment: str, never: Collection[str]) -> None:
    book = InForce(services).read().segments
    with services.store.read() as connection:
        is_counted = segment in count_members(connection)
    if (segment in book.segments or not is_counted) and names_any(book.get(segment), never):
        raise FixInput("segment", TELLS_TOO_MUCH)


def _counted(count: int, persons: int) -> tuple[str, str]:
    return f"{count:,}", _share(count, persons)


def _share(count: int, persons: int) -> str:
    return f"{count / persons:.1%}" if persons else "–"


