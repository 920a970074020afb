"""The assistant's proposals in the store: found again at every look, dismissed with a reason, made a draft of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from bot.console.assistant.proposal import Proposal, dump_proposal, has_changed, parse_proposal
from bot.profile.store.tables import assistant_proposals, cursors
from bot.profile.store.upsert import insert_or_update

State = Literal["open", "dismissed", "drafted", "gone"]
_LOOKED = "assistant_looked"


@dataclass(frozen=True)
class KeptProposal:
    """A proposal with what became of it."""

    proposal: Proposal
    state: State
    proposed_at: datetime
    answered_by: str
    answered_at: datetime | None
    reason: str


def keep_found(connection: sa.Connection, found: Sequence[Proposal], now: datetime) -> None:
    """Keep what a look found, and that the others were found no more. Writes.

    What somebody answered stays answered, unless its evidence has become another one.
    """
    known = {each.proposal.key: each for each in read_proposals(connection)}
    for each in found:
        _keep(connection, each, known.get(each.key), now)
    missing = [key for key, kept in known.items() if kept.state == "open" and key not in {each.key for each in found}]
    table = assistant_proposals
    connection.execute(sa.update(table).where(table.c.key.in_(missing)).values(state="gone"))
    row = {"name": _LOOKED, "value": now.isoformat()}
    insert_or_update(connection, cursors, [row], ("name",), ("value",))


def read_proposals(connection: sa.Connection) -> list[KeptProposal]:
    """All of them, the newest first."""
    table = assistant_proposals
    rows = connection.execute(sa.select(table).order_by(table.c.proposed_at.desc(), table.c.key))
    return [
        KeptProposal(parse_proposal(row.content), row.state, row.proposed_at, row.answered_by, row.answered_at,
                     row.reason)
        for row in rows
    ]


def find_open(connection: sa.Connection, key: str) -> KeptProposal | None:
    """One that waits for an answer."""
    return next((each for each in read_proposals(connection) if each.proposal.key == key and each.state == "open"),
                None)


def answer(connection: sa.Connection, key: str, state: State, by: str, reason: str, now: datetime) -> None:
    """Somebody said what becomes of it. Writes."""
    table = assistant_proposals
    connection.execute(sa.update(table).where(table.c.key == key).values(
        state=state, answered_by=by, answered_at=now, reason=reason,
    ))


def looked_at(connection: sa.Connection) -> datetime | None:
    """When the assistant looked last; None before it ever did."""
    value = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _LOOKED))
    return datetime.fromisoformat(value) if value else None


def _keep(connection: sa.Connection, found: Proposal, known: KeptProposal | None, now: datetime) -> None:
    """What was answered keeps the evidence that was answered, so that the next look compares with it."""
    if known is not None and known.state in ("dismissed", "drafted") and not has_changed(known.proposal, found):
        return
    is_still_open = known is not None and known.state == "open"
    row = {
        "key": found.key, "kind": found.kind, "content": dump_proposal(found), "state": "open", "seen_at": now,
        "proposed_at": known.proposed_at if known and is_still_open else now,
        "answered_by": "", "answered_at": None, "reason": "",
    }
    insert_or_update(connection, assistant_proposals, [row], ("key",), tuple(row)[1:])
