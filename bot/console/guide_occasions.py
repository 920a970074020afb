"""The console: the occasions that a first journey may begin on: what each is, and a table to start writing from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_DAY, _WEEK = 86_400, 604_800
_PACE = {True: 5, False: 3_600}  # seconds: in the sandbox it can be watched; a real shop lets people finish
_COOLDOWN = {True: 120, False: _WEEK}


@dataclass(frozen=True)
class Occasion:
    """A reason to speak. `event` is what happens, with `said` in it; `words` a first wording by language."""

    name: str  # of the journey
    title: str
    kind: str
    event: str
    purpose: str
    words: Mapping[str, str]
    where: Mapping[str, list[str]]
    said: Mapping[str, Any]

    def table(self, *, is_sandbox: bool) -> dict[str, Any]:
        """What `triggers.toml` would hold."""
        case = "available" if self.kind == "product" else "any"
        begins = {"on": [self.event]} | ({"where": dict(self.where)} if self.where else {})
        ends = {"cancels_on": ["Order Completed"]} if self.purpose == "marketing" else {}
        return {
            "kind": self.kind, "purpose": self.purpose, "channels": ["email"], **begins, **ends,
            "wait_seconds": _PACE[is_sandbox], "expires_seconds": _DAY, "cooldown_seconds": _COOLDOWN[is_sandbox],
            "messages": [{"case": case, "variant": "plain", **self.words}],
        }


OCCASIONS: Mapping[str, Occasion] = {each.name: each for each in (
    Occasion(
        "first_look", "Somebody looked at a product", "product", "Product Viewed", "marketing",
        {"fr": "Vous avez regardé {product}, à {price}. Une question sur la taille, la matière ? Notre chat y répond.",
         "en": "You had a look at {product}, at {price}. Any question about size or fabric? Our chat answers it."},
        {}, {},
    ),
    Occasion(
        "first_search", "Somebody searched the shop", "greeting", "Products Searched", "marketing",
        {"fr": "Vous cherchiez quelque chose ? Dites-nous quoi dans le chat, et nous le trouvons avec vous.",
         "en": "Were you looking for something? Tell us what in the chat, and we find it with you."},
        {}, {"query": "pull"},
    ),
    Occasion(
        "first_thanks", "Somebody was happy with a conversation", "greeting", "Conversation Rated", "service",
        {"fr": "Merci d’avoir pris le temps de nous noter. Nous restons là si vous avez besoin de nous.",
         "en": "Thank you for taking the time to rate us. We are here whenever you need us."},
        {"rating": ["4", "5"]}, {"rating": 5},
    ),
)}
