"""The libraries' side of `make bench ONLY=decide`, run by .venv-peers: decisions and updates a second of one library.

Each chooses among the same number of candidates over the same number of features, in the way its documentation shows
for one decision at a time, and says a probability where it knows one. None has guardrails.
"""

import time
from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from random import random
from typing import Any

import numpy as np

from benchmarks.borrowed import answer_lines, import_obp

SEED = 7
CUSTOMERS = 200
WARM_UP = 30


def measure(act: Callable[[int], object], seconds: float) -> dict[str, float]:
    """How many a second by the median, and the 99th percentile of one."""
    for number in range(WARM_UP):
        act(number)
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        act(len(took))
        took.append(time.perf_counter() - began)
    return {"per_second": 1 / float(np.median(took)), "p99_ms": float(np.percentile(took, 99)) * 1_000}


def _figures(decided: dict[str, float], updated: dict[str, float]) -> dict[str, float]:
    return {"decisions_per_second": decided["per_second"], "p99_ms": decided["p99_ms"],
            "updates_per_second": updated["per_second"]}


def vowpalwabbit(arms: int, size: int, seconds: float) -> dict[str, float]:
    """cb_explore_adf with its own inverse-gap weighting (squarecb); examples parsed before, its faster way."""
    import vowpalwabbit as vw

    rng = np.random.default_rng(SEED)
    space = vw.Workspace("--cb_explore_adf --squarecb --quiet")
    texts = [
        ["shared |s always", *(f"|a {' '.join(f'f{n}:{value:.4f}' for n, value in enumerate(row))}" for row in rows)]
        for rows in rng.normal(size=(CUSTOMERS, arms, size))
    ]
    labelled = [[each[0], f"0:{-1.0 * (number % 2)}:0.1 {each[1]}", *each[2:]] for number, each in enumerate(texts)]
    for each in labelled:
        space.learn(each)

    def draw(chances: list[float]) -> int:
        return bisect(list(accumulate(chances)), random())

    parsed = [space.parse(each, vw.LabelType.CONTEXTUAL_BANDIT) for each in texts]
    decided = measure(lambda n: draw(space.predict(parsed[n % CUSTOMERS])), seconds)
    from_text = measure(lambda n: draw(space.predict(texts[n % CUSTOMERS])), seconds)
    updated = measure(lambda n: space.learn(labelled[n % CUSTOMERS]), seconds)
    return {**_figures(decided, updated), "from_text_per_second": from_text["per_second"]}


def mabwiser(arms: int, size: int, seconds: float) -> dict[str, float]:
    """LinUCB, a ridge regression an arm."""
    from mabwiser.mab import MAB, LearningPolicy

    rng = np.random.default_rng(SEED)
    contexts = rng.normal(size=(2_000, size))
    mab = MAB(list(range(arms)), LearningPolicy.LinUCB(alpha=0.2), seed=SEED)
    mab.fit(list(rng.integers(0, arms, 2_000)), list(rng.random(2_000)), contexts)
    decided = measure(lambda n: mab.predict(contexts[n % 2_000][None]), seconds)
    updated = measure(lambda n: mab.partial_fit([n % arms], [float(n % 2)], contexts[n % 2_000][None]), seconds)
    return _figures(decided, updated)


def obp(arms: int, size: int, seconds: float) -> dict[str, float]:
    """LogisticTS; of its linear policies none is faster."""
    policies = import_obp().policy
    rng = np.random.default_rng(SEED)
    contexts = rng.normal(size=(2_000, size))
    policy = policies.LogisticTS(dim=size, n_actions=arms, random_state=SEED)
    decided = measure(lambda n: policy.select_action(contexts[n % 2_000][None]), seconds)
    updated = measure(lambda n: policy.update_params(n % arms, n % 2, contexts[n % 2_000][None]), seconds)
    return _figures(decided, updated)


def river(arms: int, size: int, seconds: float) -> dict[str, float]:
    """LinUCBDisjoint."""
    from river import bandit

    rng = np.random.default_rng(SEED)
    contexts = [{f"f{n}": float(value) for n, value in enumerate(row)} for row in rng.normal(size=(200, size))]
    policy = bandit.LinUCBDisjoint(alpha=0.2, seed=SEED)
    names = list(range(arms))
    for n in range(2 * arms):
        policy.update(n % arms, contexts[n % 200], float(n % 2))
    decided = measure(lambda n: policy.pull(names, context=contexts[n % 200]), seconds)
    updated = measure(lambda n: policy.update(n % arms, contexts[n % 200], float(n % 2)), seconds)
    return _figures(decided, updated)


def contextualbandits(arms: int, size: int, seconds: float) -> dict[str, float]:
    """LinUCB."""
    from contextualbandits.online import LinUCB

    rng = np.random.default_rng(SEED)
    contexts = rng.normal(size=(2_000, size))
    policy = LinUCB(nchoices=arms, alpha=0.2, random_state=SEED)
    policy.fit(contexts, rng.integers(0, arms, 2_000), rng.integers(0, 2, 2_000).astype(float))
    decided = measure(lambda n: policy.predict(contexts[n % 2_000][None]), seconds)
    chosen, rewards = np.arange(arms), np.array([0.0, 1.0])
    updated = measure(
        lambda n: policy.partial_fit(contexts[n % 2_000][None], chosen[n % arms][None], rewards[n % 2][None]), seconds
    )
    return _figures(decided, updated)


PEERS = {each.__name__: each for each in (vowpalwabbit, mabwiser, obp, river, contextualbandits)}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """One library's figures."""
    return PEERS[question["peer"]](question["arms"], question["size"], question["seconds"])


if __name__ == "__main__":
    answer_lines(answer)
