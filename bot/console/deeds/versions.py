"""The console's deeds: what was agreed on of a subject over time, newest first. Reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.charter.agreement import Difference, list_differences
from bot.charter.book import Subject
from bot.charter.content import Content, name_content
from bot.charter.kept import AGREED
from bot.profile.store.tables import charter_proposals

MOST_VERSIONS = 20


@dataclass(frozen=True)
class Version:
    """What was agreed on at some moment; `by`: whose change it was, `charter` the shop's file."""

    id: int
    content: Content
    by: str
    reason: str
    agreed_at: datetime
    is_in_force: bool


def list_versions(connection: sa.Connection, subject: Subject) -> list[Version]:
    """The newest twenty; the first is in force. What says the same as the one before it is not told twice."""
    table = charter_proposals.c
    rows = connection.execute(
        sa.select(table.proposal_id, table.content, table.proposed_by, table.reason, table.settled_at)
        .where(table.subject == subject, table.state == AGREED)
        .order_by(table.settled_at.desc(), table.proposal_id.desc()).limit(MOST_VERSIONS)
    ).all()
    names = [name_content(subject, row.content) for row in rows]
    told = [row for n, row in enumerate(rows) if n + 1 == len(rows) or names[n] != names[n + 1]]
    return [
        Version(row.proposal_id, row.content, row.proposed_by, row.reason, row.settled_at, n == 0)
        for n, row in enumerate(told)
    ]


def list_changes(versions: Sequence[Version]) -> list[list[Difference]]:
    """What each changed of the one before it; the oldest that is kept, everything."""
    before = [*(each.content for each in versions[1:]), {}]
    return [list_differences(old, each.content) for each, old in zip(versions, before, strict=True)] if versions else []
