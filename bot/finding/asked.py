"""What a sentence asks for, as plain data: each demand with the shop's own values."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

VALUES = ("origin", "material", "repair", "recycling", "impact")  # what a product stands for


@dataclass(frozen=True)
class Demand:
    """One thing that is asked for, or is to be avoided. `weight` 1: to miss it is not to fit; less: rather so.

    `values` are the shop's; none where the shop has nothing of the kind. `phrase` is what was said, in stems.
    `near` are values that serve, second.
    """

    kind: str  # product_type, place, colour, size, brand, gender, material, pattern, occasion, season, origin, text..
    values: tuple[str, ...]
    phrase: tuple[str, ...] = ()
    weight: float = 1.0
    is_avoided: bool = False
    near: tuple[str, ...] = ()
    claim: str = ""  # "vegan", "recycled": the claim that values of stuff stand for


@dataclass(frozen=True)
class Asked:
    """A whole sentence, understood. Prices in minor units, 0 for none."""

    said: str
    demands: tuple[Demand, ...] = ()
    price_min_minor: int = 0
    price_max_minor: int = 0
    is_other_currency: bool = False  # the limit was told in another than the shop's
    is_cheap: bool = False  # "cheap", "something like this but cheaper"
    is_cheapest: bool = False
    is_dearest: bool = False
    is_on_sale: bool = False
    is_warm: bool = False
    is_gift: bool = False
    is_for_other: bool = False  # for somebody whose size is not the customer's
    is_like: bool = False  # like what is shown
    words: tuple[str, ...] = ()  # stems of everything that says something
    rest: tuple[str, ...] = ()  # those that no demand took up
    avoided_words: tuple[str, ...] = ()  # "without a heel"

    def of(self, kind: str) -> tuple[str, ...]:
        """The shop's values that are asked for, of one kind."""
        return _values(each for each in self.demands if each.kind == kind and not each.is_avoided)

    def avoided(self, kind: str) -> tuple[str, ...]:
        """The shop's values that are not wanted, of one kind."""
        return _values(each for each in self.demands if each.kind == kind and each.is_avoided)

    @property
    def stands_for(self) -> tuple[str, ...]:
        """Which of `VALUES` are asked for; a material only where it was asked for as a claim."""
        return tuple(kind for kind in VALUES if any(_is_claim(each, kind) for each in self.demands))

    @property
    def says_anything(self) -> bool:
        """Whether there is anything at all to look for."""
        if self.is_superlative or self.is_cheap:
            return True
        return bool(self.words or self.demands or self.is_like or self.has_price or self.is_on_sale or self.is_gift)

    @property
    def is_superlative(self) -> bool:
        """Whether the cheapest or the dearest of them is asked for."""
        return self.is_cheapest or self.is_dearest

    @property
    def has_price(self) -> bool:
        """Whether a limit was named."""
        return bool(self.price_min_minor or self.price_max_minor)

    def refined(self, now: "Asked") -> "Asked":
        """This sentence with what a later one changes of it: "in brown instead", "under 150", "cheaper"."""
        named = {each.kind for each in now.demands if not each.is_avoided}
        refused = {(each.kind, value) for each in now.demands if each.is_avoided for value in each.values}
        kept = [each for each in self.demands if each.kind not in named and not any(
            (each.kind, value) in refused for value in each.values)]  # fmt: skip
        limits = now if now.has_price else self
        return replace(
            now, demands=(*kept, *now.demands), price_min_minor=limits.price_min_minor,
            is_gift=self.is_gift or now.is_gift, is_for_other=self.is_for_other or now.is_for_other,
            is_like=self.is_like or now.is_like,
            price_max_minor=limits.price_max_minor, is_other_currency=limits.is_other_currency,
            is_warm=self.is_warm or now.is_warm, is_on_sale=self.is_on_sale or now.is_on_sale,
            words=tuple(dict.fromkeys((*self.words, *now.words))), rest=tuple(dict.fromkeys((*self.rest, *now.rest))),
            avoided_words=tuple(dict.fromkeys((*self.avoided_words, *now.avoided_words))),
        )

    def without(self, *kinds: str) -> "Asked":
        """The same sentence with kinds of demands left out."""
        return replace(self, demands=tuple(each for each in self.demands if each.kind not in kinds))


def _is_claim(demand: Demand, kind: str) -> bool:
    return demand.kind == kind and (kind != "material" or bool(demand.claim))


def _values(demands: Iterable[Demand]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for demand in demands for value in demand.values))
