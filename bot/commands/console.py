"""`prevenant console`: who of the shop's people may sign in under /console."""

import getpass
from collections.abc import Sequence
from typing import Annotated

import typer

from bot.commands.opening import opened
from bot.console.factors import remove_factor
from bot.console.leaving import Gap, remove_person
from bot.console.passwords import make_password
from bot.console.people import add_person, find_person, tidy_name
from bot.console.roles import ROLES
from bot.console.subjects import link_subject
from bot.console.trail import write_trail
from bot.contracts.messages import Language
from bot.errors import FixInput

app = typer.Typer(no_args_is_help=True, help="The console: who may sign in.")


@app.callback()
def console() -> None:
    """The console under /console."""


@app.command("add-person")
def add(
    name: Annotated[str, typer.Argument(help="What they type at the door.")],
    role: Annotated[str, typer.Option(help=f"One of {', '.join(ROLES)}.")],
    one_time: Annotated[bool, typer.Option("--one-time", help="Print one that the first sign-in changes.")] = False,
    language: Annotated[str, typer.Option(help="fr or en.")] = "fr",
) -> None:
    """Let somebody in: asks for the password twice, or prints one that holds for the first sign-in."""
    password = make_password() if one_time else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    reads: Language = "en" if language == "en" else "fr"
    with opened() as services, services.store.write() as connection:
        now = services.clock()
        add_person(connection, name, role, password, must_change=one_time, language=reads, now=now)
        write_trail(connection, tidy_name(name), "added", note=role, now=now)
    typer.echo(f"One-time password: {password}" if one_time else f"{name} may sign in as {role}.")


@app.command("remove-person")
def remove(name: Annotated[str, typer.Argument(help="Who leaves.")]) -> None:
    """Let somebody in no more: their sessions and tokens end at once. Tells what the charter names them for."""
    with opened() as services:
        person, gaps = remove_person(services, name, getpass.getuser())
        issuer = services.settings.console_oidc_issuer
    typer.echo(f"{person.name} may sign in no more; their sessions and tokens have ended.")
    if issuer:
        typer.echo(f"Take them out of their groups at {issuer} too: whoever is in one is let in again.")
    for owner, subjects in _group(gaps).items():
        typer.echo(f"{owner} {', '.join(subjects)}")
    if gaps:
        typer.echo("An admin names others under /console/charter, or you do in charter.toml.")


def _group(gaps: Sequence[Gap]) -> dict[str, list[str]]:
    """What somebody is named for, under a line that says who answers."""
    found: dict[str, list[str]] = {}
    for each in gaps:
        if not each.is_owner:
            says = f"They stood in for {each.answers or 'somebody who is gone too'} for {each.part}:"
        elif each.answers:
            says = f"Nobody answers for {each.part} of these before the deadline is over, then {each.answers}:"
        else:
            says = f"Nobody answers for {each.part} of these, so that no change of them goes live:"
        found.setdefault(says, []).append(each.subject)
    return found


@app.command("link")
def link(
    name: Annotated[str, typer.Argument(help="Who may sign in already.")],
    subject: Annotated[str, typer.Argument(help="What the company's provider calls them: `sub` of the id_token.")],
) -> None:
    """Say whom the company's sign-in means, where somebody signed in by a password before."""
    with opened() as services, services.store.write() as connection:
        person = link_subject(connection, name, services.settings.console_oidc_issuer, subject)
        write_trail(connection, person.name, "linked", now=services.clock())
    typer.echo(f"{person.name} may come by the company's sign-in.")


@app.command("reset-factor")
def reset_factor(name: Annotated[str, typer.Argument(help="Whose phone and paper are gone.")]) -> None:
    """Take somebody's second factor away: the password alone lets them in, until they add another."""
    with opened() as services, services.store.write() as connection:
        person = find_person(connection, name)
        if person is None:
            raise FixInput("name", f"nobody signs in as {name}: see `prevenant console add-person`")
        had_one = remove_factor(connection, person.id)
        if had_one:
            write_trail(connection, person.name, "factor_reset", now=services.clock())
    typer.echo(f"{person.name} signs in by the password alone." if had_one else f"{person.name} has no second factor.")
