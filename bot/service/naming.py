"""Stage A4: words -> the lines of an order that they name, the variant wanted instead, the means of payment. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commerce.types import OrderLine, PaymentMethod, Variant
from bot.service.answers import simplify

_ALL = re.compile(
    r"\b(all(?: of (?:it|them|the items))?|everything|whole order|entire order|both|every (?:item|one)|"
    r"tout|tous|toutes|toute la commande|l'ensemble|les deux)\b"
)
_EXCEPT = re.compile(r"\b(except|but not|apart from|other than|everything but|all but|sauf|a part|hormis|excepte)\b")
# What follows is wanted, what stands before describes what one has.
_INTO = re.compile(r"\b(?:to|for|into|instead of it|with one|pour|contre|en|vers|par|plutot|au lieu)\b|->|=>|→")
_INSTEAD_OF = re.compile(r"\b(?:instead of|rather than|au lieu d[eu]|plutot qu[e'])\b")
_SAME = re.compile(r"\b(same|identical|replacement|another one|le meme|la meme|les memes|identique|pareil)\b")
_UNITS = (
    (r"(\d)\s*(?:-\s*)?(?:inches|inch|pouces?|in|\")(?!\w)", r"\1inch"),
    (r"(\d)\s*(?:-\s*)?(?:liters?|litres?|l)(?!\w)", r"\1l"),
    (r"(\d)\s*(?:-\s*)?(?:milliliters?|millilitres?|ml)(?!\w)", r"\1ml"),
    (r"(\d)\s*(?:-\s*)?(?:gigabytes?|gigs?|go|gb)(?!\w)", r"\1gb"),
    (r"(\d)\s*(?:-\s*)?(?:terabytes?|to|tb)(?!\w)", r"\1tb"),
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
_LETTERS = {"s": "small", "m": "medium", "l": "large", "xl": "xl", "xxl": "xxl", "xs": "xs"}
_NEGATIVE = frozenset({"no", "none", "not resistant", "non", "aucun"})
_POSITIVE = frozenset({"yes", "oui"})
_WITHOUT = re.compile(r"\b(?:without|no|non|not|none|sans|aucun|pas(?: de)?)\b\W*$")
_NONE_AFTER = re.compile(r"\W*(?:none|no|aucune?|not)\b")


@dataclass(frozen=True)
class Mention:
    """A line that the words name, and the stretch of the plain text that speaks of it."""

    line_ids: tuple[str, ...]  # several where the words fit several alike
    start: int
    end: int


@dataclass(frozen=True)
class Wish:
    """What is wanted instead of a line: option -> value, as the shop writes them; `is_same` for one like it."""

    values: Mapping[str, str]
    is_same: bool = False

    @property
    def is_told(self) -> bool:
        """Whether anything was said."""
        return bool(self.values) or self.is_same


def plain(text: str) -> str:
    """Words as they are compared: folded, units and spellings made one."""
    said = " ".join(simplify(text.replace("-", " ").replace("/", " ").replace("+", " ")).split())
    said = re.sub(r"(\d),(\d)", r"\1.\2", re.sub(r"(\d)[. ](\d) ?(?=l\b|liter|litre)", r"\1.\2", said))
    for pattern, unit in _UNITS:
        said = re.sub(pattern, unit, said)
    for word, other in _SPELT.items():
        said = re.sub(rf"\b{word}\b", other, said)
    return said


def find_mentions(text: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]) -> list[Mention]:
    """The lines that a text names, in its order, each with its stretch up to the next one.

    `names` gives what else a line may be called, by line id: the words for its type. "All of it" names every line,
    "all but the lamp" every other one.
    """
    said = plain(text)
    found = _find_names(said, lines, names)
    if _ALL.search(said):
        left = _EXCEPT.search(said)
        named = {line_id for mention in found for line_id in mention.line_ids if left and mention.start > left.start()}
        if left and named or not found:
            return [Mention((line.id,), 0, len(said)) for line in lines if line.id not in named]
    return found


def _find_names(said: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]) -> list[Mention]:
    spans: dict[tuple[int, int], set[str]] = {}
    for line in lines:
        for name in _names_of(line, names.get(line.id, ())):
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?:s|es|x)?(?!\w)", said):
                spans.setdefault(match.span(), set()).add(line.id)
    longest = [
        span
        for span in spans
        if not any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in spans)
    ]
    starts = sorted((span[0], span) for span in longest)
    ends = [*(start for start, _ in starts[1:]), *([len(said)] if starts else [])]
    by_id = {line.id: line for line in lines}
    mentions: list[Mention] = []
    for (start, span), end in zip(starts, ends, strict=True):
        ids = _narrow(said, start, end, [by_id[each] for each in by_id if each in spans[span]])
        before = next((each for each in mentions if set(ids) & set(each.line_ids)), None)
        if before is None:
            mentions.append(Mention(ids, start, end))
        elif before is mentions[-1]:
            mentions[-1] = replace(before, end=end)
    return mentions


def _names_of(line: OrderLine, more: Sequence[str]) -> list[str]:
    """What a line may be called: its title, the title's last word, the words for its type."""
    title = plain(line.title)
    words = title.split()
    short = [words[-1]] if len(words) > 1 and len(words[-1]) > 3 else []
    return list(dict.fromkeys(name for name in (title, *short, *(plain(each) for each in more)) if len(name) > 1))


