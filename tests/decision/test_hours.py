"""When a person answers: everybody's hours until they showed their own."""

import numpy as np
import pytest

from bot.decision.hours import count_by_hour, fit_of_hours

NOBODY = np.zeros(24)


def test_knows_no_better_hour_when_nothing_is_known():
    assert fit_of_hours(NOBODY, NOBODY) == pytest.approx(np.ones(24))


def test_leaves_out_what_is_no_hour_of_the_channel():
    counts = count_by_hour({"web 14h": 3, "email 14h": 2, "web 99h": 1, "14h": 5, "web late": 1}, "web")
    assert counts[14] == 3 and counts.sum() == 3
    assert count_by_hour({"web 14h": 3, "email 14h": 2}, "*")[14] == 5


def test_takes_everybodys_hours_for_somebody_new():
    evening = count_by_hour({"web 20h": 100, "web 21h": 80}, "web")
    fit = fit_of_hours(NOBODY, evening)
    assert fit.argmax() == 20 and fit.mean() == pytest.approx(1.0)


def test_own_hours_outweigh_everybodys_with_time_and_midnight_joins():
    evening = count_by_hour({"web 20h": 1_000}, "web")
    own = count_by_hour({"web 00h": 60}, "web")
    fit = fit_of_hours(own, evening)
    assert fit.argmax() == 0 and fit[23] > fit[12]
    assert fit_of_hours(own / 60, evening).argmax() == 20
