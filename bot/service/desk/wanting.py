"""Stage A4: words -> what is wanted instead of a line, and the variants that come up to it. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.commerce.types import OrderLine, Variant
from bot.service.desk.naming import plain
from bot.service.desk.values import find_values, rank_value

# What follows is wanted, what stands before describes what one has.
_INTO = re.compile(r"\b(?:(?<!need )(?<!want )(?<!like )(?<!love )(?<!have )(?<!has )(?<!going )to|for|into|instead of it|with one|pour|contre|en|vers|par|plutot|au lieu)\b|->|=>|→")
_INSTEAD_OF = re.compile(r"\b(?:instead of|in place of|in lieu of|rather than|not the|a la place d[eu]|au lieu d[eu]|plutot qu[e'])\b")
_SAME = re.compile(
    r"\b(?:same (?:exact |one|item|thing|product|model)|exact(?:ly the)? same|identical|replacement|another one of the same|"
    r"new one|le meme|la meme|les memes|identique|pareil)\b|\bthe same$|\bsame one\b"
)
_CHEAPEST = re.compile(
    r"\b(?:cheapest|least expensive|lowest (?:price|cost)|(?:is|are) (?:the )?cheaper|most affordable|lowest priced|"
    r"moins cher\w*|which ?ever (?:one )?costs? less)\b"
)
_DEAREST = re.compile(r"\b(?:most expensive|priciest|dearest|highest (?:price|priced)|plus cher\w*)\b")
_CHEAPER = re.compile(r"\b(?<!it's )(?<!its )(?<!it is )(?<!that's )(?<!that is )(?<!even )(?:cheaper|less expensive)\b")
_OTHERWISE = re.compile(
    r"\b(?:otherwise|or else|if (?:(?:it|that|this|the|they|there)\W*)*(?:\w+ ){0,4}?(?:not|isn'?t|aren'?t|n'?t|no|un ?available|out of stock|sold out)\b[^,]{0,40}?,?(?: then)?|"
    r"if not,?(?: then)?|as a (?:backup|fallback|second choice)|sinon|a defaut|s'il n'y en a (?:pas|plus))\s"
)
_OTHER = re.compile(r"\b(?:different|another|other|autre|differente?)\s+(\w+)")
_SAME_OPTION = re.compile(r"\b(?:same|meme|keep (?:the|my)) (\w+)(?: and (\w+))?")
_MORE = (
    "bigger larger taller longer higher more greater heavier thicker brighter faster louder stronger up better roomier plus grand grande"
).split()
_LESS = "smaller shorter lower less lighter thinner dimmer slower quieter fewer down petit petite".split()
_MOST = (
    "biggest largest tallest longest highest most maximum max greatest heaviest thickest brightest fastest best".split()
)
_LEAST = "smallest shortest lowest least minimum min lightest thinnest dimmest".split()
_ABOUT = {  # which options an adjective speaks of, by the stems of their names
    "tall": ("height",), "long": ("length", "battery"), "short": ("length", "height"), "bright": ("brightness",), "dim": ("brightness",),
    "thick": ("thickness",), "thin": ("thickness",), "heav": ("weight",), "fast": ("processor", "speed"),
}  # fmt: skip
_SIZES = ("size", "capacity", "diameter", "height", "length", "piece", "storage", "screen", "weight", "thickness")


@dataclass(frozen=True)
class Wish:
    """What is wanted instead of a line, as the shop writes it; `is_same` for one like it."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # option -> the values that will do
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # option -> the values that will not
    steps: Mapping[str, int] = field(default_factory=dict)  # option -> 1 more of it, 2 the most; below zero: less
    by_price: int = 0  # -1 the cheapest of those, 1 the dearest, -2 anything cheaper than the line
    is_same: bool = False
    keeps: Mapping[str, str] = field(default_factory=dict)  # what the line has and was named again: kept if it can be
    otherwise: "Wish | None" = None  # what will do where that cannot be had

    @property
    def is_told(self) -> bool:
        """Whether anything was said."""
        return bool(self.values or self.without or self.steps or self.by_price or self.is_same)


def read_wish(segment: str, line: OrderLine, variants: Sequence[Variant]) -> Wish:
    """What a stretch of plain text wants instead of a line.

    What follows "to" or "for" is wanted, what follows "instead of" is not; without either, what differs from the
    line is. "If that is not to be had" begins a second choice.
    """
    cut = _OTHERWISE.search(segment)
    if cut and segment[cut.end() :].strip():
        first = _read(segment[: cut.start()], line, variants)
        second = _read(segment[cut.end() :], line, variants, is_all_wanted=True)
        if first.is_told:
            return replace(first, otherwise=second if second.is_told else None)
    return _read(segment, line, variants)


