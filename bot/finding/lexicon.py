"""The shop's own words, and everybody's, by the stems they are made of: built once a catalogue."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from babel import Locale

from bot.finding import words
from bot.finding.text import stem, stems_of
from bot.recommend.catalogue import Catalogue
from bot.recommend.traits import words_of

Phrase = tuple[str, ...]
Values = tuple[str, ...]
Rows = frozenset[int]
_KINDS = ("product_type", "colour", "brand", "gender", "material", "pattern", "occasion", "season", "style")
_GENERAL: Mapping[str, Mapping[str, Values]] = {
    "colour": words.COLOURS, "material": words.MATERIALS, "pattern": words.PATTERNS, "season": words.SEASONS,
    "occasion": words.OCCASIONS, "gender": words.GENDERS, "style": words.STYLES, "product_type": words.TYPES,
}  # fmt: skip
_MEAN_SEVERAL = frozenset({"colour", "gender", "material", "product_type"})  # a name may mean several values at once
_ONLY_IF_KNOWN = frozenset({"occasion", "season", "style", "pattern"})  # else the words themselves are searched for
_LONGEST_NAME = 4  # words by which a product calls itself what it is


@dataclass(frozen=True)
class Lexicon:
    """What stems mean, by kind; and by which names products go."""

    phrases: Mapping[Phrase, Mapping[str, Values]]
    aliases: Mapping[Phrase, tuple[Phrase, ...]]  # other names of the same
    named: Mapping[Phrase, Rows]  # who has it in the name: in front in French, anywhere in another language
    headed: Mapping[Phrase, Rows]  # who is called so: in front in French, at the end in another
    named_words: Mapping[str, Rows]  # each stem of a name -> whose it is
    own_occasions: frozenset[Phrase]  # by the shop's names; others only mean something of the kind
    main_names: frozenset[Phrase]  # how the shop itself calls its types
    countries: Mapping[str, Values]  # the stem of a country's name -> the code that products have for it
    longest: int

    def resolve(self, kind: str, name: str) -> Values:
        """The shop's values of a kind that go by a name."""
        return self.phrases.get(stems_of(name), {}).get(kind, ())


def build_lexicon(catalogue: Catalogue) -> Lexicon:
    """Every name of every value that the engine tells, then the general words where the shop has what they mean."""
    phrases = _shop_phrases(catalogue)
    shop = {phrase: dict(kinds) for phrase, kinds in phrases.items()}
    for kind, table in _GENERAL.items():
        for said, meant in table.items():
            _add_general(phrases, shop, kind, said.split("|"), meant)
    for said, meant in words.PLACES.items():
        for name in said.split("|"):
            _add(phrases, stems_of(name), "place", meant)
    cares = {value for product in catalogue.products for value in words_of(product, "care")}
    for said, meant in words.CARE.items():
        values = tuple(sorted(value for value in cares if set(stems_of(value)) & set(map(stem, meant))))
        for name in said.split("|"):
            _add(phrases, stems_of(name), "care", values)
    for topic, said in words.STATED.items():
        for name in said.split("|"):
            _add(phrases, stems_of(name), topic, ("stated",))
    _add_materials(phrases, catalogue)
    for brand in words.BRANDS_ELSEWHERE:
        if "brand" not in shop.get(stems_of(brand), {}):
            _add(phrases, stems_of(brand), "brand", ())
    return Lexicon(
        phrases=phrases, aliases=_aliases(), named=_names(catalogue, is_whole=False),
        headed=_names(catalogue, is_whole=True), named_words=_name_words(catalogue), main_names=_main_names(catalogue),
        own_occasions=frozenset(phrase for phrase, kinds in shop.items() if "occasion" in kinds),
        countries=_countries(catalogue), longest=max(map(len, phrases), default=1),
    )  # fmt: skip


def _shop_phrases(catalogue: Catalogue) -> dict[Phrase, dict[str, Values]]:
    phrases: dict[Phrase, dict[str, Values]] = {}
    for kind in _KINDS:
        for value, names in _values(catalogue, kind):
            for name in (value.replace("_", " "), *names):
                _add(phrases, stems_of(name), kind, (value,))
    return phrases


