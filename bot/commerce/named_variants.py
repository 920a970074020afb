"""What an event says of a variant -> the variant of the engine that is meant.

Of the words of the Segment Spec only `product_id` is the engine's own: `variant` is for people ("Navy / M"), `sku` the
shop's number. So what was said may be a reference, a SKU or the options in words, and is tried as each of them.
"""

import re
from collections.abc import Collection, Iterable

from bot.commerce.types import Variant

REF_KEYS = ("variant_id", "variant_ref")  # the engine's reference, and nothing else
VARIANT_KEYS = (*REF_KEYS, "variant", "sku")
PRODUCT_KEYS = ("product_id", "product_ref")
_BETWEEN_OPTIONS = re.compile(r"[/|,·]")


def find_named(variants: Iterable[Variant], said: Collection[str]) -> Variant | None:
    """The one of a product's variants that any of the words names; None where none does, or several do."""
    variants = tuple(variants)
    by_ref = [each for each in variants if each.ref in said]
    by_sku = [each for each in variants if each.sku and each.sku in said]
    wanted = [_parts(each) for each in said]
    by_options = [each for each in variants if _parts("/".join(each.options.values())) in wanted]
    return next((found[0] for found in (by_ref, by_sku, by_options) if len(found) == 1), None)


def _parts(words: str) -> frozenset[str]:
    return frozenset(part for each in _BETWEEN_OPTIONS.split(words) if (part := each.strip().casefold()))