def merge_wishes(before: Wish, now: Wish) -> Wish:
    """What was said before of what is wanted, with what is said now: of the same option, the newer words count."""
    if not before.is_told or before.is_same:
        return now
    if now.is_same or not now.is_told:
        return before
    told = {*now.values, *now.without, *now.steps}
    return Wish(
        values={**_unless(before.values, told), **now.values},
        without={**_unless(before.without, told), **now.without},
        steps={**_unless(before.steps, told), **now.steps},
        by_price=now.by_price or before.by_price,
        keeps={**_unless(before.keeps, told), **now.keeps},
        otherwise=now.otherwise,
    )


def _unless[Value](options: Mapping[str, Value], told: Collection[str]) -> dict[str, Value]:
    return {name: value for name, value in options.items() if name not in told}


def _read(segment: str, line: OrderLine, variants: Sequence[Variant], *, is_all_wanted: bool = False) -> Wish:
    wanted, described = (segment, "") if is_all_wanted else _split_wish(segment)
    values, without = find_values(wanted, variants)
    own = {name: plain(value) for name, value in line.options.items()}
    if not described.strip() and not is_all_wanted:
        told = {name: tuple(each for each in found if plain(each) != own.get(name)) for name, found in values.items()}
        values = {name: found for name, found in told.items() if found}
    elif described.strip() and not values and not without:
        wanted = segment
        values, without = find_values(segment, variants)
        values = {n: kept for n, found in values.items() if (kept := tuple(v for v in found if plain(v) != own.get(n)))}
    without = {**_read_others(segment, line), **without}
    values = (
        {**values, **{name: (value,) for name, value in _read_kept(segment, line).items() if name not in values}}
        if values or without
        else values
    )
    steps = _read_steps(wanted, line, variants)
    named, _ = find_values(wanted, variants)
    keeps = {
        name: line.options[name]
        for name, found in named.items()
        if name not in values and line.options.get(name) in found
    }
    steps = {name: step for name, step in steps.items() if name not in values}
    wish = Wish(values, without, steps, _read_price(wanted), keeps=keeps)
    return Wish(is_same=True) if not wish.is_told and _SAME.search(segment) else wish


def _split_wish(segment: str) -> tuple[str, str]:
    instead = _INSTEAD_OF.search(segment)
    if instead:
        return segment[: instead.start()], segment[instead.end() :]
    into = next((match for match in _INTO.finditer(segment) if segment[match.end() :].strip()), None)
    return (segment[into.end() :], segment[: into.start()] or " ") if into else (segment, "")


def _read_price(said: str) -> int:
    if _CHEAPEST.search(said):
        return -1
    if _DEAREST.search(said):
        return 1
    return -2 if _CHEAPER.search(said) else 0


def _read_others(said: str, line: OrderLine) -> dict[str, tuple[str, ...]]:
    """What "a different colour" rules out: the line's own."""
    named = {match.group(1) for match in _OTHER.finditer(said)}
    return {
        name: (value,)
        for name, value in line.options.items()
        if any(word.rstrip("s") in named or f"{word}s" in named for word in plain(name).split())
    }


def _read_kept(said: str, line: OrderLine) -> dict[str, str]:
    """What "the same size" keeps: the line's own."""
    kept = {word for match in _SAME_OPTION.finditer(said) for word in match.groups()}
    return {name: value for name, value in line.options.items() if any(word in kept for word in plain(name).split())}


def _read_steps(said: str, line: OrderLine, variants: Sequence[Variant]) -> dict[str, int]:
    words = said.split()
    for at, word in enumerate(words):
        step = next((n for n, group in ((1, _MORE), (-1, _LESS), (2, _MOST), (-2, _LEAST)) if word in group), 0)
        if step and not (
            word in ("more", "most", "less", "least") and words[at + 1 : at + 2] in (["expensive"], ["affordable"])
        ):
            name = _option_of(word, words[max(0, at - 3) : at + 4], line, variants)
            if name:
                return {name: step}
    return {}


def _option_of(word: str, around: Sequence[str], line: OrderLine, variants: Sequence[Variant]) -> str:
    """The option that an adjective speaks of: one named beside it, one that it always means, one that has sizes."""
    ranked = [
        name for name in line.options if len({rank_value(v.options.get(name, "")) for v in variants} - {None}) > 1
    ]
    named = [name for name in ranked if any(part in around or f"{part}s" in around for part in plain(name).split())]
    meant = [
        name
        for stem, about in _ABOUT.items()
        if word.startswith(stem)
        for name in ranked
        if any(a in name for a in about)
    ]
    sized = (
        [name for stem in _SIZES for name in ranked if stem in name]
        if word not in ("more", "less", "better", "plus")
        else []
    )
    return next(iter([*named, *meant, *sized]), "")