def _values(catalogue: Catalogue, kind: str) -> Iterable[tuple[str, Sequence[str]]]:
    """What the engine names, and what its products hold where it does not."""
    held = {
        "product_type": [product.product_type for product in catalogue.products],
        "brand": [product.brand for product in catalogue.products],
    }.get(kind, [])
    return {**{value: () for value in held if value}, **catalogue.words.get(kind, {})}.items()


def _add_general(
    phrases: dict[Phrase, dict[str, Values]], shop: Mapping[Phrase, Mapping[str, Values]], kind: str,
    names: Iterable[str], meant: Values,
) -> None:
    """A shop's own word keeps its meaning; stuff is wider in people's mouths than on a label."""
    found = [value for name in meant for value in shop.get(stems_of(name), {}).get(kind, ())]
    values = tuple(dict.fromkeys(found if kind in _MEAN_SEVERAL else found[:1]))
    for name in names:
        phrase = stems_of(name)
        if (kind == "material" or kind not in shop.get(phrase, {})) and (values or kind not in _ONLY_IF_KNOWN):
            _add(phrases, phrase, kind, values)


def _add_materials(phrases: dict[Phrase, dict[str, Values]], catalogue: Catalogue) -> None:
    """Whatever the shop's recycled stuffs are; and what who says "vegan" keeps away."""
    recycled = [value for value, names in catalogue.words.get("material", {}).items()
                if any("recycl" in stems_of(name) for name in (value.replace("_", " "), *names))]  # fmt: skip
    _add(phrases, ("recycl",), "material", tuple(recycled))
    animal = [value for name in words.ANIMAL for value in phrases.get(stems_of(name), {}).get("material", ())]
    for name in words.VEGAN:
        _add(phrases, stems_of(name), "vegan", tuple(animal))


def _add(phrases: dict[Phrase, dict[str, Values]], phrase: Phrase, kind: str, values: Values) -> None:
    if phrase:
        kinds = phrases.setdefault(phrase, {})
        kinds[kind] = tuple(dict.fromkeys((*kinds.get(kind, ()), *values)))


def _names(catalogue: Catalogue, *, is_whole: bool) -> dict[Phrase, Rows]:
    """The phrases of products' names that may say what a thing is."""
    found: dict[Phrase, set[int]] = {}
    for row, product in enumerate(catalogue.products):
        for language, name in product.names.items():
            for phrase in _parts(stems_of(name), is_first=language == "fr", is_last=is_whole and language != "fr"):
                found.setdefault(phrase, set()).add(row)
    return {phrase: frozenset(rows) for phrase, rows in found.items()}


def _parts(stems: Phrase, *, is_first: bool, is_last: bool) -> Iterable[Phrase]:
    for start in range(1 if is_first else len(stems)):
        for end in range(start + 1, min(start + _LONGEST_NAME, len(stems)) + 1):
            if not is_last or end == len(stems):
                yield stems[start:end]


def _name_words(catalogue: Catalogue) -> dict[str, Rows]:
    found: dict[str, set[int]] = {}
    for row, product in enumerate(catalogue.products):
        for word in {each for name in product.names.values() for each in stems_of(name)}:
            found.setdefault(word, set()).add(row)
    return {word: frozenset(rows) for word, rows in found.items()}


def _main_names(catalogue: Catalogue) -> frozenset[Phrase]:
    return frozenset(stems_of(name) for names in catalogue.words.get("product_type", {}).values() for name in names[:2])


def _countries(catalogue: Catalogue) -> dict[str, Values]:
    codes = {str(code) for product in catalogue.products if (code := product.attributes.get("origin"))}
    names = [(Locale(language).territories.get(code, ""), code) for language in ("en", "fr") for code in codes]
    found = {stems_of(name)[0]: (code,) for name, code in names if name}
    found |= {stem(each): (code,) for code, said in words.DEMONYMS.items() if code in codes for each in said.split("|")}
    wide = {name: tuple(sorted(codes & lie_in)) for said, lie_in in words.REGIONS.items() for name in said.split("|")}
    return found | {stems_of(name)[0]: values for name, values in wide.items()}


def _aliases() -> dict[Phrase, tuple[Phrase, ...]]:
    rows = [tuple(stems_of(name) for name in said.split("|")) for said in words.TYPES]
    return {phrase: row for row in rows for phrase in row}
