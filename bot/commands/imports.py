"""`prevenant import ...`: silos brought in, looked at before, and judged afterwards."""

import json
import os
import re
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import utc_now
from bot.commands.opening import opened
from bot.errors import FixConfiguration, FixInput
from bot.intake.importers.base import ImportReport, list_runs, show_progress
from bot.intake.importers.mapping import Mapping, load_mapping
from bot.intake.importers.preview import guess_mapping, name_records, preview, sniff_csv
from bot.intake.importers.quality import measure_quality
from bot.intake.importers.quality_page import draw_report
from bot.intake.importers.running import replay_rejects, run_import
from bot.intake.silos.chatwoot import Chatwoot, chatwoot_mapping
from bot.intake.silos.opening import open_file
from bot.intake.silos.protocol import Silo
from bot.intake.silos.rasa import NAME as CHAT
from bot.intake.silos.rasa import RasaEvents, rasa_mapping
from bot.intake.silos.sql import SqlTable
from bot.prepare import VAR

MAPPINGS = Path(__file__).parent.parent / "intake" / "mappings"
PREVIEWED_ROWS = 500
_BAR_AFTER_SECONDS = 2.0
_TOKEN = "PREVENANT_CHATWOOT_TOKEN"  # noqa: S105  the variable's name
_TRACKERS = f"sqlite:///{VAR}/rasa-trackers.sqlite"  # where `run` lets Rasa keep them
say = Console(stderr=True)

MappingOption = Annotated[Path, typer.Option(help="What its columns mean; `import preview` writes one to edit.")]
SiloOption = Annotated[str, typer.Option(help="The silo's name: crm, tills, mailing. It stands with every value.")]


def register(imports: typer.Typer) -> None:
    """Add the commands to `prevenant import`."""
    imports.command("file")(load_file)
    imports.command("preview")(show_preview)
    imports.command("mailing")(load_mailing)
    imports.command("sql")(load_sql)
    imports.command("chatwoot")(load_chatwoot)
    imports.command("rasa")(load_rasa)
    imports.command("runs")(show_runs)
    imports.command("replay")(replay)
    imports.command("report")(report)


def load_file(
    path: Annotated[Path, typer.Argument(help="A .csv, .tsv, .jsonl, .ndjson, .parquet or .xlsx file.")],
    mapping: MappingOption, silo: SiloOption,
) -> None:
    """Bring a file in. Goes on where it stopped; the same file again changes nothing."""
    meaning = load_mapping(mapping)
    _run(open_file(path, meaning), meaning, silo)


def show_preview(
    path: Annotated[Path, typer.Argument(help="As for `import file`.")],
    mapping: Annotated[Path | None, typer.Option(help="Try this one; left out: guess one.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the guess; left out: beside the file.")] = None,
) -> None:
    """Show five rows as they would be understood; without a mapping guess one and write it, to edit. Stores nothing."""
    separator, encoding = sniff_csv(path) if path.suffix.lower() in (".csv", ".tsv", ".txt") else ("", "")
    given = load_mapping(mapping) if mapping else None
    page = next(open_file(path, given, separator, encoding).read_pages("", PREVIEWED_ROWS), None)
    if page is None:
        raise FixInput(path.name, "holds no rows")
    target = mapping or out or path.with_suffix(".mapping.toml")
    text = mapping.read_text(encoding="utf-8") if mapping else guess_mapping(
        page.rows, name_records(path), separator=separator, encoding=encoding)
    now = utc_now()
    if mapping is None:
        if target.exists():
            raise FixInput(target.name, "is there already: give another name with --out, or try it with --mapping")
        target.write_text(text, encoding="utf-8")
    seen = preview(page.rows, text, target.name, "preview", now)
    _show_rows(seen.rows, path.name)
    typer.echo(json.dumps({"mapping": str(target), "rows": seen.rows}, ensure_ascii=False))


def load_mailing(
    path: Annotated[Path, typer.Argument(help="What a mailing tool exports of its sends and clicks.")],
    tool: Annotated[str, typer.Option(help="brevo, or mailing for plain names; see --mapping for others.")] = "mailing",
    mapping: Annotated[Path | None, typer.Option(help="Instead of a known tool's.")] = None,
    silo: SiloOption = "mailing",
) -> None:
    """Bring a mailing tool's sends in: they count in the caps, and who unsubscribed there gets no advertising."""
    known = MAPPINGS / f"{Path(tool).name}.toml"
    if mapping is None and not known.is_file():
        names = ", ".join(sorted(each.stem for each in MAPPINGS.glob("*.toml")))
        raise FixInput("tool", f"{tool!r} is not known: {names}; or give --mapping")
    meaning = load_mapping(mapping or known)
    separator, encoding = sniff_csv(path) if path.suffix.lower() == ".csv" and mapping is None else ("", "")
    _run(open_file(path, meaning, separator, encoding), meaning, silo)


