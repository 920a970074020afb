"""The shop's tone, as `tone.toml` has it: how it addresses people, what it never says; words -> where they differ."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from bot.content.checking import Finding, list_sentences
from bot.content.claims import fold
from bot.contracts.messages import LANGUAGES
from bot.toml_file import Table, TomlFile, read_toml

Address = Literal["vous", "tu"]
ADDRESSES: tuple[Address, ...] = ("vous", "tu")
FILE = "tone.toml"
_KEYS = frozenset({"emoji", "longest_sentence_words", *LANGUAGES})
_LANGUAGE_KEYS = frozenset({"signature", "never"})
_MOST_WORDS, _MOST_NEVER, _MOST_CHARACTERS = 100, 200, 80
_FIRST_EMOJI = 0x1F000
_WORD = re.compile(r"[^\W_]")
_OTHER_ADDRESS: Mapping[str, re.Pattern[str]] = {
    "vous": re.compile(r"\b(?:tu|te|toi|ton|ta|tes|tiens?|tiennes?)\b|\bt'"),
    "tu": re.compile(r"\b(?:vous|votre|vos|votres?)\b"),
}


@dataclass(frozen=True)
class Tone:
    """How a shop speaks. `signature` and `never` by language; a shop without the file has no rule but `vous`."""

    address: Address = "vous"  # in French
    emoji: bool = True
    longest_sentence_words: int = 0  # 0: as long as it likes
    signature: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, ""))
    never: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, ()))


def load_tone(path: Path) -> Tone:
    """Read a shop's tone; one without rules where there is no file. FixConfiguration names line and key."""
    return read_tone(read_toml(path)) if path.exists() else Tone()


def read_tone(file: TomlFile) -> Tone:
    """What the file says. FixConfiguration names the key that is wrong."""
    top = Table(file, "tone", 0, file.content)
    top.refuse_unknown(_KEYS)
    tables = {language: file.table(language) for language in LANGUAGES}
    for language, table in tables.items():
        table.refuse_unknown(_LANGUAGE_KEYS | ({"address"} if language == "fr" else frozenset()))
    address = tables["fr"].one_of("address", ADDRESSES, "vous")
    return Tone(
        address="tu" if address == "tu" else "vous", emoji=top.truth("emoji", True),
        longest_sentence_words=_read_longest(top),
        signature={language: _read_signature(table) for language, table in tables.items()},
        never={language: _read_never(table) for language, table in tables.items()},
    )


def write_tone(tone: Tone) -> dict[str, Any]:
    """What the file would hold: `read_tone` of it is the tone."""
    return {
        "emoji": tone.emoji, "longest_sentence_words": tone.longest_sentence_words,
        **{
            language: {
                **({"address": tone.address} if language == "fr" else {}), "signature": tone.signature[language],
                "never": list(tone.never[language]),
            } for language in LANGUAGES
        },
    }


def dump_tone(tone: Tone) -> dict[str, Any]:
    """As JSON can hold it, for what is agreed on."""
    return {**asdict(tone), "never": {language: list(words) for language, words in tone.never.items()}}


def parse_tone(data: Mapping[str, Any]) -> Tone:
    """What `dump_tone` wrote."""
    return Tone(**{**data, "never": {language: tuple(words) for language, words in data["never"].items()}})


def check_tone(text: str, language: str, tone: Tone) -> tuple[Finding, ...]:
    """Where words differ from the tone. Pure."""
    return tuple(dict.fromkeys([
        *_check_address(text, language, tone), *_check_never(text, language, tone), *_check_emoji(text, tone),
        *_check_length(text, tone),
    ]))


def _check_address(text: str, language: str, tone: Tone) -> Iterator[Finding]:
    if language == "fr" and (found := _OTHER_ADDRESS[tone.address].search(fold(text))):
        yield Finding(f"says_{tone.address}", found[0])


def _check_never(text: str, language: str, tone: Tone) -> Iterator[Finding]:
    folded = fold(text)
    for words in tone.never[language]:
        if re.search(rf"(?<!\w){re.escape(fold(words))}(?!\w)", folded):
            yield Finding("never_said", words)


def _check_emoji(text: str, tone: Tone) -> Iterator[Finding]:
    if not tone.emoji:
        yield from (Finding("emoji", each) for each in text if _is_emoji(each))


def _is_emoji(sign: str) -> bool:
    return ord(sign) >= _FIRST_EMOJI or unicodedata.category(sign) == "So"


def _check_length(text: str, tone: Tone) -> Iterator[Finding]:
    for sentence in list_sentences(text) if tone.longest_sentence_words else ():
        count = sum(1 for word in sentence.split() if _WORD.search(word))
        if count > tone.longest_sentence_words:
            yield Finding("long_sentence", f"{count} > {tone.longest_sentence_words}")


def _read_longest(top: Table) -> int:
    words = top.number("longest_sentence_words", 0)
    if not words.is_integer() or words > _MOST_WORDS:
        raise top.fail("longest_sentence_words", "must be a whole number, {most} at most; 0: no rule", most=_MOST_WORDS)
    return int(words)


def _read_signature(table: Table) -> str:
    signature = table.text("signature", "")
    if len(signature) > _MOST_CHARACTERS or "{" in signature or not signature.isprintable():
        raise table.fail("signature", "must be plain words, {most} characters at most", most=_MOST_CHARACTERS)
    return signature


def _read_never(table: Table) -> tuple[str, ...]:
    words = table.texts("never", ())
    if len(words) > _MOST_NEVER or any(len(each) > _MOST_CHARACTERS or not each.strip() for each in words):
        sentence = "must be {most} words or phrases at most, of {characters} characters at most each"
        raise table.fail("never", sentence, most=_MOST_NEVER, characters=_MOST_CHARACTERS)
    return words