def find_variants(line: OrderLine, wish: Wish, variants: Sequence[Variant], sellable: frozenset[str]) -> list[Variant]:
    """The variants that a wish fits and that can be had, those that keep most of what the line has first.

    One alone at the front keeps everything that was not asked to change; where none does, all of them are offered.
    """
    if wish.is_same:
        return [each for each in variants if each.ref == line.variant_ref]
    there = [each for each in variants if each.ref in sellable or each.ref == line.variant_ref and _keeps(wish, line)]
    fits = _step([each for each in there if _fits(each, wish, line)], wish, line)
    fits = [each for each in fits if all(each.options.get(name) == value for name, value in wish.keeps.items())]
    if wish.otherwise and not is_exact(fits, wish, line):
        second = _second_choice(line, wish, wish.otherwise, variants, sellable)
        if second or not fits:
            return second
    if not wish.values or wish.by_price or wish.steps:
        fits = [each for each in fits if each.ref != line.variant_ref]
    if wish.by_price:
        fits.sort(key=lambda each: each.price_minor * (1 if wish.by_price < 0 else -1))
        return fits if wish.by_price == -2 else fits[:1]
    return _keep_most(fits, wish, line)


def is_exact(fits: Sequence[Variant], wish: Wish, line: OrderLine) -> bool:
    """Whether one of them keeps everything of the line that was not asked to change."""
    free = {*wish.values, *wish.steps, *wish.without}
    return any(
        all(each.options.get(name) == value for name, value in line.options.items() if name not in free)
        for each in fits
    )


def _keep_most(fits: list[Variant], wish: Wish, line: OrderLine) -> list[Variant]:
    kept = {each.ref: sum(each.options.get(name) == value for name, value in line.options.items()) for each in fits}
    fits.sort(key=lambda each: (-kept[each.ref], each.price_minor))
    free = {*wish.values, *wish.steps, *wish.without}
    exact = [
        each
        for each in fits
        if all(each.options.get(name) == value for name, value in line.options.items() if name not in free)
    ]
    return (
        exact
        if exact and (len(exact) == 1 or not wish.values)
        else exact[:1]
        if _first_choice(exact, wish)
        else exact or fits
    )


def _first_choice(exact: Sequence[Variant], wish: Wish) -> bool:
    """Whether all that is left open is which of several named values; then any of them was said to do."""
    return (
        len(exact) > 1 and not wish.without and not wish.steps and any(len(found) > 1 for found in wish.values.values())
    )


def _second_choice(
    line: OrderLine, first: Wish, second: Wish, variants: Sequence[Variant], sellable: frozenset[str]
) -> list[Variant]:
    """What the second choice fits: with what it leaves open as it was wanted first, where that can be had."""
    merged = replace(second, values={**first.values, **second.values})
    both = find_variants(line, merged, variants, sellable) if set(first.values) & set(second.values) else []
    return both or find_variants(line, second, variants, sellable)


def _keeps(wish: Wish, line: OrderLine) -> bool:
    return bool(wish.values) and all(line.options.get(name) in found for name, found in wish.values.items())


def _fits(variant: Variant, wish: Wish, line: OrderLine) -> bool:
    has = all(variant.options.get(name) in found for name, found in wish.values.items())
    lacks = all(variant.options.get(name) not in found for name, found in wish.without.items())
    return has and lacks and (wish.by_price != -2 or variant.price_minor < line.unit_price_minor)


def _step(fits: list[Variant], wish: Wish, line: OrderLine) -> list[Variant]:
    """Those that have more, less, the most or the least of an option; one step up before two."""
    for name, step in wish.steps.items():
        own = rank_value(line.options.get(name, ""))
        ranks = {each.ref: rank_value(each.options.get(name, "")) for each in fits}
        sign = 1 if step > 0 else -1
        known = {
            ref: rank
            for ref, rank in ranks.items()
            if rank is not None and (abs(step) > 1 or own is None or (rank - own) * sign > 0)
        }
        best = (max if sign > 0 else min)(known.values(), default=None) if abs(step) > 1 else None
        fits = [each for each in fits if each.ref in known and (best is None or known[each.ref] == best)]
        if abs(step) == 1 and fits:
            nearest = min(abs((known[each.ref] or 0) - (own or 0)) for each in fits)
            near = [each for each in fits if abs((known[each.ref] or 0) - (own or 0)) == nearest]
            fits = near or fits
    return fits
