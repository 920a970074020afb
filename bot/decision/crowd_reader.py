"""Stage 3: the rows of a stretch of ids, table by table, with the number of the person they belong to.

A fixed number of statements, however many persons; each is a stretch of an index. Customers of a merged person who
lie outside of the stretch are read besides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.choose import CONSENT_GRANTED, CONSENT_UNKNOWN, CONSENT_WITHDRAWN
from bot.decision.minors import BIRTH_DATE, read_birth
from bot.decision.person_queries import LIVE_STATES
from bot.decision.persons import LOOKS_BACK, find_long_cooldowns
from bot.decision.yields import running_waits
from bot.profile.consent import EVERY_CHANNEL
from bot.profile.store.frames import MOMENT, Schema, read_frame
from bot.profile.store.tables import (
    consents,
    conversation_states,
    conversations,
    customers,
    identities,
    inbox,
    merges,
    outbox,
    segment_members,
    traits,
    waits,
)
from bot.profile.store.upsert import is_listed, to_list
from bot.profile.tombstones import find_buried, is_anybody_buried, is_lifted

KNOWN_BY = ("customer_id", "email", "phone")  # whom the shop can name
SENT = ("person", "at", "nudge", "about")
_RANKS = {"withdrawn": 0, "pending": 1, "unknown": 2, "granted": 3}  # the strictest first
_OF_RANK = np.array([CONSENT_WITHDRAWN, CONSENT_UNKNOWN, CONSENT_UNKNOWN, CONSENT_GRANTED])
_CHUNK = 2_000
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Stretch:
    """The persons whose root is above `after` and at most `upto`; of these alone `roots`, where they are named."""

    after: str
    upto: str
    roots: tuple[str, ...] | None = None


def lock_stretch(connection: sa.Connection, stretch: Stretch) -> None:
    """Nobody else decides for these persons until the transaction ends: `lock_persons` for a whole stretch."""
    if connection.dialect.name == "postgresql":
        roots = (
            sa.select(customers.c.customer_id).where(customers.c.customer_id == customers.c.root_id,
                                                     within(customers.c.root_id, stretch))
            .order_by(customers.c.customer_id).with_for_update()
        )
        connection.execute(sa.select(sa.func.count()).select_from(roots.subquery()))


@dataclass(frozen=True)
class CrowdReader:
    """One stretch's rows of each table, with the number of the person they belong to."""

    connection: sa.Connection
    stretch: Stretch
    members: pl.DataFrame  # person, member, customer_id, is_holdout
    count: int

    def read(
        self, statement: sa.Select[Any], owner: sa.Column[str], schema: Schema
    ) -> pl.DataFrame:
        """The rows of a statement that belong to members; `owner` is the column with the customer."""
        found = _read_owned(
            self.connection, self.stretch, self.members["customer_id"], statement, owner, schema)
        return found.join(self.members.select("person", "member", "customer_id"), on="customer_id")

    def mark(self, persons: pl.Series) -> Bools:
        """Which of all persons are among these."""
        marks = np.zeros(self.count, dtype=np.bool_)
        marks[persons.to_numpy()] = True
        return marks

    def identities(self) -> pl.DataFrame:
        """What the shop can name them by."""
        t = identities.c
        # The kind as an expression, so that SQLite goes by the customers.
        wanted = sa.select(t.customer_id, t.kind, t.value, t.is_verified, t.first_seen_at).where(
            t.kind.concat("").in_(KNOWN_BY))
        return self.read(wanted, t.customer_id, {
            "customer_id": pl.String, "kind": pl.String, "value": pl.String, "is_verified": pl.Boolean,
            "first_seen_at": MOMENT})

    def conversations(self) -> pl.DataFrame:
        """Every conversation, last used first."""
        t = conversations.c
        wanted = sa.select(
            t.customer_id, t.sender_id, t.channel, t.address, t.language, t.timezone, t.last_inbound_at,
            t.verified_ref, t.verified_until, sa.func.coalesce(t.last_inbound_at, t.created_at).label("used_at"))
        return self.read(wanted, t.customer_id, {
            "customer_id": pl.String, "sender_id": pl.String, "channel": pl.String, "address": pl.String,
            "language": pl.String, "timezone": pl.String, "last_inbound_at": MOMENT, "verified_ref": pl.String,
            "verified_until": MOMENT, "used_at": MOMENT,
        }).sort("used_at", "sender_id", descending=True)

    def states(self, roots: pl.DataFrame) -> pl.DataFrame:
        """The state of each person who ever talked to us: person, state (JSON), language."""
        t = conversation_states.c
        found = _read_within(self.connection, self.stretch, sa.select(t.customer_id, t.state), t.customer_id,
                             {"customer_id": pl.String, "state": pl.String})
        return found.join(roots, left_on="customer_id", right_on="root_id").with_columns(
            language=pl.col("state").str.json_path_match("$.language").fill_null(""))

    def zones(self) -> pl.DataFrame:
        """What silos say of where they are: person, zone."""
        return self._traits(("timezone",)).select("person", zone="said")

    def languages(self) -> pl.DataFrame:
        """What silos say of how they speak, the first that counts first: person, language."""
        found = self._traits(("language", "locale")).sort("customer_id", "name", "silo")
        return found.select("person", language=pl.col("said").str.slice(0, 2).str.to_lowercase())

    def births(self, after: str) -> pl.DataFrame:
        """Who was born after a day (YYYY-MM-DD), by any of their silos: person, born. Nothing of all the others."""
        t = traits.c
        young = sa.select(t.customer_id, t.value).where(
            t.name == BIRTH_DATE, sa.cast(t.value, sa.String) > f'"{after}')  # as JSON: in quotes
        found = self.read(young, t.customer_id, {"customer_id": pl.String, "value": pl.String})
        said = pl.Series([read_birth(orjson.loads(each)) for each in found["value"]], dtype=pl.String)
        return found.select("person", born=said).filter(pl.col("born") > after)

    def _traits(self, names: tuple[str, ...]) -> pl.DataFrame:
        t = traits.c
        schema = {"customer_id": pl.String, "name": pl.String, "silo": pl.String, "value": pl.String}
        found = self.read(sa.select(t.customer_id, t.name, t.silo, t.value).where(t.name.in_(names)), t.customer_id,
                          schema)
        said = pl.col("value").str.json_path_match("$")
        return found.filter(pl.col("value").str.starts_with('"')).with_columns(said=said).filter(pl.col("said") != "")

    def belonging(self, segment: str) -> Bools:
        """Which persons are in a segment."""
        m = segment_members.c
        inside = sa.select(m.customer_id).where(m.segment == segment, m.left_at.is_(None))
        return self.mark(self.read(inside, m.customer_id, {"customer_id": pl.String})["person"])

    def sent(self, purpose: str, now: datetime, cooldowns: Mapping[str, float]) -> pl.DataFrame:
        """Nudges of ours that reached them, or may: of the last week, and for as long as they are not said again."""
        t = outbox.c
        at = sa.func.coalesce(t.sent_at, t.not_before)
        nudges, span = find_long_cooldowns(cooldowns)
        counts = at > now - LOOKS_BACK
        if nudges:
            counts = sa.or_(counts, sa.and_(at > now - span, t.nudge.in_(nudges)))
        wanted = sa.select(t.customer_id, at.label("at"), t.nudge, t.about).where(
            t.kind == "nudge", t.purpose == purpose, t.state.concat("").in_(LIVE_STATES), counts)
        return self.read(wanted, t.customer_id, {
            "customer_id": pl.String, "at": MOMENT, "nudge": pl.String, "about": pl.String}).select(SENT)

    def running(self, journeys: Sequence[str]) -> pl.DataFrame:
        """Waits of these journeys: person, at."""
        if not journeys:
            return pl.DataFrame(schema={"person": pl.UInt32, "at": MOMENT})
        theirs = running_waits().where(waits.c.trigger.in_(journeys))
        found = self.read(theirs, waits.c.customer_id, {
            "customer_id": pl.String, "trigger": pl.String, "due_at": MOMENT})
        return found.select("person", at="due_at")

    def consent(self, purpose: str, channels: Sequence[str]) -> dict[str, Ints]:
        """What each allowed on each channel: `consent_state` for everybody at once."""
        t = consents.c
        wanted = sa.select(t.customer_id, t.channel, t.state, t.source, t.changed_at, t.consent_id).where(
            t.purpose == purpose, t.channel.in_((*channels, EVERY_CHANNEL)))
        said = self.read(wanted, t.customer_id, {
            "customer_id": pl.String, "channel": pl.String, "state": pl.String, "source": pl.String,
            "changed_at": MOMENT, "consent_id": pl.Int64,
        }).sort("changed_at", "consent_id").with_columns(
            rank=pl.col("state").replace_strict(_RANKS, default=_RANKS["unknown"], return_dtype=pl.Int8))
        merged_at = self._merged_at()
        return {
            each: self._consent_on(said.filter(pl.col("channel").is_in([each, EVERY_CHANNEL])), merged_at, purpose)
            for each in channels
        }

    def _consent_on(self, said: pl.DataFrame, merged_at: pl.DataFrame, purpose: str) -> Ints:
        codes = np.full(self.count, CONSENT_UNKNOWN, dtype=np.int64)
        counting = said.unique("member", keep="last", maintain_order=True)
        if merged_at.height:  # what the merged person said since counts for all of it
            newest = said.unique("person", keep="last").join(merged_at, on="person").filter(
                pl.col("changed_at") >= pl.col("merged_at")).select("person", newest="consent_id")
            counting = counting.join(newest, on="person", how="left").filter(
                pl.col("newest").is_null() | (pl.col("newest") == pl.col("consent_id")))
        strictest = counting.group_by("person").agg(pl.col("rank").min())
        codes[strictest["person"].to_numpy()] = _OF_RANK[strictest["rank"].to_numpy()]
        codes[self._find_buried(counting, codes, purpose)] = CONSENT_WITHDRAWN
        return codes

    def _find_buried(self, counting: pl.DataFrame, codes: Ints, purpose: str) -> list[int]:
        """Those who granted it, and one of whose addresses was erased and not given back since."""
        if not is_anybody_buried(self.connection):
            return []
        granting = self.members.filter(pl.col("person").is_in(np.flatnonzero(codes == CONSENT_GRANTED)))
        number = dict(granting.select("customer_id", "person").iter_rows())
        buried: dict[str, datetime] = {}
        for some in _chunks(sorted(number)):
            buried |= find_buried(self.connection, some, purpose)
        grants = counting.filter(pl.col("person").is_in([number[each] for each in buried])).group_by("person").agg(
            "source", "changed_at")
        said = {person: list(zip(sources, moments, strict=True)) for person, sources, moments in grants.iter_rows()}
        return [
            number[each] for each, erased_at in buried.items()
            if not any(is_lifted(source, at, erased_at) for source, at in said[number[each]])
        ]

    def _merged_at(self) -> pl.DataFrame:
        """When each person of several customers was last merged: person, merged_at."""
        several = self.members.filter(pl.col("person").is_duplicated()).select("person", "customer_id")
        schema = {"left_id": pl.String, "right_id": pl.String, "merged_at": MOMENT}
        if several.is_empty():
            return pl.DataFrame(schema={"person": pl.UInt32, "merged_at": MOMENT})
        dialect = self.connection.dialect.name
        wanted = sa.select(merges.c.left_id, merges.c.right_id, merges.c.merged_at).where(
            merges.c.undone_at.is_(None), is_listed(dialect, merges.c.left_id, "several"),
        ).params(several=to_list(dialect, several["customer_id"].to_list()))
        found = read_frame(self.connection, wanted, schema)
        return (
            found.join(several, left_on="left_id", right_on="customer_id")
            .join(several, left_on=["right_id", "person"], right_on=["customer_id", "person"])
            .group_by("person").agg(pl.col("merged_at").max())
        )


