"""A property of all products as a column: what differs is asked once, however many products are alike in it."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from bot.recommend.types import Floats, Mask, Rows


@dataclass(frozen=True)
class Column[Value: Hashable]:
    """The different values, in the order they are first met, and the number of the value of each of N rows."""

    different: tuple[Value, ...]
    code: Rows  # N

    def where(self, ask: Callable[[Value], bool]) -> Mask:
        """N: the rows whose value is answered with yes."""
        return np.array([ask(each) for each in self.different], dtype=np.bool_)[self.code]

    def among(self, values: Collection[Value]) -> Mask:
        """N: the rows whose value is one of these."""
        return self.where(lambda each: each in values)

    def weigh(self, say: Callable[[Value], float]) -> Floats:
        """N: what is said of each row's value."""
        return np.array([say(each) for each in self.different], dtype=np.float64)[self.code]

    def __getitem__(self, row: int) -> Value:
        """The value of a row."""
        return self.different[int(self.code[row])]


def to_column[Value: Hashable](values: Iterable[Value]) -> Column[Value]:
    """The column of some values, a row each."""
    number: dict[Value, int] = {}
    code = np.array([number.setdefault(each, len(number)) for each in values], dtype=np.int64)
    return Column(tuple(number), code)
