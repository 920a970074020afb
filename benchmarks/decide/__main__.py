"""How long one decision takes: guardrails, values, choice, probability and the bits that explain it, for one customer.

`make bench ONLY=decide`; ARMS= (50), SECONDS= of each measure (1) and ROUNDS= (5) are settings. In each round ours and
numpy_kernel (the scores of LinUCB over the same features, and nothing else) are measured in turns, then every library;
figures are medians, of decisions and over the rounds, so that what others do on the machine counts little; the 99th
percentile knows no such mercy. Two more tell a tail of ours from others' work: `p99_cpu_ms`, of the thread's own
processor time, and `p99_uninterrupted_ms`, of the decisions during which the system gave the processor to nobody else
(`interrupted_share` is that of the others). Reading from the store and words are no part of it. Prints one JSON line.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.peers import MISSING, Ask, ask_peers
from bot.decision.choose import CONSENT_GRANTED, Choice, Columns, choose_next_action, find_held
from bot.decision.features import SIZE
from bot.decision.value_model import Evidence, Learner, ValueModel, fit, gamma_after, gather, to_grid

CUSTOMERS = 200
TURN = 200  # decisions before the other one's turn
PEERS = ("vowpalwabbit", "mabwiser", "obp", "river", "contextualbandits")
Figures = dict[str, Any]


def main() -> int:
    """Print the figures."""
    told = measure(
        int(os.environ.get("ARMS", "50")), float(os.environ.get("SECONDS", "1")), int(os.environ.get("ROUNDS", "5"))
    )
    print(json.dumps(told))
    return 0


def measure(arms: int, seconds: float, rounds: int) -> Figures:
    """Ours, the bare kernel and every library in the same rounds."""
    rng = np.random.default_rng(1)
    features = to_grid(rng.normal(size=(CUSTOMERS, arms, SIZE)) / 3)
    columns = [make_columns(arms, rng) for _ in range(CUSTOMERS)]
    model = make_model(features)
    seen: dict[str, list[Figures]] = {name: [] for name in ("ours", "numpy_kernel", *PEERS)}
    with ask_peers("benchmarks.decide.peers") as ask:
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} …", file=sys.stderr)
            measure_round(seen, features, columns, model, seconds, rng)
            for name in PEERS:
                seen[name].append(ask_one(ask, name, arms, seconds))
    ours, kernel = summarise(seen["ours"]), summarise(seen["numpy_kernel"])
    ratios = [each["seconds"] / bare["seconds"] for each, bare in zip(seen["ours"], seen["numpy_kernel"], strict=True)]
    return {
        **ours, "times_numpy_kernel": round(median(ratios), 2), "candidates": arms, "features": SIZE,
        "peers": {"numpy_kernel": kernel, **{name: summarise(seen[name]) for name in PEERS}},
    }


def decide_one(columns: Columns, features: np.ndarray, model: ValueModel, rng: np.random.Generator) -> Choice:
    """The whole decision for one customer, over columns that were read before."""
    held = find_held(columns, per_day=2, per_week=5, holds_holdout=True)
    hopes = model.hope(features)[None]
    return choose_next_action(hopes, held, gamma=gamma_after(model.outcomes, len(features), model.noise), rng=rng)


def score_linucb(features: np.ndarray, weights: np.ndarray, spread: np.ndarray) -> int:
    """The bare kernel: the best of LinUCB's scores (Li et al. 2010)."""
    doubt = np.sqrt(np.einsum("ij,ij->i", features @ spread, features))
    return int(np.argmax(features @ weights + 0.2 * doubt))


def measure_round(
    seen: dict[str, list[Figures]], features: np.ndarray, columns: list[Columns], model: ValueModel, seconds: float,
    rng: np.random.Generator,
) -> None:
    """Ours and the kernel in turns of the same length, so that both meet the same load."""
    took: dict[str, list[Taken]] = {"ours": [], "numpy_kernel": []}
    acts: dict[str, Callable[[int], object]] = {
        "ours": lambda n: decide_one(columns[n], features[n], model, rng),
        "numpy_kernel": lambda n: score_linucb(features[n], model.weights, model.spread),
    }
    until = time.perf_counter() + 2 * seconds
    while time.perf_counter() < until:
        for name, act in acts.items():
            took[name] += clock_turn(act)
    updates = {"ours": clock_updates(Learner(np.zeros(SIZE)).learn, features, seconds / 4),
               "numpy_kernel": clock_updates(BareUpdates().learn, features, seconds / 4)}
    for name, clocked in took.items():
        times = [each.seconds for each in clocked]
        alone = [each.seconds for each in clocked if not each.was_interrupted]
        typical = median(times)
        seen[name].append({
            "decisions_per_second": 1 / typical, "p99_ms": float(np.percentile(times, 99)) * 1_000,
            "p99_cpu_ms": float(np.percentile([each.cpu_seconds for each in clocked], 99)) * 1_000,
            "p99_uninterrupted_ms": float(np.percentile(alone or times, 99)) * 1_000,
            "interrupted_share": 1 - len(alone) / len(times), "updates_per_second": updates[name], "seconds": typical,
        })


