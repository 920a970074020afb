"""The console: a question in plain words -> what is asked for, or which of its words are not known. Pure.

Every word has to be one of the vocabulary's (bot/console/ask_words.py), of a name of the shop's, or of a time. What is
not understood is named and never left out: half a question has another answer.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bot.console.ask_spans import find_span
from bot.console.ask_words import (
    ADVERBS,
    BY,
    CHANNEL_WORDS,
    DIMENSION_WORDS,
    FILLERS,
    MEASURE_WORDS,
    MESSAGES_ON,
    MOST,
    THROUGH,
    WEAK,
    WHICH,
)
from bot.console.measures import Question

MOST_WORDS, USUAL_DAYS = 40, 30
_LONGEST = 8  # words of a phrase
# Why there is no answer -> an English sentence of the catalogue.
PROBLEMS = {
    "words": "These words are not understood: {words}.",
    "no measure": "It does not say what to count.",
    "two measures": "It asks for several things at once: {words}. One at a time.",
    "two dimensions": "It asks for several orders at once: {words}. One at a time.",
    "two spans": "It names several times. One at a time.",
    "two names": "It names several of a kind: {words}. One at a time.",
    "future": "That time has not come yet.",
    "backwards": "That time ends before it begins.",
    "not counted": "That is not counted in this way.",
    "too long": "That is too long for a question.",
}


@dataclass(frozen=True)
class Asked:
    """What was understood, as far as it was; with a problem there is no answer."""

    measure: str = ""
    by: str = ""
    only: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    problem: str = ""  # of `PROBLEMS`
    words: tuple[str, ...] = ()  # that it is about

    def question(self) -> Question | None:
        """What can be answered; None with a problem."""
        if self.problem or self.since is None or self.until is None:
            return None
        return Question(self.measure, self.since, self.until, self.by, self.only)


@dataclass
class _Found:
    """What was gathered from the words so far."""

    measures: list[str] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    only: dict[str, list[str]] = field(default_factory=dict)
    spans: list[tuple[date, date]] = field(default_factory=list)
    unknown: list[tuple[int, str]] = field(default_factory=list)  # where, and the word
    is_weak: bool = False  # messages were named
    asks_which: bool = False


def read_question(text: str, names: Mapping[str, Mapping[str, str]], today: date) -> Asked:
    """What a question asks for. `names`: of `journey` and `segment`, what one is called -> its key.

    Without a time, the last thirty days.
    """
    words = normalise(text).split()
    if len(words) > MOST_WORDS:
        return Asked(problem="too long")
    called = {kind: {normalise(name): key for name, key in each.items()} for kind, each in names.items()}
    found, at = _Found(), 0
    while at < len(words):
        at += _take(words, at, called, found, today)
    return _judge(found, today)


def check(asked: Asked, today: date) -> Asked:
    """The same with its problem, where its parts do not go together."""
    problem = ""
    if not asked.measure:
        problem = "no measure"
    elif asked.since is None or asked.until is None or asked.since > today:
        problem = "future"
    elif asked.since > asked.until:
        problem = "backwards"
    elif Question(asked.measure, asked.since, asked.until, asked.by, asked.only).source is None:
        problem = "not counted"
    until = min(asked.until, today) if asked.until and asked.until > today else asked.until
    return Asked(asked.measure, asked.by, asked.only, asked.since, until, problem)


def normalise(text: str) -> str:
    """Small, without accents and marks, words apart by one space."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(re.findall(r"\w+", plain.replace("_", " ")))


def _take(words: Sequence[str], at: int, called: Mapping[str, Mapping[str, str]], found: _Found, today: date) -> int:
    """How many words were taken from here. The longest phrase wins, a time before others of its length."""
    span = find_span(list(words), at, today)
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        if span and span.words == length:
            found.spans.append((span.since, span.until))
            return length
        phrase = " ".join(words[at : at + length])
        if _take_name(phrase, called, found) or _take_shown_by(words, at, length, found):
            return length
        if phrase in MEASURE_WORDS:
            found.measures.append(MEASURE_WORDS[phrase])
            return length
        if phrase in ADVERBS:
            found.by.append(ADVERBS[phrase])
            return length
        if phrase in CHANNEL_WORDS:
            found.only.setdefault("channel", []).append(CHANNEL_WORDS[phrase])
            found.is_weak |= phrase in MESSAGES_ON
            return length
        if phrase in MOST and found.asks_which:
            return length
        if phrase in FILLERS:
            found.is_weak |= phrase in WEAK
            return length
    found.unknown.append((at, words[at]))
    return 1


def _take_name(phrase: str, called: Mapping[str, Mapping[str, str]], found: _Found) -> bool:
    for kind, names in called.items():
        if phrase in names:
            found.only.setdefault(kind, []).append(names[phrase])
            return True
    return False


def _take_shown_by(words: Sequence[str], at: int, length: int, found: _Found) -> bool:
    """`by channel`, `which channel`: a word that leads and one that is led; or `by e-mail`."""
    for split in range(1, length):
        lead, led = " ".join(words[at : at + split]), " ".join(words[at + split : at + length])
        if led in DIMENSION_WORDS and (lead in BY or lead in WHICH):
            found.by.append(DIMENSION_WORDS[led])
            found.asks_which |= lead in WHICH
            return True
        if led in CHANNEL_WORDS and lead in THROUGH:
            found.only.setdefault("channel", []).append(CHANNEL_WORDS[led])
            return True
    return False


def _judge(found: _Found, today: date) -> Asked:
    measures = list(dict.fromkeys(found.measures)) or (["sent"] if found.is_weak else [])
    if len(measures) > 1 and "sent" in measures:  # "clicks on messages sent": what is counted of them
        measures.remove("sent")
    by = list(dict.fromkeys(found.by))
    only = {kind: list(dict.fromkeys(each)) for kind, each in found.only.items()}
    since, until = found.spans[0] if found.spans else (today - timedelta(days=USUAL_DAYS - 1), today)
    parts = Asked(
        measures[0] if measures else "", by[0] if by else "", {kind: each[0] for kind, each in only.items()},
        since, until,
    )
    if len(measures) > 1:
        return _with(parts, "two measures", measures)
    if found.unknown:
        return _with(parts, "words" if measures else "no measure", _runs(found.unknown))
    if len(by) > 1:
        return _with(parts, "two dimensions", by)
    if len(found.spans) > 1:
        return _with(parts, "two spans", ())
    if several := next((each for each in only.values() if len(each) > 1), None):
        return _with(parts, "two names", several)
    return check(parts, today)


def _with(parts: Asked, problem: str, words: Sequence[str]) -> Asked:
    return Asked(parts.measure, parts.by, parts.only, parts.since, parts.until, problem, tuple(words))


def _runs(unknown: Sequence[tuple[int, str]]) -> list[str]:
    """Words that stood side by side, together."""
    runs: list[str] = []
    last = -2
    for at, word in unknown:
        if at == last + 1:
            runs[-1] += f" {word}"
        else:
            runs.append(word)
        last = at
    return runs
