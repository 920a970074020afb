"""A rule's tree -> one statement that asks a database for everybody it holds for.

The same statement asks for all persons, or for some by their roots: the two cannot disagree. Moments and
roots are parameters, so a statement is built once and runs whenever. SQLite and PostgreSQL alike.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.errors import FixInput
from bot.profile.purchases import is_sale
from bot.profile.segments.chosen import holding_trait
from bot.profile.segments.consented import consenting
from bot.profile.segments.scope import NOW, ROOTS, SINCE, Holds, Root, Scope, among
from bot.profile.segments.tree import (
    ANY_FIELD,
    ONCE,
    And,
    Bought,
    Condition,
    Consents,
    Did,
    Identified,
    InSegment,
    Not,
    Or,
    Seen,
    Spent,
    Trait,
    Tree,
    conditions_of,
)
from bot.profile.store.tables import customers, events, identities, purchases, segment_members
from bot.profile.traits import TraitRule

# Silos whose events tell what happened to a customer, not what they did; and such events of any silo.
NOT_THEIRS = ("shop", "prevenant", "segments")
NOT_DONE = (
    "Email Sent", "Email Delivered", "Email Bounced", "SMS Sent", "Message Sent", "Shipment Updated", "Stock Changed",
    "Order Updated", "Order Cancelled", "Order Refunded",
    "Return Finished", "Complaint Resolved",
    "Support Message Sent", "Support Conversation Resolved", "Support Conversation Pending",
    "Support Conversation Snoozed",
    "Identified",  # a silo's word on who somebody is: a file of customers makes nobody seen
)
THEIRS = ("Order Completed",)  # whoever tells of it


def check_rule(tree: Tree, rules: Mapping[str, TraitRule]) -> None:
    """FixInput for a trait that its rule makes unfit for what is asked of it."""
    for each in conditions_of(tree):
        rule = rules.get(each.name) if isinstance(each, Trait) else None
        if rule and rule.rule == "days_between":
            sentence = "trait {name}: days between purchases cannot be asked for in a segment"
            raise FixInput("rule", sentence, name=rule.name)
        if rule and rule.rule == "add_counts" and isinstance(each, Trait) and each.test == "is":
            sentence = "trait {name} is a table of counts: ask with has, or of 'entry' at least n"
            raise FixInput("rule", sentence, name=rule.name)


def select_persons(tree: Tree, scope: Scope) -> sa.Select[tuple[str]]:
    """The roots of all persons that a rule holds for; `customer_id` is its one column."""
    person = customers.alias("person")
    return sa.select(person.c.customer_id).where(
        person.c.customer_id == person.c.root_id, *scope.only(person.c.customer_id),
        _condition(tree, person.c.customer_id, scope),
    )


def select_truths(trees: Sequence[Tree], scope: Scope) -> sa.Select[Any]:
    """For each person a column a tree, in their order: 1 where it holds, 0 where not."""
    person = customers.alias("person")
    columns = [
        sa.case((_condition(tree, person.c.customer_id, scope), 1), else_=0).label(f"s{number}")
        for number, tree in enumerate(trees)
    ]
    return sa.select(person.c.customer_id, *columns).where(
        person.c.customer_id == person.c.root_id, *scope.only(person.c.customer_id)
    )


def values_for(trees: Sequence[Tree], now: datetime, roots: Sequence[str] = ()) -> dict[str, Any]:
    """The parameters of a statement over these trees, at a moment."""
    windows = {
        each.window_seconds for tree in trees for each in conditions_of(tree)
        if isinstance(each, Bought | Spent | Did | Seen) and each.window_seconds
    }
    values: dict[str, Any] = {f"{SINCE}{seconds}": now - timedelta(seconds=seconds) for seconds in windows}
    return {**values, **({NOW: now} if windows else {}), **({ROOTS: list(roots)} if roots else {})}


def _condition(tree: Tree, person: Root, scope: Scope) -> Holds:
    match tree:
        case And(parts):
            return sa.and_(*(_condition(part, person, scope) for part in parts))
        case Or(parts):
            return sa.or_(*(_condition(part, person, scope) for part in parts))
        case Not(part):
            return sa.not_(_condition(part, person, scope))
        case _:
            return _holds(tree, person, scope)


def _holds(tree: Condition, person: Root, scope: Scope) -> Holds:
    """That a person is among those whom one condition holds for."""
    match tree:
        case Bought():
            return _has_bought(tree, person, scope)
        case Spent():
            return _has_spent(tree, person, scope)
        case Did():
            return _has_done(tree, person, scope)
        case Seen():
            return person.in_(_seen(tree, scope))
        case Trait():
            return holding_trait(tree, person, scope)
        case Identified():
            return person.in_(_identified(tree, scope))
        case Consents():
            return person.in_(consenting(tree, scope))
        case InSegment():
            return person.in_(_members(tree, scope))


def _has_bought(tree: Bought, person: Root, scope: Scope) -> Holds:
    member, bought = customers.alias(), purchases
    fields = [bought.c[tree.field]] if tree.field else [bought.c[name] for name in ANY_FIELD]
    found = (
        sa.select(member.c.root_id, bought.c.customer_id, bought.c.silo, bought.c.order_id)
        .join(member, member.c.customer_id == bought.c.customer_id)
        .where(
            is_sale(), *scope.within(bought.c.sold_at, tree.window_seconds), *scope.only(member.c.root_id),
            *([sa.or_(*(each == tree.value for each in fields))] if tree.value else []),
        )
    )
    if tree.times == ONCE:
        return person.in_(found.with_only_columns(member.c.root_id))
    # GROUP BY sorts; DISTINCT would look each row up in a tree that no cache holds (SQLite 3.40).
    orders = found.group_by(member.c.root_id, bought.c.customer_id, bought.c.silo, bought.c.order_id).subquery()
    return among(person, sa.select(orders.c.root_id).group_by(orders.c.root_id), sa.func.count(), tree.times)


def _has_spent(tree: Spent, person: Root, scope: Scope) -> Holds:
    member, bought = customers.alias(), purchases
    grouped = (
        sa.select(member.c.root_id)
        .select_from(bought.join(member, member.c.customer_id == bought.c.customer_id))
        .where(
            bought.c.currency == tree.currency, *scope.within(bought.c.sold_at, tree.window_seconds),
            *scope.only(member.c.root_id),
        )
        .group_by(member.c.root_id)
    )
    return among(person, grouped, sa.func.sum(bought.c.amount_minor), tree.amount)


def _has_done(tree: Did, person: Root, scope: Scope) -> Holds:
    member = customers.alias()
    found = (
        sa.select(member.c.root_id)
        .select_from(events.join(member, member.c.customer_id == events.c.customer_id))
        .where(
            scope.plain(events.c.name) == tree.event, *scope.within(events.c.occurred_at, tree.window_seconds),
            *scope.only(member.c.root_id),
        )
    )
    if tree.times == ONCE:
        return person.in_(found)
    return among(person, found.group_by(member.c.root_id), sa.func.count(), tree.times)


def is_theirs(scope: Scope) -> Holds:
    """That an event is something the customer did."""
    return sa.or_(
        sa.and_(events.c.silo.not_in(NOT_THEIRS), events.c.name.not_in(NOT_DONE)),
        scope.plain(events.c.name).in_(THEIRS),
    )


def _seen(tree: Seen, scope: Scope) -> sa.Select[Any]:
    """One look into the index of each customer's events: the first that fits is enough."""
    member = customers.alias()
    happened = sa.exists().where(
        events.c.customer_id == member.c.customer_id, is_theirs(scope),
        *scope.within(events.c.occurred_at, tree.window_seconds),
    )
    return sa.select(member.c.root_id).where(happened, *scope.only(member.c.root_id))


def _identified(tree: Identified, scope: Scope) -> sa.Select[Any]:
    member = customers.alias()
    return (
        sa.select(member.c.root_id)
        .join(identities, identities.c.customer_id == member.c.customer_id)
        .where(
            scope.plain(identities.c.kind) == tree.kind, *([identities.c.is_verified] if tree.is_verified else []),
            *scope.only(member.c.root_id),
        )
    )


def _members(tree: InSegment, scope: Scope) -> sa.Select[Any]:
    """Only look-alike segments are asked for by their members: the rules of others stand in the tree."""
    member = customers.alias()
    return (
        sa.select(member.c.root_id)
        .join(segment_members, segment_members.c.customer_id == member.c.customer_id)
        .where(
            scope.plain(segment_members.c.segment) == tree.name, segment_members.c.left_at.is_(None),
            *scope.only(member.c.root_id),
        )
    )
