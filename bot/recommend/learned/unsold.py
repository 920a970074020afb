"""What nobody has bought yet has no past to learn from: it borrows the factors of what its texts are most like.

Measured on products that came in later, in docs/recommending.md: `make evaluate-new-products`.
"""

from dataclasses import dataclass

import numpy as np

from bot.recommend.catalogue import Catalogue
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.crowd import POWER
from bot.recommend.learned.model import Learned
from bot.recommend.types import Floats, Rows, Singles

NEAREST = 5
SHARPNESS = 30.0  # cosines of such encodings lie close together: a tenth nearer counts twenty times as much


@dataclass(frozen=True)
class Unsold:
    """Products of a catalogue that nothing was learned about, and factors for them."""

    rows: Rows  # in the catalogue
    factors: Singles  # rows x factors

    @classmethod
    def of(cls, learned: Learned, catalogue: Catalogue) -> "Unsold":
        """Those whose texts were encoded; none where no text was."""
        factors = learned.crowd.factors
        nothing = cls(np.zeros(0, dtype=np.int64), np.zeros((0, factors.shape[1]), dtype=np.float32))
        if catalogue.meaning is None:
            return nothing
        number = np.array([learned.number_of.get(product.ref, -1) for product in catalogue.products], dtype=np.int64)
        is_read = catalogue.meaning.any(axis=1)
        sold, rows = np.flatnonzero((number >= 0) & is_read), np.flatnonzero((number < 0) & is_read)
        if not len(sold) or not len(rows):
            return nothing
        lent = factors[number[sold]] / learned.crowd.left[number[sold], None]
        return cls(rows, borrow_factors(catalogue.meaning[rows], catalogue.meaning[sold], lent))

    def fit(self, crowd_factors: Singles, lines: Baskets) -> Singles:
        """What the regression would expect of each for somebody with these lines."""
        own, times = np.unique(lines.item, return_counts=True)
        met = (times**POWER).astype(np.float32) @ crowd_factors[own]
        return np.asarray(self.factors @ met, dtype=np.float32)


def borrow_factors(new: Floats, sold: Floats, lent: Singles) -> Singles:
    """For texts that are new, the weighted middle of what the nearest sold ones have: new x factors.

    `new` and `sold` are encodings of length 1, one row a text; `lent` has one row of factors for each sold one.
    """
    cosine = new @ sold.T
    most = min(NEAREST, len(sold))
    nearest = np.argpartition(-cosine, most - 1, axis=1)[:, :most]
    met = np.take_along_axis(cosine, nearest, axis=1)
    weight = np.exp(SHARPNESS * (met - met.max(axis=1, keepdims=True)))
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("nk,nkf->nf", weight, lent[nearest]), dtype=np.float32)
