"""How many pieces people say, in words of both languages, simplified."""

from collections.abc import Mapping

MOST = 20  # pieces of one thing that are understood from a sentence
NUMBERS: Mapping[str, int] = {
    "un": 1, "une": 1, "one": 1, "a": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4, "cinq": 5,
    "five": 5, "six": 6, "sept": 7, "seven": 7, "huit": 8, "eight": 8, "dix": 10, "ten": 10, "paire": 1, "pair": 1,
}
