"""The charter in the store: what was proposed, what each part said, who answers now, who yields to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

import sqlalchemy as sa

from bot.charter.agreement import Said
from bot.charter.book import Owner, Part, PersonName, Subject
from bot.charter.content import Content
from bot.charter.ending import PREFIX as END
from bot.charter.ending import UnderWay, ending_of
from bot.charter.yielding import PREFIX, Pair, pair_of
from bot.profile.store.tables import charter_answers, charter_owners, charter_proposals, cursors, drafts
from bot.profile.store.upsert import insert_or_update

ProposalId = NewType("ProposalId", int)
WAITS, AGREED, WITHDRAWN = "waits", "agreed", "withdrawn"
TOLD = "told"  # what a file says that nobody agrees on
FILES = "charter"  # who proposes and withdraws what stands in files
_KNOWS = "charter_knows"  # the cursor
_LOCK = 7_301_129  # PostgreSQL's advisory lock


@dataclass(frozen=True)
class Proposal:
    """A change that waits, with everything that was said of it, in its order."""

    id: ProposalId
    subject: Subject
    content: Content
    proposed_at: datetime
    proposed_by: str  # `FILES` the shop's files
    reason: str
    due_at: datetime
    said: Sequence[Said]
    is_drafted: bool = False  # in the console, so that it is theirs to take back


def lock_charter(connection: sa.Connection) -> None:
    """Let nobody else change it until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def propose(
    connection: sa.Connection, subject: Subject, content: Content, *, by: str, reason: str, now: datetime,
    due_at: datetime, state: str = WAITS,
) -> ProposalId:
    """Keep a change that waits, or is agreed on already. Writes."""
    made = connection.scalar(sa.insert(charter_proposals).returning(charter_proposals.c.proposal_id).values(
        subject=subject, content=dict(content), proposed_at=now, proposed_by=by, reason=reason, due_at=due_at,
        state=state, settled_at=None if state == WAITS else now,
    ))
    return ProposalId(int(made or 0))


def settle(connection: sa.Connection, proposal: ProposalId, state: str, now: datetime) -> None:
    """A change waits no more. Writes."""
    mine = charter_proposals.c.proposal_id == proposal
    connection.execute(sa.update(charter_proposals).where(mine).values(state=state, settled_at=now))


def keep_answer(connection: sa.Connection, proposal: ProposalId, said: Said) -> None:
    """Keep what somebody said of a change; what was said before stays. Writes."""
    connection.execute(sa.insert(charter_answers).values(
        proposal_id=proposal, part=said.part, answer=said.answer, person=said.person, reason=said.reason, at=said.at,
    ))


def read_waiting(connection: sa.Connection) -> list[Proposal]:
    """What waits, the oldest deadline first."""
    table = charter_proposals
    query = sa.select(table, _is_drafted().label("is_drafted")).join(
        drafts, drafts.c.proposal_id == table.c.proposal_id, isouter=True)
    rows = connection.execute(
        query.where(table.c.state == WAITS).order_by(table.c.due_at, table.c.proposal_id)
    ).all()
    said = _read_answers(connection, [row.proposal_id for row in rows])
    return [
        Proposal(
            ProposalId(row.proposal_id), Subject(row.subject), row.content, row.proposed_at, row.proposed_by,
            row.reason, row.due_at, said.get(row.proposal_id, ()), row.is_drafted,
        )
        for row in rows
    ]


def read_agreed(connection: sa.Connection) -> dict[Subject, Content]:
    """What was agreed on last, by subject; nothing before the charter was first put in force."""
    return {subject: each.content for subject, each in read_standing(connection).items()}


@dataclass(frozen=True)
class Standing:
    """What was agreed on last of a subject, and what was of the shop's file; None where no file ever said anything."""

    content: Content
    of_file: Content | None

    @property
    def is_drafted(self) -> bool:
        """Whether it was written in the console, and no file ever had the subject."""
        return self.of_file is None


def read_standing(connection: sa.Connection) -> dict[Subject, Standing]:
    """The same, with what is known of the file."""
    table, is_drafted = charter_proposals, _is_drafted()
    newest = sa.func.row_number().over(
        partition_by=[table.c.subject, is_drafted], order_by=[table.c.settled_at.desc(), table.c.proposal_id.desc()]
    )
    ranked = sa.select(
        table.c.subject, table.c.content, table.c.settled_at, table.c.proposal_id, is_drafted.label("is_drafted"),
        newest.label("rank"),
    ).join(drafts, drafts.c.proposal_id == table.c.proposal_id, isouter=True).where(table.c.state == AGREED).subquery()
    rows = connection.execute(
        sa.select(ranked).where(ranked.c.rank == 1).order_by(ranked.c.settled_at, ranked.c.proposal_id)
    ).all()
    of_files = {row.subject: row.content for row in rows if not row.is_drafted}
    return {Subject(row.subject): Standing(row.content, of_files.get(row.subject)) for row in rows}


