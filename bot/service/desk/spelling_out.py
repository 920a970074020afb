"""Stage A4: "the smaller coffee maker", "the cheaper tablet" -> the options of the thing that is meant. Pure.

Where several things have one name, a comparison tells which is spoken of; spelled out, nothing takes it for a wish.
"""

import re
from collections.abc import Mapping, Sequence

from bot.commerce.types import OrderLine
from bot.service.desk.naming import find_mentions, plain
from bot.service.desk.values import rank_value

_COMPARED = re.compile(
    r"\b(?P<lead>the|my|le|la|mon|ma) (?P<word>smaller|smallest|bigger|biggest|larger|largest|cheaper|cheapest|less expensive|least expensive|"
    r"more expensive|most expensive|pricier|dearer)(?: of (?:the|my) (?:two |three )?)? (?P<rest>(?:\w+ ?){1,4})", re.IGNORECASE
)
_LESS = ("smaller", "smallest", "cheaper", "cheapest", "less expensive", "least expensive")
_PRICES = ("cheap", "expens", "pric", "dear")


def spell_out(text: str, lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]]) -> str:
    """The text with each comparison that tells two things of one name apart put into their options."""
    spoken_of = {line_id for each in find_mentions(text, lines, names) for line_id in each.line_ids}
    named = [line for line in lines if line.id in spoken_of]
    return _COMPARED.sub(lambda found: _spell(found, lines, names, named), text)


def _spell(
    found: "re.Match[str]", lines: Sequence[OrderLine], names: Mapping[str, Sequence[str]], named: Sequence[OrderLine]
) -> str:
    rest = found["rest"]
    mentions = find_mentions(rest, lines, names)
    alike = [line for line in lines if mentions and mentions[0].start == 0 and line.id in mentions[0].line_ids]
    is_one = re.match(r"(?:ones?|of them)\b", rest)
    alike = alike or (_of_one_product(named or lines) if is_one else [])
    variants = {line.variant_ref for line in alike}
    if len(variants) < 2 or len({line.product_ref for line in alike}) > 1:
        return found[0]
    word = found["word"].lower()
    ranked = _by_price(alike) if word.rpartition(" ")[2].startswith(_PRICES) else _by_size(alike)
    if ranked is None:
        return found[0]
    chosen = ranked[0] if word in _LESS else ranked[-1]
    rest = f"{chosen.title} {rest[is_one.end() :]}" if is_one else rest
    return f"{found['lead']} {_tell_apart(chosen, alike)} {rest}"


def _of_one_product(lines: Sequence[OrderLine]) -> list[OrderLine]:
    return list(lines) if len({line.product_ref for line in lines}) == 1 else []


def _by_price(lines: Sequence[OrderLine]) -> list[OrderLine] | None:
    if len({line.unit_price_minor for line in lines}) < 2:
        return None
    return sorted(lines, key=lambda each: each.unit_price_minor)


def _by_size(lines: Sequence[OrderLine]) -> list[OrderLine] | None:
    """By the one option that has an order and that they differ in."""
    for name in lines[0].options:
        ranks = [rank_value(str(line.options.get(name, ""))) for line in lines]
        if None not in ranks and len(set(ranks)) > 1:
            return [line for _, line in sorted(zip(ranks, lines, strict=True), key=lambda each: each[0] or 0.0)]
    return None


def _tell_apart(chosen: OrderLine, lines: Sequence[OrderLine]) -> str:
    others = [line for line in lines if line.variant_ref != chosen.variant_ref]
    telling = [
        str(value) for name, value in chosen.options.items()
        if all(plain(str(line.options.get(name, ""))) != plain(str(value)) for line in others)
    ]
    return " ".join(telling or [str(value) for value in chosen.options.values()])
