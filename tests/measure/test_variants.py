"""Two variants that chance chose between: which is better, and that looking every day fools nobody more often."""

import numpy as np

from bot.measure.variants import Sums, compare_variants


def _sums(rng: np.random.Generator, n: int, rates: tuple[float, float], chance: float = 0.5) -> Sums:
    is_first = rng.random(n) < chance
    liked = rng.random(n) < np.where(is_first, *rates)
    apart = liked * np.where(is_first, 1 / chance, -1 / (1 - chance))
    return Sums(n, int(is_first.sum()), int((~is_first).sum()), int((liked & is_first).sum()),
                int((liked & ~is_first).sum()), float(apart.sum()), float((apart**2).sum()))


def test_says_nothing_too_early() -> None:
    nothing = compare_variants(Sums(0, 0, 0, 0, 0, 0.0, 0.0))
    assert (nothing.verdict, nothing.is_known) == ("early", False)
    assert compare_variants(_sums(np.random.default_rng(1), 150, (0.9, 0.1))).verdict == "early"


def test_finds_the_better_one_however_sharply_was_chosen() -> None:
    for chance in (0.5, 0.8):
        found = _sums(np.random.default_rng(2), 20_000, (0.30, 0.20), chance)
        assert compare_variants(found).verdict == "better" and compare_variants(found.turned()).verdict == "worse"
        comparison = compare_variants(found)
        assert comparison.low < 0.10 < comparison.high


def test_needs_more_beside_several_others() -> None:
    found = _sums(np.random.default_rng(3), 3_000, (0.3, 0.2))
    assert compare_variants(found, others=5).low < compare_variants(found).low


def test_two_that_are_alike_are_told_apart_by_hardly_anybody_who_looks_every_day() -> None:
    rng, fooled, shops, days, a_day = np.random.default_rng(4), 0, 200, 60, 100
    for _ in range(shops):
        is_first, liked = rng.random(days * a_day) < 0.5, rng.random(days * a_day) < 0.2
        apart = liked * np.where(is_first, 2.0, -2.0)
        totals = [np.cumsum(each)[a_day - 1::a_day] for each in
                  (is_first, ~is_first, liked & is_first, liked & ~is_first, apart, apart**2)]
        looks = (Sums((n + 1) * a_day, *(int(each[n]) for each in totals[:4]), *(float(each[n]) for each in totals[4:]))
                 for n in range(days))
        fooled += any(compare_variants(each).verdict in ("better", "worse") for each in looks)
    assert fooled <= 0.05 * shops
