"""Logs of decisions -> arrays: the Open Bandit sample of the obp package, or anyone's CSV.

A CSV has the columns arm, reward and propensity (the chance with which the arm was chosen); every other column is
context, as a number or as a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bot.errors import FixConfiguration, FixInput

NEEDED = ("arm", "reward", "propensity")
MOST_LEVELS = 20  # of a name: the most frequent ones count, the others together as one
CAMPAIGNS, POLICIES = ("all", "men", "women"), ("random", "bts")
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Log:
    """N rounds: `contexts` N x C with a first column of ones, `arms` as numbers below `count`."""

    name: str
    contexts: Array
    arms: Array
    rewards: Array
    propensities: Array
    count: int


def read_csv(path: Path) -> Log:
    """Anyone's log. FixConfiguration for no file, FixInput for what is missing or cannot be."""
    if not path.is_file():
        raise FixConfiguration(f"there is no {path.name}")
    table = pl.read_csv(path, infer_schema_length=10_000)
    for name in NEEDED:
        if name not in table.columns:
            raise FixInput(name, f"{path.name} has no such column; it needs {', '.join(NEEDED)}")
    return make_log(path.stem, table)


def read_open_bandit(folder: Path) -> list[Log]:
    """The six logs, as the package has them: three campaigns under two policies. Position is part of the context."""
    logs = []
    for policy in POLICIES:
        for campaign in CAMPAIGNS:
            table = pl.read_csv(folder / policy / campaign / f"{campaign}.csv", infer_schema_length=10_000)
            users = [name for name in table.columns if name.startswith("user_feature")]
            logs.append(make_log(f"{policy}/{campaign}", table.select(
                pl.col("item_id").alias("arm"), pl.col("click").alias("reward"),
                pl.col("propensity_score").alias("propensity"), pl.col("position").cast(pl.String), *users,
            )))
    return logs


def find_open_bandit(environment: Path) -> Path | None:
    """Where the package's sample lies in the peers' environment."""
    return next(iter(sorted(environment.glob("lib/python*/site-packages/obp/dataset/obd"))), None)


def make_log(name: str, table: pl.DataFrame) -> Log:
    """Numbers are standardised, names become a column for each frequent level."""
    propensities = _numbers(table, "propensity")
    if ((propensities <= 0) | (propensities > 1)).any():
        raise FixInput("propensity", "must lie above 0 and not above 1 in every row")
    levels, arms = np.unique(table["arm"].cast(pl.String).to_numpy(), return_inverse=True)
    columns = [np.ones(table.height)]
    for each in table.columns:
        if each not in NEEDED:
            columns += _columns_of(table[each])
    return Log(name, np.stack(columns, axis=1), arms, _numbers(table, "reward"), propensities, len(levels))


def _numbers(table: pl.DataFrame, name: str) -> Array:
    if not table[name].dtype.is_numeric() or table[name].null_count():
        raise FixInput(name, "must be a number in every row")
    return table[name].cast(pl.Float64).to_numpy()


def _columns_of(values: pl.Series) -> Sequence[Array]:
    if values.dtype.is_numeric():
        numbers = values.cast(pl.Float64).fill_null(0.0).fill_nan(0.0).to_numpy()
        spread = numbers.std()
        return [(numbers - numbers.mean()) / spread] if spread > 0 else []
    names = values.cast(pl.String).fill_null("")
    frequent = names.value_counts(sort=True)[values.name].head(MOST_LEVELS).to_list()
    return [(names == level).to_numpy().astype(np.float64) for level in frequent[1:]]
