"""Products, best first -> their stock, read in portions until enough is found: a small one first, to a bound."""

from collections.abc import Iterable, Iterator
from itertools import islice

from bot.commerce.protocol import CommerceEngine
from bot.commerce.types import Availability, Product, VariantRef

MOST_LOOKED_AT = 240  # products in one answer; each portion is one call of the shop
_FIRST, _LARGEST = 12, 48


def portions[T](found: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """What to read the stock of at once: the first dozen mostly is enough; then twice as many each time, 240 in all."""
    left, size = iter(islice(found, MOST_LOOKED_AT)), _FIRST
    while some := tuple(islice(left, size)):
        yield some
        size = min(2 * size, _LARGEST)


class StockOnce:
    """The stock for as long as one answer is looked for: of each variant it is read once."""

    def __init__(self, commerce: CommerceEngine) -> None:
        """Reads nothing before it is asked."""
        self._commerce = commerce
        self._known: dict[VariantRef, Availability] = {}

    def of(self, products: Iterable[Product]) -> list[Availability]:
        """What the shop says of every variant of some products. Raises what the engine raises."""
        refs = [variant.ref for product in products for variant in product.variants]
        if new := [ref for ref in refs if ref not in self._known]:
            self._known |= {each.variant_ref: each for each in self._commerce.get_availability(new)}
        return [self._known[ref] for ref in refs if ref in self._known]
