"""`prevenant journeys`: what is on its way, and a draft tried on a day that is over."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import InForce, Services, to_be_tried
from bot.commands.opening import opened
from bot.commands.profile import find_person
from bot.console.shop_journeys import list_shop_journeys
from bot.contracts.messages import Language
from bot.decision.explain import explain_reasons
from bot.decision.survey import JourneyState, PersonsJourney, survey_journeys, survey_person
from bot.decision.triggers import Trigger, find_trigger, load_triggers, require_audiences
from bot.errors import FixInput
from bot.intake.importers.base import show_progress
from bot.nudges.announce import announce
from bot.nudges.trial import Trial, try_journey
from bot.nudges.trial_words import say_trial
from bot.texts.catalogue import format_full_moment, translate

app = typer.Typer(invoke_without_command=True, help="Journeys: data/shops/<shop>/triggers.toml.")
_SEED = 1  # the same day gives the same answer


@app.callback(invoke_without_command=True)
def list_journeys(
    context: typer.Context,
    days: Annotated[float, typer.Option(help="Sent and held in so many days.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
) -> None:
    """Every journey and version: who waits, who is on the way, what was sent and held."""
    if context.invoked_subcommand:
        return
    with opened() as services:
        since, journeys = services.clock() - timedelta(days=days), list_shop_journeys(services)
        with services.store.read() as connection:
            found = survey_journeys(connection, journeys, since)
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found], ensure_ascii=False, default=str))
    else:
        _print_journeys(found, _language(language))


@app.command("dry-run")
def dry_run(
    what: Annotated[str, typer.Argument(help="A journey's name, or a TOML file with drafts.")],
    day: Annotated[str, typer.Option(help="YYYY-MM-DD in the shop's zone; left out: yesterday.")] = "",
    limit: Annotated[int, typer.Option(help="Show at most so many of the messages.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: all of the messages.")] = False,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
) -> None:
    """What a journey would have sent on a day, to whom, and what would have held the rest. Writes and sends nothing."""
    with opened() as services, show_progress("occasions") as progress:
        chosen = _find(services, what)
        tried_on = _day(services, day)
        zone = ZoneInfo(services.settings.timezone)
        since, until = (datetime.combine(each, time(), zone) for each in (tried_on, tried_on + timedelta(days=1)))
        trials = [
            try_journey(to_be_tried(services), each, since, until, rng=np.random.default_rng(_SEED), progress=progress)
            for each in chosen
        ]
        timezone = services.settings.timezone
    if as_json:
        typer.echo(json.dumps([_to_json(each, tried_on) for each in trials], ensure_ascii=False))
        return
    console = Console(soft_wrap=True)
    for trial in trials:
        for sentence in say_trial(_language(language), trial, tried_on, timezone, limit):
            console.print(sentence, highlight=False, markup=False)


@app.command("announce")
def announce_it(
    journey: Annotated[str, typer.Argument(help="A journey that begins on Announced, for an audience.")],
    product: Annotated[str, typer.Option(help="The product it is about.")] = "",
    key: Annotated[str, typer.Option(help="Each person hears it once a key; left out: the product, or the day.")] = "",
) -> None:
    """Tell a launch or a piece of news to the journey's audience; every guardrail holds as always."""
    with opened() as services:
        told = announce(InForce(services).read(), journey, product_ref=product, key=key, now=services.clock())
    typer.echo(json.dumps({"journey": journey, "people": told}))


@app.command()
def person(
    customer: Annotated[str, typer.Argument(help="email=..., phone=..., customer_id=..., or our own id.")],
    limit: Annotated[int, typer.Option(help="At most so many of the last decisions.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
) -> None:
    """Where somebody stands in each journey, and what was decided of them, with the reasons in words."""
    with opened() as services, services.store.read() as connection:
        told = survey_person(connection, find_person(connection, customer), limit)
        timezone = services.settings.timezone
    if as_json:
        typer.echo(json.dumps(asdict(told), ensure_ascii=False, default=str))
    else:
        _print_person(told, _language(language), timezone)


def _find(services: Services, what: str) -> Sequence[Trigger]:
    if not Path(what).is_file():
        return [find_trigger(list_shop_journeys(services), what)]
    drafts = load_triggers(Path(what))
    require_audiences(drafts, InForce(services).read().segments.segments)
    return [each for each in drafts if each.on]


def _day(services: Services, day: str) -> date:
    if not day:
        return services.clock().astimezone(ZoneInfo(services.settings.timezone)).date() - timedelta(days=1)
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise FixInput("--day", "must be a date, as in 2026-11-24") from error


def _language(language: str) -> Language:
    return "fr" if language == "fr" else "en"


def _to_json(trial: Trial, day: date) -> dict[str, Any]:
    return {
        "journey": trial.journey, "version": trial.version, "day": day.isoformat(), "occasions": trial.begun,
        "over_before": trial.over, "would_have_sent": len(trial.sent),
        "people": len({each.customer_id for each in trial.sent}),
        "to": [{**asdict(each), "at": each.at.isoformat()} for each in trial.sent],
        "held": trial.held, "because": dict(trial.because.most_common()),
    }


def _print_journeys(found: Sequence[JourneyState], language: Language) -> None:
    heads = ("journey", "version", "first used (UTC)", "waiting", "on the way", "sent", "held", "steps")
    table = Table(*(translate(language, each) for each in heads))
    for each in found:
        version = each.version if each.is_current else f"{each.version} ({translate(language, 'earlier')})"
        first = f"{each.first_used_at:%Y-%m-%d %H:%M}" if each.first_used_at else ""
        counts = (str(count) for count in (each.waiting, each.following, each.sent, each.held))
        table.add_row(each.journey, version, first, *counts, ", ".join(each.steps))
    Console().print(table)


def _print_person(told: PersonsJourney, language: Language, timezone: str) -> None:
    console = Console()
    heads = ("journey", "about", "step", "state", "looked at next", "version")
    table = Table(*(translate(language, each) for each in heads))
    for each in told.waits:
        at = format_full_moment(language, each.due_at, timezone) if each.due_at else ""
        table.add_row(each.journey, each.about, each.step, translate(language, each.state), at, each.version)
    console.print(table)
    heads = ("when", "message", "about", "version", "chosen", "why not the others")
    table = Table(*(translate(language, each) for each in heads))
    for one in told.decisions:
        why = [f"{name}: {' '.join(explain_reasons(held, language, one.figures.get(name, {})))}"
               for name, held in one.held.items() if held]
        at = format_full_moment(language, one.decided_at, timezone)
        chosen = one.chosen or translate(language, "nothing")
        table.add_row(at, one.message, one.about, one.version, chosen, "\n".join(why))
    console.print(table)
