"""`prevenant measure`: what each journey brought, in plain words; stop one and let it go on."""

import getpass
import json
import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.bootstrap import InForce, Services
from bot.commands.opening import opened
from bot.console.deeds.inputs import Why, read_asked
from bot.console.deeds.journeys import resume_by_name
from bot.console.people import LONGEST_NAME, tidy_name
from bot.console.trail import write_trail
from bot.contracts.messages import Language
from bot.decision.model_store import Drift, read_drifts
from bot.decision.pauses import pause_journey
from bot.decision.triggers import find_trigger
from bot.errors import FixInput
from bot.measure.alarms import LOOKS_BACK, Reading, read_alarms, watch_journeys
from bot.measure.lift import Lift
from bot.measure.results import EVERYTHING, Amount, GoalResult, JourneyResult, measure_journeys
from bot.measure.words import say_drift, say_journey, say_reading
from bot.texts.catalogue import translate

app = typer.Typer(invoke_without_command=True, help="What nudges bring: data/shops/<shop>/goals.toml.")

_BY_COMMAND = "prevenant measure resume"


@app.callback(invoke_without_command=True)
def measure(
    context: typer.Context,
    days: Annotated[float, typer.Option(help="People who had the occasion in so many days.")] = 90,
    journey: Annotated[str, typer.Option(help="Only this one; * for all together.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
) -> None:
    """What each journey brought: people, messages, the holdout, lift, margin, cost, and for each euro."""
    if context.invoked_subcommand:
        return
    with opened() as services:
        now = services.clock()
        since, currency = now - timedelta(days=days), services.goals.currency
        results, readings = _read(services, since, now)
        drifts = _read_drifts(services, since)
    chosen = [each for each in results if journey in ("", each.journey)]
    if as_json:
        typer.echo(json.dumps([_to_json(each, readings) for each in chosen], ensure_ascii=False))
        return
    _print(chosen, readings, drifts, "fr" if language == "fr" else "en", currency)


@app.command()
def pause(
    journey: Annotated[str, typer.Argument(help="A trigger's name.")],
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
) -> None:
    """Let a journey rest: nothing of it is decided or leaves until it is resumed."""
    with opened() as services:
        find_trigger((*services.triggers, *InForce(services).read().triggers), journey)
        with services.store.write() as connection:
            person, now = by or getpass.getuser(), services.clock()
            changed = pause_journey(connection, journey, reason="by_hand", by=person, now=now)
            if changed:
                write_trail(connection, person, "paused", about=f"journey:{journey}", now=now)
    typer.echo(json.dumps({"journey": journey, "paused": True, "changed": changed}))


@app.command()
def resume(
    journey: Annotated[str, typer.Argument(help="A trigger's name.")],
    by: Annotated[str, typer.Option(help="Who says so.")] = "",
    reason: Annotated[str, typer.Option(help="Why: the three parts and the trail are told.")] = _BY_COMMAND,
) -> None:
    """Let a journey go on, its alarms counting anew from then; where there is a charter, ask its three parts to."""
    with opened() as services:
        name = tidy_name(by or getpass.getuser())
        if not name:
            raise FixInput("by", f"must have 1 to {LONGEST_NAME} characters")
        state, changed = resume_by_name(services, journey, name, read_asked(Why, {"reason": reason}).reason)
    typer.echo(json.dumps({"journey": journey, "paused": state == "proposed", "changed": changed}))
    if state == "proposed":
        typer.echo("It rests until the three parts of the charter have agreed: /console/charter.", err=True)


@app.command()
def watch() -> None:
    """Look at every alarm now, as the worker does each minute; a journey over its line rests from here on."""
    with opened() as services:
        now = services.clock()
        shop = InForce(services).read()
        paused = watch_journeys(services.store, shop.goals, shop.triggers, now)
        drifted = [each.version for each in _read_drifts(services, now - LOOKS_BACK) if not each.is_over]
    typer.echo(json.dumps({"paused": paused, "drifted": drifted}))


def _read_drifts(services: Services, since: datetime) -> list[Drift]:
    with services.store.read() as connection:
        return read_drifts(connection, since)


def _read(services: Services, since: datetime, now: datetime) -> tuple[list[JourneyResult], list[Reading]]:
    shop = InForce(services).read()
    goals, triggers = shop.goals, shop.triggers
    with services.store.read() as connection:
        results = measure_journeys(connection, goals, triggers, services.guardrails, since=since, now=now)
        return results, read_alarms(connection, goals, triggers, now=now)


def _print(
    results: Sequence[JourneyResult], readings: Sequence[Reading], drifts: Sequence[Drift], language: Language,
    currency: str,
) -> None:
    say = Console()
    for sentence in (each for drift in drifts for each in say_drift(language, drift)):
        say.print(sentence, highlight=False, markup=False)
    for result in results:
        name = translate(language, "All journeys together") if result.journey == EVERYTHING else result.journey
        say.print(f"[bold]{name}[/bold]", highlight=False)
        for sentence in say_journey(language, result, currency):
            say.print(f"  {sentence}", highlight=False, markup=False)
        for reading in readings:
            if reading.journey == result.journey and reading.reached:
                say.print(f"  {say_reading(language, reading)}", highlight=False, markup=False)


def _to_json(result: JourneyResult, readings: Sequence[Reading]) -> dict[str, Any]:
    return {
        "journey": result.journey,
        "holdout": result.holdout,
        "messages": result.sent,
        "reached": result.reached,
        "paused": result.pause.reason if result.pause else None,
        "goals": {each.goal.key: _goal_to_json(each) for each in result.goals},
        "alarms": {
            each.metric: {"hits": each.hits, "reached": each.reached, "at_most": each.at_most,
                          "evidence": round(min(each.evidence, 1e9), 3)}
            for each in readings if each.journey == result.journey
        },
    }


def _goal_to_json(found: GoalResult) -> dict[str, Any]:
    lift = found.conversions
    return {
        "people": found.people, "in_window": found.in_window, "messages": found.messages,
        "nudged": lift.nudged, "held_out": lift.held_out, "rate_nudged": lift.mean_nudged,
        "rate_held_out": lift.mean_held_out, "verdict": lift.verdict, "lift": _interval(lift),
        "margin_per_person_minor": _interval(found.margin), "variance_kept": round(found.margin.variance_kept, 4),
        "conversions_added": _interval(found.conversions_added), "margin_added_minor": _interval(found.margin_added),
        "cost_minor": found.cost_minor, "per_euro": _interval(found.per_euro) if found.per_euro else None,
    }


def _interval(found: Lift | Amount) -> dict[str, float | None]:
    value = found.effect if isinstance(found, Lift) else found.value
    ends = {"low": found.low, "high": found.high}
    return {"value": value, **{key: None if math.isinf(end) else end for key, end in ends.items()}}
