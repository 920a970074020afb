"""How what people type is compared with what a shop says: no case, no accents, no stray signs."""

import re
import unicodedata


def fold(text: str) -> str:
    """Lower case without accents, single spaces: `  Éloïse ` -> `eloise`."""
    if text.isascii():
        return " ".join(text.casefold().split())
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "Oe"))
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    return " ".join(letters.casefold().replace("’", "'").split())


def fold_code(text: str) -> str:
    """Letters and digits in capitals: an order number or a postcode however it was typed."""
    return re.sub(r"[^0-9A-Z]", "", fold(text).upper())


def digits_of(text: str) -> str:
    """The digits alone."""
    return re.sub(r"[^0-9]", "", text)


def fold_name(first_name: str, last_name: str) -> str:
    """A person's whole name as it is compared."""
    return fold(f"{first_name} {last_name}".replace("-", " "))
