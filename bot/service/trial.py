"""Stage A5: what a basket would cost, computed by the shop: on a trial basket that belongs to nobody, read back.

The customer's own basket is not touched. What the shop grants to one customer alone it cannot show here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.commerce.protocol import CommerceEngine
from bot.commerce.read_once import TRIAL
from bot.commerce.types import Cart, VariantRef
from bot.errors import InsufficientStock, NotAllowed, NotFound


@dataclass(frozen=True)
class Trial:
    """The trial basket with the shop's prices; what it would not take, with how many are left; codes refused, why."""

    cart: Cart
    short: Mapping[VariantRef, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    def cost_minor(self, pieces: Mapping[VariantRef, int]) -> int:
        """What so many pieces cost at the trial's prices, before offers and delivery, in minor units."""
        return sum(line.unit_price_minor * pieces.get(line.variant_ref, 0) for line in self.cart.lines)


def try_basket(
    commerce: CommerceEngine, pieces: Mapping[VariantRef, int], *, codes: Iterable[str] = (), key: str
) -> Trial:
    """Price pieces (variant -> how many) with offers applied, as the shop would now. Writes a trial basket, once a key.

    A code that is refused has the protocol's word (`offer_expired`, `offer_does_not_fit`), or `unknown`.
    """
    cart = commerce.open_cart(None, idempotency_key=f"{TRIAL}{key}")
    short: dict[VariantRef, int] = {}
    for ref, quantity in pieces.items():
        try:
            commerce.set_line(cart.ref, ref, quantity)
        except InsufficientStock as error:
            short[ref] = error.available
        except NotFound:
            short[ref] = 0
    refused: dict[str, str] = {}
    for code in codes:
        try:
            commerce.apply_offer(cart.ref, code)
        except NotFound:
            refused[code] = "unknown"
        except NotAllowed as error:
            refused[code] = error.reason
    return Trial(commerce.get_cart(cart.ref), short, refused)


def pieces_of(cart: Cart | None) -> dict[VariantRef, int]:
    """Variant -> how many of it lie in a basket."""
    pieces: dict[VariantRef, int] = {}
    for line in cart.lines if cart else ():
        pieces[line.variant_ref] = pieces.get(line.variant_ref, 0) + line.quantity
    return pieces
