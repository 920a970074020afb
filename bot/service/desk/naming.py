"""Stage A4: words -> the lines of an order that they name. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache

from bot.commerce.types import OrderLine
from bot.service.answers import simplify

_ALL = re.compile(
    r"\b(all(?: of (?:it|them|the items))?|everything|whole order|entire order|both|every (?:item|one)|"
    r"tout|tous|toutes|toute la commande|l'ensemble|les deux)\b"
)
_NOT_ALL = re.compile(
    r"\b(?:that'?s|that is|it'?s|this is|is|was|were|are|looks?|sounds?|it) (?:all|everything)\b|"
    r"\ball (?:correct|good|right|set|fine|done|looks?|that|clear|well|the (?:best|info\w*|details))\b|\b(?:after|at) all\b|\beverything (?:looks?|is|seems|sounds)\b|"
    r"\bc'est tout\b|\btout (?:est|va|a fait|de suite)\b|\b(?:everything|all) else\b|"
    r"\b(?:all|everything|it all|(?:whole|entire) (?:order|amount|thing|sum)|tout)\b(?: of (?:it|them|that))?(?: \w+){0,4}? (?:on|onto|to|with|by|using|sur|avec|par) "
    r"(?:my |the |a |one |ma |la |that )?(?:\w+ )?(?:gift ?card|paypal|pay pal|credit|debit|visa|master ?card|amex|card|carte|original|same)\b|"
    r"\bpay\w*\b(?: \w+){0,5}? (?:whole|entire|all)\b(?: (?:order|amount|thing|of (?:it|them)))?|\bin all\b|\ball (?:three|two|four|five)? ?things\b"
)
_EXCEPT = re.compile(r"\b(except|but not|apart from|other than|everything but|all but|sauf|a part|hormis|excepte)\b")
_UNITS = (
    (r"(\d)(?:\s*(?:inches|inch|pouces?|\")|in)(?!\w)", r"\1inch"),
    (r"(\d)\s*(?:-\s*)?(?:liters?|litres?|l)(?!\w)", r"\1l"),
    (r"(\d)\s*(?:-\s*)?(?:milliliters?|millilitres?|ml)(?!\w)", r"\1ml"),
    (r"(\d)\s*(?:-\s*)?(?:gigabytes?|gigs?|go(?! ahead)|gb)(?!\w)", r"\1gb"),
    (r"(\d)(?:\s*(?:terabytes?|tb)|to)(?!\w)", r"\1tb"),
    (r"(\d)\s*(?:-\s*)?(?:feet|foot|pieds?|ft)(?!\w)", r"\1ft"),
    (r"(\d)\s*(?:-\s*)?(?:hours?|hrs?|heures?|h)(?!\w)", r"\1hours"),
    (r"(\d)\s*(?:-\s*)?(?:pounds?|lbs?)(?!\w)", r"\1lbs"),
    (r"(\d)\s*(?:-\s*)?(?:pieces?|pcs?)(?!\w)", r"\1piece"),
    (r"(\d)\s*(?:-\s*)?(?:degrees?|degres|deg|°)(?!\w)", r"\1degrees"),
    (r"(\d)\s*(?:-\s*)?(?:megapixels?|mp)(?!\w)", r"\1mp"),
    (r"(\d)\s*(?:-\s*)?(?:millimet(?:er|re)s?|mm)(?!\w)", r"\1mm"),
    (r"(\d)\s*(?:-\s*)?(?:cups?|tasses?)(?!\w)", r"\1cups"),
    (r"(\d)\s*(?:-\s*)?(?:bars?)(?!\w)", r"\1bar"),
    (r"(\d)\s*%", r"\1percent"),
)
_SPELT = {"gray": "grey", "colour": "color", "coloured": "colored", "extra large": "xl", "extra small": "xs"}
_BREAKS = frozenset(
    "the my a an and or to for with in of that this these those from as on le la les un une des du de mon ma mes et pour en avec ce cette ces "
    "exchange return replace swap change modify switch keep want like need get is was i you also please both but not".split()
)
_DULL = frozenset(
    "set kit card smart electric portable wireless digital indoor action light gaming office garden wall water running".split()
)
_SYNONYMS = {
    "earbuds": ("earphones", "ear buds", "airpods", "buds"), "headphones": ("headset",), "sneakers": ("trainers",), "bicycle": ("bike",),
    "luggage": ("suitcase", "suitcases"), "smartphone": ("phone", "cell phone", "mobile phone"), "vacuum": ("hoover",), "backpack": ("rucksack",),
    "skateboard": ("board",), "t shirt": ("tee", "shirt", "tshirt"), "bulb": ("bulbs", "lightbulb"), "charger": ("power bank", "powerbank"),
    "e reader": ("ereader", "kindle"), "perfume": ("fragrance",), "grill": ("bbq", "barbecue"), "jacket": ("coat",), "shoes": ("shoe",),
    "mat": (), "wristwatch": ("watch",), "smart watch": ("smartwatch", "watch"), "boots": ("boot", "hiking shoes"), "laptop": ("notebook computer",),
}  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """A line that the words name, and the stretch of the plain text that speaks of it."""

    line_ids: tuple[str, ...]  # several where the words fit several alike
    start: int
    end: int
    noun_end: int = 0  # where its name ends: what follows may say what is wanted instead


def plain(text: str) -> str:
    """Words as they are compared: folded, units and spellings made one."""
    said = " ".join(simplify(text.replace("-", " ").replace("/", " ").replace("+", " ")).split())
    said = re.sub(r"(\d),(\d)", r"\1.\2", re.sub(r"(\d)[. ](\d) ?(?=l\b|liter|litre)", r"\1.\2", said))
    if re.search(r"\d", said):
        for pattern, unit in _UNITS:
            said = re.sub(pattern, unit, said)
    for word, other in _SPELT.items():
        if word in said:
            said = re.sub(rf"\b{word}\b", other, said)
    return said


@lru_cache(maxsize=8_192)
def plain_name(name: str) -> str:
    """The same of a name of the catalogue, made once."""
    return plain(name)


def find_mentions(text: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]) -> list[Mention]:
    """The lines that a text names, in its order, each with its stretch up to the next one.

    `names` gives what else a line may be called, by line id: the words for its type. "All of it" names every line,
    "all but the lamp" every other one.
    """
    said = plain(text)
    found = _find_names(said, lines, names)
    if _ALL.search(_NOT_ALL.sub(" ", said)):
        left = _EXCEPT.search(said)
        named = {line_id for mention in found for line_id in mention.line_ids if left and mention.start > left.start()}
        if left and named or not found:
            return [Mention((line.id,), 0, len(said)) for line in lines if line.id not in named]
    return found


def _find_names(said: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]) -> list[Mention]:
    spans = _find_spans(said, lines, names)
    longest = [
        span
        for span in spans
        if not any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in spans)
    ]
    nouns = sorted((_phrase_start(said, span[0]), span) for span in longest)
    ends = [*(start for start, _ in nouns[1:]), *([len(said)] if nouns else [])]
    by_id = {line.id: line for line in lines}
    mentions: list[Mention] = []
    for (start, span), end in zip(nouns, ends, strict=True):
        ids = _narrow(said, span[0], max(end, span[1]), [by_id[each] for each in by_id if each in spans[span]])
        if mentions and set(ids) & set(mentions[-1].line_ids):
            mentions[-1] = replace(mentions[-1], line_ids=_same_of(mentions[-1].line_ids, ids), end=max(end, span[1]))
        else:
            mentions.append(Mention(ids, start, max(end, span[1]), span[1]))
    return mentions


def _same_of(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """What two mentions side by side both may mean."""
    return tuple(each for each in one if each in other)


def _find_spans(
    said: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]
) -> dict[tuple[int, int], set[str]]:
    spans: dict[tuple[int, int], set[str]] = {}
    for line in lines:
        for name in _names_of(line, names.get(line.id, ())):
            if name not in said:
                continue
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?:s|es|x)?(?!\w)", said):
                spans.setdefault(match.span(), set()).add(line.id)
    return spans or _find_misspelt(said, lines, names)


def _find_misspelt(
    said: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]
) -> dict[tuple[int, int], set[str]]:
    """Names with a letter wrong, where none stands as it should."""
    spans: dict[tuple[int, int], set[str]] = {}
    for match in re.finditer(r"[a-z]{5,}", said):
        for line in lines:
            known = [word for name in _names_of(line, names.get(line.id, ())) for word in name.split() if len(word) > 4]
            close = get_close_matches(match.group(0), known, n=1, cutoff=0.84)
            if close and close[0][0] == match.group(0)[0]:
                spans.setdefault(match.span(), set()).add(line.id)
    return spans


def _phrase_start(said: str, start: int) -> int:
    """Where what describes a noun begins: "black leather" of "the black leather backpack"."""
    words = said[:start].split()
    taken = 0
    while taken < min(len(words), 6) and words[-1 - taken] not in _BREAKS:
        taken += 1
    return start - (len(" ".join(words[-taken:])) + 1 if taken else 0)


def _names_of(line: OrderLine, more: Sequence[str]) -> list[str]:
    """What a line may be called: its title, the title's telling words, other words for them, those for its type."""
    title = plain_name(line.title)
    words = title.split()
    short = [word for word in words if len(word) > 3 and word not in _DULL] if len(words) > 1 else []
    short += [words[-1]] if len(words) > 1 and len(words[-1]) == 3 and words[-1] not in _DULL else []
    joined = [title.replace(" ", "")] if len(words) > 1 else []
    other = [each for name in (title, *words) for each in _SYNONYMS.get(name, ())]
    singular = [name[:-1] for name in (title, *short) if name.endswith("s")]
    every = (title, *short, *joined, *other, *singular, *(plain_name(each) for each in more))
    return list(dict.fromkeys(name for name in every if len(name) > 2))


