"""Stage 3: a shop's `[worth]` and hopes of candidates -> what each is worth in net, and which are not worth it. Pure.

Net is what is hoped of a message, less what its channel costs and what one message more costs somebody who heard many.
It is said in the value of the goal (a purchase is 1), as hopes are, so that gamma means the same with and without it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.decision.guardrails import OCCASIONAL, Held
from bot.decision.pricing import Pricing

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_NEVER_OTHERWISE = ~int(OCCASIONAL)  # what nobody can have anyway is not weighed
_NOT_WORTH_IT = int(Held.NOT_WORTH_IT)


def find_net(hopes: Floats, sent_week: Ints, channels: Sequence[str], pricing: Pricing) -> Floats:
    """N x K, in the value of the goal, for a shop that prices.

    `sent_week`: N, the messages of this category in a week around the moment, over all channels.
    """
    costs = np.array([pricing.cost_of(each) for each in channels])
    net: Floats = hopes - costs - (pricing.fatigue * sent_week)[:, None]
    return net


def hold_unworthy(held: Ints, net: Floats, purpose: str, pricing: Pricing) -> Ints:
    """The bits of every candidate, with `not_worth_it` where nothing is left. News of an order is never weighed."""
    if not pricing.is_on or purpose == "service":
        return held
    is_unworthy = (net <= 0) & ((held & _NEVER_OTHERWISE) == 0)
    return np.where(is_unworthy, held | _NOT_WORTH_IT, held)


def say_net(net: Floats, pricing: Pricing) -> Floats:
    """The same in minor units of the shop's currency, to a thousandth."""
    return np.round(net * pricing.purchase_minor, 3)
