"""What each product misses of a sentence: one column a demand, 0 where it is met, 1 and more where it is not. Pure."""

from collections.abc import Iterator, Sequence

import numpy as np

from bot.finding.asked import Asked, Demand
from bot.finding.index import Index
from bot.recommend.types import Floats, Mask

_HALF = 0.6  # how far the word in a description stands for the attribute
_FAR = 2.0  # a price so far off is missed twice
_WARMER = 0.05
_ANOTHER_THING = 2.5  # a coat that is too dear is nearer to a coat that is asked for than cheap socks
_SAME_THING = 1.5  # "like this, under 100": a coat that is too dear is nearer than cheap socks
_ANIMAL_HAIR = ("cashmere", "alpaca", "mohair")


def missed(index: Index, asked: Asked, like: int | None) -> dict[str, Floats]:
    """Kind of demand -> what each product misses of it. `like`: the row that the sentence follows."""
    table: dict[str, Floats] = {}
    for kind, column in (*_stated(index, asked), *_following(index, asked, like)):
        table[kind] = table[kind] + column if kind in table else column
    return table


def _stated(index: Index, asked: Asked) -> Iterator[tuple[str, Floats]]:
    for demand in asked.demands:
        weight = _ANOTHER_THING if demand.kind in ("product_type", "place") else demand.weight
        yield demand.kind, weight * (1 - _met(index, demand))
    price = index.catalogue.price_minor
    if asked.price_max_minor:
        yield "price", _off(price / asked.price_max_minor - 1)
    if asked.price_min_minor:
        yield "price", _off(1 - price / asked.price_min_minor)
    if asked.is_on_sale:
        yield "sale", _floats(~index.columns.is_on_sale)
    if asked.avoided_words:
        yield "text", 0.7 * index.named_any(asked.avoided_words)


def _floats(mask: Mask) -> Floats:
    return mask.astype(np.float64)


def _off(share: Floats) -> Floats:
    return np.asarray(np.where(share > 0, np.minimum(0.8 + 2 * share, _FAR), 0.0), dtype=np.float64)


def _following(index: Index, asked: Asked, like: int | None) -> Iterator[tuple[str, Floats]]:
    """What stays as it is on the screen, and what is to be less or more than there."""
    if like is None:
        return
    catalogue = index.catalogue
    if not asked.of("product_type"):
        weight = _SAME_THING if asked.price_max_minor else 0.7
        yield "product_type", weight * _floats(catalogue.type_code != catalogue.type_code[like])
    department = catalogue.departments[like]
    if department and not asked.of("gender"):
        yield "gender", 0.5 * _floats(~catalogue.departments.among({"", department}))
    if asked.is_cheap:
        yield "price", _floats(catalogue.price_minor >= catalogue.price_minor[like])
    if asked.is_warm:
        yield "warmth", 0.8 * _floats(index.columns.warmth <= index.columns.warmth[like] + _WARMER)


def _met(index: Index, demand: Demand) -> Floats:
    if demand.is_avoided:
        return _kept_from(index, demand)
    columns = index.columns
    has = columns.has(demand.kind, demand.values)
    if demand.kind == "product_type":
        return _is_of_type(index, demand, has)
    if demand.kind == "gender":
        return (has | (columns.is_for_all & bool(demand.values))).astype(np.float64)
    if demand.kind == "size":
        return np.where(columns.in_sizes(demand.values), 1.0, np.where(columns.has_sizes, 0.0, 0.5))
    if demand.kind == "season":
        return np.where(has, 1.0, _HALF * columns.has("season", ("all_year",)))
    met = np.where(has, 1.0, 0.75 * columns.has(demand.kind, demand.near))
    in_words = demand.kind in ("material", "pattern", "style") and bool(demand.phrase)
    return np.maximum(met, _HALF * index.holds(demand.phrase)) if in_words else met


def _kept_from(index: Index, demand: Demand) -> Floats:
    """1 where nothing of what is avoided is found, in the attributes or in the words."""
    columns = index.columns
    if demand.kind == "text":
        return _floats(~_are_called(index, demand))
    if demand.kind == "colour":
        return columns.has("colour", [c for c in index.catalogue.colours if c not in demand.values]).astype(np.float64)
    met = _floats(~columns.has(demand.kind, (*demand.values, *demand.near)))
    if demand.kind == "material":
        if demand.phrase:
            met = met * (1 - 0.4 * index.holds(demand.phrase))
        if "wool" in demand.values:
            met = met * (1 - 0.3 * _floats(columns.has("material", _ANIMAL_HAIR)))
    return met


def _is_of_type(index: Index, demand: Demand, has: Mask) -> Floats:
    """A name narrower than the type's own ("bonnet", "trench") is met by what calls itself so; others are near."""
    own = _call_themselves(index, demand)
    is_wide = demand.phrase in index.lexicon.main_names or (own & has).sum() * 2 > has.sum()
    if not own.any() or demand.values and is_wide:
        return has.astype(np.float64)
    return np.where(own, 1.0, 0.3 * has)


def _are_called(index: Index, demand: Demand) -> Mask:
    """Those whose names hold all of a phrase, or of another name of the same."""
    lexicon = index.lexicon
    mask = np.zeros(len(index.catalogue), dtype=np.bool_)
    for phrase in lexicon.aliases.get(demand.phrase, (demand.phrase,)):
        rows = frozenset.intersection(*(lexicon.named_words.get(stem, frozenset()) for stem in phrase))
        mask[[*rows]] = True
    return mask


def _call_themselves(index: Index, demand: Demand) -> Mask:
    """By the head of the name; where the type is sold and none is headed so, by any word of it."""
    lexicon = index.lexicon
    phrases: Sequence[tuple[str, ...]] = lexicon.aliases.get(demand.phrase, (demand.phrase,))
    rows = [row for phrase in phrases for row in lexicon.headed.get(phrase, ())]
    if not rows and demand.values:
        rows = [row for phrase in phrases for row in lexicon.named.get(phrase, ())]
    mask = np.zeros(len(index.catalogue), dtype=np.bool_)
    mask[rows] = True
    return mask
