"""Words about the address book: what they want, and which of its addresses they mean."""

import pytest

from bot.commerce.types import Address
from bot.service.address_book import cut_asides, read_wish, stays_default

PARIS = Address("18 rue des Glycines", "Paris", "75011", "FR", id="a-1", is_default_shipping=True)
LYON = Address("3 place Bellecour", "Lyon", "69002", "FR", id="a-2")
ROSCOFF = Address("4 chemin du Sémaphore", "Roscoff", "29680", "FR", id="a-3", line2="Maison bleue")
BOOK = (PARIS, LYON, ROSCOFF)


@pytest.mark.parametrize(
    "said",
    [
        "change my email address", "where is my order", "deliver my order to the Lyon address", "delete my account",
        "my default card", "remove the jeans from my basket", "my new default address is 5 rue Neuve, 33000 Bordeaux",
        "change my address", "can I have several addresses saved", "my address book needs updating", "remove it",
        "enlève le pull", "mon carnet d'adresses n'est pas à jour", "how do you handle my data",
    ],
)
def test_hears_nothing_where_the_book_is_not_meant(said: str) -> None:
    assert read_wish(said, BOOK) is None


@pytest.mark.parametrize(
    "said",
    ["show me my addresses", "which addresses do you have for me?", "address book", "my addresses", "mes adresses",
     "montre-moi mes adresses", "quelles adresses avez-vous ?", "carnet d'adresses"],
)
def test_shows_the_book_when_asked_to(said: str) -> None:
    wish = read_wish(said, BOOK)
    assert wish and wish.act == "show"


@pytest.mark.parametrize(
    ("said", "act", "meant"),
    [
        ("make the Lyon one my default", "default", (LYON,)),
        ("set my default address to the one in Roscoff", "default", (ROSCOFF,)),
        ("use 3 place Bellecour as my default address", "default", (LYON,)),
        ("mets l'adresse de Lyon par défaut", "default", (LYON,)),
        ("je voudrais celle de Roscoff comme adresse principale", "default", (ROSCOFF,)),
        ("replace main address with the one in Lyon", "default", (LYON,)),
        ("make the other one the default address", "default", (LYON, ROSCOFF)),
        ("remove my old address", "remove", (LYON, ROSCOFF)),
        ("delete the Lyon address", "remove", (LYON,)),
        ("remove the maison bleue from my saved places", "remove", (ROSCOFF,)),
        ("delete an address from my list", "remove", BOOK),
        ("supprimer mon ancienne adresse de mon compte", "remove", (LYON, ROSCOFF)),
        ("effacez celle de Lyon de mes adresses", "remove", (LYON,)),
        ("take the 75011 address off", "remove", (PARIS,)),
    ],
)
def test_finds_the_address_that_is_meant(said: str, act: str, meant: tuple[Address, ...]) -> None:
    wish = read_wish(said, BOOK)
    assert wish and (wish.act, wish.meant) == (act, meant)


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("add my mother's address, 5 rue Neuve, 33000 Bordeaux, but keep the default", True),
        ("add my work address to my address book", True),
        ("ajoute l'adresse de ma mère mais garde celle par défaut", True),
        ("ajoute cette adresse, pas par défaut", True),
        ("save it, my default address stays as it is", True),
        ("add my new address as the default one", False),
        ("I've moved, add my new address", False),
        ("j'ai déménagé, ajoutez ma nouvelle adresse", False),
        ("ajoute cette adresse par défaut", False),
    ],
)
def test_knows_whether_the_default_one_stays(said: str, stays: bool) -> None:
    assert stays_default(said) is stays


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("5 rue Neuve, 33000 Bordeaux but keep the default one", "5 rue Neuve, 33000 Bordeaux"),
        ("add 12 rue de la Paix, 69002 Lyon as a delivery address", "add 12 rue de la Paix, 69002 Lyon"),
        ("ajoute 5 rue Neuve, 33000 Bordeaux, mais garde l'adresse par défaut", "ajoute 5 rue Neuve, 33000 Bordeaux"),
        ("5 rue Neuve, 33000 Bordeaux", "5 rue Neuve, 33000 Bordeaux"),
        ("8 High Street, Leeds LS1 4AB", "8 High Street, Leeds LS1 4AB"),
    ],
)
def test_cuts_what_says_only_how_it_is_kept(said: str, left: str) -> None:
    assert cut_asides(said) == left