def _narrow(said: str, start: int, end: int, lines: Sequence[OrderLine]) -> tuple[str, ...]:
    """Of lines with one name, those whose options the words around describe best; all of them where none stands out."""
    if len(lines) < 2 or re.search(r"\b(?:both|two|all|deux|tous|toutes)\b", said[max(0, start - 20) : start]):
        return tuple(line.id for line in lines)
    after = re.split(r"\b(?:to|for|into|pour|contre|instead)\b", said[start:end], maxsplit=1)[0]
    described = f"{said[max(0, start - 40) : start]} {after}"
    points = [sum(_stands(described, value) for value in line.options.values()) for line in lines]
    best = [line for line, point in zip(lines, points, strict=True) if point == max(points)]
    is_one_kind = len({line.variant_ref for line in best}) == 1
    return tuple(line.id for line in (best[:1] if is_one_kind else best))


def _stands(said: str, value: str) -> bool:
    name = plain_name(str(value))
    return name in said and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def _tells(value: str) -> bool:
    """Whether a value says something where it stands alone."""
    return len(value) > 1 and value not in ("no", "yes", "none")


def find_described(said: str, lines: Sequence[OrderLine]) -> tuple[str, ...]:
    """The line that only its options name: "the red one"; () where several or none have them."""
    points = {
        line.id: sum(_tells(plain(str(v))) and _stands(said, str(v)) for v in line.options.values()) for line in lines
    }
    best = [line_id for line_id, point in points.items() if point and point == max(points.values())]
    return tuple(best) if len(best) == 1 else ()
