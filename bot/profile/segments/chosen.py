"""A condition on a trait -> SQL, which chooses among the silos' words as bot/profile/traits.py does."""

import sqlalchemy as sa

from bot.profile.segments.json_parts import JsonValue
from bot.profile.segments.scope import Holds, Root, Scope, among, compare
from bot.profile.segments.tree import Comparison, Trait
from bot.profile.store.tables import customers, identities, traits
from bot.profile.traits import CLAIM, TraitRule


def holding_trait(tree: Trait, person: Root, scope: Scope) -> Holds:
    """That a person's trait is as the condition says."""
    rule = scope.rules.get(tree.name) or TraitRule(tree.name)
    if rule.rule == "add_counts":
        return _holding_counts(tree, person, scope)
    ranked = _rank(tree.name, rule, scope)
    value = JsonValue(ranked.c.value, scope)
    return person.in_(sa.select(ranked.c.root_id).where(ranked.c.place == 1, _test(tree, value)))


def _holding_counts(tree: Trait, person: Root, scope: Scope) -> Holds:
    """Of counts that are added up: an entry that is there, or a sum that compares; who has none has 0."""
    member = customers.alias()
    entries = JsonValue(traits.c.value, scope).entries()
    grouped = (
        sa.select(member.c.root_id)
        .select_from(traits.join(member, member.c.customer_id == traits.c.customer_id), entries.table)
        .where(
            scope.plain(traits.c.name) == tree.name, traits.c.silo.not_like(f"%\\{CLAIM}", escape="\\"),
            *scope.only(member.c.root_id),
        )
        .group_by(member.c.root_id)
    )
    if tree.test == "known":
        return person.in_(grouped.where(entries.number.is_not(None)))
    key = tree.value if tree.test == "has" else tree.key
    if key:
        grouped = grouped.where(entries.key == key)
    total = sa.func.coalesce(sa.func.sum(entries.number), 0)
    is_there = Comparison(">", tree.comparison.number * 0)
    return among(person, grouped, total, is_there if tree.test == "has" else tree.comparison)


def _rank(name: str, rule: TraitRule, scope: Scope) -> sa.Subquery:
    """Each word on a trait, with the place that its rule gives it among the person's."""
    member = customers.alias()
    value = JsonValue(traits.c.value, scope)
    age = traits.c.set_at.asc() if rule.rule == "earliest" else traits.c.set_at.desc()
    order = [sa.case((value.is_blank, 1), else_=0), *_preferred(rule, value, member.c.root_id, scope), age]
    names = (traits.c.silo, traits.c.customer_id)
    order += [each if scope.is_sqlite else each.collate("C") for each in names]
    place = sa.func.row_number().over(partition_by=member.c.root_id, order_by=order)
    return (
        sa.select(member.c.root_id, traits.c.value, place.label("place"))
        .join(member, member.c.customer_id == traits.c.customer_id)
        .where(scope.plain(traits.c.name) == name, *scope.only(member.c.root_id))
        .subquery()
    )


def _preferred(rule: TraitRule, value: JsonValue, root: Root, scope: Scope) -> list[sa.ColumnElement[int]]:
    """What the rule prefers before any age."""
    match rule.rule:
        case "silo":
            trust = {silo: place for place, silo in enumerate(rule.silos)}
            return [sa.case(trust, value=traits.c.silo, else_=len(trust))]
        case "verified":
            return [sa.case((_is_proven(rule, value, root), 0), else_=1)]
        case "longest":
            return [-value.size()]
        case _:
            return []


def _is_proven(rule: TraitRule, value: JsonValue, root: Root) -> Holds:
    owner = customers.alias()
    said = sa.func.trim(value.said)
    return (
        sa.exists()
        .where(
            owner.c.root_id == root, identities.c.customer_id == owner.c.customer_id,
            identities.c.kind == rule.identity, identities.c.is_verified,
            identities.c.value == (sa.func.lower(said) if rule.identity == "email" else said),
        )
    )


def _test(tree: Trait, value: JsonValue) -> Holds:
    match tree.test:
        case "is":
            return sa.and_(value.is_text, value.said == tree.value)
        case "known":
            return sa.not_(sa.or_(value.is_blank, value.is_empty))
        case "has":
            entries, elements = value.entries(), value.elements()
            return sa.or_(
                sa.and_(value.is_text, value.said == tree.value),
                sa.exists(sa.select(1).select_from(entries.table).where(entries.key == tree.value)),
                sa.exists(sa.select(1).select_from(elements.table).where(elements.is_text(tree.value))),
            )
        case "number" if tree.key:
            entries = value.entries()
            is_so = sa.and_(entries.key == tree.key, compare(entries.number, tree.comparison))
            return sa.exists(sa.select(1).select_from(entries.table).where(is_so))
        case "number":
            return sa.and_(value.is_number, compare(value.number, tree.comparison))
