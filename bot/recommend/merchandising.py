"""What the shop's people decide of products, whatever a ranking says: what is never shown, and what comes first.

`data/shops/<shop>/merchandising.toml`:

    [bans.recalled]                      # a name of your own; never suggested and never found
    products = ["bottines-fourrees-igloo"]

    [pins.harbour]                       # comes first among what answers alike
    brands = ["brume-et-sel"]
    types = ["sweater"]                  # every key that is given has to hold
    from = 2026-11-01
    until = 2026-12-24                   # the last day
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from bot.commerce.types import Product, ProductRef
from bot.recommend.types import Floats, Mask
from bot.toml_file import Table, read_toml

_KEYS = frozenset({"products", "types", "brands", "from", "until"})
_ALIKE = 0.2  # of the way from the worst to the best: what lies so near fits as well


@dataclass(frozen=True)
class Choice:
    """Some products, on some days. Empty parts leave it open; `products` are references or slugs."""

    products: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    brands: frozenset[str] = frozenset()
    first_day: date = date.min
    last_day: date = date.max

    def holds(self, product: Product, day: date) -> bool:
        """Whether a product is meant on a day."""
        return (
            self.first_day <= day <= self.last_day
            and (not self.products or bool(self.products & {product.ref, product.slug}))
            and (not self.types or product.product_type in self.types)
            and (not self.brands or product.brand in self.brands)
        )


@dataclass(frozen=True)
class Merchandising:
    """Every choice of a shop."""

    bans: tuple[Choice, ...] = ()
    pins: tuple[Choice, ...] = ()

    def banned(self, products: Iterable[Product], day: date) -> frozenset[ProductRef]:
        """What must not be shown on a day."""
        return _chosen(self.bans, products, day)

    def pinned(self, products: Iterable[Product], day: date) -> frozenset[ProductRef]:
        """What comes first on a day."""
        return _chosen(self.pins, products, day)


def load_merchandising(path: Path) -> Merchandising:
    """A shop's choices; none where there is no file. FixConfiguration names file, line and key of what is wrong."""
    if not path.is_file():
        return Merchandising()
    file = read_toml(path)
    file.refuse_unknown(frozenset({"bans", "pins"}))
    return Merchandising(*(tuple(_choice(table) for _, table in file.tables(kind)) for kind in ("bans", "pins")))


def lead_with_pins(score: Floats, is_pinned: Mask, meant: Mask) -> Floats:
    """Scores in which a pin leads what fits about as well, and never what fits better; only `meant` rows are lifted.

    It goes by how far the scores lie apart, so that any ranker's will do.
    """
    rows = meant & is_pinned
    if not rows.any():
        return score
    apart = float(np.ptp(score[meant])) or 1.0
    return np.asarray(score + _ALIKE * apart * rows, dtype=np.float64)


def _chosen(choices: Iterable[Choice], products: Iterable[Product], day: date) -> frozenset[ProductRef]:
    choices = tuple(choices)
    return frozenset(each.ref for each in products if any(choice.holds(each, day) for choice in choices))


def _choice(table: Table) -> Choice:
    table.refuse_unknown(_KEYS)
    parts = {key: frozenset(table.texts(key, ())) for key in ("products", "types", "brands")}
    if not any(parts.values()):
        raise table.fail("products", "is missing: name products, types or brands")
    return Choice(**parts, first_day=_day(table, "from", date.min), last_day=_day(table, "until", date.max))


def _day(table: Table, key: str, default: date) -> date:
    value = table.values.get(key, default)
    if type(value) is not date:
        raise table.fail(key, "must be a day without quotes, as in 2026-12-24")
    return value
