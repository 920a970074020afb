"""kill -9 at random points of merging, a few times here; `make crash` does it two hundred times."""

from benchmarks.crash_merging import kill_merges


def test_leaves_no_half_merge_and_goes_on_when_merging_is_killed(store, tmp_path):
    figures = kill_merges(store, tmp_path, times=3, customers_each=4_000, say=lambda _: None)
    assert figures["kills"] == 3
    assert figures["merges"] > 2_000
    assert {name: figures[name] for name in ("lost", "doubled", "half", "not_restored")} == dict.fromkeys(
        ("lost", "doubled", "half", "not_restored"), 0)