def _narrow(said: str, start: int, end: int, lines: Sequence[OrderLine]) -> tuple[str, ...]:
    """Of lines with one name, those whose options the words around describe best; all of them where none stands out."""
    if len(lines) < 2 or re.search(r"\b(?:both|two|all|deux|tous|toutes)\b", said[max(0, start - 20) : start]):
        return tuple(line.id for line in lines)
    described = f"{said[max(0, start - 40) : start]} {_INTO.split(said[start:end], maxsplit=1)[0]}"
    points = [sum(_is_said(described, name, value) for name, value in line.options.items()) for line in lines]
    best = [line for line, point in zip(lines, points, strict=True) if point == max(points)]
    is_one_kind = len({line.variant_ref for line in best}) == 1
    return tuple(line.id for line in (best[:1] if is_one_kind else best))


def read_wish(segment: str, line: OrderLine, variants: Sequence[Variant]) -> Wish:
    """What a stretch of plain text wants instead of a line.

    What follows "to" or "for" is wanted, what follows "instead of" is not; without either, what differs from the
    line is.
    """
    wanted, described = _split_wish(segment)
    values = _read_values(wanted, variants)
    if not described:
        values = {name: value for name, value in values.items() if plain(line.options.get(name, "")) != plain(value)}
    if not values and _SAME.search(segment):
        return Wish({}, is_same=True)
    return Wish(values)


def _split_wish(segment: str) -> tuple[str, str]:
    instead = _INSTEAD_OF.search(segment)
    if instead:
        return segment[: instead.start()], segment[instead.end() :]
    into = next((match for match in _INTO.finditer(segment) if segment[match.end() :].strip()), None)
    return (segment[into.end() :], segment[: into.start()] or " ") if into else (segment, "")


def _read_values(said: str, variants: Sequence[Variant]) -> dict[str, str]:
    """Option -> value for every value that is named; the longest names win where they overlap."""
    hits: list[tuple[int, int, str, str]] = []
    for name, value in sorted({pair for variant in variants for pair in variant.options.items()}):
        hits += [(start, end, name, value) for start, end in _value_spans(said, name, value)]
    kept = [
        hit
        for hit in hits
        if not any(o[0] <= hit[0] and hit[1] <= o[1] and o[1] - o[0] > hit[1] - hit[0] for o in hits)
    ]
    values: dict[str, str] = {}
    for start, end, name, value in sorted(kept):
        rivals = {other for s, e, other, _ in kept if (s, e) == (start, end)}
        if len(rivals) > 1 and not _is_named_nearby(said, start, end, name, rivals):
            continue
        values[name] = value
    return values


def _is_named_nearby(said: str, start: int, end: int, name: str, rivals: set[str]) -> bool:
    """Of options that share a value ("black" frame, "black" lens), whether the words around name this one."""
    around = said[max(0, start - 25) : end + 25]
    words = [word for word in plain(name).split() if not any(word in plain(each).split() for each in rivals - {name})]
    named = [
        each
        for each in rivals
        if any(
            re.search(rf"\b{re.escape(word)}", around)
            for word in plain(each).split()
            if not any(word in plain(other).split() for other in rivals - {each})
        )
    ]
    return any(re.search(rf"\b{re.escape(word)}", around) for word in words) if named else name == min(rivals)


