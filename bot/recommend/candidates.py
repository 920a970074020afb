"""Catalogue, events and one shopper -> signals: for every product, how strongly it is suggested, and because of what.

A signal is one column. `anchors` are the things that a reason may name; `evidence` says which of them
stands behind each row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.habits import due_again
from bot.recommend.interactions import NOBODY, Interactions
from bot.recommend.learned.live import Applied, suggest, suggest_beside
from bot.recommend.likeness import similar
from bot.recommend.outfit import matching
from bot.recommend.shopper import Shopper
from bot.recommend.style import Style
from bot.recommend.traits import colour_of, department_of
from bot.recommend.types import Floats, Mask, Rows

MIN_TOGETHER = 3  # people beside the customer: fewer could be chance, and would tell on somebody
MIN_PEOPLE = 3
NEW_DAYS = 45
_FADING = 0.95  # of what an anchor says, for each newer one
_ANCHORS = 8  # the newest purchases and views: older ones say little


@dataclass(frozen=True)
class Anchor:
    """What a suggestion rests on: a product with the colour it was bought in, and when."""

    product: Product
    colour: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Signal:
    """One source's word about every product; strength 0..1, 0 where it says nothing."""

    key: str
    strength: Floats
    anchors: tuple[Anchor, ...] = ()
    evidence: Rows = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    counts: Rows = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def anchor(self, row: int) -> Anchor | None:
        """The anchor behind a row."""
        return self.anchors[int(self.evidence[row])] if self.anchors else None


def collect_signals(
    catalogue: Catalogue, interactions: Interactions, shopper: Shopper, context: Product | None, now: datetime,
    learned: Applied | None = None,
) -> list[Signal]:
    """Every source that may speak for this shopper; without leave the crowd, the page, the basket and what was said."""
    own = interactions.number_of.get(shopper.root, NOBODY)
    signals = [_new(catalogue, now), _stated(catalogue, shopper)]
    signals += _popular(catalogue, interactions, shopper, context, own)
    if context is not None:
        signals += _around_context(catalogue, interactions, context, own)
    if shopper.basket:
        signals += _around_basket(catalogue, interactions, shopper, own)
    if shopper.is_personal:
        signals += _from_the_past(catalogue, interactions, shopper, now, own)
    signals += _learned(learned, shopper, catalogue, now)
    return [signal for signal in signals if signal.strength.any()]


def _around_context(catalogue: Catalogue, interactions: Interactions, context: Product, own: int) -> list[Signal]:
    anchors = (Anchor(context),)
    signals = [
        _from_columns("similar_to_context", anchors, [similar(catalogue, context)]),
        _from_columns("goes_with_context", anchors, [matching(catalogue, context)]),
    ]
    if (row := catalogue.row_of.get(context.ref)) is not None:
        signals.append(_from_counts("bought_with_context", anchors, [interactions.bought_with(row, own)]))
        signals.append(_from_counts("seen_with_context", anchors, [interactions.seen_with(row, own)]))
    return signals


def _around_basket(catalogue: Catalogue, interactions: Interactions, shopper: Shopper, own: int) -> list[Signal]:
    rows = catalogue.rows(list(shopper.basket))[:_ANCHORS].tolist()
    held = tuple(Anchor(catalogue.products[row]) for row in rows)
    return [
        _from_columns("goes_with_basket", held, [matching(catalogue, each.product) for each in held]),
        _from_counts("bought_with_basket", held, [interactions.bought_with(row, own) for row in rows]),
    ]


def _from_the_past(
    catalogue: Catalogue, interactions: Interactions, shopper: Shopper, now: datetime, own: int
) -> list[Signal]:
    bought = tuple(
        Anchor(catalogue.products[catalogue.row_of[p.product_ref]], colour_of(p.options), p.bought_at)
        for p in shopper.kept if p.product_ref in catalogue.row_of
    )
    recent = bought[:_ANCHORS]
    seen = tuple(Anchor(catalogue.products[row]) for row in catalogue.rows(list(shopper.seen))[:_ANCHORS])
    return [
        _from_columns("goes_with_bought", recent, [matching(catalogue, a.product, a.colour) for a in recent]),
        _from_counts("bought_with_bought", recent, _counts(recent, catalogue, own, interactions.bought_with)),
        _from_columns("similar_to_seen", seen, [similar(catalogue, a.product) for a in seen]),
        _from_counts("seen_with_seen", seen, _counts(seen, catalogue, own, interactions.seen_with)),
        _brand_again(catalogue, bought),
        _replenish(catalogue, shopper, now),
    ]


def _learned(learned: Applied | None, shopper: Shopper, catalogue: Catalogue, now: datetime) -> list[Signal]:
    """What was learned of a past, where there is one; else of the basket alone."""
    if learned is None or not (shopper.kept or shopper.basket):
        return []
    found = suggest(learned, shopper.kept, catalogue, now, shopper.basket)
    if found is not None:
        return [Signal("learned", found.strength, counts=found.people)]
    return [Signal("learned_from_basket", suggest_beside(learned, shopper.basket, catalogue))]


def _popular(
    catalogue: Catalogue, interactions: Interactions, shopper: Shopper, context: Product | None, own: int
) -> list[Signal]:
    """What is popular: everywhere, of the types and in the departments that are looked at, in the person's segment."""
    people = interactions.people
    strength = interactions.popularity * (people >= MIN_PEOPLE)
    types, departments = _looked_at(catalogue, shopper, context)
    fits = catalogue.departments.among({"", *departments}) if departments else np.ones(len(catalogue), np.bool_)
    in_department = catalogue.departments.among(departments)
    return [
        Signal("popular", strength, counts=people),
        Signal("popular_of_type", _to_one(strength * (fits & catalogue.is_of_types(types))), counts=people),
        Signal("popular_in_department", _to_one(strength * in_department), counts=people),
        _popular_in_segment(interactions, shopper, own),
    ]


