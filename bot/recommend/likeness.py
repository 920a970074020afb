"""How alike products are: by type, colour, price and brand, and by what their texts mean in whatever language."""

import numpy as np

from bot.commerce.types import Product
from bot.recommend.catalogue import Catalogue
from bot.recommend.types import Floats

MEANING_COUNTS = 0.3


def similar(catalogue: Catalogue, product: Product) -> Floats:
    """How alike each product of the same type is: colour, price, brand, and what its texts say. 1 is the most alike."""
    row = catalogue.row_of.get(product.ref)
    if row is None:
        return np.zeros(len(catalogue))
    same_type = catalogue.type_code == catalogue.type_code[row]
    same_colour = (catalogue.has_colour & catalogue.has_colour[row]).any(axis=1)
    same_brand = (catalogue.brand_code == catalogue.brand_code[row]) & (catalogue.brand_code[row] >= 0)
    price = max(catalogue.price_minor[row], 1)
    near = np.exp(-np.abs(np.log(np.maximum(catalogue.price_minor, 1) / price)))
    alike = 0.5 + 0.2 * same_colour + 0.2 * near + 0.1 * same_brand
    if (meant := _alike_in_meaning(catalogue, row)) is not None:
        alike = (1 - MEANING_COUNTS) * alike + MEANING_COUNTS * meant
    alike[row] = 0
    result: Floats = alike * same_type
    return result


def _alike_in_meaning(catalogue: Catalogue, row: int) -> Floats | None:
    """From 0 for the least alike of the catalogue to 1 for the most; None where the product was not encoded yet."""
    if catalogue.meaning is None or not catalogue.meaning[row].any():
        return None
    cosine = catalogue.meaning @ catalogue.meaning[row]
    others = np.delete(cosine, row)
    if not len(others) or others.max() == others.min():
        return None
    scaled: Floats = (cosine - others.min()) / (others.max() - others.min())
    return np.clip(scaled, 0.0, 1.0)
