"""Stage 3: the words of a message -> what Meta would refuse in them as a template, or may. Pure.

A template of ours is a body alone, its facts numbered in their order; each goes with an example. What is certain is by
Meta's own rules; words for each fact, and marks left open, are what shops were refused for.
https://developers.facebook.com/docs/whatsapp/message-templates/guidelines (2026-11)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

MOST_CHARACTERS, MOST_EMOJIS = 1_024, 10  # of a body, its facts as numbers
WORDS_FOR_A_FACT = 3  # with itself; and one more
_FACT = re.compile(r"\{\w*\}")
_WORD = re.compile(r"\{\w*\}|\w[\w’'-]*")
_BESIDE = re.compile(r"\{\w*\}\s*\{\w*\}")
_ENDS = re.compile(r"^\s*\{\w*\}|\{\w*\}\s*$")
_BREAKS = re.compile(r"\A[^\S\n]*\n|\n[^\S\n]*\Z|\n[^\S\n]*\n[^\S\n]*\n")
_BLANKS = re.compile(r"[^\S\n]{5,}|\t")
_PIECE = "[\U0001f000-\U0001faff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff]"
# A flag is two letters; what is joined, or has a skin, is one.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3"
    f"|{_PIECE}\ufe0f?[\U0001f3fb-\U0001f3ff]?(?:\u200d{_PIECE}\ufe0f?[\U0001f3fb-\U0001f3ff]?)*"
)
_MARKS = ("```", "*", "_", "~")


@dataclass(frozen=True)
class Fault:
    """What is wrong, in a sentence that goes behind the language; `is_certain`: Meta refuses it, else it may."""

    sentence: str
    values: Mapping[str, int | str] = field(default_factory=dict)
    is_certain: bool = True


def find_faults(text: str) -> list[Fault]:
    """Everything that stands against a text as a template, what is certain first; nothing where it may be sent in."""
    return [*_find_certain(text), *_find_likely(text)]


def _find_certain(text: str) -> Iterator[Fault]:
    if _ENDS.search(text):
        yield Fault("begins or ends with a fact, which Meta takes in no template")
    if _BESIDE.search(text):
        yield Fault("has two facts with no word between them, which Meta takes in no template")
    if _length_of(text) > MOST_CHARACTERS:
        yield Fault("is longer than the {most} characters that a template holds", {"most": MOST_CHARACTERS})
    if len(_EMOJI.findall(text)) > MOST_EMOJIS:
        yield Fault("has more than the {most} emojis that a template holds", {"most": MOST_EMOJIS})
    if _BREAKS.search(text):
        yield Fault("begins or ends with a line break, or has more than two in a row, which Meta takes in no template")
    if _BLANKS.search(text):
        yield Fault("has more than four blanks in a row, which Meta takes in no template")


def _find_likely(text: str) -> Iterator[Fault]:
    facts, words = len(_FACT.findall(text)), len(_WORD.findall(text))
    least = WORDS_FOR_A_FACT * facts + 1
    if facts and words < least:
        values = {"least": least, "facts": facts, "words": words}
        yield Fault("has {words} words, facts among them; of {facts} facts Meta wants {least}", values, False)
    if mark := _find_open(text):
        yield Fault("opens {mark} and does not close it: it is shown as it is", {"mark": mark}, False)


def _length_of(text: str) -> int:
    """With its facts numbered, as Meta counts."""
    numbers = count(1)
    return len(_FACT.sub(lambda _: f"{{{{{next(numbers)}}}}}", text))


def _find_open(text: str) -> str:
    """A mark of WhatsApp's formatting that stands alone: one before a word, without one behind."""
    bare = _FACT.sub("0", text)
    for mark in _MARKS:
        told = re.escape(mark)
        opened = len(re.findall(rf"(?<!\w){told}(?=\S)", bare))
        closed = len(re.findall(rf"(?<=\S){told}(?!\w)", bare))
        if opened > closed:
            return mark
        bare = bare.replace(mark, " ") if mark == "```" else bare
    return ""
