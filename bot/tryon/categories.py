"""What a shop calls a type of product -> which way such a thing is tried on. Pure."""

import re
from collections.abc import Iterable, Mapping

from bot.commerce.folding import fold
from bot.tryon.record import Category

_NAMES: Mapping[Category, tuple[str, ...]] = {  # English and French; plurals are known by their endings
    "top": (
        "top", "t-shirt", "tshirt", "tee-shirt", "tee", "shirt", "polo", "polo shirt", "tank top", "blouse", "sweater",
        "jumper", "pullover", "sweatshirt", "hoodie", "knitwear", "knit", "haut", "chemise", "chemisier", "débardeur",
        "marinière", "pull", "pull-over", "sweat", "maille", "tricot",
    ),
    "hat": (
        "hat", "cap", "beanie", "beret", "fedora", "panama", "bucket hat", "straw hat", "baseball cap", "headwear",
        "chapeau", "bonnet", "casquette", "béret", "bob", "couvre-chef",
    ),
    "glasses": (
        "glasses", "sunglasses", "eyeglasses", "eyewear", "lunettes", "lunettes de soleil", "lunettes de vue",
        "solaires",
    ),
}
_BETWEEN = re.compile(r"[&/,;|+>]| and | et | ou | or ")


def find_category(names: Iterable[str]) -> Category | None:
    """What a type is by any of its names; `hats_&_caps` is what both are. None where no name says it, or two differ."""
    found = {category for name in names if (category := _read(name))}
    return found.pop() if len(found) == 1 else None


def _read(name: str) -> Category | None:
    parts = [_stem(part) for part in _BETWEEN.split(f" {fold(name.replace('_', ' '))} ") if part.strip()]
    found = {_CATEGORY_OF.get(part) for part in parts}
    return found.pop() if len(found) == 1 else None


def _stem(name: str) -> str:
    """The name without its words' plurals and hyphens."""
    return " ".join(re.sub(r"[sx]$", "", word) for word in fold(name).replace("-", " ").split())


_CATEGORY_OF = {_stem(name): category for category, names in _NAMES.items() for name in names}
