"""The console's deeds: a first journey by the guide: begin it, try it, play its event in the sandbox, count it.

What reaches somebody goes the way of every message: the worker hears the event, the three parts' agreement decides
whether the journey is in force, every guardrail holds. Nothing here sends.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import Field

from bot.bootstrap import Services
from bot.charter.drafts import Draft
from bot.console.deeds import drafts as drafting
from bot.console.deeds.drafts import DraftMade
from bot.console.deeds.inputs import Asked, Text
from bot.console.figures import count_figures
from bot.console.guide import PLAYED, find_draft, list_people
from bot.console.guide_occasions import OCCASIONS, Occasion
from bot.console.past.filling import require_sandbox
from bot.console.past.state import as_measured, is_sandbox, note_past, read_past
from bot.console.people import Person
from bot.console.result_figures import count_results
from bot.console.trail import write_trail
from bot.errors import Conflict, FixInput, NotAllowed, RateLimited
from bot.intake.recording import Received, record_calls
from bot.intake.segment import Call
from bot.nudges.trial import Trial
from bot.profile.rate_limits import take
from bot.profile.store.tables import console_figures

PLAYS, PLAY_SECONDS = 20, 300  # of one person
COUNTS, COUNT_SECONDS = 12, 60  # of all of them
_WHY = {"fr": "Notre premier parcours, fait en suivant le guide.", "en": "Our first journey, made by the guide."}
_PIECES = 24


class OccasionChosen(Asked):
    """What the first journey begins on."""

    occasion: Literal["first_look", "first_search", "first_thanks"]


class PlayAsked(Asked):
    """Which of the demo's customers does what the journey begins on."""

    person: Annotated[Text, Field(min_length=1, max_length=64)]


class PastAsked(Asked):
    """Fill the demo with a made-up past, or take it out again."""

    do: Literal["fill", "remove"]


def begin(services: Services, person: Person, asked: OccasionChosen) -> Draft:
    """A draft of it, with words to start from; the one that is open where there is one. Writes."""
    occasion = OCCASIONS[asked.occasion]
    if found := drafting.list_open(services, "journey", occasion.name):
        return found[0]
    body = occasion.table(is_sandbox=is_sandbox(services))
    why = _WHY[person.language]
    return drafting.make(services, person, DraftMade(kind="journey", name=occasion.name, body=body, why=why))


def try_it(services: Services, person: Person) -> tuple[date, Trial]:
    """Whom it would have written to yesterday. Conflict before there is a draft; RateLimited after so many."""
    return drafting.try_draft(services, person, _require_draft(services).id)


def play(services: Services, person: Person, asked: PlayAsked) -> None:
    """Let a demo customer do what the journey begins on; the worker hears of it like of any other event.

    NotAllowed outside the demo and before the three parts have agreed. Writes.
    """
    require_sandbox(services)
    draft, now = _require_draft(services), services.clock()
    if draft.state != "agreed":
        raise NotAllowed("not_agreed", "the three parts have not agreed on it yet")
    chosen = next((each for each in list_people(services) if asked.person in (each.id, each.ref)), None)
    if chosen is None:
        raise FixInput("person", "is none of the demo’s customers")
    call = _make_call(services, OCCASIONS[draft.name])
    with services.store.write() as connection:
        may_play = take(connection, f"console:play:{person.name}", limit=PLAYS, window_seconds=PLAY_SECONDS, now=now)
        if may_play:
            salt = services.settings.holdout_salt
            record_calls(connection, [Received(call, "web", chosen.ref, now)], now=now, salt=salt)
            about = f"journey:{draft.name}"
            write_trail(connection, person.name, PLAYED, about=about, note=chosen.first_name, now=now)
    if not may_play:
        raise RateLimited("played often enough for now", PLAY_SECONDS)


def ask_for_past(services: Services, person: Person, asked: PastAsked) -> None:
    """The worker fills it or takes it out; asking twice is asking once. NotAllowed outside the demo. Writes."""
    require_sandbox(services)
    now = services.clock()
    with services.store.write() as connection:
        state = read_past(connection).state
        if asked.do == "fill" and state == "none":
            note_past(connection, "wanted")
            write_trail(connection, person.name, "wanted_past", now=now)
        elif asked.do == "remove" and state == "there":
            note_past(connection, "leaving")
            write_trail(connection, person.name, "removed_past", now=now)


def count_now(services: Services) -> str:
    """Count today at once, which the worker else does every quarter of an hour; the journey's name.

    Asked for too often, the figures of a moment ago stay. NotAllowed outside the demo. Writes.
    """
    require_sandbox(services)
    draft, now = _require_draft(services), services.clock()
    today = now.astimezone(ZoneInfo(services.settings.timezone)).date()
    with services.store.write() as connection:
        if not take(connection, "console:guide-count", limit=COUNTS, window_seconds=COUNT_SECONDS, now=now):
            return draft.name
        days = [f"{kind}:{today - timedelta(days=n)}" for kind in ("results", "day") for n in range(2)]
        connection.execute(sa.delete(console_figures).where(console_figures.c.name.in_(days)))
    measured = as_measured(services)
    count_figures(measured)
    count_results(measured)
    return draft.name


def _require_draft(services: Services) -> Draft:
    with services.store.read() as connection:
        draft = find_draft(connection)
    if draft is None:
        raise Conflict("choose an occasion first")
    return draft


def _make_call(services: Services, occasion: Occasion) -> Call:
    """As a page of the shop would tell it."""
    said: dict[str, Any] = dict(occasion.said)
    if occasion.kind == "product":
        found = services.commerce.search_products(filters={"in_stock": True}, limit=_PIECES).items
        if not found:
            raise Conflict("nothing of the shop is in stock: there is no piece to look at")
        product = found[0]
        said |= {"product_id": product.ref, "product_type": product.product_type}
    key = f"guide-{uuid4().hex}"
    return Call("track", key, "", "", occasion.event, said, services.clock())
