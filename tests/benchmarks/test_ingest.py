"""bench ingest, small: it prints every key for SQLite, and again for PostgreSQL where that is installed."""

import json
import os
import subprocess
import sys

from bot.bootstrap import PROJECT
from tests.servers.postgres import find_postgres

KEYS = {"file_events_per_second", "share_of_set_based", "http_events_per_second", "http_single_events_per_second",
        "visible_p95_seconds"}


def test_measures_both_stores_beside_their_peers():
    environ = {**os.environ, "EVENTS": "3000", "SECONDS": "0.6", "TIMES": "1"}
    run = subprocess.run([sys.executable, "-m", "benchmarks.ingest"], cwd=PROJECT, env=environ, capture_output=True,
                         text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]
    figures = json.loads(run.stdout.splitlines()[-1])
    for store in (figures, *([figures["postgres"]] if find_postgres() else ())):
        assert all(store[name] > 0 for name in KEYS)
        assert set(store["peers"]) == {"set_based", "row_by_row", "bare_http"}
        assert store["visible_p95_seconds"] < 5
