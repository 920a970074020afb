"""Stage A4: the values of a product's options as they are said: "waterproof", "15 inch", "without backlight". Pure."""

import re
from collections.abc import Sequence

from bot.commerce.types import Variant
from bot.service.desk.naming import plain

_LETTERS = {"s": "small", "m": "medium", "l": "large", "xl": "xl", "xxl": "xxl", "xs": "xs"}
_NEGATIVE = frozenset({"no", "none", "not resistant", "non", "aucun"})
_POSITIVE = frozenset({"yes", "oui"})
_WITHOUT = re.compile(
    r"\b(?:(?:without|no|non|not|none|sans|aucun|pas(?: de)?)\b|(?:do not|don'?t|does not|doesn'?t|needn'?t|not) (?:need|have|want)\b|needn'?t)"
    r"(?: (?:to|be|it|them))*\W*$"
)
_NONE_AFTER = re.compile(r"\W*(?:none|no|aucune?|not)\b")
_BARRED = re.compile(
    r"\b(?:not|except(?: for)?|other than|anything but|but not|besides|apart from|rather than|excluding|no|pas|sauf)(?: (?:the|a|an|in|one|for|de|du|le|la|en))*\s*$"
)
_RANKED = (
    ("xxs", "xs", "s", "m", "l", "xl", "xxl", "xxxl"), ("extra small", "small", "medium", "large", "extra large"), ("low", "medium", "high"),
    ("basic", "professional"), ("beginner", "intermediate", "expert"), ("portable", "medium", "large"), ("i3", "i5", "i7", "i9"),
    ("standard", "high back"), ("petit", "moyen", "grand"),
)  # fmt: skip
_ALSO = {  # what a value is called besides what the shop writes
    "google assistant": ("google home", "google"), "amazon alexa": ("alexa", "amazon"), "apple homekit": ("homekit", "apple"),
    "stainless steel": ("steel", "stainless"), "wi fi": ("wifi",), "wi fi cellular": ("wifi cellular", "cellular", "lte"),
    "ac adapter": ("plug in", "mains", "outlet"), "rechargeable": ("rechargable",), "v neck": ("vneck",), "robotic": ("robot",),
    "memory foam": ("foam",), "full size": ("full sized", "fullsize"), "natural rubber": ("rubber",), "polarized": ("polarised",),
    "hardshell": ("hard shell", "hard"), "softshell": ("soft shell", "soft"), "hard cover": ("hardcover",), "soft cover": ("softcover",),
    "over ear": ("over the ear",), "on ear": ("on the ear",), "men": ("man", "male", "him"), "women": ("woman", "female", "her"),
    "built in grinder": ("grinder built in", "integrated grinder", "with a grinder", "grinder"), "auto shutoff": ("auto shut off", "automatic shutoff"),
    "wood": ("wooden",), "metal": ("metallic",), "bamboo": (), "glass": (), "grey": ("gray",), "space grey": ("space gray",), "bluetooth": (), "half": ("half zip",), "full": ("full zip",),
}  # fmt: skip


def rank_value(value: str) -> float | None:
    """Where a value stands among its like: its number, else its place in an order of words; None for neither."""
    said = plain(value)
    found = re.match(r"\d+(?:\.\d+)?", said)
    if found:
        return float(found.group(0)) * (1000 if "tb" in said else 1)
    return next((float(order.index(said)) for order in _RANKED if said in order), None)


