"""Stage 3: what stands of a crowd whatever the moment and the matter: read from the tables, or kept as columns.

    persons   root, is_known, zone, language, last_inbound_at, and of each purpose and channel what was allowed
    members   person, member, customer_id, is_holdout
    ways      person, channel, address, sender_id, last_inbound_at, proven_until: best first on each channel
    states    person, state (JSON): of those whom a question or a person of the shop keeps busy

`person` is the number of a row of `persons`. Zones are one text a person, different sets are different texts.
Who changes what is kept here empties `crowd_blocks` in a migration.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import numpy as np
import orjson
import polars as pl
import sqlalchemy as sa

from bot.contracts.messages import LANGUAGES
from bot.decision.crowd_reader import CrowdReader, Stretch, read_people

ZONES_APART = "\x1f"  # stands in no zone's name
_PROVEN_BY = {"email": "email", "phone": "sms"}  # the identity that is an address of a channel
_WAY = ("person", "channel", "address", "sender_id", "last_inbound_at", "proven_until")
Allowed = Sequence[tuple[str, str]]  # purposes and channels


@dataclass(frozen=True)
class Basis:
    """The persons of a stretch in the order of their roots."""

    persons: pl.DataFrame
    members: pl.DataFrame
    ways: pl.DataFrame
    states: pl.DataFrame

    def __len__(self) -> int:
        return self.persons.height


def read_basis(connection: sa.Connection, stretch: Stretch, allowed: Allowed) -> Basis:
    """The persons of a stretch, with what they allowed of these."""
    people = read_people(connection, stretch)
    roots = people["root_id"].unique().sort()
    numbers = pl.DataFrame({"root_id": roots, "person": pl.Series(range(len(roots)), dtype=pl.UInt32)})
    members = people.join(numbers, on="root_id").with_row_index("member").drop("root_id")
    reader = CrowdReader(connection, stretch, members, len(roots))
    names, talks, states = reader.identities(), reader.conversations(), reader.states(numbers)
    zones = pl.concat([reader.zones(), talks.select("person", zone="timezone")])
    persons = pl.DataFrame({
        "root": roots, "is_known": pl.Series(reader.mark(names["person"])), "zone": _join_zones(zones, len(roots)),
        "language": _find_languages((states, talks, reader.languages()), len(roots)),
        **_find_last_inbound(talks, len(roots)), **_read_allowed(reader, allowed),
    })
    paths = [pl.col("state").str.json_path_match(each).is_not_null() for each in ("$.open_question", "$.handoff")]
    return Basis(persons, members, _list_ways(names, talks), states.select("person", "state").filter(
        pl.any_horizontal(paths)))


def consent_column(purpose: str, channel: str) -> str:
    """The column of `persons` that says what they allowed."""
    return f"{purpose}:{channel}"


def pack(basis: Basis) -> bytes:
    """The four frames as Arrow files, one after the other, behind their lengths."""
    files = [_write(each) for each in (basis.persons, basis.members, basis.ways, basis.states)]
    return b"\n".join([orjson.dumps([len(each) for each in files]), b"".join(files)])


def unpack(columns: bytes) -> Basis:
    """As it was packed."""
    head, _, body = columns.partition(b"\n")
    ends = np.cumsum([0, *orjson.loads(head)]).tolist()
    return Basis(*(pl.read_ipc(BytesIO(body[start:end])) for start, end in pairwise(ends)))


def _write(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_ipc(file, compression="lz4")
    return file.getvalue()


def _read_allowed(reader: CrowdReader, allowed: Allowed) -> dict[str, pl.Series]:
    columns: dict[str, pl.Series] = {}
    for purpose in dict.fromkeys(purpose for purpose, _ in allowed):
        codes = reader.consent(purpose, [channel for each, channel in allowed if each == purpose])
        columns |= {consent_column(purpose, channel): pl.Series(each, dtype=pl.Int8) for channel, each in codes.items()}
    return columns


def _join_zones(said: pl.DataFrame, count: int) -> pl.Series:
    """The different zones of each person, in order; "" for none."""
    one, several = _part_by_rows(said.filter(pl.col("zone") != ""), count)
    joined = several.group_by("person").agg(pl.col("zone").unique().sort().str.join(ZONES_APART))
    return _spread(pl.concat([one.select("person", "zone"), joined]), "zone", count).fill_null("")


def _list_ways(names: pl.DataFrame, talks: pl.DataFrame) -> pl.DataFrame:
    """Conversations, the last used one first, then proven addresses, the newest first."""
    is_proven = pl.col("verified_ref") != ""
    spoken = talks.with_columns(proven_until=pl.when(is_proven).then("verified_until")).select(_WAY)
    proven = names.filter("is_verified", pl.col("kind").is_in(list(_PROVEN_BY))).sort(
        "first_seen_at", "value", descending=True)
    nothing = pl.lit(None, talks.schema["last_inbound_at"])
    written = proven.with_columns(
        channel=pl.col("kind").replace_strict(_PROVEN_BY, return_dtype=pl.String), address="value",
        sender_id=pl.lit(""), last_inbound_at=nothing, proven_until=nothing).select(_WAY)
    return pl.concat([spoken, written])


def _part_by_rows(rows: pl.DataFrame, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Those of persons with one row, who are most and need no sorting, and those of persons with several."""
    persons = rows["person"].to_numpy()
    is_one = pl.Series(np.bincount(persons, minlength=count)[persons] == 1, dtype=pl.Boolean)
    return rows.filter(is_one), rows.filter(~is_one)


def _find_languages(said: Sequence[pl.DataFrame], count: int) -> pl.Series:
    """The first of ours that each person was met in, by what counts first; "" for none."""
    rows = pl.concat([each.select("person", "language") for each in said])
    first = rows.filter(pl.col("language").is_in(LANGUAGES)).unique("person", keep="first", maintain_order=True)
    return _spread(first, "language", count).fill_null("")


def _find_last_inbound(talks: pl.DataFrame, count: int) -> dict[str, pl.Series]:
    latest = talks.drop_nulls("last_inbound_at").group_by("person").agg(pl.col("last_inbound_at").max())
    return {"last_inbound_at": _spread(latest, "last_inbound_at", count)}


def _spread(rows: pl.DataFrame, column: str, count: int) -> pl.Series:
    """A column by person, null where there is no row."""
    everybody = pl.DataFrame({"person": pl.Series(range(count), dtype=pl.UInt32)})
    return everybody.join(rows.select("person", column), on="person", how="left", maintain_order="left")[column]
