"""A small day of webhooks at the real processes, one of them killed: nothing lost, doubled, or out of order."""

import time
from pathlib import Path

import pytest

from benchmarks.webhooks.__main__ import replay
from benchmarks.webhooks.day import make_day


@pytest.mark.slow
def test_loses_and_doubles_nothing_on_a_day_with_a_kill(tmp_path: Path) -> None:
    day = make_day(60, customers=20, began_at=int(time.time()) - 80_000, seed=3)
    figures = replay(day, tmp_path, kills=1, seed=3)
    assert figures["forged_refused"] == figures["forged"] == 20
    broken = (
        "lost", "doubled", "kept_beyond", "out_of_order", "replies_doubled", "replies_out_of_order", "replies_lost",
    )
    assert {name: figures[name] for name in broken} == dict.fromkeys(broken, 0)
    assert figures["replies_delivered"] == figures["messages"] > 40
