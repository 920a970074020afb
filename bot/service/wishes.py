"""Stage A3: words -> what somebody is looking for, in the shop's own vocabulary. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.service.answers import simplify
from bot.service.references import find_colours, find_size

Words = Mapping[str, Mapping[str, Sequence[str]]]
Entities = Mapping[str, tuple[str, ...]]

_PRICE = re.compile(
    r"(?:moins de|pas plus de|jusqu'a|maximum|max|sous|under|below|less than|up to|at most|budget(?: de| of)?)"
    r"\s*(?:[£$€]|eur(?:os?)?)?\s*(\d{1,5}(?:[.,]\d{1,2})?)|(\d{1,5}(?:[.,]\d{1,2})?)\s*(?:€|eur(?:os?)?|[£$])\s*(?:max|maximum)"
)
_NUMBER = re.compile(r"\d{1,5}(?:[.,]\d{1,2})?")
_DISLIKES = re.compile(
    r"\b(pas|plus de|jamais|deteste|sauf|aucun|sans|not|don't|never|hate|dislike|except|avoid|evite[rz]?|no)\b"
)
_FILLERS = frozenset(
    ["a", "ai", "aime", "aimerais", "ainsi", "alors", "and", "any", "article", "articles", "as", "au", "aussi", "autre", "aux", "avec", "avez", "avoir", "bien", "bonjour", "c", "ca", "ce", "ces", "cet", "cette", "chercher", "cherche", "cherches", "cherchez", "chez", "chose", "comme", "could", "d", "dans", "de", "des", "dispo", "disponible", "do", "does", "donne", "donner", "du", "elle", "en", "est", "et", "etre", "find", "for", "from", "get", "give", "gift", "grand", "hello", "hi", "i", "id", "idee", "ideas", "il", "im", "in", "is", "it", "j", "jai", "je", "jolie", "joli", "l", "la", "le", "les", "leur", "like", "look", "looking", "m", "ma", "mais", "mes", "me", "merci", "mets", "moi", "mon", "montre", "montrer", "montrez", "my", "need", "ne", "notre", "nous", "of", "offer", "on", "one", "ou", "par", "pas", "please", "plait", "plus", "pour", "pouvez", "produit", "produits", "propose", "proposez", "qu", "que", "quel", "quelle", "quelles", "quelque", "quelques", "quels", "qui", "recherche", "s", "sa", "salut", "search", "see", "sell", "ses", "show", "si", "some", "something", "son", "sort", "sous", "stock", "sur", "svp", "t", "ta", "te", "tes", "that", "the", "them", "there", "these", "this", "to", "toi", "ton", "tout", "trouve", "trouver", "trouvez", "tu", "un", "une", "vend", "vendez", "veux", "vos", "votre", "voudrais", "vous", "voir", "want", "wants", "with", "would", "y", "you", "your", "have", "has", "had", "can", "less", "than", "under", "below", "moins", "cher", "chere", "euros", "euro", "eur", "prix", "price", "taille", "size", "pointure", "couleur", "colour", "color", "marque", "brand", "new", "nouveau", "nouveaute", "nouveautes", "products", "product", "article", "recommend", "recommande", "recommandez", "suggest", "browse", "anything", "shop", "j'aime", "can't"]
)


@dataclass(frozen=True)
class Wish:
    """What is looked for. Each part holds the shop's own values; `text` the words that no part took up."""

    types: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    occasions: tuple[str, ...] = ()
    price_max_minor: int = 0
    text: str = ""
    is_negative: bool = False  # "anything but red": the colours are to be left out

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was named."""
        return self == Wish(is_negative=self.is_negative)

    def filters(self) -> dict[str, Any]:
        """The engine's filters, in stock only."""
        parts = {
            "product_type": self.types, "colour": self.colours, "size": self.sizes, "brand": self.brands,
            "occasion": self.occasions,
        }
        chosen: dict[str, Any] = {key: values[0] if len(values) == 1 else list(values) for key, values in parts.items() if values}
        if self.price_max_minor:
            chosen["price_max_minor"] = self.price_max_minor
        return {**chosen, "in_stock": True}

    def relaxed(self) -> list[tuple[str, "Wish"]]:
        """Weaker wishes, the least painful first, each with the word for what it gives up."""
        weaker = (
            ("text", replace(self, text="")),
            ("brands", replace(self, brands=())),
            ("occasions", replace(self, occasions=())),
            ("price_max_minor", replace(self, price_max_minor=0)),
            ("colours", replace(self, colours=())),
            ("sizes", replace(self, sizes=())),
            ("several", Wish(types=self.types)),
        )
        return [(name, wish) for name, wish in weaker if wish != self and not wish.is_empty]


