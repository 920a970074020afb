"""Stage 3: what a plan left at home, kept as columns: a row of the store for some thousand persons.

    customer_ids, held    an Arrow file: the persons' ids in their order, the bits of every candidate, and the numbers
                          that go with them
    figures               what these numbers mean: the caps of the moment, the ends of quiet, what is left
    first_id, last_id     between which of them a person's own is looked for

Bits become words when somebody asks. An erasure takes a person out of the columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.decide import name_held
from bot.decision.figures import list_figures
from bot.decision.guardrails import Caps
from bot.decision.plan import Figures
from bot.profile.store.tables import plan_blocks

Ints = NDArray[np.int64]
_IDS = "customer_id"


@dataclass(frozen=True)
class Block:
    """Decisions of one moment that said nothing: N persons in the order of their ids, K candidates."""

    nudge: str
    subject: str
    reason: str  # why the facts were not true; "" where they were
    candidates: tuple[str, ...]
    decided_at: datetime
    customer_ids: pl.Series  # N
    held: Ints  # N x K
    figures: Figures | None = None  # of these
    most: Caps = field(default_factory=Caps)
    stock: int | None = None


def pack_block(block: Block) -> dict[str, Any]:
    """The row that keeps a block; empty for nobody. Pure."""
    if block.customer_ids.is_empty():
        return {}
    return {
        "trigger": block.nudge, "subject": block.subject, "reason": block.reason,
        "candidates": list(block.candidates), "decided_at": block.decided_at, "first_id": block.customer_ids[0],
        "last_id": block.customer_ids[-1], "persons": len(block.customer_ids),
        "columns": _pack(block),
        "figures": {"day": block.most.per_day, "week": block.most.per_week, "stock": block.stock,
                    "ends": {str(each): end for each, end in (block.figures.ends if block.figures else {}).items()}},
    }


def keep_block(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Append a block that was packed; nothing for nobody. Writes."""
    if row:
        connection.execute(sa.insert(plan_blocks).values(**row))


def explain_blocks(connection: sa.Connection, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What plans left at home for these customers, oldest first, shaped as the rows of `decisions`."""
    return [
        {
            "customer_id": told[_IDS], "trigger": row.trigger, "subject": row.subject,
            "candidates": [_say_candidate(row, name, told[f"held_{number}"], told)
                           for number, name in enumerate(row.candidates)],
            "chosen": "", "decided_at": row.decided_at.isoformat(),
        }
        for row in connection.execute(_between(customer_ids).order_by(plan_blocks.c.block_id))
        for told in _unpack(row.columns).filter(pl.col(_IDS).is_in(customer_ids)).iter_rows(named=True)
    ]


def _say_candidate(row: sa.Row[Any], name: str, bits: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """As `decisions` keep it. A block of before has no figures."""
    kept: dict[str, Any] = {"name": name, "held": name_held(bits, row.reason)}
    if row.figures is None or "quiet" not in told:
        return kept
    caps, counts = Caps(row.figures["day"], row.figures["week"]), (told["day"], told["week"])
    end = row.figures["ends"].get(str(told["quiet"]), {}).get(name.partition(":")[0], {})
    return kept | list_figures(bits, counts, caps, end, row.reason, row.figures["stock"])


def forget_in_blocks(connection: sa.Connection, customer_ids: Sequence[str]) -> int:
    """Take these customers out of every block; how many places they had. Writes."""
    gone = 0
    for row in connection.execute(_between(customer_ids)).all():
        columns = _unpack(row.columns)
        rest = columns.filter(~pl.col(_IDS).is_in(customer_ids))
        if rest.height == columns.height:
            continue
        gone += columns.height - rest.height
        mine = plan_blocks.c.block_id == row.block_id
        if rest.is_empty():
            connection.execute(sa.delete(plan_blocks).where(mine))
            continue
        connection.execute(sa.update(plan_blocks).where(mine).values(
            first_id=rest[_IDS][0], last_id=rest[_IDS][-1], persons=rest.height, columns=_write(rest)))
    return gone


def _between(customer_ids: Sequence[str]) -> sa.Select[Any]:
    within = (sa.and_(plan_blocks.c.first_id <= each, plan_blocks.c.last_id >= each) for each in customer_ids)
    return sa.select(plan_blocks).where(sa.or_(sa.false(), *within))


def _pack(block: Block) -> bytes:
    held, figures = block.held, block.figures
    bits = {f"held_{number}": held[:, number].astype(np.int32) for number in range(held.shape[1])}
    told = {"day": figures.day, "week": figures.week, "quiet": figures.quiet} if figures else {}
    return _write(pl.DataFrame({_IDS: block.customer_ids, **bits, **told}))


def _write(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_ipc(file, compression="lz4")
    return file.getvalue()


def _unpack(columns: bytes) -> pl.DataFrame:
    return pl.read_ipc(BytesIO(columns))
