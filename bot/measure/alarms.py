"""Measurement: opt-outs, complaints and refusals -> a journey that rests before more people are annoyed.

A person is counted once for a journey, from the first message that reached them since it was last resumed. The
test may be made after every message: see `bot.measure.sequences`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import polars as pl
import sqlalchemy as sa
import structlog

from bot.decision.pauses import ALARM, pause_journey, read_resumptions
from bot.decision.triggers import Trigger
from bot.measure.goals import GoalBook, Line
from bot.measure.read import read_messages, read_objections
from bot.measure.sequences import MISSES, evidence_above
from bot.profile.store.engine import Store

log = structlog.get_logger()
LOOKS_BACK = timedelta(days=90)


@dataclass(frozen=True)
class Reading:
    """How many of the people whom a journey reached did what a line is about."""

    journey: str
    metric: str
    hits: int
    reached: int
    at_most: float
    evidence: float  # 1 says nothing; at 1 / MISSES the journey rests

    @property
    def is_over(self) -> bool:
        """Whether more than chance stands above the line."""
        return self.evidence >= 1 / MISSES


def read_alarms(
    connection: sa.Connection, book: GoalBook, triggers: Sequence[Trigger], *, now: datetime
) -> list[Reading]:
    """Every journey's counts beside every line."""
    names = [each.name for each in triggers]
    if not names or not book.lines:
        return []
    since = now - LOOKS_BACK
    resumed = read_resumptions(connection)
    messages = read_messages(connection, names, since)
    begins = pl.DataFrame(
        {"journey": names, "begins_at": [max(since, resumed.get(each, since)) for each in names]},
        {"journey": pl.String, "begins_at": pl.Datetime("us", "UTC")},
    )
    messages = messages.join(begins, on="journey").filter(pl.col("at") >= pl.col("begins_at"))
    return [
        reading for line in book.lines
        for reading in _read_line(connection, line, messages, names, since)
    ]


def watch_journeys(store: Store, book: GoalBook, triggers: Sequence[Trigger], now: datetime) -> int:
    """Let every journey rest that has crossed a line; how many. Writes."""
    with store.read() as connection:
        over = [each for each in read_alarms(connection, book, triggers, now=now) if each.is_over]
    paused = 0
    for each in over:
        details = {key: value for key, value in asdict(each).items() if key not in ("journey", "metric", "evidence")}
        with store.write() as connection:
            is_new = pause_journey(
                connection, each.journey, reason=each.metric, by=ALARM, now=now, details=details
            )
        if is_new:
            paused += 1
            log.warning("journey_paused", journey=each.journey, reason=each.metric, **details)
    return paused


def _read_line(
    connection: sa.Connection, line: Line, messages: pl.DataFrame, names: Sequence[str], since: datetime
) -> list[Reading]:
    tried = messages if line.metric == "refusals" else messages.filter(~pl.col("is_refused"))
    reached = dict(tried.group_by("journey").agg(pl.col("root").n_unique()).iter_rows())
    hits = dict(_minded(connection, line, tried, since).group_by("journey").agg(pl.col("root").n_unique()).iter_rows())
    return [
        Reading(
            name, line.metric, hits.get(name, 0), reached.get(name, 0), line.at_most,
            evidence_above(hits.get(name, 0), reached.get(name, 0), line.at_most),
        )
        for name in names
    ]


def _minded(connection: sa.Connection, line: Line, tried: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """The messages that somebody minded."""
    if line.metric == "refusals":
        return tried.filter(pl.col("is_refused"))
    said = read_objections(connection, line.metric, since)
    return tried.join(said, on="root").filter(
        pl.col("said_at") >= pl.col("at"), pl.col("said_at") < pl.col("at") + line.window,
        (pl.col("about") == "") | (pl.col("about") == pl.col("purpose")),
    )
