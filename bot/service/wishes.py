"""Stage A3: words -> what somebody is looking for, in the shop's own vocabulary. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.commerce.folding import fold
from bot.commerce.price_limits import read_limits, spell_numbers
from bot.service.answers import simplify, simplify_name
from bot.service.left_free import without_free
from bot.service.references import colour_spans, find_colours, find_size

Words = Mapping[str, Mapping[str, Sequence[str]]]
Entities = Mapping[str, tuple[str, ...]]

# A no reaches over a few words to the colour behind it, and no further than a comma or a "but".
_DISLIKES = re.compile(
    r"\b(?:pas|jamais|deteste|sauf|aucun|sans|not|don't|never|hate|dislike|except|avoid|evite[rz]?|no|anything but"
    r"|n(?:e |')(?:veux|aime|porte|mets) plus)\b"
    r"(?:(?! mais | but )[^,;.]){0,24}$"
)
FILLERS = frozenset(re.findall(r"\S+", """
    but mais rather plutot prefere prefer really vraiment surtout nothing rien above below over under
    a ai aime aimerais ainsi alors and any anything article articles as au aussi autre aux avec avez avoir
    below bien bonjour brand browse c ca can can't ce ces cet cette cher cherche chercher cherches cherchez
    chere chez chose color colour comme could couleur d dans de des dispo disponible do does donne donner du
    elle en est et etre eur euro euros find for from get gift give grand had has have hello hi i id ideas
    idee il im in is it j j'aime jai je joli jolie l la le les less leur like look looking m ma mais marque
    me merci mes mets moi moins mon montre montrer montrez my ne need new notre nous nouveau nouveaute
    nouveautes of offer on one ou par pas plait please plus pointure pour pouvez price prix product products
    produit produits propose proposez qu que quel quelle quelles quelque quelques quels qui recherche
    recommande recommandez recommend s sa salut search see sell ses shop show si size some something son
    sort sous stock suggest sur svp t ta taille te tes than that the them there these this to toi ton tout
    trouve trouver trouvez tu un under une vend vendez veux voir vos votre voudrais vous want wants with
    would y you your
"""))


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
    avoid_colours: tuple[str, ...] = ()  # "anything but red"

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all was named."""
        return self == Wish()


def read_wish(text: str, entities: Entities, words: Words, *, minor_per_unit: int = 100) -> Wish:
    """The wish in a message: entities first, then the shop's own words wherever they stand in the text."""
    told = "" if text.startswith("/") else without_free(fold(text))
    least, most, left = read_limits(spell_numbers(fold(told)), minor_per_unit)
    said, unpriced = simplify(told), simplify(left)
    size = find_size(unpriced, entities)  # "à 80 euros" is no size
    known = words.get("colour", {})
    avoided = _avoided(left, known)
    wish = Wish(
        types=_values("product_type", said, entities, words),
        colours=tuple(c for c in find_colours(said, entities, known) if c in known and c not in avoided),
        sizes=_sizes(size, words),
        brands=_values("brand", said, entities, words),
        occasions=_values("occasion", said, entities, words),
        price_max_minor=most if least or most else _told_price(entities, minor_per_unit),
        avoid_colours=avoided,
    )
    return replace(wish, text=_rest(unpriced, wish, words, size))


def _avoided(text: str, colours: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The colours behind a no; commas and full stops are kept here, since a no ends there."""
    found: list[str] = []
    for part in re.split(r"[,;.!?]", text):
        said = simplify(part)
        found += [colour for colour, start, _ in colour_spans(said, colours) if _DISLIKES.search(said[:start])]
    return tuple(dict.fromkeys(found))


def _sizes(size: str, words: Words) -> tuple[str, ...]:
    own = tuple(each for each in words.get("size", {}) if size and simplify(each) == simplify(size))
    return own or ((size,) if size else ())


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
    spoken = [simplify_name(name) for name in (value.replace("_", " "), *names)]
    return [name for name in spoken if name and any(_says(text, name) for text in texts)]


def _says(text: str, name: str) -> bool:
    """Whether a text holds a name, in the singular or plural."""
    stem = _stem(name)  # looked for first: the shop has hundreds of names, and a pattern is dear to make
    return stem in text and bool(re.search(rf"(?<!\w){re.escape(stem)}(?:s|x|es)?(?!\w)", text))


def _stem(name: str) -> str:
    return name[:-1] if len(name) > 3 and name[-1] in "sx" and not name.endswith("ss") else name


def _told_price(entities: Entities, minor_per_unit: int) -> int:
    """The limit that a button holds, or that was told in a way that no pattern knows; 0 for none."""
    limits = (read_limits(fold(f"max {value}"), minor_per_unit)[1] for value in entities.get("price_max", ()))
    return next((each for each in limits if each), 0)


def _rest(left: str, wish: Wish, words: Words, size: str) -> str:
    """The words that are left, when those understood and those that fill a sentence are gone."""
    parts = {
        "product_type": wish.types,
        "colour": (*wish.colours, *wish.avoid_colours),
        "brand": wish.brands,
        "occasion": wish.occasions,
    }
    for kind, values in parts.items():
        for value in values:
            for name in sorted(words.get(kind, {}).get(value, ()), key=len, reverse=True):
                left = re.sub(rf"(?<!\w){re.escape(_stem(simplify_name(name)))}(?:s|x|es)?(?!\w)", " ", left)
    tokens = re.findall(r"[a-z0-9]+", left)
    return " ".join(t for t in tokens if t not in FILLERS and len(t) > 2 and t != size.lower() and not t.isdigit())
