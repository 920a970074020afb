"""Stage A6: a sentence -> what it asks for. Pure: the longest name wins, and a no reaches to the next thought's end."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.commerce.folding import fold
from bot.commerce.price_limits import read_limits, spell_numbers
from bot.commerce.spoken_prices import minor_per_unit, names_other_currency
from bot.commerce.stated_sizes import find_stated_size
from bot.finding import words
from bot.finding.asked import Asked, Demand
from bot.finding.lexicon import Lexicon, Phrase
from bot.finding.text import STOPS, stem, stems_of, tokens_of
from bot.service.for_whom import is_for_other
from bot.service.left_free import LEAVES_FREE

_MOST_OF_ALL = re.compile(r" (?:le|la|les|de|des|non|pas|en|n ai|n a) plus(?= )| plus (?:de|d|size)(?= )")  # no comparison
_HOURS = r"(?:h|heures?|hours?|min|minutes?|jours?|days?|semaines?|weeks?|mois|months?|years?)\b"
_NO_HOURS = rf"(?!\s*(?:-|/|ou|or|a|to)\s*\d{{1,3}}[ -]*{_HOURS})"  # "en 24-48 h"
_SIZED = re.compile(
    r"(?:\b(?:taille|pointure|size|sized|en taille|in size|in a size)\s+(?:en\s+|a\s+|du\s+)?|\b(?:en|in|in an?|fait du|wear an?)\s+)"
    r"(x{0,3}[sml]|x{1,4}l|\d{2,3}(?:-\d{2})?)\b"
    rf"(?![ -]*(?:€|euro|eur|\$|£|%|cm|ans|{_HOURS})){_NO_HOURS}"
)  # fmt: skip
_SIZE_WORDS = "|".join(words.SIZES)
_SIZED_IN_WORDS = re.compile(
    rf"\b(?:taille|size|sized|in(?: a)?(?: size)?|en(?: taille)?)\s+({_SIZE_WORDS})(?!\w)"
    r"|\b((?:extra |double )*extra[- ](?:large|small))\b|\b(large|medium|small) size\b"
)
_NO_SIZE = (
    rf"\b(?![ -]*(?:ans?\b|years?|yo\b|%|cm|mm|euros?|eur\b|e\b|[€$£]|pieces?|paires?|pairs?|{_HOURS}|x\b|\d)){_NO_HOURS}"
)
# "En 38 ou 40", "size S/M", "38/40": either does.
_ONE_MORE_SIZE = re.compile(
    r"\s*(?:/|,|\bou\b|\bor\b|\bet\b|\band\b)\s*(?:(?:en|in|in an?|a|du|taille|size)\s+)?"
    rf"(x{{0,3}}[sml]|x{{1,4}}l|\d{{2,3}}){_NO_SIZE}"
)
_PAIR = re.compile(rf"\b(\d{{2,3}})\s*(?:/|\bou\b|\bor\b)\s*(\d{{2,3}}){_NO_SIZE}")
_LAST_LETTER = re.compile(r"(?<![\w'])([sml])\s*[?!.]*$")  # "un sweat gris homme L": no word ends a sentence so
_CENTIMETRES = re.compile(r"\b(\d{2,3})\s*cm\b")
_LETTERS = re.compile(r"\b(xxs|xs|x{1,4}l)\b")
_COUNTED_XL = re.compile(r"\b([2-4])[ -]?xl\b")  # "2XL"
_AGE = re.compile(r"\b(\d{1,2})\s*(?:ans|years?[ -]old|mois|months?)\b")
_LIGHT = {"occasion": 0.5, "season": 0.35, "style": 0.3}
_MEANT = 0.4  # an occasion that only comes near one of the shop's
_INSIDE = ("material", "occasion")
_GROWN_UP = 16
_REACH = 5  # words that a no reaches over
_NO = f"(?:{'|'.join(sorted((*words.NO, 'nothing', 'rien', 'isn t', 'aren t', 'wasn t')))})"
# "Don't you have wool?" asks for it: the no is in what follows.
_REFUSES = re.compile(
    r"\b(?:(?:do|does|did|would) ?n[o']?t|can'?t|can ?not) (?:really |even |ever )?"
    r"(?:like|want|wear|need|fancy|stand|bear|enjoy|love|show(?: me)?|suggest)\b"
)
# "Je ne veux plus de laine" is a no; "je n'ai plus de manteau" asks for one.
_NO_LONGER = re.compile(r"\b(n(?:e |')(?:veux|voudrais|aime|suis|porte|mets|supporte|prends)) plus\b")
# "Montre-moi une robe" asks for no watch, which is "une montre".
_SHOWS = re.compile(r"\bmontre[- ](?=(?:moi|nous|m)\b)|\b(?:me|nous|tu|m'en) montres?\b")
# "Not necessarily black" is neither a wish nor a refusal.
_FREE = "whichever"
_LEAVES_FREE = re.compile(LEAVES_FREE)
_FREE_LINKS = frozenset("en de d du des in of a an un une the le la l les be etre made any".split())
_LINKS = "(?:de|d|a|ete|to|be|been|being|were|was|anything|something|things|ones)"  # between a no and "made in"


_MADE = f"(?:{'|'.join(words.MADE_IN)})e?s?"
_PLACE_LINKS = frozenset("or ou et and in en au aux the l la le les".split())
_DEMONYM = f"(?:{'|'.join((*words.DEMONYMS.values(), 'european|europeen|europeenne'))})s?"
_ORIGINS = tuple(re.compile(pattern) for pattern in (
    rf" (?P<no>(?:{_NO} )?)(?:{_LINKS} )*{_MADE} (?:in|en|au|aux|a) (?P<where>(?:(?:the|l) )?\w+(?: (?:or|ou|et|and) (?:(?:in|en|au|aux) )?\w+)*)",
    rf" (?P<no>(?:{_NO} )?)(?P<where>{_DEMONYM}) {_MADE} ",
    rf" (?P<no>(?:{_NO} )?)(?:{_LINKS} )*(?:fabrication|confection|provenance|origine) (?P<where>{_DEMONYM}) ",
    rf" (?P<no>(?:{_NO} )?)(?:{_LINKS} )*(?:origine|origin|provenance|provenant|comes?|coming|viennent|vienne|vient|venant)"
    rf" (?:de|d|from|du|des)? ?(?P<where>(?:(?:the|l) )?\w+) ",
))  # fmt: skip


@dataclass(frozen=True)
class _Found:
    """A name in the sentence: its place and what it may mean."""

    start: int
    end: int
    phrase: Phrase
    kinds: Mapping[str, tuple[str, ...]]
    is_no: bool


def read_asked(text: str, lexicon: Lexicon, *, language: str = "en", sizes: Iterable[str] = (), is_following: bool = False,
               currency: str = "EUR") -> Asked:  # fmt: skip
    """What a sentence asks for. `sizes` are the shop's, and `currency`; `is_following`: something is on the screen that it
    may mean.
    """
    whole = said = _tidy(spell_numbers(fold(text)))
    low, high, said = read_limits(said, minor_per_unit(currency))
    asked_sizes, said = _read_sizes(said, frozenset(sizes))
    spoken = f" {' '.join(token for token in tokens_of(said) if token not in STOPS)} "
    is_cheapest, is_dearest = _says(spoken, words.CHEAPEST), _says(spoken, words.DEAREST)
    is_cheaper = not is_cheapest and _says_cheaper(spoken)
    is_like = is_following and _speaks_of_another(spoken)
    phrases = (*words.CHEAPEST, *words.DEAREST, *words.CHEAP, *words.CHEAPER, *words.SALE, *words.OTHER_COLOUR)
    tokens = _without_free(tokens_of(_cut_phrases(said, (*phrases, *(words.LIKE if is_like else ())))), lexicon)
    found = _find_names(tokens, lexicon)
    wanted, rest, avoided = _read_words(tokens, found, lexicon)
    is_like = is_like and (_says_like_alone(spoken) or not any("product_type" in each.kinds for each in found))
    demands = (*_sizes(asked_sizes), *_types(found, tokens, lexicon, language), *_others(found, lexicon), *_origin(tokens, lexicon), *_young(said, lexicon))
    return Asked(
        said=text, demands=tuple(dict.fromkeys(demands)), price_min_minor=low, price_max_minor=high, is_like=is_like,
        is_cheap=is_cheaper or _says(spoken, words.CHEAP), is_cheapest=is_cheapest, is_dearest=is_dearest, is_on_sale=_says(spoken, words.SALE),
        is_gift=bool(words.GIFT & set(spoken.split())), is_for_other=is_for_other(text),
        is_warm=bool(words.WARM & set(spoken.split())) or is_like and _says(spoken, words.WARMER),
        words=wanted, rest=rest, avoided_words=avoided,
        is_other_currency=bool(low or high) and names_other_currency(whole, currency),
    )  # fmt: skip


def _tidy(said: str) -> str:
    """A folded sentence with what takes several words for a no, or for "show me", in one that is known."""
    said = _LEAVES_FREE.sub(f" {_FREE} ", said)
    return _SHOWS.sub("voir ", _NO_LONGER.sub(r"\1 pas", _REFUSES.sub("not", said)))


def says_like(text: str) -> bool:
    """Whether a sentence speaks of something by what is on the screen: "like this but cheaper"."""
    return _speaks_of_another(_spoken(text))


def says_same(text: str) -> bool:
    """Whether a sentence speaks of the very thing on the screen, as it does in "the same in red"."""
    return _says(_spoken(text), words.SAME)


def says_other_colour(text: str) -> bool:
    """Whether any other colour of it is asked for."""
    return _says(_spoken(text), words.OTHER_COLOUR)


def says_others(text: str) -> bool:
    """Whether others than those on the screen are asked for."""
    return _says(_spoken(text), words.OTHERS)


def is_new_search(text: str) -> bool:
    """Whether a sentence begins anew, and does not go on with what was searched for before."""
    begins = words.NEW_SEARCH - (words.ASKS_OTHERS if says_others(text) else frozenset())
    return bool(begins & {*tokens_of(text)}) and not _says_cheaper(_spoken(text))


def _spoken(text: str) -> str:
    return f" {' '.join(token for token in tokens_of(text) if token not in STOPS)} "


def _says_cheaper(spoken: str) -> bool:
    """Cheaper than something: "pas trop cher" is only cheap."""
    return _says(_cut_phrases(spoken, words.CHEAP), words.CHEAPER)


def _says_like_alone(spoken: str) -> bool:
    """Whether it is said to be like something in so many words, and not only to be warmer, or for the winter."""
    return _says(spoken, (*words.LIKE, *words.MORE)) or _says_cheaper(spoken)


def _speaks_of_another(spoken: str) -> bool:
    told = _MOST_OF_ALL.sub(" ", _cut_phrases(spoken, (*words.CHEAPEST, *words.DEAREST)))
    return _says_cheaper(told) or _says(told, (*words.LIKE, *words.MORE, *words.WARMER))


def _without_free(tokens: list[str], lexicon: Lexicon) -> list[str]:
    """The words without those that are left free: the names right behind "not necessarily", up to a kind of thing."""
    while _FREE in tokens:
        start = end = tokens.index(_FREE)
        end += 1
        is_first = True
        while end < len(tokens):
            if tokens[end] in _FREE_LINKS or tokens[end] in words.AND:
                end += 1
                continue
            kinds, length = _longest_name(tokens, end, lexicon)
            if not kinds or "product_type" in kinds and not is_first:
                break
            end, is_first = end + length, False
        tokens = [*tokens[:start], *tokens[end:]]
    return tokens


def _longest_name(tokens: Sequence[str], at: int, lexicon: Lexicon) -> tuple[Mapping[str, tuple[str, ...]], int]:
    """What the longest name that begins at a word means, and how many words it has; ({}, 0) for none."""
    stems = [stem(token) for token in tokens[at : at + lexicon.longest]]
    lengths = range(len(stems), 0, -1)
    return next(((kinds, n) for n in lengths if (kinds := lexicon.phrases.get(tuple(stems[:n]), {}))), ({}, 0))


def _cut_phrases(said: str, phrases: Iterable[str]) -> str:
    for phrase in phrases:
        said = re.sub(rf"\b{phrase}e?s?\b", " ", said)
    return said


def _read_words(tokens: Sequence[str], found: Sequence[_Found], lexicon: Lexicon) -> tuple[Phrase, Phrase, Phrase]:
    """The stems that say something; those of them that no demand took up; and those behind a no.

    A word behind a no that no product's name holds is kept: "without ironing" is what "never ironed" answers.
    """
    taken = {at for each in found for at in range(each.start, each.end)}
    denied = {at for at in _denied(tokens) if at in taken or stem(tokens[at]) in lexicon.named_words}
    said = [(at, stem(each)) for at, each in enumerate(tokens)
            if each[0].isalnum() and each not in words.FILLERS and each not in words.NO]  # fmt: skip
    wanted = dict.fromkeys(word for at, word in said if at not in denied)
    rest = dict.fromkeys(word for at, word in said if at not in denied and at not in taken and not word[0].isdigit())
    return tuple(wanted), tuple(rest), tuple(dict.fromkeys(word for at, word in said if at in denied - taken))


def _young(said: str, lexicon: Lexicon) -> list[Demand]:
    """What is for a child: an age says so."""
    age = _AGE.search(said)
    is_young = bool(age and int(age.group(1)) < _GROWN_UP)
    return [Demand("gender", lexicon.resolve("gender", "children"))] if is_young else []


def _says(spoken: str, phrases: Iterable[str]) -> bool:
    return any(re.search(rf" {phrase}e?s? ", spoken) for phrase in phrases)


def _first(match: re.Match[str]) -> str:
    return next(each for each in match.groups() if each)


def _origin(tokens: Sequence[str], lexicon: Lexicon) -> list[Demand]:
    """Where it is to be made, or must not be: "made in France or Italy", "French-made", "pas fabriqué en Italie"."""
    spoken = f" {' '.join(token for token in tokens if token not in STOPS)} "
    named = next((found for pattern in _ORIGINS if (found := pattern.search(spoken))), None)
    if named is None:
        return []
    said = [each for each in named.group("where").split() if each not in _PLACE_LINKS]
    known = [lexicon.countries.get(stem(each), ()) for each in said]
    values = (code for at, codes in enumerate(known) if all(known[:at]) for code in codes)
    return [Demand("origin", tuple(dict.fromkeys(values)), is_avoided=bool(named.group("no")))]


def _cut(said: str, match: re.Match[str]) -> str:
    return f"{said[: match.start()]} {said[match.end() :]}"


def _read_sizes(said: str, sizes: frozenset[str]) -> tuple[tuple[str, ...], str]:
    """The sizes that are asked for, of which either does, and the words without them."""
    said = _COUNTED_XL.sub(lambda found: "x" * int(found[1]) + "l", said)
    stated, start, end = find_stated_size(said)
    if stated:
        return (stated,), f"{said[:start]} {said[end:]}"
    if worded := _SIZED_IN_WORDS.search(said):
        return (words.SIZES[_first(worded).replace("-", " ")],), _cut(said, worded)
    named = _SIZED.search(said) or _CENTIMETRES.search(said) or _LETTERS.search(said) or _LAST_LETTER.search(said)
    if named is None and (pair := next((m for m in _PAIR.finditer(said) if {*m.groups()} <= sizes), None)):
        return tuple(dict.fromkeys(pair.groups())), _cut(said, pair)
    if named is None:
        alone = [(each, m) for each in sizes if each.isdigit() for m in [re.search(rf"\b{each}{_NO_SIZE}", said)] if m]
        return ((alone[0][0],), _cut(said, alone[0][1])) if len(alone) == 1 else ((), said)
    found, end = [named.group(1).upper()], named.end()
    while (more := _ONE_MORE_SIZE.match(said, end)) and more.group(1).upper() in sizes:
        found, end = [*found, more.group(1).upper()], more.end()
    return tuple(dict.fromkeys(found)), f"{said[: named.start()]} {said[end:]}"


def _sizes(sizes: tuple[str, ...]) -> list[Demand]:
    return [Demand("size", sizes)] if sizes else []


def _find_names(tokens: Sequence[str], lexicon: Lexicon) -> list[_Found]:
    """Names from left to right, the longest first; marks end them."""
    stems = [stem(token) for token in tokens]
    denied = _denied(tokens)
    found: list[_Found] = []
    at = 0
    while at < len(tokens):
        for length in range(min(lexicon.longest, len(tokens) - at), 0, -1):
            phrase = tuple(stems[at : at + length])
            kinds = lexicon.phrases.get(phrase, {})
            if kinds and not (length == 1 and tokens[at] in words.FILLERS and "gender" not in kinds):
                is_free_of = "material" in kinds and tokens[at + length : at + length + 1] == ["free"]  # "wool-free"
                kinds = {**_inside(phrase, lexicon), **kinds}
                found.append(_Found(at, at + length, phrase, kinds, is_no=at in denied or is_free_of))
                at += length
                break
        else:
            at += 1
    return found


def _inside(phrase: Phrase, lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """What a name of several words says besides: the stuff of a "denim jacket", what a "robe de soirée" is for."""
    parts = {phrase[start:end] for start in range(len(phrase)) for end in range(start + 1, len(phrase) + 1)} - {phrase}
    found = {kind: {value for part in parts for value in lexicon.phrases.get(part, {}).get(kind, ())} for kind in _INSIDE}
    return {kind: tuple(sorted(values)) for kind, values in found.items() if values}


def _denied(tokens: Sequence[str]) -> frozenset[int]:
    """The places that a no reaches."""
    denied: set[int] = set()
    left = 0
    for at, word in enumerate(tokens):
        is_but = word == "but" and at > 0 and bool({"anything", "colour", "color", "any", "everything"} & set(tokens[max(0, at - 2) : at]))
        if word in STOPS or word in words.NO_ENDS and not is_but:
            left = 0
        elif word in words.NO or is_but:
            after = tokens[at + 1 : at + 2]
            left = 0 if after == ["only"] else 2 if after in (["trop"], ["too"], ["so"], ["si"]) else _REACH
        elif left and word in ("for", "pour") and at - 1 in denied:
            left = 0  # "anything but jeans for the weekend"
        elif left:
            denied.add(at)
            left -= word not in words.AND
    return frozenset(denied)


def _types(found: Sequence[_Found], tokens: Sequence[str], lexicon: Lexicon, language: str) -> list[Demand]:
    """What is looked for: the head of the first thought that names a type, and what an "or" adds to it."""
    named = [each for each in found if {"product_type", "place"} & each.kinds.keys()]
    named = [replace(each, is_no=False) if _is_described(each, found) else each for each in named]
    demands = [_type_demand(each, is_avoided=True) for each in named if each.is_no]
    wanted = [each for each in named if not each.is_no]
    if not wanted:
        return demands
    group = [wanted[0]]
    for each in wanted[1:]:
        between = set(tokens[group[-1].end : each.start])
        if between & words.ASIDE:
            break
        group.append(each)
    linked = [bool(set(tokens[a.end : b.start]) & (words.AND | STOPS)) for a, b in pairwise(group)]
    heads = group if any(linked) else group[:1] if language == "fr" else group[-1:]
    merged = [_type_demand(each) for each in heads]
    values = tuple(dict.fromkeys(value for each in merged for value in each.values))
    kind = "place" if any(each.kind == "place" for each in merged) else "product_type"
    wanted_one = Demand(kind, values, heads[0].phrase if len(heads) == 1 else ())
    return [*(left for each in demands if (left := _refused_of(each, wanted_one, lexicon))), wanted_one]


def _refused_of(refused: Demand, wanted: Demand, lexicon: Lexicon) -> Demand | None:
    """What a no to a type leaves, where that is wanted, too: of "a sweater, not a turtleneck" what is called so."""
    if refused.kind != wanted.kind or not {*refused.values} & {*wanted.values}:
        return refused
    if values := tuple(value for value in refused.values if value not in wanted.values):
        return replace(refused, values=values)
    is_all = refused.phrase == wanted.phrase or refused.phrase in lexicon.main_names
    return None if is_all else Demand("text", (), refused.phrase, is_avoided=True)


def _is_described(named: _Found, found: Sequence[_Found]) -> bool:
    """Whether a no means what stands right before a kind of thing, and not the thing: "no wool sweater"."""
    before = next((each for each in found if each.end == named.start), None)
    return bool(named.is_no and before and before.is_no and {"material", "colour", "pattern"} & before.kinds.keys())


def _type_demand(found: _Found, *, is_avoided: bool = False) -> Demand:
    kind = "product_type" if "product_type" in found.kinds else "place"
    return Demand(kind, found.kinds[kind], found.phrase, is_avoided=is_avoided)


def _others(found: Sequence[_Found], lexicon: Lexicon) -> list[Demand]:
    """Every other demand; of colours that stand side by side the narrower counts: "bleu pétrole", "mustard yellow"."""
    demands: list[Demand] = []
    for at, each in enumerate(found):
        for kind, values in each.kinds.items():
            if kind == "vegan":
                demands += [Demand("material", values, is_avoided=True, claim="vegan")] if not each.is_no else []
                continue
            if kind in ("product_type", "place") or "product_type" in each.kinds and kind not in _INSIDE:
                continue
            if kind == "colour" and "material" in each.kinds and any("product_type" in other.kinds for other in found):
                continue
            near = _near(kind, values, lexicon, is_avoided=each.is_no)
            if kind == "colour" and each.is_no:
                values, near = (*values, *near), ()  # who wants no grey wants no charcoal either
            is_meant = kind == "occasion" and each.phrase not in lexicon.own_occasions
            weight = _MEANT if is_meant else _LIGHT.get(kind, 1.0)
            claim = "recycled" if kind == "material" and "recycl" in each.phrase else ""
            demand = Demand(kind, values, each.phrase, weight, each.is_no, near, claim)
            last = demands[-1] if demands else None
            if kind == "colour" and last and last.kind == "colour" and found[at - 1].end == each.start and not each.is_no:
                demands[-1] = last if _is_plain(each, lexicon) else demand
            else:
                demands.append(demand)
    return _merge_alternatives(demands)


def _is_plain(found: _Found, lexicon: Lexicon) -> bool:
    return any(stems_of(name) == found.phrase or found.kinds["colour"] == lexicon.resolve("colour", name) for name in words.SHADES)


def _near(kind: str, values: tuple[str, ...], lexicon: Lexicon, *, is_avoided: bool) -> tuple[str, ...]:
    table = words.SHADES if kind == "colour" else words.AVOIDED_WITH if kind == "material" and is_avoided else {}
    near = [v for name, others in table.items() if set(lexicon.resolve(kind, name)) & set(values)
            for other in others for v in lexicon.resolve(kind, other)]  # fmt: skip
    return tuple(dict.fromkeys(each for each in near if each not in values))


def _merge_alternatives(demands: Sequence[Demand]) -> list[Demand]:
    """Two values of one kind mean either: one demand for both. What is avoided stays apart."""
    merged: dict[tuple[str, bool], Demand] = {}
    for each in demands:
        key = (each.kind, each.is_avoided)
        if key in merged:
            old = merged[key]
            each = replace(old, values=tuple(dict.fromkeys((*old.values, *each.values))), near=tuple(dict.fromkeys((*old.near, *each.near))), phrase=())
        merged[key] = each
    wanted = {(kind, value) for (kind, is_no), each in merged.items() if not is_no for value in each.values}
    return [
        replace(each, values=tuple(v for v in each.values if (each.kind, v) not in wanted)) if each.is_avoided else each
        for each in merged.values()
    ]
