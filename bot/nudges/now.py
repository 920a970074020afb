"""Stage 3 -> 4: one person -> what each journey would say to them at this moment, and why not the rest. Only reads.

What waits for them is decided as the worker would if it were due now, by facts read now. A journey that nothing has
begun for them says nothing; a campaign is launched by hand and is not among them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from bot.decision.decide import Decided, decide
from bot.decision.facts_for import find_rivals
from bot.decision.pauses import is_paused
from bot.decision.triggers import Trigger
from bot.decision.versions import find_journey
from bot.errors import NudgeHeld, RetryLater
from bot.nudges.compose import compose
from bot.nudges.disliked import heed_dislikes
from bot.nudges.facts import FactReader, Facts
from bot.nudges.reading import open_facts
from bot.nudges.schedule import list_candidates, moment_of, read_facts, setting_for, wish_of
from bot.nudges.services import NudgeServices
from bot.profile.customers import members_of, root_of
from bot.profile.segments.members import is_in_audience
from bot.profile.store.tables import waits

NO_OCCASION = "no_occasion"


@dataclass(frozen=True)
class WouldSay:
    """What a journey comes to now: a text on a channel, or the reasons why not."""

    journey: str
    about: str = ""
    due_at: datetime | None = None  # when the worker looks at it; None where nothing waits
    channel: str = ""
    text: str = ""
    reasons: tuple[str, ...] = ()
    held: Mapping[str, tuple[str, ...]] | None = None  # candidate -> what holds it
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)  # candidate -> reason
    rivals: tuple[str, ...] = ()  # the journeys to which it yields, as they want the person now


def consider_now(services: NudgeServices, customer_id: str, rng: np.random.Generator) -> list[WouldSay]:
    """Each journey of the shop's file that begins on events, those that wait for the person first. Reads only."""
    with services.store.read() as connection:
        rows = _list_waiting(connection, customer_id)
    reader = open_facts(services)
    waiting = [_consider(services, reader, row, rng) for row in rows]
    begun = {each.journey for each in waiting}
    return waiting + [
        WouldSay(each.name, reasons=(NO_OCCASION,))
        for each in services.triggers if not each.steps and not each.is_ending and each.name not in begun
    ]


def _list_waiting(connection: sa.Connection, customer_id: str) -> list[sa.Row[Any]]:
    mine = waits.c.customer_id.in_(members_of(connection, customer_id))
    query = sa.select(waits).where(mine, waits.c.state == "waiting").order_by(waits.c.due_at, waits.c.wait_id)
    return list(connection.execute(query))


def _consider(services: NudgeServices, reader: FactReader, row: Any, rng: np.random.Generator) -> WouldSay:
    journey = find_journey(services.store, services.triggers, row.trigger, row.version)
    trigger = journey.at_step(row.step) if journey else None
    if trigger is None:
        return WouldSay(row.trigger, row.subject, row.due_at, reasons=("trigger_gone",))
    now = services.clock()
    try:
        facts = read_facts(services, reader, trigger, row, now)
    except RetryLater:
        return WouldSay(row.trigger, row.subject, row.due_at, reasons=("facts_unavailable",))
    decided = _decide(services, trigger, row, facts, now, rng)
    said = _say(services, trigger, row, facts, decided)
    return replace(said, rivals=find_rivals(decided.person, trigger.name, moment_of(services, now, now)))


def _decide(
    services: NudgeServices, trigger: Trigger, row: Any, facts: Facts, now: datetime, rng: np.random.Generator
) -> Decided:
    nudge = f"{trigger.name}:{row.step}" if row.step else trigger.name
    with services.store.read() as connection:
        root = root_of(connection, row.customer_id)
        facts = heed_dislikes(connection, [(root, facts, now)])[0]
        wish = wish_of(trigger, row, facts, root, is_meant=is_in_audience(connection, trigger.audience, root))
        moment = moment_of(services, now, now, is_paused=is_paused(connection, trigger))
        return decide(connection, trigger, nudge, [wish], list_candidates(trigger, facts.case), moment, rng)[0]


def _say(services: NudgeServices, trigger: Trigger, row: Any, facts: Facts, decided: Decided) -> WouldSay:
    held = {each["name"]: tuple(each["held"]) for each in decided.candidates if each["held"]}
    figures = {each["name"]: each["figures"] for each in decided.candidates if each.get("figures")}
    chosen = decided.candidate
    if chosen is None:
        reasons = tuple(decided.reasons) or ("no_words",)
        return WouldSay(row.trigger, row.subject, row.due_at, reasons=reasons, held=held, figures=figures)
    setting = setting_for(services, decided.person, chosen.channel, decided.route, decided.leaves_at)
    try:
        text = compose(trigger, chosen.variant, facts, setting).message.text
    except NudgeHeld as error:
        return WouldSay(row.trigger, row.subject, row.due_at, reasons=(error.reason,), held=held, figures=figures)
    return WouldSay(row.trigger, row.subject, row.due_at, chosen.channel, text, held=held, figures=figures)
