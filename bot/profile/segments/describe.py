"""A rule's tree -> the rule in words, in English or French; read again it is the same tree."""

from decimal import Decimal

from babel.numbers import get_currency_precision

from bot.contracts.messages import Language
from bot.profile.segments.tree import (
    ONCE,
    And,
    Bought,
    Comparison,
    Condition,
    Consents,
    Did,
    Identified,
    InSegment,
    Not,
    Or,
    PurchaseField,
    Seen,
    Spent,
    Trait,
    Tree,
)

_COMPARED = {
    "en": {">=": "at least", ">": "over", "<=": "at most", "<": "under", "=": "exactly"},
    "fr": {">=": "au moins", ">": "plus de", "<=": "au plus", "<": "moins de", "=": "exactement"},
}
_FIELDS: dict[Language, dict[PurchaseField, str]] = {
    "en": {"product_type": "type", "brand": "brand", "colour": "colour", "size": "size", "product_id": "product",
           "variant_id": "variant"},
    "fr": {"product_type": "type", "brand": "marque", "colour": "couleur", "size": "taille", "product_id": "produit",
           "variant_id": "variante"},
}
_UNITS = ((86_400, "days", "jours"), (3_600, "hours", "heures"), (60, "minutes", "minutes"))
_WORDS: dict[str, tuple[str, str]] = {
    "not": ("not", "pas"), "and": ("and", "et"), "or": ("or", "ou"), "bought": ("bought", "a acheté"),
    "spent": ("spent", "a dépensé"), "did": ("did", "a fait"), "seen": ("seen", "vu"), "times": ("times", "fois"),
    "in": ("in", "en"), "is": ("is", "est"), "has": ("has", "a"), "known": ("is known", "est connu"),
    "of": ("of", "pour"), "identity": ("identity", "identité"), "verified": ("verified identity", "identité vérifiée"),
    "consents": ("consents to", "consent à"), "on": ("on", "sur"), "segment": ("in segment", "dans le segment"),
}


def describe_rule(tree: Tree, language: Language) -> str:
    """The rule in words of the rule language."""
    match tree:
        case And(parts):
            return f" {_word('and', language)} ".join(_grouped(part, language, Or, And) for part in parts)
        case Or(parts):
            return f" {_word('or', language)} ".join(_grouped(part, language, Or) for part in parts)
        case Not(part):
            return _denied(_grouped(part, language, Or, And), language)
        case _:
            return _describe(tree, language)


def _grouped(tree: Tree, language: Language, *kinds: type[Tree]) -> str:
    text = describe_rule(tree, language)
    return f"({text})" if isinstance(tree, kinds) else text


def _denied(text: str, language: Language) -> str:
    """In French what somebody has done is denied around its verb: n'a pas acheté."""
    done = text.removeprefix("a ")
    return f"n'a pas {done}" if language == "fr" and done != text else f"{_word('not', language)} {text}"


def _describe(tree: Condition, language: Language) -> str:
    match tree:
        case Bought(field, value, times, window):
            item = [_FIELDS[language][field], quote(value)] if field else [quote(value)] if value else []
            return _join(_word("bought", language), *item, _times(times, language), _window(window, language))
        case Spent(amount, currency, window):
            major = _plain(amount.number.scaleb(-get_currency_precision(currency)))
            compared = f"{_COMPARED[language][amount.operator]} {major} {currency}"
            return _join(_word("spent", language), compared, _window(window, language))
        case Did(event, times, window):
            return _join(_word("did", language), quote(event), _times(times, language), _window(window, language))
        case Seen(window):
            return _join(_word("seen", language), _window(window, language))
        case Trait():
            return _describe_trait(tree, language)
        case Identified(kind, is_verified):
            return f"{_word('verified' if is_verified else 'identity', language)} {kind}"
        case Consents(purpose, channel):
            return f"{_word('consents', language)} {purpose} {_word('on', language)} {channel}"
        case InSegment(name):
            return f"{_word('segment', language)} {quote(name)}"


def _describe_trait(tree: Trait, language: Language) -> str:
    name = f"trait {quote(tree.name)}"
    match tree.test:
        case "known":
            return f"{name} {_word('known', language)}"
        case "number":
            key = f"{_word('of', language)} {quote(tree.key)}" if tree.key else ""
            return _join(name, key, _compared(tree.comparison, language))
        case _:
            return f"{name} {_word(tree.test, language)} {quote(tree.value)}"


def quote(text: str) -> str:
    """A text in such quotes as it does not hold itself."""
    opening, closing = next(pair for pair in ("''", '""', "“”", "‘’") if pair[1] not in text)
    return f"{opening}{text}{closing}"


def _times(times: Comparison, language: Language) -> str:
    return "" if times == ONCE else f"{_compared(times, language)} {_word('times', language)}"


def _compared(comparison: Comparison, language: Language) -> str:
    return f"{_COMPARED[language][comparison.operator]} {_plain(comparison.number)}"


def _window(seconds: int, language: Language) -> str:
    if not seconds:
        return ""
    unit, *names = next(each for each in _UNITS if seconds % each[0] == 0 or each[0] == 60)
    number = _plain(Decimal(seconds) / unit)
    return f"{_word('in', language)} {number} {names[language == 'fr']}"


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _word(word: str, language: Language) -> str:
    return _WORDS[word][language == "fr"]


def _join(*parts: str) -> str:
    return " ".join(part for part in parts if part)