def read_known(connection: sa.Connection) -> frozenset[str]:
    """The kinds that charters knew nothing of when they began, of which this shop's has heard."""
    known = connection.scalar(sa.select(cursors.c.value).where(cursors.c.name == _KNOWS)) or ""
    return frozenset(known.split())


def keep_known(connection: sa.Connection, kinds: Sequence[str]) -> None:
    """It has heard of these. Writes."""
    insert_or_update(connection, cursors, [{"name": _KNOWS, "value": " ".join(kinds)}], ("name",), ("value",))


def read_told(connection: sa.Connection) -> dict[str, Content]:
    """What files said last of what nobody agrees on, by file."""
    table = charter_proposals
    rows = connection.execute(sa.select(table).where(table.c.state == TOLD).order_by(table.c.proposal_id))
    return {row.subject: row.content for row in rows}


Mark = tuple[int, datetime | None]


def read_mark(connection: sa.Connection) -> Mark:
    """Another one whenever something was agreed on."""
    table = charter_proposals
    query = sa.select(sa.func.count(), sa.func.max(table.c.settled_at)).where(table.c.state == AGREED)
    count, last = connection.execute(query).one()
    return int(count), last


def count_waiting(connection: sa.Connection) -> int:
    """How many changes wait."""
    table = charter_proposals
    query = sa.select(sa.func.count()).select_from(table).where(table.c.state == WAITS)
    return int(connection.scalar(query) or 0)


def read_owners(connection: sa.Connection) -> dict[tuple[Subject, Part], Owner]:
    """Who answers for what by what was changed in the console."""
    rows = connection.execute(sa.select(charter_owners))
    return {
        (Subject(row.subject), row.part): Owner(PersonName(row.person), PersonName(row.delegate)) for row in rows
    }


def keep_owner(connection: sa.Connection, subject: Subject, part: Part, owner: Owner, by: str, now: datetime) -> None:
    """Somebody answers for a part from now on. Writes."""
    row = {"subject": subject, "part": part, "person": owner.person, "delegate": owner.delegate, "changed_by": by,
           "changed_at": now}
    changes = ("person", "delegate", "changed_by", "changed_at")
    insert_or_update(connection, charter_owners, [row], ("subject", "part"), changes)


@dataclass(frozen=True)
class Yield:
    """Of two journeys that want the same people, the one that yields; "" neither: both speak."""

    yields: str
    reason: str
    by: str
    at: datetime  # when it was agreed on, or proposed


def read_yields(connection: sa.Connection, state: str = AGREED) -> Mapping[Pair, Yield]:
    """Who yields as it was agreed on last, or as it waits; by the two journeys in the order of their names."""
    table = charter_proposals
    rows = connection.execute(
        sa.select(table).where(table.c.state == state, table.c.subject.startswith(PREFIX, autoescape=True))
        .order_by(table.c.settled_at, table.c.proposal_id)
    )
    return {
        pair_of(Subject(row.subject)): Yield(
            row.content["yields"], row.reason, row.proposed_by, row.settled_at or row.proposed_at)
        for row in rows
    }


@dataclass(frozen=True)
class Ended:
    """What has ended, since when, why, and what became of whoever was in it."""

    subject: Subject
    under_way: UnderWay
    reason: str
    by: str  # who asked for it
    at: datetime


def read_ended(connection: sa.Connection) -> Mapping[Subject, Ended]:
    """What has ended and did not begin again, as it was agreed on last; in the order in which it ended."""
    table = charter_proposals
    rows = connection.execute(
        sa.select(table).where(table.c.state == AGREED, table.c.subject.startswith(END, autoescape=True))
        .order_by(table.c.settled_at, table.c.proposal_id)
    )
    newest = {row.subject: row for row in rows}
    return {
        ending_of(subject): Ended(
            ending_of(subject), row.content["under_way"], row.reason, row.proposed_by, row.settled_at)
        for subject, row in newest.items() if row.content["has_ended"]
    }


def _is_drafted() -> sa.ColumnElement[bool]:
    """Written in the console: as a draft, or decided there."""
    table = charter_proposals
    is_decided = sa.and_(table.c.subject.startswith(PREFIX, autoescape=True), table.c.proposed_by != FILES)
    return sa.or_(drafts.c.draft_id.is_not(None), is_decided)


def _read_answers(connection: sa.Connection, proposals: Sequence[int]) -> dict[int, list[Said]]:
    table = charter_answers
    rows = connection.execute(
        sa.select(table).where(table.c.proposal_id.in_(proposals)).order_by(table.c.answer_id)
    )
    found: dict[int, list[Said]] = {}
    for row in rows:
        said = Said(row.part, row.answer, PersonName(row.person), row.reason, row.at)
        found.setdefault(row.proposal_id, []).append(said)
    return found
