"""The language of a message: what carries none leaves the conversation's as it is."""

import json
from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message
from test_training_data import HELD_OUT, read_lines

from bot.dialogue.nlu.language import LanguageIdentifier, identify_language, learn_pieces, make_model

ROOT = Path(__file__).parents[2]
SHORT = 3  # words


@pytest.fixture(scope="module")
def model():
    lines = read_lines()
    return make_model(learn_pieces([text for _, _, text in lines], [language for language, _, _ in lines]))


@pytest.fixture(scope="module")
def held_out():
    return [json.loads(line) for path in HELD_OUT for line in path.read_text(encoding="utf-8").splitlines()]


def share_right(lines, model, known):
    return sum((identify_language(line["text"], known(line), model) or known(line)) == line["language"] for line in lines) / len(lines)


def test_knows_the_language_of_lines_it_never_saw(held_out, model):
    assert share_right(held_out, model, known=lambda line: "") >= 0.98
    assert share_right(held_out, model, known=lambda line: line["language"]) >= 0.99


def test_knows_the_language_of_three_words(held_out, model):
    short = [line for line in held_out if len(line["text"].split()) <= SHORT]
    assert share_right(short, model, known=lambda line: line["language"]) >= 0.95


def test_notices_nearly_always_that_the_customer_changes_language(held_out, model):
    assert share_right(held_out, model, known=lambda line: "en" if line["language"] == "fr" else "fr") >= 0.97


@pytest.mark.parametrize("text", ["nobody@example.com", "MP204821", "06 12 34 56 78", "https://shop.example/the-order", "/greet"])
@pytest.mark.parametrize("known", ["fr", "en"])
def test_keeps_the_language_where_the_message_has_none(text, known, model):
    assert identify_language(text, known, model) is None


@pytest.mark.parametrize(
    ("text", "known"),
    [("31 rue du Beffroi, 59000 Lille", "en"), ("12 Mill Lane, Bath BA1 2AB", "fr"), ("Jean de la Fontaine", "en")],
)
def test_keeps_the_language_when_a_question_is_answered_by_data(text, known, model):
    message = Message({"text": text, "metadata": {"language": known, "expects": "address"}})
    LanguageIdentifier(None, None, model).process([message])
    assert message.get("entities", []) == []


@pytest.mark.parametrize(
    ("text", "known", "language"),
    [("where is my order please", "fr", "en"), ("où est ma commande ?", "en", "fr"), ("hello, can you help me?", "fr", "en")],
)
def test_follows_the_customer(text, known, language, model):
    assert identify_language(text, known, model) == language
