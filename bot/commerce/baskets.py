"""What every engine asks of a basket's change before the vendor hears of it, and how two baskets become one."""

from collections.abc import Iterable

from bot.commerce.types import Availability
from bot.errors import Conflict, FixInput, InsufficientStock, NotFound

MOST_OF_ONE_THING = 20


def require_quantity(quantity: int) -> None:
    """FixInput for a quantity that nobody can mean."""
    if not 0 <= quantity <= MOST_OF_ONE_THING:
        raise FixInput("quantity", f"must be between 0 and {MOST_OF_ONE_THING}")


def require_version(found: int, expected: int | None) -> None:
    """Conflict when the basket is another than the caller saw."""
    if expected is not None and found != expected:
        raise Conflict("the basket was changed meanwhile")


def require_pieces(available: Availability, quantity: int, before: int) -> None:
    """That there are as many: what lies in the basket already may stay. NotFound, InsufficientStock."""
    if available.state == "unknown" and quantity > before:
        raise NotFound(f"variant {available.variant_ref}")
    if available.quantity is not None and quantity > max(available.quantity, before):
        raise InsufficientStock(available.quantity)
    if quantity and not before and not available.is_sellable_online:
        raise InsufficientStock(0)


def joined_quantity(held: Iterable[int], available: Availability) -> int:
    """Pieces of a thing in a basket that two became: the larger of both, or as many as there are, as signing in is no
    reason to hear of a shortage. 0 where it is not sold any more.
    """
    quantity = min(max(held), MOST_OF_ONE_THING)
    if not available.is_sellable_online:
        return 0
    return quantity if available.quantity is None else min(quantity, available.quantity)
