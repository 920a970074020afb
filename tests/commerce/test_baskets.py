"""What no basket may hold, and what two of them make, whatever engine keeps them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.commerce.baskets import MOST_OF_ONE_THING, joined_quantity, require_pieces, require_quantity, require_version
from bot.commerce.types import Availability, VariantRef
from bot.errors import Conflict, FixInput, InsufficientStock, NotFound

FIVE = Availability(VariantRef("v"), "in_stock", 5, True, datetime(2026, 11, 29, tzinfo=UTC))
UNCOUNTED, UNSOLD = replace(FIVE, quantity=None), replace(FIVE, is_sellable_online=False)
UNKNOWN = replace(FIVE, state="unknown", quantity=None)


@pytest.mark.parametrize("quantity", [-1, MOST_OF_ONE_THING + 1])
def test_takes_no_quantity_that_nobody_can_mean(quantity: int) -> None:
    with pytest.raises(FixInput, match="quantity"):
        require_quantity(quantity)


def test_changes_nothing_over_a_basket_that_the_caller_did_not_see() -> None:
    require_version(1, None)
    require_version(1, 1)
    with pytest.raises(Conflict):
        require_version(1, 2)


@pytest.mark.parametrize(("available", "quantity", "before", "error"), [
    (FIVE, 6, 0, InsufficientStock), (UNSOLD, 1, 0, InsufficientStock), (UNKNOWN, 1, 0, NotFound),
])
def test_puts_nothing_in_that_is_not_there(
    available: Availability, quantity: int, before: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        require_pieces(available, quantity, before)


@pytest.mark.parametrize(("available", "quantity", "before"), [
    (FIVE, 5, 0), (FIVE, 7, 8), (UNCOUNTED, 20, 0), (UNSOLD, 1, 2), (UNKNOWN, 0, 3), (UNSOLD, 0, 0),
])
def test_leaves_what_was_in_before_however_little_there_is(
    available: Availability, quantity: int, before: int
) -> None:
    require_pieces(available, quantity, before)


@pytest.mark.parametrize(("held", "available", "expected"), [
    ([1, 3], FIVE, 3), ([7], FIVE, 5), ([30, 2], UNCOUNTED, MOST_OF_ONE_THING), ([2], UNSOLD, 0),
])
def test_joins_to_the_larger_number_or_what_there_is(held: list[int], available: Availability, expected: int) -> None:
    assert joined_quantity(held, available) == expected
