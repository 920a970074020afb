"""Stage 3: everybody of a stretch of ids, as columns: what `bot.decision.persons` reads for a few, for many at once.

The two ways must agree on everybody: the tests compare them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.contracts.messages import LANGUAGES
from bot.decision.crowd_reader import (
    SENT,
    CrowdReader,
    Stretch,
    Told,
    read_people,
    read_unreachable,
    read_waiting,
)
from bot.decision.persons import ADDRESSED
from bot.profile.state import ConversationState, state_from_json
from bot.profile.store.frames import MOMENT

NEVER = -(2**62)  # a moment before all others
_UNIT = "\x1f"  # stands in no zone's name
_WAY = ("person", "address", "sender_id", "last_inbound_at")
_PROVEN_BY = {"email": "email", "sms": "phone"}  # the identity that is an address of the channel
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
    sent: pl.DataFrame  # person, at, nudge, about: of the last week and to come
    taken: pl.DataFrame  # person, about
    states: dict[int, ConversationState] = field(default_factory=dict)  # of those who are asked, or with a person

    def __len__(self) -> int:
        return len(self.roots)

    def with_planned(self, persons: Ints, at: pl.Series, nudge: str, about: str) -> "Crowd":
        """After rows were written for some: they count in the caps of what is decided next."""
        rows = pl.DataFrame({"person": pl.Series(persons, dtype=pl.UInt32), "at": at}).with_columns(
            nudge=pl.lit(nudge), about=pl.lit(about))
        return replace(self, sent=pl.concat([self.sent, rows.select(SENT)]))


def read_crowd(
    connection: sa.Connection, stretch: Stretch, told: Told, *, purpose: str, channels: Sequence[str], now: datetime,
    audience: str = "",
) -> Crowd:
    """Everybody of a stretch, on these channels; of a segment alone where one is named."""
    people = read_people(connection, stretch, audience)
    roots = people["root_id"].unique().sort()
    numbers = pl.DataFrame({"root_id": roots, "person": pl.Series(range(len(roots)), dtype=pl.UInt32)})
    members = people.join(numbers, on="root_id").with_row_index("member").drop("root_id")
    reader = CrowdReader(connection, stretch, members, len(roots))
    names, talks, states = reader.identities(), reader.conversations(), reader.states(numbers)
    owner = members.select("person", "customer_id")
    elsewhere = told.sent.join(owner, on="customer_id").with_columns(nudge=pl.lit(""), about=pl.lit(""))
    zones, zone = _number_zones(pl.concat([reader.zones(), talks.select("person", zone="timezone")]), len(roots))
    return Crowd(
        roots=roots, members=members, is_known=reader.mark(names["person"]),
        consent=reader.consent(purpose, channels),
        ways=_find_ways(names, talks, channels, read_unreachable(connection, purpose, now), now),
        zones=zones, zone=zone,
        language=_find_languages((states, talks, reader.languages()), len(roots)),
        is_waiting=reader.mark(read_waiting(connection, talks)), last_inbound_at=_last_inbound(talks, len(roots)),
        sent=pl.concat([reader.sent(purpose, now), elsewhere.select(SENT)]),
        taken=told.taken.join(owner, on="customer_id").select("person", "about"), states=_parse_states(states),
    )


def _number_zones(said: pl.DataFrame, count: int) -> tuple[list[tuple[str, ...]], NDArray[np.uint32]]:
    """The different sets of zones, nobody's first, and which of them each person has."""
    one, several = _part_by_rows(said.filter(pl.col("zone") != ""), count)
    joined = several.group_by("person").agg(pl.col("zone").unique().sort().str.join(_UNIT))
    sets = pl.concat([one.select("person", "zone"), joined])
    different = sets["zone"].unique().sort()
    numbers = pl.DataFrame({"zone": different, "number": pl.Series(range(1, len(different) + 1), dtype=pl.UInt32)})
    zone = np.zeros(count, dtype=np.uint32)
    of_person = sets.join(numbers, on="zone")
    zone[of_person["person"].to_numpy()] = of_person["number"].to_numpy()
    return [(), *(tuple(each.split(_UNIT)) for each in different)], zone


def _find_ways(
    names: pl.DataFrame, talks: pl.DataFrame, channels: Sequence[str], unreachable: pl.DataFrame, now: datetime
) -> pl.DataFrame:
    """As `Person.route` finds it for what belongs to nobody: a conversation where nobody is proven to be, the last
    used one first; else the newest proven address.
    """
    is_proven = (pl.col("verified_ref") != "") & (pl.col("verified_until") > now).fill_null(False)
    said = talks.with_columns(is_proven=is_proven).sort(
        "is_proven", "used_at", "sender_id", descending=[False, True, True])
    return pl.concat([_find_ways_on(each, names, said, unreachable) for each in channels])


def _find_ways_on(channel: str, names: pl.DataFrame, said: pl.DataFrame, unreachable: pl.DataFrame) -> pl.DataFrame:
    ways = said.filter(pl.col("channel") == channel).select(_WAY)
    if kind := _PROVEN_BY.get(channel):
        proven = names.filter("is_verified", pl.col("kind") == kind)
        one, several = _part_by_rows(proven, int(proven["person"].max() or 0) + 1)  # type: ignore[arg-type]  # a number
        newest_first = pl.concat([one, several.sort("first_seen_at", "value", descending=True)])
        ways = pl.concat([ways, newest_first.select(
            "person", address="value", sender_id=pl.lit(""), last_inbound_at=pl.lit(None, MOMENT))])
    closed = unreachable.filter(pl.col("channel") == channel)
    if channel in ADDRESSED and closed.height:
        is_letter = channel == "email"
        folded = pl.col("address").str.strip_chars().str.to_lowercase() if is_letter else pl.col("address")
        ways = ways.filter(~folded.is_in(closed["folded"].implode()))
    return ways.unique("person", keep="first", maintain_order=True).with_columns(channel=pl.lit(channel))


def _part_by_rows(rows: pl.DataFrame, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Those of persons with one row, who are most and need no sorting, and those of persons with several."""
    persons = rows["person"].to_numpy()
    is_one = pl.Series(np.bincount(persons, minlength=count)[persons] == 1, dtype=pl.Boolean)
    return rows.filter(is_one), rows.filter(~is_one)


def _find_languages(said: Sequence[pl.DataFrame], count: int) -> pl.Series:
    """The first of ours that each person was met in, by what counts first; "" for none."""
    rows = pl.concat([each.select("person", "language") for each in said])
    first = rows.filter(pl.col("language").is_in(LANGUAGES)).unique("person", keep="first", maintain_order=True)
    everybody = pl.DataFrame({"person": pl.Series(range(count), dtype=pl.UInt32)})
    return everybody.join(first, on="person", how="left", maintain_order="left")["language"].fill_null("")


def _last_inbound(talks: pl.DataFrame, count: int) -> Ints:
    latest = talks.drop_nulls("last_inbound_at").group_by("person").agg(pl.col("last_inbound_at").max())
    moments = np.full(count, NEVER, dtype=np.int64)
    moments[latest["person"].to_numpy()] = latest["last_inbound_at"].dt.timestamp("us").to_numpy()
    return moments


def _parse_states(states: pl.DataFrame) -> dict[int, ConversationState]:
    """Of those whom a question or a person of the shop keeps busy; of nobody else it matters."""
    paths = [pl.col("state").str.json_path_match(each).is_not_null() for each in ("$.open_question", "$.handoff")]
    busy = states.filter(pl.any_horizontal(paths))
    return {person: state_from_json(orjson.loads(text)) for person, text in busy.select("person", "state").iter_rows()}
