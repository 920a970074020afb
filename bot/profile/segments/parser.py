"""A segment's rule, as people write it -> its tree. docs/segments.md has the grammar.

Recursive descent, one function a line of the grammar. FixInput names the column and what was expected there.
"""

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import get_currency_precision

from bot.errors import FixInput, Said
from bot.profile.segments.lexer import Token, fail, read_tokens
from bot.profile.segments.tree import (
    ONCE,
    And,
    Bought,
    Comparison,
    Condition,
    Consents,
    Did,
    Identified,
    InSegment,
    Not,
    Or,
    PurchaseField,
    Seen,
    Spent,
    Trait,
    Tree,
)
from bot.profile.segments.words import (
    CHANNELS,
    FIELDS,
    KINDS,
    LONGEST_PHRASE,
    NUMBERS,
    OPERATORS,
    PHRASES,
    PURPOSE_WORDS,
    UNITS,
    Symbol,
    fold,
)

_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP"}
_ARTICLES = ("a", "an", "the", "un", "une", "des", "du", "le", "la", "les")
_MAX_DEPTH = 50
_LONGEST_WINDOW = 100 * 31_536_000
_CONDITION = (
    "a condition: bought, spent, did, seen, trait, identity, consents to, in segment "
    "(a acheté, a dépensé, a fait, vu, trait, identité, consent à, dans le segment)"
)


def parse_rule(rule: str) -> Tree:
    """The tree of a rule. FixInput("rule") names the column and what was expected."""
    reader = _Reader(read_tokens(rule))
    tree = _read_either(reader, 0)
    if reader.token.kind != "end":
        raise reader.fail("and, or (et, ou) or the end")
    return tree


