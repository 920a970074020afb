"""Stage A6: a question about what a product stands for -> what the shop states of it, and what it leaves unsaid. Pure.

Nothing is inferred: a topic that the product's attributes do not speak of is said to be unknown.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale

from bot.commerce.types import Product
from bot.service.answers import simplify
from bot.texts.catalogue import translate

_ASKED = {  # by topic, in both languages, without accents
    "material": r"matiere|material|tissu|fabric|compos|fait en quoi|made of|made from|vegan",
    "origin": (
        r"fabrique|origine|provenance|confectionne|quel pays|made in|where .*(?:made|from)|made where|comes? from"
        r"|country|\bfaite?s? ou\b(?! en\b)|\bvien(?:t|nent) d'ou\b|\bd'ou vien(?:t|nent)\b"
    ),
    "care": r"\bwash|\blav|entretien|entretenir|\bcare\b|\biron|repass|dry clean|pressing|seche.linge|tumble",
    "repair": r"repair|repar|ressemel|resol|\bmend\b|spare part|piece detachee",
    "recycling": r"recycl|end of (?:its )?life|fin de vie|compost|biodegrad",
    "impact": r"impact|carbon|\bco2\b|footprint|empreinte|environment|ecolog|sustainab|durable|ethic|ethiq",
}
_SENTENCES = {
    "material": "Material: {fact}.", "origin": "Made in: {fact}.", "care": "Care: {fact}.", "repair": "Repair: {fact}.",
    "recycling": "Recycling: {fact}.", "impact": "Impact: {fact}.",
}
_NAMES = {
    "material": "the material", "origin": "where it is made", "care": "its care", "repair": "its repair",
    "recycling": "its recycling", "impact": "its impact",
}


def topics_asked(text: str) -> tuple[str, ...]:
    """What a message asks about: material, origin, care, repair, recycling, impact."""
    said = simplify(text)
    return tuple(topic for topic, pattern in _ASKED.items() if re.search(pattern, said))


def tell_stated(
    product: Product, topics: Sequence[str], words: Mapping[str, Mapping[str, Sequence[str]]], language: str
) -> list[str]:
    """A sentence for each topic that the product speaks of, and one that names the others."""
    told = tell_known(product, topics, words, language)
    unknown = [translate(language, _NAMES[each]) for each in topics if not stated_fact(product, each, words, language)]
    if unknown:
        names = ", ".join(unknown)
        told.append(translate(language, "The shop states nothing about {topics}, and I will not guess.", topics=names))
    return told


def tell_known(
    product: Product, topics: Sequence[str], words: Mapping[str, Mapping[str, Sequence[str]]], language: str
) -> list[str]:
    """A sentence for each topic that the product speaks of; the others are passed over."""
    facts = {topic: stated_fact(product, topic, words, language) for topic in topics}
    return [translate(language, _SENTENCES[topic], fact=fact) for topic, fact in facts.items() if fact]


def stated_fact(
    product: Product, topic: str, words: Mapping[str, Mapping[str, Sequence[str]]], language: str
) -> str:
    """What the product's attributes state, in words; "" for nothing. They may hold a code, or a text by language."""
    value: Any = product.attributes.get(topic)
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or "")
    if not value:
        return ""
    values = value if isinstance(value, list | tuple) else (value,)
    return ", ".join(_say_value(str(each), topic, words, language) for each in values)


def _say_value(value: str, topic: str, words: Mapping[str, Mapping[str, Sequence[str]]], language: str) -> str:
    if topic == "origin":
        return str(Locale(language).territories.get(value, value))
    names = words.get(topic, {}).get(value, ())
    return str(names[1] if language == "fr" and len(names) > 1 else names[0] if names else value).replace("_", " ")
