"""Stage A3: words about taking something out of a basket -> Removal. Pure; which lines they name is found elsewhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.service.answers import simplify
from bot.service.quantities import NUMBERS

_N = rf"(\d{{1,3}}|{'|'.join(word for word in NUMBERS if word not in ('a', 'pair', 'paire'))})"
_VERB = (
    r"\b(?:take|remove|delete|drop|lose|ditch|scrap|knock|bin|skip|minus|get rid of"
    r"|(?:enl[eo]ve|retire|supprime|ote|vire|sor)\w*|retirer|moins)"
)
# An all-season jacket and a "tout-terrain" are things.
_EVERYTHING = re.compile(
    r"(?<![\w'])(?:vide[rz]?|empty|everything|clear"
    r"|(?:tout|all)(?!-\w| (?:seasons?|weather|terrain|round|purpose|occasions?|temps)\b))\b"
)
_PART_OF_A_NAME = re.compile(r"\b(?:all|tout|toute|tous|toutes|clear|empty|everything)[- ]\w+")
_BOTH = re.compile(r"(?<!\bpas )(?<!\bnot )\b(?:both|les deux)\b")
# "After all" and "tout de suite" are of manner, and mean nothing in the basket.
_MANNER = re.compile(r"\b(?:after all|not at all|pas du tout|tout (?:compte fait|seule?|de suite|a l'heure|a fait))\b")
_BUT = re.compile(
    r"\b(?:everything|all|tout|tous|toutes)\b.*?\b(?:but|except|apart from|sauf|hormis|excepte|a part)\b"
    r"(?: for)?(?: keep| garde[rz]?)? (.+)"
)
_HOLD = r"keep(?:ing)?|hold(?:ing)? on ?to"
_KEEP_ONLY = re.compile(
    rf"\b(?:{_HOLD}|leave|garde[rz]?|laisse[rz]?)(?:-\w+)? (?:only|just|juste|seulement|que) (.+)"
    rf"|\b(?:only|just) (?:{_HOLD}) (.+)"
)
# Where things lie is no name of a thing: "bag" and "baskets" are sold.
_BASKET = re.compile(
    r"\b(?:(?:from|in|of|off|outta|to) )?(?:(?:my|the|this|your) )?(?:shopping )?(?:basket|cart)\b"
    r"|\b(?:from|in|out of|off) (?:(?:my|the|this|your) )?bag\b|\b(?:(?:du|de|dans) )?(?:(?:mon|le|ce|votre) )?panier\b"
)
# "Keep the dress, not the shoes" says of the shoes that they go.
_KEEP = re.compile(
    rf"\b(?:{_HOLD}|gard(?:e[rsz]?|ons))\b(?! pas\b)"
    rf"((?:(?!{_VERB}|\b(?:not|(?:mais )?pas|{_HOLD}|garde[rsz]?)\b).)*)"
)
# "I don't want to keep the dress" keeps nothing; "not the shoes, keep the dress" does.
_NOT = re.compile(
    r"(?:n't|\b(?:not|never|no longer|pas|jamais|ne|n(?:e |')\w+ plus)) "
    r"(?:(?:want|wish|need|like|plan|going|really|ever|to|be|have|veux|vais|souhaite|envie|besoin|l[ae]s?|de|a) ){0,3}$"
)
_REST = (
    rf"(?:(?:the (?:rest|others)|(?:everything|all) else|(?:tout )?le reste)(?! (?:of|de|du|des)\b)"
    rf"|(?:the other(?: ones?| {_N})?|l'autre|les (?:{_N} )?autres)"
    r"(?= ?$| (?:out|off|away|please|and|et|je|i|keep|hold|garde[rz]?|laisse[rz]?|stp|svp)\b))"
)
_REST_GOES = re.compile(
    rf"(?:\b(?:and|et|but|mais) )?(?:{_VERB}(?:-\w+)?(?: out| off| away)?|\b(?:not|pas)) (?:all |tou(?:te)?s )?{_REST}"
    r"(?: (?:out|off|away|please|stp|svp)\b)*"
)
_ASIDE = re.compile(
    r"\b(?:i'll|i'd|i'm|i|je|j'aimerais|j'|on|we|let's|want|like|would|going|to|veux|vais|voudrais|no|non|yes|oui|ok|okay"
    r"|actually|finalement|finally|please|rather|plutot|but|and|mais|et|me|just|on second thoughts?)(?![\w'])"
)
_GONE = re.compile(
    rf"{_VERB}(?:-en|-moi| me| en| out| away| off)* {_N}\b(?! one\b)"
    rf"|\b{_N} (?:of them |paires? |pairs? )?(?:de moins|less|fewer)\b"
)
_INSTEAD = re.compile(
    rf"\b{_N}(?: (?!not\b|pas\b|et\b|and\b)\w+)?(?: (?:et|and))?"
    rf" (?:instead of|rather than|not|au lieu d(?:e |')|pas|a la place d(?:e |')) ?{_N}\b"
    rf"|\bplutot {_N}(?: \w+)? qu(?:e |'){_N}\b"
)
_LEFT = re.compile(
    rf"\b(?:only|just|juste|seulement|plus que|plus qu'|down to|quantity to|quantite a|make it|keep|leave|garde[rz]?"
    rf"|laisse[rz]?|(?:baisse|reduis|passe|descend)\w* a)(?:-en| en| the(?! \d\d))? ?{_N}\b(?! one\b)"
    rf"|\b(un|une) seule?\b|\b(one|une?) (?:[\w'-]+ )?(?:is enough|will do|suffit)"
)

_REFUSED = re.compile(rf"(?:\b(?:don't|do not|dont|never|not to) (?:you )?|\bn(?:e (?:l'|l(?:a|es?) )?|')){_VERB}")
_IT = re.compile(
    r"\b(?:take|remove|delete|drop|scrap|ditch) (?:(?:it|them)\b|(?:that|this)(?= (?:out|from|off|please)\b|$))"
    r"|\b(?:enleve[rz]?|retire[rz]?|supprime[rz]?|ote[rz]?|vire[rz]?)-(?:le|la|les)\b"
    r"|\b(?:l'|les? |la )(?:enlev|retir|supprim|ote|vire)(?:e[rz]?|es)?\b"
)


@dataclass(frozen=True)
class Removal:
    """What words take out of a basket: `words` are those that may name it. Neither `pieces` nor `left`: whole lines."""

    words: str = ""
    is_all: bool = False
    but: str = ""  # what names the things that stay, where all the rest goes
    pieces: int = 0  # so many of it go
    left: int = 0  # so many of it stay
    before: int = 0  # of which there were so many: "two instead of three"

    def pieces_of(self, inside: int) -> int:
        """How many of a line with so many pieces go; 0 where as few are left already."""
        return max(inside - self.left, 0) if self.left else min(self.pieces or inside, inside)


def read_removal(text: str, quantity: str = "", *, lines: int = 0, names: Sequence[str] = ()) -> Removal:
    """What a message takes out of a basket of so many lines. `quantity` is the number that was understood in it.

    `names` are those of the lines: an "all" in one of them is no "all".
    """
    if text.startswith("/"):
        return Removal(pieces=_number(quantity))
    said = _without_rest(" ".join(_BASKET.sub(" ", _MANNER.sub(" ", simplify(text))).split()))
    if but := _but(said):
        return Removal(said, but=but)
    pieces, left, before = _count(said)
    words, kept = _without_kept(said), _kept(said)
    if names_all(_without_names(words, names), lines):
        return Removal(said, is_all=True)
    if kept and not (pieces or left):
        return Removal(said, but=kept)
    pieces = pieces or (0 if left else _number(quantity))
    return Removal(words if words.strip() else said, pieces=pieces, left=left, before=before)


def is_refused(text: str) -> bool:
    """Whether the only taking out that is spoken of is not to be: "don't remove the coat, keep it"."""
    said = simplify(text)
    rest = _REFUSED.sub(" ", said)
    return rest != said and not re.search(_VERB, rest)


def says_it(text: str) -> bool:
    """Whether a pronoun hangs on the verb that takes out: what else is named tells why, or where it lies."""
    return bool(_IT.search(simplify(text)))


def names_all(said: str, lines: int) -> bool:
    """Whether simplified words name everything in a basket of so many lines."""
    return bool(_EVERYTHING.search(said) or (_BOTH.search(said) and lines == 2))


def _without_names(said: str, names: Sequence[str]) -> str:
    """The words without an "all" that, with what comes behind, stands in one of the names."""
    called = " ".join(simplify(name) for name in names).replace("-", " ")
    return _PART_OF_A_NAME.sub(lambda found: " " if found[0].replace("-", " ") in called else found[0], said)


def _without_rest(said: str) -> str:
    """The words without "remove the rest", where others name what stays: that says the same once more."""
    shorter = _REST_GOES.sub(" ", said).strip()
    return shorter if _KEEP_ONLY.search(shorter) or _words_kept(shorter) else said


def _words_kept(said: str) -> list[str]:
    """What is named behind each word of keeping."""
    return [found[1].strip(" -") for found in _KEEP.finditer(said) if _keeps(found)]


def _without_kept(said: str) -> str:
    """The words but those that keep something."""
    return _KEEP.sub(lambda found: " " if _keeps(found) else found[0], said)


def _keeps(found: re.Match[str]) -> bool:
    """Whether no "not" stands before a word of keeping."""
    return not _NOT.search(found.string[: found.start()])


def _kept(said: str) -> str:
    """The words that name what stays, where of nothing it is said that it goes; "" else."""
    kept = " ".join(_words_kept(said)).strip()
    return kept if not _ASIDE.sub("", _without_kept(said)).strip() else ""


def _but(said: str) -> str:
    """The words that name what stays; "" where none do. A number of pieces names nothing."""
    found = _BUT.search(said) or _KEEP_ONLY.search(said)
    but = next((group for group in found.groups() if group), "") if found else ""
    return "" if re.match(rf"(?:the )?{_N}\b(?! one\b)", but) else but


def _count(said: str) -> tuple[int, int, int]:
    """How many pieces go, how many stay, and of how many; 0 for what is not said."""
    if gone := _GONE.search(said):
        return _first(gone.groups()), 0, 0
    if instead := _INSTEAD.search(said):
        left, before = (_number(each) for each in instead.groups() if each)
        return 0, left, before
    stays = _LEFT.search(said)
    return 0, _first(stays.groups()) if stays else 0, 0


def _first(groups: tuple[str | None, ...]) -> int:
    return _number(next((each for each in groups if each), ""))


def _number(word: str) -> int:
    """A number of pieces that words or figures say, 0 for none."""
    first = next(iter(simplify(word).split()), "")
    return int(first) if first.isdigit() else NUMBERS.get(first, 0)
