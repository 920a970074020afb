"""The command `prevenant`: run the bot, talk to it in a terminal, bring data in, look at what left."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer
from honcho.manager import Manager
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from bot.bootstrap import PROJECT, InForce
from bot.channels.outbox import list_rows
from bot.commands import (
    connect,
    demo_history,
    doctor,
    drafts,
    identities,
    journeys,
    letters,
    measure,
    privacy,
    profile,
    segments,
    try_on,
    values,
)
from bot.commands import console as console_commands
from bot.commands import imports as import_commands
from bot.commands import recommender as recommender_commands
from bot.commands.env_file import load_env_file
from bot.commands.opening import opened
from bot.commerce.demo.engine import DemoEngine
from bot.commerce.demo.tau import import_tau
from bot.console.people import DEMO_NAME, renew_demo_person
from bot.console.shop_journeys import list_shop_journeys
from bot.decision.explain import explain_reasons
from bot.errors import PrevenantError
from bot.intake.importers.base import list_rejects, show_progress
from bot.intake.importers.uci import import_uci
from bot.nudges.campaign import launch_campaign
from bot.nudges.templates import list_templates
from bot.prepare import (
    VAR,
    complete_environment,
    export_vocabulary,
    is_model_current,
    prepare_data,
    train_model,
)
from bot.processes import (
    Process,
    list_processes,
    list_tau_processes,
    require_free_ports,
    to_shell,
    wait_until_ready,
)
from bot.profile.suppressions import lift, list_suppressions
from bot.settings import Settings
from bot.tau_site import FOLDER, reset_shop

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False, help=__doc__)
imports = typer.Typer(no_args_is_help=True, help="Bring a retailer's data in.")
app.add_typer(imports, name="import")
app.add_typer(identities.app, name="identities")
app.add_typer(profile.app, name="profile")
app.add_typer(segments.app, name="segments")
app.add_typer(measure.app, name="measure")
app.add_typer(journeys.app, name="journeys")
app.add_typer(drafts.app, name="drafts")
app.add_typer(console_commands.app, name="console")
app.add_typer(values.app, name="values")
app.add_typer(letters.app, name="letters")
app.add_typer(try_on.app, name="try-on")
import_commands.register(imports)
recommender_commands.register(app)
app.add_typer(privacy.app, name="privacy")
app.command("connect")(connect.connect)
app.command("doctor")(doctor.doctor)
app.command("demo-history")(demo_history.demo_history)
say = Console(stderr=True)
READY_WITHIN_SECONDS = 180.0
_TRAINING = "Training the model (two to three minutes, only when its inputs change)"
_ADDRESSES = {
    "": "the shop; the chat: bottom right",
    "/sign-in": "be one of eight customers",
    "/demo/mailbox": "what left by e-mail and text",
    "/demo/backoffice": "make things happen",
}


@app.command()
def run() -> None:
    """Start everything: data, model, the four processes; Ctrl-C stops it all."""
    started = time.monotonic()
    environ = complete_environment(os.environ)
    settings = Settings.from_env(environ)
    _prepare(environ)
    _run_all(settings, list_processes(settings, environ), started, _open_console(environ))


@app.command("serve-tau")
def serve_tau(
    folder: Annotated[Path, typer.Argument(help="A folder in the shape of tau-bench retail.")],
) -> None:
    """The bot on tau-bench's retailer, for customers from outside: POST :5005/webhooks/rest/webhook
    {"sender", "message"}; POST :8000/reset and GET :8000/state. Demo only; Ctrl-C stops it.
    """
    started = time.monotonic()
    environ = complete_environment({**os.environ, **tau_environment(folder)})
    settings = Settings.from_env(environ)
    with _step("Loading tau-bench's shop"), opened(environ) as services:
        reset_shop(services, folder)
        export_vocabulary(services, vocabulary_path(environ))
    if not is_model_current():
        with _step(_TRAINING):
            train_model()
    _run_all(settings, list_tau_processes(settings, environ), started)


def tau_environment(folder: Path) -> dict[str, str]:
    """What makes an installation of its own of it, apart from the demo's."""
    return {
        "PREVENANT_SHOP": "tau",
        "PREVENANT_DATABASE_URL": f"sqlite:///{VAR}/serve-tau.sqlite",
        "PREVENANT_SHOP_DATABASE_URL": f"sqlite:///{VAR}/serve-tau-shop.sqlite",
        "PREVENANT_TRACKER_DATABASE_URL": f"sqlite:///{VAR}/serve-tau-trackers.sqlite",
        "PREVENANT_VOCABULARY": str(VAR / "serve-tau-vocabulary.json"),
        FOLDER: str(folder.resolve()),
    }


