"""Columns of a catalogue: what differs is asked once, each row has its answer."""

import numpy as np

from bot.recommend.column import to_column


def test_asks_each_different_value_once_and_answers_every_row() -> None:
    asked: list[str] = []
    column = to_column(["coat", "dress", "coat", ""])

    def is_warm(value: str) -> bool:
        asked.append(value)
        return value == "coat"

    assert column.where(is_warm).tolist() == [True, False, True, False]
    assert asked == ["coat", "dress", ""]
    assert column.among({"", "dress"}).tolist() == [False, True, False, True]
    assert column.weigh(len).tolist() == [4.0, 5.0, 4.0, 0.0]
    assert [column[row] for row in range(4)] == ["coat", "dress", "coat", ""]


def test_nothing_is_a_column_of_no_rows() -> None:
    column = to_column(list[str]())
    assert column.where(bool).dtype == np.bool_ and not len(column.where(bool))
    assert not len(column.weigh(len))
