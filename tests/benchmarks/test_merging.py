"""`make bench ONLY=merging`, small: in bulk it takes less of the processor than one by one."""

from benchmarks.merging import measure


def test_measures_both_ways_and_bulk_takes_less(tmp_path):
    figures = measure(lambda name: f"sqlite:///{tmp_path}/{name}.sqlite", [200, 400])
    assert figures["merges"] > 200
    assert figures["cpu_ms_per_merge"] < figures["peers"]["one_by_one"]["cpu_ms_per_merge"]
    assert len(figures["sizes"]) == 2 and "growth" in figures
