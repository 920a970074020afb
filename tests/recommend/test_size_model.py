"""Which size, and how sure: nothing without evidence, more with more, and brands that run small."""

import pytest

from bot.recommend.size_model import Runs, Worn, advise, place_chances

LADDER = ("XS", "S", "M", "L", "XL")
RUN, OTHER = ("letters", "alba", ""), ("letters", "brume", "")
M = 2


def kept(times: int, run=RUN, place: int = M) -> list[Worn]:
    return [Worn(run, place, is_kept=True)] * times


def test_says_nothing_when_nothing_was_bought() -> None:
    assert advise(RUN, LADDER, LADDER, [], {}).certainty == "unknown"


def test_says_nothing_from_another_size_system() -> None:
    assert advise(RUN, LADDER, LADDER, kept(4, run=("shoes", "alba", "")), {}).certainty == "unknown"


def test_says_nothing_from_one_thing_that_went_back_without_a_reason() -> None:
    assert advise(RUN, LADDER, LADDER, [Worn(RUN, M, is_kept=False)], {}).certainty == "unknown"


def test_is_very_sure_of_what_was_kept_each_time_in_this_brand() -> None:
    advice = advise(RUN, LADDER, LADDER, kept(4), {})
    assert (advice.certainty, advice.size, advice.in_brand) == ("very_likely", "M", True)
    assert (advice.kept, advice.tried) == (4, 4)


def test_is_less_sure_of_another_brand() -> None:
    here, there = advise(RUN, LADDER, LADDER, kept(3), {}), advise(OTHER, LADDER, LADDER, kept(3), {})
    assert (here.certainty, here.size, there.certainty, there.size) == ("very_likely", "M", "likely", "M")
    assert there.probability < here.probability


def test_one_purchase_points_somewhere_and_advises_nothing() -> None:
    advice = advise(OTHER, LADDER, LADDER, kept(1), {})
    assert (advice.certainty, advice.size, advice.kept, advice.tried) == ("unknown", "M", 1, 1)


def test_lies_between_two_sizes_when_both_were_kept() -> None:
    advice = advise(RUN, LADDER, LADDER, [*kept(2), *kept(2, place=1)], {})
    assert (advice.certainty, {advice.size, advice.other}) == ("between", {"S", "M"})


@pytest.mark.parametrize(("too", "more"), [(1, "L"), (-1, "S")])
def test_a_reason_moves_it_to_the_other_side(too: int, more: str) -> None:
    chances = place_chances(RUN, LADDER, [Worn(RUN, M, is_kept=False, too=too)], {})
    assert chances[LADDER.index(more)] > chances[M]


def test_takes_one_larger_in_a_brand_that_runs_small() -> None:
    known = {RUN: Runs((0.01, 0.02, 0.97), 50), OTHER: Runs((0.01, 0.98, 0.01), 50)}
    assert advise(RUN, LADDER, LADDER, kept(3, run=OTHER), known).size == "L"
    assert advise(RUN, LADDER, LADDER, kept(3, run=OTHER), known).runs == 1
    assert advise(OTHER, LADDER, LADDER, kept(3, run=OTHER), known).size == "M"


def test_says_nothing_of_how_a_brand_runs_from_a_few_people() -> None:
    assert Runs((0.01, 0.02, 0.97), 4).told == 0
    assert Runs((0.2, 0.2, 0.6), 400).told == 0


def test_advises_no_size_that_the_product_does_not_have() -> None:
    assert advise(RUN, LADDER, ("XS", "S"), kept(4), {}).certainty == "unknown"


def test_chances_sum_to_one_unless_nothing_of_the_ladder_may_fit() -> None:
    worn = [*kept(2), Worn(OTHER, 3, is_kept=False, too=-1)]
    assert place_chances(RUN, LADDER, worn, {}).sum() == pytest.approx(1, abs=0.02)
    assert place_chances(RUN, LADDER, kept(4, place=4), {}).sum() < 0.97
