"""What visitors say, one after the other, in either language. Pure, by a seed."""

import random
from dataclasses import dataclass

_SAID = {
    "fr": {
        "greet": ("Bonjour", "Bonsoir !", "Salut, vous êtes là ?"),
        "track": ("Où est ma commande ?", "Mon colis n'est toujours pas arrivé", "Je voudrais suivre ma commande"),
        "recommend": ("Que me conseillez-vous pour un mariage ?", "Vous me proposez quelque chose pour le bureau ?"),
        "search": ("Je cherche une robe noire à moins de 80 euros", "Avez-vous des pulls bleu marine en taille M ?"),
        "thanks": ("Merci beaucoup", "Parfait, merci !"),
    },
    "en": {
        "greet": ("Hello", "Hi there!", "Good evening"),
        "track": ("Where is my order?", "My parcel still hasn't arrived", "I'd like to track my order"),
        "recommend": ("What would you recommend for a wedding?", "Can you suggest something for the office?"),
        "search": ("I'm looking for a black dress under 80 euros", "Do you have navy jumpers in size M?"),
        "thanks": ("Thank you very much", "Great, thanks!"),
    },
}


@dataclass(frozen=True)
class Visit:
    """One visitor: they greet, ask three things in an order of their own, thank, and are gone."""

    language: str
    sentences: tuple[str, ...]


def make_visit(rng: random.Random) -> Visit:
    """The next visitor."""
    language = rng.choice(("fr", "en"))
    wishes = rng.sample(("track", "recommend", "search"), 3)
    said = _SAID[language]
    return Visit(language, tuple(rng.choice(said[each]) for each in ("greet", *wishes, "thanks")))
