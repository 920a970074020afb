"""`make bench ONLY=segments`: both sides answer every question alike, and figures stand beside the peer's."""

from benchmarks.segments import RULES, measure


def test_measures_a_tiny_world_and_agrees_with_the_peer() -> None:
    told = measure(400, 4_000, with_postgres=False)
    peer = told["peers"]["duckdb"]
    assert told["agree"]
    assert told["refresh_seconds"].keys() == peer["refresh_seconds"].keys() == RULES.keys()
    assert told["single_p50_ms"] <= told["single_p99_ms"] and "growth" in told
    assert told["found"]["regulars"] > 0 and told["found"]["lyon"] > 0
