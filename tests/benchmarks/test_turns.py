"""bench turns: what is counted is right; and the four processes, loaded for a moment."""

import json
import os
import random
import subprocess
import sys

import pytest

from benchmarks.turns.__main__ import compare, describe, summarise
from benchmarks.turns.systems import read_clock
from benchmarks.turns.visits import make_visit
from benchmarks.turns.widgets import Load, Turn
from bot.bootstrap import PROJECT
from bot.prepare import RASA_PYTHON, is_model_current
from tests.conftest import miss


def test_a_turn_without_a_reply_is_counted_as_that_and_with_its_whole_wait():
    figures = describe(Load([Turn(0.1, 1, 10.1), Turn(600.0, 0, 610.0)], began_at=10.0, seconds=20.0))
    assert figures["unanswered"] == 1
    assert figures["p95_ms"] == 600_000


def test_turns_that_end_after_the_time_count_for_no_rate():
    figures = describe(Load([Turn(1.0, 1, 11.0), Turn(2.0, 1, 13.0)], began_at=10.0, seconds=2.0))
    assert figures["turns_per_second"] == 0.5
    assert figures["turns"] == 2


def test_visitors_are_the_same_for_the_same_seed_and_greet_first():
    assert make_visit(random.Random(3)) == make_visit(random.Random(3))
    assert len(make_visit(random.Random(4)).sentences) == 5


@pytest.mark.parametrize(("text", "seconds"), [("00:00:07", 7), ("1-02:00:01", 93_601), ("1:02.50", 62.5)])
def test_reads_the_clock_of_either_ps(text: str, seconds: float):
    assert read_clock(text) == seconds


def test_takes_medians_over_rounds_and_compares_them():
    def one(p95_ms: float) -> dict[str, object]:
        level = {"p50_ms": 1, "p95_ms": p95_ms, "turns_per_second": 2, "turns": 3, "unanswered": 0}
        return {"by_widgets": {"50": level}, "rss_mb_by_process": {"rasa": 7}, "cpu_ms_a_turn": {"rasa": 4, "all": 5}}

    ours = summarise([one(10), one(30), one(20)])
    assert ours["p95_ms_at_50"] == 20
    assert ours["p50_ms_at_1"] is None
    assert compare(ours, summarise([one(40)]))["p95_ms_at_50"] == 0.5


@pytest.mark.model
def test_answers_every_turn_of_a_few_widgets():
    if not RASA_PYTHON.exists():
        miss("Rasa's environment (scripts/setup.sh)")
    if not is_model_current():
        miss("the model (make model)")
    environ = {**os.environ, "WIDGETS": "1,3", "SECONDS": "3", "TIMES": "1", "PEERS": "0"}
    run = subprocess.run([sys.executable, "-m", "benchmarks.turns"], cwd=PROJECT, env=environ, capture_output=True,
                         text=True, check=False, timeout=900)
    assert run.returncode == 0, run.stderr[-2000:]
    figures = json.loads(run.stdout.splitlines()[-1])
    assert figures["p50_ms_at_1"] > 0
    assert figures["rss_mb"] > 100
    assert all(each["turns"] > 0 and not each["unanswered"] for each in figures["by_widgets"].values())