def load_sql(
    table: Annotated[str, typer.Argument(help="A table or view, with its schema where it needs one.")],
    cursor: Annotated[str, typer.Option(help="The column that grows with every new or changed row.")],
    mapping: MappingOption, silo: SiloOption,
    url_env: Annotated[str, typer.Option(
        help="The environment variable with the SQLAlchemy URL: no password in the shell's history.",
    )] = "PREVENANT_IMPORT_URL",
) -> None:
    """Bring in what is new in a table of any SQL database, which is opened read only."""
    meaning = load_mapping(mapping)
    _run(SqlTable(_from_environment(url_env), table, cursor), meaning, silo)


def load_chatwoot(
    url: Annotated[str, typer.Argument(help="Where the support desk is: https://desk.example")],
    account: Annotated[int, typer.Option(help="The account's number, as in its pages' addresses.")],
    silo: SiloOption = "support",
    token_env: Annotated[str, typer.Option(help="The environment variable with an access token.")] = _TOKEN,
) -> None:
    """Bring in what is new at a support desk that speaks Chatwoot's API."""
    _run(Chatwoot(url, account, _from_environment(token_env)), chatwoot_mapping(), silo)


def load_rasa(
    url_env: Annotated[str, typer.Option(help="The environment variable with the tracker store's URL.")] = (
        "PREVENANT_TRACKER_DATABASE_URL"),
) -> None:
    """Bring in what is new in Rasa's conversations: that something was said and as which intent, never the words."""
    _run(RasaEvents(_from_environment(url_env, _TRACKERS)), rasa_mapping(), CHAT)


def show_runs(limit: Annotated[int, typer.Option(help="At most so many.")] = 50) -> None:
    """The imports so far, newest first, with the numbers that `replay` takes."""
    with opened() as services:
        found = list_runs(services.store, limit=limit)
    table = Table("N", "silo", "what", "state", "rows", "used", "refused", "begun (UTC)", "done (UTC)")
    for each in found:
        numbers = (f"{number:,}" for number in (each.rows, each.used, each.rejected))
        what = re.sub(r"@[0-9a-f]{32}", "", each.source)  # a file's digest
        table.add_row(str(each.run_id), each.silo, what, each.state, *numbers, _minute(each.started_at),
                      _minute(each.finished_at))
    Console().print(table if found else "Nothing was imported yet.")


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def replay(
    run: Annotated[int, typer.Argument(help="The run's number, as `import runs` says.")],
    mapping: MappingOption,
) -> None:
    """Try a run's rejected rows again, after its mapping was corrected."""
    meaning = load_mapping(mapping)
    with opened() as services:
        salt = services.settings.holdout_salt
        used, still = replay_rejects(services.store, run, meaning, now=services.clock(), salt=salt)
    say.print(f"used now: {used:,}; still rejected: {still:,}")
    typer.echo(json.dumps({"run_id": run, "used": used, "rejected": still}))


def report(
    out: Annotated[Path, typer.Option(help="The folder for quality.html and quality.json.")] = Path("var/quality"),
    language: Annotated[str, typer.Option(help="fr or en")] = "fr",
) -> None:
    """How good the data is: completeness, validity, duplicates and freshness of every silo and field."""
    if language not in ("fr", "en"):
        raise FixInput("language", "must be fr or en")
    with opened() as services:
        quality = measure_quality(services.store, services.clock())
        timezone = services.settings.timezone
    out.mkdir(parents=True, exist_ok=True)
    (out / "quality.json").write_text(json.dumps(quality, indent=2, ensure_ascii=False), encoding="utf-8")
    (out / "quality.html").write_text(draw_report(quality, language, timezone), encoding="utf-8")
    count = len(quality["silos"])
    say.print(f"[bold]{out / 'quality.html'}[/bold] and quality.json: {count} silo{'s' if count != 1 else ''}")
    typer.echo(json.dumps({"html": str(out / "quality.html"), "silos": len(quality["silos"])}))


def _run(source: Silo, mapping: Mapping, silo: str) -> None:
    with opened() as services, show_progress(silo, after_seconds=_BAR_AFTER_SECONDS) as progress:
        salt = services.settings.holdout_salt
        done = run_import(
            services.store, source, mapping, silo, now=services.clock(), salt=salt, progress=progress
        )
    print_report(done)


def print_report(report: ImportReport) -> None:
    """A table for people on stderr, one JSON line on stdout."""
    table = Table("", "rows", title=f"{report.silo}: {report.rows:,} rows, run {report.run_id}")
    table.add_row("used", f"{report.used:,}")
    for reason, count in islice(sorted(report.rejected.items(), key=lambda each: -each[1]), 20):
        table.add_row(f"not used: {reason}", f"{count:,}")
    table.add_row("rows read this time", f"{report.rows_this_time:,}")
    say.print(table)
    if report.rejected:
        say.print(f"The rows that were not used:  [bold]prevenant rejects {report.silo}[/bold]")
    typer.echo(json.dumps({name: getattr(report, name) for name in report.__dataclass_fields__}))


def _show_rows(rows: list[dict[str, str]], title: str) -> None:
    names = ("row", "who", "what", "when (UTC)", "properties", "traits", "refused")
    table = Table(*names, title=title)
    for row in rows:
        table.add_row(*(row.get(name, "") for name in names))
    say.print(table)


def _from_environment(name: str, default: str = "") -> str:
    value = os.environ.get(name) or default
    if not value:
        raise FixConfiguration(f"{name} must be set in the environment")
    return value
