"""A small run of the size advice's measure."""

import pytest

from benchmarks.size_advice import EASY, HARD, World, measure


@pytest.mark.parametrize("world", [EASY, HARD])
def test_is_right_as_often_as_it_says_and_more_often_than_the_size_kept_most(world: World) -> None:
    told = measure(1_000, 3, world)
    words = told["words"]
    assert words["very_likely"]["right"] > 0.78
    assert words["likely"]["right"] > 0.55
    assert words["between"]["right"] > 0.75
    assert told["best_guess_hit_rate"] > told["peers"]["kept_most"]["best_guess_hit_rate"]
