"""The console: a day's messages -> counts by their words, and what variants that chance chose between did, in a row.

Numbers are of a variant on a channel, in a language, as a version of its journey had it; all its cases together, as a
row of the outbox does not say which it was. Two variants are compared only where chance chose between them for the same
person on the same channel, each weighed by the chance that it had, so that nothing else can make the difference: sums
of such differences add up over days.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from itertools import combinations
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.console.result_rows import OUTCOMES, left_between
from bot.profile.candidate_sets import candidates_of
from bot.profile.store.tables import console_figures, decisions, outbox

CONTENT = "content"
MOST_TRIALS = 20_000  # of a day: the first ones; more would tell hardly more
_LIKED = ("clicked", "replied", "bought")
_DISLIKED = ("opted_out", "complained")
_WORDS = ("nudge", "version", "variant", "channel", "language")
_SUMS = ("sent", "arrived", "seen", *OUTCOMES, "liked", "value_minor")
_PAIR = ("nudge", "version", "channel", "first", "second")
_TRIAL = ("times", "first_times", "second_times", "first_liked", "second_liked", "difference", "squares")
_MESSAGES = {**dict.fromkeys(_WORDS, pl.String), **dict.fromkeys(_SUMS, pl.Int64)}
_TRIALS = {**dict.fromkeys(_PAIR, pl.String), **dict.fromkeys(_TRIAL[:-2], pl.Int64),
           **dict.fromkeys(_TRIAL[-2:], pl.Float64)}


def count_content(connection: sa.Connection, sent: pl.DataFrame, since: datetime, until: datetime) -> dict[str, Any]:
    """Columns, as JSON can hold them. `sent`: the messages that left in the time, with what followed each."""
    judged = sent.with_columns(_is_liked().alias("liked"))
    counted = judged.group_by(_WORDS, maintain_order=True).agg(pl.col(_SUMS).sum())
    liked = dict(judged.select("outbox_id", "liked").iter_rows())
    return {
        "messages": counted.to_dict(as_series=False),
        "trials": _sum_trials(connection, liked, since, until).to_dict(as_series=False),
    }


def read_messages(connection: sa.Connection, since: date, until: date) -> pl.DataFrame:
    """What messages did, by `nudge`, `version`, `variant`, `channel` and `language`, in days, both ends among them."""
    return _read(connection, "messages", _MESSAGES, since, until).group_by(_WORDS).agg(pl.col(_SUMS).sum())


def read_trials(connection: sa.Connection, since: date, until: date) -> pl.DataFrame:
    """What came of each two variants that chance chose between, by nudge, version and channel."""
    return _read(connection, "trials", _TRIALS, since, until).group_by(_PAIR).agg(pl.col(_TRIAL).sum())


def compare_in(
    candidates: list[dict[str, Any]], chosen: str, liked: int
) -> Iterator[tuple[tuple[str, str], list[float]]]:
    """Of one decision: each pair of variants of the chosen channel, and what it adds to each sum of `_TRIAL`.

    Given the channel, a variant was chosen with its share of the channel's chance.
    """
    channel, _, said = chosen.partition(":")
    allowed = {
        str(each["name"]).partition(":")[2]: float(each.get("probability", 0)) for each in candidates
        if not each["held"] and each.get("probability", 0) > 0 and str(each["name"]).partition(":")[0] == channel
    }
    whole = sum(allowed.values())
    if said not in allowed:
        return
    for first, second in combinations(sorted(allowed), 2):
        is_first, is_second = float(said == first), float(said == second)
        apart = liked * (is_first / (allowed[first] / whole) - is_second / (allowed[second] / whole))
        yield (first, second), [1.0, is_first, is_second, is_first * liked, is_second * liked, apart, apart * apart]


def _sum_trials(
    connection: sa.Connection, liked: Mapping[int, int], since: datetime, until: datetime
) -> pl.DataFrame:
    of_it = sa.and_(
        decisions.c.customer_id == outbox.c.customer_id, decisions.c.trigger == outbox.c.nudge,
        decisions.c.subject == outbox.c.about, decisions.c.decided_at == outbox.c.created_at,
    )
    query = sa.select(
        outbox.c.outbox_id, outbox.c.nudge, outbox.c.channel, decisions.c.version, decisions.c.chosen, candidates_of(),
    ).join(decisions, of_it).where(left_between(since, until), decisions.c.probability < 1)
    sums: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0] * len(_TRIAL))
    for row in connection.execute(query.order_by(outbox.c.outbox_id).limit(MOST_TRIALS)):
        for pair, added in compare_in(row.candidates, row.chosen, liked.get(row.outbox_id, 0)):
            known = sums[(row.nudge, row.version, row.channel, *pair)]
            known[:] = [one + other for one, other in zip(known, added, strict=True)]
    rows = [(*key, *(round(each) for each in counts[:-2]), *counts[-2:]) for key, counts in sums.items()]
    return pl.DataFrame(rows, _TRIALS, orient="row")


def _is_liked() -> pl.Expr:
    """Somebody clicked, answered or bought, and neither said goodbye nor complained."""
    liked = pl.any_horizontal(pl.col(each) > 0 for each in _LIKED)
    disliked = pl.any_horizontal(pl.col(each) > 0 for each in _DISLIKED)
    return (liked & ~disliked).cast(pl.Int64)


def _read(
    connection: sa.Connection, kind: str, schema: Mapping[str, Any], since: date, until: date
) -> pl.DataFrame:
    name = console_figures.c.name
    rows = connection.scalars(
        sa.select(console_figures.c.value).where(name >= f"{CONTENT}:{since}", name <= f"{CONTENT}:{until}")
    )
    frames = [pl.DataFrame(value[kind], schema) for value in rows]
    return pl.concat(frames) if frames else pl.DataFrame(schema=dict(schema))
