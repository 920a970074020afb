"""How alike products are: by type, colour, price and brand, and by what their texts mean in whatever language."""

import numpy as np

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Floats, Rows

MEANING_COUNTS = 0.3


def similar(catalogue: Catalogue, product: Product) -> Floats:
    """How alike each product of the same type is: colour, price, brand, and what its texts say. 1 is the most alike."""
    alike = np.zeros(len(catalogue))
    row = catalogue.row_of.get(product.ref)
    if row is None:
        return alike
    rows = np.flatnonzero(catalogue.type_code == catalogue.type_code[row])
    same_colour = (catalogue.has_colour[rows] & catalogue.has_colour[row]).any(axis=1)
    same_brand = (catalogue.brand_code[rows] == catalogue.brand_code[row]) & (catalogue.brand_code[row] >= 0)
    price = max(catalogue.price_minor[row], 1)
    near = np.exp(-np.abs(np.log(np.maximum(catalogue.price_minor[rows], 1) / price)))
    alike[rows] = 0.5 + 0.2 * same_colour + 0.2 * near + 0.1 * same_brand
    if (meant := _alike_in_meaning(catalogue, row, rows)) is not None:
        alike[rows] = (1 - MEANING_COUNTS) * alike[rows] + MEANING_COUNTS * meant
    alike[row] = 0
    return alike


def _alike_in_meaning(catalogue: Catalogue, row: int, rows: Rows) -> Floats | None:
    """From 0 for the least alike of some rows to 1 for the most; None where the product was not encoded yet.

    Only its own type is compared: all of a large catalogue would cost a turn tens of milliseconds.
    """
    if catalogue.meaning is None or not catalogue.meaning[row].any():
        return None
    cosine = catalogue.meaning[rows] @ catalogue.meaning[row]
    others = cosine[rows != row]
    if not len(others) or others.max() == others.min():
        return None
    scaled: Floats = (cosine - others.min()) / (others.max() - others.min())
    return np.clip(scaled, 0.0, 1.0)
