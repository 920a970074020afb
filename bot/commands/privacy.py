"""`prevenant privacy ...`: see, erase and take elsewhere a person's data; what is kept how long; who allowed what."""

import json
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import InForce
from bot.commands.opening import opened
from bot.errors import Conflict, FixInput
from bot.privacy.erase import request_erasure, run_erasure
from bot.privacy.erasures import find_erasure
from bot.privacy.export import export_person, note_export
from bot.privacy.handlers.registry import SHOWN
from bot.privacy.opt_in_rate import count_opt_ins
from bot.privacy.page import FILE, PAGE, render_page
from bot.privacy.retention import apply_retention
from bot.privacy.subject import find_person
from bot.profile.store.tables import audit, erasures
from bot.profile.tombstones import require_keys

app = typer.Typer(no_args_is_help=True, help="What is kept of people: see, take elsewhere, erase.")
say = Console(stderr=True)
Person = Annotated[str, typer.Argument(
    metavar="KIND=VALUE", help="email=, phone=, customer_id= (the shop's), loyalty_id=, or customer= (our own id)."
)]


@app.command("export")
def export_data(
    person: Person,
    out: Annotated[Path, typer.Option(help="The folder that the page and the file are written to.")],
    language: Annotated[str, typer.Option(help="fr or en: the page's.")] = "fr",
) -> None:
    """Everything that is kept of a person: a page to read, and a file for machines."""
    if language not in ("fr", "en"):
        raise FixInput("--language", "must be fr or en")
    with opened() as services:
        customer_id = find_person(services, *_read(person))
        copy = export_person(InForce(services).read(), customer_id, language=language)
        out.mkdir(parents=True, exist_ok=True)
        paths = (out / PAGE, out / FILE)
        page = render_page(copy, language=language, timezone=services.settings.timezone)
        for path, text in zip(paths, (page, copy.to_json()), strict=True):
            path.touch(mode=0o600)
            path.chmod(0o600)
            path.write_text(text, encoding="utf-8")
        note_export(services, customer_id, key=f"command:{services.clock().timestamp()}", source="command")
    rows = {part["name"]: sum(map(len, part["data"].values())) for part in copy.document["parts"]}
    typer.echo(json.dumps({"files": [str(path) for path in paths], "rows": rows}))


@app.command()
def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="It cannot be undone.")] = False,
    keep_account: Annotated[bool, typer.Option(help="Leave the shop's account; erase what we keep.")] = False,
) -> None:
    """Erase a person everywhere: profile, events, conversations, decisions, letters, logs, the shop's account.

    Their opt-out stays, as a keyed hash. Killed, it goes on at the worker's next look, or when it is called again.
    """
    with opened() as services:
        with services.store.read() as connection:
            require_keys(connection)
        customer_id = find_person(services, *_read(person))
        if not yes:
            raise FixInput("--yes", "is needed: an erasure cannot be undone")
        erasure_id = request_erasure(services, customer_id, source="command", keeps_account=keep_account)
        if not run_erasure(services, erasure_id):
            raise Conflict(f"erasure {erasure_id} is under way in another process")
        done = find_erasure(services.store, erasure_id)
    steps = done.steps if done else {}
    say.print(f"[green]✓[/green] erased; [bold]erasure {erasure_id}[/bold] in [bold]prevenant privacy audit[/bold]")
    typer.echo(json.dumps({"erasure": erasure_id, "rows": {each.name: steps.get(each.name, 0) for each in SHOWN}}))


@app.command()
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be deleted.")] = False,
) -> None:
    """Delete what is older than privacy.toml keeps it; the worker does so once a day."""
    with opened() as services:
        counts = apply_retention(services, is_dry=dry_run)
        kept = services.privacy.retention.model_dump()
    table = Table("kept", "days", title="retention")
    for name, days in kept.items():
        table.add_row(name, str(days))
    say.print(table)
    typer.echo(json.dumps({"dry_run": dry_run, "rows": counts}))


@app.command("audit")
def show_audit(limit: Annotated[int, typer.Option(help="At most so many.")] = 50) -> None:
    """Erasures and exports, newest first, by numbers and ids only."""
    with opened() as services, services.store.read() as connection:
        running = connection.execute(
            sa.select(erasures).order_by(erasures.c.erasure_id.desc()).limit(limit)
        ).all()
        trail = connection.execute(
            sa.select(audit).where(audit.c.action.in_(_ACTIONS)).order_by(audit.c.audit_id.desc()).limit(limit)
        ).all()
    table = Table("erasure", "asked (UTC)", "by", "state", "rows taken", title="erasures")
    for row in running:
        taken = sum(int(each) for each in row.steps.values())
        table.add_row(str(row.erasure_id), _moment(row.asked_at), row.source, row.state, str(taken))
    Console().print(table)
    table = Table("when (UTC)", "what", "about", "customer", title="audit")
    for row in trail:
        table.add_row(_moment(row.at), row.action, row.object_ref, row.customer_id)
    Console().print(table)


@app.command()
def consents() -> None:
    """How many were asked, said yes, no, or still have to confirm, by purpose and channel; the last line is JSON."""
    with opened() as services, services.store.read() as connection:
        rows = count_opt_ins(connection)
    table = Table("purpose", "channel", "asked", "granted", "refused", "pending", "yes of asked")
    for row in rows:
        rate = "" if row["rate"] is None else f"{row['rate']:.0%}"
        numbers = (str(row[name]) for name in ("asked", "granted", "withdrawn", "pending"))
        table.add_row(row["purpose"], row["channel"], *numbers, rate)
    say.print(table)
    typer.echo(json.dumps(rows))


_ACTIONS = ("erasure_asked", "erase_asked", "erased", "export_data", "export_asked")


def _read(person: str) -> tuple[str, str]:
    kind, sign, value = person.partition("=")
    if not (kind and sign and value):
        raise FixInput("person", "must be KIND=VALUE, for instance email=somebody@example.com")
    return kind, value


def _moment(at: Any) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