def _value_spans(said: str, name: str, value: str) -> list[tuple[int, int]]:
    plain_value, plain_name = plain(value), plain(name)
    forms = [plain_value]
    if plain_value in _LETTERS and plain_name == "size":
        forms = [rf"(?:size )?{plain_value}", _LETTERS[plain_value]]
    elif plain_value.isdigit():
        forms = [rf"(?:size |a |pieces? |the )?{plain_value}(?: ?pieces?)?"]
    elif plain_value in _POSITIVE | _NEGATIVE:
        spans = _yes_no_spans(said, plain_name, plain_value)
        forms = [plain_value] if " " in plain_value else []
        return spans + [match.span() for form in forms for match in re.finditer(rf"(?<!\w){form}(?!\w)", said)]
    else:
        forms = [re.escape(plain_value), *(_short_forms(plain_value))]
    return [match.span() for form in forms for match in re.finditer(rf"(?<![\w.]){form}(?![\w.]\w|\w)", said)]


def _short_forms(value: str) -> list[str]:
    """Shorter ways to say a value: "1tb" for "1tb ssd", "hepa" for "hepa filter", "full" for "full size"."""
    words = value.split()
    if len(words) < 2 or not re.search(r"\d|hepa|cellular|alexa|homekit|google|resist", words[0] + words[-1]):
        return []
    return [re.escape(words[0])] if re.search(r"\d", words[0]) else [re.escape(word) for word in words if len(word) > 4]


def _yes_no_spans(said: str, name: str, value: str) -> list[tuple[int, int]]:
    """Where an option that is there or not is named: "waterproof", "without backlight", "armrest: none"."""
    spans = []
    for match in re.finditer(rf"(?<!\w){re.escape(name.split()[0][:5])}\w*(?: \w*resist\w*| proof)?", said):
        before, after = said[: match.start()], said[match.end() :]
        is_without = bool(_WITHOUT.search(before) or _NONE_AFTER.match(after))
        if is_without == (value in _NEGATIVE):
            spans.append(match.span())
    return spans


def _is_said(said: str, name: str, value: str) -> bool:
    return bool(_value_spans(said, name, value))


def find_variants(line: OrderLine, wish: Wish, variants: Sequence[Variant], sellable: frozenset[str]) -> list[Variant]:
    """The variants that a wish fits and that can be had, those that keep most of what the line has first.

    One alone at the front keeps everything that was not asked to change; where none does, all of them are offered.
    """
    if wish.is_same:
        return [each for each in variants if each.ref == line.variant_ref]
    fits = [
        each
        for each in variants
        if all(each.options.get(name) == value for name, value in wish.values.items())
        and (each.ref in sellable or each.ref == line.variant_ref)
    ]
    if not wish.values:
        return [each for each in fits if each.ref != line.variant_ref]
    kept = {each.ref: sum(each.options.get(name) == value for name, value in line.options.items()) for each in fits}
    fits.sort(key=lambda each: (-kept[each.ref], each.price_minor))
    exact = [
        each
        for each in fits
        if all(each.options.get(name) == value for name, value in line.options.items() if name not in wish.values)
    ]
    return exact[:1] or fits


_ORIGINAL = re.compile(
    r"\b(original|same (?:payment|method|card|way)|d'origine|meme (?:moyen|carte|methode)|paid with|used)\b"
)
_KINDS = {
    "paypal": re.compile(r"\bpay ?pal\b"),
    "gift_card": re.compile(r"\bgift ?(?:card|certificate|voucher)?s?\b|\bcartes? cadeau\b|\bbon d'achat\b"),
    "credit_card": re.compile(
        r"\b(?:credit|debit|bank|visa|master ?card|amex)\b|\bcarte (?:de credit|bancaire|bleue)\b"
        r"|^(?:on |with |by |my |the |sur |avec |par |ma |la )*(?:card|carte)\b(?! cadeau)"
    ),
}


def find_method(text: str, methods: Sequence[PaymentMethod], original: str) -> str:
    """The id of the one means of payment that words name; "" for none or more than one."""
    said = plain(text)
    if _ORIGINAL.search(said) or re.fullmatch(r"(?:the |le |la )?(?:same|meme)(?: one)?", said):
        return original
    named = [each for each in methods if each.last_four and each.last_four in said]
    named = named or [each for each in methods if each.kind in _KINDS and _KINDS[each.kind].search(said)]
    if len(named) > 1:
        named = [each for each in named if each.brand and plain(each.brand) in said] or named
    return named[0].id if len(named) == 1 else ""
