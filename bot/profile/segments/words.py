"""The words of the rule language, English and French alike, each with what it stands for.

Compared without case and accents. Where several phrases begin alike, the longest counts.
"""

import unicodedata
from typing import Literal, get_args

from bot.profile.consent import PURPOSES
from bot.profile.segments.tree import Operator, PurchaseField

Symbol = Literal[
    "AND", "OR", "NOT", "OPEN", "CLOSE", "BOUGHT", "SPENT", "DID", "SEEN", "TRAIT", "IDENTITY", "VERIFIED", "CONSENTS",
    "SEGMENT", "IS", "HAS", "KNOWN", "OF", "ON", "TO", "TIMES", "ONCE", "TWICE", "WITHIN", "LAST", "NOISE",
    ">=", ">", "<=", "<", "=",
]
OPERATORS: tuple[Operator, ...] = get_args(Operator)

_PHRASES: dict[Symbol, str] = {
    "AND": "and | et", "OR": "or | ou", "NOT": "not | never | no | non | pas | jamais", "OPEN": "(", "CLOSE": ")",
    "BOUGHT": "bought | buys | purchased | ordered | a acheté | ont acheté | acheté | achète | a commandé | commandé",
    "SPENT": "spend | spent | spends | spending | a dépensé | ont dépensé | dépensé | dépense | dépenses",
    "DID": "did | event | a fait | fait | événement",
    "SEEN": "seen | active | vu | vue | vus | actif | active",
    "TRAIT": "trait | trait",
    "IDENTITY": "identity | identité",
    "VERIFIED": "verified | vérifié | vérifiée",
    "CONSENTS": "consents | consent | consented | agrees | consent | a consenti | accepte",
    "SEGMENT": "in segment | in the segment | segment | dans segment | dans le segment | du segment",
    "IS": "is | equals | est | vaut", "HAS": "has | have | contains | includes | a | ont | contient",
    "KNOWN": "known | connu | connue", "OF": "of | pour", "ON": "on | by | sur | par", "TO": "to | à | au | aux",
    "TIMES": "times | time | fois", "ONCE": "once", "TWICE": "twice",
    "WITHIN": "in | within | for | since | during | in the | in the last | within the | within the last | over the last"
              " | over the past | in the past | for the last | en | depuis | pendant | sur les | dans | dans les"
              " | durant | ces | au cours des | sur",
    "LAST": "last | past | derniers | dernières | dernier | dernière",
    "NOISE": "who | that | was | were | been | does | do | ne | qui | y | an | the | le | la | les | l' | n' | d' | qu'"
             " | s'",
    ">=": ">= | at least | no fewer than | no less than | au moins",
    ">": "> | over | more than | above | plus de | supérieur à | supérieure à",
    "<=": "<= | at most | no more than | au plus | au maximum",
    "<": "< | under | less than | fewer than | below | moins de | inférieur à | inférieure à",
    "=": "= | exactly | exactement",
}
_UNITS = {
    60: "minute | minutes | min", 3_600: "hour | hours | h | heure | heures", 86_400: "day | days | jour | jours",
    604_800: "week | weeks | semaine | semaines", 2_592_000: "month | months | mois",
    31_536_000: "year | years | an | ans | année | années",
}
_FIELDS: dict[PurchaseField, str] = {
    "product_type": "type | product_type | category | catégorie", "brand": "brand | marque",
    "colour": "colour | color | couleur", "size": "size | taille", "product_id": "product | product_id | produit",
    "variant_id": "variant | variant_id | variante",
}
_NUMBERS = {"a": 1, "one": 1, "un": 1, "une": 1, "two": 2, "deux": 2, "three": 3, "trois": 3, "four": 4, "quatre": 4,
            "five": 5, "cinq": 5}

KINDS = ("email", "phone", "customer_id", "loyalty_id", "anonymous_id", "whatsapp_id", "messenger_id")
CHANNELS = ("web", "email", "sms", "whatsapp", "messenger")
_PURPOSES: dict[str, str] = {**dict(zip(PURPOSES, PURPOSES, strict=True)), "personnalisation": "personalisation"}


def fold(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(each for each in plain if not unicodedata.combining(each))


def _table(phrases: dict[Symbol, str]) -> dict[tuple[str, ...], frozenset[Symbol]]:
    table: dict[tuple[str, ...], frozenset[Symbol]] = {}
    for symbol, words in phrases.items():
        for phrase in words.split(" | "):
            key = tuple(fold(phrase).split())
            table[key] = table.get(key, frozenset()) | {symbol}
    return table


def _lookup[Key](groups: dict[Key, str]) -> dict[str, Key]:
    return {fold(word): key for key, words in groups.items() for word in words.split(" | ")}


PHRASES = _table(_PHRASES)  # the folded words of a phrase -> what it may stand for
LONGEST_PHRASE = max(len(phrase) for phrase in PHRASES)
UNITS = _lookup(_UNITS)
FIELDS = _lookup(_FIELDS)
NUMBERS = _NUMBERS
PURPOSE_WORDS = {fold(word): purpose for word, purpose in _PURPOSES.items()}
