"""`prevenant demo-history`: some weeks that never were, so that a new demo has something to look at."""

import json
from typing import Annotated

import typer

from bot.commands.opening import opened
from bot.console.past.filling import DAYS, PEOPLE, SEED, fill, remove
from bot.intake.importers.base import show_progress
from bot.prepare import prepare_data


def demo_history(
    take_out: Annotated[bool, typer.Option("--remove", help="Take it out again, and nothing else.")] = False,
    people: Annotated[int, typer.Option(help="How many made-up customers.", min=50, max=20_000)] = PEOPLE,
    days: Annotated[int, typer.Option(help="Of how many days.", min=7, max=60)] = DAYS,
    seed: Annotated[int, typer.Option(help="The same seed makes the same past.")] = SEED,
) -> None:
    """Fill the demo with a made-up past, or take it out; pages say that it is there. The demo's own shop alone."""
    with opened() as services, show_progress("steps") as progress:
        if take_out:
            changed = remove(services)
        else:
            prepare_data(services)
            changed = fill(services, people=people, days=days, seed=seed, progress=progress)
    typer.echo(json.dumps({"removed" if take_out else "filled": changed}))
