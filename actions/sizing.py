"""A size in words: how sure, what proves it, and how the brand runs."""

from collections.abc import Iterable, Sequence

from actions.base import Turn
from actions.shelf import catalogue_of
from bot.commerce.types import Product
from bot.recommend.size_model import SizeAdvice
from bot.recommend.size_tables import is_foreign, own_sizes

_SENTENCES = {
    "very_likely": "Very likely {size} in {product}: {count}.",
    "likely": "Likely {size} in {product}: {count}.",
    "between": "Between {size} and {other} in {product}: {count}.",
}


def say_conversions(turn: Turn, said: Iterable[str], products: Iterable[Product]) -> tuple[str, ...]:
    """What sizes told with their country are in the products' own, one sentence each; () where none is converted."""
    products = tuple(products)
    found = {(each, own_sizes(product, each)) for each in said if is_foreign(each) for product in products}
    return tuple(
        turn.say("{said} is {size} here by the usual tables; brands differ.", said=each, size=" / ".join(own))
        for each, own in sorted(found) if own and each.split(" ", 1)[1] not in own
    )


def say_size(
    turn: Turn, name: str, stated: str, advice: SizeAdvice, sizes: Sequence[str], *, converted: str = ""
) -> str:
    """The size with its certainty and the count behind it; what the customer told us goes first; never a guess.

    `converted`: how what they told became `stated`.
    """
    proven = _say_proven(turn, name, advice)
    if converted:
        return f"{converted} {proven}" if proven and advice.size != stated else converted
    if stated:
        told = turn.say("You told me {size}: I would take it in {product} too.", size=stated, product=name)
        return f"{told} {proven}" if proven and advice.size != stated else told
    if advice.certainty == "unknown" and advice.kept:
        return turn.say(
            "I cannot say your size in {product} for sure, and I will not guess: {count}. It comes in: {sizes}.",
            product=name, count=_say_count(turn, advice), sizes=", ".join(sizes),
        )
    return proven or turn.say(
        "I do not know your size in {product} yet, and I will not guess. It comes in: {sizes}.", product=name,
        sizes=", ".join(sizes),
    )


def say_runs(turn: Turn, product: Product, advice: SizeAdvice) -> str:
    """How the brand runs, "" where it runs true, too few people say so, or none is named."""
    if not advice.runs or not product.brand:
        return ""
    brand = catalogue_of(turn).label("brand", product.brand, turn.language)
    sentence = "{brand} runs small: {count} customers' purchases say so." if advice.runs > 0 else (
        "{brand} runs large: {count} customers' purchases say so.")
    return turn.say(sentence, brand=brand, count=advice.people)


def _say_proven(turn: Turn, name: str, advice: SizeAdvice) -> str:
    if advice.certainty == "unknown":
        return ""
    return turn.say(
        _SENTENCES[advice.certainty], size=advice.size, other=advice.other, product=name,
        count=_say_count(turn, advice),
    )


def _say_count(turn: Turn, advice: SizeAdvice) -> str:
    if not advice.tried:
        return turn.say("what you kept and sent back in other sizes points there")
    sentence = (
        "in {size} of this brand you kept {kept} of {tried}" if advice.in_brand
        else "in {size} of other brands you kept {kept} of {tried}"
    )
    return turn.say(sentence, size=advice.size, kept=advice.kept, tried=advice.tried)
