"""`prevenant profile`: one customer, every value with where it came from, and what lost against it."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import InForce, Services
from bot.commands.opening import opened
from bot.contracts.messages import Language
from bot.errors import NotFound
from bot.profile.consent import PURPOSES, consent_state
from bot.profile.customers import CustomerId, find_customer, identities_of, members_of, root_of
from bot.profile.events import events_of
from bot.profile.explain import TraitExplanation, explain_trait
from bot.profile.intent import purchase_intent
from bot.profile.satisfaction import satisfaction_of
from bot.profile.segments.members import segments_of
from bot.profile.segments.query import is_theirs
from bot.profile.segments.scope import Scope
from bot.profile.segments.words import CHANNELS
from bot.profile.store.tables import customers, events
from bot.profile.traits import trait_values
from bot.texts.catalogue import translate

app = typer.Typer(no_args_is_help=True, help="One customer, as the profile knows them.")


@app.callback()
def profile() -> None:
    """One customer, as the profile knows them."""


@app.command()
def show(
    customer: Annotated[str, typer.Argument(help="email=..., phone=..., customer_id=..., or our own id.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
) -> None:
    """Identities, traits with provenance, consents and segments of a customer."""
    with opened() as services, services.store.read() as connection:
        found = find_person(connection, customer)
        told = read_profile(connection, services, found, now=services.clock())
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        print_profile(told, "fr" if language == "fr" else "en")


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(help="email=..., phone=..., customer_id=..., or our own id.")],
    trait: Annotated[str, typer.Argument(help="city, favourite_sizes, ... as `show` lists them.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    language: Annotated[str, typer.Option(help="en or fr.")] = "en",
) -> None:
    """Why a trait has its value: the rule, and each value that lost with the reason."""
    with opened() as services, services.store.read() as connection:
        person = find_person(connection, customer)
        explained = explain_trait(connection, person, trait, services.segments.traits)
        if explained is None:
            known = ", ".join(sorted(trait_values(connection, person))) or "nothing"
            raise NotFound(f"nobody said {trait!r} of {customer}; known is {known}")
    told = _plain(explained)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        print_explanation(trait, told, "fr" if language == "fr" else "en")


def find_person(connection: sa.Connection, customer: str) -> CustomerId:
    """The person behind `kind=value` or one of our ids. NotFound without one."""
    kind, is_identity, value = customer.partition("=")
    if is_identity:
        found = find_customer(connection, kind.strip(), value)
    else:
        known = connection.scalar(sa.select(customers.c.customer_id).where(customers.c.customer_id == customer.strip()))
        found = root_of(connection, known) if known else None
    if found is None:
        raise NotFound(f"nobody is known as {customer!r}; try email=..., phone=..., customer_id=... or our own id")
    return found


def read_profile(connection: sa.Connection, services: Services, person: CustomerId, *, now: datetime) -> dict[str, Any]:
    """Everything there is to say of a person, as plain data."""
    rules = services.segments.traits
    names = sorted(trait_values(connection, person))
    explained = [each for name in names if (each := explain_trait(connection, person, name, rules))]
    recent, book = events_of(connection, person, limit=200), InForce(services).read().segments
    last_seen = _last_seen(connection, services, person)
    counts: Any = next((each.value for each in explained if each.name == "satisfaction"), None)
    return {
        "customer_id": person,
        "parts": [each for each in members_of(connection, person) if each != person],
        "identities": [vars(each) for each in identities_of(connection, person)],
        "traits": {each.name: _plain(each) for each in explained},
        "last_seen": last_seen.isoformat(timespec="seconds") if last_seen else None,
        "purchase_intent": round(purchase_intent(recent, now), 3),
        "satisfaction": satisfaction_of(counts) if isinstance(counts, Mapping) else None,
        "consents": {
            purpose: {channel: consent_state(connection, person, purpose, channel) for channel in CHANNELS}
            for purpose in PURPOSES
        },
        "segments": list(segments_of(connection, book, person, now=now)),
    }


def print_profile(told: Mapping[str, Any], language: Language) -> None:
    """The profile as tables, for people."""
    say = partial(translate, language)
    console = Console()
    parts = f" (+ {', '.join(told['parts'])})" if told["parts"] else ""
    console.print(f"[bold]{told['customer_id']}[/bold]{parts}", highlight=False)
    console.print(say(
        "last seen {moment}, purchase intent {intent}, satisfaction {satisfaction}",
        moment=told["last_seen"] or say("never"), intent=f"{told['purchase_intent']:.0%}",
        satisfaction=_stars(told["satisfaction"], language),
    ), highlight=False)
    table = Table(*map(say, ("identity", "value", "verified", "source")), title=say("Identities"))
    for each in told["identities"]:
        table.add_row(each["kind"], each["value"], say("yes") if each["is_verified"] else "", each["source"])
    console.print(table)
    table = Table(*map(say, ("trait", "value", "from", "since (UTC)", "why")), title=say("Traits"))
    for name, each in told["traits"].items():
        why = [each["rule_in_words"][language], *(_lost(loss, language) for loss in each["lost"])]
        table.add_row(name, _short(each["value"]), each["silo"], each["set_at"][:16], "\n".join(why))
    console.print(table)
    table = Table(say("purpose"), *CHANNELS, title=say("Consents"))
    for purpose, states in told["consents"].items():
        table.add_row(purpose, *states.values())
    console.print(table)
    segments = ", ".join(told["segments"]) or say("none")
    console.print(say("Segments: {segments}", segments=segments), highlight=False)


def print_explanation(trait: str, told: Mapping[str, Any], language: Language) -> None:
    """One trait as a table: what won, then what lost."""
    table = Table(*map(partial(translate, language), ("value", "from", "since (UTC)", "why")), title=trait)
    table.add_row(_short(told["value"]), told["silo"], told["set_at"][:16], told["rule_in_words"][language])
    for loss in told["lost"]:
        table.add_row(f"× {_short(loss['value'])}", loss["silo"], loss["set_at"][:16], loss["why"][language])
    Console().print(table)


def _last_seen(connection: sa.Connection, services: Services, person: CustomerId) -> datetime | None:
    """When they did something themselves, as `seen` in a segment's rule means it."""
    scope = Scope(connection.dialect.name, services.segments.traits)
    are_theirs = (events.c.customer_id.in_(members_of(connection, person)), is_theirs(scope))
    newest: datetime | None = connection.scalar(sa.select(sa.func.max(events.c.occurred_at)).where(*are_theirs))
    return newest


def _plain(explained: TraitExplanation) -> dict[str, Any]:
    return {
        "value": explained.value, "silo": explained.silo, "set_at": explained.set_at.isoformat(),
        "rule": explained.chosen.rule, "rule_in_words": dict(explained.rule),
        "lost": [
            {"value": loss.value.value, "silo": loss.value.silo, "set_at": loss.value.set_at.isoformat(),
             "customer_id": loss.value.customer_id, "reason": loss.name, "why": dict(loss.why)}
            for loss in explained.losses
        ],
    }


def _lost(loss: Mapping[str, Any], language: Language) -> str:
    return f"× {_short(loss['value'])} ({loss['silo']}): {loss['why'][language]}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _stars(satisfaction: float | None, language: Language) -> str:
    if satisfaction is None:
        return translate(language, "not known yet")
    return translate(language, "{stars} of 5", stars=f"{satisfaction:.1f}")
