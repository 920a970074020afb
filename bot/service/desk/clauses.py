"""Stage A4: a message -> its clauses: what stands between full stops, and between "and" and the next thing to do. Pure."""

import re
from dataclasses import dataclass

from bot.service.desk.cues import Ask, Do, find_ask, find_do
from bot.service.desk.naming import plain

_SENTENCE = re.compile(r"(?<=[!?;\n])\s*|(?<=\.)\s+(?!\d)|\s+-\s+")
_VERB = (
    r"cancel|call off|return|send\w* back|refund|exchang|swap|replac|modify|chang|switch|upgrad|updat|ship|deliver|track|tell|"
    r"use (?:it|that|this)|make sure|on (?:every|all)|remov|check|know|what|how|which|annul|retourn|renvo|rembours|echang|échang|remplac|modifi|livr|savoir|dites|combien|quel"
)
_LEAD = (
    r"(?:(?:please|also|then|if possible|could you|can you|can i|could i|would you|i(?:'d| would)? (?:also )?(?:like|want|need|wish)"
    r"(?: you)?(?: to)?|i'm (?:also )?(?:looking|hoping|trying) to|to|je (?:veux|voudrais|souhaite|vais)(?: aussi)?|aussi|ensuite|puis|"
    r"pouvez-vous|peux-tu|pourriez-vous|help me|let me|go ahead and|for|do)\s+)*"
)
_JOINT = re.compile(
    rf"(?:,|;)?\s+(?:and|plus|then|but|et|puis|ensuite|mais|as well as|after that|also|while)\s+(?={_LEAD}(?:{_VERB}))"
    rf"|,\s+(?={_LEAD}(?:{_VERB}))",
    re.IGNORECASE,
)
_NO_FIRST = re.compile(
    r"^\W*(?:no|nope|non|nah)\s*(?:[,.!;:-]+|(?=i\b|the\b|please\b|it\b|can\b|je\b))\s*", re.IGNORECASE
)  # "no, exchange it" wants it
_MORE = re.compile(
    r"\b(also|too|as well|another thing|in addition|additionally|next|after that|one more|while (?:you|we)|besides|"
    r"aussi|egalement|en plus|autre chose|ensuite|puis)\b"
)
_INSTEAD = re.compile(
    r"\b(actually|instead|rather|on second thou?ghts?|changed my mind|scratch that|forget (?:it|that|about|the)|never ?mind|"
    r"in that case|en fait|finalement|plutot|change d'avis|laissez? tomber)\b"
)


@dataclass(frozen=True)
class Clause:
    """A stretch of a message that says one thing."""

    text: str  # as it was typed
    said: str  # as it is compared
    do: Do = ""
    ask: Ask = ""
    is_more: bool = False  # "also", "as well": beside what is half done
    is_instead: bool = False  # "actually", "rather": in the place of it


def read_clauses(text: str, *, is_asked: bool = False) -> list[Clause]:
    """Each clause of a message with what it wants done or told; `is_asked` when it answers a question of ours."""
    parts = [part for sentence in _SENTENCE.split(text) for part in _cut(sentence) if re.search(r"\w", part)]
    return [_read(part, is_asked=is_asked) for part in parts]


def _cut(sentence: str) -> list[str]:
    """A sentence's parts; what ends with a question mark is asked to its end."""
    starts = [0, *(match.end() for match in _JOINT.finditer(sentence))]
    ends = [*(match.start() for match in _JOINT.finditer(sentence)), len(sentence)]
    parts = [sentence[start:end] for start, end in zip(starts, ends, strict=True)]
    return [
        f"{part}?" if sentence.rstrip().endswith("?") and not part.rstrip().endswith("?") else part for part in parts
    ]


def _read(text: str, *, is_asked: bool) -> Clause:
    said = plain(_NO_FIRST.sub("", text))
    do = find_do(said)
    ask = find_ask(said, do, has_mark="?" in text, is_asked=is_asked)
    return Clause(
        text=text.strip(), said=said, do="" if ask else do, ask=ask,
        is_more=bool(_MORE.search(said)), is_instead=bool(_INSTEAD.search(said)),
    )  # fmt: skip
