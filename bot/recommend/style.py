"""What a customer said they like: stated wishes for one request, read from plain data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.commerce.types import Product
from bot.profile.told_sizes import without_kind
from bot.recommend.traits import words_of


@dataclass(frozen=True)
class Style:
    """Stated taste. Empty parts ask for nothing. `price_max_minor` 0: no limit was named."""

    colours: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()  # asked for now
    brands: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    avoid_colours: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()  # product references
    origins: tuple[str, ...] = ()  # codes of countries
    materials: tuple[str, ...] = ()
    stands_for: tuple[str, ...] = ()  # repair, recycling, impact: whatever is stated of them
    avoid_materials: tuple[str, ...] = ()
    avoid_types: tuple[str, ...] = ()
    department: str = ""
    store: str = ""  # a location's reference: only what can be collected there; "" to be sent home
    price_max_minor: int = 0
    # What they told of themselves: by type ("gloves"), place of the outfit ("shoes", "top"), LETTERED or NUMBERED.
    known_sizes: Mapping[str, str] = field(default_factory=dict)
    only_for: tuple[str, ...] = ()  # occasions asked for now: what is made for one of them, where anything is
    is_for_other: bool = False  # for this asking: nobody's past, sizes or segments choose

    @classmethod
    def from_data(cls, data: Mapping[str, Any] | None) -> "Style":
        """From the conversation state's `style`; words that are not ours are left out."""
        data = data or {}
        told = data.get("known_sizes")
        if told is None:  # as it was kept before sizes had kinds
            told, data = without_kind(_words(data.get("sizes", ()))), {**data, "sizes": ()}
        return cls(
            **{name: _words(data.get(name, ())) for name in _LISTS},
            known_sizes={str(kind): str(size) for kind, size in told.items()},
            department=str(data.get("department", "")),
            store=str(data.get("store", "")),
            price_max_minor=int(data.get("price_max_minor") or 0),
            is_for_other=bool(data.get("is_for_other")),
        )

    def values_met(self, product: Product) -> dict[str, str]:
        """Which of the wished origins, materials and topics a product states: by topic the code, stuff or topic."""
        origin = str(product.attributes.get("origin", ""))
        found = {"origin": origin} if origin in self.origins else {}
        stuff = sorted(words_of(product, "material") & {*self.materials})
        found |= {"material": stuff[0]} if stuff else {}
        return found | {topic: topic for topic in self.stands_for if product.attributes.get(topic)}

    def with_materials(self, wanted: Iterable[str], refused: Iterable[str]) -> "Style":
        """With stuff that is liked or refused now, beside what was said before; the later word on one stuff counts."""
        wanted, refused = tuple(wanted), tuple(refused)
        return replace(
            self,
            materials=_added((each for each in self.materials if each not in refused), wanted),
            avoid_materials=_added((each for each in self.avoid_materials if each not in wanted), refused),
        )

    def with_known_sizes(self, told: Mapping[str, str]) -> "Style":
        """With sizes that are told now, by kind. What is asked for now is none of it."""
        return replace(self, sizes=(), known_sizes={**self.known_sizes, **told})

    def without_values(self, values: Iterable[str]) -> "Style":
        """With these values neither liked nor refused any longer."""
        gone = {*values}
        kept: dict[str, Any] = {
            name: tuple(each for each in getattr(self, name) if each not in gone) for name in _LISTS
        }
        return replace(self, **kept)

    def without(self, part: str) -> "Style":
        """With one of `PARTS` forgotten, or `EVERYTHING`; the store of the chat stays."""
        names = PARTS.get(part, ()) if part != EVERYTHING else tuple(name for names in PARTS.values() for name in names)
        empty = Style()
        return replace(self, **{name: getattr(empty, name) for name in names})

    def holds(self, part: str) -> bool:
        """Whether anything of one of `PARTS` was stated."""
        return any(getattr(self, name) for name in PARTS[part])

    def with_types(self, wanted: Iterable[str], refused: Iterable[str]) -> "Style":
        """With the kinds of things that are asked for now, and those that are refused beside the ones before."""
        wanted = tuple(wanted)
        kept = _added((each for each in self.avoid_types if each not in wanted), refused)
        return replace(self, types=wanted, avoid_types=kept)

    def anywhere(self) -> "Style":
        """What holds wherever somebody looks: without the kinds that were asked for once, and the store of the chat."""
        return replace(self, types=(), store="")

    def refuses(self, product: Product) -> bool:
        """Whether it is made of what is not wanted, or of a kind that is not, unless that is asked for now."""
        is_refused = product.product_type in self.avoid_types and product.product_type not in self.types
        return is_refused or bool(words_of(product, "material") & {*self.avoid_materials})

    def __bool__(self) -> bool:
        """Whether anything at all was stated."""
        return self != Style()


_LISTS = (
    "colours", "types", "sizes", "brands", "occasions", "avoid_colours", "disliked", "origins", "materials",
    "stands_for", "avoid_materials", "avoid_types",
)


# What somebody may have forgotten, in the words of the buttons that do it.
PARTS: Mapping[str, tuple[str, ...]] = {
    "sizes": ("sizes", "known_sizes"), "colours": ("colours",), "brands": ("brands",), "budget": ("price_max_minor",),
    "department": ("department",), "kinds": ("types", "occasions"), "values": ("origins", "materials", "stands_for"),
    "refusals": ("avoid_colours", "avoid_materials", "avoid_types"),
}
EVERYTHING = "everything"


def _added(kept: Iterable[str], new: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*kept, *new)))


def _words(value: str | Iterable[object]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)
