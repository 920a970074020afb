"""The console, demo only: chance -> made-up people, and what they say in the chat. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

SOURCE = "made_up"  # of their identities: by it they are found again, and taken out
PREFIX = "made-up-"  # of every id that would else look like somebody's
HELD_OUT, _KEEN = 0.15, 0.2  # shares
_HOURS = np.arange(24)
_BUSY = np.array([1, 0, 0, 0, 0, 0, 1, 3, 5, 6, 6, 6, 8, 6, 5, 5, 6, 7, 9, 10, 10, 8, 5, 3], dtype=float)

# What is asked and answered: French, English; the last of them ask for a person.
TALKS: Sequence[tuple[tuple[str, str], tuple[str, str]]] = (
    (("Où est ma commande ?", "Where is my order?"),
     ("Elle est en route : livraison prévue demain.", "It is on its way: delivery is due tomorrow.")),
    (("Vous avez cette robe en 40 ?", "Do you have this dress in a 12?"),
     ("Oui, il en reste. Je l’ajoute à votre panier ?", "Yes, there are some left. Shall I add it to your basket?")),
    (("Je cherche un cadeau à moins de 50 euros", "I am looking for a present below 50 euros"),
     ("Voici trois idées, toutes en stock.", "Here are three ideas, all in stock.")),
    (("Comment renvoyer un pull ?", "How do I send a jumper back?"),
     ("Vous avez 30 jours. Voulez-vous l’étiquette de retour ?", "You have 30 days. Shall I send you the label?")),
    (("Quels sont vos délais de livraison ?", "How long does delivery take?"),
     ("Deux à trois jours ouvrés, ou en magasin sous deux heures.", "Two to three working days; in store, two hours.")),
    (("Je voudrais changer mon adresse", "I would like to change my address"),
     ("Bien sûr. Un code vient de partir pour vous reconnaître.", "Of course. A code has just left to know you by.")),
    (("Mon colis est arrivé abîmé, je veux parler à quelqu’un", "My parcel came damaged, I want to talk to somebody"),
     ("Je suis désolé. Une personne reprend avec vous.", "I am sorry. A person takes it from here.")),
)
ASKS_FOR_A_PERSON = len(TALKS) - 1


@dataclass(frozen=True)
class Person:
    """Somebody who never was. `sender_id` is "" where the web does not reach them; `is_keen`: buys more, unasked."""

    number: int
    id: str
    sender_id: str
    language: str
    is_holdout: bool
    is_keen: bool


def invent_people(rng: np.random.Generator, count: int) -> list[Person]:
    """So many; the same chance gives the same people."""
    return [
        Person(
            n, rng.bytes(16).hex(), rng.bytes(16).hex() if rng.random() < 0.7 else "",
            "fr" if rng.random() < 0.85 else "en", bool(rng.random() < HELD_OUT), bool(rng.random() < _KEEN),
        )
        for n in range(count)
    ]


def pick_moment(rng: np.random.Generator, now: datetime, days: float, zone: ZoneInfo) -> datetime:
    """A moment of the last days at which people are about, never after now."""
    day = now.astimezone(zone).date() - timedelta(days=int(rng.integers(0, int(days))))
    hour = int(rng.choice(_HOURS, p=_BUSY / _BUSY.sum()))
    at = datetime.combine(day, time(hour, int(rng.integers(60)), int(rng.integers(60))), zone).astimezone(now.tzinfo)
    return at if at <= now else at - timedelta(days=1)


def to_rows(person: Person, began: datetime) -> dict[str, dict[str, Any]]:
    """The person as the store keeps one: a row of `customers`, of `identities`, of `consents`."""
    return {
        "customers": {"customer_id": person.id, "root_id": person.id, "is_holdout": person.is_holdout,
                      "created_at": began},
        "identities": {"kind": "anonymous_id", "value": f"{PREFIX}{person.number}", "customer_id": person.id,
                       "is_verified": False, "source": SOURCE, "first_seen_at": began},
        "consents": {"customer_id": person.id, "purpose": "marketing", "channel": "*", "state": "granted",
                     "source": SOURCE, "wording": "", "changed_at": began},
    }
