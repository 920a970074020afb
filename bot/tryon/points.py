"""Which points a product of a category has, in the order of its outline, and whether corrected ones can be right. Pure.

No numbers library here, as in `record`: the console asks, and it runs without the set `tryon`.
"""

from collections.abc import Mapping
from itertools import chain

from bot.errors import FixInput
from bot.tryon.record import Category, Point

_SLEEVED = ("cuff_outer_left", "cuff_inner_left"), ("cuff_inner_right", "cuff_outer_right")
CUFFS = frozenset(chain(*_SLEEVED))  # all four, or none of a top without sleeves
OUTLINES: Mapping[Category, tuple[str, ...]] = {  # left is the picture's
    "top": (
        "neck_left", "shoulder_left", *_SLEEVED[0], "armpit_left", "hem_left", "hem_right", "armpit_right",
        *_SLEEVED[1], "shoulder_right", "neck_right", "neck_bottom",
    ),
    "glasses": ("end_left", "bridge", "end_right"),
    "hat": ("rim_left", "rim_front", "rim_right"),
}
OUTSIDE = "lies outside the picture"
MISSING = "is missing"
CROSSED = "lies further left than its partner on the left"
HALF_SLEEVES = "is missing: the ends of sleeves are four points, or none"
UNKNOWN = "is no point of this product"
PROBLEMS = (OUTSIDE, MISSING, CROSSED, HALF_SLEEVES, UNKNOWN)
_LEAST_SIDE_PX = 30


def is_picture(size: tuple[int, int]) -> bool:
    """Whether a cut-out of so many pixels shows anything: where nothing was found, one empty pixel stands for it."""
    return min(size) >= _LEAST_SIDE_PX


def require_sound(category: Category, points: Mapping[str, Point], size: tuple[int, int]) -> None:
    """That a product can be tried on with these. FixInput names the first wrong point, in words of `PROBLEMS`."""
    known = OUTLINES[category]
    for name in points:
        if name not in known:
            raise FixInput(name, UNKNOWN)
    has_cuffs = any(name in CUFFS for name in points)
    for name in known:
        if name not in points and (name not in CUFFS or has_cuffs):
            raise FixInput(name, HALF_SLEEVES if name in CUFFS else MISSING)
    for name, (x, y) in points.items():
        if not (0 <= x <= size[0] and 0 <= y <= size[1]):
            raise FixInput(name, OUTSIDE)
        if name.endswith("_right") and x <= points[name.replace("_right", "_left")][0]:
            raise FixInput(name, CROSSED)
