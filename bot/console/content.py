"""The console: messages in force and what was counted of them -> rows of the content pages. Pure but for its reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl
import sqlalchemy as sa

from bot.console.content_figures import read_messages, read_trials
from bot.console.journeys import list_messages
from bot.decision.messages import Message
from bot.decision.triggers import Trigger
from bot.decision.versions import parse_trigger
from bot.measure.variants import Comparison, Sums, compare_variants
from bot.profile.store.tables import journeys

DAYS = 90  # of which numbers are shown
COUNTS = ("sent", "seen", "clicked", "replied", "bought", "opted_out")
LEAST_SENT = 10  # below, a share says nothing
_NONE = dict.fromkeys(COUNTS, 0)
Key = tuple[str, str, str]  # step, offer, variant: what numbers can tell apart


@dataclass(frozen=True)
class Piece:
    """A message in force. `number`: its place among the journey's, as forms name it."""

    number: int
    step: str
    message: Message

    @property
    def key(self) -> Key:
        """What numbers can tell apart."""
        return self.step, self.message.offer, self.message.variant


@dataclass(frozen=True)
class Line:
    """What a variant did on a channel in a language."""

    channel: str
    language: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Rival:
    """Another variant that chance chose beside this one on a channel, and how the two compare."""

    variant: str
    channel: str
    comparison: Comparison


@dataclass(frozen=True)
class Wording:
    """What a variant said from some moment on: the versions of its journey with those words, and what they did."""

    versions: tuple[str, ...]
    first_used_at: datetime | None  # None: nobody began with them yet
    pieces: tuple[Piece, ...]
    counts: Mapping[str, int]
    is_in_force: bool


@dataclass(frozen=True)
class Variant:
    """A way of saying something, in every situation that it has words for, and what it did with the words in force."""

    key: Key
    pieces: tuple[Piece, ...]
    lines: tuple[Line, ...]
    rivals: tuple[Rival, ...]
    wordings: tuple[Wording, ...]  # newest first

    @property
    def channels(self) -> tuple[str, ...]:
        """Where it may be said."""
        return tuple(dict.fromkeys(channel for each in self.pieces for channel in each.message.channels))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """All channels and languages together."""
        return add_counts(each.counts for each in self.lines)

    @property
    def won_on(self) -> tuple[str, ...]:
        """The channels on which it is liked more than each other variant, beyond what chance explains."""
        channels = dict.fromkeys(each.channel for each in self.rivals)
        return tuple(
            channel for channel in channels
            if all(each.comparison.verdict == "better" for each in self.rivals if each.channel == channel)
        )


@dataclass(frozen=True)
class Counted:
    """What was counted of the last days."""

    messages: pl.DataFrame
    trials: pl.DataFrame


def read_counted(connection: sa.Connection, today: date) -> Counted:
    """Of `DAYS` days, today among them."""
    since = today - timedelta(days=DAYS - 1)
    return Counted(read_messages(connection, since, today), read_trials(connection, since, today))


def read_versions(connection: sa.Connection, journey: str) -> list[tuple[Trigger, datetime]]:
    """What a journey said when somebody began with it, newest first, with when that was."""
    query = sa.select(journeys).where(journeys.c.journey == journey).order_by(journeys.c.first_used_at.desc())
    return [
        (replace(parse_trigger(row.definition), version=row.version), row.first_used_at)
        for row in connection.execute(query)
    ]


def list_pieces(trigger: Trigger) -> tuple[Piece, ...]:
    """Every message that it may say."""
    return tuple(Piece(n, step, message) for n, (step, message) in enumerate(list_messages(trigger)))


def list_variants(
    trigger: Trigger, versions: Sequence[tuple[Trigger, datetime]], counted: Counted
) -> list[Variant]:
    """Every variant in force of a journey, in its order, with the numbers of the words that it has now."""
    found: dict[Key, list[Piece]] = {}
    for piece in list_pieces(trigger):
        found.setdefault(piece.key, []).append(piece)
    same = {key: _list_same(key, trigger, versions) for key in found}
    return [
        Variant(
            key, tuple(pieces), _lines(trigger, key, same[key], counted.messages),
            _rivals(trigger, key, same, counted.trials), _wordings(trigger, key, versions, counted.messages),
        )
        for key, pieces in found.items()
    ]


