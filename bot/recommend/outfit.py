"""What is worn with what: slots of an outfit, colour, department and season."""

from collections.abc import Mapping

import numpy as np

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.colours import go_together
from bot.recommend.traits import colours_of, department_of, slot_of, words_of
from bot.recommend.types import Floats, Mask

# Most wanted first: what somebody who has the one still needs.
COMPLEMENTS: Mapping[str, tuple[str, ...]] = {
    "outer": ("accessory", "top", "bottom", "shoes", "bag", "dress"),
    "top": ("bottom", "outer", "shoes", "accessory", "bag"),
    "bottom": ("top", "shoes", "outer", "accessory", "bag"),
    "dress": ("outer", "shoes", "bag", "accessory"),
    "shoes": ("bottom", "bag", "dress", "basics", "care", "outer"),
    "bag": ("outer", "shoes", "dress", "accessory"),
    "accessory": ("outer", "bag", "top", "dress"),
    "basics": ("shoes", "bottom"),
    "care": ("shoes",),
}
LOOK_SLOTS = frozenset({"outer", "top", "bottom", "dress", "shoes", "bag", "accessory"})


def goes_with(one: Product, other: Product, one_colours: tuple[str, ...], other_colours: tuple[str, ...]) -> bool:
    """Whether the two can be worn together, in one of the colours given for each."""
    return (
        slot_of(other) in COMPLEMENTS.get(slot_of(one), ())
        and _meet(department_of(one), department_of(other))
        and _overlap(words_of(one, "season"), words_of(other, "season"))
        and (
            not one_colours or not other_colours
            or any(go_together(a, b) for a in one_colours for b in other_colours)
        )
    )


def matching(catalogue: Catalogue, anchor: Product, anchor_colour: str = "") -> Floats:
    """How well each product completes the anchor: 0 not at all, 1 first choice. The set form of `goes_with`."""
    slots = COMPLEMENTS.get(slot_of(anchor), ())
    strength = catalogue.slots.weigh(lambda slot: 1 - 0.12 * slots.index(slot) if slot in slots else 0.0)
    department = department_of(anchor)
    if department:
        strength *= catalogue.departments.among({"", department})
    seasons = words_of(anchor, "season")
    strength *= catalogue.seasons.where(lambda each: _overlap(seasons, each))
    return strength * _harmonious(catalogue, (anchor_colour,) if anchor_colour else colours_of(anchor))


def _harmonious(catalogue: Catalogue, with_colours: tuple[str, ...]) -> Mask:
    """The rows that come in a colour which goes with one of `with_colours`; those without colours do."""
    fits = [any(go_together(each, other) for other in with_colours) for each in catalogue.colours]
    return catalogue.has_colour[:, np.flatnonzero(fits)].any(axis=1) | catalogue.is_colourless


def _meet(one: str, other: str) -> bool:
    return not one or not other or one == other


def _overlap(one: frozenset[str], other: frozenset[str]) -> bool:
    whole_year = {"all", "all_year"} & (one | other)
    return not one or not other or bool(one & other) or bool(whole_year)
