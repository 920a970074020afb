"""Words -> what somebody says they like, wear and refuse, beside what they said before; and a style put into words."""

from dataclasses import asdict, replace
from typing import Any

from actions.base import Turn
from actions.collecting import find_store
from actions.shelf import catalogue_of, currency_of, page_product
from bot.commerce.types import ProductRef
from bot.finding.asked import VALUES, Asked
from bot.profile.told_sizes import LETTERED, LETTERS, NUMBERED
from bot.recommend.size_tables import own_sizes
from bot.recommend.style import Style
from bot.recommend.traits import slot_of, slot_of_type
from bot.service.taste import Forgotten, read_told_sizes
from bot.service.wishes import Wish, read_wish
from bot.texts.catalogue import format_money, name_country

_STANDS_FOR = {
    "repair": "what the shop says can be repaired", "recycling": "what the shop says can be recycled",
    "impact": "what the shop states the impact of",
}
_PLACES = {
    "top": "tops", "bottom": "bottoms", "dress": "dresses", "outer": "coats and jackets", "shoes": "shoes",
    "basics": "underwear and socks", "accessory": "accessories", "bag": "bags", "care": "care",
}


def read_values(turn: Turn) -> Asked | None:
    """What the message asks for, as finding reads it; None for a button."""
    is_typed = turn.text and not turn.text.startswith("/")
    return turn.services.finder.read(turn.text, language=turn.language, now=turn.now) if is_typed else None


def names_values(asked: Asked) -> bool:
    """Whether it says what things are to be made of, or not, or where, or what they are to stand for."""
    return bool(asked.avoided("material") or any(asked.of(kind) for kind in VALUES))


def department_named(turn: Turn, asked: Asked | None) -> str:
    """The one department of the shop that a message names; "" for none, and for several."""
    known = {*catalogue_of(turn).departments.different}
    found = [each.lower() for each in (asked.of("gender") if asked else ()) if each.lower() in known]
    return found[0] if len(found) == 1 else ""


def without_dropped(turn: Turn, style: Style, said: Forgotten) -> Style:
    """The style without what words take back: parts of it, values, which are refused where they are taken away."""
    for part in said.parts:
        style = style.without(part)
    style, _, _ = _without_named(turn, style, said.values)
    if not said.refused:
        return style
    style, wish, stuff = _without_named(turn, style, said.refused)
    refused = replace(style, avoid_colours=(*style.avoid_colours, *wish.colours))
    return refused.with_materials((), stuff).with_types((), wish.types)


def _without_named(turn: Turn, style: Style, said: str) -> tuple[Style, Wish, tuple[str, ...]]:
    """The style without the values that words name, with these: as a wish, and the materials."""
    wish, asked = read_wish(said, {}, catalogue_of(turn).words), read_values(replace(turn, text=said, entities={}))
    stuff, origins = (asked.of("material"), asked.of("origin")) if asked else ((), ())
    named = (*wish.colours, *wish.types, *wish.brands, *wish.occasions, *stuff, *origins)
    return style.without_values(named), wish, stuff


def with_types(style: Style, asked: Asked | None) -> Style:
    """The style with the kinds of things that are said no to left out, and not wished for: "no skirts"."""
    refused = {*(asked.avoided("product_type") if asked else ())}
    return style.with_types((each for each in style.types if each not in refused), refused & {*style.types})


def with_values(style: Style, asked: Asked | None) -> Style:
    """The style with what is said now of what things are made of, where, and what they stand for."""
    if asked is None:
        return style
    stands_for = tuple(kind for kind in ("repair", "recycling", "impact") if asked.of(kind))
    return replace(
        style.with_materials(asked.of("material"), asked.avoided("material")),
        origins=asked.of("origin") or style.origins, stands_for=stands_for or style.stands_for,
    )


def sizes_told(turn: Turn, wish: Wish) -> dict[str, str]:
    """The sizes of the message by kind: as it says, else of what is shown; {} where it tells none."""
    told = read_told_sizes(turn.text, catalogue_of(turn).words, slot_of_type, lambda size: _kind_shown(turn, size))
    return told or {_kind_shown(turn, size): size for size in wish.sizes}


def _kind_shown(turn: Turn, size: str) -> str:
    """Where what is shown is worn, if that is one place, and a number is one of its sizes; a letter is of no kind."""
    if size.lower() in LETTERS:
        return LETTERED
    last, catalogue = turn.state.last_product, catalogue_of(turn)
    ref = page_product(turn) or (last.product_ref if last else "")
    shown = [ref] if ref else [each.product_ref for each in turn.state.last_shown]
    products = [catalogue.products[row] for row in catalogue.rows([ProductRef(each) for each in shown])]
    kinds = {slot_of(each) or each.product_type for each in products}
    return kinds.pop() if len(kinds) == 1 and any(own_sizes(each, size) for each in products) else NUMBERED


def describe_style(turn: Turn, style: Style) -> str:
    """A stated style in words."""
    label = catalogue_of(turn).label
    told = [_describe_size(turn, kind, size) for kind, size in style.known_sizes.items()]
    groups = (
        ("gender", (style.department,) if style.department else ()),
        ("product_type", style.types), ("colour", style.colours), ("size", style.sizes), ("brand", style.brands),
        ("occasion", style.occasions),
    )
    parts = [label(kind, value, turn.language) for kind, values in groups for value in values] + told
    parts += [turn.say("made in {country}", country=name_country(turn.language, code)) for code in style.origins]
    parts += [label("material", value, turn.language) for value in style.materials]
    parts += [turn.say(_STANDS_FOR[topic]) for topic in style.stands_for if topic in _STANDS_FOR]
    refused = (("product_type", style.avoid_types), ("material", style.avoid_materials))
    if stuff := ", ".join(label(kind, value, turn.language) for kind, values in refused for value in values):
        parts.append(turn.say("none of {stuff}", stuff=stuff))
    if style.avoid_colours:
        colours = ", ".join(label("colour", value, turn.language) for value in style.avoid_colours)
        parts.append(turn.say("no {colours}", colours=colours))
    if style.price_max_minor:
        price = format_money(turn.language, style.price_max_minor, currency_of(turn))
        parts.append(turn.say("up to {price}", price=price))
    if store := find_store(turn, style.store):
        parts.append(turn.say("to collect at {store}", store=store.name))
    return ", ".join(parts)


def _describe_size(turn: Turn, kind: str, size: str) -> str:
    """A size that was told, with its kind, where it has one."""
    said = catalogue_of(turn).label("size", size, turn.language)
    if kind in (LETTERED, NUMBERED):
        return said
    name = turn.say(_PLACES[kind]) if kind in _PLACES else catalogue_of(turn).label("product_type", kind, turn.language)
    return turn.say("{size} in {kind}", size=said, kind=name)


def plain_style(style: Style) -> dict[str, Any]:
    """A style as the conversation state keeps it."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(style).items()}
