"""What was learned, as one value: made of baskets, kept in one file, asked for one customer at a time."""

import os
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

from bot.errors import FixConfiguration
from bot.recommend.learned.baskets import Baskets
from bot.recommend.learned.crowd import Crowd, learn_crowd
from bot.recommend.learned.history import Past
from bot.recommend.learned.ranker import Ranked, Ranker, rank_all, rank_sessions
from bot.recommend.learned.training import Plan, train_ranker

if TYPE_CHECKING:
    import lightgbm as lgb

FORMAT = 3  # another number, and older files are learned anew
_BOOSTERS = ("every", "new", "session")
Line = tuple[int, int, float, int]  # item, basket, day, place
_PARTS = ("data", "indices", "indptr", "shape")


@dataclass(frozen=True)
class Learned:
    """Rankers, the crowd they look at, and which item each number is."""

    items: tuple[str, ...]
    crowd: Crowd
    ranker: Ranker
    places: tuple[str, ...] = ("",)

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """Item -> number."""
        return {name: number for number, name in enumerate(self.items)}

    @cached_property
    def number_of_place(self) -> Mapping[str, int]:
        """Place -> number; 0 stands for what was not told, as for places that nothing was learned about."""
        return {name: number for number, name in enumerate(self.places)}

    def rank_one(self, lines: Baskets, day: float, session: Collection[int] = ()) -> Ranked:
        """Both lists for the only customer of some baskets, as of a day; nothing is learned anew.

        With items of a `session`, what is in the basket already, both tell how it goes on.
        """
        past, alone = Past(lines, np.full(1, day)), np.zeros(1, dtype=np.int64)
        if session:
            sessions = {0: np.array(sorted(session), dtype=np.int64)}
            return next(rank_sessions(self.ranker, self.crowd, past, alone, sessions))
        return next(rank_all(self.ranker, self.crowd, past, alone))


def learn(
    baskets: Baskets, items: tuple[str, ...], day: float, plan: Plan | None = None,
    say: Callable[[str], None] = lambda _: None, *, places: tuple[str, ...] = ("",),
) -> Learned:
    """Learn from everything before a day. Raises FixConfiguration where there is too little."""
    ranker = train_ranker(baskets, day, plan, say)
    return Learned(items, learn_crowd(baskets, day), ranker, places)


def one_customer(lines: list[Line], crowd: Crowd) -> Baskets:
    """Baskets of one customer; baskets are numbered by time."""
    table = np.array(sorted(set(lines), key=lambda each: (each[2], each[1], each[0])), dtype=np.float64).reshape(-1, 4)
    size = len(table)
    return Baskets(
        np.zeros(size, dtype=np.int64), table[:, 1].astype(np.int64), table[:, 0].astype(np.int64), table[:, 2],
        table[:, 3].astype(np.int64), crowd.kind, crowd.group, 1, crowd.local.shape[0],
    )


def write_learned(path: Path, learned: Learned) -> None:
    """Put it where it is read from, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        np.savez(file, **_to_arrays(learned))
    os.replace(file.name, path)  # noqa: PTH105 - one step for whoever reads at that moment


def read_learned(path: Path) -> Learned:
    """What was written. Raises FixConfiguration where it is something else, or of another version of ours."""
    try:
        with np.load(path, allow_pickle=False) as held:
            return _from_arrays(dict(held))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FixConfiguration(f"{path} holds no ranking of this version: prevenant train-recommender") from error


def _to_arrays(learned: Learned) -> dict[str, Any]:
    arrays: dict[str, Any] = {
        "format": FORMAT, "items": np.array(learned.items, dtype=np.str_),
        "places": np.array(learned.places, dtype=np.str_),
        **{name: booster.model_to_string() if (booster := getattr(learned.ranker, name)) else "" for name in _BOOSTERS},
    }
    for each in fields(Crowd):
        value = getattr(learned.crowd, each.name)
        if isinstance(value, csr_array):
            arrays |= {f"{each.name}.{part}": np.asarray(getattr(value, part)) for part in _PARTS}
        else:
            arrays[each.name] = np.asarray(value)
    return arrays


def _from_arrays(held: Mapping[str, Any]) -> Learned:
    if int(held["format"]) != FORMAT:
        raise ValueError(held["format"])
    every, new = (_read_booster(str(held[name])) for name in ("every", "new"))
    session = _read_booster(text) if (text := str(held["session"])) else None
    values = {each.name: _read_field(each.name, held) for each in fields(Crowd)}
    items, places = (tuple(held[name].tolist()) for name in ("items", "places"))
    return Learned(items, Crowd(**values), Ranker(every, new, session), places)


def _read_booster(text: str) -> "lgb.Booster":
    """Brings scikit-learn and pandas with it: half of what a process needs to start, where none of them ranks."""
    import lightgbm as lgb

    try:
        return lgb.Booster(model_str=text)
    except lgb.basic.LightGBMError as error:
        raise ValueError("no ranking") from error


def _read_field(name: str, held: Mapping[str, Any]) -> Any:
    if f"{name}.data" in held:
        data, indices, indptr, shape = (held[f"{name}.{part}"] for part in _PARTS)
        return csr_array((data, indices, indptr), shape=tuple(shape.tolist()))
    if name == "day":
        return float(held[name])
    return tuple(held[name].tolist()) if name == "sold_names" else held[name]

