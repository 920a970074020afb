"""The charter: what somebody writes in the console -> a draft that is changed, proposed, taken back, dropped.

    draft     may be changed -> proposed
    proposed  the three parts are asked -> agreed, or objected
    objected  changing it, or taking it back, makes it a draft again; whoever objected may still agree
    agreed    it is in force: another change of it is another draft
    dropped   nothing comes of it

What a draft may become is pure; `keep_draft` writes it, unless somebody else was quicker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NewType

import sqlalchemy as sa

from bot.charter.kept import ProposalId
from bot.errors import Conflict, NotFound
from bot.profile.store.tables import drafts

DraftId = NewType("DraftId", int)
State = Literal["draft", "proposed", "agreed", "objected", "dropped"]
OPEN: tuple[State, ...] = ("draft", "proposed", "objected")  # something may still come of it
MOST_OPEN = 200  # of all: what is forgotten is dropped first
Body = Mapping[str, Any]
_CHANGED = "somebody else changed it meanwhile: load it again, and look at what they wrote"
_STALE = (
    "something else was agreed on since it was drafted: take the draft back, compare the two, save it and propose it "
    "again"
)
_OVER: Mapping[State, str] = {
    "draft": "it is not proposed yet", "proposed": "it is proposed: take it back first",
    "agreed": "it was agreed on: begin another draft", "objected": "it was objected to: change it first",
    "dropped": "it was dropped: begin another draft",
}


class TooManyDrafts(Conflict):
    """As many are open as may be: some are dropped first."""


@dataclass(frozen=True)
class Draft:
    """What somebody wrote. `body` is the table that the shop's file would hold; `base` names what was in force then."""

    id: DraftId
    kind: str
    name: str
    body: Body
    base: str
    why: str
    made_by: str
    made_at: datetime
    changed_by: str
    changed_at: datetime
    state: State
    revision: int
    proposal: ProposalId | None


def change(draft: Draft, revision: int, body: Body, why: str, base: str) -> Draft:
    """Another content; one that was objected to is a draft again. Conflict for another revision, or once it is over."""
    _require(draft, revision, ("draft", "objected"))
    return replace(draft, body=body, why=why, base=base, state="draft", proposal=None)


def propose(draft: Draft, revision: int, proposal: ProposalId) -> Draft:
    """The three parts are asked. Conflict for another revision, or for one that is no draft."""
    _require(draft, revision, ("draft",))
    return replace(draft, state="proposed", proposal=proposal)


def take_back(draft: Draft, revision: int) -> Draft:
    """Nobody is asked any more: it may be changed."""
    _require(draft, revision, ("proposed", "objected"))
    return replace(draft, state="draft", proposal=None)


def drop(draft: Draft, revision: int) -> Draft:
    """Nothing comes of it."""
    _require(draft, revision, OPEN)
    return replace(draft, state="dropped", proposal=None)


def make_draft(
    connection: sa.Connection, kind: str, name: str, body: Body, *, base: str, why: str, by: str, now: datetime
) -> Draft:
    """Begin one. Writes."""
    row = {
        "kind": kind, "name": name, "body": dict(body), "base": base, "why": why, "made_by": by, "made_at": now,
        "changed_by": by, "changed_at": now, "state": "draft", "revision": 1,
    }
    made = connection.scalar(sa.insert(drafts).returning(drafts.c.draft_id).values(row))
    return read_draft(connection, DraftId(int(made or 0)))


def keep_draft(connection: sa.Connection, draft: Draft, by: str, now: datetime) -> Draft:
    """Write what became of it. Conflict where somebody else wrote since it was read. Writes."""
    mine = sa.and_(drafts.c.draft_id == draft.id, drafts.c.revision == draft.revision)
    written = connection.execute(sa.update(drafts).where(mine).values(
        body=dict(draft.body), base=draft.base, why=draft.why, state=draft.state, proposal_id=draft.proposal,
        changed_by=by, changed_at=now, revision=draft.revision + 1,
    ))
    if not written.rowcount:
        raise Conflict(_CHANGED)
    return read_draft(connection, draft.id)


def read_draft(connection: sa.Connection, draft: DraftId) -> Draft:
    """One of them; NotFound for a number that there is not."""
    row = connection.execute(sa.select(drafts).where(drafts.c.draft_id == draft)).one_or_none()
    if row is None:
        raise NotFound("there is no such draft")
    return _draft(row)


def list_drafts(
    connection: sa.Connection, *, kind: str = "", name: str = "", states: tuple[State, ...] = OPEN,
    limit: int = MOST_OPEN,
) -> list[Draft]:
    """Newest change first; of one kind, of one subject, where they are given."""
    query = sa.select(drafts).where(drafts.c.state.in_(states))
    for column, value in ((drafts.c.kind, kind), (drafts.c.name, name)):
        if value:
            query = query.where(column == value)
    newest = (drafts.c.changed_at.desc(), drafts.c.draft_id.desc())
    return [_draft(row) for row in connection.execute(query.order_by(*newest).limit(limit))]


def find_drafts_of(connection: sa.Connection, proposals: Sequence[ProposalId]) -> dict[ProposalId, DraftId]:
    """In which draft each change was written; nothing of one that came from elsewhere."""
    query = sa.select(drafts.c.proposal_id, drafts.c.draft_id).where(drafts.c.proposal_id.in_(proposals))
    return {ProposalId(row.proposal_id): DraftId(row.draft_id) for row in connection.execute(query)}


def require_fresh(connection: sa.Connection, proposal: ProposalId, in_force: str) -> None:
    """Conflict where a change was drafted over something else than what is in force: that would be undone unseen."""
    base = connection.scalar(sa.select(drafts.c.base).where(drafts.c.proposal_id == proposal))
    if base is not None and base != in_force:
        raise Conflict(_STALE)


def note_answer(connection: sa.Connection, proposal: ProposalId, state: State, now: datetime) -> None:
    """What the three parts said of a change counts for the draft that it came from, if any. Writes."""
    mine = sa.and_(drafts.c.proposal_id == proposal, drafts.c.state != state)
    connection.execute(
        sa.update(drafts).where(mine).values(state=state, changed_at=now, revision=drafts.c.revision + 1)
    )


def _require(draft: Draft, revision: int, states: tuple[State, ...]) -> None:
    if draft.revision != revision:
        raise Conflict(_CHANGED)
    if draft.state not in states:
        raise Conflict(_OVER[draft.state])


def _draft(row: sa.Row[Any]) -> Draft:
    proposal = None if row.proposal_id is None else ProposalId(row.proposal_id)
    return Draft(
        DraftId(row.draft_id), row.kind, row.name, row.body, row.base, row.why, row.made_by, row.made_at,
        row.changed_by, row.changed_at, row.state, row.revision, proposal,
    )
