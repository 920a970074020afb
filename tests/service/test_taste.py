"""Sizes that somebody tells of themselves, each of its kind, and what is to be forgotten."""

import pytest

from bot.profile.told_sizes import LETTERED, NUMBERED
from bot.recommend.style import EVERYTHING, PARTS
from bot.recommend.traits import slot_of_type
from bot.service.taste import _PARTS, Forgotten, read_forgotten, read_told_sizes

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
    ("Je fais du 38", {NUMBERED: "38"}), ("my size is M", {LETTERED: "M"}), ("je chausse du 39", {"shoes": "39"}),
    ("du L en haut et du M en bas", {"top": "L", "bottom": "M"}),
    ("M in tops, 40 in trousers", {"top": "M", "bottom": "40"}),
    ("pour les chaussures, je fais du 39", {"shoes": "39"}), ("a 38 in dresses", {"dress": "38"}),
    ("je fais du 38 en robe et du 40 en pantalon", {"dress": "38", "bottom": "40"}), ("M in gloves", {"gloves": "M"}),
    ("je fais du M et je chausse du 39", {LETTERED: "M", "shoes": "39"}),
    ("Je fais du M et du 42", {LETTERED: "M", NUMBERED: "42"}), ("ma taille est 42", {NUMBERED: "42"}),
    ("effacez l'ancienne taille, je fais maintenant du 38", {NUMBERED: "38"}),
    ("Oubliez ma pointure 39, après la grossesse c'est 40", {"shoes": "40"}),
    ("Forget the 41 in trainers, I've gone up to 42", {"shoes": "42"}),
])
def test_reads_each_size_with_its_kind(said, told):
    assert read_told_sizes(said, WORDS, slot_of_type) == told


def test_a_size_of_nothing_in_particular_is_of_what_is_shown():
    assert read_told_sizes("je fais du 38", WORDS, slot_of_type, lambda _: "dress") == {"dress": "38"}
    assert read_told_sizes("je chausse du 38", WORDS, slot_of_type, lambda _: "dress") == {"shoes": "38"}


@pytest.mark.parametrize("said", [
    "I like blue", "plus de laine", "no wool", "without a zip", "plus de couleurs", "/forget my budget",
    "n'oubliez pas que ma taille est 42", "don't forget my size is M", "n'oublie pas mon budget",
    "please do not forget my brands",
    "no more than 80 euros budget", "drop shoulder jumpers suit me", "clear heels",
    "peu importe la taille tant que c'est joli",
])
def test_forgets_nothing_unasked(said):
    assert read_forgotten(said) == Forgotten(rest=said)


@pytest.mark.parametrize(("said", "part"), [
    ("forget my budget", "budget"), ("plus de limite de prix", "budget"), ("peu importe le prix", "budget"),
    ("je ne veux plus de budget", "budget"), ("sans limite de prix", "budget"), ("oublie mes couleurs", "colours"),
    ("oublie ma taille", "sizes"), ("forget everything", EVERYTHING), ("reset my style", EVERYTHING),
    ("oublie tout ce que tu sais de moi", EVERYTHING), ("forget what you know about me", EVERYTHING),
    ("forget what I told you about my style", EVERYTHING), ("clear my style preferences", EVERYTHING),
    ("oublie ce que je t'ai dit de mes goûts", EVERYTHING), ("efface mes préférences de style", EVERYTHING),
    ("oublie tout ce que tu sais de mes goûts", EVERYTHING), ("oublie mes goûts", EVERYTHING),
    ("forget my taste", EVERYTHING), ("forget everything and my budget", EVERYTHING),
    ("forget my budget of 80 euros", "budget"),
])
def test_reads_what_is_to_be_forgotten(said, part):
    assert read_forgotten(said) == Forgotten((part,))


@pytest.mark.parametrize(("said", "parts"), [
    ("forget my sizes and my budget", ("sizes", "budget")), ("oublie ma taille et mon budget", ("sizes", "budget")),
    ("oubliez toutes mes préférences de couleurs et de tailles", ("colours", "sizes")),
    ("Forget my sizes. Forget my budget.", ("sizes", "budget")),
    ("forget my brands, colours and budget please", ("brands", "colours", "budget")),
])
def test_reads_every_part_that_is_to_be_forgotten(said, parts):
    assert read_forgotten(said) == Forgotten(parts)


@pytest.mark.parametrize(("said", "forgotten"), [
    ("stp enleve le rose de mes préférences", Forgotten(values="le rose de mes preferences")),
    ("Retirez la fourrure de tout ce que vous me montrez",
     Forgotten(refused="la fourrure de tout ce que vous me montrez")),
    ("Retirez la fourrure et le cuir de tout ce que vous me montrez",
     Forgotten(refused="la fourrure, le cuir de tout ce que vous me montrez")),
    ("enlève toutes les jupes", Forgotten(refused="toutes les jupes")),
    ("enlève les marques chères", Forgotten(refused="les marques cheres")),
    ("remove red and blue", Forgotten(refused="red, blue")),
    ("enlève les jupes et les robes", Forgotten(refused="les jupes, les robes")),
    ("oublie le rouge, le vert et le noir", Forgotten(values="le rouge, le vert, le noir")),
    ("remove these: red and blue", Forgotten(refused="these, red, blue")),
    ("Remove red. And blue.", Forgotten(refused="red, blue")),
    ("forget pink and remove the skirts", Forgotten(values="pink", refused="the skirts")),
    ("remove red and my budget", Forgotten(("budget",), refused="red")),
    ("forget my budget and the red", Forgotten(("budget",), values="the red")),
    ("remove red, blue is fine", Forgotten(refused="red", rest="blue is fine")),
    ("enlève le rouge et montrez-moi du bleu", Forgotten(refused="le rouge", rest="montrez-moi du bleu")),
    ("forget red, more blue", Forgotten(values="red", rest="more blue")),
    ("remove red. Blue dresses", Forgotten(refused="red", rest="Blue dresses")),
    ("forget it, blue dresses", Forgotten(values="it", rest="blue dresses")),
    ("forget my colours, blue and green", Forgotten(("colours",), rest="blue, green")),
    ("forget my budget, 100 euros", Forgotten(("budget",), rest="100 euros")),
    ("reset my style, the minimal look", Forgotten((EVERYTHING,), rest="the minimal look")),
    ("forget what I said about pink, I like it now", Forgotten(values="what i said about pink", rest="I like it now")),
    ("effacez l'ancienne taille, je fais du 38", Forgotten(("sizes",), rest="je fais du 38")),
    ("oublie tout et repartons : j'aime le vert", Forgotten((EVERYTHING,), rest="repartons, j'aime le vert")),
])
def test_takes_back_what_is_named_and_leaves_the_rest(said, forgotten):
    assert read_forgotten(said) == forgotten


def test_every_part_that_is_read_can_be_forgotten():
    assert {*_PARTS} <= {*PARTS, EVERYTHING}
