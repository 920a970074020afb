"""Which store is meant, and what is no store at all."""

import tomllib

import pytest

from bot.bootstrap import PROJECT
from bot.commerce.types import Address, Location, LocationRef
from bot.service.store_asked import read_store, says_anywhere

_SHOP = tomllib.loads((PROJECT / "data" / "shops" / "demo" / "stores.toml").read_text())["stores"]
STORES = [
    Location(LocationRef(each["id"]), each["name"], Address(line1="", postcode="", country="FR",
                                                            city=each["address"]["city"]))
    for each in _SHOP
]
COLOURS = frozenset({"bordeaux", "red", "rouge"})


@pytest.mark.parametrize("text", [
    "une robe pour un mariage à Paris", "a dress for a wedding in Lyon", "un pull bordeaux en stock",
    "a bordeaux dress in stock", "available in red", "Available In Red", "un pull Presqu'île", "do you ship to Lille",
])
def test_hears_no_store_where_none_is_asked_for(text):
    asked = read_store(text, STORES, colours=COLOURS)
    assert (asked.rest, asked.stores, asked.unknown) == (text, (), "")


@pytest.mark.parametrize(("text", "store", "rest"), [
    ("un manteau en stock à Lyon", "lyon-presquile", "un manteau"),
    ("a coat in stock in Lyon", "lyon-presquile", "a coat"),
    ("jumpers available in the Bordeaux store", "bordeaux-chartrons", "jumpers"),
    ("un pull en stock à Bordeaux", "bordeaux-chartrons", "un pull"),
    ("pulls dispos au Presqu'île", "lyon-presquile", "pulls"), ("robe en stock Paris", "paris-marais", "robe"),
    ("a jumper to collect in Bordeaux", "bordeaux-chartrons", "a jumper to"),
    ("je veux retirer un pull à nantes", "nantes-graslin", "je veux retirer un pull"),
])
def test_hears_the_store_and_leaves_the_other_words(text, store, rest):
    asked = read_store(text, STORES, colours=COLOURS)
    assert [each.ref for each in asked.stores] == [store]
    assert asked.rest == rest


def test_a_colour_that_was_taken_for_a_town_is_no_town_without_a_store():
    asked = read_store("un pull bordeaux en stock", STORES, city="bordeaux", colours=COLOURS)
    assert (asked.stores, asked.unknown) == ((), "")


@pytest.mark.parametrize("text", ["un jean dispo en magasin", "jeans in store", "jeans available in your shops"])
def test_any_store_will_do(text):
    assert len(read_store(text, STORES).stores) == len(STORES)


@pytest.mark.parametrize(("text", "city", "unknown"), [
    ("a scarf in stock in Marseille", "", "Marseille"), ("une écharpe en stock à marseille", "marseille", "marseille"),
    ("une écharpe au magasin de Toulouse", "", "Toulouse"),
])
def test_knows_a_town_without_a_store(text, city, unknown):
    asked = read_store(text, STORES, city=city, colours=COLOURS)
    assert (asked.stores, asked.unknown) == ((), unknown)
    assert unknown.lower() not in asked.rest.lower()


@pytest.mark.parametrize(("text", "is_anywhere"), [
    ("online?", True), ("plutôt en ligne", True), ("n’importe où", True), ("can you send it to me", True),
    ("livré chez moi", True), ("cheaper", False), ("en bleu", False), ("something for a line dance", False),
])
def test_hears_that_no_store_is_wanted_any_more(text, is_anywhere):
    assert says_anywhere(text) is is_anywhere
