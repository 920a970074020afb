"""Stage 3: a crowd and one matter -> the columns that the choice is made over: `load_columns` for everybody at once.

What differs from person to person is compared as columns; what is said by a function for one (quiet hours in zones,
a state's question, a window) is asked once for each different case. Pure.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bot.channels.windows import may_write
from bot.decision.choose import Columns
from bot.decision.crowd import Crowd
from bot.decision.facts_for import (
    Candidate,
    Moment,
    Wish,
    find_leaving,
    has_question,
    is_handed_off,
    takes_words,
)
from bot.decision.guardrails import CHAT_CHANNELS
from bot.decision.holdouts import draw
from bot.decision.matters import find_with_open
from bot.decision.messages import TEMPLATE_CHANNELS
from bot.decision.minors import latest_adult_birth
from bot.decision.persons import Route
from bot.decision.triggers import Trigger
from bot.decision.yields import SPAN
from bot.profile.state import ConversationState

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Matter:
    """One thing to tell everybody: by which trigger, under which name, about what, in which ways."""

    trigger: Trigger
    nudge: str
    wish: Wish  # of nobody: `root` is ""
    candidates: tuple[Candidate, ...]
    texts: dict[bytes, str] = field(default_factory=dict, compare=False)  # bot.decision.plan_rows: cases in words


def build_columns(crowd: Crowd, matter: Matter, moment: Moment) -> tuple[Columns, Ints]:
    """The columns of everybody, and when each candidate would leave: N x K, microseconds."""
    trigger, wish, candidates = matter.trigger, matter.wish, matter.candidates
    shape = (len(crowd), len(candidates))
    leaving = {each.channel: _find_leaving(crowd, matter, each.channel, moment) for each in candidates}
    reachable = {each: _is_reachable(crowd, each) for each in leaving}
    talking, busy = _is_talking(crowd, moment), list(crowd.states.items())
    columns = Columns(
        consent=_fill(shape, np.int64, [crowd.consent[each.channel] for each in candidates]),
        is_holdout=_is_held_out(crowd, trigger, moment),
        sent_day=_count(crowd, moment, 1),
        sent_week=_count(crowd, moment, 7),
        is_quiet=_fill(shape, np.bool_, [leaving[each.channel][0] for each in candidates]),
        has_question=_ask_states(shape, busy, candidates, lambda state, each: has_question(
            state, trigger, each, moment)),
        in_conversation=_fill(shape, np.bool_, [talking & (each.channel in CHAT_CHANNELS) for each in candidates]),
        in_handoff=_ask_states(shape, busy, candidates, lambda state, each: is_handed_off(state, trigger, each)),
        is_reachable=_fill(shape, np.bool_, [reachable[each.channel] for each in candidates]),
        is_verified=np.full(shape, not trigger.needs_verified),
        is_cooling=_is_cooling(crowd, matter, moment),
        is_yielding=_is_yielding(crowd, trigger, moment),
        is_minor=_mark(crowd, crowd.births.filter(pl.col("born") > latest_adult_birth(moment.at))),
        has_open_matter=_mark(crowd, find_with_open(
            crowd.matters, moment.now, moment.guardrails.open_matter_days)),
        has_taken=_mark(crowd, crowd.taken.filter(pl.col("about") == wish.about)),
        is_true=np.full(shape, not wish.reason),
        is_expired=np.full(shape[:1], wish.expires_at <= moment.at),
        is_window_open=_fill(shape, np.bool_, [
            _takes_words(crowd, matter, each, leaving[each.channel][1]) for each in candidates]),
    )
    return columns, _fill(shape, np.int64, [leaving[each.channel][1] for each in candidates])


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The moment, in UTC, of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def _fill(shape: tuple[int, int], dtype: Any, columns: Sequence[Any]) -> Any:
    filled = np.empty(shape, dtype=dtype)
    for number, column in enumerate(columns):
        filled[:, number] = column
    return filled


def _mark(crowd: Crowd, rows: pl.DataFrame) -> Bools:
    marks = np.zeros(len(crowd), dtype=np.bool_)
    marks[rows["person"].to_numpy()] = True
    return marks


def _is_held_out(crowd: Crowd, trigger: Trigger, moment: Moment) -> Bools:
    """`is_held_out` of everybody: when any of the customers they were merged from is."""
    members, guardrails = crowd.members, moment.guardrails
    share = guardrails.journey_holdouts.get(trigger.name, 0.0)
    is_out = members["is_holdout"].to_numpy() & (trigger.purpose in guardrails.holdout_purposes)
    if share > 0:
        is_out = is_out | (draw(trigger.name, members["customer_id"].to_list()) < share)
    return _mark(crowd, members.filter(pl.Series(is_out)))


def _around(moment: Moment, span: timedelta) -> pl.Expr:
    return (pl.col("at") > moment.at - span) & (pl.col("at") < moment.at + span)


def _count(crowd: Crowd, moment: Moment, days: int) -> Ints:
    near = crowd.sent.filter(_around(moment, timedelta(days=days)))
    return np.bincount(near["person"].to_numpy(), minlength=len(crowd))


def _is_cooling(crowd: Crowd, matter: Matter, moment: Moment) -> Bools:
    same = (pl.col("nudge") == matter.nudge) & (pl.col("about") == matter.wish.about)
    span = timedelta(seconds=matter.trigger.cooldown_seconds)
    return _mark(crowd, crowd.sent.filter(same & _around(moment, span)))


def _is_yielding(crowd: Crowd, trigger: Trigger, moment: Moment) -> Bools:
    """Whom a journey wants to which this one yields: by its messages, and by its waits, which were read for that."""
    rivals = moment.guardrails.yields_of(trigger.name)
    if not rivals:
        return np.zeros(len(crowd), dtype=np.bool_)
    nudge = pl.col("nudge")
    theirs = pl.any_horizontal((nudge == each) | nudge.str.starts_with(f"{each}:") for each in rivals)
    spoken, running = crowd.sent.filter(_around(moment, SPAN) & theirs), crowd.running.filter(_around(moment, SPAN))
    return _mark(crowd, spoken) | _mark(crowd, running)


def _find_leaving(crowd: Crowd, matter: Matter, channel: str, moment: Moment) -> tuple[Bools, Ints]:
    """Whether it is quiet for longer than the reason lives, and when it may leave else; asked once a set of zones."""
    found = [find_leaving(zones, matter.wish, matter.trigger.purpose, channel, moment) for zones in crowd.zones]
    is_quiet = np.array([each is None for each in found])
    leaves_at = np.array([to_micros(each or moment.at) for each in found])
    return is_quiet[crowd.zone], leaves_at[crowd.zone]


def _is_talking(crowd: Crowd, moment: Moment) -> Bools:
    since = to_micros(moment.now - timedelta(seconds=moment.guardrails.in_conversation_seconds))
    return crowd.is_waiting | (crowd.last_inbound_at > since)


def _ask_states(
    shape: tuple[int, int], states: Sequence[tuple[int, ConversationState]], candidates: Sequence[Candidate],
    ask: Callable[[ConversationState, Candidate], bool],
) -> Bools:
    answers = np.zeros(shape, dtype=np.bool_)
    for person, state in states:
        answers[person] = [ask(state, each) for each in candidates]
    return answers


def _is_reachable(crowd: Crowd, channel: str) -> Bools:
    return _mark(crowd, crowd.ways.filter(pl.col("channel") == channel))


def _takes_words(crowd: Crowd, matter: Matter, candidate: Candidate, leaves_at: Ints) -> Bools:
    """Where a channel has a window, when it would leave; nowhere to write is a reason of its own."""
    takes = np.ones(len(crowd), dtype=np.bool_)
    if candidate.channel not in TEMPLATE_CHANNELS:
        return takes
    ways = crowd.ways.filter(pl.col("channel") == candidate.channel)
    leaving = leaves_at[ways["person"].to_numpy()]
    for micros in np.unique(leaving).tolist():  # few: quiet ends at one moment for all of a zone
        _ask_window(takes, matter, candidate, ways.filter(pl.Series(leaving == micros)), from_micros(micros))
    return takes


def _ask_window(takes: Bools, matter: Matter, candidate: Candidate, ways: pl.DataFrame, at: datetime) -> None:
    """Note whom the channel reaches with words at that moment, of whom `ways` lead to."""

    def ask(address: str, last_inbound_at: datetime | None) -> bool:
        route = Route(address, last_inbound_at=last_inbound_at)
        return takes_words(route, matter.trigger, matter.wish, candidate, at)

    takes[ways["person"].to_numpy()] = find_open(ways["last_inbound_at"], lambda wrote: ask("", wrote)).to_numpy()
    words = matter.trigger.find_message(candidate.channel, matter.wish.case, candidate.variant,
                                        matter.wish.facts.get("offer", ""))
    if words and words.templates:  # approved words may be taken in one country and not in another
        is_free = find_open(ways["last_inbound_at"], lambda wrote: may_write(candidate.channel, wrote, at))
        closed = ways.filter(~is_free)
        for person, address, last_inbound_at in closed.select("person", "address", "last_inbound_at").iter_rows():
            takes[person] = ask(address, last_inbound_at)


def find_open(last_inbound_at: pl.Series, ask: Callable[[datetime | None], bool]) -> pl.Series:
    """The answer to `ask` for each moment, where what holds for one holds for every later one: null is the earliest.

    The boundary is looked for among the moments, so that few are asked about.
    """
    moments = last_inbound_at.drop_nulls().unique().sort()
    first = bisect_left(range(len(moments)), True, key=lambda number: ask(moments[number]))
    is_open = last_inbound_at >= moments[first] if first < len(moments) else pl.Series([False] * len(last_inbound_at))
    return is_open.fill_null(ask(None))
