"""The learners ours is measured beside: S, T, DR and transformed outcome over LightGBM, the library's own defaults
and, since these overfit effects, small trees that learn slowly. Each is given its better half.
"""

from collections.abc import Callable
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "shallow": {"n_estimators": 100, "learning_rate": 0.05, "num_leaves": 8, "min_child_samples": 200},
}
_QUIET = {"n_jobs": 1, "verbose": -1}


def fit_arms(features: Floats, treated: Bools, outcome: Floats) -> Callable[[Floats], Floats]:
    """Small trees for each arm: averaged into ours."""
    both = [_classify(features[arm], outcome[arm], SETTINGS["shallow"]) for arm in (treated, ~treated)]
    return lambda asked: _chance(both[0], asked) - _chance(both[1], asked)


def fit_together(features: Floats, treated: Bools, outcome: Floats) -> Callable[[Floats], Floats]:
    """Trees that know the arm: averaged into ours."""
    model = _classify(np.c_[features, treated], outcome, SETTINGS["default"])
    return lambda asked: _chance(model, np.c_[asked, np.ones(len(asked))]) - _chance(
        model, np.c_[asked, np.zeros(len(asked))])


BESIDE = (fit_arms, fit_together)


def s_learner(features: Floats, treated: Bools, outcome: Floats, asked: Floats, settings: dict[str, Any]) -> Floats:
    """One model that knows the arm."""
    model = _classify(np.c_[features, treated], outcome, settings)
    return _chance(model, np.c_[asked, np.ones(len(asked))]) - _chance(model, np.c_[asked, np.zeros(len(asked))])


def t_learner(features: Floats, treated: Bools, outcome: Floats, asked: Floats, settings: dict[str, Any]) -> Floats:
    """A model for each arm."""
    both = [_classify(features[arm], outcome[arm], settings) for arm in (treated, ~treated)]
    return _chance(both[0], asked) - _chance(both[1], asked)


def transformed_outcome(
    features: Floats, treated: Bools, outcome: Floats, asked: Floats, settings: dict[str, Any]
) -> Floats:
    """A regression of an outcome whose mean is the effect."""
    chance = treated.mean()
    target = outcome * (treated - chance) / (chance * (1 - chance))
    return _regress(features, target, settings).predict(asked)


def dr_learner(features: Floats, treated: Bools, outcome: Floats, asked: Floats, settings: dict[str, Any]) -> Floats:
    """The same, with both arms' models taken out of the noise."""
    chance, target = treated.mean(), np.zeros(len(outcome))
    for side in (0, 1):
        learn, tell = np.arange(len(outcome)) % 2 != side, np.arange(len(outcome)) % 2 == side
        with_it, without = (
            _chance(_classify(features[learn & arm], outcome[learn & arm], settings), features[tell])
            for arm in (treated, ~treated)
        )
        target[tell] = with_it - without + np.where(
            treated[tell], (outcome[tell] - with_it) / chance, -(outcome[tell] - without) / (1 - chance)
        )
    return _regress(features, target, settings).predict(asked)


PEERS = {"s": s_learner, "t": t_learner, "dr": dr_learner, "transformed_outcome": transformed_outcome}


def _classify(features: Floats, outcome: Floats, settings: dict[str, Any]) -> Any:
    return lgb.LGBMClassifier(**settings, **_QUIET).fit(features, outcome)


def _regress(features: Floats, outcome: Floats, settings: dict[str, Any]) -> Any:
    return lgb.LGBMRegressor(**settings, **_QUIET).fit(features, outcome)


def _chance(model: Any, asked: Floats) -> Floats:
    return np.asarray(model.predict_proba(asked)[:, 1])
