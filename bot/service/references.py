"""Stage A3: what "the second one", "it", "le bleu" or "the same in M" stands for. Pure: words and what was shown in.

A button's own reference beats every word; then a position in the list that was shown; then colour and
name; then "it", the last product named; then the only one shown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.commerce.stated_sizes import find_stated_size
from bot.profile.state import Shown
from bot.service.answers import find_place, simplify, simplify_name

How = Literal["button", "ordinal", "name", "colour", "other", "last", "page", "only", "unclear", "names", "none"]
Entities = Mapping[str, tuple[str, ...]]

_OTHER = re.compile(r"\b(l'autre|les autres|the other(?: one)?)\b")
_SAME = re.compile(r"\b(le meme|la meme|les memes|pareil|the same|same one|same)\b")
_HERE = re.compile(r"\b(this(?: one)?|celui-ci|celle-ci|ceux-ci|cet article|ce produit|ce modele)\b")
_THIS = re.compile(
    r"\b(this(?: one)?|that(?: one)?|it|them|celui-ci|celle-ci|celui-la|celle-la|cet article|ce produit|ca|"
    r"(?:ajoute|enleve|retire|prends|mets|supprime|garde|commande|reserve|ajoutez|enlevez|retirez|mettez|supprimez)"
    r"-(?:le|la|les|moi))\b|\b(?:je|tu|vous) (?:le|la|les|l')\b|\b(?:le|la) (?:prends|veux|voudrais)\b"
)
_LETTER_SIZE = re.compile(r"(?<![\w'])(xxs|xs|s|m|l|xl|xxl|xxxl|[234]xl)(?![\w'])")
_NUMBER_SIZE = re.compile(
    r"\b(?:en|in|taille|pointure|size|taille du|du|un|a)(?: (?:a|size|taille|du))* (\d{2}(?:[.,/-]\d{1,2})?)\b"
)
_ASKS_LETTER = re.compile(r"\b(?:en|in|taille|size)(?: (?:a|size|taille))* (xxs|xs|s|m|l|xl|xxl|xxxl|[234]xl)(?![\w'])")


@dataclass(frozen=True)
class Reference:
    """What the words point at. `how` tells by which way it was found; "unclear" leaves several `candidates`, and so
    does "names", of what goes by a name that was said.
    """

    how: How
    product_ref: str = ""
    variant_ref: str = ""
    colour: str = ""
    size: str = ""
    colours: tuple[str, ...] = ()  # every colour that the words may mean, the likeliest first
    candidates: tuple[Shown, ...] = ()


def resolve(
    text: str, entities: Entities, shown: Sequence[Shown], last_product: Shown | None, page_product: str = "",
    colours: Mapping[str, Sequence[str]] | None = None,
) -> Reference:
    """Which product is meant, and in which colour and size.

    `page_product` is what the customer looks at; `colours` maps the shop's colours to their names in
    all languages, so that "le bleu" finds navy.
    """
    said = "" if text.startswith("/") else simplify(text)
    size = find_size(said, entities)
    wished = find_colours(said, entities, colours or {})
    found = _find(said, entities, tuple(shown), last_product, page_product, wished)
    colour = _chosen_colour(found, wished)
    return replace(found, variant_ref=_kept_variant(found, size, colour), colour=colour, size=size, colours=wished)


def find_size(said: str, entities: Entities) -> str:
    """The size that is asked for, as it was said: "UK 12", an entity, "in M", "en 38", "taille L"; "" for none."""
    if stated := find_stated_size(said)[0]:
        return stated
    for value in entities.get("size", ()):
        return value.strip()
    if asked := _ASKS_LETTER.search(said) or _NUMBER_SIZE.search(said):
        return asked.group(1).upper()
    alone = _LETTER_SIZE.fullmatch(said)
    return alone.group(1).upper() if alone else ""


def find_colours(said: str, entities: Entities, colours: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shop's colours that the words may mean, in their order: "bleu" also means every kind of blue, after blue."""
    words = [simplify(value.replace("_", " ")) for value in entities.get("colour", ())] or [said]
    spans = [span for word in words for span in colour_spans(word, colours)]
    whole = [colour for colour, _, _ in spans]
    spoken = [word[start:end] for word in words for _, start, end in colour_spans(word, colours)]
    shades = [colour for colour, names in colours.items() if _is_shade(spoken or words, colour, names)]
    found = tuple(dict.fromkeys((*whole, *shades)))
    return found if spans or entities.get("colour") and found else tuple(words) if entities.get("colour") else ()