class Taken(NamedTuple):
    """What one decision took, and whether somebody else had the processor meanwhile."""

    seconds: float  # by the clock
    cpu_seconds: float  # of this thread
    was_interrupted: bool


def clock_turn(act: Callable[[int], object]) -> list[Taken]:
    """What each of one turn's decisions took, every customer once."""
    took = []
    for number in range(TURN):
        before = count_interruptions()
        began, began_cpu = time.perf_counter(), time.thread_time()
        act(number % CUSTOMERS)
        cpu_seconds, seconds = time.thread_time() - began_cpu, time.perf_counter() - began
        took.append(Taken(seconds, cpu_seconds, count_interruptions() > before))
    return took


def count_interruptions() -> int:
    """How often the system took the processor from this thread so far."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


class BareUpdates:
    """A rank-1 update and nothing else: the kernel's other half."""

    def __init__(self) -> None:
        self.spread = np.eye(SIZE)
        self.products = np.zeros(SIZE)

    def learn(self, features: np.ndarray, reward: float) -> None:
        """Sherman and Morrison's formula."""
        gain = self.spread @ features
        self.spread -= np.outer(gain, gain / (1.0 + gain @ features))
        self.products += reward * features


def clock_updates(learn: Callable[[np.ndarray, float], object], features: np.ndarray, seconds: float) -> float:
    """Updates a second, by the median of turns."""
    took = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.perf_counter()
        for number in range(CUSTOMERS):
            learn(features[number, 0], float(number % 2))
        took.append(time.perf_counter() - began)
    return CUSTOMERS / median(took)


def ask_one(ask: Ask | None, name: str, arms: int, seconds: float) -> Figures:
    """A library's figures, or why there are none."""
    if ask is None:
        return {"left_out": MISSING}
    answer: Figures = ask(peer=name, arms=arms, size=SIZE, seconds=seconds)
    return answer


def summarise(rounds: list[Figures]) -> Figures:
    """The median of every figure over the rounds."""
    if "left_out" in rounds[0]:
        return rounds[0]
    told = {name: median(each[name] for each in rounds) for name in rounds[0] if name != "seconds"}
    return {name: round(value, 3 if name.startswith("p99") or name.endswith("share") else None)
            for name, value in told.items()}


def make_columns(arms: int, rng: np.random.Generator) -> Columns:
    """One customer, with a third of the candidates held by one thing or another: nobody is let off without a choice."""

    def some(share: float) -> np.ndarray:
        return rng.random((1, arms)) < share

    no = np.zeros(1, dtype=np.bool_)

    return Columns(
        consent=np.where(some(0.9), CONSENT_GRANTED, 0), is_holdout=no, sent_day=rng.integers(0, 2, 1),
        sent_week=rng.integers(0, 5, 1), is_quiet=some(0.1), has_question=some(0.02), in_conversation=some(0.02),
        in_handoff=some(0.01), is_reachable=~some(0.05), is_verified=~some(0.02), is_cooling=no, is_yielding=no,
        is_minor=no, has_open_matter=no, has_taken=no, is_true=~some(0.05), is_expired=no, is_window_open=~some(0.05),
    )


def make_model(features: np.ndarray) -> ValueModel:
    """A model that has learned from every candidate once."""
    rng = np.random.default_rng(2)
    flat = features.reshape(-1, SIZE)
    rewards = flat @ rng.normal(size=SIZE) / 3 + rng.normal(size=len(flat))
    return fit(gather(flat, rewards, fit(Evidence.none(SIZE), np.zeros(SIZE))), np.zeros(SIZE))


if __name__ == "__main__":
    sys.exit(main())