def read_wish(text: str, entities: Entities, words: Words, *, minor_per_unit: int = 100) -> Wish:
    """The wish in a message: entities first, then the shop's own words wherever they stand in the text."""
    said = "" if text.startswith("/") else simplify(text)
    types = _values("product_type", said, entities, words)
    size = find_size(said, entities)
    wish = Wish(
        types=types,
        colours=tuple(c for c in find_colours(said, entities, words.get("colour", {})) if c in words.get("colour", {})),
        sizes=tuple(own for own in words.get("size", {}) if size and simplify(own) == simplify(size)) or ((size,) if size else ()),
        brands=_values("brand", said, entities, words),
        occasions=_values("occasion", said, entities, words),
        price_max_minor=_price(said, entities, minor_per_unit),
        is_negative=bool(_DISLIKES.search(said)),
    )
    return replace(wish, text=_rest(said, wish, words, size))


def _values(kind: str, said: str, entities: Entities, words: Words) -> tuple[str, ...]:
    """The values that are named: the longest name wins, so that "trench coat" is not also a coat."""
    known = words.get(kind, {})
    texts = [simplify(value.replace("_", " ")) for value in entities.get(kind, ())]
    for source in (texts, [said]):
        lengths = {value: max(map(len, found)) for value in known if (found := _found(value, known[value], source))}
        if lengths:
            longest = max(lengths.values())
            return tuple(value for value, length in lengths.items() if length == longest or kind != "product_type")
    return ()


def _found(value: str, names: Sequence[str], texts: Sequence[str]) -> list[str]:
    spoken = [simplify(name) for name in (value.replace("_", " "), *names)]
    return [name for name in spoken if name and any(_says(text, name) for text in texts)]


def _says(text: str, name: str) -> bool:
    """Whether a text holds a name, in the singular or plural."""
    return bool(re.search(rf"(?<!\w){_stem(name)}(?:s|x|es)?(?!\w)", text))


def _stem(name: str) -> str:
    return re.escape(name[:-1] if len(name) > 3 and name[-1] in "sx" and not name.endswith("ss") else name)


def _price(said: str, entities: Entities, minor_per_unit: int) -> int:
    for value in entities.get("price_max", ()):
        if number := _NUMBER.search(value):
            return _minor(number.group(), minor_per_unit)
    named = _PRICE.search(said)
    return _minor(named.group(1) or named.group(2), minor_per_unit) if named else 0


def _minor(number: str, minor_per_unit: int) -> int:
    whole, _, rest = number.replace(",", ".").partition(".")
    return int(whole) * minor_per_unit + int((rest + "00")[:2] or 0) * minor_per_unit // 100


def _rest(said: str, wish: Wish, words: Words, size: str) -> str:
    """The words that are left, when those understood and those that fill a sentence are gone."""
    left = _PRICE.sub(" ", said)
    parts = {"product_type": wish.types, "colour": wish.colours, "brand": wish.brands, "occasion": wish.occasions}
    for kind, values in parts.items():
        for value in values:
            for name in sorted(words.get(kind, {}).get(value, ()), key=len, reverse=True):
                left = re.sub(rf"(?<!\w){_stem(simplify(name))}(?:s|x|es)?(?!\w)", " ", left)
    tokens = re.findall(r"[a-z0-9]+", left)
    return " ".join(t for t in tokens if t not in _FILLERS and len(t) > 2 and t != size.lower() and not t.isdigit())
