"""A message in force -> other ways of saying it and subject lines, in both languages, that say no more. Pure.

Patterns know what a case is about; turns move the message's own words, whatever it is about. Each proposal passes the
check against the message and the shop's tone in both languages, or is not made.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from bot.content.checking import Finding, check_subject, check_text, list_sentences
from bot.content.claims import find_claims, fold
from bot.content.tone import Tone, check_tone
from bot.contracts.messages import LANGUAGES
from bot.decision.messages import EVERY_CASE, Message

MOST = 6
_FILE = Path(__file__).with_name("patterns.toml")
_HELLO = {"fr": "Bonjour !", "en": "Hello!"}
_GREETINGS = ("bonjour", "bonsoir", "salut", "hello", "hi ", "hi,", "good morning", "good evening", "bon anniversaire",
              "happy birthday")
_SHORTEST_LEAD, _LONGEST_LEAD = 16, 60  # characters of a subject line that a text begins with
_NO_BREAK = "\u00a0"
_FRENCH_SIGN = re.compile(r" ([:;!?»%€])")
_EXCLAMATION = re.compile(r"\s*!")


@dataclass(frozen=True)
class Proposal:
    """Another way of saying a message, by language. `subjects` has none of a language that needs none."""

    texts: Mapping[str, str]
    subjects: Mapping[str, str]


Findings = Mapping[str, tuple[Finding, ...]]  # `text.fr`, `subject.en`: what is wrong there


def typeset(proposal: Proposal) -> Proposal:
    """With the spaces that do not break before French signs."""
    return Proposal(
        {language: _space(text, language) for language, text in proposal.texts.items()},
        {language: _space(text, language) for language, text in proposal.subjects.items()},
    )


def _space(text: str, language: str) -> str:
    return _FRENCH_SIGN.sub(f"{_NO_BREAK}\\1", text) if language == "fr" else text


def propose(kind: str, message: Message, tone: Tone) -> tuple[Proposal, ...]:
    """At most `MOST`, each unlike the message and the others."""
    found = {_fold(message.texts): Proposal({}, {})}
    for made in (*_fill_patterns(kind, message, tone), *_turn(message, tone)):
        if "email" not in message.channels:
            made = replace(made, subjects={})
        if not any(check_proposal(message, made, tone).values()):
            found.setdefault(_fold(made.texts), typeset(made))
    return tuple(found.values())[1 : MOST + 1]


def check_proposal(message: Message, proposal: Proposal, tone: Tone) -> Findings:
    """What is wrong with it, by place; a place where nothing is has no findings."""
    found: dict[str, tuple[Finding, ...]] = {}
    for language, text in proposal.texts.items():
        original = message.texts[language]
        found[f"text.{language}"] = (*check_text(original, text, language), *check_tone(text, language, tone))
        if subject := proposal.subjects.get(language, ""):
            found[f"subject.{language}"] = (
                *check_subject(original, subject, language), *check_tone(subject, language, tone),
            )
    return found


def _fold(texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(fold(texts[each]) for each in LANGUAGES)


def _fill_patterns(kind: str, message: Message, tone: Tone) -> Iterator[Proposal]:
    cases = _patterns().get(kind, {})
    known = cases.get("any" if message.case == EVERY_CASE else message.case, [])
    french = "tu" if tone.address == "tu" else "fr"
    for each in known:
        subject = each["subject"]
        texts: dict[str, str] = {"fr": each.get(french, each["fr"]), "en": each["en"]}
        yield Proposal(
            {language: f"{text}{_way_out(message.texts[language], language)}" for language, text in texts.items()},
            {"fr": subject.get(french, subject["fr"]), "en": subject["en"]},
        )


def _turn(message: Message, tone: Tone) -> Iterator[Proposal]:
    """The message's own words: with a greeting, without exclamations, with the shop's signature."""
    leads: dict[str, str] = {language: _lead(message.texts[language]) for language in LANGUAGES}
    subjects = leads if all(leads.values()) else {}
    for turn in (_greet, _calm, lambda text, language: _sign(text, tone.signature[language])):
        texts: dict[str, str] = {language: turn(message.texts[language], language) for language in LANGUAGES}
        if all(texts.values()):
            yield Proposal(texts, subjects)


def _way_out(text: str, language: str) -> str:
    """The sentence that says how to hear no more, where a text ends with one."""
    last = list_sentences(text)[-1]
    return f" {last}" if any(each.kind.name == "way_out" for each in find_claims(last, language)) else ""


def _greet(text: str, language: str) -> str:
    """"" for a text that begins with a greeting, or with a call that serves as one."""
    is_greeted = fold(text).startswith(_GREETINGS) or list_sentences(text)[0].endswith("!")
    return "" if is_greeted else f"{_HELLO[language]} {text}"


def _calm(text: str, _language: str) -> str:
    return _EXCLAMATION.sub(".", text) if "!" in text else ""


def _sign(text: str, signature: str) -> str:
    return f"{text} {signature}" if signature and not text.endswith(signature) else ""


def _lead(text: str) -> str:
    """What the first sentence says before a colon, as a subject line; "" where that says too little, or too much."""
    lead = list_sentences(text)[0].partition(":")[0].strip().rstrip(".!").strip()
    return lead if _SHORTEST_LEAD <= len(lead) <= _LONGEST_LEAD else ""


@cache
def _patterns() -> dict[str, dict[str, list[dict[str, Any]]]]:
    return tomllib.loads(_FILE.read_text("utf-8"))
