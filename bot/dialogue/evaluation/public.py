"""`make evaluate-nlu-public DATA=folder`: the same encoders and classifier, trained and tested on two public sets.

banking77 (PolyAI, CC BY 4.0) with its own split, hwu64 (Liu et al. 2019, CC BY 4.0) with its own ten folds.
Published on banking77: BERT-tuned 0.9366, USE+ConveRT 0.9336 (Casanueva et al. 2020). The peer is a linear SVM
on TF-IDF, in the same run.
"""

import argparse
import csv
import gzip
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Tuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from bot.dialogue.evaluation.measures import calibration_error
from bot.dialogue.nlu.classifier import fit
from bot.dialogue.nlu.encoders import LOADERS, encode

Split = Tuple[List[int], List[int]]  # places of the lines to train and to test on


def main(arguments: Sequence[str]) -> int:
    """Measure both sets and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder with banking77/ and hwu64/")
    parser.add_argument("--folds", type=int, default=10, help="how many of hwu64's folds")
    parser.add_argument("--most", type=int, help="take only so many lines of each set")
    chosen = parser.parse_args(arguments)
    figures = {}
    for name, splits in (("banking77", split_by_name), ("hwu64", split_by_fold)):
        rows = read_rows(chosen.data / name)[:: stride(chosen.data / name, chosen.most)]
        figures[name] = measure_set(name, rows, list(splits(rows))[: chosen.folds])
    print(json.dumps(figures))
    return 0


def stride(folder: Path, most: "int | None") -> int:
    """Each how manyeth line is taken so that there are at most `most`."""
    return 1 if not most else max(1, len(read_rows(folder)) // most)


def read_rows(folder: Path) -> List[Dict[str, str]]:
    """The rows of the one CSV file in the folder; exits where there is none."""
    files = sorted(folder.glob("*.csv.gz"))
    if not files:
        sys.exit(f"{folder} holds no .csv.gz file")
    with gzip.open(files[0], "rt", encoding="utf-8", newline="") as file:
        return [{"label": row.get("category") or row.get("intent") or "", **row} for row in csv.DictReader(file)]


def split_by_name(rows: Sequence[Dict[str, str]]) -> Iterator[Split]:
    """The one split that the set names."""
    yield (
        [at for at, row in enumerate(rows) if row["split"] == "train"],
        [at for at, row in enumerate(rows) if row["split"] == "test"],
    )


def split_by_fold(rows: Sequence[Dict[str, str]]) -> Iterator[Split]:
    """Each fold as the test of a model trained on the others."""
    for fold in sorted({row["fold"] for row in rows}, key=int):
        yield (
            [at for at, row in enumerate(rows) if row["fold"] != fold],
            [at for at, row in enumerate(rows) if row["fold"] == fold],
        )


def measure_set(name: str, rows: Sequence[Dict[str, str]], splits: Sequence[Split]) -> Dict[str, Any]:
    """Mean accuracy, macro-F1 and calibration error over the splits, with the peer's."""
    texts, labels = [row["text"] for row in rows], np.array([row["label"] for row in rows])
    print(f"{name}: encoding {len(texts)} lines …", file=sys.stderr)
    started = time.perf_counter()
    numbers = np.hstack([encode(encoder, texts, threads=len(os.sched_getaffinity(0))) for encoder in LOADERS])
    results = []
    for number, (train, test) in enumerate(splits, start=1):
        results.append(measure_split(numbers, texts, labels, train, test))
        print(f"{name}: {number} of {len(splits)} {results[-1]}", file=sys.stderr)
    mean = {key: round(float(np.mean([each[key] for each in results])), 4) for key in results[0]}
    return {
        **{key: value for key, value in mean.items() if not key.startswith("peer_")},
        "n": len(texts),
        "seconds": round(time.perf_counter() - started, 1),
        "peers": {"tfidf_svm": {key[5:]: value for key, value in mean.items() if key.startswith("peer_")}},
    }


def measure_split(numbers: Any, texts: List[str], labels: Any, train: List[int], test: List[int]) -> Dict[str, float]:
    """The figures of one training and test."""
    model = fit(numbers[train], [texts[at] for at in train], labels[train])
    chances = model.predict(numbers[test], [texts[at] for at in test])
    chosen, truth = np.array(model.names)[chances.argmax(axis=1)], labels[test]
    peer = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC()).fit(
        [texts[at] for at in train], labels[train]
    )
    guessed = peer.predict([texts[at] for at in test])
    return {
        "accuracy": float((chosen == truth).mean()),
        "macro_f1": float(f1_score(truth, chosen, average="macro", zero_division=0)),
        "ece": calibration_error(list(chances.max(axis=1)), list(chosen == truth)),
        "peer_accuracy": float((guessed == truth).mean()),
        "peer_macro_f1": float(f1_score(truth, guessed, average="macro", zero_division=0)),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
