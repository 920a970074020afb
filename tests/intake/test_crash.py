"""kill -9 at random points of ingest, a few times here; `make crash` does it two hundred times."""

from benchmarks.crash import kill_collectors, kill_imports


def test_loses_and_doubles_nothing_when_a_files_import_is_killed(databases, tmp_path):
    with databases.empty("killed") as url, databases.empty("calm") as calm:
        figures = kill_imports(url, calm, tmp_path, times=3, number=6_000)
    assert {name: figures[name] for name in ("kills", "lost", "doubled", "wrong_profiles")} == {
        "kills": 3, "lost": 0, "doubled": 0, "wrong_profiles": 0}


def test_loses_and_doubles_nothing_that_was_answered_when_the_collector_is_killed(databases):
    with databases.empty("killed") as url:
        figures = kill_collectors(url, times=2)
    assert (figures["lost"], figures["doubled"]) == (0, 0)
    assert figures["answered"] > 20
