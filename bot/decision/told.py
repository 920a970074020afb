"""Stage 3: what holds a nudge and is found by events: read once for a launch, then only what came since.

It lies in the order of the customers' ids, so that each stretch looks at its own part alone: a launch of a million
persons would else look at all of it twenty times, one of ten million two hundred times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from bot.decision.crowd_reader import Stretch
from bot.decision.matters import LOOKS_BACK, MATTER_NAMES
from bot.decision.person_queries import find_about
from bot.intake.names import EMAIL_SENT, SMS_SENT
from bot.profile.events import OFFER_ACCEPTED
from bot.profile.store.frames import MOMENT, read_frame
from bot.profile.store.tables import events, suppressions
from bot.profile.suppressions import scopes_of

_ID = "customer_id"


@dataclass(frozen=True)
class Told:
    """What holds a nudge and is found by other things than whom it is about. Read once, then only what came since."""

    sent: pl.DataFrame  # customer_id, at: what other tools sent in the last week; by id
    taken: pl.DataFrame  # customer_id, about: offers that were accepted; by id
    matters: pl.DataFrame  # customer_id, name, about, at: what begins or settles something, for advertising; by id
    unreachable: pl.DataFrame  # channel, folded: addresses that nothing reaches
    upto: int = 0  # the last event that was looked at
    closed: tuple[Any, ...] = ()  # how many addresses are listed, and the last change of one


def read_told(connection: sa.Connection, purpose: str, now: datetime, before: Told | None = None) -> Told:
    """What was told of everybody, or what came to it since `before`."""
    t = events.c
    upto = connection.scalar(sa.select(sa.func.max(t.event_id))) or 0
    # The name as an expression where few events are new, so that SQLite goes by their ids.
    name, since = (t.name.concat(""), t.event_id > before.upto) if before else (t.name, sa.true())
    said = sa.func.coalesce(sa.func.nullif(t.properties["purpose"].as_string(), ""), "marketing")
    elsewhere = sa.select(t.customer_id, t.occurred_at.label("at")).where(
        since, name.in_((EMAIL_SENT, SMS_SENT)), t.occurred_at > now - timedelta(days=8),
        t.silo.not_in(("web", "prevenant")), said == purpose)
    accepted = sa.select(t.customer_id, t.properties["about"].as_string().label("about")).where(
        since, name == OFFER_ACCEPTED, t.silo == "prevenant")
    sent = read_frame(connection, elsewhere, {"customer_id": pl.String, "at": MOMENT})
    taken = read_frame(connection, accepted, {"customer_id": pl.String, "about": pl.String})
    is_selling = sa.true() if purpose == "marketing" else sa.false()  # news of orders asks for nothing of it
    begun = sa.select(t.customer_id, t.name, find_about().label("about"), t.occurred_at.label("at")).where(
        since, is_selling, name.in_(MATTER_NAMES), t.occurred_at > now - LOOKS_BACK)
    matters = read_frame(connection, begun, {
        "customer_id": pl.String, "name": pl.String, "about": pl.String, "at": MOMENT})
    closed = _look_at_closed(connection)
    if before is None:
        unreachable = read_unreachable(connection, purpose, now)
        return Told(sent.sort(_ID), taken.sort(_ID), matters.sort(_ID), unreachable, upto, closed)
    is_same = closed == before.closed
    unreachable = before.unreachable if is_same else read_unreachable(connection, purpose, now)
    return Told(
        _add(before.sent, sent), _add(before.taken, taken), _add(before.matters, matters), unreachable, upto, closed)


def belonging_to(told: pl.DataFrame, stretch: Stretch, customer_ids: pl.Series) -> pl.DataFrame:
    """The rows of a frame of `Told` that may be of these customers, who are of a stretch or merged with its persons."""
    ids = told[_ID]
    begin, end = (ids.search_sorted(each, "right") for each in (stretch.after, stretch.upto))
    strays = customer_ids.filter((customer_ids <= stretch.after) | (customer_ids > stretch.upto)).unique()
    firsts, lasts = (ids.search_sorted(strays, side).to_list() for side in ("left", "right"))
    rows = [np.arange(first, last) for first, last in zip(firsts, lasts, strict=True) if first < last]
    mine = [told[begin:end], *([told[np.concatenate(rows)]] if rows else [])]
    return pl.concat(mine)


def read_unreachable(connection: sa.Connection, purpose: str, now: datetime) -> pl.DataFrame:
    """The addresses that nothing reaches, folded: channel, folded."""
    t = suppressions.c
    wanted = sa.select(t.channel, t.address.label("folded")).where(
        t.scope.in_(scopes_of("nudge", purpose)), sa.or_(t.until.is_(None), t.until > now))
    return read_frame(connection, wanted, {"channel": pl.String, "folded": pl.String}).unique()


def _look_at_closed(connection: sa.Connection) -> tuple[Any, ...]:
    """How many addresses are listed, and when one was last: two questions, as SQLite answers each by an index."""
    count = connection.scalar(sa.select(sa.func.count()).select_from(suppressions))
    return count, connection.scalar(sa.select(sa.func.max(suppressions.c.changed_at)))


def _add(known: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    return known if found.is_empty() else pl.concat([known, found]).sort(_ID)