def _open_console(environ: Mapping[str, str]) -> str:
    """How the demo's person signs in to the console, this time; "" outside the demo, where people are added by name."""
    with opened(environ) as services:
        if not services.settings.is_demo:
            return ""
        with services.store.write() as connection:
            password = renew_demo_person(connection, now=services.clock())
    return f"what the bot does; sign in as {DEMO_NAME} with {password}"


def _run_all(settings: Settings, processes: list[Process], started: float, console: str = "") -> None:
    require_free_ports(processes)
    manager = Manager()
    for process in processes:
        line = to_shell(process, PROJECT / settings.log_folder)
        manager.add_process(process.name, line, env=dict(process.environ), cwd=str(PROJECT))
    watch = Thread(target=_announce, args=(settings, processes, manager, started, console), daemon=True)
    watch.start()
    manager.loop()
    sys.exit(0 if manager.returncode in (0, 130, 143) else manager.returncode)


@app.command()
def prepare() -> None:
    """Do what `run` does before it starts the processes."""
    _prepare(complete_environment(os.environ))


@app.command()
def train() -> None:
    """Train the model, whether or not its inputs changed."""
    with _step("Training the model"):
        train_model()


@app.command()
def shell(
    customer: Annotated[str, typer.Argument(help="A demo customer, camille say; nobody when left out.")] = "",
) -> None:
    """Talk to the bot in this terminal, as a customer of the demo; nudges appear as they come."""
    from bot.shell import talk  # here: it needs a terminal, which nobody else does

    environ = complete_environment(os.environ)
    _prepare(environ)
    with opened(environ) as services:
        sys.exit(talk(services, environ, customer))


@imports.command("tau")
def load_tau(folder: Annotated[Path, typer.Argument(help="A folder in the shape of tau-bench retail.")]) -> None:
    """Load tau-bench's retailer as an embedded shop of its own. Running it again changes nothing."""
    with opened({**os.environ, "PREVENANT_SHOP": "tau"}) as services:
        if not isinstance(services.commerce, DemoEngine):
            raise typer.BadParameter("only the embedded engine (PREVENANT_ENGINE=demo) can be filled")
        with show_progress("orders") as progress:
            counts = import_tau(services.commerce, folder, lambda _what, done, total: progress(done, total))
    table = Table("", "in the shop", "added now", title="tau-bench retail")
    for name in ("products", "users", "orders"):
        table.add_row(name, f"{counts[name]:,}", f"{counts[f'{name}_added']:,}")
    say.print(table)
    say.print("Run the bot on it:  [bold]make run SHOP=tau[/bold]")
    typer.echo(json.dumps(counts))


@imports.command("uci")
def load_uci(folder: Annotated[Path, typer.Argument(help="A folder with online_retail.parquet.")]) -> None:
    """Feed UCI's Online Retail invoices into the profile. Goes on where it stopped; a second run changes nothing."""
    with opened() as services, show_progress("invoice lines") as progress:
        salt = services.settings.holdout_salt
        report = import_uci(services.store, folder, now=services.clock(), salt=salt, progress=progress)
    import_commands.print_report(report)