class _Reader:
    """The tokens, and how far they are read."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens, self.place = tokens, 0
        self.unit = 0  # seconds of the last unit that was named: "in 90 days and not seen for 30"

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    @property
    def following(self) -> Token:
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def take(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def peek(self, *symbols: Symbol) -> int:
        """How many tokens the longest phrase here has that may stand for one of these; 0 for none."""
        words = [each.folded for each in self.tokens[self.place : self.place + LONGEST_PHRASE]]
        for length in range(len(words), 0, -1):
            meant = PHRASES.get(tuple(words[:length]))
            if meant is not None and "" not in words[:length]:
                if meant & set(symbols):
                    return length
                # A longer phrase hides what its beginning would mean, but for the words that only fill.
                if length > 1:
                    return 0
        return 0

    def accept(self, *symbols: Symbol) -> bool:
        """Step over a phrase that may stand for one of these, if one is here."""
        length = self.peek(*symbols)
        self.place += length
        return length > 0

    def which[Kind: Symbol](self, symbols: Sequence[Kind]) -> Kind | None:
        """Which of these is here, stepped over."""
        return next((symbol for symbol in symbols if self.accept(symbol)), None)

    def expect(self, symbol: Symbol, what: str) -> None:
        if not self.accept(symbol):
            raise self.fail(what)

    def fail(self, expected: str, **values: object) -> FixInput:
        token = self.token
        found: object = Said("the end") if token.kind == "end" else repr(token.text)
        return fail(token.column, Said(expected, **values), found)


def _read_either(reader: _Reader, depth: int) -> Tree:
    parts = [_read_both(reader, depth)]
    while reader.accept("OR"):
        parts.append(_read_both(reader, depth))
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _read_both(reader: _Reader, depth: int) -> Tree:
    parts = [_read_one(reader, depth)]
    while reader.accept("AND"):
        parts.append(_read_one(reader, depth))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _read_one(reader: _Reader, depth: int) -> Tree:
    if depth > _MAX_DEPTH:
        raise reader.fail("fewer parentheses")
    while not reader.peek("BOUGHT", "SPENT", "DID", "CONSENTS") and reader.accept("NOISE", "HAS", "IS"):
        pass
    if reader.accept("NOT"):
        return Not(_read_one(reader, depth + 1))
    if reader.accept("OPEN"):
        tree = _read_either(reader, depth + 1)
        reader.expect("CLOSE", "and, or (et, ou) or a closing parenthesis")
        return tree
    return _read_condition(reader)


def _read_condition(reader: _Reader) -> Tree:
    if reader.accept("BOUGHT"):
        return _read_bought(reader)
    if reader.accept("SPENT"):
        return _read_spent(reader)
    if reader.accept("DID"):
        event = _read_value(reader, "an event's name in quotes, as in 'Product Viewed'")
        times, window = _read_times_and_window(reader)
        return Did(event, times, window)
    if reader.accept("SEEN"):
        return Seen(_read_window(reader))
    if reader.accept("TRAIT"):
        return _read_trait(reader)
    if reader.peek("IDENTITY", "VERIFIED"):
        return _read_identity(reader)
    if reader.accept("CONSENTS"):
        return _read_consents(reader)
    if reader.accept("SEGMENT"):
        return InSegment(_read_value(reader, "a segment's name"))
    raise reader.fail(_CONDITION)


def _read_bought(reader: _Reader) -> Condition:
    field: PurchaseField = ""
    if reader.token.folded in _ARTICLES and _is_item(reader.following):
        reader.take()
    if reader.token.folded in FIELDS and _is_field_value(reader):
        field = FIELDS[reader.take().folded]
    value = reader.take().text.lower() if field or _is_item(reader.token) else ""
    times, window = _read_times_and_window(reader)
    return Bought(field, value, times, window)


def _read_spent(reader: _Reader) -> Condition:
    operator = reader.which(OPERATORS)
    if operator is None:
        raise reader.fail("over, under, at least, at most, exactly (plus de, moins de, au moins, au plus, exactement)")
    sign = _CURRENCIES.get(reader.take().text, "") if reader.token.text in _CURRENCIES else ""
    if reader.token.kind != "number":
        raise reader.fail("an amount")
    amount = reader.take().number
    currency = sign or _read_currency(reader)
    minor = amount.scaleb(get_currency_precision(currency))
    return Spent(Comparison(operator, minor.normalize()), currency, _read_window(reader))


def _read_currency(reader: _Reader) -> str:
    text = reader.token.text
    if text not in _CURRENCIES and not (len(text) == 3 and text.isascii() and text.isupper()):
        raise reader.fail("a currency, as in EUR")
    return _CURRENCIES.get(reader.take().text, text)


def _read_trait(reader: _Reader) -> Tree:
    name = _read_value(reader, "a trait's name")
    if len(name) > 64:
        raise fail(reader.token.column, Said("a trait's name of at most 64 letters before this"))
    key = _read_value(reader, "an entry in quotes") if reader.accept("OF") else ""
    reader.accept("NOISE")  # n'est pas, n'a pas
    operator = reader.which(OPERATORS)
    if operator:
        return Trait(name, "number", key=key, comparison=Comparison(operator, _read_number(reader)))
    if key:
        raise reader.fail("over, under, at least, at most, exactly and a number")
    if reader.accept("IS"):
        return Not(_read_trait_is(reader, name)) if reader.accept("NOT") else _read_trait_is(reader, name)
    if reader.accept("HAS"):
        is_denied = reader.accept("NOT")
        has = Trait(name, "has", _read_value(reader, "a value in quotes"))
        return Not(has) if is_denied else has
    if reader.accept("KNOWN"):
        return Trait(name, "known")
    raise reader.fail("is, has, is known, over, under, at least, at most (est, a, est connu, plus de, ...)")


def _read_trait_is(reader: _Reader, name: str) -> Tree:
    if reader.accept("KNOWN"):
        return Trait(name, "known")
    operator = reader.which(OPERATORS)
    if operator or reader.token.kind == "number":
        return Trait(name, "number", comparison=Comparison(operator or "=", _read_number(reader)))
    return Trait(name, "is", _read_value(reader, "known, a number or a value in quotes"))


def _read_identity(reader: _Reader) -> Condition:
    is_verified = reader.accept("VERIFIED")
    reader.expect("IDENTITY", "identity (identité)")
    is_verified = reader.accept("VERIFIED") or is_verified
    kind = _read_one_of(reader, KINDS, "a kind of identity")
    return Identified(kind, reader.accept("VERIFIED") or is_verified)


def _read_consents(reader: _Reader) -> Tree:
    is_denied = reader.accept("NOT")
    reader.accept("TO")
    reader.accept("NOISE")
    token = reader.token
    purpose = PURPOSE_WORDS.get(fold(token.text)) if _is_value(token) else None
    if purpose is None:
        raise reader.fail("a purpose: {known}", known=", ".join(PURPOSE_WORDS))
    reader.take()
    reader.expect("ON", "on (sur) and a channel")
    consents = Consents(purpose, _read_one_of(reader, CHANNELS, "a channel"))
    return Not(consents) if is_denied else consents


def _read_times_and_window(reader: _Reader) -> tuple[Comparison, int]:
    """In either order; each at most once."""
    times: Comparison | None = None
    window = 0
    while True:
        if times is None and (times := _read_times(reader)):
            continue
        if not window and (window := _read_window(reader)):
            continue
        return times or ONCE, window


def _read_times(reader: _Reader) -> Comparison | None:
    """A count without a comparison means at least so many."""
    if reader.accept("ONCE"):
        return ONCE
    if reader.accept("TWICE"):
        return Comparison(">=", Decimal(2))
    start = reader.place
    operator = reader.which(OPERATORS)
    if operator and reader.peek("ONCE", "TWICE"):
        return Comparison(operator, Decimal(1 if reader.accept("ONCE") or not reader.accept("TWICE") else 2))
    if not _is_number(reader.token):
        if operator:
            raise reader.fail("a number of times")
        return None
    count = reader.take().number
    if reader.accept("TIMES"):
        if count != count.to_integral_value():
            raise fail(reader.tokens[start].column, Said("a whole number of times"))
        return Comparison(operator or ">=", count)
    if operator:
        raise reader.fail("times (fois)")
    reader.place = start
    return None


def _read_window(reader: _Reader) -> int:
    """Seconds back from now; 0 where no time is named."""
    start = reader.place
    has_word = False
    while reader.accept("WITHIN", "LAST", "NOISE"):
        has_word = True
    if not _is_number(reader.token):
        following = reader.token.folded
        if has_word and following in UNITS:  # in the last month
            return UNITS[reader.take().folded]
        if has_word:
            raise reader.fail("a number of days")
        return 0
    number = reader.take().number
    reader.accept("LAST")
    if reader.token.folded in UNITS:
        reader.unit = UNITS[reader.take().folded]
    elif not has_word:
        reader.place = start
        return 0
    elif not (reader.unit and (reader.token.kind == "end" or reader.peek("AND", "OR", "CLOSE"))):
        raise reader.fail("days, weeks, months (jours, semaines, mois), as in 90 days")
    seconds = int(number * reader.unit)
    if not 0 < seconds <= _LONGEST_WINDOW:
        raise fail(reader.tokens[start].column, Said("a time between a minute and a hundred years"))
    return seconds


def _read_number(reader: _Reader) -> Decimal:
    if not _is_number(reader.token):
        raise reader.fail("a number")
    return reader.take().number


def _read_value(reader: _Reader, what: str) -> str:
    token = reader.token
    if not _is_value(token):
        raise reader.fail(what)
    reader.take()
    return token.text


def _read_one_of(reader: _Reader, allowed: Sequence[str], what: str) -> str:
    if reader.token.text.lower() not in allowed:
        raise reader.fail("{what}: {known}", what=Said(what), known=", ".join(allowed))
    return reader.take().text.lower()


def _is_value(token: Token) -> bool:
    return token.kind == "text" and bool(token.text) or token.kind == "word"


def _is_field_value(reader: _Reader) -> bool:
    """What follows a field: an item, or a number that counts nothing (size 38)."""
    counted = reader.tokens[min(reader.place + 2, len(reader.tokens) - 1)].folded
    counts = "TIMES" in PHRASES.get((counted,), ()) or counted in UNITS
    return _is_item(reader.following) or reader.following.kind == "number" and not counts


def _is_item(token: Token) -> bool:
    """A text in quotes, or a word that means nothing else here."""
    if token.kind == "text":
        return bool(token.text)
    is_ours = any(phrase[0] == token.folded for phrase in PHRASES) or token.folded in NUMBERS
    return token.kind == "word" and not is_ours


def _is_number(token: Token) -> bool:
    return token.kind == "number" or token.kind == "word" and token.folded in NUMBERS
