"""`prevenant letters`: messages that did not leave, or may not have: looked at, and sent again by hand."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.channels.outbox import list_dead, replay
from bot.commands.opening import opened

app = typer.Typer(no_args_is_help=True, help="Messages that were given up: look at them, send them again.")


@app.command("dead")
def list_dead_letters(
    reason: Annotated[str, typer.Option(help="Only those given up for this reason.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
) -> None:
    """What the vendor refused, what nobody could hand over, and what may have left (unknown), newest first."""
    with opened() as services, services.store.read() as connection:
        rows = list_dead(connection, reason=reason, limit=limit)
    table = Table("id", "created (UTC)", "kind", "channel", "about", "tries", "state", "reason")
    for row in rows:
        created = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(row.outbox_id), created, row.kind, row.channel, row.nudge or row.about, str(row.attempts),
                      row.state, row.reason)
    Console().print(table if rows else "Nothing was given up.")


@app.command("replay")
def replay_letters(
    outbox_ids: Annotated[list[int] | None, typer.Argument(help="Ids of the list; none: all of the reason.")] = None,
    reason: Annotated[str, typer.Option(help="All that were given up for this reason.")] = "",
) -> None:
    """Let failed ones leave again, once what stopped them is mended; nudges pass every guardrail anew.

    What may have left is never sent again, nor is a code: it was forgotten.
    """
    if not outbox_ids and not reason:
        raise typer.BadParameter("name ids, or a --reason")
    with opened() as services, services.store.write() as connection:
        count = replay(connection, outbox_ids=outbox_ids or (), reason=reason, now=services.clock())
    typer.echo(f"{count} wait to leave again")
