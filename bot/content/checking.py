"""Words that somebody or something proposes -> what of them the message in force does not hold. Pure.

The same check is for templates, for a language model and for people. It errs on the side of refusing: words that
claim nothing are refused now and then, and somebody says it otherwise.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.content.claims import Claim, find_claims

MAX_TEXT_CHARACTERS = 600
MAX_SUBJECT_CHARACTERS = 80
_FACT = re.compile(r"\{([a-z_]+)\}")
_FIGURE = re.compile(r"\d+(?:[.,:/]\d+)*")
_UNIT = re.compile(r"%|[€$£]|\beuros?\b", re.IGNORECASE)
_LINK = re.compile(r"https?:|www\.|\b[\w-]+\.[a-z]{2,}\b|\S+@\S+", re.IGNORECASE)  # a host of any ending
_MARKUP = re.compile(r"<[^>]*>?|&\w+;|\[[^\]]*\]\(|\*\*|__")
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})  # those that do not break, before French signs
_SENTENCE = re.compile(r"[^.!?;…]+[.!?;…]*")


@dataclass(frozen=True)
class Finding:
    """Why words may not be said: the rule, and the words or the fact it is about."""

    rule: str
    what: str = ""


def check_text(original: str, proposed: str, language: str) -> tuple[Finding, ...]:
    """What a text says otherwise than the message in force; none: every fact is as it was, and none is new.

    `original` and `proposed` are texts of the language with their {placeholders}.
    """
    return tuple(dict.fromkeys([
        *_check_form(proposed, MAX_TEXT_CHARACTERS), *_check_facts(original, proposed, must_be_whole=True),
        *_check_claims(original, proposed, language), *_check_kept(original, proposed, language),
    ]))


def check_subject(original: str, proposed: str, language: str) -> tuple[Finding, ...]:
    """The same of a subject line, which may leave out what the letter says."""
    return tuple(dict.fromkeys([
        *_check_form(proposed, MAX_SUBJECT_CHARACTERS), *_check_facts(original, proposed, must_be_whole=False),
        *_check_claims(original, proposed, language),
    ]))


def list_sentences(text: str) -> list[str]:
    """Its sentences, each with the sign that ends it."""
    return [each.strip() for each in _SENTENCE.findall(text) if each.strip()]


def _check_form(text: str, most: int) -> Iterator[Finding]:
    if not text.strip():
        yield Finding("empty")
    if len(text) > most:
        yield Finding("too_long", str(most))
    if not text.translate(_SPACES).isprintable():
        yield Finding("unreadable")
    yield from (Finding("link", found[0]) for found in _LINK.finditer(text))
    yield from (Finding("markup", found[0]) for found in _MARKUP.finditer(text))
    if "{" in (rest := _FACT.sub("", text)) or "}" in rest:
        yield Finding("broken_fact")


def _check_facts(original: str, proposed: str, *, must_be_whole: bool) -> Iterator[Finding]:
    """Placeholders, figures and their units: none more often than in the original, nor, of a text, less often."""
    for rule, pattern in (("fact", _FACT), ("figure", _FIGURE), ("figure", _UNIT)):
        had, has = _count(pattern, original), _count(pattern, proposed)
        yield from (Finding(f"{rule}_added", each) for each in has - had)
        if must_be_whole:
            yield from (Finding(f"{rule}_lost", each) for each in had - has)


def _count(pattern: re.Pattern[str], text: str) -> Counter[str]:
    plain = text if pattern is _FACT else _FACT.sub(" ", text)
    return Counter(found.group(found.re.groups) for found in pattern.finditer(plain))


def _check_claims(original: str, proposed: str, language: str) -> Iterator[Finding]:
    claimed = list(find_claims(original, language))
    kinds, words = {each.kind.name for each in claimed}, {(each.kind.name, each.words) for each in claimed}
    facts = set(_FACT.findall(original))
    for sentence in list_sentences(proposed):
        for claim in find_claims(sentence, language):
            if not _is_held(claim, kinds, words, facts, sentence):
                yield Finding("deed" if claim.kind.is_deed else f"claims_{claim.kind.name}", claim.words)


def _is_held(claim: Claim, kinds: set[str], words: set[tuple[str, str]], facts: set[str], sentence: str) -> bool:
    """Whether the message in force claims the same: by the fact that says it, else by words of the kind."""
    is_same = (claim.kind.name, claim.words) in words
    if beside := set(claim.kind.beside) & facts:
        return any(f"{{{each}}}" in sentence for each in beside)
    if claim.kind.is_same or claim.kind.beside:
        return is_same
    if claim.kind.facts:
        return is_same or bool(facts & set(claim.kind.facts))
    return claim.kind.name in kinds


def _check_kept(original: str, proposed: str, language: str) -> Iterator[Finding]:
    """What a yes does is asked still, or it would do what nobody asked; so are an apology and the way out."""
    had, has = ({each.kind.name for each in find_claims(text, language) if each.kind.is_kept}
                for text in (original, proposed))
    yield from (Finding(f"lost_{each}") for each in sorted(had - has))
