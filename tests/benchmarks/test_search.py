"""`make evaluate-search` on a few needs: so that it cannot rot."""

import json

import pytest

from benchmarks.search.__main__ import JUDGED, main, ndcg, read_needs
from bot.errors import FixConfiguration

KEYS = {"ndcg_at_10", "ndcg_at_10_fr", "ndcg_at_10_en", "nothing_precision", "nothing_recall", "n"}


def test_says_which_file_is_missing(tmp_path):
    with pytest.raises(FixConfiguration, match="there is no such file"):
        read_needs(tmp_path / "nothing.jsonl")


def test_a_perfect_order_is_worth_one_and_no_answer_nothing():
    grades = {"a": 3, "b": 2, "c": 1}
    assert ndcg(["a", "b", "c"], grades) == 1.0
    assert ndcg(["c", "b", "a"], grades) < 1.0
    assert ndcg(["x"], grades) == 0.0


def test_the_halves_share_no_need():
    needs = read_needs(JUDGED)
    assert 0.4 < sum(need.is_held_out for need in needs) / len(needs) < 0.6


def test_finds_by_words_alone_more_than_full_text_does(capsys):
    assert main(["--words-only", "--n", "60"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(figures) >= {*KEYS, "peers", "share_of_fts5", "by_kind"}
    assert all(set(peer) == KEYS for peer in figures["peers"].values())
    assert all(share["share"] > 1.1 for share in figures["share_of_fts5"].values())
