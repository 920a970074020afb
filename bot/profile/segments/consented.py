"""A condition on consent -> SQL, which counts the rows of a merged person as bot/profile/consent.py does."""

from typing import Any

import sqlalchemy as sa

from bot.profile.consent import EVERY_CHANNEL
from bot.profile.segments.scope import Scope
from bot.profile.segments.tree import Consents
from bot.profile.store.tables import consents, customers, merges


def consenting(tree: Consents, scope: Scope) -> sa.Select[Any]:
    """The roots of those who granted it and did not take it back.

    After the person's last merge the latest row counts; before it, customer by customer, and the
    strictest of those that said anything wins.
    """
    said, merged = _said(tree, scope), _merged(scope)
    latest_at = sa.func.max(sa.case((said.c.of_person == 1, said.c.changed_at)))
    latest_refuses = _number_of(said, said.c.of_person == 1, said.c.state != "granted")
    parts_refuse = _number_of(said, said.c.of_customer == 1, said.c.state != "granted")
    counts_for_all = latest_at >= sa.func.max(merged.c.merged_at)
    return (
        sa.select(said.c.root_id)
        .select_from(said.outerjoin(merged, merged.c.root_id == said.c.root_id))
        .group_by(said.c.root_id)
        .having(sa.case((counts_for_all, latest_refuses), else_=parts_refuse) == 0)
    )


def _said(tree: Consents, scope: Scope) -> sa.Subquery:
    """Every row on it, with its place, the newest first, among the person's and among the customer's own."""
    member = customers.alias()
    newest = (consents.c.changed_at.desc(), consents.c.consent_id.desc())
    row_number = sa.func.row_number()
    return (
        sa.select(
            member.c.root_id, consents.c.state, consents.c.changed_at,
            row_number.over(partition_by=member.c.root_id, order_by=newest).label("of_person"),
            row_number.over(partition_by=consents.c.customer_id, order_by=newest).label("of_customer"),
        )
        .join(member, member.c.customer_id == consents.c.customer_id)
        .where(
            consents.c.purpose == tree.purpose, consents.c.channel.in_((tree.channel, EVERY_CHANNEL)),
            *scope.only(member.c.root_id),
        )
        .subquery()
    )


def _merged(scope: Scope) -> sa.Subquery:
    """When each merged person was merged last, of the merges that hold."""
    left, right = customers.alias(), customers.alias()
    return (
        sa.select(left.c.root_id, sa.func.max(merges.c.merged_at).label("merged_at"))
        .select_from(merges)
        .join(left, left.c.customer_id == merges.c.left_id)
        .join(right, sa.and_(right.c.customer_id == merges.c.right_id, right.c.root_id == left.c.root_id))
        .where(merges.c.undone_at.is_(None), *scope.only(left.c.root_id))
        .group_by(left.c.root_id)
        .subquery()
    )


def _number_of(said: sa.Subquery, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0))
