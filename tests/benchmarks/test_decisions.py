"""`make evaluate-decisions`, small: wrong files are named, every key is there, ours learns what there is to learn."""

import json

import numpy as np
import polars as pl
import pytest

from benchmarks.decisions.__main__ import KEYS, main
from benchmarks.decisions.logs import find_open_bandit, make_log, read_open_bandit
from benchmarks.decisions.replay import Hashing, learn, replay
from benchmarks.decisions.simulate import PEERS, play, simulate
from benchmarks.decisions.world import judge_path, make_world
from benchmarks.peers import MISSING, PYTHON


def write_log(path, rounds=3_000):
    """Two kinds of customers who like different arms, logged by chance."""
    rng = np.random.default_rng(1)
    kind, arms = rng.choice(["a", "b"], rounds), rng.integers(0, 4, rounds)
    chance = np.where((kind == "a") == (arms < 2), 0.6, 0.1)
    frame = pl.DataFrame({"arm": arms, "reward": (rng.random(rounds) < chance).astype(int),
                          "propensity": np.full(rounds, 0.25), "kind": kind, "age": rng.normal(40, 9, rounds)})
    frame.write_csv(path)
    return frame


def test_says_what_is_wrong_with_a_log(tmp_path, capsys):
    assert main([str(tmp_path / "nothing.csv")]) == 2
    assert "there is no nothing.csv" in capsys.readouterr().err
    pl.DataFrame({"arm": [1], "reward": [0]}).write_csv(tmp_path / "few.csv")
    assert main([str(tmp_path / "few.csv")]) == 2
    assert "propensity: few.csv has no such column" in capsys.readouterr().err
    write_log(tmp_path / "log.csv", 50).with_columns(propensity=pl.lit(0.0)).write_csv(tmp_path / "zero.csv")
    assert main([str(tmp_path / "zero.csv")]) == 2
    assert "above 0" in capsys.readouterr().err


def test_reads_anyones_log_and_finds_that_ours_is_better(tmp_path, capsys):
    write_log(tmp_path / "log.csv")
    assert main([str(tmp_path / "log.csv")]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(told) >= {*KEYS, "peers", "logs"}
    assert told["n"] == 3_000
    assert told["dr_low"] > told["peers"]["uniform"]["dr_high"]
    assert told["dr"] == pytest.approx(0.6, abs=0.06)
    assert told["peers"]["logged"]["dr"] == pytest.approx(told["peers"]["uniform"]["snips"], abs=0.01)


def test_values_of_all_arms_are_those_of_their_features(tmp_path):
    log = make_log("log", write_log(tmp_path / "log.csv", 400))
    hashing = Hashing(log, np.random.default_rng(1))
    model = learn(log, hashing, np.arange(300))
    rows = np.arange(300, 400)
    values = hashing.value_arms(model, log.contexts[rows])
    for arm in range(log.count):
        of_arm = model.value(hashing.features(log.contexts[rows], np.full(100, arm)))
        assert values[:, arm] == pytest.approx(of_arm, abs=1e-9)


def test_ours_becomes_nearly_as_good_as_the_best():
    world = make_world("shop", 3, 2_500)
    told = judge_path(world, play(world, 3))
    assert told["share_at_the_end"] > 0.9
    assert play(world, 3)[:50].tolist() == play(world, 3)[:50].tolist()


@pytest.mark.slow
def test_plays_beside_the_peers():
    if not PYTHON.exists():
        pytest.skip(f".venv-peers {MISSING}")
    told = simulate(seeds=1, rounds=600)
    for world in told.values():
        assert set(world) == {"ours", *PEERS}
        assert all(0 < each["share"] <= 1 for each in world.values())


def test_reads_the_six_logs_of_the_open_bandit_sample():
    folder = find_open_bandit(PYTHON.parents[1])
    if folder is None:
        pytest.skip(f".venv-peers {MISSING}")
    logs = read_open_bandit(folder)
    assert [len(each.arms) for each in logs] == [10_000] * 6
    assert {each.rewards.sum() for each in logs} <= set(range(38, 70))
    columns = replay(logs[1], np.random.default_rng(1))
    assert columns["uniform"]["chances"].tolist() == [1 / 34] * 10_000
    assert (columns["ours"]["chances"] <= 1).all()
