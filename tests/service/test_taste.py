"""Sizes that somebody tells of themselves, each of its kind, and what is to be forgotten."""

import pytest

from bot.recommend.style import EVERYTHING, PARTS
from bot.recommend.traits import slot_of_type
from bot.service.taste import _PARTS, read_forgotten, read_told_sizes

WORDS = {"product_type": {
    "dress": ("dress", "robe"), "sneakers": ("trainers", "baskets"), "gloves": ("gloves", "gants"),
    "trousers": ("trousers", "pantalon"),
}}


@pytest.mark.parametrize("said", [
    "", "/set_style_preferences", "I like blue", "nothing above 80 euros", "je suis un homme, 45 ans", "the 70s look",
])
def test_reads_no_size_where_none_is_told(said):
    assert read_told_sizes(said, WORDS, slot_of_type) == {}


@pytest.mark.parametrize(("said", "told"), [
    ("Je fais du 38", {"": "38"}), ("my size is M", {"": "M"}), ("je chausse du 39", {"shoes": "39"}),
    ("du L en haut et du M en bas", {"top": "L", "bottom": "M"}),
    ("M in tops, 40 in trousers", {"top": "M", "bottom": "40"}),
    ("pour les chaussures, je fais du 39", {"shoes": "39"}), ("a 38 in dresses", {"dress": "38"}),
    ("je fais du 38 en robe et du 40 en pantalon", {"dress": "38", "bottom": "40"}), ("M in gloves", {"gloves": "M"}),
    ("je fais du M et je chausse du 39", {"": "M", "shoes": "39"}),
])
def test_reads_each_size_with_its_kind(said, told):
    assert read_told_sizes(said, WORDS, slot_of_type) == told


def test_a_size_of_nothing_in_particular_is_of_what_is_shown():
    assert read_told_sizes("je fais du 38", WORDS, slot_of_type, lambda _: "dress") == {"dress": "38"}
    assert read_told_sizes("je chausse du 38", WORDS, slot_of_type, lambda _: "dress") == {"shoes": "38"}


@pytest.mark.parametrize("said", [
    "I like blue", "plus de laine", "no wool", "without a zip", "plus de couleurs", "/forget my budget",
])
def test_forgets_nothing_unasked(said):
    assert read_forgotten(said) == ""


@pytest.mark.parametrize(("said", "part"), [
    ("forget my budget", "budget"), ("plus de limite de prix", "budget"), ("peu importe le prix", "budget"),
    ("je ne veux plus de budget", "budget"), ("sans limite de prix", "budget"), ("oublie mes couleurs", "colours"),
    ("oublie ma taille", "sizes"), ("forget everything", EVERYTHING),
])
def test_reads_what_is_to_be_forgotten(said, part):
    assert read_forgotten(said) == part


def test_every_part_that_is_read_can_be_forgotten():
    assert {*_PARTS} <= {*PARTS, EVERYTHING}
