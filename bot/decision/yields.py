"""Stage 3: of two journeys of advertising that want the same person in the same week, the one that stays home.

A journey wants somebody at a moment when, within seven days of it either way,

    a message of it left to them, may have left, or waits to leave; or
    a wait of it is due, or is looked at for what follows its message, and the journey does not rest.

What was considered and came to no message is no claim, nor is what a page was told and never showed. The console
counts conflicts by the same (`bot.console.conflicts`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Any

import sqlalchemy as sa

from bot.profile.store.tables import pauses, waits
from bot.profile.store.upsert import is_either
from bot.toml_file import TomlFile

YIELD_DAYS = 7
SPAN = timedelta(days=YIELD_DAYS)
LIVE_WAITS = ("waiting", "following")  # states of a wait that something may still come of
MOST_CHARACTERS = 73  # of two names together: as the charter calls what is agreed on of both
Yields = Mapping[str, tuple[str, ...]]  # journey -> those it yields to, in their order


def read_yields(file: TomlFile, advertising: Iterable[str] | None) -> Yields:
    """The table `[yields]`: `browse_left = ["cart_left"]`. FixTable names what is wrong, a circle too.

    `advertising`: the journeys that may stand in it; None does not ask.
    """
    table = file.table("yields")
    found = {journey: table.texts(journey) for journey in table.values}
    known = None if advertising is None else sorted(advertising)
    for journey, others in found.items():
        if journey in others:
            raise table.fail(journey, "names itself: no journey yields to itself")
        long = next((each for each in others if len(journey) + len(each) > MOST_CHARACTERS), "")
        if long:
            sentence = "is too long beside {value}: {most} characters together at most"
            raise table.fail(journey, sentence, value=repr(long), most=MOST_CHARACTERS)
        wrong = next((each for each in (journey, *others) if known is not None and each not in known), "")
        if wrong:
            sentence = "names {value}, which is no journey of advertising; known are {known}"
            raise table.fail(journey, sentence, value=repr(wrong), known=known or "none")
    if circle := find_circle(found):
        raise table.fail(circle[0], "closes a circle, {circle}: each would wait for the other", circle=tell(circle))
    return {journey: tuple(sorted(set(others))) for journey, others in found.items() if others}


def find_circle(yields: Yields) -> tuple[str, ...]:
    """Journeys of which each yields to the next, the last being the first again; empty where there is no circle."""
    try:
        TopologicalSorter(yields).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def tell(circle: Iterable[str]) -> str:
    """A circle in words: `a → b → a`."""
    return " → ".join(circle)


def is_of(nudge: str, journeys: Iterable[str]) -> bool:
    """Whether a message is of one of the journeys: `winter_offers:MAILLE15` is of `winter_offers`."""
    return nudge.partition(":")[0] in journeys


def is_in_week(at: datetime, moment: datetime) -> bool:
    """Whether something is within the week around a moment."""
    return moment - SPAN < at < moment + SPAN


def running_waits(*, of_everybody: bool = False) -> sa.Select[Any]:
    """Every wait that something may come of: customer_id, trigger, due_at. Those of journeys that rest are not.

    For some customers, to be named in a further condition, or `of_everybody`, by when they are due.
    """
    # What is not gone by as an expression, so that SQLite takes the other index: one of all that ever was, or is live.
    state: sa.ColumnElement[str] = waits.c.state if of_everybody else waits.c.state.concat("")
    trigger: sa.ColumnElement[str] = waits.c.trigger.concat("") if of_everybody else waits.c.trigger
    resting = sa.select(pauses.c.journey).where(pauses.c.resumed_at.is_(None))
    return sa.select(waits.c.customer_id, waits.c.trigger, waits.c.due_at).where(
        is_either(state, LIVE_WAITS), trigger.not_in(resting))
