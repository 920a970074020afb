"""What the recommender hands out, and the numpy column types that its steps share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.commerce.types import Product, ProductRef, Variant, VariantRef

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Reason:
    """Why a product is shown: `facts` are what makes `text` true, for whoever checks it."""

    key: str
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Recommendation:
    """One product for one customer. `variant` is in stock, in the customer's size where we know it."""

    product: Product
    variant: Variant
    reason_key: str
    reason_text: str
    score: float
    is_size_known: bool = True  # False: ask for the size before it goes into a basket
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Purchase:
    """What became of one line of the customer's orders: pieces kept and pieces sent back."""

    product_ref: ProductRef
    variant_ref: VariantRef
    title: str
    options: Mapping[str, str]
    kept: int
    returned: int
    bought_at: datetime
    place_ref: str = ""  # the store it was collected in; "" for what was sent home
    price_minor: int = 0  # of a piece; 0 where it is not told
    currency: str = ""