def colour_spans(said: str, colours: Mapping[str, Sequence[str]]) -> list[tuple[str, int, int]]:
    """Where colours are named, in order: "bleu marine" is one colour there, not also "bleu"."""
    found = [
        (colour, match.start(), match.end())
        for colour, names in colours.items() for name in _spoken(colour, names) if name in said
        for match in re.finditer(rf"(?<!\w){re.escape(name)}s?(?!\w)", said)
    ]
    longest = [
        (colour, start, end) for colour, start, end in found
        if not any(s <= start and end <= e and e - s > end - start for _, s, e in found)
    ]
    return sorted(set(longest), key=lambda span: (span[1], span[0]))


def _find(
    said: str, entities: Entities, shown: tuple[Shown, ...], last: Shown | None, page: str, wished: tuple[str, ...]
) -> Reference:
    if tapped := _tapped(entities, last):
        return tapped
    if item := _at_position(said, entities, shown):
        return _to("ordinal", item)
    if _OTHER.search(said) and (others := _others(shown, last)):
        return _one_of("other", others)
    if named := _by_name(said, shown, last):
        return _one_of("name", named)
    is_pointed = bool(_THIS.search(said) or _SAME.search(said))
    if wished and not is_pointed and (coloured := _by_colour(wished, shown)):
        return _one_of("colour", coloured)
    if page and (last is None or _HERE.search(said)):
        return Reference("page", page)
    if last is not None:
        return _to("last", last)
    return _one_of("only", shown) if shown else Reference("none")


def _tapped(entities: Entities, last: Shown | None) -> Reference | None:
    """What a button names. Of what "it" is, in its colour, the variant that was chosen before stays chosen."""
    variant, product, colour = (next(iter(entities.get(each, ())), "") for each in ("variant", "product", "colour"))
    if last and not variant and product == last.product_ref and colour in ("", _colour(last)):
        return _to("button", last)
    return Reference("button", product, variant) if variant or product else None


def _at_position(said: str, entities: Entities, shown: tuple[Shown, ...]) -> Shown | None:
    if not shown:
        return None
    for value in (*entities.get("ordinal", ()), said):
        position = (
            int(value) if value.lstrip("-").isdigit() and value in entities.get("ordinal", ()) else find_place(value)
        )
        if position and abs(position) <= len(shown):
            return shown[position - 1 if position > 0 else position]
    return None


def _others(shown: tuple[Shown, ...], last: Shown | None) -> tuple[Shown, ...]:
    return tuple(item for item in shown if last is None or item.product_ref != last.product_ref)


def _by_name(said: str, shown: tuple[Shown, ...], last: Shown | None) -> tuple[Shown, ...]:
    """Those whose title shares the most telling words with what was said; a word of every title tells nothing."""
    items = tuple({item.product_ref: item for item in (*shown, *([last] if last else []))}.values())
    words = set(re.findall(r"\w{3,}", said))
    titles = [set(re.findall(r"\w{3,}", simplify(item.title))) for item in items]
    common = set.intersection(*titles) if len(titles) > 1 else set()
    scores = [len((title - common) & words) for title in titles]
    best = max(scores, default=0)
    return tuple(item for item, score in zip(items, scores, strict=True) if best and score == best)


def _by_colour(wished: tuple[str, ...], shown: tuple[Shown, ...]) -> tuple[Shown, ...]:
    return tuple(item for item in shown if {"colour", "color"} & item.options.keys() and _colour(item) in wished)


def _to(how: How, item: Shown) -> Reference:
    return Reference(how, item.product_ref, item.variant_ref, candidates=(item,))


def _one_of(how: How, items: tuple[Shown, ...]) -> Reference:
    return _to(how, items[0]) if len(items) == 1 else Reference("unclear", candidates=items)


def _chosen_colour(found: Reference, wished: tuple[str, ...]) -> str:
    shown = next((_colour(item) for item in found.candidates if item.product_ref == found.product_ref), "")
    return shown if shown in wished else wished[0] if wished else shown


def _kept_variant(found: Reference, size: str, colour: str) -> str:
    """The variant that was shown holds only as long as no other size or colour is asked for."""
    item = next((each for each in found.candidates if each.variant_ref == found.variant_ref), None)
    if item is None:
        return found.variant_ref
    own_size = item.options.get("size", "")
    differs = (size and size.lower() != own_size.lower()) or (colour and colour != _colour(item))
    return "" if differs else found.variant_ref


def _colour(item: Shown) -> str:
    return item.options.get("colour") or item.options.get("color") or ""


def _spoken(colour: str, names: Sequence[str]) -> list[str]:
    return [simplify_name(name) for name in (colour.replace("_", " "), *names)]


def _is_shade(words: Sequence[str], colour: str, names: Sequence[str]) -> bool:
    """Whether a colour is a kind of the one that was said: `bleu marine` of `bleu`, `light blue` of `blue`."""
    return any(
        name.startswith(f"{word} ") or name.endswith(f" {word}") for name in _spoken(colour, names) for word in words
    )
