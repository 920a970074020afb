"""`prevenant values`: the versions of what messages are worth, and an earlier one put back."""

from typing import Annotated

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table

from bot.commands.opening import opened
from bot.decision.features import SIZE
from bot.decision.model_store import evidence_of, roll_back
from bot.decision.value_model import count_errors
from bot.profile.store.tables import value_models

app = typer.Typer(invoke_without_command=True, help="What messages are worth, as learned: versions, and a rollback.")


@app.callback(invoke_without_command=True)
def list_versions(context: typer.Context) -> None:
    """Every version, newest first, with the outcomes it was fitted on and how far off it was."""
    if context.invoked_subcommand:
        return
    table = Table("version", "fitted", "outcomes", "came in since", "standard errors off", "")
    with opened() as services, services.store.read() as connection:
        versions = sa.select(value_models).where(value_models.c.size == SIZE).order_by(value_models.c.version.desc())
        for row in connection.execute(versions):
            notes = (f"copy of {row.copied_from}" if row.copied_from else "", "drifted" if row.drifted_at else "",
                     "left out" if row.is_left_out else "")
            table.add_row(str(row.version), f"{row.fitted_at:%Y-%m-%d %H:%M}", f"{row.outcomes:,}", f"{row.learned:,}",
                          f"{count_errors(evidence_of(row)):+.1f}", ", ".join(filter(None, notes)))
    Console().print(table)


@app.command("roll-back")
def roll_back_to(version: Annotated[int, typer.Argument(help="A version of the list.")]) -> None:
    """Put an earlier version in force; what came in since it is left out of every later one."""
    with opened() as services, services.store.write() as connection:
        model = roll_back(connection, version, services.clock())
    Console().print(f"Version {model.version} is in force, a copy of {version}.")
