"""The console: the form of an offer, a goal, caps or the tone as a draft's page shows it. Reads."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bot.bootstrap import InForce, Services
from bot.charter.content import Content, dump_contents
from bot.charter.drafted import Beside, Problem, kind_of
from bot.charter.drafts import list_drafts
from bot.charter.kept import AGREED, read_agreed
from bot.console.draft_view import list_events
from bot.console.offer_truth import judge, read_given
from bot.console.small_forms import ONE, Fields, Group, list_fields, list_groups, name_offer, read_table, write_fields
from bot.console.words import Words
from bot.content.offers import EVERY_JOURNEY, Truth, parse_offer
from bot.errors import FixConfiguration, NotFound
from bot.profile.store.tables import charter_proposals


def groups_of(services: Services, words: Words, kind: str) -> tuple[Group, ...]:
    """A kind's form, with the shop's journeys and events to choose from.

    Journeys that are drafted, wait, or ended stand there, too, where anything names them: what has no box is lost.
    """
    shop = InForce(services).read()
    named = dict.fromkeys((*(each.name for each in shop.triggers), *_list_named(services)))
    journeys = [(each, words.journey(each)) for each in named if each != EVERY_JOURNEY]
    events = sorted({*list_events(services), *(each.counts for each in shop.goals.goals)} - {"orders"})
    return list_groups(kind, journeys, events)


def _list_named(services: Services) -> list[str]:
    """Journeys of open drafts, and those that goals and offers name, open or in force."""
    shop = InForce(services).read()
    with services.store.read() as connection:
        open_drafts = list_drafts(connection)
    drafted = [each.name for each in open_drafts if each.kind == "journey" and each.name]
    bodies = [each.body.get("journeys") for each in open_drafts if each.kind in ("goal", "offer")]
    told = [str(each) for body in bodies if isinstance(body, list) for each in body]
    of_goals = [name for each in shop.goals.goals for name in each.journeys]
    of_offers = [name for each in shop.offers for name in each.journeys]
    return sorted({*drafted, *told, *of_goals, *of_offers})


def read_small(services: Services, kind: str, form: Fields) -> dict[str, Any]:
    """The table that a form says. NotFound for a kind that has no form here."""
    groups = groups_of(services, Words("en", services.settings.timezone), kind)
    if not groups:
        raise NotFound("that kind of draft has no form")
    return read_table(groups, form, services.goals.currency)


def name_small(kind: str, form: Fields, body: Mapping[str, Any]) -> str:
    """What a new one is called: as somebody typed it; an offer as its code is."""
    if kind in ONE:
        return kind
    return name_offer(str(body.get("code", ""))) if kind == "offer" else form.get("name", "").strip()


def find_taken(services: Services, kind: str, name: str) -> Problem | None:
    """Why a new one cannot be called so: an offer has no code, or the name is in force or drafted already."""
    place = "code" if kind == "offer" else "name"
    if kind == "offer" and not name:
        return Problem(place, "must have a letter or a digit")
    with services.store.read() as connection:
        known = {**dump_contents(services), **read_agreed(connection)}
        is_drafted = bool(list_drafts(connection, kind=kind, name=name, limit=1))
    if kind in ONE or not (is_drafted or kind_of(kind).subject(name) in known):
        return None
    return Problem(place, "is in force or drafted already: open that one to change it")


def begin_small(services: Services, kind: str, name: str, *, version: int = 0, code: str = "") -> dict[str, Any]:
    """The table to begin with: a version that was agreed on, else what is in force, else an empty one.

    An offer that nobody has words for begins as the shop has it. NotFound for a kind without a form, or a version that
    is not of the subject.
    """
    if not list_groups(kind, (), ()):
        raise NotFound("that kind of draft has no form")
    made = kind_of(kind)
    subject = made.subject(name or kind)
    with services.store.read() as connection:
        if version:
            return made.write(_read_version(connection, subject, version))
        known = {**dump_contents(services), **read_agreed(connection)}
    if subject in known:
        return made.write(known[subject])
    return _begin_offer(services, code) if kind == "offer" else {"journeys": ["*"]}


def show_small(
    services: Services, words: Words, kind: str, body: Mapping[str, Any], typed: Fields | None, problem: Problem | None
) -> dict[str, Any]:
    """The values that `_small_form.html` shows; nothing for a kind without a form."""
    groups = groups_of(services, words, kind)
    if not groups:
        return {}
    fields = dict(typed) if typed is not None else write_fields(groups, body, services.goals.currency)
    return {
        "groups": groups, "f": fields, "anchor": _anchor_of(groups, problem),
        "truth": _judge(services, kind, body) if not problem else None,
    }


def _read_version(connection: sa.Connection, subject: str, version: int) -> Content:
    table = charter_proposals.c
    mine = sa.and_(table.proposal_id == version, table.subject == subject, table.state == AGREED)
    content: Content | None = connection.scalar(sa.select(table.content).where(mine))
    if content is None:
        raise NotFound("there is no such version of it")
    return content


def _begin_offer(services: Services, code: str) -> dict[str, Any]:
    """What the shop gives by a code, for somebody to put into words."""
    with services.store.read() as connection:
        given = read_given(connection)
    found = next((each for each in given.offers or () if each.code.upper() == code.upper()), None)
    if not code or found is None:
        return {"journeys": ["*"]}
    keys = ("percent_off", "amount_off_minor", "min_items_minor", "has_free_shipping")
    return {
        "code": found.code, "name": dict(found.names), **{key: value for key in keys if (value := getattr(found, key))},
        "product_types": list(found.product_types), "journeys": ["*"],
    }


def _judge(services: Services, kind: str, body: Mapping[str, Any]) -> Truth | None:
    """How a draft of an offer stands beside the shop; None for anything else."""
    if kind != "offer" or not body.get("code"):
        return None
    try:
        told = parse_offer(kind_of(kind).read("draft", body, Beside((), services.goals.currency)))
    except FixConfiguration:
        return None
    with services.store.read() as connection:
        return judge(services, told, read_given(connection))


def _anchor_of(groups: tuple[Group, ...], problem: Problem | None) -> str:
    """The box of a problem, else the first of those it may be of."""
    place = problem.place if problem else ""
    known = [each.place for each in list_fields(groups)]
    return next((each for each in known if each == place or each.startswith(f"{place}.")), place)