def _looked_at(
    catalogue: Catalogue, shopper: Shopper, context: Product | None
) -> tuple[frozenset[str], frozenset[str]]:
    """The types and departments that somebody is after: what they say, else the page, else what they looked at."""
    style = shopper.style
    rows = catalogue.rows([*shopper.seen[:_ANCHORS], *shopper.basket[:_ANCHORS]])
    products = [context] if context else [catalogue.products[row] for row in rows]
    types = frozenset(style.types or (product.product_type for product in products))
    departments = frozenset(department_of(product) for product in products) - {""}
    return types, frozenset({style.department}) if style.department else departments or shopper.departments


def _popular_in_segment(interactions: Interactions, shopper: Shopper, own: int) -> Signal:
    """What others in the narrowest of the person's segments touch, of those in which three touched something."""
    for name in (each for each in interactions.narrow_first if each in shopper.segments):
        popularity, people = interactions.popular_in(name)
        others = people - interactions.touched_by(own)
        if (others >= MIN_PEOPLE).any():
            return Signal("popular_in_segment", popularity * (others >= MIN_PEOPLE), counts=others)
    return Signal("popular_in_segment", np.zeros(interactions.size))


def _to_one(strength: Floats) -> Floats:
    return strength / strength.max() if strength.any() else strength


def _new(catalogue: Catalogue, now: datetime) -> Signal:
    age = now.date().toordinal() - catalogue.launched_day
    is_new = (catalogue.launched_day > 0) & (age >= 0) & (age <= NEW_DAYS)
    return Signal("new", is_new * (1 - 0.5 * age / NEW_DAYS))


def _stated(catalogue: Catalogue, shopper: Shopper) -> Signal:
    style = shopper.style
    liked = [number for number, colour in enumerate(catalogue.colours) if colour in style.colours]
    wanted = frozenset(style.occasions)
    strength = 0.4 * catalogue.has_colour[:, liked].any(axis=1)
    strength += 0.3 * catalogue.is_of_types(style.types)
    strength += 0.15 * catalogue.brands.among(style.brands)
    strength += 0.15 * catalogue.occasions.where(lambda each: bool(wanted & each))
    strength += 0.4 * _meeting_values(catalogue, style)
    return Signal("style", np.minimum(strength, 1.0))


def _meeting_values(catalogue: Catalogue, style: Style) -> Mask:
    """Where `Style.values_met` finds something."""
    stuff = frozenset(style.materials)
    found = catalogue.origins.among(style.origins) | catalogue.materials.where(lambda each: bool(stuff & each))
    for topic in style.stands_for:
        found |= np.array([bool(product.attributes.get(topic)) for product in catalogue.products], dtype=np.bool_)
    return found


def _brand_again(catalogue: Catalogue, bought: tuple[Anchor, ...]) -> Signal:
    """The newest purchase of each brand speaks for it."""
    named = tuple(anchor for anchor in bought if anchor.product.brand)
    newest = {anchor.product.brand: place for place, anchor in reversed([*enumerate(named)])}
    strength = catalogue.brands.weigh(lambda brand: _FADING ** newest[brand] if brand in newest else 0.0)
    evidence = catalogue.brands.weigh(lambda brand: newest.get(brand, 0)).astype(np.int64)
    return Signal("brand_bought", strength, named, evidence)


def _replenish(catalogue: Catalogue, shopper: Shopper, now: datetime) -> Signal:
    strength = np.zeros(len(catalogue))
    evidence = np.zeros(len(catalogue), dtype=np.int64)
    anchors: list[Anchor] = []
    for habit in due_again(shopper.kept, catalogue, now):
        evidence[habit.row] = len(anchors)
        strength[habit.row] = 1.0
        anchors.append(Anchor(catalogue.products[habit.row], at=habit.last_bought_at))
    return Signal("replenish", strength, tuple(anchors), evidence)


def _counts(
    anchors: tuple[Anchor, ...], catalogue: Catalogue, own: int, count: Callable[[int, int], Rows]
) -> list[Rows]:
    return [count(catalogue.row_of[anchor.product.ref], own) for anchor in anchors]


def _from_counts(key: str, anchors: tuple[Anchor, ...], columns: list[Rows]) -> Signal:
    if not columns:
        return Signal(key, np.zeros(0))
    table = np.stack(columns)
    table = np.where(table >= MIN_TOGETHER, table, 0)
    evidence = table.argmax(axis=0)
    counts = table.max(axis=0)
    strength = 1 - 1 / np.sqrt(1.0 + counts)
    return Signal(key, strength, anchors, evidence, counts)


def _from_columns(key: str, anchors: tuple[Anchor, ...], columns: list[Floats]) -> Signal:
    """The strongest anchor speaks for each row; a newer one between equals, as anchors are newest first."""
    if not columns:
        return Signal(key, np.zeros(0))
    strength, evidence = columns[0], np.zeros(len(columns[0]), dtype=np.int64)
    for number, column in enumerate(columns[1:], 1):
        faded = column * _FADING**number
        evidence[faded > strength] = number
        strength = np.maximum(strength, faded)
    return Signal(key, strength, anchors, evidence)
