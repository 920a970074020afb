"""Stage B2: the queue of customers that may be one person. Somebody accepts or refuses; either is kept.

Evidence is which fields agree, never their values: those are read from the profile when somebody looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import Conflict, NotAllowed, NotFound
from bot.profile.audit import write_audit
from bot.profile.merging import could_be_one_person, merge_customers
from bot.profile.store.tables import customers, link_reviews, merges
from bot.profile.store.upsert import insert_or_update


@dataclass(frozen=True)
class Review:
    """Two customers, the chance that they are one person, and why."""

    left_id: str
    right_id: str
    chance: float
    evidence: Mapping[str, str]
    review_id: int = 0


def propose_reviews(connection: sa.Connection, found: Sequence[Review], *, now: datetime) -> int:
    """Make these the waiting ones, in place of the former; what was decided stays decided. How many wait. Writes."""
    decided = {
        (row.left_id, row.right_id)
        for row in connection.execute(
            sa.select(link_reviews.c.left_id, link_reviews.c.right_id).where(link_reviews.c.state != "waiting")
        )
    }
    rows = [
        {"left_id": each.left_id, "right_id": each.right_id, "chance": each.chance, "evidence": dict(each.evidence),
         "state": "waiting", "proposed_at": now}
        for each in found
        if (each.left_id, each.right_id) not in decided
    ]
    _forget_waiting(connection, {(each.left_id, each.right_id) for each in found})
    insert_or_update(connection, link_reviews, rows, ("left_id", "right_id"), ("chance", "evidence"))
    return len(rows)


def list_reviews(connection: sa.Connection, *, limit: int = 50) -> list[Review]:
    """What waits, surest first."""
    rows = connection.execute(
        sa.select(link_reviews)
        .where(link_reviews.c.state == "waiting")
        .order_by(link_reviews.c.chance.desc(), link_reviews.c.review_id)
        .limit(limit)
    )
    return [Review(row.left_id, row.right_id, row.chance, row.evidence, row.review_id) for row in rows]


def accept_review(connection: sa.Connection, review_id: int, *, by: str, now: datetime) -> int | None:
    """Merge the two; the merge's id, None when they had become one person meanwhile.

    NotFound; Conflict when it is decided already; NotAllowed for two accounts of one shop, or where
    somebody undid a merge of the two. Writes.
    """
    review = _take(connection, review_id)
    if not could_be_one_person(connection, review.left_id, review.right_id):
        raise NotAllowed("two_persons", f"review {review_id}: two accounts of one shop, or parted by somebody before")
    reason = f"reviewed:{review.chance:.3f}"
    merge_id = merge_customers(connection, review.left_id, review.right_id, reason=reason, now=now)
    _decide(connection, review, "accepted", by=by, now=now, merge_id=merge_id)
    return merge_id


def refuse_review(connection: sa.Connection, review_id: int, *, by: str, now: datetime) -> None:
    """Two people: no run proposes or merges them again. NotFound, Conflict when it is decided already. Writes."""
    _decide(connection, _take(connection, review_id), "refused", by=by, now=now, merge_id=None)


def people_apart(connection: sa.Connection) -> list[tuple[str, str]]:
    """Roots of two people, on somebody's word: a refused review, or a merge that was undone and not made again."""
    left, right = customers.alias(), customers.alias()
    pairs: list[tuple[str, str]] = []
    for table, said in ((link_reviews, link_reviews.c.state == "refused"), (merges, merges.c.undone_at.is_not(None))):
        rows = connection.execute(
            sa.select(left.c.root_id.label("one"), right.c.root_id.label("other"))
            .select_from(table)
            .join(left, left.c.customer_id == table.c.left_id)
            .join(right, right.c.customer_id == table.c.right_id)
            .where(said, left.c.root_id != right.c.root_id)
            .distinct()
        )
        pairs += [(row.one, row.other) for row in rows]
    return sorted(set(pairs))


def _forget_waiting(connection: sa.Connection, kept: set[tuple[str, str]]) -> None:
    waiting = connection.execute(
        sa.select(link_reviews.c.review_id, link_reviews.c.left_id, link_reviews.c.right_id).where(
            link_reviews.c.state == "waiting"
        )
    )
    gone = [{"gone": row.review_id} for row in waiting if (row.left_id, row.right_id) not in kept]
    if gone:
        still = sa.and_(link_reviews.c.review_id == sa.bindparam("gone"), link_reviews.c.state == "waiting")
        connection.execute(sa.delete(link_reviews).where(still), gone)


def _take(connection: sa.Connection, review_id: int) -> Review:
    row = connection.execute(
        sa.select(link_reviews).where(link_reviews.c.review_id == review_id).with_for_update()
    ).first()
    if row is None:
        raise NotFound(f"there is no review {review_id}")
    if row.state != "waiting":
        raise Conflict(f"review {review_id} was {row.state} already")
    return Review(row.left_id, row.right_id, row.chance, row.evidence, row.review_id)


def _decide(
    connection: sa.Connection, review: Review, state: str, *, by: str, now: datetime, merge_id: int | None
) -> None:
    connection.execute(
        sa.update(link_reviews)
        .where(link_reviews.c.review_id == review.review_id)
        .values(state=state, decided_at=now, decided_by=by, merge_id=merge_id)
    )
    write_audit(
        connection, customer_id=review.left_id, action=f"link_{state}", object_ref=f"customer:{review.right_id}",
        idempotency_key=f"link_review:{review.review_id}", now=now,
    )