@app.command()
def rejects(
    silo: Annotated[str, typer.Argument(help="Only this silo's.")] = "",
    reason: Annotated[str, typer.Option(help="Only rows refused for this reason.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20,
) -> None:
    """What came in and was not used, each row with its reason; `import replay RUN` tries a run's again."""
    with opened() as services:
        found = list_rejects(services.store, silo, limit=limit, reason=reason)
    table = Table("silo", "run", "row", "reason", "as received")
    for each in found:
        received = json.dumps(each.payload, ensure_ascii=False, default=str)
        table.add_row(each.silo, str(each.run_id or ""), str(each.row + 1), each.reason, received)
    Console().print(table if found else "Nothing was refused.")


@app.command()
def outbox(
    state: Annotated[str, typer.Option(help="pending, sending, sent, held, withdrawn, failed or unknown.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
) -> None:
    """What left, what stayed and why, newest first; `--state unknown` is what a crash left undecided."""
    with opened() as services, services.store.read() as connection:
        rows = list_rows(connection, state=state, limit=limit)
    table = Table("id", "created (UTC)", "kind", "channel", "about", "state", "reason")
    for row in rows:
        created = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(str(row.outbox_id), created, row.kind, row.channel, row.about, row.state, row.reason)
    Console().print(table)


@app.command()
def plan(
    campaign: Annotated[str, typer.Argument(help="A trigger with steps, of the shop's triggers.toml.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Decide a campaign for its whole audience at once: who hears which offer where, and why the others do not."""
    with opened() as services, say.status("Deciding …") as status:
        wanted = replace(services, triggers=list_shop_journeys(services))
        launch = launch_campaign(
            wanted if dry_run else InForce(services).read(), campaign, services.clock(), is_dry=dry_run,
            progress=lambda people: status.update(f"Deciding … {people:,} people"),
        )
    if as_json:
        typer.echo(json.dumps({"people": launch.people, "planned": launch.planned, "held": launch.held}))
        return
    would = "would be " if dry_run else ""
    for offer, held in launch.held.items():
        typer.echo(f"{offer}: {launch.planned[offer]:,} of {launch.people:,} {would}planned")
        for word, people in held.most_common():
            typer.echo(f"  {people:>12,} held: {explain_reasons([word], 'en')[0]} ({word})")


@app.command()
def unreachable(
    lift_one: Annotated[str, typer.Option("--lift", help="email:ada@example.org: write there again.")] = "",
) -> None:
    """Addresses that nothing leaves for, or not everything, why and until when, newest first."""
    with opened() as services:
        channel, _, address = lift_one.partition(":")
        if lift_one:
            with services.store.write() as connection:
                typer.echo(f"{lift(connection, channel, address, ('all', 'nudges', 'marketing'))} lifted")
            return
        with services.store.read() as connection:
            rows = list_suppressions(connection)
    table = Table("channel", "address", "what", "why", "times", "until (UTC)")
    for row in rows:
        until = f"{row.until:%Y-%m-%d %H:%M}" if row.until else "for good"
        table.add_row(row.channel, row.address, row.scope, row.reason, str(row.times), until)
    Console().print(table)


@app.command()
def templates(
    channel: Annotated[str, typer.Argument(help="whatsapp or messenger")] = "whatsapp",
) -> None:
    """The templates that the shop's triggers need on a channel, as Meta takes them; a JSON array on stdout."""
    with opened() as services:
        typer.echo(json.dumps(list_templates(list_shop_journeys(services), channel), ensure_ascii=False, indent=2))


def main() -> None:
    """Run the command with what `.env` sets; our own errors are one line that says what to do."""
    load_env_file()
    try:
        app()
    except PrevenantError as error:
        say.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(2)


def _prepare(environ: Mapping[str, str]) -> None:
    with _step("Filling the shop and the store"), opened(environ) as services:
        prepare_data(services)
        export_vocabulary(services, vocabulary_path(environ))
    if not is_model_current():
        with _step(_TRAINING):
            train_model()


def vocabulary_path(environ: Mapping[str, str]) -> Path:
    """Where Rasa reads the shop's words."""
    return Path(environ.get("PREVENANT_VOCABULARY") or VAR / "vocabulary.json")


@contextmanager
def _step(what: str) -> Iterator[None]:
    """A step with a spinner, and its time when it is done."""
    started = time.monotonic()
    with say.status(f"{what} …"):
        yield
    say.print(f"[green]✓[/green] {what} [dim]{time.monotonic() - started:.1f} s[/dim]")


def _announce(
    settings: Settings, processes: list[Process], manager: Manager, started: float, console: str
) -> None:
    """Say how to reach everything, once it answers."""
    for process in processes:
        if not wait_until_ready(process, READY_WITHIN_SECONDS, is_over=lambda: manager.returncode is not None):
            return
    table = Table.grid(padding=(0, 2))
    addresses = {**_ADDRESSES, "/console": console} if console else _ADDRESSES
    for path, what in addresses.items():
        table.add_row(f"[bold]{settings.public_url}{path}[/bold]", what)
    table.add_row("", "")
    table.add_row(f"ready after {time.monotonic() - started:.0f} s", "Ctrl-C stops everything; logs: var/log")
    say.print(Panel(table, title="Prévenant", border_style="green", expand=False))


if __name__ == "__main__":
    main()
