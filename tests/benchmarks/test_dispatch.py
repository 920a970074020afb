"""A few messages through the real dispatcher: each is sent once, and the figures are there."""

from pathlib import Path

import pytest

from benchmarks.dispatch.__main__ import measure


@pytest.mark.slow
def test_sends_each_message_once_with_two_workers(tmp_path: Path) -> None:
    figures = measure(tmp_path, lambda name: f"sqlite:///{tmp_path}/{name}.sqlite", [2], messages=40, times=1)
    assert figures["messages_per_second"] > 0
    assert set(figures["by_workers"]["2"]) >= {"messages_per_second", "share_of_bare_loop", "cpu_us"}
