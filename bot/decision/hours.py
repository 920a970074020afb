"""Stage 3: at which hours a person answers, from their own few messages and everybody's many. Pure."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOURS = 24
PRIOR_MESSAGES = 12.0  # what everybody does counts as much as so many of the person's own messages
_KERNEL = (0.25, 0.5, 0.25)  # who answered at nine may answer at ten
EVERYBODY = "*"  # the channel of those on all channels


def count_by_hour(hours: Mapping[str, float], channel: str) -> Floats:
    """The trait `answer_hours` ("web 14h" -> times) as 24 counts of one channel, or of all for `*`."""
    counts = np.zeros(HOURS)
    for name, times in hours.items():
        where, _, hour = name.rpartition(" ")
        if channel in (where, EVERYBODY) and hour.endswith("h") and hour[:-1].isdigit() and int(hour[:-1]) < HOURS:
            counts[int(hour[:-1])] += times
    return counts


def fit_of_hours(own: Floats, everybody: Floats) -> Floats:
    """For each hour how much likelier an answer is than at an average one (1.0), by both; midnight joins 23h."""
    prior = _smooth(everybody) + 1.0 / HOURS
    prior /= prior.sum()
    share = (_smooth(own) + PRIOR_MESSAGES * prior) / (own.sum() + PRIOR_MESSAGES)
    fit: Floats = share * HOURS
    return fit


def _smooth(counts: Floats) -> Floats:
    before, middle, after = _KERNEL
    smoothed: Floats = before * np.roll(counts, 1) + middle * counts + after * np.roll(counts, -1)
    return smoothed
