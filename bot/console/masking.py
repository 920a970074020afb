"""The console: a person's data and who looks -> what they see of it. Pure; the one place where this is decided.

In doubt it is masked: a trait, or a detail of an event, is shown in full to everybody only where it is named here.
"""

from collections.abc import Mapping
from typing import Any

from bot.console.roles import Role
from bot.privacy.secrets import cut_secrets

WHOLE: frozenset[Role] = frozenset({"cx", "admin"})  # who answers customers, and who answers for the rest
RECEIVED: frozenset[Role] = frozenset({"it", "admin"})  # who mends what could not be read, and so must see it
HIDDEN = "…"
_ADDRESSES = frozenset({"phone", "whatsapp_id"})
_PLAIN_TRAITS = frozenset({
    "locale", "language", "country", "timezone", "order_count", "first_purchase", "last_purchase", "spend",
    "price_bands", "days_between_purchases", "satisfaction", "active_hours", "answer_hours", "favourite_colours",
    "favourite_types", "favourite_brands", "usual_products", "usual_variants",
})
_PLAIN_DETAILS = frozenset({
    "product_id", "variant_id", "product_type", "colour", "size", "brand", "category", "quantity", "price",
    "price_minor", "total", "total_minor", "value", "currency", "segment", "campaign", "status", "rating", "channel",
})
_MOST_DETAILS, _LONGEST, _MOST_COLUMNS = 6, 80, 40


def sees_whole(role: Role) -> bool:
    """Whether somebody of the role sees addresses and words as they are."""
    return role in WHOLE


def show_identity(role: Role, kind: str, value: str) -> str:
    """An identity: its first letter, and its end where that alone names nobody."""
    if sees_whole(role):
        return value
    name, at, _ = value.partition("@")
    if at:
        return f"{name[:1]}{HIDDEN}@{HIDDEN}"
    return f"{HIDDEN}{value[-2:]}" if kind in _ADDRESSES and len(value) > 6 else f"{value[:1]}{HIDDEN}"


def show_trait(role: Role, name: str, value: Any) -> str:
    """A trait's value in one line."""
    if not sees_whole(role) and name not in _PLAIN_TRAITS:
        return f"{_flat(value)[:1]}{HIDDEN}"
    return shorten(_flat(value))


def show_details(role: Role, properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What an event says besides its name, the first few: (key, value). Signed links are never among them."""
    kept = [
        (str(key), shorten(_flat(value))) for key, value in cut_secrets(dict(properties)).items()
        if not isinstance(value, dict | list) and value not in (None, "")
        and (sees_whole(role) or key in _PLAIN_DETAILS)
    ]
    return kept[:_MOST_DETAILS]


def show_words(role: Role, text: str) -> str:
    """What somebody wrote, or we wrote to them."""
    return str(cut_secrets(text)) if sees_whole(role) else HIDDEN


def sees_received(role: Role) -> bool:
    """Whether somebody of the role sees rows that could not be used, as they were received."""
    return role in RECEIVED


def show_received(role: Role, payload: Any) -> list[tuple[str, str]]:
    """A row that could not be used, (column, value) each; nothing, nor columns' names, where the role sees no values:
    what a page sent may have a name for a key.
    """
    if not sees_received(role):
        return []
    columns = payload if isinstance(payload, Mapping) else {"": payload}
    kept = cut_secrets({str(key): value for key, value in columns.items()})
    return [(key, shorten(_flat(value))) for key, value in kept.items()][:_MOST_COLUMNS]


def shorten(text: str) -> str:
    """At most so much of it as a line holds."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}{HIDDEN}"


def _flat(value: Any) -> str:
    """Lists and tables in a line: `navy 3, red 1`."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_flat(each) for each in value)
    return f"{value:g}" if isinstance(value, float) else "" if value is None else str(value)
