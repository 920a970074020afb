"""Stage 3: what each candidate is worth to each person: by the model where it knows enough, else by the shop's file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from bot.decision.facts_for import Candidate, Moment, Wish
from bot.decision.features import SIZE, build_features
from bot.decision.learned import Learned
from bot.decision.net_worth import Ints, find_net, say_net
from bot.decision.persons import Person
from bot.decision.pricing import Pricing
from bot.decision.triggers import Trigger
from bot.decision.value_model import gamma_after

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Worth:
    """Of N wishes and K candidates: what is expected, what is hoped, in net once priced, and how sharply to choose."""

    values: Floats
    hopes: Floats
    gamma: float
    features: Floats | None = None  # N x K x D where outcomes are learned
    window_seconds: float = 0.0
    net_minor: Floats | None = None  # N x K, where the shop prices: the hopes in minor units


def value_candidates(
    learned: Learned, persons: Mapping[str, Person], trigger: Trigger, wishes: Sequence[Wish],
    candidates: Sequence[Candidate], leaves_at: Sequence[Sequence[datetime]], moment: Moment,
) -> Worth:
    """The values to choose by. Until enough outcomes are known they are the file's, and so is gamma. Pure."""
    rules = np.array([[each.value for each in candidates]] * len(wishes), dtype=np.float64)
    learning = moment.guardrails.learning
    if not learning.is_on:
        return Worth(rules, rules, trigger.gamma)
    known = learned.known
    people = [persons[wish.root] for wish in wishes]
    features = build_features(
        people, learned.habits, known.everybody if known else {}, trigger, wishes, candidates,
        leaves_at, moment,
    )
    if known is None or not candidates:
        return Worth(rules, rules, trigger.gamma, features, learning.window_seconds)
    model = known.model
    gamma = min(trigger.gamma, learning.gamma_scale * gamma_after(model.outcomes, len(candidates), model.noise))
    hopes = model.hope(features.reshape(-1, SIZE)).reshape(rules.shape)
    return Worth(model.value(features), hopes, gamma, features, learning.window_seconds)


def price(worth: Worth, sent_week: Ints, candidates: Sequence[Candidate], pricing: Pricing) -> Worth:
    """The same in net: hopes less what channels cost and messages tire. As it was where the shop prices nothing."""
    if not pricing.is_on:
        return worth
    net = find_net(worth.hopes, sent_week, [each.channel for each in candidates], pricing)
    return replace(worth, hopes=net, net_minor=say_net(net, pricing))
