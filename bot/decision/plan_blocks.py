"""Stage 3: what a plan left at home, kept as columns: a row of the store for some thousand persons.

    customer_ids, held    an Arrow file: the persons' ids in their order, and the bits of every candidate
    first_id, last_id     between which of them a person's own is looked for

Bits become words when somebody asks. An erasure takes a person out of the columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa
from numpy.typing import NDArray

from bot.decision.decide import name_held
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


def pack_block(block: Block) -> dict[str, Any]:
    """The row that keeps a block; empty for nobody. Pure."""
    if block.customer_ids.is_empty():
        return {}
    return {
        "trigger": block.nudge, "subject": block.subject, "reason": block.reason,
        "candidates": list(block.candidates), "decided_at": block.decided_at, "first_id": block.customer_ids[0],
        "last_id": block.customer_ids[-1], "persons": len(block.customer_ids),
        "columns": _pack(block.customer_ids, block.held),
    }


def keep_block(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    """Append a block that was packed; nothing for nobody. Writes."""
    if row:
        connection.execute(sa.insert(plan_blocks).values(**row))


def explain_blocks(connection: sa.Connection, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
    """What plans left at home for these customers, oldest first, shaped as the rows of `decisions`."""
    found = []
    for row in connection.execute(_between(customer_ids).order_by(plan_blocks.c.block_id)):
        for customer_id, *held in _unpack(row.columns).filter(pl.col(_IDS).is_in(customer_ids)).iter_rows():
            found.append({
                "customer_id": customer_id, "trigger": row.trigger, "subject": row.subject,
                "candidates": [{"name": name, "held": name_held(bits, row.reason)}
                               for name, bits in zip(row.candidates, held, strict=True)],
                "chosen": "", "decided_at": row.decided_at.isoformat(),
            })
    return found


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


def _pack(customer_ids: pl.Series, held: Ints) -> bytes:
    bits = {f"held_{number}": held[:, number].astype(np.int32) for number in range(held.shape[1])}
    return _write(pl.DataFrame({_IDS: customer_ids, **bits}))


def _write(frame: pl.DataFrame) -> bytes:
    file = BytesIO()
    frame.write_ipc(file, compression="lz4")
    return file.getvalue()


def _unpack(columns: bytes) -> pl.DataFrame:
    return pl.read_ipc(BytesIO(columns))
