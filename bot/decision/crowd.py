"""Stage 3: everybody of a stretch of ids, as columns: what `bot.decision.persons` reads for a few, for many at once.

The two ways must agree on everybody: the tests compare them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.crowd_basis import ZONES_APART, Allowed, Basis, consent_column, read_basis
from bot.decision.crowd_blocks import find_block, keep_block
from bot.decision.crowd_reader import SENT, CrowdReader, Stretch, read_waiting
from bot.decision.minors import latest_adult_birth
from bot.decision.persons import ADDRESSED, NO_COOLDOWNS
from bot.decision.told import Told, belonging_to
from bot.decision.triggers import CHANNELS, PURPOSES
from bot.profile.state import ConversationState, state_from_json

NEVER = -(2**62)  # a moment before all others
_EVERYTHING: Allowed = [(purpose, channel) for purpose in PURPOSES for channel in CHANNELS]
_MOST_CHANGED = 0.2  # of a block's persons: with more, the tables are read, and it is made anew
_NO_BIRTHS = pl.DataFrame(schema={"person": pl.UInt32, "born": pl.String})
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """What a campaign asks of everybody."""

    purpose: str
    channels: Sequence[str]
    now: datetime
    told: Told
    audience: str = ""  # a segment; "" for everybody
    rivals: Sequence[str] = ()  # the journeys to which it yields
    cooldowns: Mapping[str, float] = NO_COOLDOWNS  # of its messages, in seconds

    @property
    def allowed(self) -> Allowed:
        """The consents that count."""
        return [(self.purpose, each) for each in self.channels]


@dataclass(frozen=True)
class Crowd:
    """N persons in the order of their roots. Frames hold rows of some, by their number `person`."""

    roots: pl.Series  # N
    members: pl.DataFrame  # person, member (a number), customer_id, is_holdout
    is_known: Bools  # N: the shop can name them
    consent: dict[str, Ints]  # channel -> N
    ways: pl.DataFrame  # person, channel, address, sender_id, last_inbound_at: the way a campaign takes, one a channel
    zones: list[tuple[str, ...]]  # the different sets of zones
    zone: NDArray[np.uint32]  # N: which of these
    language: pl.Series  # N: "fr", "en" or ""
    is_waiting: Bools  # N: a message of theirs is not answered yet
    last_inbound_at: Ints  # N: microseconds, below 0 where they never wrote
    sent: pl.DataFrame  # person, at, nudge, about: of the last week and to come; what was asked about, from before
    taken: pl.DataFrame  # person, about
    running: pl.DataFrame  # person, at: waits of the journeys that were asked about
    births: pl.DataFrame  # person, born: of those who may be minors, where it is advertising
    matters: pl.DataFrame  # person, name, about, at: what begins or settles something, where it is advertising
    states: dict[int, ConversationState] = field(default_factory=dict)  # of those who are asked, or with a person

    def __len__(self) -> int:
        return len(self.roots)

    def with_planned(self, persons: Ints, at: pl.Series, nudge: str, about: str) -> "Crowd":
        """After rows were written for some: they count in the caps of what is decided next."""
        rows = pl.DataFrame({"person": pl.Series(persons, dtype=pl.UInt32), "at": at}).with_columns(
            nudge=pl.lit(nudge), about=pl.lit(about))
        return replace(self, sent=pl.concat([self.sent, rows.select(SENT)]))


def read_crowds(connection: sa.Connection, stretch: Stretch, asked: Asked, *, least: int | None = None) -> list[Crowd]:
    """Everybody of a stretch, once: from its block, and those who changed since from the tables, as a crowd of theirs.

    Without a block the tables are read; what they said of `least` customers or more is kept for the next time, of
    fewer it is not, and of nobody for None. Writes then.
    """
    if kept := read_kept_crowds(connection, stretch, asked):
        return kept
    basis = read_basis(connection, stretch, asked.allowed if least is None else _EVERYTHING)
    if least is not None and basis.members.height >= least:
        keep_block(connection, stretch, basis)
    return [_meet(connection, stretch, basis, asked)]


def read_kept_crowds(connection: sa.Connection, stretch: Stretch, asked: Asked) -> list[Crowd]:
    """The same from a block alone; nothing where none is kept, or too many of its persons changed. Never writes."""
    found = find_block(connection, stretch)
    if not found or len(found[1]) > _MOST_CHANGED * len(found[0]):
        return []
    block, changed = found
    crowds = [_meet(connection, stretch, block, asked, without=changed)]
    if changed:
        some = replace(stretch, roots=changed)
        crowds.append(_meet(connection, some, read_basis(connection, some, asked.allowed), asked))
    return crowds


def _meet(
    connection: sa.Connection, stretch: Stretch, basis: Basis, asked: Asked, without: Sequence[str] = ()
) -> Crowd:
    """What stands of them, with what is so at this moment. Those of `without` count as nobody."""
    persons, members, told = basis.persons, basis.members, asked.told
    reader = CrowdReader(connection, stretch, members, len(basis))
    owner = members.select("person", "customer_id")
    sent, taken, matters = (
        belonging_to(each, stretch, owner["customer_id"]) for each in (told.sent, told.taken, told.matters))
    elsewhere = sent.join(owner, on="customer_id").with_columns(nudge=pl.lit(""), about=pl.lit(""))
    is_meant = persons["is_known"].to_numpy() & ~persons["root"].is_in(list(without)).to_numpy()
    if asked.audience:
        is_meant &= reader.belonging(asked.audience)
    zones, zone = _number_zones(persons["zone"])
    return Crowd(
        roots=persons["root"], members=members, is_known=is_meant,
        consent={each: persons[consent_column(asked.purpose, each)].to_numpy() for each in asked.channels},
        ways=_choose_ways(basis.ways, told.unreachable, asked.channels, asked.now), zones=zones, zone=zone,
        language=persons["language"], is_waiting=reader.mark(read_waiting(connection, basis.ways)),
        last_inbound_at=persons["last_inbound_at"].dt.timestamp("us").fill_null(NEVER).to_numpy(),
        sent=pl.concat([reader.sent(asked.purpose, asked.now, asked.cooldowns), elsewhere.select(SENT)]),
        taken=taken.join(owner, on="customer_id").select("person", "about"), running=reader.running(asked.rivals),
        births=reader.births(latest_adult_birth(asked.now)) if asked.purpose == "marketing" else _NO_BIRTHS,
        matters=matters.join(owner, on="customer_id").select("person", "name", "about", "at"),
        states={person: state_from_json(orjson.loads(text)) for person, text in basis.states.iter_rows()},
    )


def _number_zones(said: pl.Series) -> tuple[list[tuple[str, ...]], NDArray[np.uint32]]:
    """The different sets of zones, nobody's first, and which of them each person has."""
    different = ["", *said.unique().sort().filter(said.unique().sort() != "")]
    zone = said.cast(pl.Enum(different)).to_physical().cast(pl.UInt32).to_numpy()
    return [tuple(each.split(ZONES_APART)) if each else () for each in different], zone


def _choose_ways(ways: pl.DataFrame, unreachable: pl.DataFrame, channels: Sequence[str], now: datetime) -> pl.DataFrame:
    """As `Person.route` finds it for what belongs to nobody: a conversation where nobody is proven to be, the last
    used one first; then one where somebody is; else the newest proven address.
    """
    is_proven = (pl.col("proven_until") > now).fill_null(value=False)
    rank = pl.when(pl.col("sender_id") == "").then(2).otherwise(is_proven.cast(pl.Int32))
    chosen = []
    for channel in channels:
        some = ways.filter(pl.col("channel") == channel)
        closed = unreachable.filter(pl.col("channel") == channel)
        if channel in ADDRESSED and closed.height:
            is_letter = channel == "email"
            folded = pl.col("address").str.strip_chars().str.to_lowercase() if is_letter else pl.col("address")
            some = some.filter(~folded.is_in(closed["folded"].implode()))
        if some.filter(is_proven).height:
            some = some.sort(rank, maintain_order=True)
        chosen.append(some.unique("person", keep="first", maintain_order=True))
    return pl.concat(chosen).drop("proven_until")
