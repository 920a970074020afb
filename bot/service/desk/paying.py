"""Stage A4: words -> the means of payment that they name. Pure."""

import re
from collections.abc import Sequence

from bot.commerce.types import PaymentMethod
from bot.service.desk.naming import plain

_ORIGINAL = re.compile(
    r"\b(original|same (?:payment|method|card|way|account|paypal)|d'origine|meme (?:moyen|carte|methode)|(?:i |was )?(?:originally )?"
    r"(?:paid|used|purchased|bought)(?: \w+)? (?:with|for|by)|(?:i|we) (?:originally )?used|initial)\b"
)
_KINDS = {
    "paypal": re.compile(r"\bpay ?pal\b"),
    "gift_card": re.compile(r"\bgift ?(?:card|certificate|voucher)?s?\b|\bgc\b|\b(?:store|site|website|shop) credit\b|\bavoir\b|\bcartes? cadeau\b|\bbon d'achat\b"),
    "credit_card": re.compile(
        r"\b(?:credit|debit|bank|visa|master ?card|amex)\b|\bcarte (?:de credit|bancaire|bleue)\b"
        r"|^(?:on |with |by |my |the |to |sur |avec |par |ma |la )*(?:card|carte)\b(?! cadeau)"
    ),
}
_BRANDS = {
    "visa": "visa", "mastercard": "mastercard", "master card": "mastercard", "amex": "american express",
    "american express": "american express",
}
_NOT = re.compile(
    r"\b(?:not|instead of|rather than|don'?t (?:want|use)|other than|except|no longer|than|pas|au lieu de|plutot que)(?: \w+){0,4}\s*$"
)


def find_method(text: str, methods: Sequence[PaymentMethod], original: str) -> str:
    """The id of the one means of payment that words name; "" for none or more than one."""
    said = plain(text)
    named = [each for each in methods if each.last_four and each.last_four in said]
    kinds = {
        kind
        for kind, pattern in _KINDS.items()
        if any(not _NOT.search(said[: at.start()]) for at in pattern.finditer(said))
    }
    brands = _brands(said)
    if brands and not named:
        named = [each for each in methods if plain(each.brand or "") in brands]
        kinds = kinds - {"credit_card"}
    if not named:
        named = [each for each in methods if each.kind in kinds]
    if len(named) > 1:
        named = [each for each in named if each.brand and plain(each.brand) in said] or named
    if len(named) == 1:
        return named[0].id
    if _ORIGINAL.search(said) or re.fullmatch(r"(?:the |le |la )?(?:same|meme)(?: one)?", said):
        return original
    return ""


def names_other_kind(text: str, methods: Sequence[PaymentMethod]) -> bool:
    """Whether words name a kind of payment that is none of these."""
    said = plain(text)
    kinds = {
        kind
        for kind, pattern in _KINDS.items()
        if any(not _NOT.search(said[: at.start()]) for at in pattern.finditer(said))
    }
    brands = _brands(said)
    if brands and not brands & {plain(each.brand or "") for each in methods}:
        return True
    return bool(kinds) and not kinds & {each.kind for each in methods}


def _brands(said: str) -> set[str]:
    """The brands of cards that plain words name, and do not rule out."""
    return {
        _BRANDS[at.group(0)] for at in re.finditer(r"\b(?:visa|master ?card|amex|american express)\b", said)
        if not _NOT.search(said[: at.start()])
    }
