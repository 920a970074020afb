"""Our policy, and the libraries', in shops whose truth is known: how soon each is as good as the best, nearly."""

import sys
from statistics import median
from typing import Any

import numpy as np

from benchmarks.decisions.world import ARMS, AT_ONCE, KINDS, SIZE, VARIANTS, World, judge_path, make_world
from benchmarks.peers import MISSING, ask_peers
from bot.decision.choose import choose_next_action
from bot.decision.value_model import Learner, gamma_after

CHANNELS = ARMS // VARIANTS
OWN = 0.5  # how much a candidate of its own counts beside its channel and variant
PEERS = ("mabwiser_lints", "mabwiser_lints_03", "obp_logistic_ts", "obp_logistic_ts_signed")
Figures = dict[str, Any]


def simulate(seeds: int, rounds: int) -> Figures:
    """By world: every policy's rounds until good enough, by seed, and their median; never counts as all rounds."""
    told: Figures = {}
    with ask_peers("benchmarks.decisions.peers") as ask:
        for kind in KINDS:
            paths: dict[str, list[Figures]] = {name: [] for name in ("ours", *PEERS)}
            for seed in range(seeds):
                world = make_world(kind, seed, rounds)
                paths["ours"].append(judge_path(world, play(world, seed)))
                for name in PEERS:
                    paths[name].append(ask(policy=name, kind=kind, seed=seed, rounds=rounds) if ask else
                                       {"left_out": MISSING})
                say(kind, seed, {name: each[-1] for name, each in paths.items()})
            told[kind] = {name: summarise(each, rounds) for name, each in paths.items()}
    return told


def play(world: World, seed: int) -> np.ndarray:
    """The deciding code itself, with candidates described by channel, variant, and what is their own."""
    described = describe_arms()
    learner = Learner(np.zeros(described.shape[1] * SIZE), ridge=1.0)
    rng = np.random.default_rng(seed)
    arms = np.zeros(len(world.coins), dtype=np.int64)
    nothing_held = np.zeros((1, ARMS), dtype=np.int64)
    for start in range(0, len(arms), AT_ONCE):
        rounds = slice(start, start + AT_ONCE)
        features = cross(described, world.contexts[rounds])
        for number, each in enumerate(features):
            hopes = learner.hope(each)[None]
            gamma = gamma_after(learner.outcomes, ARMS, learner.noise)
            arms[start + number] = choose_next_action(hopes, nothing_held, gamma=gamma, rng=rng).chosen[0]
        for each, arm, reward in zip(features, arms[rounds], world.rewards(rounds, arms[rounds]), strict=True):
            learner.learn(each[arm], float(reward))
    return arms


def describe_arms() -> np.ndarray:
    """ARMS x (channel, variant, itself)."""
    arms = np.arange(ARMS)
    return np.concatenate(
        [np.eye(CHANNELS)[arms // VARIANTS], np.eye(VARIANTS)[arms % VARIANTS], OWN * np.eye(ARMS)], axis=1
    )


def cross(described: np.ndarray, contexts: np.ndarray) -> np.ndarray:
    """N x ARMS x D: everything about the candidate times everything about the customer."""
    crossed = described[None, :, :, None] * contexts[:, None, None, :]
    return crossed.reshape(len(contexts), ARMS, -1)


def summarise(paths: list[Figures], rounds: int) -> Figures:
    """Over the seeds."""
    if "left_out" in paths[0]:
        return paths[0]
    return {
        "rounds_to_95": median(each["rounds_to_95"] or rounds for each in paths),
        "by_seed": [each["rounds_to_95"] for each in paths],
        "share": round(median(each["share"] for each in paths), 4),
        "share_at_the_end": round(median(each["share_at_the_end"] for each in paths), 4),
    }


def say(kind: str, seed: int, last: dict[str, Figures]) -> None:
    """One line a seed, on stderr."""
    words = " ".join(f"{name}={each.get('rounds_to_95', '-') or 'never'}" for name, each in last.items())
    print(f"{kind} seed {seed}: rounds to 95 %: {words}", file=sys.stderr, flush=True)
