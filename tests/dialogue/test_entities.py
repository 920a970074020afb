"""What is read in a message besides its wish."""

import json
import os

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.nlu.forms import find_forms
from bot.dialogue.nlu.vocabulary import Vocabulary, VocabularyExtractor, read_vocabulary

WORDS = {
    "product_type": {"dress": ["dress", "robe", "robes"], "handbag": ["handbag", "sac à main"], "sneakers": ["trainers", "baskets"]},
    "colour": {"navy": ["navy", "bleu marine"], "blue": ["blue", "bleu", "bleue"], "burgundy": ["burgundy", "bordeaux"]},
}


def values(text, name, expects=""):
    return [each.value for each in find_forms(text, expects) if each.name == name]


@pytest.mark.parametrize("text", ["bonjour", "je veux parler à quelqu'un", "I'd like a dress in red"])
def test_finds_no_form_in_plain_words(text):
    assert find_forms(text) == []


@pytest.mark.parametrize(("text", "name", "value"), [
    ("où est ma commande 1042", "order_number", "1042"),
    ("track #1042 please", "order_number", "1042"),
    ("it's #W1234567", "order_number", "#W1234567"),
    ("status of w1234567", "order_number", "W1234567"),
    ("mon mail est jo.martin@exemple.fr.", "email", "jo.martin@exemple.fr"),
    ("appelez le 06 12 34 56 78", "phone", "0612345678"),
    ("my number is +44 7700 900123", "phone", "+447700900123"),
    ("code postal 75011", "postcode", "75011"),
    ("I live in SW1A 1AA", "postcode", "SW1A 1AA"),
    ("H2X 1Y4 à Montréal", "postcode", "H2X 1Y4"),
    ("une robe à moins de 80 €", "price_max", "80"),
    ("shoes under $49.90", "price_max", "49.90"),
    ("ajoute-en deux", "quantity", ""),
    ("add two of them", "quantity", "2"),
    ("la deuxième en M", "ordinal", "2"),
    ("the last one", "ordinal", "-1"),
    ("the second one in 40", "size", "40"),
    ("en taille M", "size", "M"),
    ("je m'appelle Camille Lefèvre", "person_name", "Camille Lefèvre"),
    ("boutique de Lyon", "city", "Lyon"),
    ("c'est chez Chronopost", "carrier", "chronopost"),
    ("for a wedding", "occasion", "wedding"),
    ("il est trop petit", "reason", "too_small"),
    ("can I pay with paypal", "payment_method", "paypal"),
    ("livrez le 2026-12-24", "date", "2026-12-24"),
    ("have you the flats in an 8", "size", "8"),
    ("8 instead of 8.5 on those", "size", "8.5"),
    ("annulez la 7781", "order_number", "7781"),
    ("invoice for 90021 needed", "order_number", "90021"),
    ("Commande 31-7789.", "order_number", "31-7789"),
    ("swap the XL for a large", "size", "L"),
    ("the 10 instead of the 12", "size", "12"),
    ("je chausse 40", "size", "40"),
    ("37 ou 38 ?", "size", "37"),
    ("nothing over 110", "price_max", "110"),
    ("rien au-dessus de 50 $", "price_max", "50"),
    ("je passe a Bordeaux samedi", "city", "Bordeaux"),
])
def test_finds_what_has_a_form(text, name, value):
    assert value == "" or value in values(text, name)


@pytest.mark.parametrize(("text", "name"), [
    ("remboursé sous 5 jours", "price_max"),
    ("ça taille petit ?", "size"),
    ("livré en 24h", "size"),
    ("add 2 pairs", "size"),
    ("bulk order 500 units", "order_number"),
    ("je l'ai achetée en 2024, la 2024", "order_number"),
    ("le code de la porte est B2741", "order_number"),
    ("my pincode for this order should be 560038", "order_number"),
    ("mon sac est resté dans le vol AF1519", "order_number"),
])
def test_takes_no_number_for_what_it_is_not(text, name):
    assert values(text, name) == []


def test_reads_six_digits_as_a_code_only_when_one_is_expected():
    assert values("482 913", "code", "code") == ["482913"]
    assert values("482913", "code") == []


def test_reads_a_lone_size_when_one_is_expected():
    assert values("40", "size", "size") == ["40"]


def found(text):
    return {(each["entity"], each["value"]) for each in Vocabulary(WORDS).find(text)}


def test_finds_nothing_without_a_vocabulary(tmp_path):
    assert read_vocabulary(tmp_path / "absent.json").find("une robe") == []


def test_finds_nothing_in_a_half_written_file(tmp_path):
    path = tmp_path / "vocabulary.json"
    path.write_text('{"colour": ', encoding="utf-8")
    assert read_vocabulary(path).find("bleu") == []


@pytest.mark.parametrize(("text", "expected"), [
    ("une ROBE bleu marine", {("product_type", "dress"), ("colour", "navy")}),
    ("un sac a main bordeau", {("product_type", "handbag"), ("colour", "burgundy")}),
    ("blue trainrs", {("colour", "blue"), ("product_type", "sneakers")}),
    ("un robot", set()),
])
def test_finds_the_catalogues_words_in_both_languages_and_mistyped(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(("text", "language", "expected"), [
    ("des sandales orange", "fr", {("colour", "orange")}),
    ("a saree please", "en", {("product_type", "sari")}),
    ("put it in my basket", "en", set()),
    ("une paire de baskets", "fr", {("product_type", "sneakers")}),
    ("cette pub me suit partout", "fr", set()),
    ("would it suit me?", "en", set()),
    ("je cherche toutes les étoiles", "fr", set()),
    ("is it in my bag?", "en", set()),
])
def test_tells_the_shops_words_from_others_that_look_like_them(text, language, expected):
    assert {(each["entity"], each["value"]) for each in Vocabulary(WORDS).find(text, language)} == expected


def test_reads_no_colour_in_a_town_or_a_card(tmp_path):
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps(WORDS), encoding="utf-8")
    message = Message({"text": "carte bleue à Bordeaux", "entities": [
        {"entity": "payment_method", "value": "credit_card", "start": 0, "end": 11},
        {"entity": "city", "value": "Bordeaux", "start": 12, "end": 22},
    ]})
    VocabularyExtractor(path).process([message])
    assert [each["entity"] for each in message.get("entities")] == ["payment_method", "city"]


def test_reads_the_file_again_when_it_changes(tmp_path):
    path = tmp_path / "vocabulary.json"
    extractor = VocabularyExtractor(path)
    extractor._refresh()
    assert extractor._vocabulary.find("une robe") == []
    path.write_text(json.dumps(WORDS), encoding="utf-8")
    os.utime(path, (1, 1))
    extractor._refresh()
    assert [each["value"] for each in extractor._vocabulary.find("une robe")] == ["dress"]
