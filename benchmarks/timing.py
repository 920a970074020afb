"""`make evaluate-timing [DATA=file.csv.gz]`: when to nudge: who will buy before this session is over.

On UCI's Online Shoppers, without `PageValues`, which is computed from what was bought and so leaks the answer.
Five folds, the peers on the same ones. Progress on stderr; the last line on stdout is one JSON object.
"""

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import OneHotEncoder, StandardScaler

DEFAULT = Path(__file__).parents[1].parent / "shared/data/online_shoppers/online_shoppers_intention.csv.gz"
SEED = 20_261_128
FOLDS = 5
OUTCOME, LEAKS = "Revenue", "PageValues"
WORDS = ("Month", "VisitorType", "OperatingSystems", "Browser", "Region", "TrafficType")
Floats = NDArray[np.float64]
Fit = Callable[[pd.DataFrame, NDArray[np.int64]], Callable[[pd.DataFrame], Floats]]


def main(arguments: Sequence[str]) -> int:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--n", type=int, default=0, help="so many sessions")
    chosen = parser.parse_args(arguments)
    if not chosen.data.is_file():
        print(f"DATA: there is no {chosen.data.name}; give UCI's Online Shoppers (468) as a .csv", file=sys.stderr)
        return 2
    table = pd.read_csv(chosen.data)
    if chosen.n:
        table = table.sample(min(chosen.n, len(table)), random_state=SEED)
    print(json.dumps(evaluate(table.reset_index(drop=True))))
    return 0


def evaluate(table: pd.DataFrame) -> dict[str, Any]:
    """AUC over the folds, ours and every peer's."""
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    bought = table[OUTCOME].astype(int).to_numpy()
    known = table.drop(columns=[OUTCOME, LEAKS])
    scores: dict[str, list[float]] = {}
    for learn, tell in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(known, bought):
        for name, fit in {"ours": fit_ours, **PEERS}.items():
            found = fit(known.iloc[learn], bought[learn])(known.iloc[tell])
            scores.setdefault(name, []).append(float(roc_auc_score(bought[tell], found)))
        said = ", ".join(f"{name} {each[-1]:.3f}" for name, each in scores.items())
        print(f"fold {len(scores['ours'])} of {FOLDS}: {said}", file=sys.stderr, flush=True)
    figures = {name: {"auc": round(float(np.mean(each)), 4), "n": len(table), "by_fold": np.round(each, 4).tolist()}
               for name, each in scores.items()}
    return {**figures.pop("ours"), "leaves_out": LEAKS, "peers": figures}


def fit_ours(known: pd.DataFrame, bought: NDArray[np.int64]) -> Callable[[pd.DataFrame], Floats]:
    """Two kinds of trees that err differently: many small ones that learn slowly, and very random ones."""
    rows = shape(known)
    slow = [
        lgb.LGBMClassifier(
            n_estimators=350, learning_rate=0.02, num_leaves=10, min_child_samples=40, subsample=0.7, subsample_freq=1,
            colsample_bytree=0.5, reg_lambda=5.0, random_state=SEED + number, n_jobs=1, verbose=-1,
        ).fit(rows, bought)
        for number in range(2)
    ]
    random = ExtraTreesClassifier(300, min_samples_leaf=5, max_features=0.6, random_state=SEED).fit(rows, bought)

    def predict(asked: pd.DataFrame) -> Floats:
        shaped = shape(asked)
        mean = np.mean([each.predict_proba(shaped)[:, 1] for each in slow], axis=0)
        return np.asarray((mean + random.predict_proba(shaped)[:, 1]) / 2)

    return predict


def shape(known: pd.DataFrame) -> Floats:
    """What was seen so far, and how long a page held them, how many they left from, how much of it all was leaving."""
    pages = known[["Administrative", "Informational", "ProductRelated"]].sum(axis=1)
    seconds = known[["Administrative_Duration", "Informational_Duration", "ProductRelated_Duration"]].sum(axis=1)
    more = np.column_stack([
        pages, seconds, seconds / pages.clip(lower=1),
        known["ProductRelated_Duration"] / known["ProductRelated"].clip(lower=1),
        known["ExitRates"] - known["BounceRates"], known["BounceRates"] / known["ExitRates"].clip(lower=1e-6),
        known["ExitRates"] * pages, known["BounceRates"] * pages,
    ])
    return np.c_[to_numbers(known), more]


def to_numbers(known: pd.DataFrame) -> Floats:
    """Words by fixed lists, so that a fold without some month means the same by every number."""
    lists = {"Month": "Jan Feb Mar Apr May June Jul Aug Sep Oct Nov Dec".split(),
             "VisitorType": ["New_Visitor", "Other", "Returning_Visitor"]}
    columns = [
        pd.Categorical(known[name], categories=lists[name]).codes if name in lists else known[name]
        for name in known.columns
    ]
    return np.column_stack(columns).astype(float)


def _lightgbm(known: pd.DataFrame, bought: NDArray[np.int64]) -> Callable[[pd.DataFrame], Floats]:
    model = lgb.LGBMClassifier(n_jobs=1, verbose=-1, random_state=SEED).fit(to_numbers(known), bought)
    return lambda asked: np.asarray(model.predict_proba(to_numbers(asked))[:, 1])


def _logistic(known: pd.DataFrame, bought: NDArray[np.int64]) -> Callable[[pd.DataFrame], Floats]:
    numbers = [each for each in known.columns if each not in WORDS]
    scale, code = StandardScaler(), OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    scale.fit(known[numbers].astype(float))
    code.fit(known[list(WORDS)].astype(str))

    def rows(table: pd.DataFrame) -> Floats:
        return np.c_[scale.transform(table[numbers].astype(float)), code.transform(table[list(WORDS)].astype(str))]

    model = LogisticRegression(max_iter=1_000).fit(rows(known), bought)
    return lambda asked: np.asarray(model.predict_proba(rows(asked))[:, 1])


PEERS: dict[str, Fit] = {"lightgbm_defaults": _lightgbm, "logistic_regression": _logistic}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
