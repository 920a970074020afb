"""Reading a product: its type, slot in an outfit, department, colours and sizes, whatever words an engine uses."""

from collections.abc import Mapping
from datetime import date

from bot.commerce.types import Product, Variant
from bot.profile.told_sizes import LETTERS

_COLOUR_KEYS = ("colour", "color", "Colour", "Color")
_SIZE_KEYS = ("size", "Size", "pointure", "taille")
_DEPARTMENT_KEYS = ("department", "gender", "audience")
_ONE_SIZE = frozenset({"", "one size", "one-size", "onesize", "unique", "taille unique", "tu", "u", "os"})
_FOR_ALL = frozenset({"", "unisex", "all", "mixte"})

SLOTS: Mapping[str, frozenset[str]] = {
    "outer": frozenset({"coat", "jacket", "parka", "trench", "trench_coat", "raincoat", "puffer", "blazer", "gilet"}),
    "top": frozenset({
        "t-shirt", "tshirt", "t_shirt", "tee", "top", "shirt", "blouse", "polo", "sweater", "jumper", "pullover",
        "cardigan", "sweatshirt", "hoodie", "knitwear", "tank_top", "turtleneck",
    }),
    "bottom": frozenset({"trousers", "jeans", "chinos", "skirt", "shorts", "leggings", "pants"}),
    "dress": frozenset({"dress", "jumpsuit"}),
    "shoes": frozenset({
        "shoes", "sneakers", "trainers", "boots", "ankle_boots", "sandals", "loafers", "heels", "pumps", "ballerinas",
        "ballet_flats", "derbies", "espadrilles", "mules",
    }),
    "bag": frozenset({"bag", "handbag", "tote", "tote_bag", "backpack", "clutch"}),
    "accessory": frozenset({
        "scarf", "hat", "beanie", "cap", "gloves", "belt", "sunglasses", "jewellery", "necklace", "earrings", "watch",
        "tie", "umbrella", "bracelet",
    }),
    "basics": frozenset({"socks", "tights", "underwear", "boxers", "briefs", "bra", "pyjamas"}),
    "care": frozenset({"care", "shoe_care", "laundry", "detergent", "polish", "fabric_care"}),
}
_SLOT_OF = {word: slot for slot, words in SLOTS.items() for word in words}


def slot_of(product: Product) -> str:
    """Where it is worn (`outer`, `top`, ...), "" for what no outfit has a place for."""
    return str(product.attributes.get("slot", "")) or slot_of_type(product.product_type)


def slot_of_type(product_type: str) -> str:
    """Where things of a type are worn, "" for what no outfit has a place for."""
    word = product_type.lower().replace(" ", "_")
    return _SLOT_OF.get(word) or _SLOT_OF.get(word.removesuffix("s"), "")


def department_of(product: Product) -> str:
    """For whom it is cut (`women`, `men`, ...), "" when for everybody."""
    word = next((str(product.attributes[key]) for key in _DEPARTMENT_KEYS if product.attributes.get(key)), "")
    return "" if word.lower() in _FOR_ALL else word.lower()


def colour_of(options: Mapping[str, str]) -> str:
    """The colour among a variant's options, "" when it has none."""
    return next((options[key] for key in _COLOUR_KEYS if key in options), "")


def size_of(options: Mapping[str, str]) -> str:
    """The size among a variant's options; "" when there is none or only one fits all."""
    size = next((options[key] for key in _SIZE_KEYS if key in options), "")
    return "" if size.lower() in _ONE_SIZE else size


def variant_colour(product: Product, variant: Variant) -> str:
    """The variant's colour, or its product's where the variants differ in size alone."""
    return colour_of(variant.options) or str(product.attributes.get("colour", ""))


def colours_of(product: Product) -> tuple[str, ...]:
    """Every colour it comes in, in the shop's order."""
    return tuple(dict.fromkeys(c for v in product.variants if (c := variant_colour(product, v))))


def sizes_of(product: Product) -> tuple[str, ...]:
    """Every size it comes in, in the shop's order; () when one fits all."""
    return tuple(dict.fromkeys(size for variant in product.variants if (size := size_of(variant.options))))


def size_system(product: Product) -> str:
    """Which sizes may be compared: a 38 of shoes says nothing about a 38 of trousers. "" without sizes."""
    sizes = sizes_of(product)
    if not sizes:
        return ""
    kind = str(product.attributes.get("size_system", "")) or _kind_of(sizes, slot_of(product))
    department, country = department_of(product), str(product.attributes.get("size_country", "")).lower()
    system = f"{department}:{kind}" if department and kind != "letters" else kind
    return f"{system}@{country}" if country and kind != "letters" else system


def launched_on(product: Product) -> date | None:
    """The day it came into the shop, None when the shop does not tell."""
    for key in ("launched_on", "launched_at", "added_at", "new_since", "created_at"):
        if text := str(product.attributes.get(key, "")):
            try:
                return date.fromisoformat(text[:10])
            except ValueError:
                return None
    return None


def words_of(product: Product, key: str) -> frozenset[str]:
    """An attribute that holds one word or a list of them, as a set."""
    value = product.attributes.get(key) or product.attributes.get(f"{key}s") or ()
    return frozenset({value} if isinstance(value, str) else {str(each) for each in value})


def text_in(value: object, language: str) -> str:
    """An attribute that is a text, or one by language: in the language, else in English; "" for none."""
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("en") or "")
    return str(value or "")


def name_of(product: Product, language: str) -> str:
    """Its name in the language, else in English, else in whatever there is."""
    return product.names.get(language) or product.names.get("en") or next(iter(product.names.values()), product.slug)


def _kind_of(sizes: tuple[str, ...], slot: str) -> str:
    if any(size.lower() in LETTERS for size in sizes):
        return "letters"
    return "shoes" if slot == "shoes" else "numbers" if slot in {"top", "bottom", "dress", "outer"} else slot or "other"
