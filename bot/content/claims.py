"""What words claim: a text -> the claims it makes, by the lists of `claims.toml`. Pure but for reading them once."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.contracts.messages import LANGUAGES

_FILE = Path(__file__).with_name("claims.toml")
_HARMLESS = "harmless"
_QUOTES = str.maketrans({"’": "'", "‘": "'", "\u00a0": " ", "\u202f": " ", "\u2011": "-"})


@dataclass(frozen=True)
class Kind:
    """A kind of claim. `facts`: placeholders one of which the message in force needs to claim it; `beside`: one of
    which stands in the same sentence.
    """

    name: str
    patterns: Mapping[str, re.Pattern[str]]  # by language
    facts: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    is_same: bool = False  # the message in force has to hold the very words
    is_deed: bool = False  # what a yes would do
    is_kept: bool = False  # where the message in force says it, so does whatever takes its place


@dataclass(frozen=True)
class Claim:
    """Words that claim something."""

    kind: Kind
    words: str


def find_claims(text: str, language: str) -> Iterator[Claim]:
    """Every claim of a text, by kind, then in its order."""
    folded = _harmless()[language].sub(" ", fold(text))
    for kind in read_kinds():
        for found in kind.patterns[language].finditer(folded):
            yield Claim(kind, found[0].strip())


def fold(text: str) -> str:
    """Small letters without accents, plain apostrophes and spaces."""
    plain = unicodedata.normalize("NFD", text.translate(_QUOTES).lower())
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


@cache
def read_kinds() -> tuple[Kind, ...]:
    """Every kind of claim that there is."""
    return tuple(_kind(name, table) for name, table in _read().items() if name != _HARMLESS)


@cache
def _harmless() -> dict[str, re.Pattern[str]]:
    return {language: re.compile("|".join(patterns)) for language, patterns in _read()[_HARMLESS].items()}


@cache
def _read() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def _kind(name: str, table: dict[str, list[str]]) -> Kind:
    return Kind(
        name, {language: re.compile("|".join(table[language])) for language in LANGUAGES},
        facts=tuple(table.get("facts", ())), beside=tuple(table.get("beside", ())), is_same="same" in table,
        is_deed="deed" in table, is_kept="kept" in table,
    )
