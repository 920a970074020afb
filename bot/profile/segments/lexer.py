"""A rule's text -> tokens, each with its column."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from bot.errors import FixInput, Said
from bot.profile.segments.words import NUMBERS, fold

TokenKind = Literal["text", "number", "word", "mark", "end"]

# An elided word before its noun (n'a, l'été) is no quotation mark; a text stands in any of the usual quotes.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<elided>(?:[nldsNLDS]|[qQ]u)['’](?=\w))
    | '(?P<single>[^']*)' | "(?P<double>[^"]*)" | «\s*(?P<french>[^»]*?)\s*» | “(?P<curly>[^”]*)” | ‘(?P<curled>[^’]*)’
    | (?P<number>\d+(?:[.,]\d+)?)
    | (?P<word>\w+(?:-\w+)*)
    | (?P<mark>>=|<=|[()<>=€$£])""",
    re.VERBOSE,
)
_QUOTED = ("single", "double", "french", "curly", "curled")
MAX_RULE = 4_000  # characters


@dataclass(frozen=True)
class Token:
    """A piece of a rule; `folded` is compared, `text` is what was meant."""

    kind: TokenKind
    text: str
    folded: str
    column: int  # from 1

    @property
    def number(self) -> Decimal:
        """What a number says; French writes its decimals behind a comma."""
        return Decimal(NUMBERS.get(self.folded) or self.text.replace(",", "."))


def fail(column: int, expected: Said, found: object = "") -> FixInput:
    """The complaint about a place of a rule."""
    if not found:
        return FixInput("rule", "column {column}: expected {expected}", column=column, expected=expected)
    sentence = "column {column}: expected {expected}, found {found}"
    return FixInput("rule", sentence, column=column, expected=expected, found=found)


def read_tokens(rule: str) -> list[Token]:
    """The tokens of a rule, with an end. FixInput for what is no token."""
    if len(rule) > MAX_RULE:
        raise fail(MAX_RULE, Said("the end: a rule is too long to be read by people"))
    tokens: list[Token] = []
    place = 0
    while place < len(rule):
        match = _TOKEN.match(rule, place)
        if match is None:
            is_quote = rule[place] in "'\"«“‘"
            expected = "its closing quote" if is_quote else "a word, a number, a text in quotes or a parenthesis"
            raise fail(place + 1, Said(expected), repr(rule[place]))
        if match.lastgroup != "space":
            tokens.append(_read(match, place + 1))
        place = match.end()
    return [*tokens, Token("end", "", "", len(rule) + 1)]


def _read(match: "re.Match[str]", column: int) -> Token:
    group = match.lastgroup or ""
    text = match[group]
    if group in _QUOTED:
        return Token("text", text, "", column)
    kind: TokenKind = "number" if group == "number" else "mark" if group == "mark" else "word"
    return Token(kind, text, fold(text), column)
