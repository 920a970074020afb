"""A product -> the rest of an outfit: one thing a free place, by slot, occasion, colour and what was bought with it.

Pure but for `fits`, which reads the stock.
"""

from collections.abc import Callable, Sequence

import numpy as np

from bot.commerce.types import Product
from bot.recommend.candidates import MIN_TOGETHER, Anchor, Signal
from bot.recommend.catalogue import Catalogue
from bot.recommend.colours import go_together
from bot.recommend.interactions import NOBODY, Interactions
from bot.recommend.outfit import COMPLEMENTS, LOOK_SLOTS, matching
from bot.recommend.rank import best_first
from bot.recommend.rules import Fit
from bot.recommend.traits import colours_of, slot_of, variant_colour, words_of
from bot.recommend.types import Floats, Mask

FindFits = Callable[[Sequence[int], int, Sequence[str]], Sequence[Fit]]  # rows, how many, colours -> in stock
_TRIED = 6  # of one place: the first whose colour goes with all that is chosen already
_SAME_OCCASION, _BOUGHT_WITH, _POPULAR = 0.15, 0.25, 0.05


def score_look(
    catalogue: Catalogue, interactions: Interactions, anchor: Product, colour: str, occasions: Sequence[str] = (),
    root: str = "",
) -> tuple[Floats, list[Signal]]:
    """How well each product completes the anchor (0 not at all), and the signals that a reason is made of.

    With `occasions` only what is made for one of them counts. What the person `root` bought together is left out.
    """
    fit: Floats = matching(catalogue, anchor, colour)
    if occasions:
        wanted = frozenset(occasions)
        fit *= catalogue.occasions.where(lambda each: bool(wanted & each))
    made_for = words_of(anchor, "occasion")
    shares = catalogue.occasions.where(lambda each: bool(made_for & each))
    row = catalogue.row_of.get(anchor.ref)
    nothing, own = np.zeros(len(catalogue), dtype=np.int64), interactions.number_of.get(root, NOBODY)
    counts = interactions.bought_with(row, own) if row is not None else nothing
    together: Floats = np.where((counts >= MIN_TOGETHER) & (fit > 0), 1 - 1 / np.sqrt(1.0 + counts), 0.0)
    bonus = _SAME_OCCASION * shares + _BOUGHT_WITH * together + _POPULAR * interactions.popularity
    signals = [
        Signal("goes_with_context", fit, (Anchor(anchor, colour),), nothing),
        Signal("bought_with_context", together, (Anchor(anchor, colour),), nothing, counts),
    ]
    if occasions:
        signals.append(Signal("style", (fit > 0).astype(np.float64)))
    score: Floats = fit + bonus * (fit > 0)
    return score, signals


def pick_look(
    catalogue: Catalogue, anchor: Product, colour: str, score: Floats, allowed: Mask, fits: FindFits, *, limit: int
) -> list[Fit]:
    """The best in stock for each free place, in colours that go with the anchor and with each other where they can."""
    worn = [colour] if colour else list(colours_of(anchor)[:1])
    look: list[Fit] = []
    for slot in free_places(anchor, is_whole_look=limit > 1):
        rows = best_first(score, allowed & (score > 0) & catalogue.slots.among({slot})).tolist()
        found = fits(rows, _TRIED if look else 1, worn)
        if not found:
            continue
        chosen = next((fit for fit in found if _harmonises(catalogue, fit, worn)), found[0])
        look.append(chosen)
        worn.append(variant_colour(catalogue.products[chosen.row], chosen.variant))
        if len(look) == limit:
            break
    return look


def free_places(product: Product, *, is_whole_look: bool) -> list[str]:
    """The places of an outfit that are still free around a product: no dress beside a top or trousers."""
    free = [slot for slot in COMPLEMENTS.get(slot_of(product), ()) if slot in LOOK_SLOTS or not is_whole_look]
    return [slot for slot in free if slot != "dress" or not {"top", "bottom"} & set(free)]


def _harmonises(catalogue: Catalogue, fit: Fit, worn: Sequence[str]) -> bool:
    own = variant_colour(catalogue.products[fit.row], fit.variant)
    return all(go_together(own, other) for other in worn)