def read_people(connection: sa.Connection, stretch: Stretch) -> pl.DataFrame:
    """The customers of every person of a stretch: customer_id, root_id, is_holdout."""
    t = customers.c
    return _read_within(connection, stretch, sa.select(t.customer_id, t.root_id, t.is_holdout), t.root_id,
                        {"customer_id": pl.String, "root_id": pl.String, "is_holdout": pl.Boolean})


def _read_owned(
    connection: sa.Connection, stretch: Stretch, customer_ids: pl.Series, statement: sa.Select[Any],
    owner: sa.Column[str], schema: Schema,
) -> pl.DataFrame:
    """The rows of a statement for everybody of a stretch of ids, and for those of these customers outside of it."""
    if stretch.roots is not None:
        return _read_listed(connection, customer_ids, statement, owner, schema)
    inside = _read_within(connection, stretch, statement, owner, schema)
    strays = customer_ids.filter((customer_ids <= stretch.after) | (customer_ids > stretch.upto))
    if strays.is_empty():
        return inside
    return pl.concat([inside, _read_listed(connection, strays, statement, owner, schema)])


def _read_within(
    connection: sa.Connection, stretch: Stretch, statement: sa.Select[Any], column: sa.Column[str], schema: Schema
) -> pl.DataFrame:
    """The rows of a statement whose column holds an id of the stretch."""
    if stretch.roots is not None:
        return _read_listed(connection, pl.Series(stretch.roots, dtype=pl.String), statement, column, schema)
    return read_frame(connection, statement.where(within(column, stretch)), schema)


def _read_listed(
    connection: sa.Connection, ids: pl.Series, statement: sa.Select[Any], column: sa.Column[str], schema: Schema
) -> pl.DataFrame:
    dialect = connection.dialect.name
    theirs = statement.where(is_listed(dialect, column, "ids")).params(ids=to_list(dialect, ids.to_list()))
    return read_frame(connection, theirs, schema)


def read_waiting(connection: sa.Connection, ways: pl.DataFrame) -> pl.Series:
    """The persons with a message that nobody answered yet."""
    waiting = sa.select(inbox.c.sender_id).where(inbox.c.state.in_(("waiting", "working")))
    found = read_frame(connection, waiting, {"sender_id": pl.String})
    return ways.join(found, on="sender_id", how="semi")["person"]


def within(column: sa.ColumnElement[str], stretch: Stretch) -> sa.ColumnElement[bool]:
    """The condition that an id is of the stretch, `roots` apart."""
    return sa.and_(column > stretch.after, column <= stretch.upto)


def _chunks(values: list[str]) -> Iterator[list[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
