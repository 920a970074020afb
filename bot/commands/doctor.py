"""`prevenant doctor`: everything looked at again, at any time. 0 when nothing failed, else 1."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from bot.bootstrap import utc_now
from bot.commands.examining import examine, list_abilities_of
from bot.commands.findings import is_sound, print_abilities, print_findings, to_json


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Look at settings, store, shop, its rights and webhooks, model, processes and clocks; say what to mend.

    Changes nothing. The exit code is 1 when something failed; what is only missing yet is a warning.
    """
    console = Console(quiet=as_json)
    findings = print_findings(examine(os.environ, utc_now), console)
    abilities = list_abilities_of(os.environ, findings) if is_sound(findings) else []
    if as_json:
        typer.echo(to_json(findings, abilities))
    elif abilities:
        print_abilities(abilities, console)
    sys.exit(0 if is_sound(findings) else 1)
