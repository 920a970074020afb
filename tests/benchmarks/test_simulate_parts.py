"""Parts of a simulation: they add up, and no slice counts twice."""

import json

import pytest

from benchmarks.simulate.__main__ import keep_slice
from benchmarks.simulate.parts import add_up, main, read_parts
from benchmarks.simulate.run import Figures


def played(file, seed: int, *, days: int = 1_000, sent: int = 12, wrong: int = 0) -> None:
    """A slice's result, appended as a run does."""
    figures = Figures(customer_days=days, sent=sent, sent_days=10)
    figures.wrong["cap_day"] += wrong
    keep_slice(file, "sqlite", "abc", seed, figures, 2.0)


def test_parts_of_several_files_add_up(tmp_path, capsys):
    played(tmp_path / "one", 1)
    played(tmp_path / "one", 2, days=500)
    played(tmp_path / "other", 3)
    assert main([str(tmp_path / "one"), str(tmp_path / "other")]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["customer_days"], said["sent"], said["slices"], said["share_of_days_sent"]) == (2_500, 36, 3, 0.012)


def test_a_slice_that_was_played_twice_is_refused(tmp_path):
    played(tmp_path / "one", 1)
    played(tmp_path / "other", 1)
    with pytest.raises(ValueError, match="seeds 1"):
        add_up(read_parts(tmp_path / "one") + read_parts(tmp_path / "other"))


def test_what_is_wrong_in_any_part_is_wrong_in_the_sum(tmp_path, capsys):
    played(tmp_path / "one", 1)
    played(tmp_path / "one", 2, wrong=2)
    assert main([str(tmp_path / "one")]) == 1
    assert json.loads(capsys.readouterr().out)["wrong_by"] == {"cap_day": 2}


@pytest.mark.parametrize("line", ["not json", "[]", '{"seeds": [1]}'])
def test_a_line_that_is_no_result_is_named(tmp_path, line):
    (tmp_path / "one").write_text(line + "\n")
    with pytest.raises(ValueError, match="line 1"):
        read_parts(tmp_path / "one")


def test_nothing_to_add_up_is_no_success(tmp_path):
    (tmp_path / "one").touch()
    with pytest.raises(SystemExit, match="no run"):
        main([str(tmp_path / "one")])
