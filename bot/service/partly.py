"""Stage A3: words that want a part of what was proposed: "all but the soap", "only the socks". Pure."""

import re

from bot.service.answers import simplify
from bot.service.quantities import NUMBERS

_BUT = (
    r"(?:except(?:ing)?(?: for)?\b|apart from\b|aside from\b|other than\b|save for\b|sauf\b|hormis\b|excepte\b"
    r"|(?:mis )?a part\b|a l'exception d(?:e\b|'))"
)
_SPEAKS = (
    r"(?:(?:(?:i|i'll|i'd|like|want|let's|je|on|va|veux|voudrais|take|add|keep|leave|put|buy|prend\w*|ajout\w*|met\w*"
    r"|gard\w*|laiss\w*|achet\w*|pour moi|for me)\b|j'|-?en\b)[ -]*)"
)
_WHOLE = (
    r"\b(?:everything|all|both|whole|lot|it|them|these|those|tout|toute|tous|toutes|ensemble|look|les deux"
    r"|les (?:prends|veux)|(?:ajout|met|prend)\w*-(?:les|la))\b"
)
# "Take it all but make it blue" leaves nothing out: behind a plain "but" a thing has to be named.
_ALL_BUT = re.compile(
    rf"{_SPEAKS}*(?:the |l')?{_WHOLE}(?P<all>[^,]*?) ?\b(?:{_BUT}|(?:but )?(?:without|sans|minus|moins)\b(?! cher))"
    rf"|{_SPEAKS}*\b(?:everything|all|both)(?P<each>(?: of (?:it|them|that|these))?) but"
    r"(?= (?:the|my|that|this|those|these) (?!same)\w)"
)
_ONLY = r"(?:only|just|juste|seulement|uniquement|simplement)"
_KEEPS = re.compile(
    rf"^{_SPEAKS}*(?:{_ONLY}\b|rien que|(?:ne |n'){_SPEAKS}+(?:plus )?que|(?:prend|ajout|met|gard|laiss)\w* que)"
    rf" ?{_SPEAKS}*(?P<kept>.+)"
)
_NOTHING_BUT = re.compile(r"\b(?:nothing (?:else )?but|none but|rien d'autre que)\b")
# "The soap only", "le savon, c'est tout": the word comes last.
_LAST = re.compile(
    r"(?:(?<=^)|(?<=, ))((?:(?:oui|yes|ok|non|no) )?)([^,]+?)"
    r"(?: (?:only|seulement|uniquement|alone|(?:tout )?seule?s?)"
    r"|(?: ,)? (?:and |et )?(?:nothing else|rien d'autre|c'est tout|that's (?:all|it)|that is all))(?= *(?:,|$))"
)
_NOT_ONLY = re.compile(rf"\b(?:not|pas|non) (?:{_ONLY}|que)\b")
# A number of pieces, another colour or size, another thing to do: no part of it is named.
_NO_PART = re.compile(
    rf"^(?:\d|(?:{'|'.join(each for each in NUMBERS if each != 'a')})\b(?! one\b)"
    r"|(?:in|en|de|of|to|if|si|for|pour|the same|le meme|la meme|les memes|make|change\w*|replace|remplace\w*|swap"
    r"|remove|drop|skip|forget|enleve\w*|retire\w*|supprime\w*|oublie\w*|not|pas|without|sans)\b|d'|(?:\w+ )+out\b)"
)
_THING = re.compile(r"^(?:(?:the|my|that|this|these|those|le|la|les|ce|cette|ces|mon|ma|mes)\b|l')")
# "Just add it", "ajoute juste tout" want the whole of it, "without exception" says so.
_JUST_ALL = re.compile(
    rf"\b{_ONLY} (?=(?:yes|oui|do it|go ahead|{_SPEAKS}*(?:it|them|everything|all|tout|toute?s)"
    rf"(?! (?:{_BUT}|but\b|of\b)))(?: |$))"
    r"|\b(?:without|sans) (?:any |aucune )?(?:exception|hesit\w+|doubt|doute)\b"
)
_PARTLY = re.compile(rf"\b(?:{_BUT}|(?:but|without|minus|{_ONLY})\b|rien que)")


def parted(said: str) -> str:
    """Simplified words with what is left out of the whole as a thought of its own, "tout sauf X" -> ", sauf X", and
    what is wanted alone behind the word that says so: "X seulement" -> "only X".
    """
    said = _NOTHING_BUT.sub("only", _JUST_ALL.sub("", " ".join(said.split())))
    said = _ALL_BUT.sub(lambda found: f"{found['all'] or found['each'] or ''} , sauf", said)
    return _LAST.sub(r"\1only \2", said)


def kept_in(clause: str) -> str:
    """The words that name what is wanted alone; "" where nothing is."""
    found = None if _NOT_ONLY.search(clause) else _KEEPS.search(clause)
    kept = found["kept"].strip() if found else ""
    return "" if _NO_PART.search(kept) else kept


def names_a_thing(kept: str) -> bool:
    """Whether words are a thing's name, known or not: "only the scooter", and not "just a question"."""
    return bool(_THING.search(kept))


def says_partly(text: str) -> bool:
    """Whether a word stands in it that leaves something out: no yes to the whole, whatever else is said."""
    return bool(_PARTLY.search(_JUST_ALL.sub("", simplify(text))))
