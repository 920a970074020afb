"""Stage A2: what customers type -> what the models read. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import List, NamedTuple

from bot.dialogue.nlu.wordlists import SHORT_FORMS

_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_NUMBER = re.compile(r"#?\b(?:[A-Za-z]{1,4}-?)?\d[\d-]{3,}\b|#[A-Za-z]?\d+")
_REPEATED = re.compile(r"(.)\1{2,}")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})
_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")


class Word(NamedTuple):
    """A word without case and accents, and where it stands in the text."""

    plain: str
    start: int
    end: int


class Found(NamedTuple):
    """An entity, its value as actions read it, and where it stands."""

    name: str
    value: str
    start: int
    end: int


def fold(text: str) -> str:
    """Lower case, without accents; as long as the text wherever letters have one sign each."""
    return "".join(_fold_sign(sign) for sign in text.translate(_QUOTES))


@lru_cache(maxsize=4096)
def _fold_sign(sign: str) -> str:
    plain = "".join(each for each in unicodedata.normalize("NFKD", sign.lower()) if not unicodedata.combining(each))
    return plain if len(plain) == 1 else sign.lower()[:1]


def find_words(text: str) -> List[Word]:
    """The words of a text, folded, with their places."""
    return [Word(found.group(), found.start(), found.end()) for found in re.finditer(r"[^\W_]+", fold(text))]


def normalise(text: str) -> str:
    """The text as the encoder reads it: short forms written out, numbers and addresses named, not shown."""
    text = unicodedata.normalize("NFC", text.translate(_QUOTES)).strip()
    text = _NUMBER.sub("12345", _LINK.sub("link", _EMAIL.sub("email@example.com", text)))
    text = _REPEATED.sub(r"\1\1", text)
    text = " ".join(_TOKEN.sub(_write_out, text).split())
    return text.lower() if text.isupper() else text


def _write_out(word: "re.Match[str]") -> str:
    return SHORT_FORMS.get(word.group().lower(), word.group())
