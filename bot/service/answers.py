"""Stage A3: an open question and what was said -> Answer. Pure: yes, no, one of the options, or words.

Dialogue decides that a message answers the question; here it is decided which answer it is.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from bot.profile.state import OpenQuestion
from bot.service.quantities import NUMBERS

Kind = Literal["yes", "no", "choice", "text", "cancel", "unclear"]

_YES = frozenset(
    [
        "oui",
        "ouais",
        "ouai",
        "yes",
        "yep",
        "yeah",
        "yup",
        "sure",
        "ok",
        "okay",
        "oki",
        "dac",
        "daccord",
        "d'accord",
        "volontiers",
        "absolutely",
        "absolument",
        "parfait",
        "exact",
        "exactement",
        "correct",
        "certainly",
        "definitely",
        "carrement",
        "evidemment",
        "bien-sur",
        "oui-oui",
        "affirmatif",
        "please",
    ]
)
_YES_PHRASES = (
    "vas-y",
    "vas y",
    "allez-y",
    "allez y",
    "bien sur",
    "avec plaisir",
    "ca marche",
    "c'est bon",
    "c'est ca",
    "c'est correct",
    "je confirme",
    "tout a fait",
    "pourquoi pas",
    "go ahead",
    "go for it",
    "do it",
    "of course",
    "that's right",
    "that is right",
    "looks good",
    "sounds good",
    "i confirm",
    "why not",
    "s'il vous plait",
    "bonne idee",
    "je veux bien",
    "je prends",
    "j'accepte",
    "i accept",
    "ajoute-la",
    "ajoute-le",
    "ajoutez-la",
    "ajoutez-le",
    "add it",
    "pas de probleme",
    "pas de souci",
    "no problem",
    "no worries",
)
_NO = frozenset(["non", "nan", "no", "nope", "nah", "never", "jamais", "negative", "negatif", "pas"])
_NO_PHRASES = (
    "pas maintenant",
    "not now",
    "no thanks",
    "non merci",
    "sans facon",
    "rather not",
    "surtout pas",
    "don't",
    "do not",
)
_NOT_A_NO = ("pourquoi pas", "pas de probleme", "pas de souci", "no problem", "no worries", "why not")
_CANCEL_PHRASES = (
    "laisse tomber",
    "laissez tomber",
    "laissez-tomber",
    "annule tout",
    "oublie ca",
    "oubliez ca",
    "oubliez",
    "stop",
    "never mind",
    "nevermind",
    "forget it",
    "forget about it",
    "drop it",
    "changed my mind",
    "change d'avis",
    "rien du tout",
    "on arrete",
    "abandonne",
    "abandonnez",
)
_ORDINALS: dict[str, int] = {
    "premier": 1,
    "premiere": 1,
    "1er": 1,
    "1ere": 1,
    "1re": 1,
    "first": 1,
    "1st": 1,
    "one": 1,
    "un": 1,
    "deuxieme": 2,
    "second": 2,
    "seconde": 2,
    "2e": 2,
    "2eme": 2,
    "2nd": 2,
    "two": 2,
    "deux": 2,
    "troisieme": 3,
    "third": 3,
    "3e": 3,
    "3eme": 3,
    "3rd": 3,
    "three": 3,
    "trois": 3,
    "quatrieme": 4,
    "fourth": 4,
    "4e": 4,
    "4eme": 4,
    "4th": 4,
    "four": 4,
    "quatre": 4,
    "cinquieme": 5,
    "fifth": 5,
    "5e": 5,
    "5eme": 5,
    "5th": 5,
    "five": 5,
    "cinq": 5,
    "sixieme": 6,
    "sixth": 6,
    "6e": 6,
    "6eme": 6,
    "6th": 6,
    "dernier": -1,
    "derniere": -1,
    "last": -1,
}
# "add two of the first one": a number that counts pieces is no place in a list; "la deux" is one.
_COUNTS = re.compile(
    rf"(?<!\ble )(?<!\bla )(?<!numero )(?<!number )(?<!option )\b(?:{'|'.join(NUMBERS)}|ones?)\b"
)
_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_SIX_DIGITS = re.compile(r"(?<!\d)(\d{3})[ .-]?(\d{3})(?!\d)")
_ORDER_NUMBER = re.compile(r"#?\b[A-Za-z]{0,4}-?\d[\dA-Za-z-]{2,}\b")
_POSTCODE = re.compile(
    r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"  # SW1A 1AA
    r"|[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}"  # D04 X2K8
    r"|[A-Z]{1,2}-?\d{4,5}|\d{4,5}(?:-\d{4})?)\b",  # L-1234, 75011, 10001-1234
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answer:
    """What the customer answered. `option` is the chosen key; `text` what was typed; `entities` what was read in it."""

    kind: Kind
    option: str = ""
    text: str = ""
    entities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def entity(self, name: str) -> str:
        """The first value of an entity, "" when there is none."""
        values = self.entities.get(name, ())
        return values[0] if values else ""


def interpret(question: OpenQuestion, *, intent: str, text: str, entities: Mapping[str, tuple[str, ...]]) -> Answer:
    """Which answer to the question a message is; `unclear` when it is none that fits."""
    words = "" if text.startswith("/") else text.strip()
    kind, option = _read_kind(question, intent, words, entities)
    return Answer(kind, option, words, entities)


def _read_kind(
    question: OpenQuestion, intent: str, text: str, entities: Mapping[str, tuple[str, ...]]
) -> tuple[Kind, str]:
    tapped = next(iter(entities.get("option", ())), "")
    if tapped and (option := match_option(question.options, tapped)):
        return "choice", option
    if tapped and not text:
        return "unclear", ""  # a button of another question than the one that is open is no yes to this one
    if text and asks_to_stop(text):
        return "cancel", ""
    if question.options and (option := choose_option(question.options, text, entities)):
        return "choice", option
    if question.expects not in ("yes_no", "agreement", "choice", "order", "basket"):
        return _read_free_text(intent, text)
    if intent == "deny" or says_no(text):
        return "no", ""
    if intent == "affirm" or says_yes(text):
        return "yes", ""
    return "unclear", ""


def _read_free_text(intent: str, text: str) -> tuple[Kind, str]:
    if intent == "deny" and (not text or says_no(text)):
        return "no", ""
    return ("text", "") if text else ("unclear", "")


def choose_option(options: Sequence[tuple[str, str]], text: str, entities: Mapping[str, tuple[str, ...]]) -> str:
    """The key of the option that words, a number or an ordinal point at; "" for none or more than one."""
    for name in ("order_number", "option", "city", "size"):
        for value in entities.get(name, ()):
            if found := match_option(options, value):
                return found
    if found := match_option(options, text):
        return found
    positions = [find_ordinal(value) for value in entities.get("ordinal", ())] or [find_ordinal(text)]
    for position in positions:
        if position and abs(position) <= len(options):
            return options[position - 1 if position > 0 else position][0]
    return ""


def match_option(options: Sequence[tuple[str, str]], text: str) -> str:
    """The one option whose key or title the text is, or holds, or is part of; "" when that is not one."""
    said = simplify(text).lstrip("#")
    if not said:
        return ""
    exact = [key for key, title in options if said in (simplify(key).lstrip("#"), simplify(title))]
    if len(exact) == 1:
        return exact[0]
    digits = [key for key, _ in options if len(said) > 3 and said.isdigit() and re.sub(r"\D", "", key) == said]
    if len(digits) == 1:
        return digits[0]
    held = [
        key
        for key, title in options
        if _holds(said, simplify(title))
        or _holds(said, simplify(key))
        or (len(said) > 2 and _holds(simplify(title), said))
    ]
    return held[0] if len(held) == 1 else ""


def find_ordinal(text: str) -> int:
    """The position that words name, from 1, -1 for the last, 0 for none."""
    words = re.findall(r"[\w'#]+", simplify(text))
    if len(words) == 1 and words[0].lstrip("#").isdigit():
        return int(words[0].lstrip("#")) if len(words[0]) < 3 else 0
    for word in words:
        if word in _ORDINALS and (len(words) == 1 or word not in ("un", "one")):
            return _ORDINALS[word]
    numbered = re.search(r"\b(?:numero|number|no|n|option|choix|ligne|line)\s*°?\s*(\d{1,2})\b", simplify(text))
    return int(numbered.group(1)) if numbered else 0


def find_place(said: str) -> int:
    """The same of simplified words in which numbers count pieces: "two of the second one" is the second, 0 for none."""
    return find_ordinal(_COUNTS.sub(" ", said) if " " in said else said)


def says_yes(text: str) -> bool:
    """Whether words agree, in French or English."""
    said = simplify(text)
    if not said or says_no(text):
        return False
    return bool(_words(said) & _YES) or any(phrase in said for phrase in _YES_PHRASES)


def says_no(text: str) -> bool:
    """Whether words decline, in French or English."""
    said = simplify(text)
    for phrase in _NOT_A_NO:
        said = said.replace(phrase, "")
    return bool(_words(said) & _NO) or any(phrase in said for phrase in _NO_PHRASES)


def asks_to_stop(text: str) -> bool:
    """Whether words drop the whole request."""
    said = simplify(text)
    is_bare = said in ("cancel", "annuler", "annule", "annulez")
    return is_bare or any(_holds(said, phrase) for phrase in _CANCEL_PHRASES)


def find_email(text: str) -> str:
    """The first e-mail address in the words, "" for none."""
    found = _EMAIL.search(text)
    return found.group(0).strip(".'-") if found else ""


def find_code(text: str) -> str:
    """A code of six digits in the words, "" for none."""
    found = _SIX_DIGITS.search(text)
    return "".join(found.groups()) if found else ""


def find_order_number(text: str) -> str:
    """What looks most like an order number in the words, "" for none."""
    found = [each for each in _ORDER_NUMBER.findall(_EMAIL.sub(" ", text)) if any(sign.isdigit() for sign in each)]
    return max(found, key=len) if found else ""


def find_postcode(text: str) -> str:
    """What looks like a postcode in the words, "" for none."""
    found = _POSTCODE.search(_EMAIL.sub(" ", text))
    return found.group(0) if found else ""


def simplify(text: str) -> str:
    """Lower case, without accents, typographic quotes and end marks."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).lower()
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"\s+", " ", re.sub(r"[!?.,;:«»\"()]+", " ", plain)).strip()


@lru_cache(maxsize=8_192)
def simplify_name(name: str) -> str:
    """The same of a name of the catalogue, made once."""
    return simplify(name)


def _words(simple: str) -> set[str]:
    return set(simple.split())


def _holds(whole: str, part: str) -> bool:
    return bool(part) and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", whole) is not None
