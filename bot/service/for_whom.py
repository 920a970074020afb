"""Stage A3: words -> whether they ask for somebody else, whose size and taste are not the customer's. Pure."""

import re
from unicodedata import normalize

from bot.service.answers import simplify

_RELATIVES = (
    "mari femme epoux epouse conjointe? compagnon compagne copain copine mec meuf cheri cherie fiancee? pere papa "
    "mere maman frere soeur fils filles? enfants? bebe oncle tonton tante tata neveux? nieces? cousine?s? grand- "
    "pere grand-mere papi papy mamie mamy amie?s? pote voisine? collegues? patron patronne chef maitresse filleule? "
    r"parrain marraine beau-pere belle-mere beau-frere belle-soeur parents couple(?!\s(?:of|d[e'])) gendre bru "
    "husband wife partner "
    "boyfriend girlfriend dad daddy father mum mom mother brother sister sons? daughters? kids? child children baby "
    "uncle aunt auntie nephews? cousins? grandad granddad grandpa grandma gran nan grandfather grandmother friends? "
    "mates? fella neighbours? neighbor colleagues? coworker boss teacher godson goddaughter goddad godmother in- "
    "laws?"
)
_RELATIVE = rf"(?:{'|'.join(_RELATIVES.split())})"
# "For my sister's wedding" dresses the one who says it.
_FEAST = (
    r"(?!'?s? (?:wedding|marriage|christening|graduation|(?:birthday )?party|shower|funeral|engagement|hen do"
    r"|stag do)\b)"
)
_SIZE = r"(?:\d{2}|xxs|xs|s|m|l|xl|xxl|xxxl|[234]xl)(?![\w'])(?! (?:years?|yrs?|ans|today|tomorrow)\b)"
_OTHER = re.compile(
    r"\b(?:for|pour|to|a) (?:mon|ma|mes|notre|nos|une?|des|my|our|an?|the|some)(?: [\w-]+)?"
    rf" {_RELATIVE}\b{_FEAST}"
    rf"|\b(?:for|pour) (?:him|her|them|lui|elles?|eux|dad|mum|mom|papa|maman|papi|mamie)\b{_FEAST}"
    rf"|\b(?:mon|ma|mes|my|our|notre) (?:[\w-]+ )?{_RELATIVE}"
    r"(?: (?:needs?|wants?|cherche|veut|voudrait|aimerait|a besoin|would like|is looking|wears|porte|chausse)\b"
    rf"|(?: fait| takes| is| est|'s) (?:an?|du|en|in|une?)(?: size| taille)? {_SIZE})"
)
_GIFT = re.compile(r"\b(?:cadeaux?|gifts?|gifting|presents?|offrir|offririez)\b")
_NO_GIFT = re.compile(
    r"\b(?:cartes?[- ]cadeaux?|gift[- ]?(?:cards?|wrap\w*)|(?:emballage|paquet|papier) cadeau|at present"
    r"|[sm]'offrir|(?:gift|present|cadeau) (?:to|for|pour|a) (?:myself|me|moi))\b"
)
_NOW = re.compile(r"\bà présent\b")  # the accent alone tells it from "a present"
_MYSELF = re.compile(r"\b(?:for|pour) (?:myself|me|moi)\b")


def is_for_other(text: str) -> bool:
    """Whether something is asked for somebody else: a gift, or for a person who is named by what they are to one."""
    said = "" if text.startswith("/") else _NO_GIFT.sub(" ", simplify(_NOW.sub(" ", normalize("NFC", text.lower()))))
    return bool(_OTHER.search(said) or (_GIFT.search(said) and not _MYSELF.search(said)))
