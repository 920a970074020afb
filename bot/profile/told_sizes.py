"""Stage B2: a size that somebody told of nothing in particular -> the kind it is kept under. Pure data."""

from collections.abc import Iterable

LETTERS = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "2xl", "xxxl", "3xl", "4xl")  # from the smallest
LETTERED, NUMBERED = "letters", "numbers"


def kind_unsaid(size: str) -> str:
    """The kind of a size that was told of nothing in particular: a letter stands beside a number."""
    return LETTERED if size.lower() in LETTERS else NUMBERED


def without_kind(sizes: Iterable[str]) -> dict[str, str]:
    """Sizes that were told of nothing in particular, by kind."""
    return {kind_unsaid(size): size for size in sizes}
