"""`prevenant drafts`: what the shop's people drafted in the console, and as which lines a file would hold it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.charter.drafted import print_draft
from bot.charter.drafts import OPEN, Draft, DraftId, list_drafts, read_draft
from bot.commands.opening import opened

app = typer.Typer(invoke_without_command=True, help="Drafts of the console: journeys, segments, tone, caps.")


@app.callback(invoke_without_command=True)
def list_them(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what was agreed on or dropped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Every draft of which something may still come, the newest change first."""
    if context.invoked_subcommand:
        return
    states = (*OPEN, "agreed", "dropped") if everything else OPEN
    with opened() as services, services.store.read() as connection:
        found = list_drafts(connection, states=states)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
    else:
        _print(found)


@app.command("show")
def show(draft: Annotated[int, typer.Argument(help="Its number.")]) -> None:
    """A draft as TOML, to be taken into the shop's file: once the file says it too, it goes as the file goes."""
    with opened() as services, services.store.read() as connection:
        found = read_draft(connection, DraftId(draft))
    typer.echo(f"# {found.made_by}: {found.why}\n{print_draft(found.kind, found.name, found.body)}", nl=False)


def _print(found: list[Draft]) -> None:
    table = Table("draft", "what", "state", "by", "why", box=None)
    for each in found:
        table.add_row(str(each.id), f"{each.kind} {each.name}", each.state, each.changed_by, each.why)
    Console(soft_wrap=True, markup=False).print(table)  # what people write is no markup
