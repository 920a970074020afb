"""`make bench ONLY=decide-http`, small: every key is there, decisions are made and shown."""

from benchmarks.decide_http import measure


def test_decisions_are_made_and_shown(tmp_path):
    figures = measure(tmp_path, people=20, calls=12, at_once=2)
    assert figures["n"] == 12 and figures["shown"]["n"] >= 6 and figures["peers"]["health"]["n"] == 12
    assert 0 < figures["p50_ms"] <= figures["p95_ms"]
