"""The language of a message: what carries none leaves the conversation's as it is."""

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message
from test_training_data import read_lines

from bot.dialogue.nlu.language import LanguageIdentifier, identify_language, learn_pieces, make_model

ROOT = Path(__file__).parents[2]
SHORT = 3  # words


@pytest.fixture(scope="module")
def model():
    lines = read_lines()
    return make_model(learn_pieces([text for _, _, text in lines], [language for language, _, _ in lines]))


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
