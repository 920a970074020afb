"""The libraries' side of `make evaluate-decisions`, run by .venv-peers: policies of others in the simulated shops."""

from typing import Any

import numpy as np

from benchmarks.borrowed import answer_lines, import_obp
from benchmarks.decisions.world import ARMS, AT_ONCE, SIZE, World, judge_path, make_world


def play_lints(world: World, seed: int, alpha: float) -> np.ndarray:
    """LinTS of MABWiser."""
    from mabwiser.mab import MAB, LearningPolicy

    mab = MAB(list(range(ARMS)), LearningPolicy.LinTS(alpha=alpha), seed=seed)
    arms = np.random.default_rng(seed).integers(0, ARMS, len(world.coins))
    for start in range(0, len(arms), AT_ONCE):
        rounds = slice(start, start + AT_ONCE)
        contexts = world.contexts[rounds]
        if start:
            arms[rounds] = mab.predict(contexts)
        learn = mab.partial_fit if start else mab.fit
        learn(arms[rounds].tolist(), world.rewards(rounds, arms[rounds]).tolist(), contexts)
    return arms


def play_logistic_ts(world: World, seed: int, silence: int) -> np.ndarray:
    """LogisticTS of obp. `silence` is what no reward is told as: 0 as documented, or -1, as its loss wants."""
    policies = import_obp().policy
    policy = policies.LogisticTS(dim=SIZE, n_actions=ARMS, batch_size=AT_ONCE, random_state=seed)
    arms = np.zeros(len(world.coins), dtype=np.int64)
    for number, context in enumerate(world.contexts):
        arms[number] = policy.select_action(context[None])[0]
        reward = world.rewards(slice(number, number + 1), arms[number : number + 1])[0]
        policy.update_params(int(arms[number]), 1 if reward else silence, context[None])
    return arms


POLICIES = {
    "mabwiser_lints": lambda world, seed: play_lints(world, seed, alpha=1.0),  # its default
    "mabwiser_lints_03": lambda world, seed: play_lints(world, seed, alpha=0.3),
    "obp_logistic_ts": lambda world, seed: play_logistic_ts(world, seed, silence=0),
    "obp_logistic_ts_signed": lambda world, seed: play_logistic_ts(world, seed, silence=-1),
}


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """When one policy was good enough in one world."""
    world = make_world(question["kind"], question["seed"], question["rounds"])
    return judge_path(world, POLICIES[question["policy"]](world, question["seed"]))


if __name__ == "__main__":
    answer_lines(answer)