def add_counts(each: Any) -> Mapping[str, int]:
    """The sums of several counts."""
    total = dict(_NONE)
    for counts in each:
        total = {name: total[name] + counts[name] for name in COUNTS}
    return total


def _list_same(key: Key, trigger: Trigger, versions: Sequence[tuple[Trigger, datetime]]) -> set[str]:
    """The versions in which a variant says what it says now."""
    now = _say(trigger, key)
    return {trigger.version, *(each.version for each, _ in versions if _say(each, key) == now)}


def _say(trigger: Trigger, key: Key) -> tuple[Message, ...]:
    return tuple(each.message for each in list_pieces(trigger) if each.key == key)


def _of_key(trigger: Trigger, key: Key) -> pl.Expr:
    """Rows of a step's messages: of a campaign the offer's, of a message without one every offer's."""
    step, offer, _ = key
    if not trigger.steps:
        return pl.col("nudge") == (f"{trigger.name}:{step}" if step else trigger.name)
    if offer:
        return pl.col("nudge") == f"{trigger.name}:{offer}"
    return (pl.col("nudge") == trigger.name) | pl.col("nudge").str.starts_with(f"{trigger.name}:")


def _lines(trigger: Trigger, key: Key, versions: set[str], messages: pl.DataFrame) -> tuple[Line, ...]:
    mine = _of_key(trigger, key) & (pl.col("variant") == key[2]) & pl.col("version").is_in(sorted(versions))
    rows = messages.filter(mine).group_by("channel", "language").agg(pl.col(COUNTS).sum()).sort("channel", "language")
    return tuple(
        Line(row["channel"], row["language"], {each: row[each] for each in COUNTS})
        for row in rows.iter_rows(named=True)
    )


def _rivals(
    trigger: Trigger, key: Key, same: Mapping[Key, set[str]], trials: pl.DataFrame
) -> tuple[Rival, ...]:
    """Beside each other variant of the step, in the versions in which both say what they say now.

    Offers may have variants of one name: a row is of a variant of its own offer, and counts once.
    """
    others: dict[str, pl.Expr] = {}
    for other in (each for each in same if each[0] == key[0] and each[2] != key[2]):
        of_both = _of_key(trigger, other) & pl.col("version").is_in(sorted(same[key] & same[other]))
        others[other[2]] = others.get(other[2], pl.lit(False)) | of_both
    sums: dict[tuple[str, str], list[Sums]] = {}
    for variant, of_both in others.items():
        first, second = sorted((key[2], variant))
        is_pair = (pl.col("first") == first) & (pl.col("second") == second)
        for row in trials.filter(_of_key(trigger, key) & of_both & is_pair).iter_rows(named=True):
            found = Sums(row["times"], row["first_times"], row["second_times"], row["first_liked"],
                         row["second_liked"], row["difference"], row["squares"])
            sums.setdefault((variant, row["channel"]), []).append(found if first == key[2] else found.turned())
    beside = {channel: sum(1 for _, each in sums if each == channel) for _, channel in sums}
    return tuple(
        Rival(variant, channel, compare_variants(_add_sums(found), others=beside[channel]))
        for (variant, channel), found in sorted(sums.items())
    )


def _add_sums(found: Sequence[Sums]) -> Sums:
    parts = zip(*((each.times, each.first_times, each.second_times, each.first_liked, each.second_liked,
                   each.difference, each.squares) for each in found), strict=True)
    return Sums(*(sum(each) for each in parts))


def _wordings(
    trigger: Trigger, key: Key, versions: Sequence[tuple[Trigger, datetime]], messages: pl.DataFrame
) -> tuple[Wording, ...]:
    """What the variant said in each version, the same words once, newest first."""
    found: dict[str, tuple[list[str], datetime | None, Trigger]] = {}
    used = {each.version for each, _ in versions}
    known: list[tuple[Trigger, datetime | None]] = [*([] if trigger.version in used else [(trigger, None)]), *versions]
    for each, at in known:
        if said := _say(each, key):
            names, _, first = found.get(repr(said), ([], None, each))
            found[repr(said)] = ([*names, each.version], at, first)
    now = repr(_say(trigger, key))
    return tuple(
        Wording(
            tuple(names), at, tuple(each for each in list_pieces(made) if each.key == key),
            add_counts(line.counts for line in _lines(made, key, set(names), messages)), words == now,
        )
        for words, (names, at, made) in found.items()
    )
