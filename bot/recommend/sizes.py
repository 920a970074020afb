"""Purchases -> the customer's size in each system: what was kept speaks for a size, what went back against it.

And with what they told: their size in a product.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from bot.commerce.types import Product, ProductRef
from bot.profile.told_sizes import LETTERED, LETTERS, NUMBERED
from bot.recommend.size_tables import own_sizes, told_elsewhere
from bot.recommend.style import Style
from bot.recommend.traits import size_of, size_system, sizes_of, slot_of
from bot.recommend.types import Purchase

_SAME = {"2xl": "xxl", "3xl": "xxxl"}
_CLOTHES = frozenset({"outer", "top", "bottom", "dress"})
NO_STYLE = Style()


def derive_sizes(purchases: Iterable[Purchase], products: Mapping[ProductRef, Product]) -> dict[str, str]:
    """Size per system, only where something kept proves it; the latest purchase decides between equals."""
    kept: dict[tuple[str, str], int] = defaultdict(int)
    latest: dict[tuple[str, str], float] = {}
    for purchase in purchases:
        product, size = products.get(purchase.product_ref), size_of(purchase.options)
        if product is None or not size:
            continue
        key = (size_system(product), size)
        kept[key] += purchase.kept - purchase.returned
        latest[key] = max(latest.get(key, 0.0), purchase.bought_at.timestamp())
    proven = sorted((count, latest[key], key) for key, count in kept.items() if count > 0)
    return {system: size for _, _, (system, size) in proven}


def customer_size(product: Product, proven: Mapping[str, str], style: Style = NO_STYLE) -> str:
    """The customer's size in this product, as the product spells it; "" when we do not know.

    What they told of its kind goes first, then what their purchases prove, then a number that they told of no kind.
    """
    known = _proven_size(product, proven)
    if told := told_size(product, style):
        found = own_sizes(product, told)
        return found[0] if len(found) == 1 else known if known in found else ""
    return known or spare_size(product, style, proven)


def told_size(product: Product, style: Style) -> str:
    """The size that they told of things of this kind, in their own words; what is asked for now first, "" for none."""
    asked = next((size for size in style.sizes if len(own_sizes(product, size)) == 1), "")
    letters = style.known_sizes.get(LETTERED, "")
    return asked or _told_of_kind(product, style) or (letters if letters and own_sizes(product, letters) else "")


def spare_size(product: Product, style: Style, proven: Mapping[str, str]) -> str:
    """What a number told of nothing in particular, or of other clothes alone, is in this product; "" where unclear.

    A number that is what they wear in something else, as purchases prove, was told of that. It is nothing for shoes,
    which come in the numbers of clothes, too.
    """
    clothes = [style.known_sizes[slot] for slot in _CLOTHES & style.known_sizes.keys()]
    number = style.known_sizes.get(NUMBERED, "")
    is_open = slot_of(product) != "shoes" and number not in proven.values()
    said = {number if is_open else "", *(clothes if slot_of(product) in _CLOTHES else ())}
    found = {own for each in said if each and each.lower() not in LETTERS for own in own_sizes(product, each)}
    return next(iter(found)) if len(found) == 1 else ""


def is_out_of_range(product: Product, proven: Mapping[str, str], style: Style = NO_STYLE) -> bool:
    """Whether the customer's size is known, and lies beyond the smallest or largest that a product is made in.

    A size in between, or of another sort than the product's, proves nothing. A number of no kind may be of anything.
    """
    if not _is_of_one_scale(product):
        return False
    run = [place for size in sizes_of(product) if (place := _place(size)) is not None]
    if not run or len(run) < len(sizes_of(product)) or customer_size(product, proven, style):
        return False
    letters = next((size for size in style.sizes if size.lower() in LETTERS), style.known_sizes.get(LETTERED, ""))
    told = _told_of_kind(product, style) or letters
    known = [told] if told else [size for system, size in proven.items() if system == size_system(product)]
    own = [place for size in known if (place := _place(size)) is not None and place[0] == run[0][0]]
    return bool(own) and all(not min(run) <= place <= max(run) for place in own)


def _told_of_kind(product: Product, style: Style) -> str:
    """What they told of its type, else of where it is worn: what holds for tops holds for what goes over them."""
    slot = slot_of(product)
    kinds = (product.product_type, slot, *(("top",) if slot == "outer" else ()))
    return next((told for kind in kinds if (told := style.known_sizes.get(kind, ""))), "")


def _proven_size(product: Product, proven: Mapping[str, str]) -> str:
    own = {size.lower(): size for size in sizes_of(product)}
    if same := own.get(proven.get(size_system(product), "").lower(), ""):
        return same
    elsewhere = (own_sizes(product, said) for system, size in proven.items()
                 if (said := told_elsewhere(system, size, size_system(product))))
    return next((found[0] for found in elsewhere if len(found) == 1), "")


def _is_of_one_scale(product: Product) -> bool:
    """Whether one customer has one size in all of its kind: an XL of jumpers is none of gloves, a belt's 85 no hat's.

    Of men's numbers, as of those for nobody in particular, some are collars and others waists or chests.
    """
    kind = size_system(product).partition("@")[0]
    return kind == "letters" and slot_of(product) in _CLOTHES or kind == "women:numbers" or kind.endswith("shoes")


def _place(size: str) -> tuple[str, float] | None:
    """Where a size stands among its like; None for what is no single letter size or number."""
    if (letters := size.lower()) in LETTERS:
        return "letters", float(LETTERS.index(_SAME.get(letters, letters)))
    number = size.replace(",", ".").replace("½", ".5")
    return ("numbers", float(number)) if re.fullmatch(r"\d+(?:\.\d+)?", number) else None
