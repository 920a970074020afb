"""A few nudges from the collector to the screen: they come, and the figures are there."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from bot.bootstrap import PROJECT
from tests.conftest import miss


@pytest.mark.browser
def test_measures_from_the_events_answer_to_the_screen() -> None:
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        miss("Chromium or Chrome")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.nudge_latency"], cwd=PROJECT, capture_output=True, text=True, timeout=300,
        env={**os.environ, "NUDGES": "3", "RATE": "20"}, check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["idle"]["nudges"] == figures["loaded"]["nudges"] == 3
    assert figures["loaded"]["events_per_second"] > 0