def find_values(
    said: str, variants: Sequence[Variant]
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Option -> values that are named, and option -> values that are ruled out; the longest names win where they overlap.

    Of several values of one option the last is meant, unless "or" stands between them.
    """
    hits: list[tuple[int, int, str, str]] = []
    for name, value in sorted({pair for variant in variants for pair in variant.options.items()}):
        hits += [(start, end, name, value) for start, end in value_spans(said, name, value)]
    kept = [
        hit
        for hit in hits
        if not any(o[0] <= hit[0] and hit[1] <= o[1] and o[1] - o[0] > hit[1] - hit[0] for o in hits)
    ]
    wanted: dict[str, tuple[str, ...]] = {}
    barred: dict[str, tuple[str, ...]] = {}
    last: dict[str, int] = {}
    for start, end, name, value in sorted(kept):
        rivals = {other for s, e, other, _ in kept if (s, e) == (start, end)}
        free = rivals - {other for s, e, other, _ in kept if (s, e) != (start, end)}  # "S, medium": of what, but size
        if len(rivals) > 1 and not _is_named_nearby(said, start, end, name, rivals, free or rivals):
            continue
        if plain(value) not in _NEGATIVE | _POSITIVE and _BARRED.search(said[:start]):
            barred[name] = (*barred.get(name, ()), value)
            continue
        is_either = name in wanted and re.search(r"\b(?:or|ou)\b", said[last[name] : start]) is not None
        wanted[name] = (*wanted[name], value) if is_either and value not in wanted[name] else (value,)
        last[name] = end
    return wanted, barred


def _is_named_nearby(said: str, start: int, end: int, name: str, rivals: set[str], free: set[str]) -> bool:
    """Of options that share a value ("black" frame, "black" lens), whether the words around name this one; where they
    name none, whether it is the first of those that nothing else is said of.
    """
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
    return any(re.search(rf"\b{re.escape(word)}", around) for word in words) if named else name == min(free)


def value_spans(said: str, name: str, value: str) -> list[tuple[int, int]]:
    """Where a value of an option stands in plain text."""
    plain_value, plain_name = plain(value), plain(name)
    forms = [plain_value]
    if plain_value in _LETTERS and plain_name.endswith("size"):
        forms = [rf"(?:size )?{plain_value}", _LETTERS[plain_value], *(("extra large",) if plain_value == "xl" else ())]
    elif plain_value.isdigit():
        forms = [rf"(?:size |a |pieces? |the )?{plain_value}(?: ?pieces?)?"]
    elif plain_value in _POSITIVE | _NEGATIVE:
        spans = _yes_no_spans(said, plain_name, plain_value)
        forms = [plain_value] if " " in plain_value else []
        return spans + [match.span() for form in forms for match in re.finditer(rf"(?<!\w){form}(?!\w)", said)]
    else:
        forms = [re.escape(each) for each in (plain_value, *_ALSO.get(plain_value, ()))] + _short_forms(
            plain_value, plain_name
        )
    return [match.span() for form in forms for match in re.finditer(rf"(?<![\w.]){form}(?![\w.]\w|\w)", said)]


def _short_forms(value: str, name: str) -> list[str]:
    """Shorter ways to say a value: "1tb" for "1tb ssd", "hepa" for "hepa filter", a bare number beside the option's name."""
    forms = []
    number = re.fullmatch(r"(\d+(?:\.\d+)?)(?: ?[a-z]+)", value)
    if number:
        first = re.escape(name.split()[0])
        digits = re.escape(number.group(1))
        forms.append(rf"{digits}(?= {first}\w*)|(?<={first} ){digits}")
        if len(number.group(1)) > 1:
            forms.append(rf"(?<=w ){digits}|(?<=with ){digits}|(?<=avec ){digits}")
    words = value.split()
    if len(words) < 2 or not re.search(r"\d|hepa|resist", words[0] + words[-1]):
        return forms
    return [
        *forms,
        *([re.escape(words[0])] if re.search(r"\d", words[0]) else [re.escape(w) for w in words if len(w) > 4]),
    ]


def _yes_no_spans(said: str, name: str, value: str) -> list[tuple[int, int]]:
    """Where an option that is there or not is named: "waterproof", "without backlight", "armrest: none"."""
    spans = []
    for match in re.finditer(rf"(?<!\w){re.escape(name.split()[0][:5])}\w*(?: \w*resist\w*| proof)?", said):
        before, after = said[: match.start()], said[match.end() :]
        is_without = bool(_WITHOUT.search(before) or _NONE_AFTER.match(after)) or match.group(0).startswith("non")
        if is_without == (value in _NEGATIVE):
            spans.append(match.span())
    return spans


def is_said(said: str, name: str, value: str) -> bool:
    """Whether a value of an option stands in plain text."""
    return bool(value_spans(said, name, value))
