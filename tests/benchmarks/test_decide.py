"""`make bench ONLY=decide`, small: every key is there, beside every peer or the reason why it is not."""

import json

import numpy as np

from benchmarks.decide.__main__ import PEERS, decide_one, make_columns, make_model, measure
from bot.decision.features import SIZE
from bot.decision.value_model import to_grid


def test_decides_for_every_customer_it_measures():
    rng = np.random.default_rng(3)
    features = to_grid(rng.normal(size=(20, 50, SIZE)))
    model = make_model(features)
    for each in features:
        choice = decide_one(make_columns(50, rng), each, model, rng)
        assert choice.chosen[0] >= 0 and choice.held[0, choice.chosen[0]] == 0
        assert 0 < choice.probability[0] <= 1
        assert (choice.held != 0).sum() > 5


def test_prints_every_key_beside_every_peer():
    told = json.loads(json.dumps(measure(arms=10, seconds=0.05, rounds=1)))
    assert set(told["peers"]) == {"numpy_kernel", *PEERS}
    for figures in (told, *told["peers"].values()):
        if "left_out" not in figures:
            assert figures["decisions_per_second"] > 0 and figures["updates_per_second"] > 0 and figures["p99_ms"] > 0
    assert told["updates_per_second"] > 0 and told["times_numpy_kernel"] > 1
