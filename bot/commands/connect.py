"""`prevenant connect ENGINE`: address and keys asked for, everything tried, then written to `.env`."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.bootstrap import utc_now
from bot.commands.env_file import PATH, read_env_file, undo_env_file, write_env_file
from bot.commands.examining import examine_engine, list_abilities_of
from bot.commands.findings import is_sound, print_abilities, print_findings
from bot.commerce.checking import Finding, Question
from bot.commerce.engines import CHECKS, checks_of
from bot.errors import FixConfiguration
from bot.prepare import complete_environment
from bot.settings import Settings

_PREFIX = "PREVENANT_"
_ENGINE = f"{_PREFIX}ENGINE"


def connect(
    engine: Annotated[str, typer.Argument(help=f"{', '.join(CHECKS)}; left out with --undo.")] = "",
    given: Annotated[list[str] | None, typer.Option(
        "--set", help="vendure_url=https://...: an answer instead of a question; as often as needed."
    )] = None,
    asks: Annotated[bool, typer.Option("--ask/--no-input", help="Ask for what is missing.")] = True,
    writes_over: Annotated[bool, typer.Option("--yes", help="Write over settings, and despite warnings.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Try everything; write nothing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Put back what the last connect changed.")] = False,
    file: Annotated[Path, typer.Option(help="Where settings are written; the command reads .env alone.")] = PATH,
) -> None:
    """Connect a shop's back end: ask for its address and keys, try each right, read one of each object, say what will
    work, and write the settings to .env.

    Secrets are neither shown nor, better than with --set, left in the shell's history: they are asked for, or taken
    from the environment.
    """
    console = Console()
    if undo:
        names = undo_env_file(file)
        console.print(f"✓ put back: {', '.join(names)}" if names else "There is nothing to undo.")
        return
    answers = {_ENGINE: engine, **_collect(checks_of(engine).QUESTIONS, _parse(given or ()), asks=asks)}
    findings = _try(answers, console)
    if not is_sound(findings):
        console.print("Nothing was written: mend what is marked ✗, then connect again.", style="red")
        sys.exit(1)
    if dry_run:
        console.print("Nothing was written: this was a dry run.")
        return
    has_warnings = any(each.state == "warning" and each.blocks for each in findings)
    _write(answers, file, console, asks=asks, writes_over=writes_over, has_warnings=has_warnings)


def _parse(given: Iterable[str]) -> dict[str, str]:
    pairs = (each.partition("=") for each in given)
    return {name.removeprefix(_PREFIX).lower(): value for name, _, value in pairs}


def _collect(questions: tuple[Question, ...], given: Mapping[str, str], *, asks: bool) -> dict[str, str]:
    unknown = sorted(given.keys() - {each.setting for each in questions})
    if unknown:
        known = ", ".join(each.setting for each in questions) or "none"
        raise typer.BadParameter(f"{unknown[0]} is no setting of this engine; there are: {known}", param_hint="--set")
    return {f"{_PREFIX}{each.setting.upper()}": _answer(each, given, asks=asks) for each in questions}


def _answer(question: Question, given: Mapping[str, str], *, asks: bool) -> str:
    """What was given, else asked for, else what the environment has."""
    name = f"{_PREFIX}{question.setting.upper()}"
    has = os.environ.get(name, _default(question))
    if question.setting in given:
        return given[question.setting]
    if asks:
        has = _ask(question, has)
    if not has and not question.is_optional:
        raise FixConfiguration(f"{name} is missing: give it with --set {question.setting}=..., or in the environment")
    return has


def _default(question: Question) -> str:
    (found,) = [each for each in fields(Settings) if each.name == question.setting]
    return str(found.default)


def _ask(question: Question, has: str) -> str:
    hint = " [the one that is set]" if question.is_secret and has else ""
    said: str = typer.prompt(
        f"{question.asks}{hint}", default=has, hide_input=question.is_secret, show_default=not question.is_secret,
        err=True,
    )
    return said.strip()


def _try(answers: Mapping[str, str], console: Console) -> list[Finding]:
    environ = complete_environment({**os.environ, **answers})
    settings = Settings.from_env(environ)
    findings = print_findings(examine_engine(settings, utc_now), console)
    if is_sound(findings):
        print_abilities(list_abilities_of(environ, findings), console)
    return findings


def _write(
    answers: Mapping[str, str], file: Path, console: Console, *, asks: bool, writes_over: bool, has_warnings: bool
) -> None:
    before = read_env_file(file)
    changes = {name: value for name, value in answers.items() if value != before.get(name, "")}
    if not changes:
        console.print("Nothing had to be written: the file says so already.")
        return
    doubts = [f"{name} is set to something else" for name in changes if before.get(name)]
    doubts += ["some things will not work, see !"] if has_warnings else []
    if doubts and not writes_over:
        console.print("; ".join(doubts), style="yellow")
        if not asks or not typer.confirm("Write it all the same?", err=True):
            console.print("Nothing was written.")
            sys.exit(1)
    write_env_file(changes, file)
    console.print(f"✓ {', '.join(changes)} written to {file.name}; --undo puts it back.", style="green")
    _warn_of_environment(changes, before, console)


def _warn_of_environment(changes: Mapping[str, str], before: Mapping[str, str], console: Console) -> None:
    """The environment wins over the file: a variable that was set outside of it would hide what was written."""
    for name, value in changes.items():
        has = os.environ.get(name, value)
        if has not in (value, before.get(name)):
            console.print(f"! the environment sets {name} otherwise, and wins: unset it", style="yellow")
